//! The rows of the three files.

use std::io::{self, Write};

use crate::kernel::StreamKey;
use crate::kernel::stream::uniform;

use super::population::{Application, Function};
use super::published::TRIGGERS;
use super::times::Counts;

/// The percentiles of the durations file: name, probability, and score of the normal distribution.
const DURATIONS: [(&str, f64, f64); 7] = [
    ("0", 0.0, f64::NEG_INFINITY),
    ("1", 0.01, -2.326),
    ("25", 0.25, -0.674),
    ("50", 0.5, 0.0),
    ("75", 0.75, 0.674),
    ("99", 0.99, 2.326),
    ("100", 1.0, f64::INFINITY),
];

/// The percentiles of the memory file, likewise.
const MEMORY: [(&str, f64); 8] = [
    ("1", -2.326),
    ("5", -1.645),
    ("25", -0.674),
    ("50", 0.0),
    ("75", 0.674),
    ("95", 1.645),
    ("99", 2.326),
    ("100", 3.0),
];

/// The standard deviations of the logarithm of the durations within a function, evenly between these.
/// A guess, with which the medians over functions of the shortest and the longest duration come near
/// those of figure 7 of Shahrad et al. (a quarter and four times the mean).
const DURATION_SPREAD: (f64, f64) = (0.3, 1.4);

/// The standard deviation of the logarithm of the memory within an application: figure 8 has the
/// median first percentile at 0.83 of the median mean.
const MEMORY_SPREAD: f64 = 0.08;

pub(super) fn invocations_header(out: &mut impl Write, minutes: usize) -> io::Result<()> {
    out.write_all(b"HashOwner,HashApp,HashFunction,Trigger")?;
    for minute in 1..=minutes {
        write!(out, ",{minute}")?;
    }
    out.write_all(b"\n")
}

pub(super) fn durations_header(out: &mut impl Write) -> io::Result<()> {
    out.write_all(b"HashOwner,HashApp,HashFunction,Average,Count,Minimum,Maximum")?;
    for (name, ..) in DURATIONS {
        write!(out, ",percentile_Average_{name}")?;
    }
    out.write_all(b"\n")
}

pub(super) fn memory_header(out: &mut impl Write) -> io::Result<()> {
    out.write_all(b"HashOwner,HashApp,SampleCount,AverageAllocatedMb")?;
    for (name, _) in MEMORY {
        write!(out, ",AverageAllocatedMb_pct{name}")?;
    }
    out.write_all(b"\n")
}

/// The names of owner and application. An owner has two applications: a guess.
pub(super) fn application_name(number: usize) -> String {
    format!("owner{:05},app{:05}", number / 2 + 1, number + 1)
}

/// The name of a function in an application called this.
pub(super) fn function_name(application: &str, number: usize, place: usize) -> String {
    format!("{application},app{:05}-f{}", number + 1, place + 1)
}

pub(super) fn invocations(
    out: &mut impl Write,
    name: &str,
    function: &Function,
    counts: &[u32],
) -> io::Result<()> {
    out.write_all(name.as_bytes())?;
    out.write_all(b",")?;
    out.write_all(TRIGGERS[function.trigger].name.as_bytes())?;
    for count in counts {
        match count {
            0..=9 => out.write_all(&[b',', b'0' + *count as u8])?,
            _ => write!(out, ",{count}")?,
        }
    }
    out.write_all(b"\n")
}

/// Durations are lognormal within a function, cut off at the extremes of so many, and as long that a
/// function whose percentiles are joined by lines has the mean that is written.
pub(super) fn durations(
    out: &mut impl Write,
    name: &str,
    function: &Function,
    count: u64,
    key: StreamKey,
) -> io::Result<()> {
    let spread =
        DURATION_SPREAD.0 + (DURATION_SPREAD.1 - DURATION_SPREAD.0) * uniform(&mut key.draws(0));
    // About the mean score of the largest of so many.
    let extreme = (2.0 * libm::log(function.invocations as f64)).sqrt() - 0.5;
    let extreme = extreme.max(0.0);
    let at = DURATIONS.map(|(_, _, score)| libm::exp(spread * score.clamp(-extreme, extreme)));
    let lines = DURATIONS.windows(2).zip(at.windows(2));
    let mean: f64 = lines.map(|(p, at)| (p[1].1 - p[0].1) * (at[0] + at[1]) / 2.0).sum();
    let at = at.map(|at| (function.mean_ms * at / mean).round());
    let average = function.mean_ms.round();
    write!(out, "{name},{average},{count},{},{}", at[0], at[6])?;
    for at in at {
        write!(out, ",{at}")?;
    }
    out.write_all(b"\n")
}

pub(super) fn memory(
    out: &mut impl Write,
    name: &str,
    application: &Application,
    count: u64,
) -> io::Result<()> {
    let mean = application.memory_mb;
    write!(out, "{name},{count},{}", mean.round())?;
    for (_, score) in MEMORY {
        let at = mean * libm::exp(MEMORY_SPREAD * score - MEMORY_SPREAD * MEMORY_SPREAD / 2.0);
        write!(out, ",{}", at.round())?;
    }
    out.write_all(b"\n")
}

/// The invocations of one function in these minutes.
pub(super) fn sum(counts: &Counts, minutes: usize) -> u64 {
    counts[..minutes].iter().map(|count| u64::from(*count)).sum()
}
