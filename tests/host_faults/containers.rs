//! Invokers of OpenWhisk and runners of Fn.

use cloudsched::model::Outcome::{Completed, Failed, Refused};

use super::told;

/// Two invokers with memory for so many containers of 256 MiB, which start in 1.1 s.
fn openwhisk(containers: u32) -> String {
    format!(
        "horizon = '1h'\n[service.f]\nplatform = 'p'\nmemory = '256MiB'\nruntime = 'nodejs:20'\ntimeout = '300s'\n\
         [platform.p]\nkind = 'openwhisk'\ninvokers = 2\nuser_memory = '{}MiB'\nmanaged_fraction = 1.0\nstem_cells = []\n\
         create.constant = '1s'\ninit.constant = '100ms'\n",
        256 * containers
    )
}

/// Two requests fill both invokers, and a third waits at one of them. At 20 s both fail for 30 s: the first two have failed,
/// the third is refused, and so is one at 30 s. One at 60 s starts anew.
#[test]
fn invokers_take_with_them_who_waits_there() {
    let requests =
        [(0.0, "f", 50.0), (0.0, "f", 50.0), (0.0, "f", 5.0), (30.0, "f", 1.0), (60.0, "f", 1.0)];
    let fault = "[fault.f]\nplatform = 'p'\nat = ['20s']\nlasts.constant = '30s'\n";
    let (told, _) = told(&requests, &format!("{}{fault}", openwhisk(1)));
    let mut first: Vec<_> =
        told.requests[..3].iter().map(|request| (request.1, request.2)).collect();
    first.sort_by_key(|request| request.1 == Refused);
    assert_eq!(first, [(20.0, Failed), (20.0, Failed), (20.0, Refused)]);
    assert_eq!(told.requests[3..], [(30.0, 30.0, Refused), (60.0, 62.1, Completed)]);
}

/// One invoker is the home of the action, whichever. It goes at 40 s, or the other does, and says so at 30 s: the request
/// at 35 s gets a container that is not there, and only if the home goes the long request fails.
#[test]
fn an_invoker_that_is_about_to_go_is_sent_nothing() {
    let mut ends = Vec::new();
    for doomed in [0, 1] {
        let fault = format!(
            "[fault.f]\nplatform = 'p'\nkind = 'spot'\nnotice = '10s'\nhosts = '{doomed}'\nat = ['30s']\n"
        );
        let scenario = format!("{}{fault}", openwhisk(4));
        let (told, _) = told(&[(0.0, "f", 50.0), (35.0, "f", 1.0)], &scenario);
        assert_eq!(
            told.requests[1],
            (35.0, 37.1, Completed),
            "{doomed}: its home is busy or going"
        );
        assert_ne!(told.instances[1].0, doomed);
        ends.push(told.requests[0].1);
    }
    ends.sort_by(f64::total_cmp);
    assert_eq!(ends, [40.0, 51.1]);
}

/// Both invokers are full until 51.1 s, and a third request waits at one of them. Whichever goes at 40 s and says so at 30 s, it
/// is served by the other from 51.1 s on.
#[test]
fn who_waits_at_an_invoker_that_is_about_to_go_is_sent_to_another() {
    let requests = [(0.0, "f", 50.0), (0.0, "f", 50.0), (0.0, "f", 5.0)];
    for doomed in [0, 1] {
        let fault = format!(
            "[fault.f]\nplatform = 'p'\nkind = 'spot'\nnotice = '10s'\nhosts = '{doomed}'\nat = ['30s']\n"
        );
        let (told, _) = told(&requests, &format!("{}{fault}", openwhisk(1)));
        let ends: Vec<_> = told.requests.iter().map(|request| (request.1, request.2)).collect();
        assert_eq!(ends, [(40.0, Failed), (51.1, Completed), (56.1, Completed)], "{doomed}");
    }
}

/// Two runners whose containers start in a second.
const FN: &str = "horizon = '1h'\n[service.f]\nplatform = 'p'\nmemory = '256MiB'\n\
                  [platform.p]\nkind = 'fn'\nplacer = 'naive'\ncold_start.constant = '1s'\n\
                  hosts = [{ count = 2, cpu = 4, memory = '1GiB' }]\n";

/// Both runners fail at 20 s for 30 s. The request that is served has failed; the one at 30 s sleeps at the load balancer, which
/// asks each 10 ms, until 50 s.
#[test]
fn who_finds_no_runner_sleeps_until_one_is_back() {
    let fault = "[fault.f]\nplatform = 'p'\nat = ['20s']\nlasts.constant = '30s'\n";
    let (told, _) = told(&[(0.0, "f", 25.0), (30.0, "f", 1.0)], &format!("{FN}{fault}"));
    assert_eq!(told.requests[0], (0.0, 20.0, Failed));
    let (_, end, outcome) = told.requests[1];
    assert!((52.0..=52.0101).contains(&end) && outcome == Completed, "{end}");
}

/// A container starts for a request on one of two runners, which fails at 0.5 s: the load balancer tries the other, where it
/// has one at 1.5 s. If the other fails nothing happens.
#[test]
fn who_waits_at_a_runner_that_fails_goes_on_to_the_next() {
    let end = |host: u32| {
        let fault = format!("[fault.f]\nplatform = 'p'\nhosts = '{host}'\nat = ['500ms']\n");
        told(&[(0.0, "f", 1.0)], &format!("{FN}{fault}")).0.requests[0].1
    };
    let mut ends = [end(0), end(1)];
    ends.sort_by(f64::total_cmp);
    assert_eq!(ends, [2.0, 2.5]);
}
