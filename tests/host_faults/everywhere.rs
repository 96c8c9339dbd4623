//! What is the same of faults on all kinds of platforms.

use cloudsched::model::Outcome::Completed;

use super::told;

/// A request each second to the only host, server or node, which has nothing to do at the notice of 100 s and is drained at
/// once. It is gone at 160, and there again at 220.
#[test]
fn a_notice_comes_at_the_time_of_the_fault_wherever_that_is() {
    for platform in [
        "kind = 'faas', queue.limit = 0, hosts = [{ cpu = 4, memory = '8GiB' }]",
        "kind = 'servers', servers = 1, balance = 'random'",
        "kind = 'kubernetes', endpoint_delay = '0s', nodes = [{ cpu = 4, memory = '8GiB' }]",
    ] {
        let replicas = if platform.contains("kubernetes") { ", replicas = 1" } else { "" };
        let scenario = format!(
            "service.s = {{ platform = 'p'{replicas} }}\nplatform.p = {{ {platform} }}\n\
             fault.f = {{ platform = 'p', kind = 'spot', notice = '1m', at = ['100s'], lasts.constant = '1m' }}\n"
        );
        let requests: Vec<_> = (0..300).map(|at| (f64::from(at) + 0.5, "s", 0.0)).collect();
        let (told, _) = told(&requests, &scenario);
        let lost = told.requests.iter().filter(|request| request.2 != Completed);
        let lost: Vec<u32> = lost.map(|request| request.0 as u32).collect();
        assert_eq!(lost, (100..220).collect::<Vec<_>>(), "{platform}");
    }
}
