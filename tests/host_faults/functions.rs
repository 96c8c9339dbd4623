//! Hosts of a platform of functions.

use cloudsched::model::Outcome::{Completed, Failed, Refused};

use super::{metric, outcome, told};

/// Two hosts with room for two instances each, which start in a second.
const TWO: &str = "horizon = '1h'\n\
                   platform.p.kind = 'faas'\nplatform.p.cold_start.constant = '1s'\n\
                   platform.p.hosts = [{ count = 2, cpu = 4, memory = '256MiB' }]\n\
                   service.f.platform = 'p'\nservice.f.memory = '128MiB'\n";

/// Three requests start instances: two on host 0, one on host 1. At 20 s host 0 fails for 30 s, and with it the first two.
/// The one at 30 s finds room on host 1, starts there until 31 and ends at 36; the one at 40 takes its instance. Then host
/// 1 is full: the one at 45 waits until host 0 is there again at 50, and ends at 52.
#[test]
fn what_a_host_serves_is_lost_with_it_and_nothing_starts_there_until_it_is_back() {
    let requests = [
        (0.0, "f", 50.0),
        (0.0, "f", 50.0),
        (0.0, "f", 60.0),
        (30.0, "f", 5.0),
        (40.0, "f", 100.0),
        (45.0, "f", 1.0),
    ];
    let fault = "fault.f = { platform = 'p', hosts = '0', at = ['20s'], lasts.constant = '30s' }";
    let (told, outcome) = told(&requests, &format!("{TWO}{fault}"));
    let expected = [
        (0.0, 20.0, Failed),
        (0.0, 20.0, Failed),
        (0.0, 61.0, Completed),
        (30.0, 36.0, Completed),
        (40.0, 140.0, Completed),
        (45.0, 52.0, Completed),
    ];
    assert_eq!(told.requests, expected);
    let lives =
        [(0, 0.0, 20.0), (0, 0.0, 20.0), (1, 0.0, 140.0), (1, 30.0, 140.0), (0, 50.0, 140.0)];
    let hosts =
        |lives: &[(u32, f64, f64)]| lives.iter().map(|life| (life.0, life.1)).collect::<Vec<_>>();
    assert_eq!(hosts(&told.instances), hosts(&lives));
    assert_eq!(told.instances[..2], lives[..2]);
    assert_eq!((metric(&outcome, "host_failures"), metric(&outcome, "lost_instances")), (1.0, 2.0));
}

/// The instance that starts for a request is lost at 0.5 s. Who takes any instance has another on host 1, from 1.5 s on; who
/// waits for that very one is refused.
#[test]
fn who_waits_for_an_instance_that_starts_waits_for_another_unless_it_is_bound_to_it() {
    let fault = "fault.f = { platform = 'p', hosts = '0', at = ['500ms'] }";
    let requests = [(0.0, "f", 2.0), (10.0, "f", 2.0)];
    let (late, _) = told(&requests, &format!("{TWO}{fault}"));
    assert_eq!(late.requests, [(0.0, 3.5, Completed), (10.0, 12.0, Completed)]);
    let (early, _) = told(&requests, &format!("{TWO}{fault}\nplatform.p.binding = 'early'\n"));
    assert_eq!(early.requests, [(0.0, 0.5, Refused), (10.0, 13.0, Completed)]);
}

/// A spot instance that is given notice at 30 s goes at 150 s. What is idle on it goes then; what serves until 101 s goes then;
/// what would serve until 301 s fails at 150. The one at 40 s starts on host 1, where the one at 105 s finds its instance.
#[test]
fn a_spot_instance_is_drained_for_two_minutes_and_then_goes() {
    let scenario = "horizon = '1h'\n\
                    platform.p = { kind = 'faas', cold_start.constant = '1s', hosts = [\
                    { count = 2, cpu = 4, memory = '512MiB' }] }\n\
                    service.f = { platform = 'p', memory = '128MiB' }\n\
                    fault.f = { platform = 'p', kind = 'spot', hosts = '0', at = ['30s'], lasts.constant = '60s' }\n";
    let requests = [
        (0.0, "f", 100.0),
        (0.0, "f", 1.0),
        (0.0, "f", 300.0),
        (40.0, "f", 1.0),
        (105.0, "f", 1.0),
        (205.0, "f", 10.0),
        (206.0, "f", 300.0),
        (220.0, "f", 1.0),
    ];
    let (told, outcome) = told(&requests, scenario);
    let expected = [
        (0.0, 2.0, Completed),
        (0.0, 101.0, Completed),
        (0.0, 150.0, Failed),
        (40.0, 42.0, Completed),
        (105.0, 106.0, Completed),
        // On the instance of host 1, and then on a second one there: host 0 comes back at 210.
        (205.0, 215.0, Completed),
        (206.0, 507.0, Completed),
        (220.0, 221.0, Completed),
    ];
    assert_eq!(told.requests, expected);
    assert_eq!(told.instances[..3], [(0, 0.0, 101.0), (0, 0.0, 30.0), (0, 0.0, 150.0)]);
    assert_eq!(told.instances[3..].iter().map(|life| life.0).collect::<Vec<_>>(), [1, 1]);
    assert_eq!((metric(&outcome, "host_failures"), metric(&outcome, "lost_instances")), (1.0, 3.0));
}

/// Instances of four requests each, bound early. The notice comes at 30 s, while one serves two requests that began at 1 s,
/// and while another has been starting for a request since 29.5 s. The one that serves takes nobody at 31 s, though it has
/// room; the one that starts serves the one it was started for, and nobody else.
#[test]
fn after_the_notice_an_instance_takes_nobody_but_those_bound_to_it() {
    let scenario = "horizon = '1h'\n\
                    platform.p = { kind = 'faas', concurrency = 4, binding = 'early', cold_start.constant = '1s', hosts = [\
                    { count = 2, cpu = 4, memory = '256MiB' }] }\n\
                    service = { f = { platform = 'p', memory = '128MiB' }, g = { platform = 'p', memory = '128MiB' } }\n\
                    fault.f = { platform = 'p', kind = 'spot', notice = '1m', hosts = '0', at = ['30s'] }\n";
    let requests =
        [(0.0, "f", 40.0), (0.0, "f", 50.0), (29.5, "g", 20.0), (30.0, "g", 1.0), (31.0, "f", 1.0)];
    let (told, _) = told(&requests, scenario);
    let ends: Vec<f64> = told.requests.iter().map(|request| request.1).collect();
    // In the instant of the notice, arrivals come before it: the one at 30 s is bound to the start, too.
    assert_eq!(ends, [41.0, 51.0, 50.5, 31.5, 33.0]);
    assert_eq!(told.instances[..2], [(0, 0.0, 51.0), (0, 29.5, 50.5)]);
    assert_eq!((told.instances[2].0, told.instances[2].1), (1, 31.0));
}

/// What is provisioned on a host is made up for elsewhere: at the notice, and when it crashes.
#[test]
fn provisioned_instances_are_made_up_for_at_once() {
    for kind in ["crash", "spot"] {
        let fault = format!(
            "fault.f = {{ platform = 'p', kind = '{kind}', hosts = '0', at = ['200s'] }}\n"
        );
        let requests = [(50.0, "f", 1.0), (300.0, "f", 1.0)];
        let scenario = format!("{TWO}{fault}service.f.provisioned_concurrency = 2\n");
        let (told, _) = told(&requests, &scenario);
        assert_eq!(told.requests[1], (300.0, 301.0, Completed), "{kind}: warm again");
        let at: Vec<(u32, f64)> = told.instances.iter().map(|life| (life.0, life.1)).collect();
        assert_eq!(at, [(0, 0.0), (0, 0.0), (1, 200.0), (1, 200.0)], "{kind}");
        assert_eq!((told.instances[0].2, told.instances[1].2), (200.0, 200.0), "{kind}");
    }
}

/// A host that works for 1,000 s and is gone for 100 s on average is there for p = 10/11 of the time; n of them are gone at
/// once for q^n of it, with q = 1/11. Nobody waits in line, so a request is refused with that probability. That one is gone
/// now and t later has the probability q^2 + q p exp(-r t), with r = 1/1000 + 1/100, so over T = two million seconds the
/// variance of the share of the time for which all are gone is 2/T times the integral of the n-th power of that less
/// q^2n: the standard error is 0.0027 of 0.0909 for one, 0.00066 of 0.0083 for two and 0.00016 of 0.00075 for three.
#[test]
fn availability_of_one_of_n_hosts() {
    for (n, gone, error) in [(1, 11.0, 0.0027), (2, 121.0, 0.000_66), (3, 1331.0, 0.000_16)]
        .map(|(n, one_of, error)| (n, 1.0 / one_of, error))
    {
        assert!(4.0 * error < gone, "{n}: hosts that never fail would do");
        let outcome = outcome(&format!(
            "horizon = '2000000s'\nclient.c = {{ service = 's', arrivals.poisson.rate = '0.1/s' }}\n\
             service.s = {{ platform = 'p', memory = '128MiB', demand.constant = '0s' }}\n\
             platform.p = {{ kind = 'faas', queue.limit = 0, hosts = [{{ count = {n}, cpu = 1, memory = '1GiB' }}] }}\n\
             fault.f = {{ platform = 'p', between.exponential.mean = '1000s', lasts.exponential.mean = '100s' }}\n"
        ));
        let refused = 1.0 - metric(&outcome, "availability");
        assert!((refused - gone).abs() < 4.0 * error, "{n}: {refused}, not {gone}");
    }
}

/// The same hosts fail at the same times wherever instances go, and as often if they say so before.
#[test]
fn the_same_bad_luck_meets_every_placement() {
    let failures = |placement: &str, kind: &str| {
        let outcome = outcome(&format!(
            "horizon = '100h'\nclient.c = {{ service = 's', arrivals.poisson.rate = '1/min' }}\n\
             service.s = {{ platform = 'p', demand.exponential.mean = '10m' }}\n\
             platform.p = {{ kind = 'faas', placement = '{placement}', keep_alive.fixed.window = '10m', \
             hosts = [{{ count = 5, cpu = 4, memory = '8GiB' }}] }}\n\
             fault.f = {{ platform = 'p', kind = '{kind}', between.exponential.mean = '10h', lasts.exponential.mean = '1h' }}\n"
        ));
        metric(&outcome, "host_failures")
    };
    let first_fit = failures("first-fit", "crash");
    assert!(first_fit > 20.0, "{first_fit}");
    for (placement, kind) in [("worst-fit", "crash"), ("random", "crash"), ("first-fit", "spot")] {
        assert_eq!(failures(placement, kind), first_fit, "{placement}, {kind}");
    }
}

/// A service and what it calls are on the host that fails while both serve: each request fails once, whatever becomes of
/// the calls, and nothing is left.
#[test]
fn a_host_takes_callers_and_called_with_it() {
    for abandoned in ["finish", "cancel"] {
        let scenario = format!(
            "platform.p = {{ kind = 'faas', hosts = [{{ cpu = 4, memory = '8GiB' }}] }}\n\
             service.web = {{ platform = 'p', calls = [{{ service = 'db', abandoned = '{abandoned}' }}] }}\n\
             service.db = {{ platform = 'p', demand.constant = '20s' }}\n\
             fault.f = {{ platform = 'p', at = ['30s'], lasts.constant = '10s' }}\n"
        );
        let requests =
            [(15.0, "web", 0.0), (16.0, "web", 1.0), (20.0, "web", 30.0), (35.0, "web", 1.0)];
        let (told, outcome) = told(&requests, &scenario);
        let expected = [
            (15.0, 30.0, Failed),
            (16.0, 30.0, Failed),
            (20.0, 30.0, Failed),
            (35.0, 61.0, Completed),
        ];
        assert_eq!(told.requests, expected, "{abandoned}");
        assert_eq!(metric(&outcome, "in_flight"), 0.0);
    }
}

/// Twenty requests to AWS Lambda on ten hosts of 8 GiB, of 512 MiB each, so that sixteen fill one. Packed as full as
/// memory allows, the host that fails takes sixteen with it; spread, two.
#[test]
fn what_is_packed_is_lost_together() {
    let lost = |placement: &str| {
        let scenario = format!(
            "horizon = '10m'\nservice.f = {{ platform = 'p', memory = '512MiB' }}\n\
             platform.p = {{ kind = 'aws-lambda', cold_start = {{ constant = '0s' }}, placement = '{placement}', \
             hosts = [{{ count = 10, machine = 'm5.large' }}] }}\n\
             fault.f = {{ platform = 'p', hosts = '0', at = ['50s'] }}\n"
        );
        let (told, _) = told(&[(0.0, "f", 100.0); 20], &scenario);
        told.requests.iter().filter(|request| request.2 == Failed).count()
    };
    assert_eq!([lost("best-fit"), lost("worst-fit")], [16, 2]);
}
