//! Releases that send requests by weight: replicas of the new version come beside the old ones, and which are there when.

use cloudsched::kernel::Seed;
use cloudsched::kernel::stream::below;
use cloudsched::metric::RunOutcome;
use cloudsched::model::Outcome;

use super::rollout::{cluster, lives};
use super::{Told, load, metric, told};

const CANARY: &str =
    "strategy.canary.steps = [{ weight = 0.25, hold = '20s' }, { weight = 0.5, hold = '30s' }]";
const BLUE_GREEN: &str = "strategy.blue-green.keep = '50s'";
const KINDS: [&str; 5] = ["kubernetes", "openshift", "ecs", "docker-swarm", "docker"];

/// What is told of a run in which somebody asks once a second from 20.5 s on, and how it ends.
fn asked(scenario: &str) -> (Told, RunOutcome) {
    let jobs: Vec<_> = (20..299).map(|second| (f64::from(second) + 0.5, "s", 0.1)).collect();
    told(&load(&jobs, scenario))
}

/// When pods of the old version went and those of the new one came, with four replicas that start in 10 s and a release at
/// 100 s.
fn times(kind: &str, release: &str) -> (Vec<f64>, Vec<f64>) {
    let (told, _) = asked(&(cluster(kind, "") + release));
    assert_eq!(lives(&told, "s@v2").1, [0.0; 0], "{kind}: no new pod goes");
    (lives(&told, "s").1, lives(&told, "s@v2").0)
}

/// A quarter of four is one replica, up at 110; 20 s later the second comes for a half, up at 140; 30 s later the others,
/// up at 180, when the old ones go. By quarters each 20 s: 110, 140, 170, 200. All at once: up at 110, and the old ones are
/// kept for 50 s. Whatever orchestrator it is.
#[test]
fn replicas_come_before_each_step() {
    for kind in KINDS {
        let canary = (vec![180.0; 4], vec![100.0, 130.0, 170.0, 170.0]);
        assert_eq!(times(kind, CANARY), canary, "{kind}");
        let linear = "strategy.linear = { weight = 0.25, every = '20s' }";
        let expected = (vec![200.0; 4], vec![100.0, 130.0, 160.0, 190.0]);
        assert_eq!(times(kind, linear), expected, "{kind}");
        assert_eq!(times(kind, BLUE_GREEN), (vec![160.0; 4], vec![100.0; 4]), "{kind}");
    }
}

/// Copies want replicas, too: of half of them for 20 s.
#[test]
fn replicas_come_for_copies() {
    let shadow = "strategy.shadow = { copies = 0.5, hold = '20s' }";
    let expected = (vec![140.0; 4], vec![100.0, 100.0, 130.0, 130.0]);
    assert_eq!(times("kubernetes", shadow), expected);
}

/// The new replicas start in 10 s, but all requests go to them from 100 s on: the ten in between are refused. With a gate
/// the old ones stay for as long as it bakes, though nothing is sent to them.
#[test]
fn all_at_once_does_not_wait_for_replicas() {
    for (gate, gone) in [("", 100.0), ("gate.bake = '1m'", 160.0)] {
        let (told, outcome) =
            asked(&format!("{}strategy = 'all-at-once'\n{gate}", cluster("kubernetes", "")));
        assert_eq!(lives(&told, "s"), (vec![0.0; 4], vec![gone; 4]));
        assert_eq!(lives(&told, "s@v2"), (vec![100.0; 4], vec![]));
        let refused: Vec<_> =
            told.jobs.iter().filter(|job| job.2 == Outcome::Refused).map(|job| job.1).collect();
        assert_eq!(refused, (100..110).map(|second| f64::from(second) + 0.5).collect::<Vec<_>>());
        assert_eq!(metric(&outcome, "releases_completed"), 1.0);
    }
}

/// Somebody approves within a minute that all requests go to the new version: of blue and green when both are there, at 110; of a canary
/// after its steps, at 170, and then the other replicas come.
#[test]
fn approval_is_asked_for_before_all_requests_go_over() {
    let approval = "\ngate.approval.constant = '1m'";
    let expected = (vec![220.0; 4], vec![100.0; 4]);
    assert_eq!(times("kubernetes", &(BLUE_GREEN.to_owned() + approval)), expected);
    let expected = (vec![240.0; 4], vec![100.0, 130.0, 230.0, 230.0]);
    assert_eq!(times("kubernetes", &(CANARY.to_owned() + approval)), expected);
}

/// Three tenths of ten are three, not four, whatever 0.1 + 0.2 is in binary.
#[test]
fn a_share_is_rounded_up_but_not_by_rounding_errors() {
    let linear = "strategy.linear = { weight = 0.1, every = '20s' }";
    let scenario = cluster("kubernetes", "").replace("replicas = 4", "replicas = 10") + linear;
    let came = lives(&asked(&scenario).0, "s@v2").0;
    assert_eq!(came, [100.0, 130.0, 160.0, 190.0, 220.0, 250.0, 280.0]);
}

/// A version has as many replicas as it says itself: a quarter of six is two, a half three.
#[test]
fn a_version_may_have_another_number_of_replicas() {
    let six = format!("{CANARY}\nversion.replicas = 6");
    let expected = (vec![180.0; 4], vec![100.0, 100.0, 130.0, 170.0, 170.0, 170.0]);
    assert_eq!(times("kubernetes", &six), expected);
}

/// A replica counts when it has been ready for 5 s, and requests go to it: that is 2 s after it was found ready, which it is
/// waited for in any case.
#[test]
fn replicas_are_there_when_requests_go_to_them() {
    for (more, up) in [
        ("rollout.rolling-update.min_ready = '5s'", 115.0),
        ("rollout.rolling-update.min_ready = '1s'", 112.0),
    ] {
        let scenario = cluster("kubernetes", more)
            .replace("endpoint_delay = '0s'", "endpoint_delay = '2s'")
            + "strategy.blue-green.keep = '0s'";
        let (told, outcome) = asked(&scenario);
        // They go on for the 2 s in which requests may still come.
        assert_eq!(lives(&told, "s").1, [up + 2.0; 4]);
        assert_eq!(metric(&outcome, "refused"), 0.0, "{more}");
    }
}

/// A version that fails always is taken back at a look of its gate while it has a quarter, or all but the old one is kept: the new
/// replicas go, the old ones have stayed, and serve all.
#[test]
fn what_is_taken_back_ends_as_it_began() {
    for strategy in [CANARY, BLUE_GREEN, "strategy.linear = { weight = 0.25, every = '20s' }"] {
        for kind in KINDS {
            let bad =
                "version.failure = 1\ngate = { every = '1s', least_requests = 5, bake = '10s' }";
            let (told, outcome) = asked(&format!("{}{strategy}\n{bad}", cluster(kind, "")));
            assert_eq!(metric(&outcome, "releases_rolled_back"), 1.0, "{kind}: {strategy}");
            assert_eq!(lives(&told, "s"), (vec![0.0; 4], vec![]), "{kind}: {strategy}");
            let (came, gone) = lives(&told, "s@v2");
            assert_eq!(came.len(), gone.len(), "{kind}: {strategy}");
            let last = gone.last().unwrap();
            let failed = told.jobs.iter().filter(|job| job.2 != Outcome::Completed);
            assert!(
                failed.clone().count() > 4 && failed.clone().all(|job| job.1 < last + 1.0),
                "{kind}"
            );
        }
    }
}

/// There is room for two beside the four old ones, which are up at 110: 30 s later that counts as stalled. With a gate they go, without
/// one they stay, and no request has gone to them.
#[test]
fn without_room_a_release_stalls() {
    let deadline = "rollout.rolling-update.progress_deadline = '30s'";
    for (gate, gone) in [("gate.bake = '1m'", vec![140.0; 2]), ("", vec![])] {
        let scenario = cluster("kubernetes", deadline).replace("cpu = 64", "cpu = 6");
        let (told, outcome) = asked(&format!("{scenario}{BLUE_GREEN}\n{gate}"));
        assert_eq!(lives(&told, "s"), (vec![0.0; 4], vec![]));
        assert_eq!(lives(&told, "s@v2"), (vec![100.0; 2], gone.clone()));
        assert_eq!(metric(&outcome, "releases_rolled_back"), f64::from(u8::from(!gone.is_empty())));
        assert_eq!(metric(&outcome, "new_version_attempts"), 0.0);
        assert_eq!(metric(&outcome, "refused"), 0.0);
    }
}

/// Two find room only at 150, when two of another service's pods have gone: it had stalled at 140, and goes on. Those are up at 160, and
/// the old ones kept for 50 s.
#[test]
fn a_stalled_release_goes_on_when_its_replicas_come() {
    let deadline = "rollout.rolling-update.progress_deadline = '30s'";
    let scenario = cluster("kubernetes", deadline).replace("cpu = 64", "cpu = 8")
        + BLUE_GREEN
        + "\n[service.job]\nplatform = 'c'\ncpu = 2\n";
    let jobs = [(90.0, "job", 60.0), (299.0, "s", 0.0)];
    let (told, outcome) = told(&load(&jobs, &scenario));
    assert_eq!(lives(&told, "s@v2").0, [100.0, 100.0, 150.0, 150.0]);
    assert_eq!(lives(&told, "s").1, [210.0; 4]);
    assert_eq!(metric(&outcome, "releases_completed"), 1.0);
}

/// No replica of it ever starts: after 30 s it is taken back. ECS waits an hour for that, so it is still there at 300 s.
#[test]
fn a_version_that_never_starts_gets_no_requests() {
    let deadline = "rollout.rolling-update.progress_deadline = '30s'";
    for (kind, more, back) in [("kubernetes", deadline, 1.0), ("ecs", "", 0.0)] {
        let bad = "version.pod.start_failure = 1\ngate.bake = '1m'";
        let (told, outcome) = asked(&format!("{}{CANARY}\n{bad}", cluster(kind, more)));
        assert_eq!(metric(&outcome, "releases_rolled_back"), back, "{kind}");
        assert_eq!(metric(&outcome, "new_version_attempts"), 0.0, "{kind}");
        assert_eq!(lives(&told, "s"), (vec![0.0; 4], vec![]), "{kind}");
        if back == 1.0 {
            assert_eq!(lives(&told, "s@v2").1, [130.0], "{kind}");
        }
    }
}

/// A node with two of the new replicas fails at 105 and is back at 125: these start anew, and are up at 135. All hang from 105 to
/// 125, and go on to start: up at 130.
#[test]
fn replicas_that_fail_on_the_way_are_waited_for() {
    let two = |kind: &str| {
        let spread = "scheduler.ecs = { strategies = [{ spread = 'instanceId' }] }";
        cluster(kind, spread).replace(
            "nodes = [{",
            "nodes = [{ name = 'a', labels.rack = 'a', cpu = 64, memory = '64GiB' }, { name = 'b',",
        ) + BLUE_GREEN
    };
    let crash =
        "\n[fault.f]\nplatform = 'c'\nat = ['105s']\nlasts.constant = '20s'\nmatch = 'rack=a'\n";
    let told = asked(&(two("ecs") + crash)).0;
    let kept: Vec<_> = told.pods_of("s@v2").into_iter().filter(|pod| pod.2 == 300.0).collect();
    assert_eq!(kept.len(), 4, "{:?}", told.pods);
    assert_eq!(lives(&told, "s").1.last(), Some(&185.0));
    let hang =
        "\n[fault.f]\nplatform = 'c'\nkind = 'hang'\nat = ['105s']\nlasts.constant = '20s'\n";
    let told = asked(&(cluster("kubernetes", "") + BLUE_GREEN + hang)).0;
    assert_eq!(lives(&told, "s").1, [180.0; 4]);
}

/// Tasks with machines of their own boot for 5 s more.
#[test]
fn serverless_clusters_bring_up_beside() {
    let boots = cluster("ecs-fargate", "serverless.boot.constant = '5s'")
        .replace("nodes = [{ cpu = 64, memory = '64GiB' }], ", "")
        .replace("cpu = 1,", "cpu = 1, memory = '2GiB',");
    let (told, _) = asked(&(boots + CANARY));
    assert_eq!(lives(&told, "s@v2").0, [100.0, 135.0, 180.0, 180.0]);
    assert_eq!(lives(&told, "s").1, [195.0; 4]);
}

/// Whatever follows each other, releases by any strategy, good, failing or never starting ones: in the end as many replicas are there as
/// there shall be, all of the last good version, and nobody was refused but in the gap of an `all-at-once`.
#[test]
fn no_replica_is_lost_whatever_follows() {
    let strategies = [
        "strategy = 'rolling'",
        "strategy = 'all-at-once'",
        "strategy.blue-green.keep = '15s'",
        CANARY,
        "strategy.linear = { weight = 0.4, every = '7s' }",
        "strategy.shadow = { copies = 0.3, hold = '9s' }",
    ];
    let versions = [
        "version.pod.start.constant = '3s'",
        "version.replicas = 5",
        "version.failure = 1",
        "version.pod.start_failure = 1",
    ];
    let mut stream = Seed::new(11).key("beside").stream();
    for _ in 0..40 {
        let mut draw = |choices: usize| below(&mut stream, choices as u64) as usize;
        let kind = KINDS[draw(KINDS.len())];
        let deadline = "rollout.rolling-update.progress_deadline = '30s'";
        let mut scenario = cluster(kind, deadline).split("[release.v2]").next().unwrap().to_owned();
        scenario = scenario.replace("horizon = '300s'", "horizon = '1500s'");
        let (mut last, mut gap) = (("s".to_owned(), 4), false);
        for number in 0..4 {
            let (strategy, version, at) =
                (draw(strategies.len()), draw(versions.len()), 100 + draw(99));
            let (name, at) = (format!("v{number}"), at + 100 * number);
            let gate = "gate = { every = '1s', least_requests = 5, bake = '45s' }";
            scenario += &format!(
                "[release.{name}]\nservice = 's'\nat = '{at}s'\n{}\n{}\n{gate}\n",
                strategies[strategy], versions[version]
            );
            if version < 2 {
                last = (format!("s@{name}"), 4 + version);
            }
            gap |= strategy == 1;
        }
        let jobs: Vec<_> = (20..1490).map(|second| (f64::from(second) + 0.5, "s", 0.1)).collect();
        let (told, _) = told(&load(&jobs, &scenario));
        let left: Vec<_> =
            told.pods.iter().filter(|pod| pod.3 == 1500.0).map(|pod| &pod.0).collect();
        assert_eq!(left, vec![&last.0; last.1], "{scenario}");
        let refused = told.jobs.iter().any(|job| job.2 == Outcome::Refused);
        assert!(gap || !refused, "{scenario}");
    }
}

/// A release without a gate that has stalled gives way to the next: its replicas go whether they have ever started or not. The next is
/// good, and all there is, or fails always, and the old version is all there is.
#[test]
fn what_has_stalled_gives_way() {
    let never =
        "version.pod = { start_failure = 1, rollout.rolling-update.progress_deadline = '30s' }";
    // Two replicas are ready at 110, and count only 150 s later; so do the old ones, when it goes back.
    let late = "version.pod.rollout.rolling-update = { max_surge = 2, max_unavailable = 0, min_ready = '150s', \
                progress_deadline = '30s' }";
    let linear = "strategy.linear = { weight = 0.25, every = '20s' }";
    for first in ["", CANARY, BLUE_GREEN, linear] {
        for (version, second) in [never, late].into_iter().flat_map(|version| {
            ["strategy = 'all-at-once'", CANARY, BLUE_GREEN, linear].map(|second| (version, second))
        }) {
            for (more, left) in [
                ("", "s@v3"),
                (
                    "version.failure = 1\ngate = { every = '1s', least_requests = 5, bake = '45s' }",
                    "s",
                ),
            ] {
                let scenario = cluster("kubernetes", "")
                    + &format!(
                        "{version}\n{first}\n[release.v3]\nservice = 's'\nat = '110s'\n{second}\n{more}"
                    );
                let (told, outcome) = asked(&scenario);
                let there = told.pods.iter().filter(|pod| pod.3 == 300.0).map(|pod| pod.0.as_str());
                let case = format!("{first}, {version}, then {second}, {more}");
                assert_eq!(there.collect::<Vec<_>>(), [left; 4], "{case}");
                let taken_back = outcome.all_releases().unwrap().rolled_back;
                // A rollout that goes back on the way to another version is told, too, if it comes to that.
                assert!(
                    taken_back >= u64::from(left == "s") + u64::from(!first.is_empty()),
                    "{case}"
                );
            }
        }
    }
}
