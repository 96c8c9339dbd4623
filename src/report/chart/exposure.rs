//! What new versions cost users at each point, and how long it takes until all users have them; those that nothing
//! beats in both.

use std::path::Path;

use super::summary::{FILE, Summary};
use super::tradeoff::{Tradeoff, drawn};
use super::{Chart, ChartError, Drawn};

pub(super) const CHART: Chart = Chart {
    name: "exposure",
    summary: "Failed attempts at new versions against the time from a change to all users, with the points that no \
              other beats in both.",
    files: &[FILE],
    needs: "two points or more whose releases reach all users",
    chooses: true,
    draw,
};

fn draw(folder: &Path, metric: Option<&str>) -> Result<Drawn, ChartError> {
    let summary = Summary::read(folder)?;
    let (x, y) = ("lead_time_all_seconds_mean", metric.unwrap_or("new_version_failed"));
    if metric.is_some() {
        summary.choose(metric)?;
    }
    let front = "no other point is faster and exposes fewer";
    drawn(&summary, &Tradeoff { x, y, front, loses: true })
}
