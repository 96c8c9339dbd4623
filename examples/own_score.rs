//! A score of your own for the scheduler of Kubernetes, plugged in without touching the crate: pods go where
//! others are already, so that large ones find whole nodes empty.
//!
//! ```text
//! cargo run --release --example own_score
//! ```
#![allow(clippy::print_stdout, reason = "an example shows what came out")]

use std::path::Path;

use cloudsched::kernel::{Id, Stream};
use cloudsched::metric::{RunOutcome, Value};
use cloudsched::policy::orchestration::kubernetes::score::{Fault, Rank, Score, normalise};
use cloudsched::policy::orchestration::kubernetes::{Cluster, Framework, Node, Pod, Profile, Site};
use cloudsched::policy::scheduler::{Kubernetes, Scheduler, SchedulerPolicy};
use cloudsched::scenario::load_text;
use cloudsched::world::{self, PlatformKind};

const SCENARIO: &str = r#"
    horizon = "1d"
    warm_up = "1h"

    [client.users]
    service = "small"
    arrivals.poisson = { rate = "2/min" }

    [client.nightly]
    service = "large"
    arrivals.poisson = { rate = "4/h" }

    [service.small]
    platform = "cluster"
    cpu = "500m"
    memory = "1GiB"
    demand.exponential = { mean = "5m" }

    [service.large]
    platform = "cluster"
    cpu = 4
    memory = "8GiB"
    demand.exponential = { mean = "10m" }

    [platform.cluster]
    kind = "kubernetes"
    nodes = [{ count = 4, cpu = 4, memory = "16GiB" }]
"#;

/// The more pods a node has, the better.
#[derive(Clone, Copy, Debug)]
struct Company;

impl Score for Company {
    fn name(&self) -> &'static str {
        "Company"
    }

    // Asked once for each pod: what is found out here about the pod is in what it gives back.
    fn prepare<'a>(
        &'a self,
        _cluster: &'a Cluster,
        _pod: Id<Pod>,
        _left: &[Id<Node>],
    ) -> Result<Option<Box<dyn Rank + 'a>>, Fault> {
        Ok(Some(Box::new(*self)))
    }
}

impl Rank for Company {
    // Asked for each node that the filters have left.
    fn rank(&self, site: Site<'_>) -> i64 {
        site.load.pods().len().try_into().unwrap_or(i64::MAX)
    }

    // Brings the scores of all nodes to 0 to 100, as those of the other scores are.
    fn normalise(&self, _left: &[Id<Node>], scores: &mut [i64]) {
        normalise(scores, false);
    }
}

/// The default profile of Kubernetes and [`Company`] with this weight.
#[derive(Clone, Copy, Debug)]
struct Sociable {
    weight: i64,
}

impl SchedulerPolicy for Sociable {
    fn start(&self, _cluster: &mut Cluster, _stream: &mut Stream) -> Box<dyn Scheduler> {
        let mut profile = Profile::default();
        profile.scores.push((Box::new(Company), self.weight));
        // With preemption, as by default.
        Box::new(Framework::new(profile, true))
    }
}

fn mean_wait_of_large(outcome: &RunOutcome) -> f64 {
    let large = outcome.services.iter().find(|service| service.name == "large");
    let metrics = outcome.request_metrics(&large.expect("it is in the scenario").of);
    let wait = metrics.iter().find(|(name, _)| *name == "waiting_ms_mean");
    wait.and_then(|(_, value)| *value).map_or(f64::NAN, Value::as_f64) / 60e3
}

fn main() {
    let mut loaded = match load_text("own_score.toml", SCENARIO, Path::new("."), "own_score", &[]) {
        Ok(loaded) => loaded,
        Err(error) => return print!("{}", error.render(true)),
    };
    let schedulers: [(&str, Box<dyn SchedulerPolicy>); 2] = [
        ("kubernetes", Box::new(Kubernetes::default())),
        ("kubernetes with company", Box::new(Sociable { weight: 5 })),
    ];
    for (name, scheduler) in schedulers {
        let kind = &mut loaded.specification.platforms[0].kind;
        let PlatformKind::Orchestrator(cluster) = kind else { unreachable!("it is a cluster") };
        cluster.scheduler = scheduler;
        // What is said of this pod is told with the outcome.
        cluster.watched = Some("small-5".to_owned());
        let outcome = world::run(&loaded.specification, loaded.seed, None, None);
        println!("{name}: large pods wait {:.2} min on average", mean_wait_of_large(&outcome));
        let pod = outcome.watched[0].of.pod.as_ref().expect("it came");
        let turn = pod.turns.last().expect("it had a turn");
        for (node, total) in turn.left.iter().zip(turn.totals()) {
            let mark = if turn.chosen.as_ref() == Some(node) { "chosen" } else { "" };
            println!("    {node} {total:5} {mark}");
        }
    }
}
