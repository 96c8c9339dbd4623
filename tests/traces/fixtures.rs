//! Real files, read in place; passed over where they are not there.

use std::path::{Path, PathBuf};

use cloudsched::kernel::{Seed, Span};
use cloudsched::quantity::Bytes;
use cloudsched::workload::trace::{Loaded, TraceForm, TraceFormat};

use super::{form, replay};

/// The folder `name` of the shared traces (`CLOUDSCHED_TRACES` names another place).
pub fn folder(name: &str) -> Option<PathBuf> {
    let traces = std::env::var_os("CLOUDSCHED_TRACES").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/traces"),
        PathBuf::from,
    );
    let folder = traces.join(name);
    if !folder.is_dir() {
        println!("skipped: {} is not there", folder.display());
        return None;
    }
    Some(folder)
}

/// A fixture of the project invitro: the stems of its three files.
fn invitro(invocations: &str, durations: &str, memory: &str) -> Option<Loaded> {
    let file = |stem: &str| Some(format!("{stem}.csv"));
    let form = TraceForm {
        invocations: file(invocations),
        durations: file(durations),
        memory: file(memory),
        ..form(TraceFormat::Azure2019, None)
    };
    Some(form.open(&folder("azure-functions-invitro")?).unwrap())
}

/// Invocations of each function.
fn counts(loaded: &Loaded) -> Vec<u32> {
    let mut counts = vec![0; loaded.names.len()];
    for arrival in replay(loaded) {
        counts[arrival.target as usize] += 1;
    }
    counts
}

#[test]
fn invitro_example_is_exact() {
    let Some(loaded) = invitro("example_invocations", "example_durations", "example_memory") else {
        return;
    };
    assert_eq!(counts(&loaded), [1150, 1125, 1125, 1125]);
    assert!(loaded.warnings.is_empty(), "{:?}", loaded.warnings);
    let medians: Vec<_> =
        (0..4).map(|f| loaded.demands.as_ref().unwrap().quantiles(f).unwrap()[3].1).collect();
    assert_eq!(medians, [100, 500, 250, 125].map(Span::from_millis));
    assert_eq!(loaded.memory.unwrap()[..2], [120, 176].map(|mib| Some(Bytes::mib(mib))));
}

#[test]
fn invitro_extremes_are_exact() {
    let Some(loaded) = invitro("extremes_invocations", "extremes_durations", "extremes_memory")
    else {
        return;
    };
    assert_eq!(counts(&loaded)[..3], [1, 1, 46]);
    // The first is a timer of minute 548 in a file that starts at 540; the second came in 543.
    let arrivals = replay(&loaded);
    let of = |target| arrivals.iter().find(|arrival| arrival.target == target).unwrap().at;
    assert_eq!(of(0).as_secs_f64(), 8.0 * 60.0);
    assert_eq!(of(1).as_nanos() / 60_000_000_000, 3);
}

#[test]
fn invitro_test_data_is_exact() {
    let Some(loaded) = invitro("testdata_invocations", "testdata_durations", "testdata_memory")
    else {
        return;
    };
    assert_eq!(counts(&loaded), [1155]);
}

#[test]
fn invitro_base_of_synthesis_has_no_function() {
    let Some(loaded) = invitro("synthbase_inv", "synthbase_run", "synthbase_mem") else {
        return;
    };
    assert_eq!(counts(&loaded), [0; 0]);
    assert_eq!(loaded.warnings, ["the trace has no function: it sends no request"]);
}

#[test]
fn azure_2021_sample_replays_every_row() {
    let Some(folder) = folder("azure-functions-2021-sample") else {
        return;
    };
    let loaded = form(TraceFormat::Azure2021, Some("first_100.csv")).open(&folder).unwrap();
    let mut demands: Vec<_> = replay(&loaded).iter().map(|row| row.demand.unwrap()).collect();
    assert_eq!(demands.len(), 100);
    let text = std::fs::read_to_string(folder.join("first_100.csv")).unwrap();
    let mut due: Vec<Span> = text
        .lines()
        .skip(1)
        .map(|line| Span::from_secs_f64(line.rsplit(',').next().unwrap().parse().unwrap()))
        .collect();
    due.sort_unstable();
    demands.sort_unstable();
    assert_eq!(demands, due);
}

#[test]
fn worldcup_98_adds_up() {
    let Some(folder) = folder("worldcup98") else {
        return;
    };
    let path = "requests_per_minute.csv.gz";
    let loaded = form(TraceFormat::Rate, Some(path)).open(&folder).unwrap();
    let file = std::fs::File::open(folder.join(path)).unwrap();
    let text = std::io::read_to_string(flate2::read::GzDecoder::new(file)).unwrap();
    let rows = text.lines().skip(1).map(|line| line.rsplit(',').next().unwrap());
    let total: u64 = rows.map(|count| count.parse::<u64>().unwrap()).sum();
    assert_eq!((loaded.requests, total), (207_506_063, 207_506_063));
    let mut run = loaded.process.start(Seed::new(1).key("client.test.arrivals"));
    assert_eq!(std::iter::from_fn(|| run.next()).count() as u64, total);
}
