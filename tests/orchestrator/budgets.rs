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

/// Three replicas that take 2 min to start, one on each of three nodes of which little is used; two must be ready. The first node goes
/// when all are, and the next one when the pod that has come instead is, 2 min later and not at the next look.
#[test]
fn node_autoscalers_count_pods_that_are_ready() {
    for autoscaler in ["cluster-autoscaler", "karpenter"] {
        let scenario = format!(
            "horizon = '40m'\n\
             service.web = {{ platform = 'c', cpu = '20m', replicas = 3, demand.constant = '1ms', pod = {{ start.constant = '2m', \
             min_available = 2, anti_affinity = [{{ match = 'app=web', topology = 'host', weight = 100 }}] }} }}\n\
             platform.c = {{ kind = 'kubernetes', node_autoscaling = '{autoscaler}', nodes = [{{ count = 3, min = 1, max = 3, cpu = 2, \
             memory = '8GiB', price_hour = 1 }}] }}\n"
        );
        let (told, outcome) = told(&load(&[(1.0, "web", 0.0)], &scenario));
        let mut ends: Vec<f64> = told.pods_of("web").iter().map(|pod| pod.2).collect();
        ends.sort_by(f64::total_cmp);
        assert_eq!(super::metric(&outcome, "node_removals"), 2.0, "{autoscaler}");
        assert!(ends[0] > 120.0 && ends[1] >= ends[0] + 119.0, "{autoscaler}: {ends:?}");
    }
}
