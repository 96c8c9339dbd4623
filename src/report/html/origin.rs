//! Where the figures come from: scenario, command, version, digests and seeds.

use super::Section;
use super::made::{Made, MadeRun};
use super::table::{Cell, Column, Kind, table};
use super::text::{block, details, escaped};
use crate::report::number::count;

/// Runs that are shown at most.
const MOST_RUNS: usize = 1000;

/// The scenario as it was, and what was changed in it.
pub(super) fn scenario(made: &Made) -> Section {
    let mut sets = String::new();
    for set in &made.sets {
        sets += &format!("<li><code>{}</code></li>\n", escaped(set));
    }
    let sets = match made.sets.len() {
        0 => String::new(),
        _ => {
            format!("<p>With these values changed by <code>--set</code>:</p>\n<ul>\n{sets}</ul>\n")
        }
    };
    let file = format!("<p>The file <code>{}</code>:</p>\n", escaped(&made.file));
    Section::new("scenario", "Scenario", file + &block(&made.scenario) + &sets)
}

/// The command that makes the results again, and what they can be checked by.
pub(super) fn origin(made: &Made) -> Section {
    let digest = ("Digest of the scenario and its changes", made.digest.clone());
    let plan = made.fingerprint.clone().map(|digest| ("Fingerprint of the plan", digest));
    let version = ("Version", format!("cloudsched {}", made.version));
    let facts = [version, digest].into_iter().chain(plan).map(|(name, value)| {
        format!("<div><dt>{name}</dt><dd><code>{}</code></dd></div>\n", escaped(&value))
    });
    let facts: String = facts.collect();
    let html = format!(
        "<p>With this version, this command makes the results again, the same to the last byte:</p>\n\
         {}<dl class=\"origin\">\n{facts}</dl>\n{}{}",
        block(&made.line()),
        warnings(made),
        runs(made)
    );
    Section::new("origin", "Make it again", html)
}

/// What the program said of the scenario.
fn warnings(made: &Made) -> String {
    let items = made.warnings.iter().map(|warning| format!("<li>{}</li>\n", escaped(warning)));
    let items: String = items.collect();
    if items.is_empty() { items } else { format!("<p>Warnings:</p>\n<ul>\n{items}</ul>\n") }
}

/// All runs, each with what tells whether it went the same way again.
fn runs(made: &Made) -> String {
    let points = made.run.iter().any(|run| run.point.is_some());
    let figures = |key, title| Column::new(key, title, Kind::Figures);
    let mut columns = vec![
        figures("replication", "replication"),
        Column::new("seed", "seed", Kind::Figures),
        figures("events", "events"),
        Column::new("digest", "digest of all events", Kind::Words),
    ];
    if points {
        columns.insert(0, Column::new("point", "point", Kind::Figures));
    }
    let rows: Vec<Vec<Cell>> =
        made.run.iter().take(MOST_RUNS).map(|run| cells(run, points)).collect();
    let more = made.run.len().saturating_sub(MOST_RUNS) as u64;
    let more = match more {
        0 => String::new(),
        more => format!("<p class=\"note\">{} more runs are in manifest.toml.</p>\n", count(more)),
    };
    if rows.is_empty() {
        return String::new();
    }
    details("Seeds and digests of all runs", &(table("Runs", &columns, &rows) + &more))
}

fn cells(run: &MadeRun, points: bool) -> Vec<Cell> {
    let number = |number: u64| Cell::number(number.to_string(), number as f64);
    let counted = |number: u64| Cell::number(count(number), number as f64);
    let seed = run.seed.to_string();
    let order = seed.parse().unwrap_or(0.0);
    let digest = run.digest.as_deref().map(|digest| Cell::words(digest).marked("digest"));
    let failed = || Cell::words(&format!("failed: {}", run.panicked.as_deref().unwrap_or("")));
    let point = points.then(|| run.point.map_or_else(Cell::missing, number));
    let run_cells = [
        number(run.replication),
        Cell::number(escaped(&seed), order),
        run.events.map_or_else(Cell::missing, counted),
        digest.unwrap_or_else(failed),
    ];
    point.into_iter().chain(run_cells).collect()
}

/// That some runs failed, and the lines that replay them.
pub(super) fn failures(made: &Made) -> String {
    let failed: Vec<&MadeRun> = made.failed().collect();
    if failed.is_empty() {
        return String::new();
    }
    let lines: Vec<&str> = failed.iter().filter_map(|run| run.replay.as_deref()).collect();
    format!(
        "<p class=\"failed\">{} of {} runs failed and are in no figure. To replay them:</p>\n{}",
        count(failed.len() as u64),
        count(made.run.len() as u64),
        block(&lines.join("\n"))
    )
}
