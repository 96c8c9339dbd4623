//! Versions of functions: what they have together.

use std::path::Path;

use cloudsched::metric::RunOutcome;
use cloudsched::scenario::load_text;

use super::{metric, outcome, service};

/// Twenty requests a second, each of a second, to a function of which four may run at once.
fn reserved(release: &str) -> RunOutcome {
    outcome(&format!(
        "horizon = '60s'
        client.a = {{ service = 'web', arrivals.constant.rate = '20/s' }}
        platform.p = {{ kind = 'faas', quota.concurrency = 100 }}
        [service.web]
        platform = 'p'
        demand.constant = '1s'
        reserved_concurrency = 4
        {release}"
    ))
}

/// What is reserved is of the function: while half of its requests go to each of two versions, four of them run at once, as
/// without a release.
#[test]
fn two_versions_have_one_reserve() {
    let release = "[release.v2]\nservice = 'web'\nat = '20500ms'
        strategy.canary.steps = [{ weight = 0.5, hold = '20s' }]";
    let (without, with) = (reserved(""), reserved(release));
    let of = |outcome| {
        let web = service(outcome, "web");
        (web.completed, web.refused)
    };
    assert_eq!(of(&without), of(&with));
    assert_eq!(service(&with, "web").completed, 4 * 59);
    assert!(metric(&with, "new_version_attempts") > Some(400.0));
}

/// The errors and warnings of a scenario.
fn problems(text: &str) -> String {
    match load_text("test.toml", text, Path::new(""), "test", &[]) {
        Ok(loaded) => loaded.problems.render(&loaded.sources, false),
        Err(error) => error.render(false),
    }
}

/// A reserve is no key of a version, and has to hold what is provisioned of two.
#[test]
fn a_reserve_is_of_the_function() {
    let text = |release: &str| {
        format!(
            "horizon = '60s'
            client.a = {{ service = 'web', arrivals.constant.rate = '1/s' }}
            service.web = {{ platform = 'p', demand.constant = '1s', reserved_concurrency = 10, provisioned_concurrency = 6 }}
            platform.p = {{ kind = 'faas' }}
            {release}"
        )
    };
    let of_version = text("release.v2 = { service = 'web', at = '5s', version.reserved_concurrency = 5 }");
    let error = problems(&of_version);
    assert!(error.contains("a version has the `reserved_concurrency` of its service"), "{error}");
    let warning = problems(&text("release.v2 = { service = 'web', at = '5s' }"));
    let expected = "12 instances of `web` are provisioned while it is released, those of both versions, of which its \
        `reserved_concurrency` lets 10 be there";
    assert!(warning.contains(expected), "{warning}");
    assert!(!problems(&text("")).contains("are provisioned"));
}
