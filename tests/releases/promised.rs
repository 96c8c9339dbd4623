//! What strategies promise, of random scenarios: how many servers serve at least, that nobody is served by a version that is not
//! ready, and that a service whose version was taken back ends as it began.

use std::collections::BTreeMap;

use cloudsched::metric::{
    InstanceRow, Milestone, Recorder, ReleaseRow, RequestRow, RunOutcome, SeriesRow, VersionRow,
};
use cloudsched::model::Outcome::{self, Completed, Failed};
use cloudsched::scenario::load_text;
use cloudsched::world::run;
use proptest::prelude::*;
use proptest::sample::select;

use super::metric;

/// What is told of a run.
#[derive(Default)]
pub(super) struct Told {
    /// When requests were sent, when they ended, and how.
    pub(super) requests: Vec<(f64, f64, Outcome)>,
    /// Instances: application, start, and end of the last period.
    pub(super) instances: BTreeMap<u64, (String, f64, f64)>,
    /// How far releases had come: which, and when.
    pub(super) releases: Vec<(String, f64, Milestone)>,
    /// When a release had been taken back in full.
    pub(super) restored: Option<f64>,
    /// Machines of the platform after the last event.
    machines: u64,
}

impl Recorder for Told {
    fn request(&mut self, row: &RequestRow<'_>) {
        let end = (row.sent + row.response).as_secs_f64();
        self.requests.push((row.sent.as_secs_f64(), end, row.outcome));
    }

    fn sample(&mut self, _: &SeriesRow<'_>) {}

    fn levels(&mut self, row: &SeriesRow<'_>) {
        self.machines = row.instances.unwrap_or(0);
    }

    fn period(&mut self, row: &InstanceRow<'_>) {
        let (from, to) = (row.started.as_secs_f64(), row.to.as_secs_f64());
        self.instances.insert(row.instance, (row.application.to_owned(), from, to));
    }

    fn version(&mut self, _: &VersionRow<'_>) {}

    fn release(&mut self, row: &ReleaseRow<'_>) {
        self.releases.push((row.release.to_owned(), row.time.as_secs_f64(), row.milestone));
        if row.milestone == Milestone::Restored {
            self.restored = Some(row.time.as_secs_f64());
        }
    }
}

pub(super) fn told(text: &str) -> (Told, RunOutcome) {
    let text =
        format!("output = {{ requests = true, instances = true, series.every = '1h' }}\n{text}");
    let mut loaded = load_text("t.toml", &text, std::path::Path::new("."), "t", &[])
        .unwrap_or_else(|error| panic!("{}\n{text}", error.render(false)));
    loaded.specification.output.levels = true;
    let mut told = Told::default();
    let outcome = run(&loaded.specification, loaded.seed, Some(&mut told), None);
    (told, outcome)
}

pub(super) fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        failure_persistence: None,
        rng_seed: proptest::test_runner::RngSeed::Fixed(7),
        ..ProptestConfig::with_cases(cases)
    }
}

/// `'at s'` of half seconds.
fn halves(at: &[u32]) -> String {
    let at: Vec<String> = at.iter().map(|at| format!("'{at}500ms'")).collect();
    at.join(", ")
}

proptest! {
    #![proptest_config(config(100))]

    /// Each second there comes a request for each server that could be there, of which one that serves takes one: so it is seen
    /// how many serve, and with which version, whose requests all fail. All that happens to servers takes whole seconds, and
    /// happens between.
    ///
    /// Unless a server dies, the strategy leaves as many as it says. Nobody is served by more servers than can have been installed,
    /// or have booted. And in the end there are as many as at first, all with the new version, or, where it was taken back, all
    /// with the old one.
    #[test]
    fn as_many_servers_serve_as_a_strategy_promises(
        servers in 1..8_u64,
        (in_place, share, percent, first) in (any::<bool>(), 1..8_u64, any::<bool>(), 0..3_u64),
        (takes, boot) in (1..12_u64, 1..12_u64),
        (gate, replace) in (any::<bool>(), any::<bool>()),
        mut deaths in prop::collection::vec(55..160_u32, 0..4),
        (slot, lasts) in (0..8_u32, 1..20_u32),
    ) {
        deaths.sort_unstable();
        deaths.dedup();
        let percentage = (share * 100 / 7).min(100);
        let at_once = if percent { servers * percentage / 100 } else { share };
        let at_once = at_once.clamp(1, servers);
        let share = if percent { format!("'{percentage}%'") } else { at_once.to_string() };
        let (strategy, least, most, takes) = if in_place {
            let strategy = format!("in-place = {{ at_once = {share}, install.constant = '{takes}s' }}");
            (strategy, servers - at_once, servers, takes)
        } else {
            (format!("immutable = {{ batch = {share}, first = {first} }}"), servers, servers + at_once, boot)
        };
        let mut text = format!(
            "horizon = '400s'
            service.s = {{ platform = 'p', demand.constant = '1ms' }}
            platform.p = {{ kind = 'servers', servers = {servers}, balance = 'least-outstanding', queue.limit = 0, replace = {replace}, boot.constant = '{boot}s' }}
            release.r.service = 's'
            release.r.at = '60500ms'
            release.r.version.failure = 1
            release.r.strategy.{strategy}\n"
        );
        for client in 0..=most {
            text += &format!("client.c{client} = {{ service = 's', arrivals.constant.rate = '1/s' }}\n");
        }
        if gate {
            text += "release.r.gate = { every = '3s', least_requests = 100, bake = '100s' }\n";
        }
        if !deaths.is_empty() {
            let at = halves(&deaths);
            text += &format!("fault.f = {{ platform = 'p', at = [{at}], lasts.constant = '{lasts}s', match = 'slot={slot}' }}\n");
        }
        let (told, outcome) = told(&text);
        let mut seen: BTreeMap<u32, (u64, u64)> = BTreeMap::new();
        for (sent, _, how) in &told.requests {
            let of = seen.entry(*sent as u32).or_default();
            of.0 += u64::from(*how == Completed);
            of.1 += u64::from(*how == Failed);
        }
        let mut before = servers;
        for (&at, &(old, new)) in &seen {
            let dies = at > 0 && deaths.contains(&(at - 1));
            prop_assert!(old + new >= before.min(least) || dies, "{old} and {new} serve at {at}, {before} before\n{text}");
            prop_assert!(old + new <= most);
            if deaths.is_empty() {
                let ready = at_once * (u64::from(at).saturating_sub(61) / takes);
                prop_assert!(new <= ready, "{new} have the version at {at}, {ready} can\n{text}");
            }
            before = old + new;
        }
        let back = metric(&outcome, "releases_rolled_back") == Some(1.0);
        prop_assert_eq!(back, gate);
        let last = if back { (servers, 0) } else { (0, servers) };
        prop_assert_eq!(seen[&399], last, "{}", text);
        prop_assert_eq!(told.machines, servers);
    }
}

const KINDS: [&str; 5] = ["kubernetes", "openshift", "ecs", "docker-swarm", "docker"];
const BESIDE: [&str; 5] = [
    "strategy = 'all-at-once'",
    "strategy.canary.steps = [{ weight = 0.2, hold = '20s' }, { weight = 0.7, hold = '20s' }]",
    "strategy.linear = { weight = 0.3, every = '9s' }",
    "strategy.blue-green.keep = '20s'",
    "strategy.shadow = { copies = 0.5, hold = '30s' }",
];

/// A service that gets ten requests a second until 300 s, on a platform with these keys; at 60 s a version comes all of whose
/// requests fail.
fn bad(seed: u64, (service, platform): &(String, String), fault: &str, release: &str) -> String {
    format!(
        "horizon = '300s'
        seed = {seed}
        client.c = {{ service = 's', arrivals.poisson.rate = '10/s' }}
        service.s = {{ platform = 'p', demand.constant = '10ms', {service} }}
        platform.p = {{ {platform} }}
        {fault}
        [release.v2]
        service = 's'
        at = '60s'
        version.failure = 1
        {release}"
    )
}

/// Keys of so many replicas that start in so long, and of their cluster.
fn cluster(kind: &str, replicas: u32, start: u32) -> (String, String) {
    let service = format!("cpu = 1, replicas = {replicas}, pod.start.constant = '{start}s'");
    (service, format!("kind = '{kind}', nodes = [{{ cpu = 64, memory = '64GiB' }}]"))
}

/// Releases on clusters, which may also be `rolling`.
fn on_clusters() -> impl Strategy<Value = &'static str> {
    select([&BESIDE[..], &["strategy = 'rolling'"]].concat())
}

proptest! {
    #![proptest_config(config(60))]

    /// Each request that fails was served by the new version: when its service began an instance of that had started, on clusters also after all
    /// containers had ended, which start as long again.
    #[test]
    fn nobody_is_served_by_what_is_not_ready(
        seed in 0..1_000_u64,
        kind in select([&KINDS[..], &["faas"]].concat()),
        release in on_clusters(),
        (replicas, start) in (1..7_u32, 0..20_u32),
        crash in prop::option::of(50..200_u32),
    ) {
        let platform = if kind == "faas" {
            (String::new(), format!("kind = 'faas', cold_start.constant = '{start}s'"))
        } else {
            cluster(kind, replicas, start)
        };
        let release = if kind == "faas" { release.replace("rolling", "all-at-once") } else { release.to_owned() };
        let crash = crash.filter(|_| kind != "faas").map(|at| f64::from(at) + 0.5);
        let fault = crash.map_or(String::new(), |at| {
            format!("fault.f = {{ platform = 'p', kind = 'container-crash', at = ['{}ms'] }}", at * 1e3)
        });
        let text = bad(seed, &platform, &fault, &release);
        let (told, _) = told(&text);
        let start = f64::from(start);
        // When its service began, if it was alone; otherwise it began before.
        let begun = |end: f64| end - 0.01 + 1e-6;
        let is_ready = |at: f64| told.instances.values().any(|(application, from, to)| {
            let restarts = crash.is_some_and(|crash| *from <= crash && crash < at && at < crash + start);
            application == "s@v2" && from + start <= at && at <= *to && !restarts
        });
        let failed = told.requests.iter().filter(|(_, end, how)| *how == Failed && crash != Some(*end));
        for (_, end, _) in failed.clone() {
            prop_assert!(is_ready(begun(*end)), "served until {end}\n{text}");
        }
        prop_assert!(failed.count() > 100, "{text}");
    }

    /// Of 3999 attempts from the release on, the new version gets its weight, to five standard deviations: of all cases together one is
    /// beyond that by chance once in 30,000 tries, whatever the seed.
    #[test]
    fn a_share_is_the_weight_wherever_it_is(
        seed in 0..1_000_u64,
        weight in 1..100_u32,
        kind in select([&KINDS[..], &["servers", "faas", "openwhisk", "fn", "group"]].concat()),
    ) {
        let weight = f64::from(weight) / 100.0;
        let (service, platform) = match kind {
            "servers" => (String::new(), "kind = 'servers', servers = 4".to_owned()),
            // A group, for it may scale.
            "group" => (String::new(), "kind = 'servers', servers = 4, autoscaling.target-tracking = { cpu = 0.9, min = 4, max = 5 }".to_owned()),
            "faas" => (String::new(), "kind = 'faas'".to_owned()),
            "openwhisk" => (String::new(), "kind = 'openwhisk', invokers = 4, quota = { concurrency = 1000, requests_per_minute = 100000 }".to_owned()),
            "fn" => (String::new(), "kind = 'fn', hosts = [{ count = 4, cpu = 8, memory = '8GiB' }]".to_owned()),
            _ => {
                let (service, platform) = cluster(kind, 2, 0);
                (service, platform + ", endpoint_delay = '0s'")
            }
        };
        let text = format!(
            "horizon = '110s'
            seed = {seed}
            client.c = {{ service = 's', arrivals.constant.rate = '40/s' }}
            service.s = {{ platform = 'p', demand.constant = '1ms', {service} }}
            platform.p = {{ {platform} }}
            release.v2 = {{ service = 's', at = '10012ms', strategy.canary.steps = [{{ weight = {weight}, hold = '1h' }}] }}\n"
        );
        let (_, outcome) = told(&text);
        let attempts = metric(&outcome, "new_version_attempts").unwrap();
        let deviation = (3999.0 * weight * (1.0 - weight)).sqrt();
        prop_assert!((attempts - 3999.0 * weight).abs() < 5.0 * deviation, "{attempts}\n{text}");
    }

    /// Whatever the strategy and the platform: when a version has been taken back nobody meets it any more, nor is refused, and there is what
    /// there is without the release.
    #[test]
    fn what_was_taken_back_ends_as_it_began(
        seed in 0..1_000_u64,
        kind in select([&KINDS[..], &["servers", "faas", "aws-lambda"]].concat()),
        release in on_clusters(),
        (replicas, start) in (1..7_u32, 0..20_u32),
        (every, bake) in (1..9_u32, 50..90_u32),
    ) {
        let keep = "keep_alive.fixed.window = '5s'";
        let platform = match kind {
            "servers" => (String::new(), format!("kind = 'servers', servers = {replicas}")),
            "faas" => (
                String::new(),
                format!("kind = 'faas', cold_start.constant = '{start}s', keep_alive.least-instances = {{ instances = {replicas}, window = '5s' }}"),
            ),
            "aws-lambda" => (String::new(), format!("kind = 'aws-lambda', provisioned_concurrency = {replicas}, {keep}")),
            _ => cluster(kind, replicas, start),
        };
        let release = if KINDS.contains(&kind) { release.to_owned() } else { release.replace("rolling", "all-at-once") };
        let gate = format!("gate = {{ every = '{every}s', least_requests = 5, bake = '{bake}s' }}");
        let text = bad(seed, &platform, "", &format!("{release}\n{gate}"));
        let (told, without) = (told(&text), told(&text.replace("at = '60s'", "at = '60s'\nenabled = false")));
        prop_assert_eq!(metric(&told.1, "releases_rolled_back"), Some(1.0), "{}", text);
        let restored = told.0.restored.unwrap();
        let after = told.0.requests.iter().filter(|(sent, ..)| *sent > restored);
        prop_assert!(after.clone().count() > 100, "restored at {restored}\n{text}");
        for (sent, _, how) in after {
            // As long as endpoints are to be known.
            let is_known = *how == Failed && *sent < restored + 1.0;
            prop_assert!(*how == Completed || is_known, "{how:?} at {sent}, restored at {restored}\n{text}");
        }
        let left = |told: &Told| -> Vec<String> {
            let left = told.instances.values().filter(|(.., to)| *to == 300.0);
            left.map(|(application, ..)| application.clone()).collect()
        };
        prop_assert_eq!(left(&told.0), left(&without.0), "{}", text);
    }
}
