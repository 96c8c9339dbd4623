//! Rollouts: how many pods of which version are there when, and what becomes of requests meanwhile.

use cloudsched::kernel::Seed;
use cloudsched::kernel::stream::below;
use cloudsched::model::Outcome;
use cloudsched::scenario::load_text;

use super::{Told, load, metric, told};

/// A cluster with room for all, on which four replicas of `s` take 10 s to start; at 100 s comes a version of it.
pub(super) fn cluster(kind: &str, more: &str) -> String {
    format!(
        "horizon = '300s'
        platform.c = {{ kind = '{kind}', nodes = [{{ cpu = 64, memory = '64GiB' }}], endpoint_delay = '0s', {more} }}
        service.s = {{ platform = 'c', cpu = 1, replicas = 4, pod.start.constant = '10s' }}
        [release.v2]
        service = 's'
        at = '100s'
        "
    )
}

/// When pods of a version came and went.
pub(super) fn lives(told: &Told, service: &str) -> (Vec<f64>, Vec<f64>) {
    let pods = told.pods_of(service);
    let sorted = |mut times: Vec<f64>| {
        times.sort_by(f64::total_cmp);
        times
    };
    (
        sorted(pods.iter().map(|pod| pod.1).collect()),
        sorted(pods.iter().map(|pod| pod.2).filter(|end| *end < 300.0).collect()),
    )
}

/// When pods of the old version went and those of the new one came, where nobody asks anything.
fn times(kind: &str, more: &str, version: &str) -> (Vec<f64>, Vec<f64>) {
    let scenario = format!("{}{version}\n", cluster(kind, more));
    let (told, _) = told(&load(&[(299.0, "s", 0.0)], &scenario));
    (lives(&told, "s").1, lives(&told, "s@v2").0)
}

/// One more may be there and none missing: each new pod takes 10 s, and then an old one goes and the next comes.
/// With a quarter of both, one more comes and one old goes, so that a second comes; 10 s later both serve, five in all, so
/// that two go and two come; the last goes when these serve.
#[test]
fn kubernetes_rolls_by_surge_and_missing() {
    let one = "rollout.rolling-update = { max_surge = 1, max_unavailable = 0 }";
    let expected = (vec![110.0, 120.0, 130.0, 140.0], vec![100.0, 110.0, 120.0, 130.0]);
    assert_eq!(times("kubernetes", one, ""), expected);
    let expected = (vec![100.0, 110.0, 110.0, 120.0], vec![100.0, 100.0, 110.0, 110.0]);
    assert_eq!(times("kubernetes", "", ""), expected);
    assert_eq!(times("openshift", "", ""), expected);
}

/// A pod that must have been ready for 5 s holds up the next by as much.
#[test]
fn pods_are_available_when_they_have_been_ready_for_long_enough() {
    let one = "rollout.rolling-update = { max_surge = 1, max_unavailable = 0, min_ready = '5s' }";
    let expected = (vec![115.0, 130.0, 145.0, 160.0], vec![100.0, 115.0, 130.0, 145.0]);
    assert_eq!(times("kubernetes", one, ""), expected);
}

/// ECS starts all four beside the old ones, within 200 %, and stops these when the new ones are healthy; with 50 % and
/// 100 % two stop before two start. Swarm goes one by one, the old one first, or the new one. On a Docker host all stop,
/// then all start.
#[test]
fn other_orchestrators_have_ways_of_their_own() {
    assert_eq!(times("ecs", "", ""), (vec![110.0; 4], vec![100.0; 4]));
    let half = "rollout.ecs = { minimum_healthy_percent = 50, maximum_percent = 100 }";
    let expected = (vec![100.0, 100.0, 110.0, 110.0], vec![100.0, 100.0, 110.0, 110.0]);
    assert_eq!(times("ecs", half, ""), expected);
    let steps = vec![100.0, 110.0, 120.0, 130.0];
    assert_eq!(times("docker-swarm", "", ""), (steps.clone(), steps.clone()));
    let start_first = "rollout.swarm = { order = 'start-first', parallelism = 2, delay = '5s' }";
    let expected = (vec![110.0, 110.0, 125.0, 125.0], vec![100.0, 100.0, 115.0, 115.0]);
    assert_eq!(times("docker-swarm", start_first, ""), expected);
    assert_eq!(times("docker", "", ""), (vec![100.0; 4], vec![100.0; 4]));
}

/// The way of a service stands above that of its cluster, and that of a version above both.
#[test]
fn a_service_may_have_a_way_of_its_own() {
    let recreate = (vec![100.0; 4], vec![100.0; 4]);
    assert_eq!(times("kubernetes", "", "version.pod.rollout = 'recreate'"), recreate);
    let own = cluster("kubernetes", "").replace(
        "pod.start.constant = '10s'",
        "pod = { start.constant = '10s', rollout = 'recreate' }",
    );
    let (told, _) = told(&load(&[(299.0, "s", 0.0)], &own));
    assert_eq!((lives(&told, "s").1, lives(&told, "s@v2").0), recreate);
}

/// The new version fails whatever it serves, so that what fails tells who served it. While its first pod starts, until 110 s,
/// it serves nothing; then a quarter of the requests, as one of four endpoints, half from 120 s on, and so on.
#[test]
fn requests_go_to_ready_replicas_of_either_version() {
    let one = "rollout.rolling-update = { max_surge = 1, max_unavailable = 0 }";
    let scenario = format!("{}version.failure = 1\n", cluster("kubernetes", one));
    let jobs: Vec<(f64, &str, f64)> =
        (0..1900).map(|n| (f64::from(10_050 + 100 * n) / 1000.0, "s", 0.0)).collect();
    let (told, outcome) = told(&load(&jobs, &scenario));
    let failed = |from: f64, to: f64| {
        let of: Vec<_> = told.jobs.iter().filter(|job| (from..to).contains(&job.1)).collect();
        let failed = of.iter().filter(|job| job.2 == Outcome::Failed).count();
        failed as f64 / of.len() as f64
    };
    assert_eq!(metric(&outcome, "refused"), 0.0);
    assert_eq!(failed(10.0, 110.0), 0.0);
    for (from, share) in [(110.0, 0.25), (120.0, 0.5), (130.0, 0.75)] {
        let seen = failed(from, from + 10.0);
        assert!((seen - share).abs() < 0.15, "{seen} at {from}");
    }
    assert_eq!(failed(140.0, 200.0), 1.0);
}

/// A version that takes an hour to start never serves: four old pods stay beside one new one, and nothing is lost.
#[test]
fn a_version_that_never_becomes_ready_stops_a_rollout() {
    let one = "rollout.rolling-update = { max_surge = 1, max_unavailable = 0, progress_deadline = '30s' }";
    let scenario = format!("{}version.pod.start.constant = '1h'\n", cluster("kubernetes", one));
    let jobs: Vec<(f64, &str, f64)> =
        (20..290).map(|second| (f64::from(second), "s", 0.1)).collect();
    let (told, _) = told(&load(&jobs, &scenario));
    assert!(told.jobs.iter().all(|job| job.2 == Outcome::Completed));
    assert_eq!(lives(&told, "s").1, [0.0; 0]);
    assert_eq!(lives(&told, "s@v2").0, [100.0]);
}

/// From its first look at 15 s on, the autoscaler wants four for two, in the midst of a rollout that began at 10 s with one more:
/// of five that may be there now, three stand, 2 old and 1 new. 2 × 5 ÷ 3 = 3.33 and 1 × 5 ÷ 3 = 1.67: one more of
/// each. Three must serve from now on. At 20 s the first new one does: 5 - 3 - 1 that does not yet = 1 may go, the old one that
/// does not serve either, and one new comes. At 25 s two old and two new ones serve: one old goes, the last new one comes; at 30 s
/// the last old one goes.
#[test]
fn replicas_that_change_in_the_midst_are_shared_in_proportion() {
    let text = "output.instances = true
        horizon = '300s'
        client.c = { service = 's', arrivals.constant.rate = '1/min' }
        platform.c = { kind = 'kubernetes', nodes = [{ cpu = 64, memory = '64GiB' }], endpoint_delay = '0s' }
        service.s = { platform = 'c', cpu = 1, replicas = 2, pod.start.constant = '10s', demand.constant = '1ms',
                      autoscaling = { min_replicas = 4, max_replicas = 4, cpu_utilisation = 0.5 } }
        release.v2 = { service = 's', at = '10s' }";
    let loaded = load_text("t.toml", text, std::path::Path::new("."), "t", &[])
        .unwrap_or_else(|error| panic!("{}", error.render(false)));
    let (told, _) = told(&loaded);
    assert_eq!(lives(&told, "s").0, [0.0, 0.0, 15.0]);
    assert_eq!(lives(&told, "s").1, [20.0, 25.0, 30.0]);
    assert_eq!(lives(&told, "s@v2"), (vec![10.0, 15.0, 20.0, 25.0], vec![]));
}

/// A node of two fails in the midst of a rollout, and is given up after a second: what it had comes on the other, and the
/// rollout comes to its end.
#[test]
fn a_rollout_goes_on_when_a_node_is_lost() {
    let scenario = cluster(
        "kubernetes",
        "heartbeat = { period = '1s', timeout = '2s' }, eviction_delay = '1s'",
    )
    .replace(
        "nodes = [{",
        "nodes = [{ name = 'a', labels.rack = 'a', cpu = 64, memory = '64GiB' }, { name = 'b',",
    ) + "[fault.f]\nplatform = 'c'\nat = ['105s']\nmatch = 'rack=a'\n";
    let (told, outcome) = told(&load(&[(250.0, "s", 0.0)], &scenario));
    assert_eq!(metric(&outcome, "node_failures"), 1.0);
    assert_eq!(lives(&told, "s").1.len(), lives(&told, "s").0.len(), "no old one is left");
    let left = told.pods_of("s@v2").into_iter().filter(|pod| pod.2 == 300.0);
    assert_eq!(left.map(|pod| pod.0).collect::<Vec<_>>(), [1; 4]);
}

/// A replica every 3 s with requests of 2 s. A pod that is told to stop gets requests for 1 s more, and has 30 s for them:
/// nothing is lost. With half a second of grace it loses those that it serves.
#[test]
fn an_identical_version_loses_what_has_no_time_to_end() {
    let lost = |grace: &str, more: &str| {
        let scenario = cluster("kubernetes", &format!("termination_grace = '{grace}'"))
            .replace("endpoint_delay = '0s'", "endpoint_delay = '1s'")
            + more;
        let jobs: Vec<(f64, &str, f64)> =
            (100..1500).map(|n| (f64::from(n) / 5.0, "s", 2.0)).collect();
        let (told, _) = told(&load(&jobs, &scenario));
        told.jobs.iter().filter(|job| job.2 != Outcome::Completed).count()
    };
    assert_eq!(lost("30s", ""), 0);
    assert!(lost("500ms", "") > 0);
}

/// All pods of the new version are ready at 110, and endpoints 2 s later; so long the old ones, which are told to stop at 110, are. Then
/// the release is over, and nobody is refused: on ECS, which replaces all at once, and where there is one replica.
#[test]
fn who_goes_serves_until_the_others_are_known() {
    for (kind, replicas) in [("ecs", 4), ("kubernetes", 1)] {
        let scenario = cluster(kind, "")
            .replace("endpoint_delay = '0s'", "endpoint_delay = '2s'")
            .replace("replicas = 4", &format!("replicas = {replicas}"));
        let jobs: Vec<(f64, &str, f64)> =
            (200..1500).map(|n| (f64::from(n) / 10.0 + 0.05, "s", 0.0)).collect();
        let (told, outcome) = told(&load(&jobs, &(scenario + "version.failure = 1\n")));
        assert_eq!(metric(&outcome, "refused"), 0.0, "{kind}");
        assert_eq!(metric(&outcome, "lead_time_all_seconds_mean"), 12.0, "{kind}");
        let first = told.jobs.iter().find(|job| job.2 == Outcome::Failed).unwrap();
        assert!((112.0..112.2).contains(&first.1), "{kind}: {}", first.1);
    }
}

/// An image of 100 MB takes 10 s at 10 MB/s. A version that says nothing of an image has that of its service, which the node
/// has: its pods take 10 s to start, as any of the service would. One with an image of its own, be it as large, takes 10 s
/// more for the first.
#[test]
fn a_change_of_configuration_pulls_no_image() {
    let times = |version: &str| {
        let scenario = cluster("docker", "image_bandwidth = '10MB/s'")
            .replace("replicas = 4", "replicas = 4, image = '100MB'");
        let jobs: Vec<(f64, &str, f64)> =
            (100..130).map(|n| (f64::from(n) + 0.5, "s", 0.0)).collect();
        let (told, _) = told(&load(&jobs, &format!("{scenario}{version}\n")));
        told.jobs.iter().filter(|job| job.2 == Outcome::Refused).count()
    };
    assert_eq!(times(""), 10);
    assert_eq!(times("version.image = '100MB'"), 20);
}

/// Requests take 3 s to the cluster. All old pods go at once when the new ones are healthy, at 110 s: what was sent to an old one
/// before and arrives later is served by a new one, and fails as all that these serve.
#[test]
fn what_is_on_its_way_finds_a_version_that_is_there() {
    let text = "output = { requests = true, instances = true }
        client.c = { service = 's', arrivals.constant.rate = '1/s', latency.constant = '3s' }
        "
    .to_owned()
        + &cluster("ecs", "").replace("replicas = 4", "replicas = 4, demand.constant = '1ms'")
        + "version.failure = 1\n";
    let loaded = load_text("t.toml", &text, std::path::Path::new("."), "t", &[])
        .unwrap_or_else(|error| panic!("{}", error.render(false)));
    let (told, outcome) = told(&loaded);
    // In the first ten seconds nobody is there yet.
    assert!(metric(&outcome, "refused") <= 10.0);
    assert!(told.jobs.iter().filter(|job| job.1 > 20.0).all(|job| job.2 != Outcome::Refused));
    assert!(told.jobs.iter().any(|job| job.2 == Outcome::Failed && job.1 < 116.1));
}

/// Pods per time between two bounds, for random numbers of replicas, surges, missing ones and times to start: no fewer can serve
/// than the strategy promises, and no more are there than it allows.
#[test]
fn pods_stay_between_the_bounds_of_their_rollout() {
    let mut stream = Seed::new(7).key("bounds").stream();
    for _ in 0..25 {
        let mut draw = |choices: u64| below(&mut stream, choices);
        let (replicas, surge, unavailable) = (1 + draw(9), draw(4), draw(4));
        let (unavailable, start) = (unavailable.max(u64::from(surge == 0)), 1 + draw(20));
        let rollout = format!(
            "rollout.rolling-update = {{ max_surge = {surge}, max_unavailable = {unavailable} }}"
        );
        let scenario = cluster("kubernetes", &rollout)
            .replace("replicas = 4", &format!("replicas = {replicas}"))
            .replace("'10s'", &format!("'{start}s'"));
        let (told, _) = told(&load(&[(299.0, "s", 0.0)], &scenario));
        let pods = || told.pods_of("s").into_iter().chain(told.pods_of("s@v2"));
        let times: Vec<f64> = pods().flat_map(|pod| [pod.1, pod.1 + start as f64, pod.2]).collect();
        for now in times.into_iter().filter(|time| (100.0..300.0).contains(time)) {
            let there = pods().filter(|pod| pod.1 <= now && now < pod.2);
            let serve = there.clone().filter(|pod| pod.1 + start as f64 <= now).count() as u64;
            let case = format!("{replicas} replicas, {rollout}, {start} s to start, at {now}");
            assert!(serve >= replicas.saturating_sub(unavailable), "{serve} serve: {case}");
            assert!(there.count() as u64 <= replicas + surge, "too many: {case}");
        }
        let left = told.pods_of("s@v2").iter().filter(|pod| pod.2 == 300.0).count() as u64;
        assert_eq!(left, replicas);
    }
}

/// No task of the new version ever starts. ECS's circuit breaker, of four tasks, gives up after three; Swarm goes back after the
/// first. Either ends as it began, with four tasks of the old version, and nothing of the new one serves anybody.
#[test]
fn a_service_that_is_rolled_back_ends_as_it_began() {
    for (kind, rollout) in [
        ("ecs", "rollout.ecs = { circuit_breaker = true }"),
        ("docker-swarm", "rollout.swarm = { failure_action = 'rollback' }"),
    ] {
        let scenario = format!(
            "{}version = {{ failure = 1, pod.start_failure = 1 }}\n",
            cluster(kind, rollout)
        );
        let jobs: Vec<(f64, &str, f64)> =
            (30..290).map(|second| (f64::from(second), "s", 0.1)).collect();
        let (told, _) = told(&load(&jobs, &scenario));
        let left =
            |service: &str| told.pods_of(service).iter().filter(|pod| pod.2 == 300.0).count();
        assert_eq!((left("s"), left("s@v2")), (4, 0), "{kind}");
        assert!(!told.pods_of("s@v2").is_empty(), "{kind}");
        assert!(told.jobs.iter().all(|job| job.2 == Outcome::Completed), "{kind}");
    }
}
