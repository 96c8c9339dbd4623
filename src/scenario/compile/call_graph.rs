//! Who calls whom: circles of calls, and callers that hold what their calls need.

use std::collections::{BTreeMap, BTreeSet};

use super::super::schema::{Call, Job, Platform, Queue, Service};
use super::Compiler;
use super::circles::{Circle, circles};

/// A call from one service to another, or a job of a workflow.
struct Edge<'a> {
    callee: &'a str,
    /// The path of the name of the one that is called.
    path: Vec<String>,
    /// Whether the caller waits for ever.
    patient: bool,
}

/// By service and workflow: its calls, or jobs.
type Calls<'a> = BTreeMap<&'a str, Vec<Edge<'a>>>;

/// What a request holds while it is served: a place on a platform that has only so many, or nothing
/// that others need.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Held<'a> {
    PlaceOn(&'a str),
    NothingScarce { service: &'a str },
}

impl<'a> Compiler<'a> {
    /// Tells of services that call each other in a circle, and of those that may come to wait for
    /// each other's places.
    pub(super) fn check_calls(&mut self) {
        let calls = self.calls();
        let errors = self.problems.errors();
        self.check_circles_of_calls(&calls);
        if self.problems.errors() == errors {
            self.warn_of_deadlocks(&calls);
        }
    }

    fn calls(&self) -> Calls<'a> {
        let mut calls = Calls::new();
        for (name, service) in &self.scenario.service {
            let edges: &mut Vec<Edge<'a>> = calls.entry(self.asked(name)).or_default();
            for (number, call) in service.calls.iter().enumerate() {
                let number = number.to_string();
                let path = ["service", name, "calls", &number];
                edges.extend(self.call_edge(call, &path));
                for (place, call) in call.parallel.iter().enumerate() {
                    let place = place.to_string();
                    edges
                        .extend(self.call_edge(call, &[&path[..], &["parallel", &place]].concat()));
                }
            }
        }
        for (name, workflow) in &self.scenario.workflow {
            let edges: &mut Vec<Edge<'a>> = calls.entry(name).or_default();
            for (number, Job { service, timeout, .. }) in workflow.jobs.iter().enumerate() {
                let path = ["workflow", name, "jobs", &number.to_string()];
                edges.extend(self.edge(service, &path, timeout.is_none()));
            }
        }
        calls
    }

    fn call_edge(&self, call: &'a Call, path: &[&str]) -> Option<Edge<'a>> {
        self.edge(call.service.as_deref()?, path, call.timeout.is_none())
    }

    /// A call at `path` of a service or a member of a family that exists; versions are none that a call may name.
    fn edge(&self, name: &'a str, path: &[&str], patient: bool) -> Option<Edge<'a>> {
        let callee = if self.families.contains_key(name) { name } else { name.rsplit_once('.')?.0 };
        let path = path.iter().chain(&["service"]).map(|&part| part.to_owned()).collect();
        let known = self.families.contains_key(callee) && !self.is_version(callee);
        known.then_some(Edge { callee, path, patient })
    }

    /// A service that calls itself, through whatever others, would never answer.
    fn check_circles_of_calls(&mut self, calls: &Calls<'_>) {
        let numbers: BTreeMap<&str, usize> = calls.keys().copied().zip(0..).collect();
        let called =
            |calls: &Vec<Edge<'_>>| calls.iter().map(|call| numbers[call.callee]).collect();
        let edges: Vec<Vec<usize>> = calls.values().map(called).collect();
        let callers: Vec<_> = calls.iter().collect();
        for Circle { nodes, edge } in circles(&edges) {
            let last = *nodes.last().expect("a circle has a node");
            let circle: Vec<&str> =
                nodes.iter().chain(nodes.first()).map(|&node| *callers[node].0).collect();
            self.error_with(
                &parts(&callers[last].1[edge].path),
                format!("services call each other in a circle: {}", circle.join(" -> ")),
                "a request would never be answered: leave out one of these calls",
            );
        }
    }

    /// Warns of calls whose caller keeps its place on a platform and waits, for as long as it
    /// takes, for what may wait for a place on the same platform.
    fn warn_of_deadlocks(&mut self, calls: &Calls<'a>) {
        let mut waits: BTreeMap<Held<'a>, Vec<Held<'a>>> = BTreeMap::new();
        for (name, edges) in calls {
            let needed =
                edges.iter().filter(|edge| edge.patient).map(|edge| self.held(edge.callee));
            waits.entry(self.held(name)).or_default().extend(needed);
        }
        for (name, edges) in calls {
            let held = self.held(name);
            let Held::PlaceOn(platform) = held else { continue };
            for Edge { callee, path, .. } in edges.iter().filter(|edge| edge.patient) {
                if !reaches(&waits, self.held(callee), held) {
                    continue;
                }
                let elsewhere = if self.scenario.workflow.contains_key(*callee) {
                    format!("the jobs of `{callee}` a platform of their own")
                } else {
                    format!("`{callee}` a platform of its own")
                };
                self.warning(
                    &parts(path),
                    format!(
                        "`{name}` keeps its place on `{platform}` while it waits for `{callee}`, \
                         which may wait for a place on `{platform}`: callers that hold all places \
                         wait for each other, for ever if nobody gives up"
                    ),
                    format!("give the call a `timeout`, or {elsewhere}"),
                );
            }
        }
    }

    fn held(&self, service: &'a str) -> Held<'a> {
        let nothing = Held::NothingScarce { service };
        let Some(Service { platform, .. }) = self.scenario.service.get(service) else {
            return nothing;
        };
        match self.scenario.platform.get(platform) {
            Some(form) if lets_wait(form) => Held::PlaceOn(platform),
            _ => nothing,
        }
    }
}

/// Whether a request may have to wait for others on such a platform.
fn lets_wait(platform: &Platform) -> bool {
    match platform {
        Platform::Servers(form) => {
            let order = form.discipline.as_ref();
            let scarce = order.is_none_or(|order| order.0.line().is_some());
            scarce && form.queue.is_none_or(|Queue { limit }| limit > 0)
        }
        Platform::Faas(form) => {
            let scarce = form.max_instances.is_some() || !form.hosts.is_empty();
            scarce && form.queue.limit != Some(0) && form.queue.patience.is_none()
        }
        Platform::Openwhisk(_) | Platform::PiCloud(_) | Platform::Orchestrator(_) => true,
        // A request that finds no runner is refused in the end.
        Platform::Fn(_) => false,
    }
}

/// Whether who waits for `from` may wait for `to`.
fn reaches<'a>(waits: &BTreeMap<Held<'a>, Vec<Held<'a>>>, from: Held<'a>, to: Held<'a>) -> bool {
    let (mut seen, mut next) = (BTreeSet::new(), vec![from]);
    while let Some(held) = next.pop() {
        if held == to {
            return true;
        }
        if seen.insert(held) {
            next.extend(waits.get(&held).into_iter().flatten());
        }
    }
    false
}

fn parts(path: &[String]) -> Vec<&str> {
    path.iter().map(String::as_str).collect()
}
