//! Scores of nodes in the order of searches, and what any of them in a row come to.

use std::iter;
use std::ops::Range;

/// Scores below a row that is kept; what fewer of them come to is added up when it is asked for. A guess:
/// as many as a line of the cache holds.
const BLOCK: usize = 8;

/// The score of a node that will not do.
const UNFIT: i64 = i64::MIN;

/// What nodes in a row come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Row {
    /// The highest score.
    pub(super) most: i64,
    /// How many nodes have it.
    pub(super) tied: u32,
    /// How many will do.
    pub(super) fitting: u32,
}

impl Row {
    /// Nodes of which none will do.
    pub(super) const NONE: Self = Self { most: UNFIT, tied: 0, fitting: 0 };

    #[inline]
    fn of(score: i64) -> Self {
        let fits = u32::from(score != UNFIT);
        Self { most: score, tied: fits, fitting: fits }
    }

    /// What these and others come to.
    #[inline]
    pub(super) fn join(self, other: Self) -> Self {
        let most = self.most.max(other.most);
        let tied = |row: Self| if row.most == most { row.tied } else { 0 };
        Self { most, tied: tied(self) + tied(other), fitting: self.fitting + other.fitting }
    }
}

/// A tournament tree (Knuth, TAOCP vol. 3, 5.4.1) over the places of nodes in the order of searches. A change
/// and a question cost O(log n).
#[derive(Clone, Debug)]
pub(super) struct Tree {
    /// By place.
    scores: Vec<i64>,
    /// Row 1 is of all, row k of those of rows 2k and 2k + 1; the last half are of [`BLOCK`] scores each. Below
    /// them the numbers go on to rows that are not kept, down to those of one score.
    rows: Vec<Row>,
}

impl Tree {
    /// Of so many nodes, of which none will do.
    pub(super) fn new(nodes: usize) -> Self {
        let blocks = nodes.div_ceil(BLOCK).next_power_of_two();
        Self { scores: vec![UNFIT; blocks * BLOCK], rows: vec![Row::NONE; 2 * blocks] }
    }

    /// The number of the row of the first place alone: there are so many places.
    #[inline]
    fn leaves(&self) -> usize {
        self.scores.len()
    }

    /// The node at a place has this score now, or will not do.
    pub(super) fn set(&mut self, place: usize, score: Option<i64>) {
        let score = score.unwrap_or(UNFIT);
        if self.scores[place] == score {
            return;
        }
        self.scores[place] = score;
        let mut number = (self.leaves() + place) / BLOCK;
        let mut row = self.sum(number);
        while number > 0 && self.rows[number] != row {
            self.rows[number] = row;
            row = row.join(self.rows[number ^ 1]);
            number /= 2;
        }
    }

    /// What the nodes of a row come to.
    #[inline]
    pub(super) fn row(&self, number: usize) -> Row {
        match self.rows.get(number) {
            Some(&row) => row,
            None => self.sum(number),
        }
    }

    /// What the scores of a row come to.
    fn sum(&self, number: usize) -> Row {
        let height = self.leaves().ilog2() - number.ilog2();
        let first = (number << height) - self.leaves();
        let scores = &self.scores[first..first + (1 << height)];
        scores.iter().fold(Row::NONE, |row, &score| row.join(Row::of(score)))
    }

    /// What all nodes come to.
    #[inline]
    pub(super) fn all(&self) -> Row {
        self.rows[1]
    }

    /// What the nodes at these places come to.
    pub(super) fn over(&self, places: Range<usize>) -> Row {
        parts(self.leaves(), places).fold(Row::NONE, |row, part| row.join(self.row(part)))
    }

    /// The place, among these, of number `number` of what `count` counts in rows; if there are fewer, their
    /// count is taken off `number`. Trees of as many nodes have the same rows.
    pub(super) fn find(
        &self,
        places: Range<usize>,
        number: &mut u32,
        count: impl Fn(usize) -> u32,
    ) -> Option<usize> {
        for mut part in parts(self.leaves(), places) {
            let here = count(part);
            if *number >= here {
                *number -= here;
                continue;
            }
            while part < self.leaves() {
                part *= 2;
                let left = count(part);
                if *number >= left {
                    *number -= left;
                    part += 1;
                }
            }
            return Some(part - self.leaves());
        }
        None
    }
}

/// The rows that together are of these places, from left to right.
fn parts(leaves: usize, places: Range<usize>) -> impl Iterator<Item = usize> {
    let Range { mut start, end } = places;
    iter::from_fn(move || {
        let longest = 1 << end.checked_sub(start).filter(|&left| left > 0)?.ilog2();
        // Row k of a length begins at a multiple of it.
        let length = longest.min(1 << (leaves | start).trailing_zeros());
        let number = (leaves + start) / length;
        start += length;
        Some(number)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Seed;
    use crate::kernel::stream::below;

    /// Against counting, over all ranges, after each of many changes.
    #[test]
    fn a_tree_knows_what_its_scores_are() {
        let mut chance = Seed::new(1).key("test").stream();
        for nodes in [1, 2, 7, 8, 9, 40] {
            let (mut tree, mut scores) = (Tree::new(nodes), vec![None; nodes]);
            for _ in 0..30 {
                let place = below(&mut chance, nodes as u64) as usize;
                let score = i64::try_from(below(&mut chance, 5)).unwrap() - 2;
                scores[place] = (score > -2).then_some(score);
                tree.set(place, scores[place]);
                for start in 0..=nodes {
                    for end in start..=nodes {
                        check(&tree, &scores, start..end);
                    }
                }
            }
            assert_eq!(tree.all(), tree.over(0..nodes));
        }
    }

    fn check(tree: &Tree, scores: &[Option<i64>], places: Range<usize>) {
        let fitting: Vec<i64> = scores[places.clone()].iter().copied().flatten().collect();
        let row = tree.over(places.clone());
        let most = fitting.iter().max().copied().unwrap_or(UNFIT);
        let tied = places.clone().filter(|&place| scores[place] == Some(most));
        let tied: Vec<usize> = tied.collect();
        assert_eq!((row.most, row.tied as usize), (most, tied.len()));
        assert_eq!(row.fitting as usize, fitting.len());
        let count = |number| {
            let row = tree.row(number);
            if row.most == most { row.tied } else { 0 }
        };
        for (number, &place) in (0..).zip(&tied) {
            assert_eq!(tree.find(places.clone(), &mut { number }, count), Some(place));
        }
        let mut beyond = row.tied + 3;
        assert_eq!(tree.find(places, &mut beyond, count), None);
        assert_eq!(beyond, 3);
    }
}
