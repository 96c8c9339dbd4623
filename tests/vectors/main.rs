//! Vectors of the original schedulers' own tests: what their code said of a case, ours says too.
//!
//! The files are not part of the project. `CLOUDSCHED_VECTORS` names their folder, `../shared/data/vectors`
//! if it is not set; where there is none, the tests say so and pass.
#![allow(clippy::unwrap_used, reason = "a test may panic")]
#![allow(clippy::print_stdout, reason = "what was run is told, and that nothing was")]

mod build;
mod controllers;
mod json;
mod numbers;
mod plugins;
mod preemption;
mod profile;
mod selectors;
mod swarm;

use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

use cloudsched::policy::orchestration::kubernetes::{filter, score};
use serde_json::Value;

/// Cases that are out of scope, and why.
const OUT_OF_SCOPE: &[(&str, &str)] = &[];

type Run = fn(&Value) -> Result<(), String>;

/// What runs the cases of each file.
const FILES: &[(&str, Run)] = &[
    ("cluster_autoscaler_expanders", controllers::expanders),
    ("k8s_balanced_allocation", plugins::balanced_allocation),
    ("k8s_broken_linear_function", numbers::broken_linear_function),
    ("k8s_default_normalize_score", numbers::default_normalize_score),
    ("k8s_deployment_rolling", controllers::deployment_rolling),
    ("k8s_generated_full_profile", profile::full_profile),
    ("k8s_generated_preemption", preemption::generated),
    ("k8s_hpa_limits_no_behavior", controllers::limits_without_behaviour),
    ("k8s_hpa_replica_calculator", controllers::replica_calculator),
    ("k8s_hpa_scaling_rules", controllers::scaling_rules),
    ("k8s_hpa_stabilization", controllers::stabilization),
    ("k8s_image_locality", |case| plugins::score(case, |_| Box::new(score::ImageLocality))),
    ("k8s_inter_pod_affinity_filter", |case| {
        plugins::filter(case, |_| Box::new(filter::InterPodAffinity))
    }),
    ("k8s_inter_pod_affinity_score", plugins::inter_pod_affinity_score),
    ("k8s_least_allocated", plugins::resource_fit_score),
    ("k8s_most_allocated", plugins::resource_fit_score),
    ("k8s_node_affinity_filter", plugins::node_affinity_filter),
    ("k8s_node_affinity_score", plugins::node_affinity_score),
    ("k8s_node_ports_filter", |case| plugins::filter(case, |_| Box::new(filter::NodePorts))),
    ("k8s_node_resources_fit_filter", plugins::resource_fit_filter),
    ("k8s_node_resources_fit_score", plugins::resource_fit_score),
    ("k8s_num_feasible_nodes", numbers::num_feasible_nodes),
    ("k8s_pod_topology_spread_filter", plugins::topology_spread_filter),
    ("k8s_pod_topology_spread_score", plugins::topology_spread_score),
    ("k8s_preemption_dry_run", preemption::dry_run),
    ("k8s_preemption_select_node", preemption::select_node),
    ("k8s_queue_backoff", numbers::queue_backoff),
    ("k8s_requested_to_capacity_ratio", plugins::resource_fit_score),
    ("k8s_taint_toleration_filter", |case| {
        plugins::filter(case, |_| Box::new(filter::TaintToleration))
    }),
    ("k8s_taint_toleration_score", |case| {
        plugins::score(case, |_| Box::new(score::TaintToleration))
    }),
    ("swarm_constraint_filter", swarm::constraint_filter),
    ("swarm_schedule_group", swarm::schedule_group),
];

/// The folder of the files, if there is one.
fn folder() -> Option<PathBuf> {
    let given = std::env::var_os("CLOUDSCHED_VECTORS").map(PathBuf::from);
    let usual = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/vectors");
    let folder = given.unwrap_or_else(usual);
    if !folder.is_dir() {
        println!("skipped: there is no folder {}", folder.display());
        return None;
    }
    Some(folder)
}

/// The names of the files, without their extension.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<String> =
        entries.filter_map(|name| Some(name.to_str()?.strip_suffix(".json")?.to_owned())).collect();
    names.sort_unstable();
    names
}

/// Runs a case; what it cannot read is told like a difference.
fn told(run: Run, case: &Value) -> Result<(), String> {
    catch_unwind(|| run(case)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        Err(text.or(panic.downcast_ref::<&str>().copied()).unwrap_or("panicked").to_owned())
    })
}

#[test]
fn every_case_is_as_the_original_says() {
    let Some(folder) = folder() else { return };
    let mut differences = Vec::new();
    for name in names(&folder) {
        let Some(&(_, run)) = FILES.iter().find(|(file, _)| *file == name) else { continue };
        let text = fs::read_to_string(folder.join(format!("{name}.json"))).unwrap();
        let file: Value = serde_json::from_str(&text).unwrap();
        let (mut passed, mut left_out) = (0, 0);
        for case in json::list(&file, "cases") {
            let id = json::text(case, "id");
            if OUT_OF_SCOPE.iter().any(|(other, _)| *other == id) {
                left_out += 1;
            } else if let Err(difference) = told(run, case) {
                differences.push(format!("{id}\n    {difference}"));
            } else {
                passed += 1;
            }
        }
        let all = json::list(&file, "cases").len();
        println!("{name}: {passed} of {all} cases, {left_out} out of scope");
    }
    assert!(differences.is_empty(), "{} cases\n{}", differences.len(), differences.join("\n"));
}

#[test]
fn every_file_is_run() {
    let Some(folder) = folder() else { return };
    for name in names(&folder) {
        assert!(FILES.iter().any(|(file, _)| *file == name), "nothing runs {name}");
    }
}
