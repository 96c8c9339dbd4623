//! Nodes that will be taken away: in which order their pods are moved.

use cloudsched::metric::RunOutcome;

use super::{Told, load, metric, told};

/// Two replicas that take 30 s to start, on the first two of these nodes of rack `a` and `b` with room for one each; those of `a` have
/// notice of two minutes at 100 s. A request comes each second.
fn noticed(kind: &str, nodes: &str, more: &str) -> (Told, RunOutcome) {
    let node = |rack: char| format!("{{ cpu = 1, memory = '8GiB', labels.rack = '{rack}' }}");
    let nodes = nodes.chars().map(node).collect::<Vec<_>>().join(", ");
    let scenario = format!(
        "horizon = '1000s'\n\
         platform.c = {{ kind = '{kind}', scheduler = 'first-fit', nodes = [{nodes}] }}\n\
         service.s = {{ platform = 'c', cpu = '600m', replicas = 2, pod = {{ start.constant = '30s'{more} }} }}\n\
         fault.f = {{ platform = 'c', kind = 'spot', match = 'rack=a', at = ['100s'], lasts.constant = '500s' }}\n"
    );
    let jobs: Vec<_> = (40..1000).map(|at| (f64::from(at) + 0.5, "s", 0.0)).collect();
    told(&load(&jobs, &scenario))
}

/// When the two replicas of the start ended, in order.
fn first_two(told: &Told) -> Vec<f64> {
    let pods = told.pods_of("s");
    let mut ends: Vec<f64> = pods.iter().filter(|pod| pod.1 == 0.0).map(|pod| pod.2).collect();
    ends.sort_by(f64::total_cmp);
    ends
}

/// All nodes have their notice at one instant: no pod is moved from one to another. Both stop being asked at 101, the nodes are
/// gone at 220 and back at 720, and the replicas serve at 751.
#[test]
fn no_pod_is_moved_to_a_node_that_will_be_taken_away_too() {
    let (told, outcome) = noticed("kubernetes", "aaaa", "");
    let mut starts: Vec<f64> = told.pods_of("s").iter().map(|pod| pod.1).collect();
    starts.sort_by(f64::total_cmp);
    assert_eq!(starts, [0.0, 0.0, 720.0, 720.0]);
    assert_eq!(metric(&outcome, "pod_evictions"), 2.0);
    assert_eq!(metric(&outcome, "refused"), 650.0);
    assert_eq!(metric(&outcome, "time_to_recover_ms_max"), 650_000.0);
}

/// Without a budget both replicas go at once, and nobody serves for 30 s. With one of at least one replica the second goes when another
/// is ready, 30 s after the notice.
#[test]
fn evictions_keep_the_budget() {
    let (all_told, outcome) = noticed("kubernetes", "aabb", "");
    assert_eq!(first_two(&all_told), [101.0, 101.0]);
    assert_eq!(metric(&outcome, "refused"), 30.0);
    let (one_told, outcome) = noticed("kubernetes", "aabb", ", min_available = 1");
    assert_eq!(first_two(&one_told), [101.0, 131.0]);
    assert_eq!(metric(&outcome, "refused"), 0.0);
    // As many as there are: nobody goes before the node does.
    let (none_told, outcome) = noticed("kubernetes", "aabb", ", min_available = 2");
    assert_eq!(first_two(&none_told), [220.0, 220.0]);
    assert!(metric(&outcome, "refused") > 0.0);
}

/// ECS starts the others first and stops the tasks when these are healthy. Where there is no room they stay until their instances
/// are gone.
#[test]
fn ecs_replaces_tasks_before_they_stop() {
    let (all_told, outcome) = noticed("ecs", "aabb", "");
    assert_eq!(first_two(&all_told), [131.0, 131.0]);
    assert_eq!(metric(&outcome, "refused") + metric(&outcome, "failed"), 0.0);
    let (none_told, _) = noticed("ecs", "aa", "");
    assert_eq!(first_two(&none_told), [220.0, 220.0]);
}

/// Node `a` is down from 95 to 96 s, and its replica starts again until 126 s; at 100 s the node has its notice. A replica that is not
/// ready goes at once if as many others are as the budget keeps, and else stays.
#[test]
fn a_replica_that_is_not_ready_goes_if_enough_others_are() {
    let first_end = |budget: u32| {
        let scenario = format!(
            "horizon = '400s'\n\
             platform.c = {{ kind = 'kubernetes', scheduler = 'first-fit', nodes = [{{ cpu = 1, memory = '8GiB', labels.rack = 'a' }}, \
             {{ count = 2, cpu = 1, memory = '8GiB' }}] }}\n\
             service.s = {{ platform = 'c', cpu = '600m', replicas = 2, pod = {{ start.constant = '30s', min_available = {budget} }} }}\n\
             fault.down = {{ platform = 'c', kind = 'crash', match = 'rack=a', at = ['95s'], lasts.constant = '1s' }}\n\
             fault.spot = {{ platform = 'c', kind = 'spot', match = 'rack=a', at = ['100s'], lasts.constant = '500s' }}\n"
        );
        let (told, _) = told(&load(&[(50.0, "s", 0.0)], &scenario));
        let pods = told.pods_of("s");
        pods.iter().find(|pod| pod.0 == 0).map(|pod| pod.2)
    };
    assert_eq!(first_end(1), Some(101.0));
    // Down with its node at 220, and there until the end, as it was told to stop by nobody.
    assert_ne!(first_end(2), Some(101.0));
}
