//! What balancers of a cluster remember when replicas come and go, worked out by hand.

use std::fmt::Write as _;

use super::exposure::rows;
use super::sessions::{four_replicas, replica};

/// Which of four replicas served the requests that come each second, of which 0, the last in their order, is lost at 6.5 s and has nowhere else to go.
fn served(balance: &str) -> Vec<usize> {
    let at: Vec<String> = (1..=12).map(|second| format!("'{second}s'")).collect();
    let mut text = four_replicas(&format!("balance = '{balance}'"), "");
    writeln!(
        text,
        "horizon = '20s'\nclient.c = {{ service = 's', arrivals.list.at = [{}] }}\n\
         fault.a = {{ platform = 'p', kind = 'spot', notice = '1h', at = ['6500ms'], match = 'node=a' }}",
        at.join(", ")
    )
    .unwrap();
    rows(&text, 1).iter().filter_map(replica).collect()
}

/// Who comes after the one that had the last turn has the next, though another has gone. Of those that are idle, the one that is so
/// for longest.
#[test]
fn turns_go_on_when_a_replica_has_gone() {
    for balance in ["round-robin", "join-idle-queue"] {
        assert_eq!(served(balance), [1, 2, 3, 0, 1, 2, 3, 1, 2, 3, 1, 2], "{balance}");
    }
}
