//! How much one variant differs from another, metric by metric.

use std::path::Path;

use super::frame::{Axis, Mark, Panel, SMALL, heading, right_edge};
use super::label;
use super::palette::{BLUE, FAINT, INK, PAPER, REST};
use super::scale::Scale;
use super::scene::{Anchor, Scene, Text, WIDTH, width};
use super::sheet::Sheet;
use super::{Chart, ChartError, Drawn};
use crate::experiment::Verdict;

const FILE: &str = "compare.csv";

pub(super) const CHART: Chart = Chart {
    name: "differences",
    summary: "What differs between two variants, with intervals, relative to the first.",
    files: &[FILE],
    needs: "a comparison",
    chooses: true,
    draw,
};

const ROW: f64 = 30.0;

/// A metric: its difference and half-widths, as shares of the mean of the first variant.
struct Row {
    metric: String,
    difference: f64,
    half_width: f64,
    unpaired: f64,
    verdict: String,
}

/// Two variants.
struct Pair {
    a: String,
    b: String,
    rows: Vec<Row>,
    /// Metrics that are zero in the first variant.
    left: usize,
}

fn draw(folder: &Path, metric: Option<&str>) -> Result<Drawn, ChartError> {
    let mut pairs = read(folder)?;
    for pair in &mut pairs {
        pair.rows.retain(|row| metric.is_none_or(|metric| row.metric == metric));
    }
    pairs.retain(|pair| !pair.rows.is_empty());
    if pairs.is_empty() {
        let which = metric.map_or(String::new(), |metric| format!(" of `{metric}`"));
        return Err(ChartError::NoData(format!("{FILE} has no relative difference{which}")));
    }
    Drawn::each(&pairs, |pair| Ok(picture(pair)))
}

fn read(folder: &Path) -> Result<Vec<Pair>, ChartError> {
    let mut sheet = Sheet::open(folder, FILE)?;
    let names = ["metric", "a", "b", "mean_a", "difference", "half_width", "verdict"];
    let mut columns = [0; 7];
    for (column, name) in columns.iter_mut().zip(names) {
        *column = sheet.column(name)?;
    }
    let [metric, a, b, mean_a, difference, half_width, verdict] = columns;
    let unpaired = sheet.column("unpaired_half_width")?;
    let mut pairs: Vec<Pair> = Vec::new();
    while sheet.next()? {
        let (a, b) = (sheet.text(a).to_owned(), sheet.text(b).to_owned());
        let known = pairs.iter().position(|pair| pair.a == a && pair.b == b).unwrap_or_else(|| {
            pairs.push(Pair { a, b, rows: Vec::new(), left: 0 });
            pairs.len() - 1
        });
        let of = |column: usize| sheet.number(column);
        let (mean, difference) = (of(mean_a)?, of(difference)?);
        let (half_width, unpaired) = (of(half_width)?, of(unpaired)?);
        match (mean.filter(|mean| *mean != 0.0), difference) {
            (Some(mean), Some(difference)) => pairs[known].rows.push(Row {
                metric: sheet.text(metric).to_owned(),
                difference: difference / mean.abs(),
                half_width: half_width.unwrap_or(0.0) / mean.abs(),
                unpaired: unpaired.unwrap_or(0.0) / mean.abs(),
                verdict: sheet.text(verdict).to_owned(),
            }),
            _ => pairs[known].left += 1,
        }
    }
    let names = label::named(pairs.iter().flat_map(|pair| [pair.a.as_str(), &pair.b]));
    for pair in &mut pairs {
        (pair.a, pair.b) = (names[&pair.a].clone(), names[&pair.b].clone());
    }
    Ok(pairs)
}

fn picture(pair: &Pair) -> Scene {
    let mut scene = Scene::default();
    let left_out = match pair.left {
        0 => String::new(),
        left => format!("{left} without a relative difference left out"),
    };
    let subtitle = super::joined(["filled: a difference is shown", &left_out]);
    let legend = [
        (Mark::Line(BLUE), "interval of the paired difference".to_owned()),
        (Mark::Line(REST), "the same, were the runs not paired".to_owned()),
    ];
    let title = format!("{} compared with {}", pair.b, pair.a);
    let top = heading(&mut scene, &title, &subtitle, &legend);
    let rows = || pair.rows.iter();
    let ends = rows().flat_map(|row| {
        let wide = row.half_width.max(row.unpaired);
        [row.difference - wide, row.difference + wide, 0.0]
    });
    let scale = Scale::linear(ends.map(|end| end * 100.0), true, 7);
    let names: Vec<String> = rows().rev().map(|row| label::metric(&row.metric)).collect();
    let says: Vec<String> = rows().map(said).collect();
    let tall = ROW * names.len() as f64;
    let y = Axis::rows(&names, "");
    let left = y.left(tall);
    let wide = says.iter().map(|text| width(text, SMALL, false)).fold(0.0, f64::max);
    let aside = wide + 30.0;
    let title = format!("difference, relative to {} (%)", pair.a);
    let x = Axis::along(scale, WIDTH - aside - left, title);
    let right = right_edge(&x).min(WIDTH - aside);
    let panel = Panel { left, top, right, bottom: top + tall, x, y };
    panel.draw(&mut scene);
    let zero = [0.0, names.len() as f64].map(|y| panel.place(0.0, y));
    scene.line(zero.to_vec(), INK, 1.0);
    for (number, row) in rows().enumerate() {
        let at = (names.len() - number) as f64 - 0.5;
        interval(&mut scene, &panel, row, at);
        let (_, y) = panel.place(0.0, at);
        let text = Text::new(&says[number], (right + 14.0, y), SMALL).coloured(FAINT);
        scene.text(text.anchored(Anchor::Start).centred());
    }
    scene.height = panel.bottom + panel.x.below();
    scene
}

/// The difference of a row and the verdict, in words.
fn said(row: &Row) -> String {
    let percent = row.difference * 100.0;
    let sign = if percent > 0.0 { "+" } else { "" };
    let number = format!("{sign}{} %", label::value(percent));
    super::joined([number.as_str(), &row.verdict])
}

fn interval(scene: &mut Scene, panel: &Panel, row: &Row, at: f64) {
    let mut across = |wide: f64, colour, thick| {
        let ends = [row.difference - wide, row.difference + wide];
        scene.line(ends.map(|end| panel.place(end * 100.0, at)).to_vec(), colour, thick);
    };
    across(row.unpaired, REST, 2.0);
    across(row.half_width, BLUE, 4.0);
    // The verdict is held to more than the interval where many are compared.
    let differs = row.verdict != Verdict::NotShown.to_string();
    let centre = panel.place(row.difference * 100.0, at);
    scene.dot(centre, 5.0, if differs { BLUE } else { PAPER }, BLUE);
}
