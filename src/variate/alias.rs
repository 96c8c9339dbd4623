//! Choice among weighted items in one step, by the alias method.

use std::hint::select_unpredictable;

use rand::Rng;

/// A table for drawing items by weight from one word (Walker 1977, built after Vose 1991): each
/// item is a column of height 1, shared with at most one other.
///
/// A probability is kept to 2^-32 of one column. Building takes time and memory (8 bytes an item)
/// in proportion to the number of items; a draw takes one multiplication and one look-up.
#[derive(Clone, Debug)]
pub(super) struct AliasTable(Box<[Column]>);

#[derive(Clone, Copy, Debug)]
struct Column {
    /// The item's own share of its column, in units of 2^-32.
    own: u32,
    /// The item that has the rest.
    other: u32,
}

/// What is wrong with a list of weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WeightError {
    /// There are none, or more than 2^32 - 1.
    Number,
    /// The one at this place is negative or not finite.
    Weight(usize),
    /// They add up to nothing, or to more than a number can hold.
    Sum,
}

impl AliasTable {
    /// Item i is drawn in proportion to `weights[i]`.
    pub(super) fn new(weights: &[f64]) -> Result<Self, WeightError> {
        let items = u32::try_from(weights.len()).map_err(|_| WeightError::Number)?;
        if items == 0 {
            return Err(WeightError::Number);
        }
        if let Some(bad) = weights.iter().position(|w| !(w.is_finite() && *w >= 0.0)) {
            return Err(WeightError::Weight(bad));
        }
        let sum: f64 = weights.iter().sum();
        if !(sum > 0.0 && sum.is_finite()) {
            return Err(WeightError::Sum);
        }
        let heights = weights.iter().map(|weight| weight / sum * f64::from(items)).collect();
        Ok(Self(fill(heights)))
    }

    /// An item.
    #[inline]
    pub(super) fn sample(&self, rng: &mut (impl Rng + ?Sized)) -> u32 {
        // The upper word is uniform over the columns, the lower over the height of a column.
        let wide = u128::from(rng.next_u64()) * self.0.len() as u128;
        let (item, height) = ((wide >> 64) as u32, (wide as u64 >> 32) as u32);
        let column = self.0[item as usize];
        // As good as random, so not a branch: half of its predictions would be wrong.
        select_unpredictable(height < column.own, item, column.other)
    }
}

/// Levels columns of these heights, whose mean is 1: what stands above 1 in one fills up others.
fn fill(mut heights: Vec<f64>) -> Box<[Column]> {
    let items = 0..heights.len() as u32;
    let mut columns: Box<[Column]> =
        items.clone().map(|item| Column { own: u32::MAX, other: item }).collect();
    let (mut low, mut high): (Vec<u32>, Vec<u32>) =
        items.partition(|&item| heights[item as usize] < 1.0);
    while let (Some(&short), Some(&tall)) = (low.last(), high.last()) {
        low.pop();
        let height = heights[short as usize];
        columns[short as usize] = Column { own: (height * 4_294_967_296.0) as u32, other: tall };
        heights[tall as usize] -= 1.0 - height;
        if heights[tall as usize] < 1.0 {
            high.pop();
            low.push(tall);
        }
    }
    // What is left on either side differs from 1 by rounding only, and keeps its whole column.
    columns
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The probability of each item, read from the table.
    fn shares(table: &AliasTable) -> Vec<f64> {
        let mut shares = vec![0.0; table.0.len()];
        for (item, column) in table.0.iter().enumerate() {
            let own = if column.other as usize == item {
                1.0
            } else {
                f64::from(column.own) / 4_294_967_296.0
            };
            shares[item] += own / table.0.len() as f64;
            shares[column.other as usize] += (1.0 - own) / table.0.len() as f64;
        }
        shares
    }

    #[test]
    fn bad_weights_are_refused() {
        let error = |weights: &[f64]| AliasTable::new(weights).unwrap_err();
        assert_eq!(error(&[]), WeightError::Number);
        assert_eq!(error(&[1.0, -1.0]), WeightError::Weight(1));
        assert_eq!(error(&[f64::NAN]), WeightError::Weight(0));
        assert_eq!(error(&[0.0, 0.0]), WeightError::Sum);
        assert_eq!(error(&[f64::MAX, f64::MAX]), WeightError::Sum);
    }

    proptest! {
        #[test]
        fn the_table_holds_the_weights(weights in prop::collection::vec(0.0..10.0_f64, 1..200)) {
            let sum: f64 = weights.iter().sum();
            prop_assume!(sum > 0.0);
            let table = AliasTable::new(&weights).unwrap();
            for (share, weight) in shares(&table).into_iter().zip(&weights) {
                prop_assert!((share - weight / sum).abs() < 1e-9, "{share} for {}", weight / sum);
            }
        }
    }
}
