//! Two metrics of each point of a sweep of which less is better, and the points that no other beats
//! in both: the Pareto front. What clients do is given and not chosen, so points that face other
//! clients are not set against each other: each value of such an axis has a front of its own, in a
//! colour of its own if there is but one axis to choose from, or else in a picture of its own.

use super::beside;
use super::frame::{Axis, Mark, Panel, heading, right_edge};
use super::grid::{Grid, Held};
use super::label;
use super::palette::{BLUE, FAINT, INK, MOST_LINES, PAPER, line};
use super::scene::{Colour, Place, Scene, WIDTH};
use super::summary::{Estimate, FILE, LOSSY, Summary, around};
use super::{ChartError, Drawn};

const TALL: f64 = 380.0;
/// Up to so many points all are named, else those of the fronts.
const ALL_NAMED: usize = 8;
/// The colour of intervals.
const THIN: Colour = Colour(0xa8, 0xa8, 0xa8);

/// What is set against what.
pub(super) struct Tradeoff<'a> {
    /// The metric along.
    pub(super) x: &'a str,
    /// The metric upright.
    pub(super) y: &'a str,
    /// What a legend says of the front.
    pub(super) front: &'static str,
    /// Whether it is about requests that are lost: otherwise points that lose some do not count.
    pub(super) loses: bool,
}

/// A point of the sweep.
struct Dot {
    point: usize,
    x: Estimate,
    y: Estimate,
    /// Too few requests were completed for its figures to count.
    lossy: bool,
}

/// The axes of a picture.
struct Shown {
    /// The one whose values have colours.
    coloured: Option<usize>,
    /// Whether each colour has a front of its own.
    given: bool,
    /// Those that name a point.
    named: Vec<usize>,
}

impl Shown {
    fn of(grid: &Grid) -> Self {
        let (given, chosen): (Vec<usize>, Vec<usize>) =
            grid.varied().into_iter().partition(|axis| grid.axis(*axis).is_given());
        let few = |axis: &&usize| grid.axis(**axis).len() <= MOST_LINES;
        match (&chosen[..], given.iter().find(few)) {
            // Where traffic is all that varies, there is nothing to choose: it names the points.
            ([], _) => Self { coloured: None, given: false, named: given },
            ([_], Some(traffic)) => Self { coloured: Some(*traffic), given: true, named: chosen },
            ([_], None) => Self { coloured: None, given: false, named: chosen },
            _ => Self { coloured: chosen.iter().find(few).copied(), given: false, named: chosen },
        }
    }

    /// All of them.
    fn axes(&self) -> Vec<usize> {
        self.named.iter().copied().chain(self.coloured).collect()
    }
}

/// A picture for each value of what is given and has no colours.
pub(super) fn drawn(summary: &Summary, tradeoff: &Tradeoff<'_>) -> Result<Drawn, ChartError> {
    let [x, y] = [summary.needed(tradeoff.x)?, summary.needed(tradeoff.y)?];
    let shown = Shown::of(&summary.grid);
    let dot = |point: &usize| {
        let lossy = !tradeoff.loses && summary.is_lossy(*point);
        Some(Dot { point: *point, x: x[*point]?, y: y[*point]?, lossy })
    };
    let dots = |part: Held| (part.text, part.points.iter().filter_map(dot).collect::<Vec<Dot>>());
    let mut parts: Vec<_> = summary.grid.held(&shown.axes()).into_iter().map(dots).collect();
    parts.retain(|(_, dots)| dots.len() > 1);
    if parts.is_empty() {
        return Err(ChartError::NoData(format!("{FILE} has fewer than two points with both")));
    }
    let mut names = 0;
    let mut drawn = Drawn::each(&parts, |(held, dots)| {
        let (scene, left_out) = picture(summary, &shown, tradeoff, held, dots);
        names += left_out;
        Ok(scene)
    })?;
    if names > 0 {
        drawn.notes.push(format!("names of points without room: {names}"));
    }
    Ok(drawn)
}

/// Those of `dots` that no other beats: from left to right, each lower than all before.
fn front<'a>(dots: impl Iterator<Item = &'a Dot>) -> Vec<&'a Dot> {
    let mut sorted: Vec<&Dot> = dots.filter(|dot| !dot.lossy).collect();
    sorted.sort_by(|a, b| {
        let along = a.x.mean.total_cmp(&b.x.mean);
        along.then(a.y.mean.total_cmp(&b.y.mean))
    });
    let mut best = f64::INFINITY;
    sorted.retain(|dot| {
        let better = dot.y.mean < best;
        best = best.min(dot.y.mean);
        better
    });
    sorted
}

/// The fronts of a picture: of each colour, or one of all; and the colour of each.
fn fronts<'a>(summary: &Summary, shown: &Shown, dots: &'a [Dot]) -> Vec<(Vec<&'a Dot>, Colour)> {
    let Some(axis) = shown.coloured.filter(|_| shown.given) else {
        return vec![(front(dots.iter()), FAINT)];
    };
    let grid = &summary.grid;
    let place = |dot: &&Dot| grid.axis(axis).place(grid.value(dot.point, axis));
    let of = |colour| (front(dots.iter().filter(|dot| place(dot) == colour)), line(colour));
    (0..grid.axis(axis).len()).map(of).collect()
}

/// The picture of these dots, and how many names of points had no room.
fn picture(
    summary: &Summary,
    shown: &Shown,
    tradeoff: &Tradeoff<'_>,
    held: &str,
    dots: &[Dot],
) -> (Scene, usize) {
    let mut scene = Scene::default();
    let grid = &summary.grid;
    let top = above(&mut scene, summary, shown, tradeoff, (held, dots));
    let panel = panel(tradeoff, dots, top);
    panel.draw(&mut scene);
    let at = |dot: &Dot| panel.place(dot.x.mean, dot.y.mean);
    let fronts = fronts(summary, shown, dots);
    let mut taken: Vec<beside::Taken> = dots.iter().map(|dot| beside::point(at(dot))).collect();
    for (front, colour) in &fronts {
        let stairs = stairs(&front.iter().map(|dot| at(dot)).collect::<Vec<_>>());
        taken.extend(stairs.windows(2).map(|ends| beside::line(ends[0], ends[1])));
        scene.line(stairs, *colour, 1.5);
    }
    for ends in dots.iter().flat_map(|dot| intervals(&panel, dot)) {
        taken.push(beside::line(ends[0], ends[1]));
        scene.line(ends.to_vec(), THIN, 1.0);
    }
    // Those of the fronts last, upon all others.
    let best: Vec<&Dot> = fronts.into_iter().flat_map(|(front, _)| front).collect();
    let on_front = |dot: &&Dot| best.iter().any(|other| other.point == dot.point);
    let behind = dots.iter().filter(|dot| !on_front(dot));
    for dot in behind.chain(best.iter().copied()) {
        let colour = match shown.coloured {
            None => BLUE,
            Some(axis) => line(grid.axis(axis).place(grid.value(dot.point, axis))),
        };
        let (radius, outline) = if on_front(&dot) { (5.5, INK) } else { (4.5, PAPER) };
        if dot.lossy {
            scene.dot(at(dot), 4.0, PAPER, colour);
        } else {
            scene.dot(at(dot), radius, colour, outline);
        }
    }
    // Those of the fronts first, since some may have no room.
    let others = dots.iter().filter(|dot| dots.len() <= ALL_NAMED && !on_front(dot));
    let wanted = best.iter().copied().chain(others);
    let names: Vec<(Place, String)> =
        wanted.map(|dot| (at(dot), grid.name(dot.point, &shown.named))).collect();
    let left_out = beside::names(&mut scene, &panel, &taken, &names);
    scene.height = panel.bottom + panel.x.below();
    (scene, left_out)
}

/// Draws what stands above the dots; where they may begin.
fn above(
    scene: &mut Scene,
    summary: &Summary,
    shown: &Shown,
    tradeoff: &Tradeoff<'_>,
    (held, dots): (&str, &[Dot]),
) -> f64 {
    let (mut colours, mut legend) = (String::new(), Vec::new());
    if let Some(axis) = shown.coloured {
        let axis = summary.grid.axis(axis);
        colours = format!("colours: {}", axis.caption());
        let entry = |(place, value): (usize, &usize)| {
            (Mark::Dot(line(place), line(place)), axis.label(*value))
        };
        legend = axis.order().iter().enumerate().map(entry).collect();
    }
    legend.push((Mark::Line(FAINT), tradeoff.front.to_owned()));
    let hollow = if dots.iter().any(|dot| dot.lossy) { LOSSY } else { "" };
    let subtitle = super::joined([held, &colours, "bars: the interval of each mean", hollow]);
    let [x, y] = [tradeoff.x, tradeoff.y].map(label::metric);
    let x = label::without_unit(&x).trim_end_matches(" per million requests");
    let title = format!("{} and {}", super::capital(x), label::without_unit(&y));
    heading(scene, &title, &subtitle, &legend)
}

/// The panel below `top` in which all dots have room.
fn panel(tradeoff: &Tradeoff<'_>, dots: &[Dot], top: f64) -> Panel {
    let y = around(dots.iter().map(|dot| &dot.y), false, 8);
    let y = Axis::upright(y, TALL, label::metric(tradeoff.y));
    let left = y.left(TALL);
    let x = around(dots.iter().map(|dot| &dot.x), false, 8);
    let x = Axis::along(x, WIDTH - left - 40.0, label::metric(tradeoff.x));
    let right = right_edge(&x);
    Panel { left, top, right, bottom: top + TALL, x, y }
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

/// The intervals of a point as lines, along and upright.
fn intervals(panel: &Panel, Dot { x, y, .. }: &Dot) -> [[Place; 2]; 2] {
    let place = |(x, y)| panel.place(x, y);
    [
        [(x.low(), y.mean), (x.high(), y.mean)].map(place),
        [(x.mean, y.low()), (x.mean, y.high())].map(place),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dots(of: &[(f64, f64)]) -> Vec<Dot> {
        let estimate = |mean| Estimate { mean, half_width: 0.0, most: f64::INFINITY };
        let dot = |(point, (x, y)): (usize, &(f64, f64))| Dot {
            point,
            x: estimate(*x),
            y: estimate(*y),
            lossy: false,
        };
        of.iter().enumerate().map(dot).collect()
    }

    fn front_of(dots: &[Dot]) -> Vec<usize> {
        front(dots.iter()).iter().map(|dot| dot.point).collect()
    }

    #[test]
    fn the_front_holds_what_nothing_beats() {
        let mut dots = dots(&[(3.0, 10.0), (1.0, 50.0), (2.0, 60.0), (1.0, 55.0), (4.0, 10.0)]);
        assert_eq!(front_of(&dots), [1, 0]);
        dots[1].lossy = true;
        assert_eq!(front_of(&dots), [3, 0], "what loses requests beats nothing");
    }
}
