//! Preemption: candidates and the choice among them.

use std::collections::BTreeSet;

use cloudsched::kernel::Id;
use cloudsched::policy::orchestration::kubernetes::filter::{
    self, Check, Filter, Prepared, Reason, Verdict,
};
use cloudsched::policy::orchestration::kubernetes::preemption::{
    Budget, Candidate, Preemption, best, may_preempt,
};
use cloudsched::policy::orchestration::kubernetes::{
    Checks, Cluster, Node, Pod, Selector, Site, Symbol,
};
use serde_json::{Value, json};

use crate::build::World;
use crate::json::{list, number, pairs, same, text, texts};
use crate::plugins::code;
use crate::selectors::label_selector;

/// A filter of upstream's tests.
#[derive(Clone, Debug)]
enum Fake {
    Always(Verdict),
    /// Only the node with the name of the pod will do.
    Match,
    /// Nodes with the label `error` fail.
    Error,
}

#[derive(Clone, Debug)]
struct Faked {
    fake: Fake,
    pod: Symbol,
    error: Option<Symbol>,
}

const NO: Reason = Reason::Other("fake");

impl Filter for Fake {
    fn name(&self) -> &'static str {
        "fake"
    }

    fn prepare<'a>(&'a self, cluster: &'a Cluster, pod: Id<Pod>) -> Prepared<'a> {
        let (pod, error) = (cluster.pod(pod).name, cluster.names.known("error"));
        Prepared::Check(Box::new(Faked { fake: self.clone(), pod, error }))
    }
}

impl Check for Faked {
    fn check(&self, site: Site<'_>) -> Verdict {
        let marked = |key| site.spec.labels.get(key).is_some();
        match self.fake {
            Fake::Always(verdict) => verdict,
            Fake::Match if site.spec.name != self.pod => Verdict::Unschedulable(NO),
            Fake::Error if self.error.is_some_and(marked) => Verdict::Unresolvable(NO),
            _ => Verdict::Fits,
        }
    }
}

fn filter(name: &str, fake_code: &str) -> Box<dyn Filter> {
    match name {
        "TrueFilter" => Box::new(Fake::Always(Verdict::Fits)),
        "FalseFilter" => Box::new(Fake::Always(Verdict::Unschedulable(NO))),
        "FakeFilter" => Box::new(Fake::Always(match fake_code {
            "Success" => Verdict::Fits,
            "Unschedulable" => Verdict::Unschedulable(NO),
            _ => Verdict::Unresolvable(NO),
        })),
        "MatchFilter" => Box::new(Fake::Match),
        "test-plugin" => Box::new(Fake::Error),
        real => filter::defaults().into_iter().find(|filter| filter.name() == real).unwrap(),
    }
}

fn budgets(case: &Value, world: &mut World) -> Vec<Budget> {
    let one = |budget: &Value| {
        let names = &mut world.cluster.names;
        let status = &budget["status"];
        Budget {
            namespace: names.symbol(text(&budget["metadata"], "namespace")),
            selector: label_selector(&budget["spec"]["selector"], names)
                .unwrap_or(Selector::Nothing),
            allowed: status["disruptionsAllowed"].as_i64().unwrap_or(0),
            disrupted: pairs(&status["disruptedPods"])
                .map(|(name, _)| names.symbol(name))
                .collect(),
        }
    };
    list(case, "pdbs").iter().map(one).collect()
}

/// All candidates of a pod, whatever their number.
fn candidates(
    world: &World,
    filters: &[Box<dyn Filter>],
    pod: Id<Pod>,
    nodes: &[Id<Node>],
    budgets: &[Budget],
) -> Vec<Candidate> {
    let all = Preemption { percentage: 100, least: usize::MAX };
    match Checks::prepare(filters, &world.cluster, pod) {
        Ok(checks) => all.candidates(&checks, &world.cluster, pod, nodes, budgets, 0),
        Err(_) => Vec::new(),
    }
}

type Described = BTreeSet<(String, Vec<String>, i64)>;

fn described(world: &World, candidates: &[Candidate]) -> Described {
    let names = &world.cluster.names;
    let name = |&pod: &Id<Pod>| names.text(world.cluster.pod(pod).name).to_owned();
    let one = |candidate: &Candidate| {
        let victims = candidate.victims.iter().map(name).collect();
        (world.name_of(candidate.node), victims, i64::try_from(candidate.violations).unwrap())
    };
    candidates.iter().map(one).collect()
}

fn expected(candidates: &[Value]) -> Described {
    let one = |row: &Value| {
        let victims = texts(row, "victims").iter().map(|&name| name.to_owned()).collect();
        (text(row, "node").to_owned(), victims, number(row, "num_pdb_violations"))
    };
    candidates.iter().map(one).collect()
}

/// The candidates with victims of the same priority in order of their names.
fn by_name(world: &World, candidates: Described) -> Described {
    let priority = |name: &String| world.cluster.template_of(world.pods[name]).priority;
    let sorted = |(node, mut victims, violations): (String, Vec<String>, i64)| {
        for run in victims.chunk_by_mut(|one, other| priority(one) == priority(other)) {
            run.sort_unstable();
        }
        (node, victims, violations)
    };
    candidates.into_iter().map(sorted).collect()
}

pub fn dry_run(case: &Value) -> Result<(), String> {
    let mut world = World::of(case);
    let budgets = budgets(case, &mut world);
    let code = text(case, "fake_filter_code");
    let filters: Vec<_> =
        texts(case, "filter_plugins").iter().map(|name| filter(name, code)).collect();
    let nodes: Vec<Id<Node>> =
        list(case, "nodes").iter().map(|node| world.nodes[text(node, "name")]).collect();
    for cycle in list(case, "cycles") {
        let pod = world.pod(&cycle["preemptor"], false);
        let found = candidates(&world, &filters, pod, &nodes, &budgets);
        same(&described(&world, &found), &expected(list(cycle, "expected_candidates")))?;
        world.cluster.remove(pod);
    }
    Ok(())
}

pub fn generated(case: &Value) -> Result<(), String> {
    let mut world = World::of(case);
    let budgets = budgets(case, &mut world);
    let filters = filter::defaults();
    let pod = world.pod(&case["pod"], false);
    let (mut fitting, mut potential, mut nodes) = (Vec::new(), Vec::new(), Vec::new());
    if let Ok(checks) = Checks::prepare(&filters, &world.cluster, pod) {
        for node in list(case, "nodes") {
            let name = text(node, "name");
            let id = world.nodes[name];
            match checks.fits(world.cluster.at(id).site()) {
                Ok(()) => fitting.push(name),
                Err(rejection) if code(rejection.verdict) == "Unschedulable" => {
                    potential.push(name);
                    nodes.push(id);
                }
                Err(_) => {}
            }
        }
    }
    let sorted = |mut names: Vec<&str>| -> Vec<String> {
        names.sort_unstable();
        names.into_iter().map(str::to_owned).collect()
    };
    same(&sorted(fitting), &sorted(texts(case, "nodes_that_already_fit")))?;
    same(&sorted(potential), &sorted(texts(case, "potential_nodes")))?;
    let found = candidates(&world, &filters, pod, &nodes, &budgets);
    same(&described(&world, &found), &expected(list(case, "expected_candidates")))?;
    chosen(&world, &found, &texts(case, "expected_chosen_any_of"))
}

fn tied(world: &World, candidates: &[Candidate]) -> BTreeSet<String> {
    let name = |number: usize| world.name_of(candidates[number].node);
    best(&world.cluster, candidates).into_iter().map(name).collect()
}

/// The candidates among which the draw is are those that upstream may take.
fn chosen(world: &World, candidates: &[Candidate], expected: &[&str]) -> Result<(), String> {
    same(&tied(world, candidates), &expected.iter().map(|&name| name.to_owned()).collect())
}

/// The victims on the node that is taken, in any order.
fn victims(
    case: &Value,
    world: &World,
    candidates: &[Candidate],
    nodes: &[&str],
) -> Result<(), String> {
    let (&[node], false) = (nodes, case["expected_victims"].is_null()) else { return Ok(()) };
    let found = described(world, candidates).into_iter().find(|(name, ..)| name == node);
    let set = |names: Vec<String>| names.into_iter().collect::<BTreeSet<_>>();
    let wanted = texts(case, "expected_victims").iter().map(|&name| name.to_owned()).collect();
    same(&found.map(|(_, victims, _)| set(victims)), &Some(set(wanted)))
}

pub fn select_node(case: &Value) -> Result<(), String> {
    let mut world = World::of(case);
    let filters: Vec<_> =
        texts(case, "filter_plugins").iter().map(|name| filter(name, "Success")).collect();
    let pod = world.pod(&case["pod"], false);
    if texts(case, "expected_any_of").is_empty() && !may_preempt(&world.cluster, pod, false) {
        return Ok(());
    }
    let nodes: Vec<Id<Node>> =
        list(case, "nodes").iter().map(|node| world.nodes[text(node, "name")]).collect();
    let budgets = budgets(case, &mut world);
    let found = candidates(&world, &filters, pod, &nodes, &budgets);
    // Some of upstream's pods start nanoseconds apart, in 1970. The files tell whole seconds, so that what
    // these decide cannot be seen; what comes before them can.
    let lost = |pod: &Value| text(pod, "startTime").starts_with("1970-01-01");
    let lost = list(case, "existing_pods").iter().any(lost);
    if !case["candidates"].is_null() {
        let (found, wanted) = (described(&world, &found), expected(list(case, "candidates")));
        if lost {
            same(&by_name(&world, found), &by_name(&world, wanted))?;
        } else {
            same(&found, &wanted)?;
        }
    }
    let expected = texts(case, "expected_any_of");
    victims(case, &world, &found, &expected)?;
    if lost && !expected.is_empty() {
        let tied = tied(&world, &found);
        let known = expected.iter().all(|&name| tied.contains(name));
        return if known { Ok(()) } else { Err(format!("{expected:?} is not among {tied:?}")) };
    }
    chosen(&world, &found, &expected)
}

/// Two victims of the same priority whose times are lost may come in either order, two of different priority
/// may not.
#[test]
fn lost_times_leave_the_order_of_equals_open() {
    let said = |priorities: [i64; 2]| {
        let pod = |name: &str, priority| json!({"name": name, "nodeName": "n", "priority": priority, "startTime": "1970-01-01T00:00:00Z"});
        let existing = [pod("first", priorities[0]), pod("second", priorities[1])];
        select_node(&json!({
            "nodes": [{"name": "n", "allocatable": {"pods": 1}}],
            "filter_plugins": ["NodeResourcesFit"],
            "existing_pods": existing,
            "pod": {"name": "urgent", "priority": 9,
                "containers": [{"resources": {"requests": {"cpu": 0}}}]},
            "candidates": [{"node": "n", "victims": ["second", "first"], "num_pdb_violations": 0}],
            "expected_any_of": ["n"],
        }))
    };
    assert_eq!(said([1, 1]), Ok(()));
    assert!(said([2, 1]).is_err());
}
