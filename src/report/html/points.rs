//! summary.csv as tables: the points of a sweep or a comparison with the metrics that most ask for,
//! then all others on demand; or the figures of a single point, one under another.

use std::path::Path;

use super::Section;
use super::figure::{Figure, GROUPS, group, meaning};
use super::table::{Cell, Column, Kind, boxed, table, titled};
use super::text::{details, escaped};
use crate::report::chart::ChartError;
use crate::report::chart::summary::{FILE, Summary};
use crate::report::number::count;

/// The metrics of the first table, as far as they say something.
const HEADLINES: &[&str] = &[
    "response_ms_mean",
    "response_ms_p50",
    "response_ms_p99",
    "response_ms_p99_pooled",
    "cold_start_fraction",
    "refused",
    "timed_out",
    "utilisation",
    "wasted_memory_gib_s",
    "cost_usd_per_million_requests",
];

/// Points that are shown at most: browsers sort so many at once.
const MOST_POINTS: usize = 1000;

/// The points of a folder.
pub(super) struct Points {
    summary: Summary,
    /// All metrics, in the order of their columns.
    figures: Vec<Figure>,
    /// How many runs went into each point.
    runs: Vec<u64>,
}

/// The points in `folder`.
pub(super) fn read(folder: &Path) -> Result<Points, ChartError> {
    let summary = Summary::read(folder)?;
    if summary.grid.len() == 0 {
        return Err(ChartError::NoData(format!("{FILE} has no points")));
    }
    let runs = summary.column("replications").unwrap_or_default();
    let runs = runs.into_iter().map(|runs| runs.unwrap_or(0.0) as u64).collect();
    let figure = |column: &String| match column.strip_suffix("_mean") {
        Some(metric) => Figure::of(&summary, metric, column),
        None if column.ends_with("_pooled") => Figure::of(&summary, column, column),
        None => None,
    };
    let figures = summary.columns().iter().filter_map(figure).collect();
    Ok(Points { summary, figures, runs })
}

impl Points {
    /// How many points and runs there are.
    pub(super) fn facts(&self) -> Vec<(&'static str, String)> {
        let points = self.runs.len() as u64;
        let points = (points > 1).then(|| ("Points", count(points)));
        let runs = ("Runs", count(self.runs.iter().sum()));
        points.into_iter().chain([runs]).collect()
    }

    /// The tables; intervals are of this confidence.
    pub(super) fn section(&self, confidence: Option<f64>) -> Section {
        let html = if self.runs.len() == 1 { self.single() } else { self.tables() };
        let several = self.runs.iter().any(|runs| *runs > 1);
        let html = if several { interval(confidence) + &html } else { html };
        Section::new("results", "Results", html)
    }

    /// The figures of one point, one under another.
    fn single(&self) -> String {
        let mut groups: Vec<Vec<&Figure>> = vec![Vec::new(); GROUPS.len()];
        for figure in self.figures.iter().filter(|figure| self.is_worth(figure)) {
            groups[group(&figure.name)].push(figure);
        }
        let mut html = "<thead>\n<tr><th scope=\"col\">metric</th>\
                        <th scope=\"col\" class=\"figure\">value</th>\
                        <th scope=\"col\">what it is</th></tr>\n</thead>\n"
            .to_owned();
        for (name, figures) in GROUPS.iter().zip(groups).filter(|(_, group)| !group.is_empty()) {
            let rows: String = figures.into_iter().map(row).collect();
            html += &format!(
                "<tbody>\n<tr><th scope=\"rowgroup\" class=\"group\" colspan=\"3\">{name}</th></tr>\n\
                 {rows}</tbody>\n"
            );
        }
        boxed(self.caption(), "figures", &html)
    }

    fn caption(&self) -> &'static str {
        if self.runs.iter().all(|runs| *runs == 1) {
            "Figures of the run"
        } else {
            "Means over all runs"
        }
    }

    /// Percentiles over all runs say nothing new if there is one run.
    fn is_worth(&self, figure: &Figure) -> bool {
        !figure.name.ends_with("_pooled") || self.runs.iter().any(|runs| *runs > 1)
    }

    /// A table of the headlines, and one of each group of metrics.
    fn tables(&self) -> String {
        let find = |name: &&str| self.figures.iter().find(|figure| figure.name == *name);
        let says = |figure: &&Figure| !figure.is_zero() && self.is_worth(figure);
        let headlines: Vec<&Figure> = HEADLINES.iter().filter_map(find).filter(says).collect();
        let mut html = self.held() + &self.table("Points", &headlines);
        let more = self.runs.len().saturating_sub(MOST_POINTS);
        if more > 0 {
            let more = count(more as u64);
            html += &format!("<p class=\"note\">{more} more points are in {FILE} alone.</p>\n");
        }
        html += "<div class=\"more\">\n<h3>All metrics</h3>\n";
        for (number, name) in GROUPS.iter().enumerate() {
            let of = |figure: &&Figure| group(&figure.name) == number && self.is_worth(figure);
            let figures: Vec<&Figure> = self.figures.iter().filter(of).collect();
            if !figures.is_empty() {
                html += &details(name, &self.table(name, &figures));
            }
        }
        html + "</div>\n"
    }

    /// What is the same at all points.
    fn held(&self) -> String {
        let axes = self.summary.grid.axes().iter().filter(|axis| axis.len() == 1);
        let held: Vec<String> =
            axes.map(|axis| format!("{}: {}", axis.name_of_path(), axis.name(0))).collect();
        if held.is_empty() {
            return String::new();
        }
        format!("<p>At all points, {}.</p>\n", escaped(&held.join("; ")))
    }

    /// A row a point: the axes that vary, how many runs, and `figures`.
    fn table(&self, caption: &str, figures: &[&Figure]) -> String {
        let grid = &self.summary.grid;
        let varied: Vec<usize> =
            (0..grid.axes().len()).filter(|axis| grid.axis(*axis).len() > 1).collect();
        let name = |axis: &usize| {
            let axis = grid.axis(*axis);
            Column::new(axis.path(), &axis.name_of_path(), Kind::Name).meaning(axis.path())
        };
        let figure = |figure: &&Figure| {
            let column = Column::new(&figure.name, &figure.title(), Kind::Figures);
            column.meaning(meaning(&figure.name))
        };
        let runs = Column::new("replications", "runs", Kind::Figures);
        let columns: Vec<Column> =
            varied.iter().map(name).chain([runs]).chain(figures.iter().map(figure)).collect();
        let row = |point: usize| {
            let values = varied.iter().map(|axis| self.value(point, *axis));
            let runs = Cell::number(count(self.runs[point]), self.runs[point] as f64);
            values.chain([runs]).chain(figures.iter().map(|figure| figure.cell(point))).collect()
        };
        let rows: Vec<Vec<Cell>> = (0..self.runs.len().min(MOST_POINTS)).map(row).collect();
        table(caption, &columns, &rows)
    }

    /// The value of a point on an axis.
    fn value(&self, point: usize, axis: usize) -> Cell {
        let (value, axis) = (self.summary.grid.value(point, axis), self.summary.grid.axis(axis));
        let name = axis.name(value);
        axis.number(value)
            .map_or_else(|| Cell::words(&name), |number| Cell::number(escaped(&name), number))
    }
}

/// A row of the figures of one point.
fn row(figure: &Figure) -> String {
    format!(
        "<tr><th scope=\"row\">{}</th>{}<td class=\"meaning\">{}</td></tr>\n",
        titled(&figure.title()),
        figure.cell(0).html(Kind::Figures),
        escaped(meaning(&figure.name))
    )
}

/// What stands behind a ±.
fn interval(confidence: Option<f64>) -> String {
    let of = confidence.map_or(String::new(), |confidence| {
        format!("{}\u{a0}% ", crate::report::chart::label::tick(confidence * 100.0))
    });
    format!(
        "<p>Each figure is the mean over the runs of a point; behind ± is half the width of the \
         {of}interval for the true mean (Student’s\u{a0}t). One without ± is the same in all runs that have it.</p>\n"
    )
}
