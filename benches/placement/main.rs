//! Who goes where: indexes against scans that choose the same, in one process.
//!
//! ```text
//! cargo bench --bench placement
//! ```
//!
//! - *hosts*: the fleet's placement policies, with what they keep up to date, against a scan of an array of
//!   hosts. In each turn an instance goes and another comes.
//! - *pods*: the default profile of Kubernetes against the same decisions made naively: an array of nodes, each
//!   one that is looked at filtered and scored from scratch. In each turn a pod goes, another comes, is scheduled
//!   and bound.
//! - *a million*: pods that come and go on 5,000 nodes: what they take, and what memory.
//!
//! Hosts and nodes were filled by the same policy before.
#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark reads the clock and tells what it read"
)]

mod hosts;
#[path = "../support/memory.rs"]
mod memory;
mod naive;
mod pods;
#[path = "../support/mod.rs"]
mod support;

use std::process::ExitCode;

use hosts::{CONTESTS, Needs};
use memory::{peak_memory_of, tell_peak_memory};
use pods::Setting;
use support::{Rounds, Verdict, is_benchmark};

/// How full hosts and nodes are, in percent.
const FULL: [u64; 2] = [40, 90];

fn tell(name: &str, rounds: &Rounds) -> f64 {
    let (scan, index, (ratio, least)) = (rounds.median(0), rounds.median(1), rounds.ratio(0, 1));
    println!("{name:34} {scan:>10.0} {index:>10.0} {ratio:>9.1}x {least:>8.1}x");
    ratio
}

/// By policy, the ratio where it is least.
fn compare_hosts(needs: Needs, hosts: usize, turns: usize, rounds: usize) -> Vec<f64> {
    let told = match needs {
        Needs::InProportion => "CPU goes with memory",
        Needs::Independent => "CPU and memory independent",
    };
    println!("hosts: {hosts}, {told}, {turns} turns, median of {rounds} rounds\n");
    println!("placement                             scan ns   index ns     ratio    least");
    let of = |contest: &hosts::Contest| {
        let by_fill = FULL.map(|percent| {
            let rounds = hosts::compare(contest, (hosts, percent), needs, turns, rounds);
            tell(&format!("{}, {percent} % full", contest.name), &rounds)
        });
        by_fill[0].min(by_fill[1])
    };
    let ratios = CONTESTS.iter().map(of).collect();
    println!();
    ratios
}

/// The least ratio, and the most nanoseconds a pod.
fn compare_pods(spared: bool, nodes: usize, turns: usize, rounds: usize) -> (f64, f64) {
    let told = if spared { "told that no pod has affinities" } else { "looks for affinities" };
    println!(
        "pods: {nodes} nodes, the naive one {told}, {turns} turns, median of {rounds} rounds\n"
    );
    println!("default profile                      naive ns   index ns     ratio    least");
    let mut told = (f64::INFINITY, 0.0_f64);
    for templates in [1, 8] {
        for percent in FULL {
            let setting = Setting { nodes, percent, templates };
            let rounds = pods::compare(setting, spared, turns, rounds);
            let name = format!("{templates} templates, {percent} % full");
            told = (told.0.min(tell(&name, &rounds)), told.1.max(rounds.median(1)));
        }
    }
    println!();
    told
}

/// How many times as long a pod takes on the larger cluster.
fn compare_sizes(small: usize, large: usize, pods: u64, rounds: usize) -> f64 {
    let setting = |nodes| Setting { nodes, percent: 40, templates: 8 };
    let (few, many) = (setting(small), setting(large));
    let pods = |setting: Setting| pods + 100 * setting.nodes as u64;
    let rounds = Rounds::run(rounds, 2, |which| {
        let setting = if which == 0 { few } else { many };
        pods::run(setting, pods(setting))
    });
    let (ratio, _) = rounds.ratio(1, 0);
    let times = [0, 1].map(|which| rounds.median(which));
    println!("sizes: {small} nodes {:.0} ns a pod, {large} nodes {:.0} ns\n", times[0], times[1]);
    ratio
}

const LARGE: Setting = Setting { nodes: 5000, percent: 60, templates: 8 };

fn measure_a_million(verdict: &mut Verdict) {
    let taken = pods::run(LARGE, 1_000_000);
    println!("a million pods on 5,000 nodes: {taken:.0} ns a pod");
    let Setting { nodes, percent, templates } = LARGE;
    let peak = |pods| peak_memory_of(&[nodes as u64, percent, templates as u64, pods]);
    let (Some(few), Some(many)) = (peak(300_000), peak(1_000_000)) else {
        println!("    memory not measured: only Linux tells it\n");
        return;
    };
    println!("    peak memory of 300,000 pods {few:.1} MB, of 1,000,000 {many:.1} MB\n");
    verdict.require(many <= 1.2 * few, "more pods take no more memory: at most 1.2 times");
}

fn main() -> ExitCode {
    if tell_peak_memory(|numbers| {
        let [nodes, percent, templates, pods] = numbers else { unreachable!("four numbers") };
        let (nodes, templates) = (*nodes as usize, *templates as usize);
        pods::run(Setting { nodes, percent: *percent, templates }, *pods);
    }) {
        return ExitCode::SUCCESS;
    }
    if !is_benchmark() {
        compare_hosts(Needs::Independent, 200, 200, 1);
        compare_pods(false, 300, 200, 1);
        compare_sizes(20, 100, 1000, 1);
        return ExitCode::SUCCESS;
    }
    let mut verdict = Verdict::new();
    let ratios = compare_hosts(Needs::InProportion, 10_000, 100_000, 5);
    compare_hosts(Needs::Independent, 10_000, 50_000, 3);
    let (naively, most) = compare_pods(false, 10_000, 2000, 3);
    let (spared, _) = compare_pods(true, 10_000, 40_000, 3);
    let growth = compare_sizes(1000, 10_000, 100_000, 3);
    measure_a_million(&mut verdict);
    for (contest, least) in [(0, 1.0), (1, 3.0), (2, 20.0)] {
        let wanted = format!("{} is at least {least} times as fast", CONTESTS[contest].name);
        verdict.require(ratios[contest] >= least, &wanted);
    }
    verdict.require(naively >= 20.0, "the default profile is at least 20 times as fast");
    println!("told:    {spared:.1} times as fast as one that need not look for affinities");
    verdict.require(most < 20_000.0, "a pod takes less than 20 microseconds");
    verdict.require(growth < 10.0, "ten times as many nodes take less than ten times as long");
    verdict.exit_code()
}
