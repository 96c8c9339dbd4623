//! What is told of a cluster while a run goes on: decisions and events, how services stand, how nodes stand.

use std::path::Path;

use cloudsched::kernel::Seed;
use cloudsched::metric::{EventRow, InstanceRow, Recorder, RequestRow, SeriesRow, ServiceRow};
use cloudsched::platform::orchestrator::{ClusterLevels, Counts};
use cloudsched::scenario::load_text;
use cloudsched::world::run;

/// When, what, of whom (the pod, the node, the service, as far as it is told), how many replicas, and why.
type Event = (f64, &'static str, String, Option<[u32; 2]>, &'static str);

#[derive(Default)]
struct Along {
    events: Vec<Event>,
    /// When, which service, its levels (wanted, ready, unready, pending, stopping), what happened.
    services: Vec<(f64, String, [u64; 5], Counts)>,
    levels: Vec<(f64, ClusterLevels)>,
}

impl Recorder for Along {
    fn request(&mut self, _: &RequestRow<'_>) {}

    fn sample(&mut self, row: &SeriesRow<'_>) {
        self.levels.extend(row.cluster.map(|levels| (row.time.as_secs_f64(), levels)));
    }

    fn levels(&mut self, _: &SeriesRow<'_>) {}

    fn period(&mut self, _: &InstanceRow<'_>) {}

    fn service(&mut self, row: &ServiceRow<'_>) {
        let of = row.of;
        let levels = [of.wanted, of.ready, of.unready, of.pending, of.stopping];
        self.services.push((row.time.as_secs_f64(), of.service.clone(), levels, of.counts));
    }

    fn event(&mut self, row: &EventRow<'_>) {
        assert_eq!(row.platform, "c");
        let of = row.of;
        let whom: Vec<&str> =
            [&of.pod, &of.node].into_iter().filter_map(|name| name.as_deref()).collect();
        let whom = if whom.is_empty() { of.service.clone() } else { Some(whom.join(" on ")) };
        // What is told of none of them is told of the cluster.
        let whom = whom.unwrap_or_else(|| row.platform.to_owned());
        self.events.push((of.time.as_secs_f64(), of.what.word(), whom, of.replicas, of.why));
    }
}

impl Along {
    /// When what happened to whom.
    fn events(&self) -> Vec<(f64, &str, &str)> {
        self.events.iter().map(|event| (event.0, event.1, event.2.as_str())).collect()
    }

    fn levels_at(&self, time: f64) -> ClusterLevels {
        self.levels.iter().find(|levels| levels.0 == time).unwrap().1
    }

    /// The levels of a service, and what happened to it since the sample before.
    fn service_at(&self, time: f64, service: &str) -> ([u64; 5], Counts) {
        let of = |row: &&(f64, String, [u64; 5], Counts)| row.0 == time && row.1 == service;
        let row = self.services.iter().find(of).unwrap();
        (row.2, row.3)
    }
}

/// What is told of a scenario that samples as `output` says, and its digest.
fn told(output: &str, scenario: &str) -> (Along, String) {
    let text = format!("{output}\n{scenario}");
    let loaded = load_text("t.toml", &text, Path::new("."), "t", &[])
        .unwrap_or_else(|error| panic!("{}", error.render(false)));
    let mut along = Along::default();
    let outcome = run(&loaded.specification, Seed::new(1), Some(&mut along), None);
    (along, outcome.digest.to_string())
}

/// When the autoscaler of the only service has decided on how many replicas, and why.
pub(super) fn scalings(scenario: &str) -> Vec<(f64, u32, &'static str)> {
    let events = told(EVERY, scenario).0.events;
    let scaled = events.iter().filter(|event| event.1 == "scaled");
    scaled.map(|event| (event.0, event.3.unwrap()[1], event.4)).collect()
}

const EVERY: &str = "output.series.every = '10s'";

/// As in `scaling.rs`: 90 % of a core for a target of 50 % are two replicas at 30 s; the load goes at 600 s, and with the
/// first look 300 s after the last that asked for two there is one. The second replica starts for 12 s.
#[test]
fn when_an_autoscaler_has_decided_what() {
    let scenario = "horizon = '1000s'\n\
         client.c = { service = 's', arrivals.stages = [{ duration = '1ms', target = '9/s' }, \
         { duration = '600s', target = '9/s' }, { duration = '1ms', target = '0.1/s' }, { duration = '399s', target = '0.1/s' }] }\n\
         service.s = { platform = 'c', cpu = 1, replicas = 1, demand.constant = '100ms', pod.start.constant = '12s', \
         autoscaling = { max_replicas = 5, cpu_utilisation = 0.5 } }\n\
         platform.c = { kind = 'kubernetes', nodes = [{ cpu = 8, memory = '8GiB' }] }\n";
    let (along, digest) = told(EVERY, scenario);
    let [up, down] = &along.events[..] else { panic!("{:?}", along.events) };
    assert_eq!(
        (up.1, up.2.as_str(), up.3, up.4),
        ("scaled", "s", Some([1, 2]), "cpu above target")
    );
    assert_eq!((down.1, down.3, down.4), ("scaled", Some([2, 1]), "all metrics below target"));
    assert!((30.0..60.0).contains(&up.0) && (900.0..930.0).contains(&down.0), "{:?}", along.events);
    let next = (up.0 / 10.0).floor() * 10.0 + 10.0;
    let wanted = |time: f64| along.service_at(time, "s").0;
    assert_eq!(wanted(20.0), [1, 1, 0, 0, 0]);
    assert_eq!(wanted(next), [2, 1, 1, 0, 0]);
    assert_eq!(wanted(next + 10.0), [2, 2, 0, 0, 0]);
    assert_eq!(wanted(990.0), [1, 1, 0, 0, 0]);
    // Nobody is told where no series is asked for, and what happens is the same.
    let (quiet, same) = told("", scenario);
    assert!(quiet.events.is_empty() && quiet.services.is_empty());
    assert_eq!(digest, same);
}

/// Two replicas on two nodes with room for one each. A node fails from 101 to 401 s, which is known at once here, and is given
/// up a minute later: its replica has to go, and the one that takes its place finds no node until the first is back.
#[test]
fn what_becomes_of_a_node_that_fails() {
    let (along, _) = told(
        EVERY,
        "horizon = '500s'\n\
         client.c = { service = 's', arrivals.constant.rate = '1/s' }\n\
         service.s = { platform = 'c', cpu = 1, replicas = 2, demand.constant = '1ms' }\n\
         platform.c = { kind = 'orchestrator', eviction_delay = '60s', nodes = [\
         { name = 'a', cpu = 1, memory = '8GiB' }, { name = 'b', cpu = 1, memory = '8GiB' }] }\n\
         fault.f = { platform = 'c', match = 'kubernetes.io/hostname=a', at = ['101s'], lasts.constant = '300s' }\n",
    );
    let on_a = along.events.iter().find(|event| event.1 == "pod_evicted").unwrap().2.clone();
    assert!(["s-0 on a", "s-1 on a"].contains(&on_a.as_str()), "{on_a}");
    let expected = [
        (101.0, "node_failed", "a"),
        (101.0, "node_lost", "a"),
        (161.0, "pod_evicted", on_a.as_str()),
        (161.0, "pod_pending", "s-2"),
        (401.0, "node_back", "a"),
    ];
    assert_eq!(along.events(), expected);
    let nodes = |failed, pending| {
        let (nodes, booting, failed) = (Some(2), Some(0), Some(failed));
        ClusterLevels { nodes, booting, failed, pending }
    };
    let seen = [100.0, 110.0, 170.0, 410.0].map(|time| along.levels_at(time));
    assert_eq!(seen, [nodes(0, 0), nodes(1, 0), nodes(1, 1), nodes(0, 0)]);
    let none = Counts::default();
    assert_eq!(along.service_at(100.0, "s"), ([2, 2, 0, 0, 0], none));
    assert_eq!(along.service_at(110.0, "s"), ([2, 1, 1, 0, 0], none));
    let evicted = Counts { evictions: 1, ..none };
    assert_eq!(along.service_at(170.0, "s"), ([2, 1, 0, 1, 0], evicted));
    assert_eq!(along.service_at(180.0, "s"), ([2, 1, 0, 1, 0], none));
    assert_eq!(along.service_at(410.0, "s"), ([2, 2, 0, 0, 0], none));
}

/// Containers crash at 101 and 201 s. Kubernetes starts them again at once, and the second time after 10 s.
#[test]
fn when_containers_end_and_start_again() {
    let (along, _) = told(
        EVERY,
        "horizon = '300s'\n\
         client.c = { service = 's', arrivals.constant.rate = '1/s' }\n\
         service.s = { platform = 'c', cpu = 1, replicas = 1, demand.constant = '1ms' }\n\
         platform.c = { kind = 'kubernetes', nodes = [{ name = 'a', cpu = 1, memory = '8GiB' }] }\n\
         fault.f = { platform = 'c', kind = 'container-crash', service = 's', at = ['101s', '201s'] }\n",
    );
    let expected = [
        (101.0, "container_ended", "s-0 on a"),
        (101.0, "container_restarted", "s-0 on a"),
        (201.0, "container_ended", "s-0 on a"),
        (211.0, "container_restarted", "s-0 on a"),
    ];
    assert_eq!(along.events(), expected);
    assert!(
        along.events.iter().all(|event| (event.4 == "crashed") == (event.1 == "container_ended"))
    );
    let none = Counts::default();
    let at = |time: f64| along.service_at(time, "s").1;
    assert_eq!(at(110.0), Counts { restarts: 1, failures: 1, ..none });
    assert_eq!(at(210.0), Counts { failures: 1, ..none });
    assert_eq!(at(220.0), Counts { restarts: 1, ..none });
    assert_eq!(at(230.0), none);
}

/// A replica finds no node and one is ordered for it, which takes a minute. When a notice comes for that, the replica has to
/// go.
#[test]
fn when_nodes_are_ordered_come_and_are_taken_away() {
    let (along, _) = told(
        EVERY,
        "horizon = '500s'\n\
         client.c = { service = 's', arrivals.constant.rate = '1/s' }\n\
         service.s = { platform = 'c', cpu = 2, replicas = 1, demand.constant = '1ms' }\n\
         platform.c = { kind = 'kubernetes', node_autoscaling = 'cluster-autoscaler', nodes = [\
         { name = 'own', cpu = 1, memory = '8GiB' }, \
         { name = 'rented', min = 0, max = 1, cpu = 4, memory = '8GiB', boot.constant = '1m' }] }\n\
         fault.f = { platform = 'c', kind = 'spot', match = 'kubernetes.io/hostname=rented-0', at = ['301s'], notice = '2m' }\n",
    );
    let [pending, ordered, ready, noticed, evicted, ..] = &along.events()[..] else { panic!() };
    assert_eq!(*pending, (0.0, "pod_pending", "s-0"));
    assert_eq!((ordered.1, ordered.2), ("node_ordered", "rented-0"));
    assert_eq!((ready.0 - ordered.0, ready.1, ready.2), (60.0, "node_ready", "rented-0"));
    assert_eq!(noticed.1, "node_noticed");
    assert_eq!(
        (evicted.0 - noticed.0, evicted.1, evicted.2),
        (0.0, "pod_evicted", "s-0 on rented-0")
    );
    let booting = along.levels_at(30.0);
    assert_eq!((booting.nodes, booting.booting, booting.pending), (Some(1), Some(1), 1));
    let there = along.levels_at(100.0);
    assert_eq!((there.nodes, there.booting, there.pending), (Some(2), Some(0), 0));
}

/// Two of three managers are away, the leader from 100 s on and another one from 200 s, both until 300 s: one is elected 10 to 20 s after
/// the first has gone. It is left alone, and leads no more, so that one is elected when the others are back.
#[test]
fn quorum_and_leaders_are_told() {
    let fault = |node: &str, at: u32, lasts: u32| {
        format!(
            "fault.{node} = {{ platform = 'c', match = 'kubernetes.io/hostname=m-{node}', at = ['{at}s'], lasts.constant = '{lasts}s' }}\n"
        )
    };
    let scenario = format!(
        "horizon = '400s'\nclient.c = {{ service = 's', arrivals.constant.rate = '1/s' }}\n\
         service.s = {{ platform = 'c', replicas = 1, demand.constant = '0s' }}\n\
         platform.c = {{ kind = 'docker-swarm', nodes = [{{ name = 'm', count = 3, managers = 3, cpu = 1, memory = '1GiB' }}] }}\n{}{}",
        fault("0", 100, 200),
        fault("1", 200, 100)
    );
    let events = told(EVERY, &scenario).0.events;
    let managers = ["quorum_lost", "quorum_back", "leader_elected"];
    let of_managers: Vec<&Event> =
        events.iter().filter(|event| managers.contains(&event.1)).collect();
    let words: Vec<&str> = of_managers.iter().map(|event| event.1).collect();
    let times: Vec<f64> = of_managers.iter().map(|event| event.0).collect();
    // Whether the second that goes leads, or the other one, is drawn; either leads no more from 210 s on.
    assert_eq!(words, ["leader_elected", "quorum_lost", "quorum_back", "leader_elected"]);
    assert!((110.0..=120.0).contains(&times[0]) && times[1] == 200.0, "{times:?}");
    assert!(times[2] == 300.0 && (310.0..=320.0).contains(&times[3]), "{times:?}");
    assert!(of_managers[0].2 != "m-0" && of_managers[1].2 == "c", "{of_managers:?}");
}

/// A replica that looks for a node twice at one instant, as one of another service has gone, is told of once.
#[test]
fn a_pod_is_pending_once() {
    let scenario = "horizon = '100s'\nclient.c = { service = 's', arrivals.constant.rate = '1/s' }\n\
        service.s = { platform = 'c', cpu = 1, replicas = 3, demand.constant = '0s', pod.anti_affinity = [{ match = 'app=s' }] }\n\
        platform.c = { kind = 'kubernetes', nodes = [{ count = 2, cpu = 1, memory = '1GiB' }] }\n\
        fault.f = { platform = 'c', kind = 'spot', notice = '20s', at = ['10s', '50s'], lasts.constant = '10s' }\n";
    let events = told(EVERY, scenario).0.events;
    let pending: Vec<(f64, &str)> = events
        .iter()
        .filter(|event| event.1 == "pod_pending")
        .map(|event| (event.0, event.2.as_str()))
        .collect();
    let mut once = pending.clone();
    once.dedup();
    assert!(pending.len() > 2 && pending == once, "{pending:?}");
}

/// A node fails at 100 s and has a notice at 110, at which its replica is evicted, which cannot be told to stop. It is given up at 150 and
/// more; that is the same eviction.
#[test]
fn an_eviction_is_told_once() {
    let (along, _) = told(
        EVERY,
        "horizon = '1000s'\nclient.c = { service = 's', arrivals.constant.rate = '1/s' }\n\
         service.s = { platform = 'c', cpu = '600m', replicas = 2, demand.constant = '1ms' }\n\
         platform.c = { kind = 'kubernetes', nodes = [{ cpu = 1, memory = '4GiB', labels.rack = 'a' }, { count = 2, cpu = 1, memory = '4GiB' }] }\n\
         fault.down = { platform = 'c', kind = 'crash', match = 'rack=a', at = ['100s'], lasts.constant = '800s' }\n\
         fault.spot = { platform = 'c', kind = 'spot', match = 'rack=a', at = ['110s'], lasts.constant = '600s' }\n",
    );
    let evicted = along.events.iter().filter(|event| event.1 == "pod_evicted");
    assert_eq!(evicted.map(|event| (event.0, event.4)).collect::<Vec<_>>(), [(110.0, "notice")]);
}

/// Ten new tasks fail to start; the fifth trips the circuit breaker, and from then on nothing takes their place.
#[test]
fn what_is_not_replaced_is_not_told_to_be() {
    let (along, _) = told(
        EVERY,
        "horizon = '200s'\nclient.c = { service = 's', arrivals.constant.rate = '1/s' }\n\
         service.s = { platform = 'c', cpu = '500m', replicas = 10, demand.constant = '1ms', pod = { start.constant = '5s', rollout.ecs = { circuit_breaker = true } } }\n\
         platform.c = { kind = 'ecs', nodes = [{ cpu = 64, memory = '64GiB' }] }\n\
         release.v2 = { service = 's', at = '100s', version.pod.start_failure = 1.0 }\n",
    );
    let count = |what: &str| along.events.iter().filter(|event| event.1 == what).count();
    assert_eq!([count("container_ended"), count("pod_replaced")], [10, 4]);
}
