//! The control loops of Kubernetes: the horizontal autoscaler, rollouts, the expanders of nodes.

use std::collections::BTreeSet;

use cloudsched::kernel::{Span, Time};
use cloudsched::policy::orchestration::cluster_autoscaler::expander::{
    Expander, Expansion, LeastNodes, LeastWaste, MostPods, Priority,
};
use cloudsched::policy::orchestration::kubernetes::autoscaling::{
    Behaviour, Bounds, Calculator, Change, Changes, Limit, Metric, Policy, Proposal,
    Recommendations, Rules, Sample, Scale, Select, limit_without_behaviour,
};
use cloudsched::policy::orchestration::kubernetes::{
    Deployment, Fenceposts, Phase, PodStatus, Readiness, Ready, ReplicaSet, Strategy,
};
use cloudsched::quantity::Share;
use serde_json::Value;

use crate::json::{list, number, pairs, same, text};

/// The present of the cases, in seconds; all that is told of them is younger.
const NOW: u64 = 1_000_000;

fn now() -> Time {
    Time::ZERO.plus(Span::from_secs(NOW))
}

fn ago(age: &Value) -> Time {
    Time::ZERO.plus(Span::from_secs(NOW - age.as_u64().unwrap()))
}

fn seconds(value: &Value) -> Span {
    Span::from_secs(value.as_u64().unwrap())
}

/// The number at `key`, or another if there is none.
fn number_or(value: &Value, key: &str, other: i64) -> i64 {
    if value[key].is_null() { other } else { number(value, key) }
}

/// The pod with this number: its status has never changed, unless the case says when it started.
fn pod(case: &Value, at: usize) -> PodStatus {
    let ready = match case["pod_readiness"][at].as_str() {
        None | Some("True") => Ready::True,
        Some("False") => Ready::False,
        Some(_) => Ready::Unknown,
    };
    let phase = match case["pod_phase"][at].as_str() {
        None | Some("Running") => Phase::Running,
        Some("Pending") => Phase::Pending,
        Some("Succeeded") => Phase::Succeeded,
        Some("Failed") => Phase::Failed,
        Some(_) => Phase::Unknown,
    };
    let started = case["pod_start_time_rel_s"][at].as_i64().map_or(Time::ZERO, |start| {
        let second = NOW.checked_add_signed(start).unwrap();
        Time::ZERO.plus(Span::from_secs(second))
    });
    PodStatus {
        phase,
        deleted: case["pod_deleted"][at].as_bool().unwrap_or(false),
        started: Some(started),
        readiness: Some(Readiness { ready, since: Time::ZERO }),
    }
}

/// A sample that is older than a window after the last change of any pod.
fn sample(value: i64) -> Sample {
    Sample { value, at: Time::ZERO, window: Span::from_secs(60) }
}

/// Each pod of the cases has two containers that are alike.
const CONTAINERS: i64 = 2;

fn resource(case: &Value, scale: Scale, pods: &[PodStatus]) -> Option<Proposal> {
    let resource = &case["resource"];
    let request = |at| resource["per_container_requests_milli"][at].as_i64();
    let requests: Vec<Option<i64>> =
        (0..pods.len()).map(|at| request(at).map(|each| each * CONTAINERS)).collect();
    let mut samples = vec![None; pods.len()];
    for (at, usage) in list(resource, "per_container_usage_milli").iter().enumerate() {
        let sample = Some(sample(usage.as_i64().unwrap() * CONTAINERS));
        // A sample with a name is that of a pod that is no longer there.
        if resource["metric_pod_names"][at].is_string() || at >= pods.len() {
            samples.push(sample);
        } else {
            samples[at] = sample;
        }
    }
    let metric = Metric::Utilisation {
        cpu: text(resource, "name") == "cpu",
        target: number(resource, "target_utilization"),
        requests: &requests,
        samples: &samples,
    };
    calculator().propose(now(), scale, pods, &metric).ok()
}

fn value(case: &Value, scale: Scale, pods: &[PodStatus]) -> Option<Proposal> {
    let metric = &case["metric"];
    let levels = || list(metric, "levels_milli").iter().map(|level| level.as_i64().unwrap());
    let samples: Vec<Option<Sample>> = levels().map(sample).map(Some).collect();
    let target = |key| number(metric, key);
    let first = || levels().next().unwrap();
    let sum = || levels().fold(0, i64::saturating_add);
    let metric = match text(metric, "type") {
        "pods" => Metric::Average { cpu: false, target: target("target_milli"), samples: &samples },
        "object" => Metric::Value { target: target("target_milli"), value: first() },
        "external" => Metric::Value { target: target("target_milli"), value: sum() },
        "object_per_pod" => {
            Metric::AverageValue { target: target("per_pod_target_milli"), value: first() }
        }
        "external_per_pod" => {
            Metric::AverageValue { target: target("per_pod_target_milli"), value: sum() }
        }
        other => panic!("unknown type {other}"),
    };
    calculator().propose(now(), scale, pods, &metric).ok()
}

/// The periods are those of the original's tests.
fn calculator() -> Calculator {
    Calculator {
        cpu_initialisation: Span::from_secs(120),
        readiness_delay: Span::from_secs(10),
        ..Calculator::default()
    }
}

pub fn replica_calculator(case: &Value) -> Result<(), String> {
    let current = number(case, "current_replicas");
    let scale = Scale { wanted: current, present: current };
    let pods: Vec<PodStatus> =
        (0..number(case, "n_pods") as usize).map(|at| pod(case, at)).collect();
    let of_resource = !case["resource"].is_null();
    let found = if of_resource { resource(case, scale, &pods) } else { value(case, scale, &pods) };
    let expected = &case["expected"];
    let failed = expected["error"].as_bool().unwrap_or(false);
    let usage = if of_resource { "raw_value_milli" } else { "utilization_milli" };
    let expected = (!failed).then(|| Proposal {
        replicas: number(expected, "replicas"),
        usage: number(expected, usage),
        percentage: of_resource.then(|| number(expected, "utilization")),
    });
    same(&found, &expected)
}

/// Rules; what they do not say is as in the defaults.
fn rules(value: &Value, mut rules: Rules) -> Rules {
    if !value["stabilizationWindowSeconds"].is_null() {
        rules.window = seconds(&value["stabilizationWindowSeconds"]);
    }
    match value["selectPolicy"].as_str() {
        None => {}
        Some("Max") => rules.select = Select::Max,
        Some("Min") => rules.select = Select::Min,
        Some("Disabled") => rules.select = Select::Disabled,
        Some(other) => panic!("unknown selectPolicy {other}"),
    }
    if value["policies"].is_array() {
        let policy = |policy: &Value| Policy {
            change: match text(policy, "type") {
                "Pods" => Change::Pods(number(policy, "value")),
                "Percent" => Change::Percent(number(policy, "value")),
                other => panic!("unknown type {other}"),
            },
            period: seconds(&policy["periodSeconds"]),
        };
        rules.policies = list(value, "policies").iter().map(policy).collect();
    }
    rules
}

fn bounds(case: &Value) -> Bounds {
    Bounds { least: number(case, "min"), most: number(case, "max") }
}

fn limited(case: &Value, (replicas, limit): (i64, Limit)) -> Result<(), String> {
    let condition = match limit {
        Limit::None => "DesiredWithinRange",
        Limit::TooFew => "TooFewReplicas",
        Limit::TooMany => "TooManyReplicas",
        Limit::Up => "ScaleUpLimit",
        Limit::Down => "ScaleDownLimit",
    };
    let expected = &case["expected"];
    same(&(replicas, condition), &(number(expected, "replicas"), text(expected, "condition")))
}

pub fn scaling_rules(case: &Value) -> Result<(), String> {
    let defaults = Behaviour::default();
    let behaviour = Behaviour {
        up: rules(&case["scale_up_rules"], defaults.up),
        down: rules(&case["scale_down_rules"], defaults.down),
    };
    let mut changes = Changes::default();
    for event in list(case, "scale_up_events") {
        changes.came(ago(&event["age_s"]), number(event, "change"));
    }
    for event in list(case, "scale_down_events") {
        changes.went(ago(&event["age_s"]), number(event, "change"));
    }
    let (current, desired) = (number(case, "current_replicas"), number(case, "desired_replicas"));
    limited(case, behaviour.limit(now(), current, desired, bounds(case), &changes))
}

pub fn limits_without_behaviour(case: &Value) -> Result<(), String> {
    let (current, desired) = (number(case, "current_replicas"), number(case, "desired_replicas"));
    limited(case, limit_without_behaviour(current, desired, bounds(case)))
}

pub fn stabilization(case: &Value) -> Result<(), String> {
    let mut recommendations = Recommendations::default();
    for one in list(case, "recommendations") {
        recommendations.add(ago(&one["age_s"]), number(one, "replicas"));
    }
    let (desired, down) = (number(case, "desired_replicas"), seconds(&case["down_window_s"]));
    let found = if case["no_behavior"].as_bool().unwrap_or(false) {
        recommendations.highest(now(), down, desired)
    } else {
        let windows = [seconds(&case["up_window_s"]), down];
        recommendations.stabilised(now(), windows, number(case, "current_replicas"), desired)
    };
    same(&found, &number(case, "expected"))
}

/// A number, or a part as a text; without a value none.
fn share(value: &Value) -> Result<Share, String> {
    match value {
        Value::Null => Ok(Share::Count(0)),
        Value::String(text) => text.parse().map_err(|fault| format!("{fault}")),
        other => Ok(Share::Count(other.as_i64().unwrap())),
    }
}

fn deployment(case: &Value, replicas: &str) -> Result<Deployment, String> {
    let strategy = if text(case, "strategy") == "Recreate" {
        Strategy::Recreate
    } else {
        let [surge, unavailable] = [&case["max_surge"], &case["max_unavailable"]];
        Strategy::Rolling { surge: share(surge)?, unavailable: share(unavailable)? }
    };
    Ok(Deployment { replicas: number_or(case, replicas, 0), strategy })
}

fn set(replicas: i64, available: i64) -> ReplicaSet {
    ReplicaSet { replicas, available, ..ReplicaSet::new(Time::ZERO) }
}

/// The set of the old template and that of the new one.
fn sets(case: &Value) -> [ReplicaSet; 2] {
    let of = |replicas, ready| set(number_or(case, replicas, 0), number_or(case, ready, 0));
    [of("old_replicas", "ready_old"), of("new_replicas", "ready_new")]
}

pub fn deployment_rolling(case: &Value) -> Result<(), String> {
    let of = |replicas| deployment(case, replicas);
    let expected = || number(case, "expected");
    let mut sets = sets(case);
    match text(case, "op") {
        "resolve_fenceposts" => {
            let (surge, unavailable) = (share(&case["max_surge"]), share(&case["max_unavailable"]));
            let desired = number(case, "desired");
            let found = match (surge, unavailable) {
                (Ok(surge), Ok(unavailable)) => {
                    let Fenceposts { surge, unavailable } =
                        Fenceposts::of(surge, unavailable, desired);
                    (surge, unavailable, false)
                }
                _ => (0, 0, true),
            };
            let expected = &case["expected"];
            let [surge, unavailable] = ["surge", "unavailable"].map(|key| number(expected, key));
            same(&found, &(surge, unavailable, expected["error"].as_bool().unwrap()))
        }
        "max_unavailable" => same(&of("replicas")?.unavailable(), &expected()),
        "new_rs_new_replicas" => {
            let (new, total) =
                (number(case, "new_rs_replicas"), number(case, "all_rs_total_replicas"));
            same(&of("deployment_replicas")?.new_replicas(new, total), &expected())
        }
        "reconcile_new_rs" => {
            of("deployment_replicas")?.reconcile_new(&mut sets, 1);
            same(&sets[1].replicas, &expected())
        }
        "reconcile_old_rs" => {
            let scaled = of("deployment_replicas")?.reconcile_old(&mut sets, 1);
            let expected =
                (case["scale_expected"].as_bool().unwrap(), number(case, "expected_old_replicas"));
            same(&(scaled, sets[0].replicas), &expected)
        }
        "cleanup_unhealthy" => {
            sets[0].available = number(case, "ready");
            let most = number(case, "max_cleanup");
            let cleaned = of("deployment_replicas")?.clean_up(&mut sets, 1, most);
            same(&cleaned, &Some(number(case, "expected_cleaned")))
        }
        "scale_down_old_for_rolling" => {
            sets[0].available = number(case, "ready_pods");
            of("deployment_replicas")?.scale_down_old(&mut sets, 1);
            same(&sets[0].replicas, &number(case, "expected_old_replicas"))
        }
        other => panic!("unknown op {other}"),
    }
}

/// A request that a pod does not name is none.
fn expansion(option: &Value) -> Expansion {
    let request = |pod: &Value| ["cpu_milli", "memory_bytes"].map(|key| number_or(pod, key, 0));
    let mut pods: Vec<[i64; 2]> = list(option, "pods").iter().map(request).collect();
    pods.resize(pods.len().max(number_or(option, "pod_count", 0) as usize), [0, 0]);
    Expansion {
        group: text(option, "group").to_owned(),
        nodes: number_or(option, "node_count", 1),
        cpu: number_or(option, "node_cpu_milli", 0),
        memory: number_or(option, "node_memory_bytes", 0),
        pods,
        ..Expansion::default()
    }
}

fn priority(case: &Value) -> Priority {
    let levels = pairs(&case["priorities"]).map(|(priority, patterns)| {
        let patterns = patterns.as_array().unwrap().iter().map(|text| text.as_str().unwrap());
        (priority.parse().unwrap(), patterns.collect())
    });
    Priority::new(levels).unwrap()
}

/// The best options are compared as a set: which of them is taken is drawn.
pub fn expanders(case: &Value) -> Result<(), String> {
    let options: Vec<Expansion> = list(case, "options").iter().map(expansion).collect();
    let expander: Box<dyn Expander> = match text(case, "expander") {
        "least-waste" => Box::new(LeastWaste),
        "most-pods" => Box::new(MostPods),
        "least-nodes" => Box::new(LeastNodes),
        "priority" => Box::new(priority(case)),
        other => panic!("unknown expander {other}"),
    };
    let all: Vec<usize> = (0..options.len()).collect();
    let best = expander.best(&options, &all);
    let found: BTreeSet<&str> = best.iter().map(|&at| options[at].group.as_str()).collect();
    let expected = list(case, "expected").iter().map(|group| group.as_str().unwrap()).collect();
    same(&found, &expected)
}
