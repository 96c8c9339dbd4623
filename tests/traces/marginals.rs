//! The synthetic day of `generate azure-2019`, whole, against what is published of the real one.
//!
//! The table of docs/validation.md is made by
//! `CLOUDSCHED_WRITE_VALIDATION=1 cargo test --release --test traces`.

use std::collections::BTreeMap;
use std::fmt::Write;

use cloudsched::workload::synthetic::Azure2019Files;

use super::fixtures::folder;
use super::page;
use super::synthetic::{files, rows};

/// Of a count, as a share of the published one.
const MOST_OFF: f64 = 0.03;

/// Of a curve, as the largest vertical distance.
const MOST_APART: f64 = 0.03;

/// An application: invocations of each minute together, and the triggers of its functions.
#[derive(Default)]
struct Application {
    minutes: Vec<u32>,
    triggers: Vec<String>,
}

impl Application {
    fn invocations(&self) -> f64 {
        self.minutes.iter().map(|count| f64::from(*count)).sum()
    }

    fn timers(&self) -> usize {
        self.triggers.iter().filter(|trigger| *trigger == "timer").count()
    }

    /// The coefficient of variation of the whole minutes between invocations.
    fn cv(&self) -> f64 {
        let at = (0..self.minutes.len()).flat_map(|m| vec![m as f64; self.minutes[m] as usize]);
        let at: Vec<f64> = at.collect();
        let gaps: Vec<f64> = at.windows(2).map(|two| two[1] - two[0]).collect();
        let mean = gaps.iter().sum::<f64>() / gaps.len() as f64;
        let square = gaps.iter().map(|gap| gap * gap).sum::<f64>() / gaps.len() as f64;
        (square / (mean * mean) - 1.0).max(0.0).sqrt()
    }
}

/// What a day is like.
struct Day {
    applications: Vec<Application>,
    /// Invocations and functions of each trigger.
    triggers: BTreeMap<String, (f64, f64)>,
    /// Ascending.
    functions: Vec<f64>,
    minutes: Vec<f64>,
    /// Invocations and mean duration in milliseconds.
    durations: Vec<(f64, f64)>,
    memory: Vec<f64>,
}

impl Day {
    fn of(files: &Azure2019Files<Vec<u8>>) -> Self {
        let mut applications: BTreeMap<String, Application> = BTreeMap::new();
        let mut triggers: BTreeMap<String, (f64, f64)> = BTreeMap::new();
        let (mut functions, mut minutes) = (Vec::new(), Vec::new());
        for mut row in rows(&files.invocations) {
            let application = applications.entry(row.nth(1).unwrap().to_owned()).or_default();
            let trigger = row.nth(1).unwrap();
            let counts: Vec<u32> = row.map(|count| count.parse().unwrap()).collect();
            application.minutes.resize(counts.len(), 0);
            minutes.resize(counts.len(), 0.0);
            for (minute, count) in counts.iter().enumerate() {
                application.minutes[minute] += count;
                minutes[minute] += f64::from(*count);
            }
            let sum = counts.iter().map(|count| f64::from(*count)).sum();
            let of_trigger = triggers.entry(trigger.to_owned()).or_default();
            *of_trigger = (of_trigger.0 + sum, of_trigger.1 + 1.0);
            application.triggers.push(trigger.to_owned());
            functions.push(sum);
        }
        functions.sort_unstable_by(f64::total_cmp);
        let number = |field: &str| field.parse::<f64>().unwrap();
        let durations = rows(&files.durations).map(|row| {
            let fields: Vec<&str> = row.collect();
            (number(fields[4]), number(fields[3]))
        });
        let memory = rows(&files.memory).map(|mut row| number(row.nth(3).unwrap()));
        Self {
            applications: applications.into_values().collect(),
            triggers,
            functions,
            minutes,
            durations: durations.collect(),
            memory: memory.collect(),
        }
    }

    fn invocations(&self) -> f64 {
        self.minutes.iter().sum()
    }

    /// The share of applications for which this holds.
    fn share(&self, holds: impl Fn(&Application) -> bool) -> f64 {
        let number = self.applications.iter().filter(|application| holds(application)).count();
        number as f64 / self.applications.len() as f64
    }
}

/// The share of `values`, ascending, up to `at`.
fn up_to(values: &[f64], at: f64) -> f64 {
    values.partition_point(|value| *value <= at) as f64 / values.len() as f64
}

fn sorted(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_unstable_by(f64::total_cmp);
    values
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// A quantity: its name, what is published, what was generated.
type Figure = (String, f64, f64);

fn counts(day: &Day) -> Vec<Figure> {
    let mut figures = Vec::new();
    let mut add = |name: &str, published: f64, here: f64| {
        figures.push((name.to_owned(), published, here));
    };
    add("functions", 46_412.0, day.functions.len() as f64);
    add("applications", 17_577.0, day.applications.len() as f64);
    add("invocations", 909_783_379.0, day.invocations());
    for (trigger, functions) in [
        ("timer", 17_405.0),
        ("http", 15_933.0),
        ("queue", 6_924.0),
        ("orchestration", 3_287.0),
        ("event", 1_245.0),
        ("storage", 949.0),
        ("others", 669.0),
    ] {
        add(&format!("functions, {trigger}"), functions, day.triggers[trigger].1);
    }
    let of = |trigger: &str| day.triggers[trigger].0 / day.invocations();
    for (trigger, share) in
        [("http", 0.36), ("queue", 0.34), ("event", 0.25), ("timer", 0.02), ("orchestration", 0.02)]
    {
        add(&format!("share of invocations, {trigger}"), share, of(trigger));
    }
    add("share of invocations, storage and others", 0.01, of("storage") + of("others"));
    let busiest = day.minutes.iter().copied().fold(0.0, f64::max);
    let quietest = day.minutes.iter().copied().fold(f64::INFINITY, f64::min);
    add("invocations a minute, mean", 631_794.0, mean(&day.minutes));
    add("invocations a minute, least", 501_568.0, quietest);
    add("invocations a minute, most", 801_572.0, busiest);
    let last = day.functions.len();
    add("share of rank 1", 0.134_743, day.functions[last - 1] / day.invocations());
    let three: f64 = day.functions[last - 3..].iter().sum();
    add("share of ranks 1 to 3", 0.301_845, three / day.invocations());
    add("rank 11, from 14 days", 188_079_150.0 / 14.0, day.functions[last - 11]);
    figures.extend(of_applications(day));
    figures
}

fn of_applications(day: &Day) -> Vec<Figure> {
    let mut figures = Vec::new();
    for (from, to, share) in
        [(1, 1, 0.54), (2, 2, 0.16), (3, 3, 0.10), (4, 5, 0.08), (6, 10, 0.07), (11, 999, 0.05)]
    {
        let name = match (from, to) {
            (11, _) => "11 or more functions".to_owned(),
            (1, 1) => "1 function".to_owned(),
            _ if from == to => format!("{from} functions"),
            _ => format!("{from} to {to} functions"),
        };
        let here = day.share(|a| (from..=to).contains(&a.triggers.len()));
        figures.push((format!("applications with {name}"), share, here));
    }
    let hourly = day.share(|a| a.invocations() <= 24.0);
    figures.push(("applications invoked at most hourly".to_owned(), 0.45, hourly));
    let each_minute = day.share(|a| a.invocations() <= 1440.0);
    figures.push(("applications invoked at most every minute".to_owned(), 0.81, each_minute));
    let often = day.applications.iter().map(Application::invocations).filter(|n| *n > 1440.0);
    let rest = often.sum::<f64>() / day.invocations();
    assert!(rest > 0.995, "{rest}");
    figures.push(("share of invocations of the others".to_owned(), 0.995, rest));
    figures
}

fn moments(day: &Day) -> Vec<Figure> {
    let durations = sorted(day.durations.iter().map(|(_, ms)| *ms));
    let memory = sorted(day.memory.iter().copied());
    let at = |values: &[f64], share: f64| values[(values.len() as f64 * share) as usize];
    let figure = |name: &str, published, here| (name.to_owned(), published, here);
    vec![
        figure("mean duration of a function, median, ms", 656.0, at(&durations, 0.5)),
        figure("mean duration of a function, third quartile, ms", 3_012.0, at(&durations, 0.75)),
        figure("mean duration of a function, mean, ms", 9_504.0, mean(&durations)),
        figure("memory of an application, median, MB", 142.0, at(&memory, 0.5)),
        figure("memory of an application, mean, MB", 160.12, mean(&memory)),
        figure("memory of an application, most, MB", 1_227.0, memory[memory.len() - 1]),
    ]
}

/// A curve of `digitized_cdfs.csv`; of two envelopes, the nearer at each point.
fn published(figure: &str, series: &str, envelopes: &[&str]) -> Option<Vec<Vec<(f64, f64)>>> {
    let path = folder("azure-functions-2019-marginals")?.join("digitized_cdfs.csv");
    let text = std::fs::read_to_string(path).unwrap();
    let curve = |envelope: &&str| {
        let start = format!("{figure},{series},{envelope},");
        let points = text.lines().filter_map(|line| line.strip_prefix(&start)?.split_once(','));
        points.map(|(x, cdf)| (x.parse().unwrap(), cdf.parse().unwrap())).collect()
    };
    Some(envelopes.iter().map(curve).collect())
}

/// The largest distance of the shares of `values` from the curves at `places`.
fn apart(values: &[f64], curves: &[Vec<(f64, f64)>], places: impl Iterator<Item = f64>) -> f64 {
    let at = |curve: &[(f64, f64)], place: f64| {
        let above = curve.partition_point(|(x, _)| *x <= place);
        above.checked_sub(1).map_or(0.0, |last| curve[last].1)
    };
    let distance = |place: f64| {
        let here = up_to(values, place + 1e-9);
        curves.iter().map(|curve| (here - at(curve, place)).abs()).fold(1.0, f64::min)
    };
    places.map(distance).fold(0.0, f64::max)
}

/// The fit of the mean durations that the paper gives, at each value.
fn from_lognormal(values: &[f64]) -> f64 {
    let normal = |z: f64| 0.5 * libm::erfc(-z / std::f64::consts::SQRT_2);
    let place = (1..=values.len()).zip(values);
    let distance = place.map(|(rank, ms)| {
        let fit = normal((libm::log(ms / 1e3) + 0.38) / 2.36);
        ((rank as f64 - 0.5) / values.len() as f64 - fit).abs()
    });
    distance.fold(0.0, f64::max)
}

/// The names of the curves and how far the day is from each; `None` where its file is not there.
fn curves(day: &Day) -> Vec<(&'static str, Option<f64>)> {
    // Invocations are whole: their curves are compared at whole numbers.
    let above = || (0..900).map(|step| libm::floor(100.0 * libm::exp(f64::from(step) * 0.0097)));
    let whole = || (1..100).map(f64::from).chain(above());
    let functions = published("fig5a_daily_invocations", "functions", &["hi", "lo"]);
    let applications = published("fig5a_daily_invocations", "applications", &["hi", "lo"]);
    let of_applications = sorted(day.applications.iter().map(Application::invocations));
    let memory = sorted(day.memory.iter().copied());
    let fig8 = published("fig8_memory_mb", "average", &["hi"]);
    let gaps = |series: &str, holds: fn(&Application) -> bool| {
        let curve = published("fig6_iat_cv", series, &["lo"])?;
        let seen = day.applications.iter().filter(|a| (96.0..=720.0).contains(&a.invocations()));
        let cvs = sorted(seen.filter(|a| holds(a)).map(Application::cv));
        let places: Vec<f64> = curve[0].iter().map(|(x, _)| *x).collect();
        Some(apart(&cvs, &curve, places.into_iter()))
    };
    vec![
        ("daily invocations of a function", functions.map(|c| apart(&day.functions, &c, whole()))),
        (
            "daily invocations of an application",
            applications.map(|c| apart(&of_applications, &c, whole())),
        ),
        (
            "mean duration of a function",
            Some(from_lognormal(&sorted(day.durations.iter().map(|(_, ms)| *ms)))),
        ),
        ("memory of an application", fig8.map(|c| apart(&memory, &c, (52..1227).map(f64::from)))),
        ("cv of interarrival times, all applications", gaps("all", |_| true)),
        (
            "cv of interarrival times, applications without timers",
            gaps("no_timers", |a| a.timers() == 0),
        ),
    ]
}

#[test]
fn the_whole_day_is_like_the_published_one() {
    let day = Day::of(&files(46_412, 1440, 1));
    let mut table =
        "| quantity | published | generated | difference |\n|---|---|---|---|\n".to_owned();
    let (mut listed, mut wrong) = (Vec::new(), Vec::new());
    for (name, published, here) in counts(&day).into_iter().chain(moments(&day)) {
        let off = here / published - 1.0;
        let (published, shown) = (page::significant(published), page::significant(here));
        writeln!(table, "| {name} | {published} | {shown} | {:+.1} % |", 100.0 * off).unwrap();
        if off.abs() > MOST_OFF {
            wrong.push(format!("{name}: {shown}, published {published}"));
        }
        listed.push(name);
    }
    for (name, apart) in curves(&day) {
        let shown = apart.map_or("not here".to_owned(), |apart| format!("{apart:.3}"));
        writeln!(table, "| {name} | curve | curve | {shown} |").unwrap();
        if apart.is_some_and(|apart| apart > MOST_APART) {
            wrong.push(format!("{name}: {shown} apart"));
        }
        listed.push(name.to_owned());
    }
    assert!(wrong.is_empty(), "{wrong:#?}\n{table}");
    // Heavily invoked functions are short.
    let time: f64 = day.durations.iter().map(|(count, ms)| count * ms).sum();
    let per_invocation = time / day.invocations();
    assert!((500.0..2_000.0).contains(&per_invocation), "{per_invocation} ms");
    page::section("azure-2019", &table, &listed, &[1]);
}
