//! The bounds of rollouts and of disruptions, at every instant, while replicas crash for reasons of their own.

use cloudsched::metric::{InstanceRow, Recorder, RequestRow, SeriesRow};
use cloudsched::scenario::load_text;
use cloudsched::world::run;
use proptest::prelude::*;
use proptest::sample::select;

use super::{load, told};

/// By instant, as it leaves them: pods that are there, and those of them that are starting.
#[derive(Default)]
struct Levels(Vec<(f64, u64, u64)>);

impl Recorder for Levels {
    fn request(&mut self, _: &RequestRow<'_>) {}

    fn sample(&mut self, _: &SeriesRow<'_>) {}

    fn period(&mut self, _: &InstanceRow<'_>) {}

    fn levels(&mut self, row: &SeriesRow<'_>) {
        let at = row.time.as_secs_f64();
        if self.0.last().is_some_and(|last| last.0 == at) {
            self.0.pop();
        }
        let (all, starting) = (row.instances.unwrap_or(0), row.starting.unwrap_or(0));
        self.0.push((at, all, starting));
    }
}

fn config() -> ProptestConfig {
    ProptestConfig {
        failure_persistence: None,
        rng_seed: proptest::test_runner::RngSeed::Fixed(13),
        ..ProptestConfig::with_cases(120)
    }
}

/// A way to release a service of so many replicas.
#[derive(Clone, Debug)]
struct Way {
    replicas: u64,
    /// The rollout of the cluster, and the strategy of the release.
    rollout: String,
    strategy: &'static str,
    /// How many pods there are at most, and how many serve at least unless they fail.
    most: u64,
    least: u64,
    /// Whether somebody counts who serves before one that does is taken away: all but Swarm.
    counts: bool,
}

const ROLLING: &str = "strategy = 'rolling'";

/// What Kubernetes and ECS promise by their parameters.
fn rolling() -> impl Strategy<Value = Way> {
    (
        1..9_u64,
        0..4_u64,
        0..4_u64,
        any::<bool>(),
        select(vec![(100, 200), (50, 100), (50, 150), (0, 100), (75, 125)]),
    )
        .prop_filter("it can go on", |&(replicas, surge, missing, is_ecs, (least, most))| {
            if is_ecs {
                replicas * most / 100 > (replicas * least).div_ceil(100)
            } else {
                surge + missing > 0
            }
        })
        .prop_map(|(replicas, surge, missing, is_ecs, (least, most))| {
            let (rollout, most, least) = if is_ecs {
                let way = format!(
                    "ecs = {{ minimum_healthy_percent = {least}, maximum_percent = {most} }}"
                );
                (way, replicas * most / 100, (replicas * least).div_ceil(100))
            } else {
                let way = format!(
                    "rolling-update = {{ max_surge = {surge}, max_unavailable = {missing} }}"
                );
                (way, replicas + surge, replicas.saturating_sub(missing))
            };
            Way { replicas, rollout, strategy: ROLLING, most, least, counts: true }
        })
}

/// Swarm replaces so many places at once, in each of which the old task stops first or the new one starts first.
fn place_by_place() -> impl Strategy<Value = Way> {
    (1..9_u64, 0..4_u64, any::<bool>()).prop_map(|(replicas, parallelism, starts_first)| {
        let at_once = if parallelism == 0 { replicas } else { parallelism.min(replicas) };
        let (order, most, least) = if starts_first {
            ("start-first", replicas + at_once, replicas)
        } else {
            ("stop-first", replicas, replicas - at_once)
        };
        let rollout = format!("swarm = {{ parallelism = {parallelism}, order = '{order}' }}");
        Way { replicas, rollout, strategy: ROLLING, most, least, counts: false }
    })
}

/// Beside the old replicas, all of which stay until the new ones are there.
fn beside() -> impl Strategy<Value = Way> {
    let strategies = vec![
        "strategy.canary.steps = [{ weight = 0.3, hold = '5s' }, { weight = 0.6, hold = '5s' }]",
        "strategy.linear = { weight = 0.4, every = '5s' }",
        "strategy.blue-green.keep = '5s'",
        "strategy.shadow = { copies = 0.5, hold = '5s' }",
    ];
    (1..9_u64, select(strategies)).prop_map(|(replicas, strategy)| {
        let rollout = "rolling-update = {}".to_owned();
        Way { replicas, rollout, strategy, most: 2 * replicas, least: replicas, counts: true }
    })
}

fn ways() -> impl Strategy<Value = Way> {
    prop_oneof![2 => rolling(), 1 => place_by_place(), 2 => beside()]
}

proptest! {
    #![proptest_config(config())]

    /// There are never more pods than the way allows. And whoever takes pods that serve away leaves as many as it says: only at
    /// an instant at which all containers end there may be fewer than that, and fewer than before; beside old replicas also while
    /// some that were there start again. Who is told to stop is gone at once here, as nobody asks anything, and containers are
    /// started again at once, so that who does not start serves.
    #[test]
    fn a_rollout_keeps_its_bounds(
        seed in 0..1_000_u64,
        way in ways(),
        start in select(vec!["constant = '3s'", "exponential.mean = '5s'", "uniform = { low = '0s', high = '20s' }"]),
        room in select(vec![1, 2, 64, 64]),
        mut crashes in prop::collection::vec(20_000..150_000_u32, 0..6),
    ) {
        let Way { replicas, rollout, strategy, most, least, counts } = way;
        crashes.sort_unstable();
        crashes.dedup();
        let crashes: Vec<String> = crashes.iter().map(|at| format!("'{at}ms'")).collect();
        // Nodes with room for one more than there shall be, for two more, or for all.
        let cpu = replicas + room;
        // Swarm begins with the next release without a look at what is on its way of the one before.
        let at = if counts { "'30s', '70s', '100s'" } else { "'30s'" };
        let mut text = format!(
            "horizon = '300s'\nseed = {seed}\n\
             client.c = {{ service = 's', arrivals.list.at = ['299s'] }}\n\
             service.s = {{ platform = 'c', cpu = 1, replicas = {replicas}, demand.constant = '0s', pod.start.{start} }}\n\
             platform.c = {{ kind = 'orchestrator', rollout.{rollout}, nodes = [{{ cpu = {cpu}, memory = '64GiB' }}] }}\n\
             release.r = {{ service = 's', at = [{at}], {strategy} }}\n",
        );
        if !crashes.is_empty() {
            text += &format!("fault.f = {{ platform = 'c', kind = 'container-crash', at = [{}] }}\n", crashes.join(", "));
        }
        let mut loaded = load_text("t.toml", &text, std::path::Path::new("."), "t", &[])
            .unwrap_or_else(|error| panic!("{}\n{text}", error.render(false)));
        loaded.specification.output.levels = true;
        let mut levels = Levels::default();
        run(&loaded.specification, loaded.seed, Some(&mut levels), None);
        let is_crash = |at: f64| crashes.contains(&format!("'{}ms'", (at * 1e3).round()));
        let is_beside = strategy != ROLLING;
        let mut before = 0;
        for &(at, all, starting) in &levels.0 {
            let serve = all - starting;
            prop_assert!(all <= most, "{all} pods at {at}, above {most}\n{text}");
            let crashed = !crashes.is_empty() && (!counts || is_beside && starting > 0);
            let fewer = serve < before && !is_crash(at) && !crashed;
            prop_assert!(!fewer || serve >= least, "{before} served before {at} and {serve} after it, of {least}\n{text}");
            before = serve;
        }
    }

    /// All nodes are full of replicas of two services, one with a budget, when jobs of higher priority come: no more of them than
    /// replicas may go by the budget and the other service together. So there is always somebody who may go, and the budget
    /// is kept at every instant.
    #[test]
    fn preemption_keeps_a_budget_that_it_can_keep(
        seed in 0..1_000_u64,
        cpu in 1..4_u64,
        (nodes, kept, budget) in (1..5_u64).prop_flat_map(|nodes| (Just(nodes), 1..nodes + 1))
            .prop_flat_map(|(nodes, kept)| (Just(nodes), Just(kept), 0..kept + 1)),
        arrivals in prop::collection::vec((10..100_u32, 1..60_u32), 0..12),
    ) {
        let (kept, others) = (kept, nodes * cpu - kept);
        let jobs = arrivals.iter().take((others + kept - budget) as usize);
        let mut rows: Vec<(f64, &str, f64)> =
            jobs.map(|&(at, lasts)| (f64::from(at), "job", f64::from(lasts))).collect();
        rows.push((399.0, "free", 0.1));
        rows.sort_by(|a, b| a.0.total_cmp(&b.0));
        let loaded = load(
            &rows,
            &format!(
                "horizon = '400s'\nseed = {seed}\n\
                 service.s = {{ platform = 'c', cpu = 1, replicas = {kept}, pod.min_available = {budget} }}\n\
                 service.t = {{ platform = 'c', cpu = 1, replicas = {others} }}\n\
                 service.job = {{ platform = 'c', cpu = 1, priority = 1 }}\n\
                 service.free = {{ platform = 'c' }}\n\
                 platform.c = {{ kind = 'orchestrator', nodes = [{{ count = {nodes}, cpu = {cpu}, memory = '16GiB' }}] }}\n"
            ),
        );
        let (told, _) = told(&loaded);
        let pods = told.pods_of("s");
        let running = |at: f64| pods.iter().filter(|pod| pod.1 <= at && pod.2 > at).count() as u64;
        prop_assert_eq!(running(1.0), kept);
        for &(_, _, to) in pods.iter().filter(|pod| pod.2 < 400.0) {
            prop_assert!(running(to) >= budget, "{} of {budget} run at {to}: {pods:?}", running(to));
        }
    }
}
