//! Instances, busy ones and those who wait, over time.

use std::path::Path;

use super::frame::{Axis, Mark, Panel, heading, right_edge};
use super::grid::{SPANS, unit_of};
use super::palette::{MOST_LINES, line};
use super::scale::Scale;
use super::scene::{Colour, Place, Scene, WIDTH};
use super::sheet::Sheet;
use super::{Chart, ChartError, Drawn};

const FILE: &str = "series.csv";

pub(super) const CHART: Chart = Chart {
    name: "levels",
    summary: "Instances, those that serve, and requests that wait, over time.",
    files: &[FILE],
    needs: "samples of a run, which a scenario asks for with [output] series",
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
        for (place, platform) in shown.iter().enumerate() {
            let at = |(at, value): &Place| panel.place(at / size, *value);
            let samples: Vec<Place> = platform.levels[*level].iter().map(at).collect();
            draw_level(&mut scene, &samples, line(place));
        }
        scene.height = panel.bottom + panel.x.below();
        top = panel.bottom + 22.0;
    }
    scene
}

/// A line through samples; of many, through the mean of each short while, upon a band from the least to
/// the greatest.
fn draw_level(scene: &mut Scene, samples: &[Place], colour: Colour) {
    if samples.len() <= FEW {
        scene.line(samples.to_vec(), colour, 1.6);
        return;
    }
    let whiles: Vec<&[Place]> =
        samples.chunk_by(|a, b| (a.0 / WHILE) as i64 == (b.0 / WHILE) as i64).collect();
    let middle = |of: &&[Place]| (of[0].0 + of[of.len() - 1].0) / 2.0;
    let end = |of: &&[Place], end: fn(f64, f64) -> f64| {
        (middle(of), of.iter().map(|(_, y)| *y).reduce(end).unwrap_or_default())
    };
    let band = whiles.iter().map(|of| end(of, f64::min));
    let band = band.chain(whiles.iter().rev().map(|of| end(of, f64::max)));
    scene.area(band.collect(), colour, 0.22);
    let mean =
        |of: &&[Place]| (middle(of), of.iter().map(|(_, y)| *y).sum::<f64>() / of.len() as f64);
    scene.line(whiles.iter().map(mean).collect(), colour, 1.6);
}
