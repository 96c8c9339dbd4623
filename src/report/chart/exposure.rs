//! What new versions cost users at each point, and how long it takes until all users have them; those that nothing
//! beats in both.

use std::path::Path;

use super::summary::{FILE, Summary};
use super::tradeoff::{Tradeoff, drawn};
use super::{Chart, ChartError, Drawn};

pub(super) const CHART: Chart = Chart {
    name: "exposure",
    summary: "Failed attempts at bad versions, or where none is drawn as bad at new ones, against the time from a change to all users, with the points that no \
              other beats in both.",
    files: &[FILE],
    needs: "two points or more whose releases reach all users",
    chooses: true,
    draw,
};

/// What fails at versions that are not drawn as bad is not caused by them.
const BAD: &str = "bad_version_failed";

fn draw(folder: &Path, metric: Option<&str>) -> Result<Drawn, ChartError> {
    let summary = Summary::read(folder)?;
    let failed = summary.estimates(BAD).map_or("new_version_failed", |_| BAD);
    let (x, y) = ("lead_time_all_seconds_mean", metric.unwrap_or(failed));
    if metric.is_some() {
        summary.choose(metric)?;
    }
    let front = "no other point is faster and exposes fewer";
    drawn(&summary, &Tradeoff { x, y, front, loses: true })
}
