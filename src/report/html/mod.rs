//! The report: one page of HTML from the files of a results folder alone. All is in it, style, script
//! and charts, and it asks no network for anything.

mod bill;
mod charts;
mod comparison;
mod document;
mod figure;
mod made;
mod origin;
mod points;
mod question;
mod table;
mod text;

use std::fmt;
use std::path::Path;

use super::Journal;
use super::chart::ChartError;
use made::Made;
use text::escaped;

/// The name of the page in a results folder.
pub const REPORT_FILE: &str = "report.html";

/// A page.
#[derive(Clone, Debug)]
pub struct Report {
    /// The document.
    pub html: String,
    /// What is not in it, in words for the user.
    pub notes: Vec<String>,
}

/// Why there is no page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReportError {
    /// The folder has nothing to show: why, and what would help.
    Nothing {
        /// What is missing, in words.
        why: String,
        /// What to do.
        help: String,
    },
    /// A file is wrong: a sentence for the user.
    Broken(String),
}

impl fmt::Display for ReportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing { why, help } => write!(f, "{why}\n  help: {help}"),
            Self::Broken(text) => f.write_str(text),
        }
    }
}

impl std::error::Error for ReportError {}

/// A part of the page under a heading of its own.
struct Section {
    /// Its name in the address.
    id: &'static str,
    title: &'static str,
    html: String,
}

impl Section {
    fn new(id: &'static str, title: &'static str, html: String) -> Self {
        Self { id, title, html }
    }
}

/// The page of the results in `folder`: what is asked, the comparison, the points, the charts, the
/// bill, the scenario and where the figures come from; each as far as there is a file for it. The
/// same files give the same bytes.
///
/// ```
/// use cloudsched::report::{ReportError, report};
/// let error = report("no/such/folder".as_ref()).unwrap_err();
/// assert!(matches!(error, ReportError::Nothing { .. }));
/// ```
///
/// # Errors
/// If there is nothing to show, or a file is broken.
pub fn report(folder: &Path) -> Result<Report, ReportError> {
    let made = Made::read(folder)?;
    let confidence = made.as_ref().and_then(|made| made.confidence);
    let points = part(points::read(folder))?;
    let comparison = part(comparison::section(folder, confidence))?;
    let charts = charts::section(folder)?;
    let bill = part(bill::section(folder))?;
    if points.is_none() && comparison.is_none() && charts.is_none() && bill.is_none() {
        return Err(nothing(folder));
    }
    let facts = points.as_ref().map(points::Points::facts);
    let results = points.as_ref().map(|points| points.section(confidence));
    let parts = [comparison, results, charts, bill];
    let sections: Vec<Section> = parts
        .into_iter()
        .flatten()
        .chain(made.iter().flat_map(|made| [origin::scenario(made), origin::origin(made)]))
        .collect();
    let head = head(folder, made.as_ref(), facts.unwrap_or_default());
    let title = title(folder, made.as_ref());
    let html = document::document(&title, &head, &sections);
    Ok(Report { html, notes: notes(folder, made.as_ref()) })
}

/// What a part of the page gives; nothing if there is no data for it.
fn part<T>(read: Result<T, ChartError>) -> Result<Option<T>, ReportError> {
    match read {
        Ok(part) => Ok(Some(part)),
        Err(ChartError::NoData(_)) => Ok(None),
        Err(ChartError::Broken(text)) => Err(ReportError::Broken(text)),
    }
}

/// What the page is called: by the scenario, or else the folder.
fn title(folder: &Path, made: Option<&Made>) -> String {
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let last = folder.file_name().map(|name| name.to_string_lossy().into_owned());
    made.map(|made| made.name.clone()).or(last).unwrap_or_else(|| "results".to_owned())
}

/// What stands above all sections.
fn head(folder: &Path, made: Option<&Made>, facts: Vec<(&'static str, String)>) -> String {
    let kind = made.map_or("results", Made::kind);
    let (kind, title) = (escaped(kind), escaped(&title(folder, made)));
    let question = made.map(question::question).unwrap_or_default();
    let more = made.map(Made::facts).unwrap_or_default();
    let facts = facts.into_iter().chain(more);
    let facts = facts
        .map(|(name, value)| format!("<div><dt>{name}</dt><dd>{}</dd></div>\n", escaped(&value)));
    let facts: String = facts.collect();
    let failed = made.map(origin::failures).unwrap_or_default();
    let facts =
        if facts.is_empty() { facts } else { format!("<dl class=\"facts\">\n{facts}</dl>\n") };
    format!("<p class=\"kind\">{kind}</p>\n<h1>{title}</h1>\n{question}{facts}{failed}")
}

/// What the reader of the page will miss.
fn notes(folder: &Path, made: Option<&Made>) -> Vec<String> {
    let mut notes = Vec::new();
    if made.is_none() {
        notes.push(
            "there is no manifest.toml, so the page has no question, scenario and command"
                .to_owned(),
        );
    }
    if folder.join(Journal::UNFINISHED).exists() {
        notes.push("a sweep into this folder is not finished; the page shows an older one".into());
    }
    notes
}

/// The error of a folder without anything to show.
fn nothing(folder: &Path) -> ReportError {
    let shown = folder.display();
    let (why, help) = Journal::only(folder).unwrap_or_else(|| {
        let files = "summary.csv, compare.csv or another file of results";
        (
            format!("nothing to report in {shown}: there is no {files}"),
            "it needs a folder that `run --out`, `sweep` or `compare --out` wrote",
        )
    });
    ReportError::Nothing { why, help: help.to_owned() }
}
