//! Karpenter, and the managed scaling of Amazon ECS.

use super::metric;
use super::nodes_come_and_go::{bill, run, under};

/// The pods of 12 and 12.5 s are a batch, which is over a second after the second: at 13.5 a node is ordered, which is
/// there at 43.5. Both end at 48.5. At the next look for nodes that may go, 50, it is empty, and still is 15 s later: it
/// goes at 65. 51.5 s at 3.6 USD an hour are 0.0515 USD.
#[test]
fn karpenter_batches_pods_and_an_empty_node_goes() {
    let nodes = "{ max = 5, cpu = 2, memory = '8GiB', boot.constant = '30s', price_hour = 3.6 }";
    let jobs = [(12.0, "job", 5.0), (12.5, "job", 5.0)];
    let (told, outcome) = run(&jobs, &under("karpenter", nodes, ""));
    assert_eq!(told.pods_of("job"), [(0, 43.5, 48.5), (0, 43.5, 48.5)]);
    assert_eq!(bill(&outcome), [("nodes-0 hour".to_owned(), 51_500_000_000)]);
    // One each half second, from 12 s on: the batch lasts 10 s. Those from 12 to 22 are 20 or 21, the last one at the very
    // end, then next to it those until 32.
    let many: Vec<_> = (0..60).map(|n| (12.0 + f64::from(n) / 2.0, "job", 100.0)).collect();
    let nodes = nodes.replace("max = 5", "max = 50");
    let (told, _) = run(&many, &under("karpenter", &nodes, ""));
    let first = told.pods_of("job").iter().map(|pod| pod.1).fold(f64::INFINITY, f64::min);
    assert_eq!(first, 52.0);
}

/// Small nodes have 2 cores and cost 1 USD an hour, large ones 8 and 3. Two pods of a core are on a small one; three on a
/// large one, although two small ones would be cheaper, as a pod goes to a new node that is not full before one more is
/// thought of; nine, which no node holds, on a large and a small one.
#[test]
fn karpenter_takes_the_cheapest_make_that_holds_the_pods() {
    let nodes = "{ name = 'large', max = 5, cpu = 8, memory = '64GiB', price_hour = 3 }, \
                 { name = 'small', max = 5, cpu = 2, memory = '16GiB', price_hour = 1 }";
    for (pods, large, small) in [(2, 0, 1), (3, 1, 0), (9, 1, 1)] {
        let jobs = vec![(1.0, "job", 5000.0); pods];
        let (told, outcome) = run(&jobs, &under("karpenter", nodes, ""));
        let mut used: Vec<u32> = told.pods_of("job").iter().map(|pod| pod.0).collect();
        used.sort_unstable();
        used.dedup();
        let of =
            |range: std::ops::Range<u32>| used.iter().filter(|node| range.contains(node)).count();
        assert_eq!((of(0..5), of(5..10)), (large, small), "{pods}");
        assert_eq!(metric(&outcome, "node_starts"), (large + small) as f64);
    }
}

/// Two nodes with a job each that one of them could hold: at 10 the first is chosen, at 25 it is told to go, its job is
/// killed at 55 and begins anew on the other. With only empty nodes going, both stay; one that is wanted at least, too.
#[test]
fn karpenter_consolidates_one_node_at_a_time() {
    let nodes = "{ count = 2, max = 2, cpu = 2, memory = '8GiB', price_hour = 1 }";
    let jobs = [(1.0, "job", 1000.0); 2];
    let (told, _) = run(&jobs, &under("karpenter", nodes, ""));
    assert_eq!(told.pods_of("job"), [(0, 1.0, 55.0), (1, 1.0, 1001.0), (1, 55.0, 1055.0)]);
    let (told, _) = run(&jobs, &under("karpenter", nodes, "consolidation_policy = 'when-empty'"));
    assert_eq!(told.pods_of("job").len(), 2);
    let least = nodes.replace("max = 2", "min = 2, max = 2");
    let (told, _) = run(&jobs, &under("karpenter", &least, ""));
    assert_eq!(told.pods_of("job").len(), 2);
}

/// Three tasks of a core since second 1, instances of two cores: at the first minute two are needed and none runs, so that
/// two are ordered, which are there at 120. They are idle from 220 on. From 240 on none is needed; at the fifteenth
/// such minute, 240 + 14 x 60 = 1,080, both go. With a target of 50 % twice as many as are needed come.
#[test]
fn instances_of_ecs_follow_the_reservation() {
    let nodes = "{ max = 6, cpu = 2, memory = '8GiB', boot.constant = '60s', price_hour = 3.6 }";
    let jobs = [(1.0, "job", 100.0); 3];
    let scenario = |parameters: &str| {
        under("managed-scaling", nodes, parameters).replace("'kubernetes'", "'ecs'")
    };
    let (told, outcome) = run(&jobs, &scenario(""));
    assert!(told.pods_of("job").iter().all(|pod| (pod.1, pod.2) == (120.0, 220.0)));
    assert_eq!(metric(&outcome, "nodes_max"), 2.0);
    assert_eq!(metric(&outcome, "node_removals"), 2.0);
    assert_eq!(bill(&outcome), [("nodes-0 hour".to_owned(), 2_040_000_000_000)]);
    let (_, outcome) = run(&jobs, &scenario("target_capacity = 50"));
    assert_eq!(metric(&outcome, "nodes_max"), 4.0);
    let (_, outcome) = run(&jobs, &scenario("maximum_scaling_step_size = 1"));
    assert_eq!(metric(&outcome, "node_starts"), 2.0, "one at 60, one more at 120");
}

/// There may be one node beside one that is too small, and works all the time. The job of second 1 has it from 32 on, two seconds after a batch and with 30 s for its boot. The
/// node crashes at 100, counts as failed by 150 and its job is given up by 450. Karpenter looks for it at once, but the
/// failed node is in the way. That one goes within 10 s to be chosen and 15 s to be looked at again. Within 10 s the
/// pod is brought up again, in a batch of a second, and 30 s later the new node is there.
#[test]
fn karpenter_does_not_forget_a_pod_for_which_there_was_no_room() {
    let nodes = "{ name = 'n', max = 1, cpu = 1, memory = '8GiB', boot.constant = '30s', price_hour = 1 }, \
                 { name = 'small', cpu = '100m', memory = '1GiB' }";
    let fault = "[fault.f]\nplatform = 'c'\nmatch = 'kubernetes.io/hostname=n-0'\nat = ['100s']\nlasts.constant = '2h'\n";
    let (told, _) =
        run(&[(1.0, "job", 1000.0)], &format!("{}{fault}", under("karpenter", nodes, "")));
    let pods = told.pods_of("job");
    assert_eq!((pods.len(), pods[0].1), (2, 32.0), "{pods:?}");
    assert!((480.0..=515.0).contains(&pods[1].1), "{pods:?}");
    assert_eq!(pods[1].2 - pods[1].1, 1000.0);
}

/// Two tasks wait, and the first group may have no more instances than the one that is busy: the second one gets two at the
/// first minute, which are there at 120. Where the first may have one more, it takes one of them.
#[test]
fn what_a_full_group_cannot_take_is_for_the_next() {
    let jobs = [(1.0, "job", 1000.0); 3];
    for (most, on_others) in [(1, 2), (2, 1)] {
        let nodes = format!(
            "{{ name = 'own', count = 1, max = {most}, cpu = 1, memory = '8GiB', boot.constant = '60s' }}, \
             {{ name = 'rent', count = 0, max = 4, cpu = 1, memory = '8GiB', boot.constant = '60s' }}"
        );
        let scenario = under("managed-scaling", &nodes, "").replace("'kubernetes'", "'ecs'");
        let (told, _) = run(&jobs, &scenario);
        let mut pods = told.pods_of("job");
        pods.sort_by_key(|pod| pod.0);
        assert_eq!(pods[0], (0, 1.0, 1001.0));
        assert!(pods[1..].iter().all(|pod| (pod.1, pod.2) == (120.0, 1120.0)), "{pods:?}");
        assert_eq!(pods.iter().filter(|pod| pod.0 >= most).count(), on_others, "{pods:?}");
    }
}
