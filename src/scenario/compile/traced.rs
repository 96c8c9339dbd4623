//! What a trace tells of the members of a family: their work and their memory. Where it tells
//! nothing of a member, the key of the service holds, or the median of the other members.

use crate::kernel::Span;
use crate::quantity::Bytes;
use crate::variate::{Distribution, Empirical, Variate};
use crate::workload::trace::Loaded;
use crate::world::Cycle;

/// The work of each member, by its quantiles; `None` if the trace has no durations.
pub(super) fn demands(loaded: &Loaded, own: Option<&Cycle<Variate>>) -> Option<Cycle<Variate>> {
    let table = loaded.demands.as_ref()?;
    let rows: Vec<_> = (0..loaded.names.len()).map(|row| table.quantiles(row as u32)).collect();
    let typical = median(rows.iter().flatten(), |row| middle(row));
    let variate = |(number, row): (usize, &Option<Vec<(f64, Span)>>)| match (row, own) {
        (None, Some(own)) => own.get(number as u32).clone(),
        (row, _) => row.as_ref().or(typical).map_or(Variate::constant(Span::ZERO), |row| by(row)),
    };
    Cycle::of(rows.iter().enumerate().map(variate).collect())
}

/// The memory of each application; `None` if the trace has none.
pub(super) fn memory(loaded: &Loaded, own: Option<Bytes>, default: Bytes) -> Option<Vec<Bytes>> {
    let rows = loaded.memory.as_ref()?;
    let typical = median(rows.iter().flatten(), |memory| **memory).copied();
    let other = own.or(typical).unwrap_or(default);
    Some(rows.iter().map(|memory| memory.unwrap_or(other)).collect())
}

/// The lower median of `items` by `key`.
fn median<'i, T, K: Ord>(
    items: impl Iterator<Item = &'i T>,
    key: impl Fn(&&T) -> K,
) -> Option<&'i T> {
    let mut sorted: Vec<&T> = items.collect();
    sorted.sort_by_key(key);
    let last = sorted.len().checked_sub(1)?;
    Some(sorted[last / 2])
}

fn middle(row: &[(f64, Span)]) -> Span {
    row.iter().find(|(p, _)| *p >= 0.5).map_or(Span::ZERO, |(_, span)| *span)
}

/// The distribution with these quantiles, as the reader has put them in order.
fn by(row: &[(f64, Span)]) -> Variate {
    let quantiles = Some(row.to_vec());
    let empirical = Empirical { values: None, quantiles, file: None };
    let compiled = Distribution::Empirical(empirical).compile(std::path::Path::new(""));
    compiled.expect("the reader of the trace has checked the quantiles")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_one_of_the_items() {
        assert_eq!(median([3, 1, 2, 9].iter(), |n| **n), Some(&2));
        assert_eq!(median([7].iter(), |n| **n), Some(&7));
        assert_eq!(median::<i32, i32>([].iter(), |n| **n), None);
    }
}
