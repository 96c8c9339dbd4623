//! Tasks of Amazon ECS that are deregistered from their load balancer before they are told to stop.

use super::{load, told};
use cloudsched::model::Outcome;

/// How long the old task is there, of a service behind a load balancer or not, whose new version comes at 100 s; and
/// how these requests to it end.
fn old_task(exposure: &str, jobs: &[(f64, &str, f64)]) -> (f64, Vec<(f64, Outcome)>) {
    let scenario = format!(
        "horizon = '1000s'\n\
         platform.c = {{ kind = 'ecs', {exposure}nodes = [{{ cpu = 4, memory = '8GiB' }}] }}\n\
         service.s = {{ platform = 'c', cpu = '500m', replicas = 1 }}\n\
         release.r = {{ service = 's', at = '100s', strategy = 'rolling' }}\n"
    );
    let (told, _) = told(&load(jobs, &scenario));
    let ends = told.jobs.iter().map(|job| (job.1.floor(), job.2)).collect();
    (told.pods_of("s")[0].2, ends)
}

const BEHIND: &str = "exposure.load-balancer = {}, ";

/// The new task is known one second after the release, the old one is deregistered then and told to stop 300 s later, whether it
/// has requests or not. Without a load balancer it stops at once.
#[test]
fn a_task_is_told_to_stop_when_its_target_is_unused() {
    let (until, _) = old_task(BEHIND, &[(10.0, "s", 0.0)]);
    assert!((400.0..402.0).contains(&until), "{until}");
    let (until, _) = old_task("", &[(10.0, "s", 0.0)]);
    assert!((100.0..103.0).contains(&until), "{until}");
    let (until, _) =
        old_task(&format!("{BEHIND}deregistration_delay = '20s', "), &[(10.0, "s", 0.0)]);
    assert!((120.0..122.0).contains(&until), "{until}");
}

/// A request of a minute ends in peace, which had the 30 s of a task that is told to stop. One of 400 s, begun at 95, is lost when
/// these are over, too.
#[test]
fn requests_end_before_the_task_is_told_to_stop() {
    let (until, ends) = old_task(BEHIND, &[(90.0, "s", 60.0), (95.0, "s", 400.0)]);
    assert!((430.0..432.0).contains(&until), "{until}");
    assert_eq!(ends[0], (150.0, Outcome::Completed));
    assert_eq!((ends[1].0, ends[1].1), (until.floor(), Outcome::Failed));
    let (_, ends) = old_task("", &[(90.0, "s", 60.0)]);
    assert!((130.0..133.0).contains(&ends[0].0) && ends[0].1 == Outcome::Failed, "{ends:?}");
}
