//! Makes the small trace of `scenarios/azure-replay.toml`: a day of 41 functions in 15
//! applications, in the three files of the Azure Functions 2019 format.
//!
//! ```text
//! cargo run --release --example make_azure_day            # writes scenarios/data/azure-day/
//! cargo run --release --example make_azure_day -- FOLDER
//! ```
//!
//! The trace is made up, but its shape is that of the published one (Shahrad et al., "Serverless in
//! the Wild", USENIX ATC 2020): most functions are called a few times a day and a few make nearly
//! all calls, timers keep to round periods, the day has a night, and durations and memory follow
//! the distributions that the paper fits. The same program writes the same bytes every time.

use std::f64::consts::TAU;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use cloudsched::kernel::stream::uniform;
use cloudsched::kernel::{Draws, Seed, StreamKey};
use cloudsched::variate::{standard_exponential, standard_normal};

const MINUTES: u32 = 1440;

/// Functions of each application; in the published trace 54 % of applications have one.
const FUNCTIONS: [u32; 15] = [1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 3, 4, 5, 7, 10];

/// Invocations a day of a function: quantiles of the published trace, read off its figure 5.
const A_DAY: [(f64, f64); 8] = [
    (0.0, 0.8),
    (0.25, 0.9),
    (0.5, 4.8),
    (0.75, 118.0),
    (0.9, 1278.0),
    (0.95, 3500.0),
    (0.99, 30_000.0),
    (1.0, 60_000.0),
];

/// Invocations a day of timers: daily, hourly, every 15, 5 and 1 minutes.
const TIMERS: [u32; 5] = [1, 24, 96, 288, 1440];

/// Triggers in turns, about as often as in the published trace.
const TRIGGERS: [&str; 8] = ["timer", "http", "queue", "http", "timer", "event", "timer", "http"];

/// The percentiles of durations: column, and how many standard deviations from the median.
const PERCENTILES: [(&str, f64); 7] = [
    ("0", -2.6),
    ("1", -2.326),
    ("25", -0.674),
    ("50", 0.0),
    ("75", 0.674),
    ("99", 2.326),
    ("100", 3.0),
];

fn main() -> io::Result<()> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/data/azure-day");
    let folder = env::args_os().nth(1).map_or(own, PathBuf::from);
    let Files { invocations, durations, memory } = make(Seed::new(2019));
    fs::create_dir_all(&folder)?;
    fs::write(folder.join("invocations.csv"), invocations)?;
    fs::write(folder.join("durations.csv"), durations)?;
    fs::write(folder.join("memory.csv"), memory)
}

/// The texts of the three files.
struct Files {
    invocations: String,
    durations: String,
    memory: String,
}

fn make(seed: Seed) -> Files {
    let minutes: Vec<String> = (1..=MINUTES).map(|minute| minute.to_string()).collect();
    let percentiles: Vec<String> =
        PERCENTILES.iter().map(|(name, _)| format!("percentile_Average_{name}")).collect();
    let mut files = Files {
        invocations: format!("HashOwner,HashApp,HashFunction,Trigger,{}\n", minutes.join(",")),
        durations: format!(
            "HashOwner,HashApp,HashFunction,Average,Count,Minimum,Maximum,{}\n",
            percentiles.join(",")
        ),
        memory: "HashOwner,HashApp,SampleCount,AverageAllocatedMb\n".to_owned(),
    };
    let total: u32 = FUNCTIONS.iter().sum();
    let mut number = 0;
    for (app, functions) in (1_u64..).zip(FUNCTIONS) {
        let owner = app.div_ceil(2);
        let mut samples = 0;
        for function in 1..=functions {
            let key = seed.key("function").part(number);
            // Every share of the quantiles occurs once, in an order that mixes the applications.
            let share = (f64::from((number as u32 * 17 + 5) % total) + 0.5) / f64::from(total);
            let trigger = TRIGGERS[number as usize % TRIGGERS.len()];
            let counts = counts(trigger, quantile(&A_DAY, share), key);
            let name = format!("owner{owner:02},app{app:02},app{app:02}-f{function:02}");
            samples += counts.iter().sum::<u32>();
            add_invocations(&mut files.invocations, &name, trigger, &counts);
            add_durations(&mut files.durations, &name, share, &counts, key);
            number += 1;
        }
        let mib = memory(&mut seed.key("memory").draws(app));
        let _ = writeln!(files.memory, "owner{owner:02},app{app:02},{samples},{mib:.0}");
    }
    files
}

fn add_invocations(file: &mut String, name: &str, trigger: &str, counts: &[u32]) {
    let _ = write!(file, "{name},{trigger}");
    for count in counts {
        let _ = write!(file, ",{count}");
    }
    file.push('\n');
}

/// A row of durations, lognormal within the function. Its median is lognormal over functions, as
/// published, and shorter for those that are called often (the larger `share`).
fn add_durations(file: &mut String, name: &str, share: f64, counts: &[u32], key: StreamKey) {
    let draws = &mut key.draws(1);
    let often = 2.0 * (share - 0.5);
    let median = libm::exp(-0.38 - 1.8 * often + 1.2 * standard_normal(draws)).clamp(0.005, 60.0);
    let sigma = 0.3 + 0.5 * uniform(draws);
    let at = |deviations: f64| 1e3 * median * libm::exp(sigma * deviations);
    let average = 1e3 * median * libm::exp(sigma * sigma / 2.0);
    let count: u32 = counts.iter().sum();
    let (least, most) = (at(PERCENTILES[0].1), at(PERCENTILES[6].1));
    let _ = write!(file, "{name},{average:.0},{count},{least:.0},{most:.0}");
    for (_, deviations) in PERCENTILES {
        let _ = write!(file, ",{:.0}", at(deviations));
    }
    file.push('\n');
}

/// Invocations in each minute of the day, one at least.
fn counts(trigger: &str, a_day: f64, key: StreamKey) -> Vec<u32> {
    let draws = &mut key.draws(0);
    let mut counts: Vec<u32> = match trigger {
        "timer" => timer(a_day, draws),
        "http" => (0..MINUTES).map(|minute| poisson(a_day / 1440.0 * day(minute), draws)).collect(),
        _ => bursts(a_day, draws),
    };
    if counts.iter().all(|count| *count == 0) {
        counts[(uniform(draws) * f64::from(MINUTES)) as usize] = 1;
    }
    counts
}

/// A timer with the round period that comes nearest to `a_day` invocations a day.
fn timer(a_day: f64, draws: &mut Draws) -> Vec<u32> {
    let far = |times: &u32| libm::log(f64::from(*times) / a_day).abs();
    let times = TIMERS.into_iter().min_by(|a, b| far(a).total_cmp(&far(b))).unwrap_or(1);
    let period = MINUTES / times;
    let phase = (uniform(draws) * f64::from(period)) as u32;
    (0..MINUTES).map(|minute| u32::from(minute % period == phase)).collect()
}

/// Queues and events: quiet, with bursts of ten minutes in the mean, an hour and a half apart.
fn bursts(a_day: f64, draws: &mut Draws) -> Vec<u32> {
    let mut busy = false;
    let minute = |minute| {
        let leave = if busy { 1.0 / 10.0 } else { 1.0 / 90.0 };
        busy ^= uniform(draws) < leave;
        let swing = if busy { 8.0 } else { 0.2 };
        poisson(a_day / 1440.0 * swing * day(minute), draws)
    };
    (0..MINUTES).map(minute).collect()
}

/// The rate at a minute of the day as a share of the mean: highest at two in the afternoon.
fn day(minute: u32) -> f64 {
    1.0 + 0.5 * libm::cos(TAU * (f64::from(minute) - 840.0) / f64::from(MINUTES))
}

/// A number of arrivals with this mean.
fn poisson(mean: f64, draws: &mut Draws) -> u32 {
    let mut at = standard_exponential(draws);
    let mut count = 0;
    while at < mean {
        at += standard_exponential(draws);
        count += 1;
    }
    count
}

/// Memory of an application in MiB: the Burr distribution that the paper fits, up to its maximum.
fn memory(draws: &mut Draws) -> f64 {
    let (c, k, scale) = (11.652, 0.221, 107.083);
    let rest = libm::pow(1.0 - uniform(draws), -1.0 / k) - 1.0;
    (scale * libm::pow(rest, 1.0 / c)).clamp(32.0, 1227.0)
}

/// The value at `share`, on the line in logarithms between two quantiles.
fn quantile(points: &[(f64, f64)], share: f64) -> f64 {
    let above = points.iter().position(|(p, _)| *p >= share).unwrap_or(points.len() - 1).max(1);
    let ((p, low), (q, high)) = (points[above - 1], points[above]);
    low * libm::pow(high / low, (share - p) / (q - p))
}
