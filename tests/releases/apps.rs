//! Services that share instances: a release of one takes all of them to other instances, and back.

use cloudsched::metric::RunOutcome;
use cloudsched::model::Outcome;

use super::promised::{Told, told};
use super::{metric, outcome, service};

/// Ten requests a second to each of two functions of an app, for two minutes, of which the first is released at 60.02 s.
fn app(kind: &str, release: &str, more: &str) -> (Told, RunOutcome) {
    told(&format!(
        "horizon = '2m'
        client.a = {{ service = 'cart', arrivals.constant.rate = '10/s' }}
        client.b = {{ service = 'checkout', arrivals.constant.rate = '10/s' }}
        application.shop = {{ services = ['cart', 'checkout'] }}
        service.cart = {{ platform = 'p', demand.constant = '200ms' }}
        service.checkout = {{ platform = 'p', demand.constant = '300ms' }}
        [platform.p]
        {kind}
        [release.v2]
        service = 'cart'
        at = '60020ms'
        {release}
        {more}"
    ))
}

const APP: &str = "kind = 'faas'\ncold_start.constant = '1s'\nkeep_alive.fixed.window = '10s'";
const SWAP: &str = "strategy.blue-green.keep = '5s'";
/// Whatever is served by the new instances fails.
const CUT: &str = "version.timeout = '50ms'";

/// The applications that have instances at the end.
fn left(told: &Told) -> Vec<&str> {
    let mut left: Vec<&str> =
        told.instances.values().filter(|(.., to)| *to == 120.0).map(|(of, ..)| &**of).collect();
    left.dedup();
    left
}

/// What was seen of a service, but for the time of its instances.
fn seen(outcome: &RunOutcome, name: &str) -> (u64, u64, u64, Option<f64>) {
    let of = service(outcome, name);
    (of.completed, of.refused + of.failed, of.cold_start.count(), of.response.mean())
}

/// A swap of slots is of the whole app: the other slot has as many instances, all of them warm, and neither function notices;
/// what it costs are instances. All at once both find the new ones starting.
#[test]
fn an_identical_version_costs_its_instances() {
    for kind in [APP, "kind = 'azure-premium'"] {
        let without = app(kind, "enabled = false", "");
        let swapped = app(kind, SWAP, "");
        for name in ["cart", "checkout"] {
            assert_eq!(seen(&swapped.1, name), seen(&without.1, name), "{kind}: {name}");
        }
        let hours = |outcome| metric(outcome, "instance_hours").unwrap();
        assert!(hours(&swapped.1) > hours(&without.1), "{kind}");
    }
    let swapped = app(APP, SWAP, "");
    assert_eq!(left(&swapped.0), ["shop@v2"]);
    let at_once = app(APP, "", "");
    let cold = |name| {
        service(&at_once.1, name).cold_start.count() - service(&swapped.1, name).cold_start.count()
    };
    assert!(cold("cart") > 4 && cold("checkout") > 4, "{} and {}", cold("cart"), cold("checkout"));
}

/// Half of the requests to either function go to the new instances, which cut them: of 599 each, to five standard deviations.
#[test]
fn a_share_is_of_the_whole_app() {
    let canary = "strategy.canary.steps = [{ weight = 0.5, hold = '1h' }]";
    let (_, outcome) = app(APP, &format!("{canary}\n{CUT}"), "");
    for name in ["cart", "checkout"] {
        let failed = service(&outcome, name).failed as f64;
        assert!((failed - 299.5).abs() < 5.0 * 12.3, "{name}: {failed}");
    }
    // The neighbour is no new version.
    assert_eq!(
        metric(&outcome, "new_version_failed"),
        Some(service(&outcome, "cart").failed as f64)
    );
}

/// Taken back for what it does to one function, the version is taken from the other, too.
#[test]
fn an_app_is_taken_back_as_a_whole() {
    let gate = "gate = { every = '5s', least_requests = 20, bake = '1m' }";
    let (told, outcome) = app(APP, &format!("{SWAP}\n{CUT}\n{gate}"), "");
    assert_eq!(metric(&outcome, "releases_rolled_back"), Some(1.0));
    let restored = told.restored.unwrap();
    assert!(restored > 62.0 && restored < 70.0, "{restored}");
    let bad = |(sent, _, how): &&(f64, f64, Outcome)| {
        *how == Outcome::Failed && (*sent < 60.0 || *sent > restored)
    };
    assert_eq!(told.requests.iter().filter(bad).count(), 0);
    assert!(service(&outcome, "cart").failed > 20 && service(&outcome, "checkout").failed > 20);
    assert_eq!(left(&told), ["shop"]);
}

/// The second function is released a second after the first, and waits until that is through. The version that the first got
/// stays.
#[test]
fn releases_of_an_app_follow_each_other() {
    let next = "[release.v3]\nservice = 'checkout'\nat = '61s'\nversion.failure = 1\nstrategy = 'all-at-once'";
    let (told, outcome) = app(APP, &format!("{SWAP}\nversion.failure = 1"), next);
    assert_eq!(metric(&outcome, "releases_completed"), Some(2.0));
    assert_eq!(left(&told), ["shop@v3"]);
    // From 61.02 s on the first, when its instances have started; from 66.02 s on the second, when the old ones go.
    let (cart, checkout) = (service(&outcome, "cart"), service(&outcome, "checkout"));
    assert!((585..=590).contains(&cart.failed), "{}", cart.failed);
    assert!((530..=541).contains(&checkout.failed), "{}", checkout.failed);
}

/// How a version wears out is laid over the application whose instances it has.
#[test]
fn instances_of_a_version_wear_out() {
    let outcome = outcome(
        "horizon = '30m'
        client.a = { service = 'cart', arrivals.poisson.rate = '5/s' }
        client.b = { service = 'checkout', arrivals.poisson.rate = '5/s' }
        application.shop = { services = ['cart', 'checkout'] }
        service.cart = { platform = 'p', demand.constant = '200ms' }
        service.checkout = { platform = 'p', demand.constant = '200ms' }
        platform.p = { kind = 'faas', cold_start.constant = '1s', keep_alive.fixed.window = '10m' }
        [release.v2]
        service = 'cart'
        at = '5m'
        version.memory_use = { base = '100MiB', leak = '20MiB/m' }",
    );
    assert!(metric(&outcome, "new_version_failed") > Some(10.0));
    assert!(metric(&outcome, "oom_kills") > Some(10.0));
}
