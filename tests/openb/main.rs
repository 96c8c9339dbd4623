//! The published placements of FGD (Weng et al., USENIX ATC 2023) on the GPU cluster `openb`, with the policies
//! and the trace format as they are.
//!
//! The files are not part of the project. `CLOUDSCHED_TRACES` names their folder, `../shared/data/traces` is looked
//! for without it, and where there is none the test says so and passes.
//!
//! As the published experiments, a run puts the pods of a list into an order at random, draws more until they
//! ask for 130 % of the GPUs, and places one after the other; none ever leaves, and one without a node is
//! dropped. What is compared is the mean share of all GPUs that is in use when the pods that have come ask for
//! 100 % of them, over ten runs; and fragmentation there. The table of docs/validation.md is made by
//! `CLOUDSCHED_WRITE_VALIDATION=1 cargo test --release --test openb`.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test may panic, and shows its table"
)]

#[path = "../queueing_theory/page.rs"]
#[expect(dead_code, reason = "numbers here have fixed places")]
mod page;
mod procedure;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use cloudsched::policy::scheduler::packing::{
    BestFit, DotProduct, Fgd, GpuClustering, GpuPacking, Packing, Random,
};
use procedure::{Experiment, Figures, LOADS};
use rayon::prelude::*;

/// Runs of the published means, and of ours.
const RUNS: u64 = 10;

const WORKLOADS: [&str; 9] = [
    "default",
    "cpu050",
    "cpu200",
    "gpushare40",
    "gpushare100",
    "multigpu20",
    "multigpu50",
    "gpuspec10",
    "gpuspec33",
];

/// The policies, by the names in the published table.
fn policies() -> [(&'static str, Box<dyn Packing>); 6] {
    [
        ("FGD", Box::new(Fgd::default())),
        ("BestFit", Box::new(BestFit::default())),
        ("GpuPacking", Box::new(GpuPacking {})),
        ("GpuClustering", Box::new(GpuClustering {})),
        ("DotProd", Box::new(DotProduct::default())),
        ("Random", Box::new(Random {})),
    ]
}

/// The folder of the trace.
fn folder() -> Option<PathBuf> {
    let traces = std::env::var_os("CLOUDSCHED_TRACES").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/traces"),
        PathBuf::from,
    );
    let folder = traces.join("openb");
    if !folder.is_dir() {
        println!("skipped: {} is not there", folder.display());
        return None;
    }
    Some(folder)
}

/// The published table: by workload and policy, by column.
fn published(folder: &Path) -> BTreeMap<(String, String), BTreeMap<String, f64>> {
    let mut reader = csv::Reader::from_path(folder.join("expected/summary_means.csv")).unwrap();
    let names = reader.headers().unwrap().clone();
    let row = |record: csv::StringRecord| {
        let columns = names.iter().zip(&record).skip(2);
        let figures =
            columns.map(|(name, text)| (name.to_owned(), text.parse().unwrap())).collect();
        ((record[0].to_owned(), record[1].to_owned()), figures)
    };
    reader.records().map(|record| row(record.unwrap())).collect()
}

/// A policy on a workload, against what is published.
struct Case {
    workload: &'static str,
    policy: &'static str,
    /// Mean use in percent at 100 % arrived, and published.
    use_of_gpus: [f64; 2],
    /// By how much it may differ.
    allowed: f64,
    /// The mean share of fragmented GPUs in percent at 100 % arrived, and published.
    fragmentation: [f64; 2],
    /// The greatest difference in use at any published load.
    worst: f64,
}

/// Our means are of so many runs; the allowed difference is four standard errors of that of two such means.
fn cases(folder: &Path, workloads: &[&'static str], runs: u64) -> Vec<Case> {
    let errors = 1.0 / RUNS as f64 + 1.0 / runs as f64;
    let published = published(folder);
    let mut cases = Vec::new();
    for &workload in workloads {
        let experiment = Experiment::open(folder, workload);
        for (policy, packing) in policies() {
            let all: Vec<Figures> =
                (0..runs).into_par_iter().map(|seed| experiment.run(&*packing, seed)).collect();
            let mean = |of: &dyn Fn(&Figures) -> f64| all.iter().map(of).sum::<f64>() / runs as f64;
            let row = &published[&(workload.to_owned(), policy.to_owned())];
            let load = |percent: u32| LOADS.iter().position(|&load| load == percent).unwrap();
            let full = load(100);
            let differs = |&percent: &u32| {
                let own = mean(&|run| run.use_of_gpus[load(percent)]);
                (own - row[&format!("alloc{percent}_mean")]).abs()
            };
            cases.push(Case {
                workload,
                policy,
                use_of_gpus: [mean(&|run| run.use_of_gpus[full]), row["alloc100_mean"]],
                allowed: (4.0 * row["alloc100_sd"] * errors.sqrt()).max(0.3),
                fragmentation: [mean(&|run| run.fragmentation[full]), row["frag100_mean"]],
                worst: LOADS.iter().map(differs).fold(0.0, f64::max),
            });
        }
    }
    cases
}

fn table(cases: &[Case]) -> String {
    let mut text = String::from(
        "| workload | policy | in use, % | published | allowed | fragmented, % | published | most at any load |\n\
         |---|---|---|---|---|---|---|---|\n",
    );
    for case in cases {
        let Case { workload, policy, use_of_gpus: [own, other], allowed, .. } = case;
        let Case { fragmentation: [fragmented, theirs], worst, .. } = case;
        writeln!(
            text,
            "| {workload} | {policy} | {own:.2} | {other:.2} | {allowed:.2} | {fragmented:.2} | \
             {theirs:.2} | {worst:.2} |"
        )
        .unwrap();
    }
    text
}

/// On `default` FGD is better than best fit, that than packing and clustering, those than the dot product, and
/// that than chance.
fn in_order(cases: &[Case]) {
    let used = |policy: &str| {
        let of = |case: &&Case| case.workload == "default" && case.policy == policy;
        cases.iter().find(of).unwrap().use_of_gpus[0]
    };
    for (better, worse) in [
        ("FGD", "BestFit"),
        ("BestFit", "GpuPacking"),
        ("BestFit", "GpuClustering"),
        ("GpuPacking", "DotProd"),
        ("GpuClustering", "DotProd"),
        ("DotProd", "Random"),
    ] {
        assert!(used(better) > used(worse), "{better} is not above {worse}");
    }
}

/// All of the table where it is written anew; else the default workload, of which a debug build, which is slow,
/// takes one run of each policy, too few for their order.
#[test]
fn published_placements_are_met() {
    let Some(folder) = folder() else { return };
    let runs = if cfg!(debug_assertions) { 1 } else { RUNS };
    let cases = cases(&folder, if page::writing() { &WORKLOADS } else { &WORKLOADS[..1] }, runs);
    let text = table(&cases);
    println!("{text}");
    for Case { workload, policy, use_of_gpus: [own, other], allowed, .. } in &cases {
        let difference = (own - other).abs();
        assert!(difference <= *allowed, "{policy} on {workload}: {own:.2}, published {other:.2}");
    }
    if runs == RUNS {
        in_order(&cases);
    }
    if page::writing() {
        page::section("openb", &text, &[], &[]);
    }
}
