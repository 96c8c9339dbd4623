//! The HEALTHCHECK of Docker, which is readiness and liveness in one.

use super::{load, metric, told};
use cloudsched::model::Outcome;

/// Seconds, in their middle, at which requests to a replica with this check are answered by a kind of platform, and the restarts.
fn answered(kind: &str, check: &str, fault: &str) -> (Vec<u32>, f64) {
    let scenario = format!(
        "platform.c = {{ kind = '{kind}', endpoint_delay = '0s', nodes = [{{ cpu = 1, memory = '4GiB' }}] }}\n\
         service.s = {{ platform = 'c', replicas = 1, pod.{check} }}\n{fault}"
    );
    let jobs: Vec<_> = (0..400).map(|at| (f64::from(at) + 0.5, "s", 0.0)).collect();
    let (told, outcome) = told(&load(&jobs, &scenario));
    let answered = told.jobs.iter().filter(|job| job.2 == Outcome::Completed);
    (answered.map(|job| job.1 as u32).collect(), metric(&outcome, "restarts"))
}

/// The first look is a period after the start, whichever of the two is written.
#[test]
fn the_first_look_is_a_period_after_the_start() {
    for kind in ["docker-swarm", "docker"] {
        for period in [1, 5, 60] {
            let check = format!("readiness.period = '{period}s'");
            assert_eq!(answered(kind, &check, "").0, (period..400).collect::<Vec<_>>(), "{kind}");
        }
    }
    let of_liveness = answered("docker-swarm", "liveness.period = '5s'", "").0;
    assert_eq!(of_liveness, (5..400).collect::<Vec<_>>());
}

/// A task that hangs at 100 s fails the looks of 120, 180 and 240, which wait for 30 s each: at 270 it is told to stop, which it
/// does not hear, at 280 it is killed. Another starts 5 s later, and is found healthy 30 s after that.
#[test]
fn swarm_replaces_what_is_found_not_to_be_ready() {
    let fault = "fault.f = { platform = 'c', kind = 'hang', at = ['100s'] }\n";
    for check in ["readiness = {}", "liveness = {}"] {
        let (answered, restarts) = answered("docker-swarm", check, fault);
        let expected: Vec<u32> = (30..100).chain(315..400).collect();
        assert_eq!((answered, restarts), (expected, 1.0), "{check}");
    }
}
