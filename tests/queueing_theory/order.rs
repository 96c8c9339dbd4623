//! What is better than what: balancers and orders of service under the same arrivals and demands,
//! by the paired difference of their mean response times.

use cloudsched::world::run;
use rayon::prelude::*;

use super::case::{MOST_ERRORS, mean_and_error, of_run, replication, specification};
use super::text::{EXPONENTIAL, lasting, one, poisson, servers};

const PAIRS: u64 = 16;

/// Fails if the mean response time with the keys `better` is not below that with `worse`, by more
/// than chance explains.
fn assert_better(better: &str, worse: &str) {
    let specification = |keys: &str| {
        let times = lasting(500, 5_000);
        let platform = servers(10, keys);
        specification(keys, &one(&times, &poisson(9.0), EXPONENTIAL, &platform))
    };
    let (fast, slow) = (specification(better), specification(worse));
    let differences: Vec<f64> = (0..PAIRS)
        .into_par_iter()
        .map(|number| {
            let seed = replication("order", number);
            let response = |of| of_run(&run(of, seed, None, None), "response_ms_mean");
            response(&slow) - response(&fast)
        })
        .collect();
    let (mean, error) = mean_and_error(&differences);
    assert!(mean > MOST_ERRORS * error, "{better} is {mean} ± {error} ms faster than {worse}");
}

#[test]
fn balancers_that_look_are_better_than_those_that_do_not() {
    assert_better("balance = \"round-robin\"", "balance = \"random\"");
    assert_better("balance = \"join-idle-queue\"", "balance = \"random\"");
    assert_better("balance = \"choose-d\"", "balance = \"random\"");
    assert_better("balance = \"least-outstanding\"", "balance = \"choose-d\"");
    assert_better("balance = \"least-outstanding\"", "balance = \"join-idle-queue\"");
    assert_better("balance = { choose-d = { d = 4 } }", "balance = \"choose-d\"");
}

#[test]
fn one_line_is_better_than_a_line_at_each_server() {
    assert_better("", "balance = \"least-outstanding\"");
}

#[test]
fn the_shortest_job_first_is_better_than_the_first() {
    assert_better("discipline = \"shortest-job\"", "");
}
