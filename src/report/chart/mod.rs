//! Charts, drawn from the CSV files of a results folder alone: a file a chart, and the catalogue of
//! all of them.
//!
//! A chart reads what it needs and lays it out as a [`Picture`], which is written as SVG or PNG. The
//! font is in the binary and no library of the system is asked. The same files give the same bytes on
//! one kind of machine: plotters may take the platform's mathematics.

mod along;
mod bars;
mod beside;
mod break_even;
mod cdf;
mod cost_latency;
mod differences;
mod drawing;
mod exposure;
mod frame;
pub(super) mod grid;
mod heatmap;
pub(super) mod label;
mod levels;
mod lines;
mod milestones;
mod palette;
mod percentiles;
mod png;
mod releases;
mod replicas;
mod scale;
mod scene;
pub(super) mod sheet;
pub(super) mod summary;
mod svg;
mod timeline;
mod tradeoff;
mod waste_cold;

use std::fmt;
use std::path::Path;

use scene::{Place, Scene};
use sheet::Sheet;

use crate::metric::METRICS;

/// Whether this is a name that files of charts have: `NAME.svg`, `NAME-METRIC-2.png`.
pub(super) fn is_file(name: &str) -> bool {
    let stem = name.strip_suffix(".svg").or_else(|| name.strip_suffix(".png"));
    let is_chart = |stem: &str| CHARTS.iter().any(|chart| chart.name == stem);
    let is_drawn = |stem: &str| {
        let (chart, metric) = stem.rsplit_once('-').unwrap_or((stem, ""));
        is_chart(stem) || is_chart(chart) && METRICS.iter().any(|of| of.name == metric)
    };
    let numbered = |stem: &str| {
        let (stem, number) = stem.rsplit_once('-').unwrap_or((stem, ""));
        number.parse::<usize>().is_ok() && is_drawn(stem)
    };
    stem.is_some_and(|stem| is_drawn(stem) || numbered(stem))
}

/// Of one chart, at most this many pictures are drawn.
const MOST_PICTURES: usize = 12;

/// A picture.
#[derive(Clone, Debug)]
pub struct Picture(Scene);

impl Picture {
    /// What it shows: its title, and the line below it, which may be empty.
    pub fn heading(&self) -> [&str; 2] {
        [&self.0.title, &self.0.subtitle]
    }

    /// As an SVG document, `width` pixels wide.
    pub fn svg(&self, width: u32) -> String {
        svg::svg(&self.0, width)
    }

    /// As a PNG file, `width` pixels wide.
    ///
    /// # Panics
    /// If `width` is zero, or too large for the memory.
    pub fn png(&self, width: u32) -> Vec<u8> {
        png::png(&self.0, width)
    }
}

/// The pixels of `length` in a picture that is `width` pixels wide.
fn pixels(length: f64, width: u32) -> u32 {
    (length * f64::from(width) / scene::WIDTH).round() as u32
}

/// What a chart drew.
#[derive(Clone, Debug, Default)]
pub struct Drawn {
    /// One picture, or several of the same kind.
    pub pictures: Vec<Picture>,
    /// What was left out, in words for the user.
    pub notes: Vec<String>,
}

impl Drawn {
    fn one(scene: Scene) -> Self {
        Self { pictures: vec![Picture(scene)], notes: Vec::new() }
    }

    /// What `draw` makes of each of `parts`, as many as are drawn at most.
    fn each<T>(
        parts: &[T],
        mut draw: impl FnMut(&T) -> Result<Scene, ChartError>,
    ) -> Result<Self, ChartError> {
        let drawn = parts.iter().take(MOST_PICTURES);
        let pictures = drawn.map(|part| draw(part).map(Picture)).collect::<Result<_, _>>()?;
        let left = parts.len().saturating_sub(MOST_PICTURES);
        let note = format!("{left} more of the same kind were left out");
        Ok(Self { pictures, notes: if left > 0 { vec![note] } else { Vec::new() } })
    }
}

/// Why a chart was not drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChartError {
    /// The folder has no data for it: what is missing, in words.
    NoData(String),
    /// What is there, or what was asked for, is wrong: a sentence for the user.
    Broken(String),
}

impl fmt::Display for ChartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::NoData(text) | Self::Broken(text)) = self;
        f.write_str(text)
    }
}

impl std::error::Error for ChartError {}

/// An entry of the catalogue.
#[derive(Clone, Copy, Debug)]
pub struct Chart {
    /// Its name, and that of its file.
    pub name: &'static str,
    /// One sentence: what it shows.
    pub summary: &'static str,
    /// The files of a results folder that it can be drawn from; one is enough.
    pub files: &'static [&'static str],
    /// What there must be in them.
    pub needs: &'static str,
    /// Whether it shows a metric that can be chosen.
    pub chooses: bool,
    draw: Draw,
}

/// Draws a chart from a folder; of a metric, if one is asked for.
type Draw = fn(&Path, Option<&str>) -> Result<Drawn, ChartError>;

impl Chart {
    /// Draws it from the results in `folder`, with `metric` if it shows one metric.
    ///
    /// ```
    /// use cloudsched::report::{CHARTS, ChartError};
    /// let cdf = CHARTS.iter().find(|chart| chart.name == "cdf").unwrap();
    /// let error = cdf.draw("no/such/folder".as_ref(), None).unwrap_err();
    /// assert!(matches!(error, ChartError::NoData(_)));
    /// ```
    ///
    /// # Errors
    /// If the folder has no data for it, or a file cannot be read.
    pub fn draw(&self, folder: &Path, metric: Option<&str>) -> Result<Drawn, ChartError> {
        (self.draw)(folder, metric)
    }
}

/// The rows of the first run in a file whose rows open with the run they are of.
#[derive(Debug)]
struct FirstRun {
    /// How many columns say which run it is.
    keys: usize,
    columns: Vec<String>,
    run: Option<Vec<String>>,
    others: bool,
}

impl FirstRun {
    /// Of a file whose own columns begin at `keys`.
    fn new(keys: usize) -> Self {
        Self { keys, columns: Vec::new(), run: None, others: false }
    }

    /// Reads the next row; whether there was one of the first run.
    fn next(&mut self, sheet: &mut Sheet) -> Result<bool, ChartError> {
        if !sheet.next()? {
            return Ok(false);
        }
        let keys = sheet.texts(self.keys);
        if self.run.is_none() {
            self.columns = sheet.columns()[..self.keys].to_vec();
        }
        self.others = *self.run.get_or_insert_with(|| keys.clone()) != keys;
        Ok(!self.others)
    }

    /// The run, in words.
    fn subtitle(&self) -> String {
        let values = self.run.iter().flatten().map(|value| label::short(value));
        let names = self.columns.iter().map(|column| label::path(column));
        let said: Vec<String> =
            names.zip(values).map(|(name, value)| format!("{name}: {value}")).collect();
        said.join(BETWEEN)
    }

    /// That there are others.
    fn note(&self) -> Option<String> {
        self.others.then(|| "of several runs, it shows the first".to_owned())
    }
}

/// Between the parts of a line of text.
const BETWEEN: &str = " · ";

/// Those of `parts` that say something.
fn joined<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(BETWEEN)
}

/// `text` with a capital, unless it opens with a name such as p99.
fn capital(text: &str) -> String {
    if text.chars().nth(1).is_some_and(|second| second.is_ascii_digit()) {
        return text.to_owned();
    }
    let mut letters = text.chars();
    letters.next().map(char::to_uppercase).into_iter().flatten().chain(letters).collect()
}

/// Places from left to right, of which those in one column of a fine raster are told by the first,
/// the highest, the lowest and the last.
fn thinned(places: impl Iterator<Item = Place>) -> Vec<Place> {
    const COLUMN: f64 = 0.5;
    let mut kept: Vec<Place> = Vec::new();
    let mut column: Vec<Place> = Vec::new();
    let mut close = |column: &mut Vec<Place>| {
        let by_height = |a: &&Place, b: &&Place| a.1.total_cmp(&b.1);
        let ends = [column.first(), column.iter().min_by(by_height)];
        let ends = ends.into_iter().chain([column.iter().max_by(by_height), column.last()]);
        for place in ends.flatten() {
            if kept.last() != Some(place) {
                kept.push(*place);
            }
        }
        column.clear();
    };
    for place in places {
        let of = |place: &Place| (place.0 / COLUMN).floor();
        if column.first().is_some_and(|first| of(first) != of(&place)) {
            close(&mut column);
        }
        column.push(place);
    }
    close(&mut column);
    kept
}

/// All charts.
pub const CHARTS: &[Chart] = &[
    cdf::CHART,
    percentiles::CHART,
    lines::CHART,
    break_even::CHART,
    bars::CHART,
    heatmap::CHART,
    cost_latency::CHART,
    waste_cold::CHART,
    exposure::CHART,
    differences::CHART,
    levels::CHART,
    releases::CHART,
    replicas::CHART,
    timeline::CHART,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_put_together() {
        assert_eq!(joined(["a", "", "b"]), "a · b");
        assert_eq!([capital("cost"), capital("p99 x"), capital("")], ["Cost", "p99 x", ""]);
    }

    #[test]
    fn lines_keep_their_ends_and_peaks() {
        let wave = (0..10_000).map(|n| (f64::from(n) / 100.0, f64::from((n * 7) % 100)));
        let kept = thinned(wave.clone());
        assert!(kept.len() <= 800, "{}", kept.len());
        assert_eq!((kept.first(), kept.last()), (Some(&(0.0, 0.0)), Some(&(99.99, 93.0))));
        let highest = |places: &[Place]| places.iter().map(|(_, y)| *y).fold(0.0, f64::max);
        assert_eq!(highest(&kept), 99.0);
        assert_eq!(thinned([(0.0, 1.0), (9.0, 2.0)].into_iter()), [(0.0, 1.0), (9.0, 2.0)]);
    }

    #[test]
    fn names_of_charts_are_told_apart() {
        let mut names: Vec<&str> = CHARTS.iter().map(|chart| chart.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), CHARTS.len());
    }
}
