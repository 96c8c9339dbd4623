//! How much memory each point holds idle and how many of its starts are cold; those that nothing
//! beats in both.

use std::path::Path;

use super::summary::{FILE, Summary};
use super::tradeoff::{Tradeoff, drawn};
use super::{Chart, ChartError, Drawn};

pub(super) const CHART: Chart = Chart {
    name: "waste-cold",
    summary: "Memory held idle against cold starts, with the points that no other beats in both.",
    files: &[FILE],
    needs: "two points or more with instances of functions",
    chooses: false,
    draw,
};

fn draw(folder: &Path, _: Option<&str>) -> Result<Drawn, ChartError> {
    let (x, y) = ("wasted_memory_gib_s", "cold_start_fraction");
    let front = "no other point wastes less and starts warmer";
    drawn(&Summary::read(folder)?, &Tradeoff { x, y, front, loses: false })
}
