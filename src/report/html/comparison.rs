//! compare.csv as a table: what differs from the first value, and whether chance may have made it.

use std::path::Path;

use super::Section;
use super::figure::{meaning, plain, title, with_half_width};
use super::table::{Cell, Column, Kind, table};
use super::text::escaped;
use crate::experiment::Verdict;
use crate::report::chart::ChartError;
use crate::report::chart::label::{named, tick};
use crate::report::chart::sheet::Sheet;
use crate::report::number::significant;

const FILE: &str = "compare.csv";

/// A comparison.
struct Row {
    metric: String,
    a: String,
    b: String,
    mean_a: Option<f64>,
    mean_b: Option<f64>,
    difference: Option<f64>,
    half_width: f64,
    unpaired: Option<f64>,
    pairs: Option<f64>,
    p: Option<f64>,
    verdict: String,
}

/// The comparison in `folder`, with intervals of this confidence.
pub(super) fn section(folder: &Path, confidence: Option<f64>) -> Result<Section, ChartError> {
    let rows = read(folder)?;
    let Some(first) = rows.first() else {
        return Err(ChartError::NoData(format!("{FILE} compares nothing")));
    };
    let html = words(&rows, first, confidence)
        + &table(
            "Differences from the baseline",
            &columns(),
            &rows.iter().map(cells).collect::<Vec<_>>(),
        );
    Ok(Section::new("comparison", "Comparison", html))
}

fn read(folder: &Path) -> Result<Vec<Row>, ChartError> {
    let mut sheet = Sheet::open(folder, FILE)?;
    let [metric, a, b, verdict] = ["metric", "a", "b", "verdict"].map(|name| sheet.column(name));
    let (metric, a, b, verdict) = (metric?, a?, b?, verdict?);
    let numbers =
        ["mean_a", "mean_b", "difference", "half_width", "unpaired_half_width", "n", "p_holm"];
    let numbers = numbers.map(|name| sheet.column(name));
    let mut rows = Vec::new();
    while sheet.next()? {
        let mut values = [None; 7];
        for (value, column) in values.iter_mut().zip(&numbers) {
            *value = sheet.number(column.clone()?)?;
        }
        let [mean_a, mean_b, difference, half_width, unpaired, pairs, p] = values;
        let text = |column: usize| sheet.text(column).to_owned();
        rows.push(Row {
            metric: text(metric),
            a: text(a),
            b: text(b),
            mean_a,
            mean_b,
            difference,
            half_width: half_width.unwrap_or(0.0),
            unpaired,
            pairs,
            p,
            verdict: text(verdict),
        });
    }
    let names = named(rows.iter().flat_map(|row| [row.a.as_str(), &row.b]));
    for row in &mut rows {
        (row.a, row.b) = (names[&row.a].clone(), names[&row.b].clone());
    }
    Ok(rows)
}

/// What is compared with what, and how.
fn words(rows: &[Row], first: &Row, confidence: Option<f64>) -> String {
    let pairs = first.pairs.map_or(String::new(), |n| format!(" over {} runs a value", tick(n)));
    let holm = match rows.len() {
        1 => String::new(),
        many => format!(", with Holm’s correction for {many} comparisons"),
    };
    let of = confidence.map_or(String::new(), |share| format!("{}\u{a0}% ", tick(share * 100.0)));
    format!(
        "<p>The baseline is <strong>{}</strong>. Verdicts are paired t tests{pairs}, at 5\u{a0}%{holm}. \
         Behind ± is half the width of the {of}interval of the paired difference; \
         <em>narrowed</em> is how many times wider it would be, were the runs not paired. A difference without \
         ± is the same in all runs, and its verdict no test.</p>\n",
        escaped(&first.a)
    )
}

fn columns() -> Vec<Column> {
    let figures = |key, title| Column::new(key, title, Kind::Figures);
    vec![
        Column::new("metric", "metric", Kind::Name),
        Column::new("value", "value", Kind::Name),
        figures("mean_a", "baseline"),
        figures("mean_b", "mean"),
        figures("difference", "difference"),
        figures("relative", "relative (%)").meaning("The difference over the mean of the baseline"),
        figures("narrowed", "narrowed (×)"),
        figures("p_holm", "p").meaning("Of the paired t test, after Holm's correction"),
        Column::new("verdict", "verdict", Kind::Words),
    ]
}

fn cells(row: &Row) -> Vec<Cell> {
    let name = &row.metric;
    let number = |value: Option<f64>, show: &dyn Fn(f64) -> String| {
        value.map_or_else(Cell::missing, |value| Cell::number(show(value), value))
    };
    // Means as fine as the difference between them.
    let mean = |mean: f64| match row.half_width {
        0.0 => plain(name, mean),
        half_width => with_half_width(name, mean, half_width).0,
    };
    let difference = |difference: f64| {
        let (shown, half_width) = with_half_width(name, difference, row.half_width);
        if row.half_width == 0.0 {
            return signed(difference, &shown);
        }
        format!("{}<span class=\"half-width\"> ± {half_width}</span>", signed(difference, &shown))
    };
    let relative = row.difference.zip(row.mean_a.filter(|mean| *mean != 0.0));
    let relative = relative.map(|(difference, mean)| difference / mean * 100.0);
    let narrowed = row.unpaired.filter(|_| row.half_width > 0.0);
    let metric = Cell::words(&title(name));
    vec![
        if meaning(name).is_empty() { Cell::words(name) } else { metric },
        Cell::words(&row.b),
        number(row.mean_a, &mean),
        number(row.mean_b, &mean),
        number(row.difference, &difference),
        number(relative, &|share| signed(share, &significant(share, 3))),
        number(narrowed.map(|unpaired| unpaired / row.half_width), &|x| significant(x, 2)),
        number(row.p, &|p| significant(p, 2)),
        Cell::words(&row.verdict).marked(class(&row.verdict)),
    ]
}

/// `shown` with a plus if `x` is positive.
fn signed(x: f64, shown: &str) -> String {
    if x > 0.0 { format!("+{shown}") } else { shown.replacen('-', "−", 1) }
}

/// How a verdict is marked.
fn class(verdict: &str) -> &'static str {
    let is = |one: Verdict| one.to_string() == verdict;
    match () {
        () if is(Verdict::Better) => "verdict better",
        () if is(Verdict::Worse) => "verdict worse",
        () if is(Verdict::NotShown) => "verdict none",
        () => "verdict",
    }
}
