//! Instances, busy ones and those who wait, over time.

use std::path::Path;

use super::frame::{Axis, Mark, Panel, heading, right_edge};
use super::grid::{SPANS, unit_of};
use super::palette::{MOST_LINES, line};
use super::scale::Scale;
use super::scene::{Place, Scene, WIDTH};
use super::sheet::Sheet;
use super::{Chart, ChartError, Drawn};

const FILE: &str = "series.csv";

pub(super) const CHART: Chart = Chart {
    name: "levels",
    summary: "Instances, those that serve, and requests that wait, over time.",
    files: &[FILE],
    needs: "samples of a run, which a scenario asks for with [output] series",
    chooses: false,
    draw,
};

const TALL: f64 = 150.0;
/// As many samples are joined as they are.
const FEW: usize = 250;
/// How wide a while is in which more samples are one.
const WHILE: f64 = 5.0;

/// What is drawn, and how it is called.
const LEVELS: [(&str, &str); 3] =
    [("instances", "instances"), ("busy", "serving"), ("queue_length", "requests that wait")];

/// The samples of one platform: (second, value) of each level.
#[derive(Default)]
struct Platform {
    name: String,
    levels: [Vec<Place>; 3],
}

fn draw(folder: &Path, _: Option<&str>) -> Result<Drawn, ChartError> {
    let mut sheet = Sheet::open(folder, FILE)?;
    let (time, platform) = (sheet.column("time_s")?, sheet.column("platform")?);
    let mut columns = [0; 3];
    for (column, (name, _)) in columns.iter_mut().zip(LEVELS) {
        *column = sheet.column(name)?;
    }
    let mut platforms: Vec<Platform> = Vec::new();
    let mut first = super::FirstRun::new(time);
    while first.next(&mut sheet)? {
        let name = sheet.text(platform);
        let known = platforms.iter().position(|known| known.name == name).unwrap_or_else(|| {
            platforms.push(Platform { name: name.to_owned(), ..Platform::default() });
            platforms.len() - 1
        });
        let at = sheet.needed(time)?;
        for (level, column) in columns.into_iter().enumerate() {
            if let Some(value) = sheet.number(column)? {
                platforms[known].levels[level].push((at, value));
            }
        }
    }
    if platforms.is_empty() {
        return Err(ChartError::NoData(format!("{FILE} has no samples")));
    }
    let mut drawn = Drawn::one(picture(&platforms, &first.subtitle()));
    drawn.notes.extend(first.note());
    Ok(drawn)
}

fn picture(platforms: &[Platform], subtitle: &str) -> Scene {
    let mut scene = Scene::default();
    let shown = &platforms[..platforms.len().min(MOST_LINES)];
    let more = match platforms.len() - shown.len() {
        0 => String::new(),
        left => format!("{left} more platforms are left out"),
    };
    let entry = |(place, platform): (usize, &Platform)| {
        (Mark::Line(line(place)), super::label::short(&platform.name))
    };
    let legend: Vec<(Mark, String)> = shown.iter().enumerate().map(entry).collect();
    let many = shown.iter().any(|platform| platform.levels.iter().any(|level| level.len() > FEW));
    let bands = if many { "lines: means of short whiles; bands: from least to most" } else { "" };
    let subtitle = super::joined([subtitle, &more, bands]);
    let mut top = heading(&mut scene, "Levels over time", &subtitle, &legend);
    let samples = || shown.iter().flat_map(|platform| platform.levels.iter().flatten());
    let end = samples().map(|(at, _)| *at).fold(0.0, f64::max);
    let (unit, size) = unit_of(end, &SPANS);
    let time = Scale::new(0.0, if end > 0.0 { end / size } else { 1.0 });
    let drawn: Vec<usize> = (0..LEVELS.len())
        .filter(|level| shown.iter().any(|platform| !platform.levels[*level].is_empty()))
        .collect();
    let axis = |level: usize| {
        let values = shown.iter().flat_map(|platform| &platform.levels[level]);
        let scale = Scale::linear(values.map(|(_, value)| *value), true, 4);
        Axis::upright(scale, TALL, LEVELS[level].1)
    };
    let left = drawn.iter().map(|level| axis(*level).left(TALL)).fold(0.0, f64::max);
    let x = Axis::along(time, WIDTH - left - 40.0, format!("time ({unit})"));
    let right = right_edge(&x);
    for level in &drawn {
        let last = Some(level) == drawn.last();
        let x = if last { x.clone() } else { x.clone().silent() };
        let panel = Panel { left, top, right, bottom: top + TALL, x, y: axis(*level) };
        panel.draw(&mut scene);
        let at = |(at, value): &Place| panel.place(at / size, *value);
        let samples = |platform: &Platform| -> Vec<Place> {
            platform.levels[*level].iter().map(at).collect()
        };
        let samples: Vec<Vec<Place>> = shown.iter().map(samples).collect();
        for (place, samples) in samples.iter().enumerate().filter(|(_, of)| of.len() > FEW) {
            scene.area(band(samples), line(place), 0.22);
        }
        for (place, samples) in samples.iter().enumerate() {
            let through = if samples.len() > FEW { means(samples) } else { samples.clone() };
            scene.line(through, line(place), 1.6);
        }
        scene.height = panel.bottom + panel.x.below();
        top = panel.bottom + 22.0;
    }
    scene
}

/// Samples in short whiles: the middle of each, and its values.
fn whiles(samples: &[Place]) -> impl Iterator<Item = (f64, Vec<f64>)> {
    let of = |sample: &Place| (sample.0 / WHILE).floor();
    samples.chunk_by(move |a, b| of(a) == of(b)).map(|samples| {
        let middle = f64::midpoint(samples[0].0, samples[samples.len() - 1].0);
        (middle, samples.iter().map(|(_, value)| *value).collect())
    })
}

/// The mean of each short while.
fn means(samples: &[Place]) -> Vec<Place> {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    whiles(samples).map(|(middle, values)| (middle, mean(&values))).collect()
}

/// From the least to the greatest of each short while.
fn band(samples: &[Place]) -> Vec<Place> {
    let end = |end: fn(f64, f64) -> f64| {
        whiles(samples)
            .filter_map(move |(middle, values)| Some((middle, values.into_iter().reduce(end)?)))
    };
    let mut back: Vec<Place> = end(f64::max).collect();
    back.reverse();
    end(f64::min).chain(back).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whiles_have_a_mean_and_ends() {
        let samples = [(0.0, 1.0), (2.0, 3.0), (4.0, 8.0), (6.0, 5.0)];
        assert_eq!(means(&samples), [(2.0, 4.0), (6.0, 5.0)]);
        assert_eq!(band(&samples), [(2.0, 1.0), (6.0, 5.0), (6.0, 5.0), (2.0, 8.0)]);
    }
}
