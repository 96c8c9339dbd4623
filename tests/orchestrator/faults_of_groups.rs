//! Faults of nodes that come and go: of their slots, whoever is there.

use super::nodes_come_and_go::{run, under};
use super::{load, metric, told};

/// Nodes of a group `s` under Karpenter, which takes an empty node away at the second look, and this fault.
fn cluster(fault: &str) -> String {
    let node = "{ name = 's', max = 2, cpu = 2, memory = '8GiB', boot.constant = '30s', price_hour = 3.6 }";
    format!(
        "fault.f = {{ platform = 'c', match = 'kubernetes.io/hostname=s-0', {fault} }}\n{}",
        under("karpenter", node, "")
    )
}

/// The job of 12 s has its node at 43 and ends at 103. The notice of 100 s is that node's, which takes nothing more and
/// goes when it was found empty. The next one in its slot, ordered at 151 and there at 181, is not the one that was
/// noticed: it is not taken away at 220, and its job runs from 181 to 381.
#[test]
fn a_node_in_the_place_of_one_that_was_given_notice_stays() {
    for lasts in ["", ", lasts.constant = '10m'"] {
        let fault = format!("kind = 'spot', at = ['100s']{lasts}");
        let jobs = [(12.0, "job", 60.0), (150.0, "job", 200.0)];
        let (told, outcome) = run(&jobs, &cluster(&fault));
        assert_eq!(told.pods_of("job"), [(0, 43.0, 103.0), (0, 181.0, 381.0)]);
        assert_eq!(metric(&outcome, "node_failures"), 0.0);
    }
}

/// A node that was ordered at 13 s is not there at the notice of 20: it comes at 43 and is not taken away at 140.
#[test]
fn a_node_that_comes_after_the_notice_stays() {
    let fault = "kind = 'spot', at = ['20s'], lasts.constant = '10m'";
    let (told, _) = run(&[(12.0, "job", 200.0)], &cluster(fault));
    assert_eq!(told.pods_of("job"), [(0, 43.0, 243.0)]);
}

/// A fault without an end may hit each node in a slot, not only the first. Nobody is there at 100 s. The node that comes at
/// 181 is hit at 200: before the mark of 205 s, when it would go, as it is empty from the look of 190 on.
#[test]
fn what_never_ends_hits_the_next_node_of_a_slot() {
    let failures = |fault: &str| {
        let (told, outcome) =
            told(&load(&[(12.0, "job", 5.0), (150.0, "job", 5.0)], &cluster(fault)));
        assert_eq!(told.pods_of("job"), [(0, 43.0, 48.0), (0, 181.0, 186.0)], "{fault}");
        metric(&outcome, "node_failures")
    };
    assert_eq!(failures("at = ['100s']"), 0.0);
    assert_eq!(failures("at = ['100s', '200s']"), 1.0);
    assert_eq!(failures("between.constant = '100s'"), 1.0);
}
