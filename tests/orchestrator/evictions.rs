//! How fast the pods of nodes that have failed are given up, as Kubernetes does it.

use super::{load, metric, told};

/// When the pods of five nodes were given up, in seconds and in order, of which those in rack `a` fail at 100 s; the
/// labels of each node are given.
fn given_up(nodes: [&str; 5]) -> Vec<f64> {
    let node = |labels: &&str| format!("{{ cpu = 2, memory = '8GiB', {labels} }}");
    let nodes = nodes.iter().map(node).collect::<Vec<_>>().join(", ");
    let scenario = format!(
        "horizon = '1000s'\n\
         platform.c = {{ kind = 'kubernetes', nodes = [{nodes}] }}\n\
         service.s = {{ platform = 'c', cpu = '1500m', replicas = 5 }}\n\
         fault.f = {{ platform = 'c', match = 'rack=a', at = ['100s'] }}\n"
    );
    let (told, outcome) = told(&load(&[(999.0, "s", 0.0)], &scenario));
    let mut ends: Vec<f64> =
        told.pods_of("s").iter().map(|pod| pod.2).filter(|end| *end < 1000.0).collect();
    ends.sort_by(f64::total_cmp);
    assert_eq!(metric(&outcome, "pod_evictions"), ends.len() as f64);
    ends
}

const FAILS: &str = "labels.rack = 'a'";
const WORKS: &str = "labels.rack = 'b'";

/// What is noticed between 140 and 150 s is given up 300 s later, or 10 s after the node before it in its zone; or 10 s after its zone
/// has failed as a whole, which is less than 10 s later.
fn are_one_by_one(ends: &[f64]) {
    assert!((440.0..=450.0).contains(&ends[0]), "{ends:?}");
    assert!(ends.windows(2).all(|pair| (10.0..20.0).contains(&(pair[1] - pair[0]))), "{ends:?}");
}

/// Two of five nodes fail.
#[test]
fn nodes_are_given_up_one_by_one() {
    let ends = given_up([FAILS, FAILS, WORKS, WORKS, WORKS]);
    assert_eq!(ends.len(), 2);
    are_one_by_one(&ends);
}

/// Three of five are 60 % of a small zone: the first is given up as usual, as nobody knows of the third then; no other is.
#[test]
fn a_small_zone_of_which_most_has_failed_is_left_alone() {
    let ends = given_up([FAILS, FAILS, FAILS, WORKS, WORKS]);
    assert!(ends.len() <= 1, "{ends:?}");
}

/// The same three are a zone of their own: another zone works, so that they are given up.
#[test]
fn a_zone_that_has_failed_as_a_whole_is_given_up() {
    let [fails, works] = ["zone = 'a', labels.rack = 'a'", "zone = 'b', labels.rack = 'b'"];
    let ends = given_up([fails, fails, fails, works, works]);
    assert_eq!(ends.len(), 3);
    are_one_by_one(&ends);
}

/// All nodes have failed: it is rather the control plane that hears nothing, and no pod is given up.
#[test]
fn nothing_is_given_up_when_all_nodes_have_failed() {
    assert!(given_up([FAILS; 5]).is_empty());
}
