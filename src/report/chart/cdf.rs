//! Which share of requests is answered within which time.

use std::path::Path;

use super::frame::{Axis, Mark, Panel, heading, right_edge};
use super::grid::Grid;
use super::palette::{MOST_LINES, line};
use super::scale::Scale;
use super::scene::{Place, Scene};
use super::sheet::Sheet;
use super::{Chart, ChartError, Drawn};
use crate::kernel::Span;
use crate::stats::Histogram;

const QUANTILES: &str = "quantiles.csv";
const REQUESTS: &str = "requests.csv";

pub(super) const CHART: Chart = Chart {
    name: "cdf",
    summary: "The distribution of response times, and its tail.",
    files: &[QUANTILES, REQUESTS],
    needs: "response times of completed requests",
    chooses: false,
    draw,
};

/// Height of the distribution, and of the tail.
const TALL: (f64, f64) = (230.0, 200.0);

/// The shares at which a distribution is drawn where the file has every request.
const STEPS: u32 = 200;
/// From this share on they grow dense.
const TAIL: f64 = 0.99;

/// A distribution: its name, and (milliseconds, share) from small to large.
struct Curve {
    name: String,
    steps: Vec<Place>,
}

/// What stands in one picture.
struct Part {
    subtitle: String,
    curves: Vec<Curve>,
    /// How many were left out.
    left: usize,
}

fn draw(folder: &Path, _: Option<&str>) -> Result<Drawn, ChartError> {
    let parts = match pooled(folder) {
        Err(ChartError::NoData(_)) => vec![by_service(folder)?],
        parts => parts?,
    };
    Drawn::each(&parts, |part| Ok(picture(part)))
}

/// The distributions of quantiles.csv: all points if they are few, or else one picture for each
/// value of the axes behind the first.
fn pooled(folder: &Path) -> Result<Vec<Part>, ChartError> {
    let mut sheet = Sheet::open(folder, QUANTILES)?;
    let axes = sheet.column("fraction")?;
    let response = sheet.column("response_ms")?;
    let mut grid = Grid::new(&sheet, axes);
    let mut steps: Vec<Vec<Place>> = Vec::new();
    while sheet.next()? {
        let point = grid.point(&sheet.texts(axes));
        steps.resize(grid.len(), Vec::new());
        let (millis, fraction) = (sheet.number(response)?, sheet.needed(axes)?);
        // A sample may take a point twice, and the same seeds give it the same quantiles.
        let known = steps[point].iter().any(|(_, known)| *known == fraction);
        if let Some(millis) = millis.filter(|_| !known) {
            steps[point].push((millis, fraction));
        }
    }
    let grid = grid.finish();
    let varied = grid.varied();
    let shown = if grid.len() <= MOST_LINES { varied.as_slice() } else { &varied[..1] };
    let part = |held: super::grid::Held| {
        let mut points = held.points;
        points.retain(|point| !steps[*point].is_empty());
        if let [axis] = shown {
            let order = grid.axis(*axis).order();
            points.sort_by_key(|point| {
                order.iter().position(|value| *value == grid.value(*point, *axis))
            });
        }
        let kept = spread(&points);
        let left = points.len() - kept.len();
        let curve =
            |point: usize| Curve { name: grid.name(point, shown), steps: steps[point].clone() };
        let lines: Vec<String> = shown.iter().map(|axis| grid.axis(*axis).caption()).collect();
        let lines = format!("lines: {}", lines.join(", "));
        let lines = if kept.len() > 1 { lines.as_str() } else { "" };
        let subtitle = super::joined([held.text.as_str(), lines]);
        Part { subtitle, curves: kept.into_iter().map(curve).collect(), left }
    };
    let mut parts: Vec<Part> = grid.held(shown).into_iter().map(part).collect();
    parts.retain(|part| !part.curves.is_empty());
    if parts.is_empty() {
        return Err(ChartError::NoData(format!("{QUANTILES} has no response times")));
    }
    Ok(parts)
}

/// As many of `points` as there are lines, evenly, with the first and the last.
fn spread(points: &[usize]) -> Vec<usize> {
    if points.len() <= MOST_LINES {
        return points.to_vec();
    }
    let last = MOST_LINES - 1;
    (0..MOST_LINES).map(|line| points[line * (points.len() - 1) / last]).collect()
}

/// The distributions of requests.csv, one for each service that clients ask, all runs together.
fn by_service(folder: &Path) -> Result<Part, ChartError> {
    let open = |error| match error {
        ChartError::NoData(_) => {
            ChartError::NoData(format!("there is neither {QUANTILES} nor {REQUESTS}"))
        }
        broken @ ChartError::Broken(_) => broken,
    };
    let mut sheet = Sheet::open(folder, REQUESTS).map_err(open)?;
    let service = sheet.column("service")?;
    let (outcome, response) = (sheet.column("outcome")?, sheet.column("response_ms")?);
    let mut services: Vec<(String, Histogram)> = Vec::new();
    while sheet.next()? {
        if sheet.text(outcome) != "completed" {
            continue;
        }
        let span = Span::from_nanos((sheet.needed(response)? * 1e6).round() as u64);
        let name = sheet.text(service);
        let known = services.iter().position(|(known, _)| known == name).unwrap_or_else(|| {
            services.push((name.to_owned(), Histogram::default()));
            services.len() - 1
        });
        services[known].1.record(span);
    }
    if services.is_empty() {
        return Err(ChartError::NoData(format!("{REQUESTS} has no completed request")));
    }
    services.sort_by_key(|(_, times)| std::cmp::Reverse(times.count()));
    let left = services.len().saturating_sub(MOST_LINES);
    services.truncate(MOST_LINES);
    let curve = |(name, times): (String, Histogram)| Curve { name, steps: steps_of(&times) };
    let subtitle = if services.len() > 1 { "lines: services" } else { "" }.to_owned();
    let curves = services.into_iter().map(curve).collect();
    Ok(Part { subtitle, curves, left })
}

/// A histogram as steps that grow dense in the tail.
fn steps_of(times: &Histogram) -> Vec<Place> {
    let count = times.count() as f64;
    let body = (1..STEPS).map(|step| TAIL * f64::from(step) / f64::from(STEPS));
    let tail = (0..STEPS).map(|step| {
        1.0 - (1.0 - TAIL) * libm::pow(10.0, f64::from(step) * -6.0 / f64::from(STEPS))
    });
    let seen = tail.take_while(|share| (1.0 - share) * count >= 1.0);
    let shares = body.chain(seen).chain([1.0]);
    shares.filter_map(|share| Some((times.quantile(share)?.as_millis_f64(), share))).collect()
}

/// What the legend says of a curve, which one that is drawn after it may hide.
fn called(part: &Part, curve: &Curve, number: usize) -> String {
    let above = part.curves[number + 1..].iter().rfind(|above| above.steps == curve.steps);
    above
        .map_or_else(|| curve.name.clone(), |above| format!("{}, below {}", curve.name, above.name))
}

fn picture(part: &Part) -> Scene {
    let mut scene = Scene::default();
    let legend: Vec<(Mark, String)> = part
        .curves
        .iter()
        .enumerate()
        .map(|(number, curve)| (Mark::Line(line(number)), called(part, curve, number)))
        .collect();
    let legend = if legend.len() > 1 { legend } else { Vec::new() };
    let more = match part.left {
        0 => String::new(),
        left => format!("{left} more lines are left out"),
    };
    let alone = if part.curves.len() == 1 { part.curves[0].name.as_str() } else { "" };
    let subtitle = super::joined([part.subtitle.as_str(), alone, &more]);
    let top = heading(&mut scene, "Distribution of response times", &subtitle, &legend);
    let all = || part.curves.iter().flat_map(|curve| &curve.steps);
    let times = Scale::log(all().map(|(millis, _)| *millis))
        .unwrap_or_else(|| Scale::linear([0.0], true, 5));
    let rarest = all().map(|(_, share)| 1.0 - share).filter(|rest| *rest > 1e-9);
    let tail = Scale::log(rarest.chain([1.0])).expect("one is more than zero");

    let body = Axis::upright(Scale::new(0.0, 1.0), TALL.0, "share answered by then");
    let rest = Axis::upright(tail, TALL.1, "share that takes longer").shown(percent);
    let body = body.shown(percent);
    let left = body.left(TALL.0).max(rest.left(TALL.1));
    let across = super::scene::WIDTH - left - 40.0;
    let x = Axis::along(times, across, "response time (ms)");
    let right = right_edge(&x);
    let bottom = top + TALL.0;
    let upper = Panel { left, top, right, bottom, x: x.clone().silent(), y: body };
    let top = bottom + 22.0;
    let lower = Panel { left, top, right, bottom: top + TALL.1, x, y: rest };
    for panel in [&upper, &lower] {
        panel.draw(&mut scene);
    }
    for (number, curve) in part.curves.iter().enumerate() {
        let seen = curve.steps.iter().filter(|(millis, _)| *millis > 0.0);
        let body = seen.clone().map(|(millis, share)| upper.place(*millis, *share));
        scene.line(super::thinned(body), line(number), 2.0);
        let rest = seen.filter(|(_, share)| *share < 1.0);
        let rest = rest.map(|(millis, share)| lower.place(*millis, 1.0 - share));
        scene.line(super::thinned(rest), line(number), 2.0);
    }
    scene.height = lower.bottom + lower.x.below();
    scene
}

fn percent(share: f64) -> String {
    format!("{} %", super::label::tick(share * 100.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_points_the_first_and_last_are_kept() {
        let points: Vec<usize> = (0..20).collect();
        assert_eq!(spread(&points), [0, 2, 5, 8, 10, 13, 16, 19]);
        assert_eq!(spread(&points[..3]), [0, 1, 2]);
    }

    #[test]
    fn steps_rise_to_the_maximum() {
        let mut times = Histogram::default();
        (1..=1000).for_each(|millis| times.record(Span::from_millis(millis)));
        let steps = steps_of(&times);
        assert!(steps.windows(2).all(|pair| pair[0].0 <= pair[1].0 && pair[0].1 < pair[1].1));
        assert_eq!(steps.last(), Some(&(1000.0, 1.0)));
    }
}
