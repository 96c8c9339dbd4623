//! The whole default profile: filters, weighted scores, totals, the best nodes.

use std::collections::BTreeMap;

use cloudsched::kernel::{Id, Seed};
use cloudsched::policy::orchestration::kubernetes::score::{ResourceFit, Strategy};
use cloudsched::policy::orchestration::kubernetes::{
    Checks, Node, Outcome, Profile, Scheduler, weighted,
};
use serde_json::Value;

use crate::build::World;
use crate::json::{list, number, pairs, same, text, texts};
use crate::plugins::code;

fn profile(case: &Value) -> Profile {
    let mut profile = Profile::default();
    if text(case, "scoring_strategy") == "MostAllocated" {
        let fit = profile.scores.iter_mut().find(|(score, _)| score.name() == "NodeResourcesFit");
        fit.unwrap().0 = Box::new(ResourceFit::new(Strategy::MostAllocated));
    }
    profile
}

pub fn full_profile(case: &Value) -> Result<(), String> {
    let (mut world, profile) = (World::of(case), profile(case));
    let pod = world.pod(&case["pod"], false);
    let expected = &case["expected_filter"];
    let mut left: Vec<Id<Node>> = Vec::new();
    match Checks::prepare(&profile.filters, &world.cluster, pod) {
        Err(rejection) => {
            let early = &expected["_prefilter"];
            let found = (code(rejection.verdict), rejection.filter);
            same(&found, &(text(early, "code"), text(early, "plugin")))?;
        }
        Ok(checks) => {
            for node in list(case, "nodes") {
                let name = text(node, "name");
                let id = world.nodes[name];
                let found = match checks.fits(world.cluster.at(id).site()) {
                    Ok(()) => ("Success", ""),
                    Err(rejection) => (code(rejection.verdict), rejection.filter),
                };
                let own = &expected[name];
                same(&found, &(text(own, "code"), text(own, "plugin")))
                    .map_err(|error| format!("filters of {name}: {error}"))?;
                if found.0 == "Success" {
                    left.push(id);
                }
            }
        }
    }
    scores(case, &world, &profile, pod, &left)?;
    choice(case, &world, &profile, pod)
}

type Pod = Id<cloudsched::policy::orchestration::kubernetes::Pod>;

fn scores(
    case: &Value,
    world: &World,
    profile: &Profile,
    pod: Pod,
    left: &[Id<Node>],
) -> Result<(), String> {
    let weighted = weighted(profile, &world.cluster, pod, left).unwrap();
    for row in list(case, "expected_scores") {
        let name = text(row, "node");
        let at = left.iter().position(|&node| world.name_of(node) == name).unwrap();
        let mut expected: BTreeMap<&str, i64> =
            pairs(&row["weighted"]).map(|(key, value)| (key, value.as_i64().unwrap())).collect();
        let mut found = BTreeMap::new();
        for ((score, _), scores) in profile.scores.iter().zip(&weighted) {
            found.insert(score.name(), scores.as_ref().map_or(0, |scores| scores[at]));
            expected.entry(score.name()).or_insert(0);
        }
        same(&found, &expected).map_err(|error| format!("scores of {name}: {error}"))?;
        same(&found.values().sum(), &number(row, "total"))?;
    }
    Ok(())
}

/// Whatever is drawn, it is one of the best; with enough draws it is each of them. So say schedulers that look at
/// all nodes, and one that remembers them.
fn choice(case: &Value, world: &World, profile: &Profile, pod: Pod) -> Result<(), String> {
    let mut expected = texts(case, "expected_best_nodes");
    expected.sort_unstable();
    let mut stream = Seed::new(1).key("vectors").stream();
    for remembers in [false, true] {
        let mut scheduler = Scheduler::default();
        let mut found: Vec<String> = Vec::new();
        for _ in 0..100 {
            if !remembers {
                scheduler = Scheduler::default();
            }
            let drawn = scheduler.schedule(profile, &world.cluster, pod, &mut stream);
            found.extend(match drawn {
                Outcome::Chosen(node, _) => Some(world.name_of(node)),
                Outcome::Failed(_) => None,
            });
        }
        found.sort_unstable();
        found.dedup();
        same(&found, &expected.iter().map(|&name| name.to_owned()).collect())?;
    }
    Ok(())
}
