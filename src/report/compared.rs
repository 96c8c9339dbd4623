//! A comparison as a person reads it, and compare.csv.

use std::io;

use super::number::{NONE, mean_and_half_width, significant};
use super::row::{cell, written};
use super::{Align, Folder, FolderError, Table};
use crate::experiment::Comparison;
use crate::metric::{Better, METRICS, Value};

/// The columns of compare.csv.
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

/// Writes compare.csv: a row a comparison, in their order; each point is called by its label.
///
/// # Errors
/// If it cannot be written.
pub fn write_compared(
    labels: &[String],
    comparisons: &[Comparison],
    folder: &mut Folder,
) -> Result<(), FolderError> {
    let part = folder.part()?;
    let part = rows(labels, comparisons, part).map_err(|error| folder.failed(error))?;
    folder.add("compare.csv", part.into_temp_path());
    Ok(())
}

fn rows<W: io::Write>(labels: &[String], comparisons: &[Comparison], to: W) -> io::Result<W> {
    let mut csv = csv::Writer::from_writer(to);
    csv.write_record(COMPARE_COLUMNS).map_err(written)?;
    for Comparison { column, point, paired, p_holm, verdict } in comparisons {
        let real = |real: f64| cell(Some(Value::Real(real)));
        let row = [
            METRICS[*column].name.to_owned(),
            labels[0].clone(),
            labels[*point].clone(),
            real(paired.mean_a),
            real(paired.mean_b),
            real(paired.difference),
            real(paired.half_width),
            real(paired.unpaired_half_width),
            paired.n.to_string(),
            real(paired.p),
            real(*p_holm),
            verdict.to_string(),
        ];
        csv.write_record(row).map_err(written)?;
    }
    csv.into_inner().map_err(csv::IntoInnerError::into_error)
}

/// The comparisons in at most `columns` columns: a block a metric, in which the first of the
/// points, which are called by their names, stands above the others, and these from the best to the worst.
pub fn compared(names: &[String], comparisons: &[Comparison], columns: usize) -> String {
    let mut text = String::new();
    for block in comparisons.chunk_by(|one, next| one.column == next.column) {
        let metric = &METRICS[block[0].column];
        let better = match metric.better() {
            Better::Lower => ", lower is better",
            Better::Higher => ", higher is better",
            Better::Neither => "",
        };
        let table = block_table(names, block, metric.better()).render(columns);
        text.push_str(&format!("{}{better}\n{table}\n", metric.name));
    }
    text + &legend(comparisons)
}

/// The table of a metric.
fn block_table(names: &[String], block: &[Comparison], better: Better) -> Table {
    let mut ranked: Vec<&Comparison> = block.iter().collect();
    let rank = |one: &Comparison| match better {
        Better::Lower => one.paired.difference,
        Better::Higher => -one.paired.difference,
        Better::Neither => 0.0,
    };
    ranked.sort_by(|one, other| rank(one).total_cmp(&rank(other)));
    let mut table = Table::new(&[
        ("  value", Align::Left),
        ("mean", Align::Right),
        ("difference", Align::Right),
        ("± 95 %", Align::Right),
        ("narrowed", Align::Right),
        ("verdict", Align::Right),
    ]);
    let value = |point: usize| format!("  {}", names[point]);
    // As fine as the finest of the differences.
    let widths = block.iter().map(|one| one.paired.half_width).filter(|width| *width > 0.0);
    let finest = widths.fold(f64::INFINITY, f64::min);
    let finest = if finest.is_finite() { finest } else { 0.0 };
    let mean = |mean: f64| mean_and_half_width(mean, finest).0;
    let none = || NONE.to_owned();
    let first = mean(block[0].paired.mean_a);
    table.row([value(0), first, none(), none(), none(), "baseline".to_owned()]);
    for Comparison { point, paired, verdict, .. } in ranked {
        let (difference, half_width) = mean_and_half_width(paired.difference, paired.half_width);
        let half_width = if paired.half_width > 0.0 { half_width } else { none() };
        let sign = if paired.difference > 0.0 { "+" } else { "" };
        table.row([
            value(*point),
            mean(paired.mean_b),
            format!("{sign}{difference}"),
            half_width,
            paired.narrowed().map_or_else(none, |times| format!("{} ×", significant(times, 2))),
            verdict.to_string(),
        ]);
    }
    table
}

/// What the columns mean.
fn legend(comparisons: &[Comparison]) -> String {
    let narrowed =
        "narrowed: so many times wider the interval would be, were the runs not paired\n";
    let Some(first) = comparisons.first() else { return String::new() };
    if comparisons.iter().all(|one| one.paired.half_width == 0.0) {
        let runs = first.paired.n;
        return format!("verdict: the plain difference, the same in all {runs} pairs of runs\n");
    }
    let pairs = format!("verdict: paired t tests over {} runs a value, at 5 %", first.paired.n);
    let holm = match comparisons.len() {
        1 => String::new(),
        many => format!(",\n  with Holm's correction for {many} comparisons"),
    };
    let same = comparisons.iter().any(|one| one.paired.half_width == 0.0);
    let same =
        if same { "; without ±: the plain difference,\n  the same in all runs" } else { "" };
    format!("{narrowed}{pairs}{holm}{same}\n")
}
