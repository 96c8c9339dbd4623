//! A comparison: as a person reads it, and as compare.csv.

use std::io;

use super::number::{NONE, mean_and_half_width, significant};
use super::swept::plain;
use super::{Align, Table};
use crate::experiment::Comparison;

/// The columns of compare.csv: `a` is the first variant, `b` another; `p_holm` is the p of the
/// paired difference, corrected for the number of comparisons.
pub const COMPARE_COLUMNS: &[&str] = &[
    "metric",
    "a",
    "b",
    "mean_a",
    "mean_b",
    "difference",
    "half_width",
    "unpaired_half_width",
    "n",
    "p",
    "p_holm",
    "verdict",
];

/// The comparisons in blocks, a metric each, in at most `columns` columns; `values` are those of
/// the variants.
pub fn compared(values: &[String], comparisons: &[Comparison], columns: usize) -> String {
    let same_metric = |one: &Comparison, other: &Comparison| one.metric == other.metric;
    let blocks = comparisons.chunk_by(same_metric).map(|block| {
        let mut table = Table::new(&[
            (block[0].metric, Align::Left),
            ("mean", Align::Right),
            ("difference", Align::Right),
            ("pairing", Align::Right),
            ("verdict", Align::Left),
        ]);
        let mean = |mean: f64| significant(mean, 4);
        table.row([
            plain(&values[0]),
            mean(block[0].mean_a),
            String::new(),
            String::new(),
            String::new(),
        ]);
        for comparison in block {
            let difference = &comparison.difference;
            let (far, half_width) = mean_and_half_width(difference.mean, difference.half_width);
            table.row([
                plain(&values[comparison.variant]),
                mean(comparison.mean_b),
                format!("{far} ± {half_width}"),
                narrowed(difference.half_width, difference.unpaired_half_width),
                comparison.verdict.words().to_owned(),
            ]);
        }
        table.render(columns)
    });
    blocks.collect::<Vec<_>>().join("\n")
}

/// How many times as wide the interval of unpaired runs would have been.
fn narrowed(paired: f64, unpaired: f64) -> String {
    if paired > 0.0 { format!("{} x", significant(unpaired / paired, 2)) } else { NONE.to_owned() }
}

/// Writes compare.csv.
///
/// # Errors
/// If `to` cannot be written.
pub fn write_comparison(
    to: impl io::Write,
    values: &[String],
    comparisons: &[Comparison],
) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(to);
    csv.write_record(COMPARE_COLUMNS)?;
    for comparison in comparisons {
        let difference = &comparison.difference;
        let number = |value: f64| format!("{value:?}");
        csv.write_record([
            comparison.metric,
            &values[0],
            &values[comparison.variant],
            &number(comparison.mean_a),
            &number(comparison.mean_b),
            &number(difference.mean),
            &number(difference.half_width),
            &number(difference.unpaired_half_width),
            &difference.n.to_string(),
            &number(difference.p),
            &number(comparison.p_holm),
            comparison.verdict.words(),
        ])?;
    }
    csv.flush()
}
