//! What each point costs and how slow it is; those that nothing beats in both.

use std::path::Path;

use super::beside;
use super::frame::{Axis, Mark, Panel, heading, right_edge};
use super::label;
use super::palette::{BLUE, FAINT, INK, MOST_LINES, PAPER, line};
use super::scene::{Colour, Place, Scene, WIDTH};
use super::summary::{Estimate, FILE, Summary, around};
use super::{Chart, ChartError, Drawn};

pub(super) const CHART: Chart = Chart {
    name: "cost-latency",
    summary: "Cost against latency, with the points that no other beats in both.",
    files: &[FILE],
    needs: "two points or more that have a cost",
    draw,
};

const TALL: f64 = 380.0;
const COSTS: [&str; 2] = ["cost_usd_per_million_requests", "cost_usd"];
/// The colour of intervals.
const THIN: Colour = Colour(0xa8, 0xa8, 0xa8);

/// A point of the sweep.
struct Dot {
    point: usize,
    cost: Estimate,
    slow: Estimate,
}

fn draw(folder: &Path, metric: Option<&str>) -> Result<Drawn, ChartError> {
    let summary = Summary::read(folder)?;
    let metric = metric.unwrap_or("response_ms_p99");
    let (_, slow) = summary.choose(Some(metric))?;
    let costs = COSTS.into_iter().find_map(|cost| Some((cost, summary.estimates(cost)?)));
    let none = || ChartError::NoData(format!("no cost is defined at any point of {FILE}"));
    let (cost, costs) = costs.ok_or_else(none)?;
    let dot = |point| Some(Dot { point, cost: costs[point]?, slow: slow[point]? });
    let dots: Vec<Dot> = (0..summary.grid.len()).filter_map(dot).collect();
    if dots.len() < 2 {
        return Err(ChartError::NoData(format!("{FILE} has fewer than two points with a cost")));
    }
    Ok(picture(&summary, &dots, [cost, metric]))
}

/// Those of `dots` that no other beats: from cheap to dear, each faster than all before.
fn front(dots: &[Dot]) -> Vec<&Dot> {
    let mut sorted: Vec<&Dot> = dots.iter().collect();
    sorted.sort_by(|a, b| {
        let by_cost = a.cost.mean.total_cmp(&b.cost.mean);
        by_cost.then(a.slow.mean.total_cmp(&b.slow.mean))
    });
    let mut best = f64::INFINITY;
    sorted.retain(|dot| {
        let better = dot.slow.mean < best;
        best = best.min(dot.slow.mean);
        better
    });
    sorted
}

fn picture(summary: &Summary, dots: &[Dot], [cost, metric]: [&str; 2]) -> Drawn {
    let mut scene = Scene::default();
    let grid = &summary.grid;
    let varied = grid.varied();
    let few = |axis: &usize| grid.axis(*axis).len() <= MOST_LINES;
    let coloured = varied.iter().copied().find(few).filter(|_| varied.len() > 1);
    let (mut subtitle, mut legend) = (String::new(), Vec::new());
    if let Some(axis) = coloured {
        let axis = grid.axis(axis);
        subtitle = format!("colours: {}", axis.caption());
        legend = axis
            .order()
            .iter()
            .enumerate()
            .map(|(place, value)| (Mark::Dot(line(place), line(place)), axis.label(*value)))
            .collect();
    }
    legend.push((Mark::Line(FAINT), "no other point is cheaper and faster".to_owned()));
    let subtitle = super::joined([subtitle.as_str(), "bars: the interval of each mean"]);
    let metric = label::metric(metric);
    let title = format!("Cost and {}", label::without_unit(&metric));
    let top = heading(&mut scene, &title, &subtitle, &legend);
    let slow = around(dots.iter().map(|dot| &dot.slow), false, 8);
    let y = Axis::upright(slow, TALL, metric);
    let left = y.left(TALL);
    let costs = around(dots.iter().map(|dot| &dot.cost), false, 8);
    let x = Axis::along(costs, WIDTH - left - 40.0, label::metric(cost));
    let right = right_edge(&x);
    let panel = Panel { left, top, right, bottom: top + TALL, x, y };
    panel.draw(&mut scene);
    let at = |dot: &Dot| panel.place(dot.cost.mean, dot.slow.mean);
    let best = front(dots);
    let stairs = stairs(&best.iter().map(|dot| at(dot)).collect::<Vec<_>>());
    let mut taken: Vec<beside::Taken> = dots.iter().map(|dot| beside::point(at(dot))).collect();
    taken.extend(stairs.windows(2).map(|ends| beside::line(ends[0], ends[1])));
    scene.line(stairs, FAINT, 1.5);
    for ends in dots.iter().flat_map(|dot| intervals(&panel, dot)) {
        taken.push(beside::line(ends[0], ends[1]));
        scene.line(ends.to_vec(), THIN, 1.0);
    }
    // Those of the front last, upon all others.
    let on_front = |dot: &&Dot| best.iter().any(|other| other.point == dot.point);
    let behind = dots.iter().filter(|dot| !on_front(dot));
    for dot in behind.chain(best.iter().copied()) {
        let colour = match coloured {
            None => BLUE,
            Some(axis) => line(grid.axis(axis).place(grid.value(dot.point, axis))),
        };
        let (radius, outline) = if on_front(&dot) { (5.5, INK) } else { (4.5, PAPER) };
        scene.dot(at(dot), radius, colour, outline);
    }
    let names: Vec<(Place, String)> =
        best.iter().map(|dot| (at(dot), grid.name(dot.point, &varied))).collect();
    let left_out = beside::names(&mut scene, &panel, &taken, &names);
    scene.height = panel.bottom + panel.x.below();
    let mut drawn = Drawn::one(scene);
    if left_out > 0 {
        drawn.notes.push(format!("names of points without room: {left_out}"));
    }
    drawn
}

/// The line below which no point is: from each of the front straight to the cost of the next.
fn stairs(front: &[Place]) -> Vec<Place> {
    let mut line = Vec::new();
    for (number, (x, y)) in front.iter().enumerate() {
        if number > 0 {
            line.push((*x, front[number - 1].1));
        }
        line.push((*x, *y));
    }
    line
}

/// The intervals of a point as lines: of its cost, of its latency.
fn intervals(panel: &Panel, Dot { cost, slow, .. }: &Dot) -> [[Place; 2]; 2] {
    let place = |(x, y)| panel.place(x, y);
    [
        [(cost.low(), slow.mean), (cost.high(), slow.mean)].map(place),
        [(cost.mean, slow.low()), (cost.mean, slow.high())].map(place),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dots(of: &[(f64, f64)]) -> Vec<Dot> {
        let estimate = |mean| Estimate { mean, half_width: 0.0 };
        let dot = |(point, (cost, slow)): (usize, &(f64, f64))| Dot {
            point,
            cost: estimate(*cost),
            slow: estimate(*slow),
        };
        of.iter().enumerate().map(dot).collect()
    }

    #[test]
    fn the_front_holds_what_nothing_beats() {
        let dots = dots(&[(3.0, 10.0), (1.0, 50.0), (2.0, 60.0), (1.0, 55.0), (4.0, 10.0)]);
        let front: Vec<usize> = front(&dots).iter().map(|dot| dot.point).collect();
        assert_eq!(front, [1, 0]);
    }
}
