//! What the invocations of each function took.

use std::path::Path;

use super::{Functions, Table, TraceError, Warnings, key};
use crate::kernel::Span;

/// The probabilities of the percentiles that the trace gives.
const PROBABILITIES: [f64; 7] = [0.0, 0.01, 0.25, 0.5, 0.75, 0.99, 1.0];

const COLUMNS: [&str; 10] = [
    "HashOwner",
    "HashApp",
    "HashFunction",
    "percentile_Average_0",
    "percentile_Average_1",
    "percentile_Average_25",
    "percentile_Average_50",
    "percentile_Average_75",
    "percentile_Average_99",
    "percentile_Average_100",
];

/// The durations of each function, as quantiles: 64 bytes a function.
///
/// ```
/// use cloudsched::workload::trace::DurationTable;
/// assert_eq!(DurationTable::default().quantiles(0), None);
/// ```
#[derive(Clone, Debug, Default)]
pub struct DurationTable {
    rows: Vec<Option<[Span; 7]>>,
}

impl DurationTable {
    /// The durations of function `function`: probabilities, from 0 to 1, and the spans that so
    /// many of them do not exceed, both ascending; `None` if the trace has none of it.
    pub fn quantiles(&self, function: u32) -> Option<Vec<(f64, Span)>> {
        let row = self.row(function)?;
        Some(PROBABILITIES.into_iter().zip(row).collect())
    }

    /// The duration of function `function` at probability `u`, on `0..=1`, between two quantiles
    /// on the line that joins them (inversion: a uniform `u` gives a duration of that function);
    /// `None` if the trace has none of it.
    pub fn sample(&self, function: u32, u: f64) -> Option<Span> {
        let row = self.row(function)?;
        let above = PROBABILITIES.partition_point(|p| *p <= u).clamp(1, 6);
        let (p, next_p) = (PROBABILITIES[above - 1], PROBABILITIES[above]);
        let (low, high) = (row[above - 1].as_nanos(), row[above].as_nanos());
        let share = ((u - p) / (next_p - p)).clamp(0.0, 1.0);
        Some(Span::from_nanos(low) + Span::from_nanos(high - low).scaled(share))
    }

    fn row(&self, function: u32) -> Option<[Span; 7]> {
        self.rows.get(function as usize).copied().flatten()
    }
}

/// What was odd in a durations file.
#[derive(Default)]
struct Odd {
    unknown: u64,
    repeated: u64,
    negative: u64,
    zero: u64,
    unsorted: u64,
}

pub(super) fn read(
    path: &Path,
    functions: &Functions,
    warnings: &mut Warnings,
) -> Result<DurationTable, TraceError> {
    let mut table = Table::open("durations", path, None)?;
    let columns = table.places(COLUMNS)?;
    let mut durations = DurationTable { rows: vec![None; functions.names.len()] };
    let mut odd = Odd::default();
    while table.next()? {
        let key = key(&table, &columns[..3])?;
        let row = percentiles(&table, &columns[3..])?;
        let Some(function) = functions.numbers.get(&key) else {
            odd.unknown += 1;
            continue;
        };
        let place = &mut durations.rows[*function as usize];
        match (&place, row) {
            (Some(_), _) => odd.repeated += 1,
            (None, row) => *place = row.map(|row| odd.mend(row)),
        }
    }
    let missing = durations.rows.iter().filter(|row| row.is_none()).count();
    odd.tell(missing as u64, warnings);
    Ok(durations)
}

/// The percentiles of a row, in nanoseconds; `None` if one is missing, as where nothing was
/// measured.
fn percentiles(table: &Table, columns: &[usize]) -> Result<Option<[i64; 7]>, TraceError> {
    let mut row = [0; 7];
    let mut missing = false;
    for (percentile, column) in row.iter_mut().zip(columns) {
        let field = table.field(*column);
        if field.is_empty() || field.eq_ignore_ascii_case(b"nan") {
            missing = true;
        } else {
            *percentile = table.nanos(*column, 6)?;
        }
    }
    Ok((!missing).then_some(row))
}

impl Odd {
    /// Ascending and not negative. Zeros stay: the trace measures in whole milliseconds, and what
    /// it rounds to nothing takes less than it can tell.
    fn mend(&mut self, mut row: [i64; 7]) -> [Span; 7] {
        self.negative += u64::from(row.iter().any(|nanos| *nanos < 0));
        self.zero += u64::from(row == [0; 7]);
        if !row.is_sorted() {
            self.unsorted += 1;
            row.sort_unstable();
        }
        row.map(|nanos| Span::from_nanos(nanos.max(0).cast_unsigned()))
    }

    fn tell(&self, missing: u64, warnings: &mut Warnings) {
        warnings.add(
            missing,
            "function has no durations: it takes the demand of the service or, without, the median of the others",
            "functions have no durations: they take the demand of the service or, without, the median of the others",
        );
        warnings.add(
            self.negative,
            "function has a negative duration: it is taken as 0",
            "functions have a negative duration: it is taken as 0",
        );
        warnings.add(
            self.zero,
            "function has durations of 0 only: its requests take no time",
            "functions have durations of 0 only: their requests take no time",
        );
        warnings.add(
            self.unsorted,
            "function has percentiles of duration that do not ascend: they are sorted",
            "functions have percentiles of duration that do not ascend: they are sorted",
        );
        warnings.add(
            self.repeated,
            "row of durations is of a function that has one already: the first counts",
            "rows of durations are of functions that have one already: the first counts",
        );
        warnings.add(
            self.unknown,
            "row of durations is of a function without a row of invocations: it is left out",
            "rows of durations are of functions without a row of invocations: they are left out",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_lie_on_the_line_between_quantiles() {
        let row = [0, 10, 20, 40, 80, 90, 100].map(Span::from_millis);
        let table = DurationTable { rows: vec![None, Some(row)] };
        let at = |u| table.sample(1, u).unwrap().as_millis_f64();
        assert_eq!(at(0.0), 0.0);
        assert_eq!(at(0.005), 5.0);
        assert_eq!(at(0.5), 40.0);
        assert_eq!(at(0.625), 60.0);
        assert_eq!(at(0.995), 95.0);
        assert_eq!(at(1.0), 100.0);
        assert_eq!(table.sample(0, 0.5), None);
        assert_eq!(table.sample(7, 0.5), None);
        assert_eq!(table.quantiles(1).unwrap()[3], (0.5, Span::from_millis(40)));
    }

    #[test]
    fn what_does_not_ascend_or_is_negative_is_mended_and_counted() {
        let mut odd = Odd::default();
        let mended = odd.mend([-1, 3, 2, 5, 6, 7, 8]);
        assert_eq!(mended, [0, 2, 3, 5, 6, 7, 8].map(Span::from_nanos));
        assert_eq!((odd.negative, odd.zero, odd.unsorted), (1, 0, 1));
        odd.mend([0; 7]);
        assert_eq!((odd.negative, odd.zero, odd.unsorted), (1, 1, 1));
    }
}
