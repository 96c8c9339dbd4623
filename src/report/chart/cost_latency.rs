//! What each point costs and how slow it is; those that nothing beats in both.

use std::path::Path;

use super::summary::{FILE, Summary};
use super::tradeoff::{Tradeoff, drawn};
use super::{Chart, ChartError, Drawn};

pub(super) const CHART: Chart = Chart {
    name: "cost-latency",
    summary: "Cost against latency, with the points that no other beats in both.",
    files: &[FILE],
    needs: "two points or more that have a cost",
    chooses: true,
    draw,
};

const COSTS: [&str; 2] = ["cost_usd_per_million_requests", "cost_usd"];

fn draw(folder: &Path, metric: Option<&str>) -> Result<Drawn, ChartError> {
    let summary = Summary::read(folder)?;
    let y = metric.unwrap_or("response_ms_p99");
    summary.choose(Some(y))?;
    let cost = COSTS.into_iter().find(|cost| summary.estimates(cost).is_some());
    let none = || ChartError::NoData(format!("no cost is defined at any point of {FILE}"));
    drawn(
        &summary,
        &Tradeoff {
            x: cost.ok_or_else(none)?,
            y,
            front: "no other point is cheaper and faster",
            loses: false,
        },
    )
}
