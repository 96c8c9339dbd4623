//! Cold starts that were measured (Shilkov, mikhail.io, January 2021): whether an empirical distribution tells
//! the other half of its series, and how near named platforms come to whole series.
//!
//! The table of docs/validation.md is made by
//! `CLOUDSCHED_WRITE_VALIDATION=1 cargo test --release --test cold_starts`.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use cloudsched::kernel::{Seed, Span};
use cloudsched::model::ApplicationId;
use cloudsched::stats::holm;
use cloudsched::variate::{Distribution, Empirical};
use cloudsched::world::PlatformKind;

use super::{page, read};

/// Of the vertical distance between the curve that a platform ships and that of its series; stated
/// before any was looked at.
const TOLERANCE: f64 = 0.1;

/// Of all tests of halves together.
const LEVEL: f64 = 0.01;

/// Fewer starts tell too little of a curve.
const LEAST: usize = 50;

/// How many starts are drawn for a curve.
const DRAWS: u64 = 20_000;

/// A series, the platform that ships it, and what its function says.
const SHIPPED: [(&str, &str, &[&str]); 25] = [
    ("aws_python", "aws-lambda", &["runtime=python"]),
    ("aws_js", "aws-lambda", &["runtime=nodejs"]),
    ("aws_ruby", "aws-lambda", &["runtime=ruby"]),
    ("aws_go", "aws-lambda", &["runtime=go"]),
    ("aws_java", "aws-lambda", &["runtime=java"]),
    ("aws_csharp", "aws-lambda", &["runtime=dotnet", "memory=2048MiB"]),
    ("aws_xldeps", "aws-lambda", &["package=14MB"]),
    ("aws_xxxldeps", "aws-lambda", &["package=35MB"]),
    ("aws_docker", "aws-lambda", &["image=150MB"]),
    ("aws_100mb", "aws-lambda", &["image=250MB"]),
    ("aws_5gb", "aws-lambda", &["image=5GB"]),
    ("gcp_js", "gcf-gen1", &["runtime=nodejs"]),
    ("gcp_python", "gcf-gen1", &["runtime=python"]),
    ("gcp_xldeps", "gcf-gen1", &["package=14MB"]),
    ("gcp_xxxldeps", "gcf-gen1", &["package=35MB"]),
    ("azure_js", "azure-consumption", &["runtime=nodejs"]),
    ("azure_jslinux", "azure-consumption", &["runtime=nodejs-linux"]),
    ("azure_consumption", "azure-consumption", &["runtime=dotnet"]),
    ("azure_csharplinux", "azure-consumption", &["runtime=dotnet-linux"]),
    ("azure_java", "azure-consumption", &["runtime=java"]),
    ("azure_powershell", "azure-consumption", &["runtime=powershell"]),
    ("azure_python", "azure-consumption", &["runtime=python"]),
    ("azure_xldeps", "azure-consumption", &["package=14MB"]),
    ("azure_xxxldeps", "azure-consumption", &["package=35MB"]),
    ("azure_cspremium", "azure-premium", &["runtime=dotnet"]),
];

/// By name: the seconds of a series in their order, each series once. Says what it leaves out.
fn series() -> Option<BTreeMap<String, Vec<f64>>> {
    let traces = std::env::var_os("CLOUDSCHED_TRACES").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/traces"),
        PathBuf::from,
    );
    let folder = traces.join("coldstart-measurements/raw");
    let Ok(entries) = std::fs::read_dir(&folder) else {
        println!("skipped: {} is not there", folder.display());
        return None;
    };
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let (mut all, mut seen) = (BTreeMap::new(), BTreeMap::new());
    for file in files {
        let stem = file.file_stem().unwrap().to_str().unwrap();
        let name = stem.trim_start_matches("coldstart_").to_owned();
        let text = std::fs::read_to_string(&file).unwrap();
        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
        let points = json["points"].as_array().unwrap();
        let starts: Vec<f64> = points.iter().map(|point| point[0].as_f64().unwrap()).collect();
        let bits: Vec<u64> = starts.iter().map(|start| start.to_bits()).collect();
        if let Some(other) = seen.get(&bits) {
            println!("skipped: {name} is {other} again");
        } else if starts.len() < LEAST {
            println!("skipped: {name} has {} starts", starts.len());
        } else {
            seen.insert(bits, name.clone());
            all.insert(name, starts);
        }
    }
    Some(all)
}

fn sorted(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_by(f64::total_cmp);
    values
}

/// The largest vertical distance between the curves of two samples.
fn distance(a: &[f64], b: &[f64]) -> f64 {
    let (a, b) = (sorted(a.to_vec()), sorted(b.to_vec()));
    let (mut i, mut j, mut most) = (0, 0, 0.0_f64);
    while i < a.len() && j < b.len() {
        let at = a[i].min(b[j]);
        i += a[i..].iter().take_while(|x| **x <= at).count();
        j += b[j..].iter().take_while(|x| **x <= at).count();
        most = most.max((i as f64 / a.len() as f64 - j as f64 / b.len() as f64).abs());
    }
    most
}

/// How likely two samples of these sizes from one distribution are at least so far apart: the limit of
/// Kolmogorov and Smirnov, with the correction of Stephens 1970.
fn p_value(distance: f64, a: usize, b: usize) -> f64 {
    let (a, b) = (a as f64, b as f64);
    let root = (a * b / (a + b)).sqrt();
    let x = (root + 0.12 + 0.11 / root) * distance;
    let term = |k: f64| libm::exp(-2.0 * k * k * x * x);
    let sum: f64 =
        (1..=100).map(|k| if k % 2 == 1 { 2.0 } else { -2.0 } * term(f64::from(k))).sum();
    if x < 0.2 { 1.0 } else { sum.clamp(0.0, 1.0) }
}

/// How near the empirical distribution of every other start comes to the rest of a series: distance and
/// p-value.
fn halves(starts: &[f64]) -> (f64, f64) {
    let half = |odd: usize| -> Vec<f64> { starts.iter().copied().skip(odd).step_by(2).collect() };
    let (fitted, other) = (half(0), half(1));
    let values = Some(fitted.iter().map(|secs| Span::from_secs_f64(*secs)).collect());
    let model = Distribution::Empirical(Empirical { values, ..Empirical::default() });
    let model = model.compile(Path::new("")).unwrap();
    let mut stream = Seed::new(1).key("cold starts").stream();
    let drawn: Vec<f64> = (0..DRAWS).map(|_| model.sample(&mut stream)).collect();
    let distance = distance(&drawn, &other);
    (distance, p_value(distance, fitted.len(), other.len()))
}

/// Starts of a function on a platform, in seconds.
fn drawn(kind: &str, keys: &[&str]) -> Vec<f64> {
    let sets: Vec<String> = keys.iter().map(|key| format!("service.f.{key}")).collect();
    let sets: Vec<&str> = sets.iter().map(String::as_str).collect();
    let loaded = read(&format!("kind = '{kind}'"), &sets).unwrap_or_else(|error| panic!("{error}"));
    let PlatformKind::Faas(spec, _) = &loaded.specification.platforms[0].kind else {
        panic!("{kind} has no instances");
    };
    let (start, key) = (spec.cold_start.as_ref().unwrap(), Seed::new(1).key("f"));
    let of = |number| start.draw(ApplicationId::from_index(0), key, number).0.as_secs_f64();
    (0..DRAWS).map(of).collect()
}

#[test]
fn series_are_told_by_their_halves_and_by_platforms() {
    let Some(series) = series() else { return };
    let tested: Vec<(&String, (f64, f64))> =
        series.iter().map(|(name, starts)| (name, halves(starts))).collect();
    let corrected = holm(&tested.iter().map(|(_, (_, p))| *p).collect::<Vec<_>>());
    let mut table = "| series | starts | halves: distance | p | platform | shipped: distance |\n\
                     |---|---|---|---|---|---|\n"
        .to_owned();
    let mut listed = Vec::new();
    let mut far = Vec::new();
    for (name, (halves, p)) in &tested {
        let found = SHIPPED.iter().find(|(series, ..)| series == name);
        let (platform, shipped) = match found {
            Some((_, kind, keys)) => {
                let distance = distance(&drawn(kind, keys), &series[*name]);
                if distance > TOLERANCE {
                    far.push(format!("{name}: {distance:.3}"));
                }
                (format!("`{kind}`, {}", keys.join(", ")), format!("{distance:.3}"))
            }
            None => ("not shipped".to_owned(), String::new()),
        };
        let count = series[*name].len();
        let row = format!("{name} | {count} | {halves:.3} | {p:.2} | {platform} | {shipped}");
        writeln!(table, "| {row} |").unwrap();
        listed.push(row);
    }
    println!("{table}");
    for ((name, (_, p)), corrected) in tested.iter().zip(corrected) {
        assert!(corrected > LEVEL, "the halves of {name} differ: p is {p}, corrected {corrected}");
    }
    assert_eq!(far, [""; 0], "shipped curves that are further than {TOLERANCE} from their series");
    let missing = SHIPPED.iter().find(|(name, ..)| !series.contains_key(*name));
    assert_eq!(missing, None, "it is shipped, and not measured");
    page::section("cold-starts", &table, &listed, &[1, 2, 3, 4, 5, 6]);
}

/// The medians of C# on AWS Lambda by memory, in seconds, of which no series is published: within a tenth.
#[test]
fn memory_makes_starts_of_dotnet_as_fast_as_was_measured() {
    for (mib, median) in [(128, 3.28), (256, 1.75), (512, 1.00), (1024, 0.65), (2048, 0.517)] {
        let memory = format!("memory={mib}MiB");
        let starts = sorted(drawn("aws-lambda", &["runtime=dotnet", &memory]));
        let here = starts[starts.len() / 2];
        assert!((here / median - 1.0).abs() < 0.1, "{mib} MiB: {here} s, not {median} s");
    }
}

/// Samples of which the distance is known: {1, 2, 3, 4} and {3, 4, 5, 6} differ by half at 2; and a p-value
/// of the table of Smirnov 1948, 0.05 at 1.358 in the limit.
#[test]
fn distances_and_p_values_are_those_of_the_books() {
    assert_eq!(distance(&[4.0, 2.0, 3.0, 1.0], &[3.0, 4.0, 6.0, 5.0]), 0.5);
    assert_eq!(distance(&[1.0, 1.0, 2.0], &[1.0, 2.0]), 2.0 / 3.0 - 0.5);
    let large = 10_000_000;
    let distance = 1.358 / (large as f64 / 2.0).sqrt();
    assert!((p_value(distance, large, large) - 0.05).abs() < 1e-3);
}
