//! Disruption budgets: how many pods go on running, as a number or a part of those that there shall be.

use super::{load, told};

/// Seven replicas that go first, three jobs that go next, and five jobs of high priority that need the room of five of them on
/// ten nodes: as many replicas go as the budget allows, and of the others the rest, which
/// evict nobody in turn.
fn kept(budget: &str) -> usize {
    let mut jobs: Vec<(f64, &str, f64)> = vec![(1.0, "free", 200.0); 3];
    jobs.extend([(10.0, "high", 100.0); 5]);
    let scenario = format!(
        "horizon = '60s'\n\
         platform.c = {{ kind = 'orchestrator', nodes = [{{ count = 10, cpu = 1, memory = '4GiB' }}] }}\n\
         service.kept = {{ platform = 'c', cpu = 1, priority = -1, replicas = 7, demand.constant = '1ms', pod = {{ {budget} }} }}\n\
         service.free = {{ platform = 'c', cpu = 1, pod.never_preempts = true }}\n\
         service.high = {{ platform = 'c', cpu = 1, priority = 5 }}\n"
    );
    let (told, _) = told(&load(&jobs, &scenario));
    assert_eq!(told.pods_of("high").len(), 5, "{budget}");
    told.pods_of("kept").iter().filter(|pod| pod.2 == 60.0).count()
}

/// Of seven, half are 3.5 and 43 % 3.01, rounded up to four; 30 % may be missing, 2.1, rounded up to three, so that four stay;
/// 28 % are 1.96, two, so that five stay.
#[test]
fn percentages_are_rounded_up() {
    assert_eq!(kept(""), 2);
    for (budget, expected) in [
        ("min_available = 4", 4),
        ("min_available = '50%'", 4),
        ("min_available = '43%'", 4),
        ("min_available = '42%'", 3),
        ("max_unavailable = 4", 3),
        ("max_unavailable = '30%'", 4),
        ("max_unavailable = '28%'", 5),
    ] {
        assert_eq!(kept(budget), expected, "{budget}");
    }
}
