//! Where along an axis another line becomes the lowest: from which traffic on what is cheaper.

use std::path::Path;

use super::along::Found;
use super::frame::{Panel, SMALL};
use super::label;
use super::lines;
use super::palette::line;
use super::scene::{Anchor, Place, Scene, Text, width};
use super::summary::{FILE, Summary};
use super::{Chart, ChartError, Drawn};

pub(super) const CHART: Chart = Chart {
    name: "break-even",
    summary: "Lines, by default of the cost of a million requests, marked where another becomes the lowest.",
    files: &[FILE],
    needs: "an axis of two numbers or more, and another of two to eight values",
    chooses: true,
    draw,
};

/// What is set against each other if nobody asks for a metric.
const DEFAULT: &str = "cost_usd_per_million_requests";

/// What a subtitle says of the marks.
pub(super) const LEGEND: &str = "upright: another becomes the lowest";

/// From one row of labels to the next.
const ROW: f64 = SMALL * 1.3;

fn draw(folder: &Path, metric: Option<&str>) -> Result<Drawn, ChartError> {
    let summary = Summary::read(folder)?;
    if metric.is_none() {
        summary.needed(DEFAULT)?;
    }
    lines::drawn(&summary, metric.or(Some(DEFAULT)), true)
}

/// The place where one of the lines becomes the lowest instead of another.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Crossing {
    at: Place,
    /// The number of the line that is the lowest to its right.
    line: usize,
}

/// Draws a mark at each crossing of lines through what was `found`, in the colour of the one that
/// becomes the lowest, with its value along the axis. Hollow dots count for nothing.
pub(super) fn mark(scene: &mut Scene, panel: &Panel, found: &[Vec<Found>]) {
    let place = |&(x, estimate, hollow): &Found| (panel.place(x, estimate.mean), hollow);
    let lines: Vec<Vec<(Place, bool)>> =
        found.iter().map(|line| line.iter().map(place).collect()).collect();
    // The right end of the last label in each row.
    let mut rows: Vec<f64> = Vec::new();
    for crossing in crossings(&lines) {
        let (x, y) = crossing.at;
        let value = panel.x.scale.at((x - panel.left) / (panel.right - panel.left));
        let says = label::tick(rounded(value));
        let half = width(&says, SMALL, true) / 2.0;
        let middle = x.clamp(panel.left + half + 2.0, panel.right - half);
        let free = rows.iter().position(|end| *end < middle - half - 4.0);
        let row = free.unwrap_or_else(|| {
            rows.push(0.0);
            rows.len() - 1
        });
        rows[row] = middle + half;
        let base = panel.top + SMALL + row as f64 * ROW;
        let colour = line(crossing.line);
        scene.line(vec![(x, base + 3.0), (x, panel.bottom)], colour, 1.0);
        scene.dot((x, y), 3.5, super::palette::PAPER, super::palette::INK);
        let text = Text::new(says, (middle, base), SMALL).bold().coloured(colour);
        scene.text(text.anchored(Anchor::Middle));
    }
}

/// To two digits: no more are known of a place between two points.
fn rounded(value: f64) -> f64 {
    format!("{value:.1e}").parse().expect("a number that was written can be read")
}

/// The crossings from left to right. Each line goes through places from left to right, and whether
/// each is hollow; a stretch with a hollow end is none. Heights grow downwards.
fn crossings(lines: &[Vec<(Place, bool)>]) -> Vec<Crossing> {
    let mut columns: Vec<f64> = lines.iter().flatten().map(|((x, _), _)| *x).collect();
    columns.sort_by(f64::total_cmp);
    columns.dedup();
    let mut found = Vec::new();
    for ends in columns.windows(2) {
        let (left, right) = (ends[0], ends[1]);
        let stretch = |(number, line): (usize, &Vec<(Place, bool)>)| {
            let pair = line.windows(2).find(|pair| pair[0].0.0 == left && pair[1].0.0 == right)?;
            let solid = pair.iter().all(|(_, hollow)| !hollow);
            solid.then_some((number, pair[0].0.1, pair[1].0.1))
        };
        let stretches: Vec<_> = lines.iter().enumerate().filter_map(stretch).collect();
        within(&stretches, (left, right), &mut found);
    }
    found
}

/// The crossings of straight stretches, by the number of their line and their heights at both ends.
fn within(stretches: &[(usize, f64, f64)], (left, right): (f64, f64), found: &mut Vec<Crossing>) {
    // The lowest at the left end; of equals, the one that falls.
    let by_height = |a: &&(usize, f64, f64), b: &&(usize, f64, f64)| {
        b.1.total_cmp(&a.1).then(b.2.total_cmp(&a.2))
    };
    let Some(mut lowest) = stretches.iter().min_by(by_height) else { return };
    let mut share = 0.0;
    loop {
        // How far along another has come down to it.
        let meets = |other: &&(usize, f64, f64)| {
            let (apart, after) = (lowest.1 - other.1, lowest.2 - other.2);
            let at = apart / (apart - after);
            (after < 0.0 && at > share).then_some(at)
        };
        let next = stretches.iter().filter_map(|other| Some((meets(&other)?, other)));
        let Some((at, other)) = next.min_by(|(a, _), (b, _)| a.total_cmp(b)) else { return };
        (share, lowest) = (at, other);
        let between = |from: f64, to: f64| from + share * (to - from);
        let at = (between(left, right), between(lowest.1, lowest.2));
        found.push(Crossing { at, line: lowest.0 });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lines of heights above zero at 0, 10, 20, …; `None` is a hollow dot at 0.
    fn of(lines: &[&[Option<f64>]]) -> Vec<(f64, usize)> {
        let place = |(number, height): (usize, &Option<f64>)| {
            ((number as f64 * 10.0, -height.unwrap_or(0.0)), height.is_none())
        };
        let lines: Vec<Vec<_>> =
            lines.iter().map(|line| line.iter().enumerate().map(place).collect()).collect();
        crossings(&lines).iter().map(|crossing| (crossing.at.0, crossing.line)).collect()
    }

    #[test]
    fn the_lowest_line_changes_where_lines_cross() {
        // 2 and 4 to 0 meet halfway.
        assert_eq!(of(&[&[Some(2.0), Some(2.0)], &[Some(4.0), Some(0.0)]]), [(5.0, 1)]);
        assert_eq!(of(&[&[Some(2.0), Some(2.0)], &[Some(4.0), Some(3.0)]]), []);
        // A third that falls from 8 to -4 meets the first at 2 = 8 - 1.2 x, x = 5, too late for the
        // second (4 - 0.8 x) at x = 2.5; and that one at x = 10.
        let three =
            of(&[&[Some(2.0), Some(2.0)], &[Some(4.0), Some(-4.0)], &[Some(8.0), Some(-8.0)]]);
        assert_eq!(three, [(2.5, 1), (5.0, 2)]);
    }

    #[test]
    fn a_place_has_two_digits() {
        assert_eq!([rounded(549.3), rounded(0.0871), rounded(8.04)], [550.0, 0.087, 8.0]);
    }

    #[test]
    fn what_loses_requests_is_no_bargain() {
        let lines: &[&[Option<f64>]] =
            &[&[Some(2.0), Some(2.0), Some(2.0)], &[Some(4.0), None, Some(1.0)]];
        assert_eq!(of(lines), []);
        // Where the lowest begins to lose requests, nothing crosses.
        assert_eq!(of(&[&[Some(2.0), Some(2.0)], &[Some(1.0), None]]), []);
    }
}
