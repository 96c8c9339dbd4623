//! Replicas that hang or crash: when that is found, how they are started again, what it costs.

use super::{load, metric, run_text, told};
use cloudsched::model::Outcome;

/// Requests half past each second, which take no time.
fn each_second(until: u32) -> Vec<(f64, &'static str, f64)> {
    (0..until).map(|at| (f64::from(at) + 0.5, "s", 0.0)).collect()
}

/// At which of these half seconds a request did not complete.
fn failed(seconds: u32, scenario: &str) -> Vec<u32> {
    let (told, _) = told(&load(&each_second(seconds), scenario));
    let failed = told.jobs.iter().filter(|job| job.2 != Outcome::Completed);
    failed.map(|job| job.1 as u32).collect()
}

/// Containers begin at 0 and are looked at at 5, 15, 25 and so on; they hang from 16 on. The looks at 25, 35 and 45 fail,
/// the last at 46: no request goes there any more, after 30 s. Liveness says so, too, and since a container that hangs
/// does not hear that it shall stop, it is killed at 76. It starts at once, and is found ready at the first look, at 81:
/// it serves again 65 s after it failed. What came at 20 fails when it is killed, what came at 50 and 80.9 is refused.
#[test]
fn a_hang_is_found_by_the_looks_that_fail() {
    let check = "{ initial_delay = '5s', period = '10s', timeout = '1s', failures = 3 }";
    let scenario = format!(
        "platform.c = {{ kind = 'kubernetes', endpoint_delay = '0s', nodes = [{{ cpu = 1, memory = '4GiB' }}] }}\n\
         service.s = {{ platform = 'c', replicas = 1, pod = {{ liveness = {check}, readiness = {check} }} }}\n\
         fault.f = {{ platform = 'c', kind = 'hang', service = 's', at = ['16s'] }}\n"
    );
    let jobs = [(20.0, "s", 0.1), (50.0, "s", 0.0), (80.9, "s", 0.0), (81.1, "s", 0.0)];
    let (told, outcome) = told(&load(&jobs, &scenario));
    let seen: Vec<(f64, Outcome)> = told.jobs.iter().map(|job| (job.1, job.2)).collect();
    let expected = [
        (50.0, Outcome::Refused),
        (76.0, Outcome::Failed),
        (80.9, Outcome::Refused),
        (81.1, Outcome::Completed),
    ];
    assert_eq!(seen, expected);
    for (name, value) in
        [("time_to_detect_ms_mean", 30e3), ("time_to_recover_ms_max", 65e3), ("restarts", 1.0)]
    {
        assert!(
            (metric(&outcome, name) - value).abs() < 1e-6,
            "{name}: {}",
            metric(&outcome, name)
        );
    }
}

/// Hangs come at any time between two looks, so that the first look that fails is uniform over the 10 s of a period, and
/// the third is over 21 s later: from 21 to 31 s, 26 on average, with a standard deviation of 10 / sqrt(12) = 2.89 s. Of
/// two million seconds with a hang of a minute each 1,060 there are about 1,887: four standard errors are 0.27 s.
#[test]
fn the_time_to_detect_a_hang_is_uniform_over_a_period() {
    let outcome = run_text(
        "horizon = '2000000s'\nclient.c = { service = 's', arrivals.poisson.rate = '1/h' }\n\
         service.s = { platform = 'c', replicas = 1, demand.constant = '0s', pod.readiness = {} }\n\
         platform.c = { kind = 'kubernetes', endpoint_delay = '0s', nodes = [{ cpu = 1, memory = '4GiB' }] }\n\
         fault.f = { platform = 'c', kind = 'hang', between.exponential.mean = '1000s', lasts.constant = '60s' }\n",
    );
    let (mean, max) =
        (metric(&outcome, "time_to_detect_ms_mean"), metric(&outcome, "time_to_detect_ms_max"));
    assert!((mean - 26e3).abs() < 270.0, "{mean}");
    assert!((30e3..31e3 + 1e-6).contains(&max), "{max}");
}

/// A hang of 15 s is over before the third look: nobody knows of it, and the request of it is served then.
#[test]
fn a_short_hang_is_not_found() {
    let scenario = "platform.c = { kind = 'kubernetes', nodes = [{ cpu = 1, memory = '4GiB' }] }\n\
                    service.s = { platform = 'c', replicas = 1, pod = { liveness = {}, readiness = {} } }\n\
                    fault.f = { platform = 'c', kind = 'hang', at = ['31s'], lasts.constant = '15s' }\n";
    let (told, outcome) = told(&load(&[(30.5, "s", 1.0), (40.0, "s", 1.0)], scenario));
    // Both share the core from 46 on: half a second of work is left of the first, ended after a second, and then half a
    // second of the other.
    assert_eq!(told.ends(), [("s", 47.0), ("s", 47.5)]);
    assert!(metric(&outcome, "time_to_detect_ms_mean").is_nan());
    assert_eq!(metric(&outcome, "restarts"), 0.0);
}

/// A start that fails after a second each time: it is tried again at 1, and then after 10, 20, 40, 80, 160 and 300 s of
/// waiting: at 12, 33, 74, 155, 316, 617 and 918.
#[test]
fn kubernetes_backs_off_from_containers_that_fail() {
    for (horizon, restarts) in [
        (11.5, 1),
        (12.5, 2),
        (154.5, 4),
        (316.5, 6),
        (616.5, 6),
        (617.5, 7),
        (917.5, 7),
        (918.5, 8),
    ] {
        let outcome = run_text(&format!(
            "horizon = '{horizon}s'\nclient.c = {{ service = 's', arrivals.constant.rate = '1/s' }}\n\
             service.s = {{ platform = 'c', replicas = 1, demand.constant = '0s', pod = {{ start_failure = 1.0, start.constant = '1s' }} }}\n\
             platform.c = {{ kind = 'kubernetes', nodes = [{{ cpu = 1, memory = '4GiB' }}] }}\n"
        ));
        assert_eq!(metric(&outcome, "restarts"), f64::from(restarts), "{horizon}");
        assert_eq!(metric(&outcome, "completed"), 0.0);
    }
}

/// An image that can never be pulled is no restart, and nothing serves.
#[test]
fn an_image_that_cannot_be_pulled_never_starts() {
    for kind in ["kubernetes", "docker-swarm", "ecs", "docker"] {
        let scenario = format!(
            "service.s = {{ platform = 'c', replicas = 1, pod.pull_failure = 1.0 }}\n\
             platform.c = {{ kind = '{kind}', nodes = [{{ cpu = 1, memory = '4GiB' }}] }}\n"
        );
        assert_eq!(failed(50, &scenario).len(), 50, "{kind}");
    }
}

const CRASHES: &str =
    "fault.f = { platform = 'c', kind = 'container-crash', at = ['100s', '200s', '1000s'] }\n";

/// Crashes at 100, 200 and 1,000. Kubernetes starts again at once, then after 10 s, then at once, for it has run for 790
/// s. Docker waits for 0.1 s, which no request meets. Swarm starts another task after 5 s each time, ECS one at once.
#[test]
fn each_orchestrator_starts_again_in_its_way() {
    for (kind, gaps) in [
        ("kubernetes", &[(200, 210)][..]),
        ("docker", &[]),
        ("docker-swarm", &[(100, 105), (200, 205), (1000, 1005)]),
        ("ecs", &[]),
    ] {
        let scenario = format!(
            "service.s = {{ platform = 'c', replicas = 1, pod.restart.policy = 'always' }}\n\
             platform.c = {{ kind = '{kind}', endpoint_delay = '0s', nodes = [{{ cpu = 1, memory = '4GiB' }}] }}\n{CRASHES}"
        );
        let expected: Vec<u32> = gaps.iter().flat_map(|&(from, to)| from..to).collect();
        assert_eq!(failed(1100, &scenario), expected, "{kind}");
    }
}

/// Who ends cleanly is started again by `always` only; what is never started again serves no more. That is what Docker
/// does if nothing is said.
#[test]
fn policies_say_who_is_started_again() {
    let seen = |kind: &str, pod: &str, fault: &str| {
        let scenario = format!(
            "service.s = {{ platform = 'c', replicas = 1{pod} }}\n\
             platform.c = {{ kind = '{kind}', endpoint_delay = '0s', nodes = [{{ cpu = 1, memory = '4GiB' }}] }}\n\
             fault.f = {{ platform = 'c', kind = 'container-crash', at = ['100s']{fault} }}\n"
        );
        failed(200, &scenario).len()
    };
    let on_failure = ", pod.restart.policy = 'on-failure'";
    assert_eq!(seen("kubernetes", on_failure, ""), 0);
    assert_eq!(seen("kubernetes", on_failure, ", exit_code = 0"), 100);
    assert_eq!(seen("docker-swarm", on_failure, ", exit_code = 0"), 100);
    assert_eq!(seen("kubernetes", "", ", exit_code = 0"), 0);
    assert_eq!(seen("docker", "", ""), 100);
    assert_eq!(seen("docker-swarm", ", pod.restart.policy = 'never'", ""), 100);
}

/// Liveness looks at 0, 10 and 20 at containers that take a minute to start: they are killed at 20 and start at once, are
/// killed at 40 and start at 50, are killed at 70 and start at 90: by 100 three times. A startup check that is more patient
/// finds them started at 60.
#[test]
fn liveness_kills_what_starts_slowly_unless_a_startup_check_waits_for_it() {
    let scenario = |checks: &str| {
        format!(
            "service.s = {{ platform = 'c', replicas = 1, pod = {{ start.constant = '60s', {checks} }} }}\n\
             platform.c = {{ kind = 'kubernetes', endpoint_delay = '0s', nodes = [{{ cpu = 1, memory = '4GiB' }}] }}\n"
        )
    };
    let (told, outcome) = told(&load(&each_second(100), &scenario("liveness = {}")));
    assert!(told.jobs.iter().all(|job| job.2 == Outcome::Refused));
    assert_eq!(metric(&outcome, "restarts"), 3.0);
    let patient = scenario("liveness = {}, startup = { failures = 30 }");
    assert_eq!(failed(100, &patient), (0..60).collect::<Vec<_>>());
}

/// Containers crash each 1,000 s on average and take 100 s to start, during which they may crash again: they serve when
/// none has crashed for 100 s, with probability exp(-0.1) = 0.9048. Over T = two million seconds the standard error of the
/// share is sqrt(2 / T (1000 (exp(-0.1) - exp(-0.2)) - 100 exp(-0.2))) = 0.0021.
#[test]
fn availability_of_a_replica_that_crashes() {
    let outcome = run_text(
        "horizon = '2000000s'\nwarm_up = '200s'\n\
         client.c = { service = 's', arrivals.poisson.rate = '0.1/s' }\n\
         service.s = { platform = 'c', replicas = 1, demand.constant = '0s', pod.start.constant = '100s' }\n\
         platform.c = { kind = 'orchestrator', nodes = [{ cpu = 1, memory = '4GiB' }] }\n\
         fault.f = { platform = 'c', kind = 'container-crash', between.exponential.mean = '1000s' }\n",
    );
    let (seen, expected) = (metric(&outcome, "availability"), libm::exp(-0.1));
    assert!((seen - expected).abs() < 4.0 * 0.0021, "{seen}, not {expected}");
}

/// Swarm looks at 30, 60 and so on. Of a hang at 100 the look at 120 fails after 30 s, those at 180 and 240, too: at 270 the
/// task gets no more requests, but does not hear that it shall stop, and is killed at 280. Another starts 5 s later.
#[test]
fn swarm_waits_for_the_end_of_a_task_and_then_for_five_seconds() {
    let scenario = "service.s = { platform = 'c', replicas = 1, pod = { liveness = {}, readiness = {} } }\n\
                    platform.c = { kind = 'docker-swarm', endpoint_delay = '0s', nodes = [{ cpu = 1, memory = '4GiB' }] }\n\
                    fault.f = { platform = 'c', kind = 'hang', at = ['100s'] }\n";
    let (told, outcome) = told(&load(&[(110.0, "s", 1.0), (400.0, "s", 1.0)], scenario));
    let seen: Vec<(f64, Outcome)> = told.jobs.iter().map(|job| (job.1, job.2)).collect();
    assert_eq!(seen, [(280.0, Outcome::Failed), (401.0, Outcome::Completed)]);
    assert_eq!(metric(&outcome, "time_to_detect_ms_mean"), 170e3);
    // It starts at 285 and is found ready at its first look, 30 s later.
    assert_eq!(metric(&outcome, "time_to_recover_ms_mean"), 215e3);
    assert!(told.pods_of("s").iter().any(|pod| pod.1 == 280.0), "{:?}", told.pods);
}

/// A target of a load balancer is looked at each 30 s, and two looks of 5 s must fail. Of a hang at 100 those at 120 and
/// 150 do: at 155 the task gets no more requests and another takes its place.
#[test]
fn ecs_replaces_a_target_that_is_not_healthy() {
    let scenario = "service.s = { platform = 'c', replicas = 2, pod.readiness = {} }\n\
                    platform.c = { kind = 'ecs', endpoint_delay = '0s', nodes = [{ cpu = 1, memory = '4GiB' }] }\n\
                    fault.f = { platform = 'c', kind = 'hang', at = ['100s'] }\n";
    let (told, outcome) = told(&load(&each_second(400), scenario));
    assert_eq!(metric(&outcome, "restarts"), 2.0);
    assert_eq!(metric(&outcome, "time_to_detect_ms_mean"), 55e3);
    let pods = told.pods_of("s");
    // The two that hang are killed after a grace of 30 s, unless they have nothing to do.
    assert_eq!(pods.iter().filter(|pod| pod.1 == 155.0).count(), 2, "{pods:?}");
    assert!(pods.iter().any(|pod| pod.2 == 185.0), "{pods:?}");
}

/// The same replicas crash at the same times on every orchestrator that starts them again at once, and under any scheduler.
#[test]
fn the_same_bad_luck_meets_every_scheduler() {
    let restarts = |kind: &str, scheduler: &str| {
        let outcome = run_text(&format!(
            "horizon = '100h'\nclient.c = {{ service = 's', arrivals.poisson.rate = '1/min' }}\n\
             service.s = {{ platform = 'c', cpu = 1, replicas = 4, demand.exponential.mean = '10ms' }}\n\
             platform.c = {{ kind = '{kind}', scheduler = '{scheduler}', nodes = [{{ count = 5, cpu = 4, memory = '8GiB' }}] }}\n\
             fault.f = {{ platform = 'c', kind = 'container-crash', between.exponential.mean = '10h' }}\n"
        ));
        metric(&outcome, "restarts")
    };
    let default = restarts("kubernetes", "kubernetes");
    assert!(default > 20.0, "{default}");
    assert_eq!(default, restarts("kubernetes", "no-scoring"));
    assert_eq!(default, restarts("ecs", "ecs"));
}

/// ECS looks at containers from 30 s on, each 10 s here once the last look is over, and at targets each 30 s. Of a hang at
/// 100 the looks at containers at 100, 115 and 130 fail, the last at 135: another task comes. The looks at the target at 120
/// and 150 fail, too, by 155, when the task is on its way out: it has a request, and until 165 to end it.
#[test]
fn what_two_checks_find_is_replaced_once() {
    let scenario = "service.s = { platform = 'c', replicas = 1, pod = { readiness = {}, liveness = { period = '10s' } } }\n\
                    platform.c = { kind = 'ecs', endpoint_delay = '0s', nodes = [{ cpu = 1, memory = '4GiB' }] }\n\
                    fault.f = { platform = 'c', kind = 'hang', at = ['100s'] }\n";
    let (told, outcome) = told(&load(&[(110.0, "s", 1.0), (300.0, "s", 1.0)], scenario));
    assert_eq!(told.ends(), [("s", 165.0), ("s", 301.0)]);
    assert_eq!(metric(&outcome, "restarts"), 1.0);
    let pods: Vec<_> = told.pods_of("s").into_iter().map(|pod| (pod.1, pod.2)).collect();
    assert_eq!(pods, [(0.0, 165.0), (135.0, 301.0)]);
}

/// An image that cannot be pulled: at 0 another task comes, which tries after 10 s. At 5 it is told to stop with its node, but the
/// load balancer hears of that at 25 only. That its pull would fail at 10 is nobody's business any more: no third task comes.
#[test]
fn a_task_on_its_way_out_is_not_replaced_when_its_pull_fails() {
    let outcome = run_text(
        "horizon = '12s'\nclient.c = { service = 's', arrivals.constant.rate = '1/s' }\n\
         service.s = { platform = 'c', replicas = 1, demand.constant = '0s', pod.pull_failure = 1.0 }\n\
         platform.c = { kind = 'ecs', endpoint_delay = '20s', nodes = [{ cpu = 1, memory = '4GiB' }] }\n\
         fault.f = { platform = 'c', kind = 'spot', at = ['5s'], notice = '30s', lasts.constant = '10s' }\n",
    );
    assert_eq!(metric(&outcome, "restarts"), 1.0);
}

/// Looks at 5, 15 and so on. Of a hang at 16 those at 25, 35 and 45 fail, the last at 46, and no request goes there from 56
/// on, after a delay of 10 s. It answers again at 52, before: it is found ready at the next look, at 55, and gets requests again
/// from 65 on. What came from 16 to 52 is served then.
#[test]
fn who_answers_again_before_its_endpoint_goes_comes_back() {
    let scenario = "platform.c = { kind = 'kubernetes', endpoint_delay = '10s', nodes = [{ cpu = 1, memory = '4GiB' }] }\n\
                    service.s = { platform = 'c', replicas = 1, pod.readiness = { initial_delay = '5s', period = '10s', timeout = '1s', failures = 3 } }\n\
                    fault.f = { platform = 'c', kind = 'hang', at = ['16s'], lasts.constant = '36s' }\n";
    assert_eq!(failed(100, scenario), (0..15).chain(56..65).collect::<Vec<_>>());
}

/// Containers that would fail after 10 s of starting hang from 5 to 25: the five seconds that are left of their start end at 30,
/// when they fail and start again at once, to fail at 40.
#[test]
fn a_start_that_hangs_fails_later() {
    for (horizon, restarts) in [(29.5, 0.0), (30.5, 1.0)] {
        let outcome = run_text(&format!(
            "horizon = '{horizon}s'\nclient.c = {{ service = 's', arrivals.constant.rate = '1/s' }}\n\
             service.s = {{ platform = 'c', replicas = 1, demand.constant = '0s', pod = {{ start_failure = 1.0, start.constant = '10s' }} }}\n\
             platform.c = {{ kind = 'kubernetes', nodes = [{{ cpu = 1, memory = '4GiB' }}] }}\n\
             fault.f = {{ platform = 'c', kind = 'hang', at = ['5s'], lasts.constant = '20s' }}\n"
        ));
        assert_eq!(metric(&outcome, "restarts"), restarts, "{horizon}");
    }
}

/// A task that starts for a day passes no look of its target group. Those at 0 and 30 s after it began fail, and another takes its place; or
/// after the grace, if that is longer.
#[test]
fn ecs_replaces_a_target_that_never_becomes_healthy() {
    let starts = |grace: &str| {
        let scenario = format!(
            "horizon = '200s'\nservice.s = {{ platform = 'c', replicas = 1, pod = {{ start.constant = '24h', readiness.period = '30s'{grace} }} }}\n\
             platform.c = {{ kind = 'ecs', endpoint_delay = '0s', nodes = [{{ cpu = 1, memory = '4GiB' }}] }}\n"
        );
        let (told, _) = told(&load(&[(1.0, "s", 0.0)], &scenario));
        told.pods_of("s").iter().map(|pod| pod.1).collect::<Vec<_>>()
    };
    assert_eq!(starts(""), [0.0, 30.0, 60.0, 90.0, 120.0, 150.0, 180.0]);
    assert_eq!(starts(", restart = { grace = '1m' }"), [0.0, 60.0, 120.0, 180.0]);
    assert_eq!(starts(", readiness.failures = 3").len(), 4);
}
