//! Single filters and scores of Kubernetes.

use std::collections::BTreeMap;

use cloudsched::kernel::Id;
use cloudsched::policy::orchestration::kubernetes::filter::{self, Filter, Reason, Verdict};
use cloudsched::policy::orchestration::kubernetes::score::{self, Score, Shape, Strategy};
use cloudsched::policy::orchestration::kubernetes::{
    Checks, Labels, Node, Rejection, Resource, Spread,
};
use serde_json::Value;

use crate::build::World;
use crate::json::{either, list, number, same, text, texts};
use crate::selectors::{node_terms, preferred_node_terms, spread};

pub fn code(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Fits => "Success",
        Verdict::Unschedulable(_) => "Unschedulable",
        Verdict::Unresolvable(_) => "UnschedulableAndUnresolvable",
    }
}

/// What the files call the reason.
fn why(world: &World, verdict: Verdict) -> Vec<String> {
    let (Verdict::Unschedulable(reason) | Verdict::Unresolvable(reason)) = verdict else {
        return Vec::new();
    };
    let called = match reason {
        Reason::Lacking(lacking) => {
            let names = &world.cluster.names;
            let name = |resource: Resource| {
                world.cluster.resources.name(resource).map_or("pods", |name| names.text(name))
            };
            let mut lacking: Vec<String> = lacking.iter().map(|one| name(one).to_owned()).collect();
            lacking.sort_unstable();
            return lacking;
        }
        Reason::Taint(_) => "taint",
        Reason::NodeAffinity | Reason::EnforcedAffinity => "node_affinity",
        Reason::Port => "port",
        Reason::Affinity => "affinity",
        Reason::AntiAffinity => "anti_affinity",
        Reason::OthersAntiAffinity => "existing_pods_anti_affinity",
        _ => "other",
    };
    vec![called.to_owned()]
}

/// Runs a case of one filter.
pub fn filter(
    case: &Value,
    filter: impl FnOnce(&mut World) -> Box<dyn Filter>,
) -> Result<(), String> {
    let mut world = World::of(case);
    let filters = [filter(&mut world)];
    let pod = world.pod(&case["pod"], false);
    let checks = Checks::prepare(&filters, &world.cluster, pod);
    let verdict = |node: Id<Node>| {
        let checked = match &checks {
            Err(rejection) => Err(*rejection),
            Ok(checks) => checks.fits(world.cluster.at(node).site()),
        };
        checked.err().map_or(Verdict::Fits, |Rejection { verdict, .. }| verdict)
    };
    let (mut found, mut expected) = (BTreeMap::new(), BTreeMap::new());
    for (name, &node) in &world.nodes {
        let verdict = verdict(node);
        found.insert(name.clone(), (code(verdict), why(&world, verdict)));
        let own = &case["expected"][name.as_str()];
        let mut reasons: Vec<String> =
            texts(own, "why").iter().map(|&one| one.to_owned()).collect();
        reasons.sort_unstable();
        expected.insert(name.clone(), (text(own, "code"), reasons));
    }
    same(&found, &expected)
}

pub fn resource_fit_filter(case: &Value) -> Result<(), String> {
    filter(case, |_| {
        let args = &case["plugin_args"];
        let list = |key| {
            let list = either(args, key).as_array().cloned().unwrap_or_default();
            list.iter().map(|name| name.as_str().unwrap().to_owned()).collect()
        };
        let (ignored, ignored_groups) = (list("ignoredResources"), list("ignoredResourceGroups"));
        Box::new(filter::ResourceFit { ignored, ignored_groups })
    })
}

pub fn node_affinity_filter(case: &Value) -> Result<(), String> {
    filter(case, |world| {
        let added = either(&case["plugin_args"], "addedAffinity");
        let added = node_terms(added, &mut world.cluster.names);
        Box::new(filter::NodeAffinity { added })
    })
}

/// The constraints of pods that have none, and whether they are upstream's.
fn defaults(case: &Value, world: &mut World) -> (Vec<Spread>, bool) {
    let args = &case["plugin_args"];
    if either(args, "defaultingType").as_str() != Some("List") {
        return (Spread::system_defaults(), true);
    }
    let given = either(args, "defaultConstraints").as_array().cloned().unwrap_or_default();
    let names = &mut world.cluster.names;
    (given.iter().map(|one| spread(one, &Labels::default(), names)).collect(), false)
}

pub fn topology_spread_filter(case: &Value) -> Result<(), String> {
    filter(case, |world| {
        let (defaults, _) = defaults(case, world);
        Box::new(filter::TopologySpread { defaults })
    })
}

/// Runs a case of one score.
pub fn score(case: &Value, score: impl FnOnce(&mut World) -> Box<dyn Score>) -> Result<(), String> {
    let mut world = World::of(case);
    let score = score(&mut world);
    let pod = world.pod(&case["pod"], false);
    let node = |node: &Value| world.nodes[text(node, "name")];
    let left: Vec<Id<Node>> = list(case, "nodes").iter().map(node).collect();
    let rank = match score.prepare(&world.cluster, pod, &left) {
        Err(fault) if case["error"].is_null() => return Err(format!("{fault:?}")),
        Err(_) => return Ok(()),
        Ok(_) if !case["error"].is_null() => return Err(format!("no error {}", case["error"])),
        Ok(rank) => rank,
    };
    let skipped = case["plugin_skipped_in_prescore"].as_bool().unwrap_or(false);
    same(&rank.is_none(), &skipped).map_err(|error| format!("skipped: {error}"))?;
    let named = |scores: &[i64]| -> BTreeMap<String, i64> {
        left.iter().map(|&node| world.name_of(node)).zip(scores.iter().copied()).collect()
    };
    let expected = |key| -> BTreeMap<String, i64> {
        let rows = list(case, key).iter();
        rows.map(|row| (text(row, "node").to_owned(), number(row, "score"))).collect()
    };
    let mut scores = vec![0; left.len()];
    if let Some(rank) = rank {
        scores = left.iter().map(|&node| rank.rank(world.cluster.at(node).site())).collect();
        if !case["expected_raw_before_normalize"].is_null() {
            same(&named(&scores), &expected("expected_raw_before_normalize"))
                .map_err(|error| format!("before it is normalised: {error}"))?;
        }
        rank.normalise(&left, &mut scores);
    }
    same(&named(&scores), &expected("expected"))
}

fn resources(args: &Value, world: &mut World) -> Vec<(Resource, i64)> {
    let list = either(args, "resources").as_array().cloned().unwrap_or_default();
    let name = |one: &Value| either(one, "name").as_str().unwrap().to_owned();
    let weight = |one: &Value| either(one, "weight").as_i64().unwrap();
    list.iter().map(|one| (world.resource(&name(one)), weight(one))).collect()
}

pub fn resource_fit_score(case: &Value) -> Result<(), String> {
    score(case, |world| {
        let given = either(&case["plugin_args"], "scoringStrategy");
        let strategy = match either(given, "type").as_str() {
            Some("MostAllocated") => Strategy::MostAllocated,
            Some("RequestedToCapacityRatio") => {
                let shape = either(either(given, "requestedToCapacityRatio"), "shape");
                let point = |point: &Value| {
                    let of = |key| either(point, key).as_i64().unwrap();
                    (of("utilization"), of("score"))
                };
                let points = shape.as_array().unwrap().iter().map(point).collect();
                Strategy::RequestedToCapacityRatio(Shape::scaled(points))
            }
            _ => Strategy::LeastAllocated,
        };
        Box::new(score::ResourceFit { strategy, resources: resources(given, world) })
    })
}

pub fn balanced_allocation(case: &Value) -> Result<(), String> {
    score(case, |world| {
        let resources = resources(&case["plugin_args"], world);
        let resources = resources.into_iter().map(|(resource, _)| resource).collect();
        Box::new(score::BalancedAllocation { resources })
    })
}

pub fn node_affinity_score(case: &Value) -> Result<(), String> {
    score(case, |world| {
        let added = either(&case["plugin_args"], "addedAffinity");
        let added = preferred_node_terms(added, &mut world.cluster.names);
        Box::new(score::NodeAffinity { added })
    })
}

pub fn topology_spread_score(case: &Value) -> Result<(), String> {
    score(case, |world| {
        let (defaults, system) = defaults(case, world);
        Box::new(score::TopologySpread { defaults, system })
    })
}

pub fn inter_pod_affinity_score(case: &Value) -> Result<(), String> {
    score(case, |_| {
        let args = &case["plugin_args"];
        Box::new(score::InterPodAffinity {
            hard_weight: either(args, "hardPodAffinityWeight").as_i64().unwrap_or(1),
            ignore_others: either(args, "ignorePreferredTermsOfExistingPods")
                .as_bool()
                .unwrap_or(false),
        })
    })
}
