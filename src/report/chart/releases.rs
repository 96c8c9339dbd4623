//! Releases over time: how much of the traffic each version of a service has, what fails there, and how long it takes.

use std::path::Path;

use super::frame::{Axis, Mark, Panel, heading, right_edge};
use super::grid::{SPANS, unit_of};
use super::milestones::{self, Group, Milestone};
use super::palette::{MOST_LINES, line};
use super::scale::Scale;
use super::scene::{Place, Scene, WIDTH};
use super::sheet::Sheet;
use super::{Chart, ChartError, Drawn, FirstRun, label};

const FILE: &str = "versions.csv";

pub(super) const CHART: Chart = Chart {
    name: "releases",
    summary: "The share of traffic of each version of a service over time, with failures and times of attempts \
              under it, and when releases begin, shift and are over.",
    files: &[FILE],
    needs: "versions of a released service, which a scenario asks for with [output] series",
    chooses: false,
    draw,
};

/// How tall the panels are: shares, failures, times.
const TALL: [f64; 3] = [140.0, 110.0, 150.0];
const BETWEEN: f64 = 22.0;
/// As many samples are shown as they are.
const FEW: usize = 150;

/// What versions of a service served.
#[derive(Default)]
struct Service {
    name: String,
    versions: Vec<Version>,
    /// When samples were taken, in seconds, and the attempts at all versions until then.
    totals: Vec<(f64, f64)>,
}

/// What a version served.
#[derive(Default)]
struct Version {
    name: String,
    samples: Vec<Sample>,
}

/// What a version served until a time, since the sample before.
#[derive(Clone, Copy, Default)]
struct Sample {
    /// Which of the samples of its service it is.
    number: usize,
    attempts: f64,
    ended: f64,
    failed: f64,
    /// The median and the 99th percentile of how long attempts took, in milliseconds.
    took: [Option<f64>; 2],
}

fn draw(folder: &Path, _: Option<&str>) -> Result<Drawn, ChartError> {
    let mut sheet = Sheet::open(folder, FILE)?;
    let time = sheet.column("time_s")?;
    let mut first = FirstRun::new(time);
    let services = read(&mut sheet, time, &mut first)?;
    if services.is_empty() {
        return Err(ChartError::NoData(format!("{FILE} has no samples")));
    }
    let milestones = milestones::read(folder)?;
    let mut drawn =
        Drawn::each(&services, |service| Ok(picture(service, &milestones, &first.subtitle())))?;
    drawn.notes.extend(first.note());
    Ok(drawn)
}

/// The services of the first run.
fn read(sheet: &mut Sheet, time: usize, first: &mut FirstRun) -> Result<Vec<Service>, ChartError> {
    let names =
        ["service", "version", "attempts", "ended", "failed", "attempt_ms_p50", "attempt_ms_p99"];
    let mut columns = [0; 7];
    for (column, name) in columns.iter_mut().zip(names) {
        *column = sheet.column(name)?;
    }
    let [service, version, attempts, ended, failed, p50, p99] = columns;
    let mut services: Vec<Service> = Vec::new();
    while first.next(sheet)? {
        let service = called(&mut services, sheet.text(service), |service| &mut service.name);
        let at = sheet.needed(time)?;
        if service.totals.last().is_none_or(|(last, _)| *last < at) {
            service.totals.push((at, 0.0));
        }
        let number = service.totals.len() - 1;
        let sample = Sample {
            number,
            attempts: sheet.needed(attempts)?,
            ended: sheet.needed(ended)?,
            failed: sheet.needed(failed)?,
            took: [sheet.number(p50)?, sheet.number(p99)?],
        };
        service.totals[number].1 += sample.attempts;
        let version =
            called(&mut service.versions, sheet.text(version), |version| &mut version.name);
        version.samples.push(sample);
    }
    Ok(services)
}

/// The one of this name, made if it is not there.
fn called<'a, T: Default>(
    all: &'a mut Vec<T>,
    name: &str,
    of: fn(&mut T) -> &mut String,
) -> &'a mut T {
    let known = all.iter_mut().position(|one| of(one) == name).unwrap_or_else(|| {
        let mut new = T::default();
        name.clone_into(of(&mut new));
        all.push(new);
        all.len() - 1
    });
    &mut all[known]
}

/// A value from a time to another.
type Stretch = (f64, f64, f64);

/// A figure of a version over time.
type Figure = fn(&Sample, f64) -> Option<f64>;

/// The share of traffic, what failed of what ended, both in percent, and the percentiles.
const SHARE: Figure = |sample, all| (all > 0.0).then(|| 100.0 * sample.attempts / all);
const FAILED: Figure =
    |sample, _| (sample.ended > 0.0).then(|| 100.0 * sample.failed / sample.ended);
const MEDIAN: Figure = |sample, _| sample.took[0];
const NEARLY_ALL: Figure = |sample, _| sample.took[1];

impl Service {
    /// The same with neighbouring samples put together so that there are few.
    fn coarser(&self) -> Self {
        let by = self.totals.len().div_ceil(FEW);
        let totals = self.totals.chunks(by).map(|totals| {
            (totals[totals.len() - 1].0, totals.iter().map(|(_, attempts)| attempts).sum())
        });
        let versions = self.versions.iter().map(|version| {
            let alike = version.samples.chunk_by(|a, b| a.number / by == b.number / by);
            let samples = alike.map(|samples| together(samples, by)).collect();
            Version { name: version.name.clone(), samples }
        });
        Self { name: self.name.clone(), versions: versions.collect(), totals: totals.collect() }
    }

    /// A figure of a version, in stretches between gaps.
    fn stretches(&self, version: &Version, figure: Figure) -> Vec<Stretch> {
        let start =
            |number: usize| number.checked_sub(1).map_or(0.0, |before| self.totals[before].0);
        let stretch = |sample: &Sample| {
            let (end, all) = self.totals[sample.number];
            Some((start(sample.number), end, figure(sample, all)?))
        };
        version.samples.iter().filter_map(stretch).collect()
    }

    /// A figure of all versions.
    fn values(&self, figure: Figure) -> Vec<f64> {
        let of = |version| self.stretches(version, figure).into_iter().map(|(.., value)| value);
        self.versions.iter().flat_map(of).collect()
    }
}

/// Neighbouring samples as one: counts are added up, percentiles are means by what ended.
fn together(samples: &[Sample], by: usize) -> Sample {
    let sum = |of: fn(&Sample) -> f64| samples.iter().map(of).sum();
    let mean = |which: usize| {
        let known = samples.iter().filter_map(|sample| Some((sample.took[which]?, sample.ended)));
        let (weighted, weight) =
            known.fold((0.0, 0.0), |(sum, all), (took, ended)| (sum + took * ended, all + ended));
        (weight > 0.0).then(|| weighted / weight)
    };
    Sample {
        number: samples[0].number / by,
        attempts: sum(|sample| sample.attempts),
        ended: sum(|sample| sample.ended),
        failed: sum(|sample| sample.failed),
        took: [mean(0), mean(1)],
    }
}

fn picture(service: &Service, milestones: &[Milestone], subtitle: &str) -> Scene {
    let mut scene = Scene::default();
    let coarser = service.coarser();
    let many = coarser.totals.len() < service.totals.len();
    let service = &coarser;
    let end = service.totals[service.totals.len() - 1].0;
    let groups = milestones::groups(milestones, &service.name, end);
    let top = above(&mut scene, service, &groups, (subtitle, many));
    let (unit, size) = unit_of(end, &SPANS);
    let took: Vec<f64> = [MEDIAN, NEARLY_ALL].iter().flat_map(|of| service.values(*of)).collect();
    let upright = [
        Axis::upright(Scale::new(0.0, 100.0), TALL[0], "share of traffic (%)"),
        Axis::upright(Scale::linear(service.values(FAILED), true, 3), TALL[1], "failed (%)"),
        Axis::upright(Scale::fitting(&took, true, 4), TALL[2], "time of attempts (ms)"),
    ];
    let left = upright.iter().zip(TALL).map(|(y, tall)| y.left(tall)).fold(0.0, f64::max);
    let time = Scale::new(0.0, if end > 0.0 { end / size } else { 1.0 });
    let x = Axis::along(time, WIDTH - left - 40.0, format!("time ({unit})"));
    let right = right_edge(&x);
    let mut panel = Panel { left, top, right, bottom: top, x, y: upright[0].clone() };
    panel.top += milestones::names(&mut scene, &panel, &groups, size);
    let first = panel.top;
    for (number, (y, tall)) in upright.into_iter().zip(TALL).enumerate() {
        panel.bottom = panel.top + tall;
        panel.y = y;
        let shown =
            if number + 1 == TALL.len() { panel.x.clone() } else { panel.x.clone().silent() };
        Panel { x: shown, ..panel.clone() }.draw(&mut scene);
        milestones::lines(&mut scene, &panel, &groups, size);
        let figures: &[(Figure, f64)] = match number {
            0 => &[(SHARE, 1.8)],
            1 => &[(FAILED, 1.6)],
            _ => &[(MEDIAN, 0.8), (NEARLY_ALL, 1.8)],
        };
        for (figure, wide) in figures {
            lines(&mut scene, &panel, service, (*figure, *wide), size);
        }
        panel.top = panel.bottom + BETWEEN;
    }
    milestones::dots(&mut scene, &panel, first, &groups, size);
    scene.height = panel.bottom + panel.x.below();
    scene
}

/// Draws what stands above the panels; where they may begin.
fn above(
    scene: &mut Scene,
    service: &Service,
    groups: &[Group<'_>],
    (subtitle, many): (&str, bool),
) -> f64 {
    let versions = &service.versions;
    let named = versions.len() <= MOST_LINES;
    let entry = |(number, version): (usize, &Version)| {
        (Mark::Line(line(number)), label::short(&version.name))
    };
    let shown = if named { &versions[..] } else { &versions[..1] };
    let mut legend: Vec<(Mark, String)> = shown.iter().enumerate().map(entry).collect();
    legend.extend(milestones::legend(groups));
    let colours = format!("{} versions, whose colours come round again", versions.len());
    let colours = if named { "" } else { colours.as_str() };
    let whiles = if many { "means of short whiles" } else { "" };
    let took = "times of attempts: median (thin) and 99th percentile";
    let subtitle = super::joined([subtitle, colours, took, whiles]);
    heading(scene, &format!("Releases of {}", label::short(&service.name)), &subtitle, &legend)
}

/// Draws a figure of each version, level over each sample.
fn lines(
    scene: &mut Scene,
    panel: &Panel,
    service: &Service,
    (figure, wide): (Figure, f64),
    size: f64,
) {
    for (number, version) in service.versions.iter().enumerate() {
        let stretches = service.stretches(version, figure);
        for joined in stretches.chunk_by(|a, b| a.1 == b.0) {
            let ends = |(from, to, value): &Stretch| -> [Place; 2] {
                [from, to].map(|at| panel.place(at / size, *value))
            };
            scene.line(joined.iter().flat_map(ends).collect(), line(number), wide);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(number: usize, attempts: f64, took: Option<f64>) -> Sample {
        Sample { number, attempts, ended: attempts, failed: 1.0, took: [took, took] }
    }

    #[test]
    fn a_gap_stays_a_gap() {
        let version = Version {
            name: "v".to_owned(),
            samples: vec![sample(0, 1.0, None), sample(2, 3.0, None)],
        };
        let service = Service {
            name: "s".to_owned(),
            versions: Vec::new(),
            totals: vec![(10.0, 1.0), (20.0, 9.0), (30.0, 4.0)],
        };
        assert_eq!(service.stretches(&version, SHARE), [(0.0, 10.0, 100.0), (20.0, 30.0, 75.0)]);
        assert_eq!(service.stretches(&version, MEDIAN), []);
    }

    #[test]
    fn neighbours_are_put_together() {
        let whole = together(&[sample(4, 10.0, Some(1.0)), sample(5, 30.0, Some(3.0))], 2);
        assert_eq!((whole.number, whole.attempts, whole.failed), (2, 40.0, 2.0));
        assert_eq!(whole.took, [Some(2.5), Some(2.5)]);
        assert_eq!(together(&[sample(4, 0.0, None)], 2).took, [None, None]);
    }
}
