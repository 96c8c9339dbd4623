//! What a scheduler remembers of nodes for pods that are alike, so that it need not look at each again.
//!
//! Where what filters and scores say of a node follows from that node and the template of the pod alone
//! ([`Filter::is_local`], [`Score::scope`]), it stays true until the node changes. So for each template the
//! scores of the nodes stand in a [tree](tree), in the order of searches: a turn brings up to date what has
//! changed since the template's last one, then finds where the search would end, the highest score up to
//! there, and who has it. The outcome is that of the search, to the place at which the next begins and to
//! what is drawn.
//!
//! Scores that are normalised by those of the other nodes that are left divide the nodes into classes, by what
//! the scores are before that; each class has a tree of its own.
//!
//! [`Filter::is_local`]: super::filter::Filter::is_local
//! [`Score::scope`]: super::score::Score::scope

#[cfg(test)]
mod tests;
mod tree;

use std::ops::Range;

use self::tree::{Row, Tree};
use super::checks::Checks;
use super::cluster::Cluster;
use super::node::Node;
use super::pod::{Pod, Template};
use super::profile::Profile;
use super::score::{Fault, Rank, Scope};
use crate::kernel::Id;

/// The most templates that are remembered; the one that had its turn the longest ago goes. A guess.
const TEMPLATES: usize = 64;
/// The most classes of nodes that a template may have; with more, nodes are looked at. A guess.
const CLASSES: usize = 8;
/// The place of a node that is not there.
const NOWHERE: u32 = u32::MAX;

/// The indexes of the templates that had their turn last.
#[derive(Clone, Debug, Default)]
pub(super) struct Indexes {
    /// The template of the last turn first.
    recent: Vec<Index>,
    /// By node: its place in the order, or [`NOWHERE`].
    places: Vec<u32>,
    /// The layout of the cluster of which the places are.
    layout: u64,
}

/// The nodes as a template sees them.
#[derive(Clone, Debug)]
pub(super) struct Index {
    template: Id<Template>,
    /// The changes of the cluster that it knows of, in this layout; none in layout 0.
    seen: u64,
    layout: u64,
    /// How many nodes were looked at for want of it since it was last up to date.
    looked_at: usize,
    classes: Vec<Class>,
    /// Whether there are too many classes in this layout.
    crowded: bool,
}

/// Nodes of which the scores that are normalised say the same.
#[derive(Clone, Debug)]
struct Class {
    /// What these say, before they are normalised.
    raw: Vec<i64>,
    /// The sums of the weighted other scores.
    tree: Tree,
}

/// A search: where in the order it begins, and how many nodes that will do are enough.
#[derive(Clone, Copy, Debug)]
pub(super) struct Search {
    pub(super) start: usize,
    pub(super) enough: usize,
}

/// What a search has found.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    pub(super) node: Id<Node>,
    /// How many nodes it would have looked at.
    pub(super) looked_at: usize,
}

/// Scores that are ready for a template, with their weights.
struct Ranks<'a> {
    plain: Vec<(Box<dyn Rank + 'a>, i64)>,
    /// Those that are normalised.
    valued: Vec<(Box<dyn Rank + 'a>, i64)>,
}

impl<'a> Ranks<'a> {
    fn prepare(profile: &'a Profile, cluster: &'a Cluster, pod: Id<Pod>) -> Result<Self, Fault> {
        let most = profile.scores.len();
        let mut all = Self { plain: Vec::with_capacity(most), valued: Vec::new() };
        for (score, weight) in &profile.scores {
            if let Some(rank) = score.prepare(cluster, pod, &[])? {
                let normalised = score.scope(cluster, pod) == Scope::Values;
                let list = if normalised { &mut all.valued } else { &mut all.plain };
                list.push((rank, *weight));
            }
        }
        Ok(all)
    }
}

/// Whether what is said of a node for this pod follows from the node and the template alone.
fn is_local(profile: &Profile, cluster: &Cluster, pod: Id<Pod>) -> bool {
    let remembered = |scope| scope != Scope::Cluster;
    // Room that is made for the pod itself is not kept from it, unlike from the others of its template.
    cluster.pod(pod).nominated.is_none()
        && profile.filters.iter().all(|filter| filter.is_local(cluster, pod))
        && profile.scores.iter().all(|(score, _)| remembered(score.scope(cluster, pod)))
}

impl Indexes {
    /// The index of the template of a pod, if nodes can be remembered for it.
    pub(super) fn of(
        &mut self,
        profile: &Profile,
        cluster: &Cluster,
        pod: Id<Pod>,
    ) -> Option<(&mut Index, &[u32])> {
        if !is_local(profile, cluster, pod) {
            return None;
        }
        let layout = cluster.changes().layout();
        if self.layout != layout {
            self.layout = layout;
            self.places.clear();
            self.places.resize(cluster.nodes().len(), NOWHERE);
            for (place, node) in (0..).zip(cluster.order()) {
                self.places[node.index()] = place;
            }
        }
        let template = cluster.pod(pod).template;
        if let Some(at) = self.recent.iter().position(|index| index.template == template) {
            self.recent[..=at].rotate_right(1);
        } else {
            self.recent.truncate(TEMPLATES - 1);
            self.recent.insert(0, Index::new(template));
        }
        Some((&mut self.recent[0], &self.places))
    }
}

impl Index {
    fn new(template: Id<Template>) -> Self {
        let classes = Vec::new();
        Self { template, seen: 0, layout: 0, looked_at: 0, classes, crowded: false }
    }

    /// Was of no use: a search has looked at so many nodes instead.
    pub(super) fn missed(&mut self, looked_at: usize) {
        self.looked_at = self.looked_at.saturating_add(looked_at);
    }

    /// What a search for a pod of its template finds, if there is a node that will do and the index is worth
    /// bringing up to date: if that takes looking at fewer nodes than the searches without it since the last
    /// time did, with the least that this one would. So it never costs much more than what it saves, and for a
    /// template that comes once none is made. Of the best nodes, of which there are so many, `pick` says the
    /// number of the one that is taken.
    pub(super) fn search(
        &mut self,
        profile: &Profile,
        (cluster, places): (&Cluster, &[u32]),
        pod: Id<Pod>,
        search: Search,
        pick: impl FnOnce(usize) -> usize,
    ) -> Option<Found> {
        let worth = self.looked_at.saturating_add(search.enough);
        let is_known = self.layout == cluster.changes().layout();
        let changed = if is_known {
            cluster.changes().since(self.seen).take(worth).count()
        } else {
            cluster.order().len()
        };
        if changed >= worth || (is_known && self.crowded) {
            return None;
        }
        let ranks = if changed > 0 || self.classes.len() > 1 {
            Some(Ranks::prepare(profile, cluster, pod).ok()?)
        } else {
            None
        };
        if changed > 0 {
            self.update(profile, (cluster, places), pod, ranks.as_ref()?)?;
        }
        let valued = ranks.as_ref().map_or(&[][..], |ranks| &ranks.valued);
        self.choose(valued, cluster.order(), search, pick)
    }

    /// Looks at the nodes that have changed; `None` if they cannot be remembered.
    fn update(
        &mut self,
        profile: &Profile,
        (cluster, places): (&Cluster, &[u32]),
        pod: Id<Pod>,
        ranks: &Ranks<'_>,
    ) -> Option<()> {
        let checks = Checks::prepare(&profile.filters, cluster, pod).ok()?;
        if !checks.admits_all() {
            return None;
        }
        let changes = cluster.changes();
        if self.layout != changes.layout() {
            *self = Self { layout: changes.layout(), ..Self::new(self.template) };
        }
        let mut raw = Vec::with_capacity(ranks.valued.len());
        for node in changes.since(self.seen) {
            if places[node.index()] == NOWHERE {
                continue;
            }
            let site = cluster.at(node).site();
            let mut score = None;
            raw.clear();
            if checks.fits(site).is_ok() {
                let plain = ranks.plain.iter().map(|(rank, weight)| rank.rank(site) * weight);
                score = Some(plain.sum());
                raw.extend(ranks.valued.iter().map(|(rank, _)| rank.rank(site)));
            }
            let place = places[node.index()] as usize;
            if !self.set((place, cluster.order().len()), score, &raw) {
                self.crowded = true;
                self.classes = Vec::new();
                return None;
            }
        }
        self.seen = changes.made();
        self.looked_at = 0;
        Some(())
    }

    /// The node at this place of so many has these scores now; whether there was a class for it.
    fn set(&mut self, (place, nodes): (usize, usize), score: Option<i64>, raw: &[i64]) -> bool {
        let mut found = score.is_none();
        for class in &mut self.classes {
            let is_own = score.is_some() && class.raw == raw;
            found |= is_own;
            class.tree.set(place, score.filter(|_| is_own));
        }
        if found {
            return true;
        }
        let class = match self.classes.iter().position(|class| class.tree.all().fitting == 0) {
            Some(empty) => &mut self.classes[empty],
            None if self.classes.len() < CLASSES => {
                self.classes.push(Class { raw: Vec::new(), tree: Tree::new(nodes) });
                self.classes.last_mut().expect("it was put there")
            }
            None => return false,
        };
        class.raw.clear();
        class.raw.extend_from_slice(raw);
        class.tree.set(place, score);
        true
    }

    /// How many of something there are in the rows of a number, over all classes.
    fn count(&self, number: usize, of: impl Fn(usize, Row) -> u32) -> u32 {
        let classes = self.classes.iter().enumerate();
        classes.map(|(class, found)| of(class, found.tree.row(number))).sum()
    }

    /// How many nodes a search looks at; `None` if none will do.
    fn reach(&self, nodes: usize, Search { start, enough }: Search) -> Option<usize> {
        let tree = &self.classes.first()?.tree;
        let fits = |number| self.count(number, |_, row| row.fitting);
        let fitting = fits(1) as usize;
        if fitting == 0 {
            return None;
        }
        if fitting < enough {
            return Some(nodes);
        }
        let mut rest = (enough - 1) as u32;
        let last = tree.find(start..nodes, &mut rest, fits);
        let last = last.or_else(|| Some(nodes + tree.find(0..start, &mut rest, fits)?));
        last.map(|last| last + 1 - start)
    }

    /// Of the nodes that a search looks at and that are best, the one whose number `pick` gives.
    fn choose(
        &self,
        valued: &[(Box<dyn Rank + '_>, i64)],
        order: &[Id<Node>],
        search: Search,
        pick: impl FnOnce(usize) -> usize,
    ) -> Option<Found> {
        let looked_at = self.reach(order.len(), search)?;
        let end = search.start + looked_at;
        let ranges: [Range<usize>; 2] =
            [search.start..end.min(order.len()), 0..end.saturating_sub(order.len())];
        let mut best = [Row::NONE; CLASSES];
        for (class, row) in self.classes.iter().zip(&mut best) {
            let [first, second] = ranges.clone();
            *row = class.tree.over(first).join(class.tree.over(second));
        }
        if self.classes.len() > 1 {
            self.leave_the_best(valued, &mut best);
        }
        let tied: u32 = best.iter().map(|row| row.tied).sum();
        let mut number = pick(tied as usize) as u32;
        let is_best = |class: usize, row: Row| {
            if row.most == best[class].most { row.tied } else { 0 }
        };
        let count = |number| self.count(number, is_best);
        let tree = &self.classes.first()?.tree;
        let [first, second] = ranges;
        let place = tree
            .find(first, &mut number, count)
            .or_else(|| tree.find(second, &mut number, count))?;
        Some(Found { node: order[place], looked_at })
    }

    /// Leaves of the best of each class those that are best of all, with what the normalised scores add.
    fn leave_the_best(&self, valued: &[(Box<dyn Rank + '_>, i64)], best: &mut [Row; CLASSES]) {
        let found = |class: &usize| best[*class].tied > 0;
        let there: Vec<usize> = (0..self.classes.len()).filter(found).collect();
        let mut totals: Vec<i64> = there.iter().map(|&class| best[class].most).collect();
        let mut scores = Vec::with_capacity(there.len());
        for (number, (rank, weight)) in valued.iter().enumerate() {
            scores.clear();
            scores.extend(there.iter().map(|&class| self.classes[class].raw[number]));
            rank.normalise(&[], &mut scores);
            for (total, score) in totals.iter_mut().zip(&scores) {
                *total += score * weight;
            }
        }
        let most = totals.iter().copied().max();
        for (&class, total) in there.iter().zip(totals) {
            if Some(total) != most {
                best[class] = Row::NONE;
            }
        }
    }
}
