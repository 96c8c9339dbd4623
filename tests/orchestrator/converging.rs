//! Whatever has happened: when faults are over and there is room, there are as many replicas as there shall be, and all
//! of them serve.

use cloudsched::metric::{InstanceRow, Recorder, RequestRow, SeriesRow};
use cloudsched::model::Outcome;
use cloudsched::scenario::load_text;
use cloudsched::world::run;
use proptest::prelude::*;
use proptest::sample::select;

/// The last levels of a run, and how each request sent after the faults went.
#[derive(Default)]
struct End {
    instances: u64,
    starting: u64,
    late: Vec<(Outcome, f64)>,
}

/// When all faults have long been over.
const LATE: f64 = 1000.0;

impl Recorder for End {
    fn request(&mut self, row: &RequestRow<'_>) {
        if row.sent.as_secs_f64() >= LATE {
            self.late.push((row.outcome, row.response.as_secs_f64()));
        }
    }

    fn sample(&mut self, _: &SeriesRow<'_>) {}

    fn period(&mut self, _: &InstanceRow<'_>) {}

    fn levels(&mut self, row: &SeriesRow<'_>) {
        if row.time.as_secs_f64() >= LATE + 5.0 {
            return;
        }
        self.instances = row.instances.unwrap_or(0);
        self.starting = row.starting.unwrap_or(0);
    }
}

/// A fault that hits some times in the first minutes.
fn fault() -> impl Strategy<Value = String> {
    let kinds = vec![
        "kind = 'crash', lasts.uniform = { low = '1s', high = '200s' }",
        "kind = 'partition', lasts.uniform = { low = '1s', high = '200s' }",
        "kind = 'slow', speed = 0.01, lasts.constant = '100s'",
        "kind = 'spot', notice = '20s', lasts.exponential.mean = '60s'",
        "kind = 'hang', lasts.uniform = { low = '1s', high = '200s' }",
        "kind = 'container-crash'",
    ];
    let times = prop::collection::vec(1..200_000_u32, 1..4);
    (select(kinds), times).prop_map(|(kind, mut times)| {
        times.sort_unstable();
        times.dedup();
        let at: Vec<String> = times.iter().map(|at| format!("'{at}ms'")).collect();
        format!("{{ platform = 'c', {kind}, at = [{}] }}", at.join(", "))
    })
}

fn config() -> ProptestConfig {
    ProptestConfig {
        failure_persistence: None,
        rng_seed: proptest::test_runner::RngSeed::Fixed(11),
        ..ProptestConfig::with_cases(120)
    }
}

proptest! {
    #![proptest_config(config())]

    /// As many requests as there are replicas come at once, each a second of work for a core, and each replica has a core and
    /// serves one at a time: asked in turn, each has one of them, and all take a second. So all are endpoints, and all work.
    #[test]
    fn replicas_are_as_many_as_they_shall_be(
        seed in 0..1_000_u64,
        kind in select(vec!["kubernetes", "openshift", "ecs", "docker-swarm", "docker", "ecs-fargate"]),
        replicas in 1..7_u64,
        pod in select(vec![
            "",
            ", readiness = { period = '3s' }, liveness = { period = '4s' }",
            ", start.exponential.mean = '3s', startup = { period = '2s', failures = 9 }, liveness = { failures = 2 }",
            ", start.constant = '2s', start_failure = 0.3, liveness = {}",
            ", start.constant = '1s', pull_failure = 0.3, readiness = {}, liveness = {}",
        ]),
        release in prop::option::of(1..200_u32),
        faults in prop::collection::vec(fault(), 0..4),
    ) {
        let of_nodes = |fault: &String| !fault.contains("hang") && !fault.contains("container-crash");
        let nodes = match kind {
            "ecs-fargate" => "",
            "docker" => "nodes = [{ cpu = 64, memory = '64GiB' }],",
            _ => "nodes = [{ count = 4, cpu = 8, memory = '64GiB' }],",
        };
        let mut text = format!(
            "horizon = '1100s'\nseed = {seed}\noutput = {{ requests = true }}\n\
             client.c = {{ service = 's', arrivals.list.at = [{}] }}\n\
             service.s = {{ platform = 'c', cpu = 1, replicas = {replicas}, demand.constant = '1s', pod = {{ concurrency = 1, \
             cpu_limit = 1, restart.policy = 'always'{pod} }} }}\n\
             platform.c = {{ kind = '{kind}', balance = 'round-robin', {nodes} eviction_delay = '60s', \
             rollout = {{ rolling-update = {{ max_surge = 1, max_unavailable = 1 }} }} }}\n",
            vec!["'1000s'"; replicas as usize].join(", "),
        );
        for (number, fault) in faults.iter().enumerate() {
            if !(nodes.is_empty() && of_nodes(fault)) {
                text += &format!("fault.f{number} = {fault}\n");
            }
        }
        if let Some(at) = release {
            text += &format!("release.r = {{ service = 's', at = '{at}s' }}\n");
        }
        let mut loaded = load_text("t.toml", &text, std::path::Path::new("."), "t", &[])
            .unwrap_or_else(|error| panic!("{}\n{text}", error.render(false)));
        loaded.specification.output.levels = true;
        let mut end = End::default();
        run(&loaded.specification, loaded.seed, Some(&mut end), None);
        prop_assert_eq!((end.instances, end.starting), (replicas, 0), "{}", text);
        prop_assert_eq!(end.late, vec![(Outcome::Completed, 1.0); replicas as usize], "{}", text);
    }
}
