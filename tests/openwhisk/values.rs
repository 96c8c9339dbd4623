//! What the table of a platform says, and what it may not.

use std::path::Path;

use cloudsched::kernel::Span;
use cloudsched::scenario::load_text;
use cloudsched::world::run;

use super::figures;

/// By itself the platform has two stem cells of `nodejs:20`, whose code takes 50 ms to be initialised.
#[test]
fn the_platform_has_values_of_its_own() {
    let text = "requests = 1\n[client.c]\nservice = 'f'\narrivals.constant.rate = '1/min'\n\
                [service.f]\nplatform = 'p'\nruntime = 'nodejs:20'\ndemand.constant = '1s'\n\
                [platform.p]\nkind = 'openwhisk'\n";
    let loaded = load_text("test.toml", text, Path::new(""), "test", &[]).unwrap();
    assert!(loaded.problems.is_empty());
    let outcome = run(&loaded.specification, loaded.seed, None, None);
    assert_eq!(outcome.total().waiting.max().unwrap(), Span::from_millis(50));
    // Ten invokers with two each, and one in the place of that which was taken.
    assert_eq!(figures(&outcome).pre_warms, 21);
}

#[test]
fn what_serves_nobody_is_an_error() {
    let error = |change: &str| {
        let text = "requests = 1\n[client.c]\nservice = 'f'\narrivals.constant.rate = '1/s'\n\
                    [service.f]\nplatform = 'p'\ndemand.constant = '1s'\nmemory = '512MiB'\n\
                    [platform.p]\nkind = 'openwhisk'\n";
        let changes = [change.to_owned()];
        let loaded = load_text("test.toml", text, Path::new(""), "test", &changes);
        loaded.err().map(|error| error.render(false)).unwrap_or_default()
    };
    let stem = |more: &str| {
        format!("platform.p.stem_cells=[{{ runtime = 'a', memory = '512MiB', {more} }}]")
    };
    assert_eq!(error(&stem("initial = 3")), "");
    let told = error(&stem("initial = 4"));
    assert!(told.contains("leave 0B of its 2GiB, too little for an instance of `f`"), "{told}");
    let rule = "initial = 0, reactive = { least = 2, most = 1, ttl = '1m', threshold = 0 }";
    let told = error(&stem(rule));
    assert!(told.contains("fewer than the least"), "{told}");
    assert!(told.contains("follow at least one cold start"), "{told}");
    // 2 GiB hold four stem cells of 512 MiB.
    let told = error(&stem("initial = 4000000000"));
    assert!(told.contains("room for 4 stem cells of 512MiB, not for 4000000000"), "{told}");
    let rule = "initial = 0, reactive = { least = 0, most = 5, ttl = '1m' }";
    let told = error(&stem(rule));
    assert!(told.contains("room for 4 stem cells of 512MiB, not for 5"), "{told}");
    for memory in ["1B", "0B"] {
        let cells = format!("[{{ runtime = 'a', memory = '{memory}', initial = 1 }}]");
        let told = error(&format!("platform.p.stem_cells={cells}"));
        assert!(told.contains(&format!("cannot have {memory} of memory")), "{told}");
    }
    let told = error("service.f.timeout=301s");
    assert!(told.contains("its platform cuts a request after 5m, before 301s"), "{told}");
    let told = error("platform.p.timeout=0s");
    assert!(told.contains("`timeout` must be longer than no time"), "{told}");
    let told = error("platform.p.invokers=0");
    assert!(told.contains("there are 1 to 10000 `invokers`"), "{told}");
    let told = error("service.f.memory=1GiB");
    assert!(told.contains("cannot have 1GiB of memory"), "{told}");
    let told = error("platform.p.user_memory=256MiB");
    assert!(told.contains("fits on no host"), "{told}");
}

#[test]
fn keys_of_applications_that_are_not_used_are_a_warning() {
    let text = "requests = 1\n[client.c]\nservice = 'f'\narrivals.constant.rate = '1/s'\n\
                [service.f]\nplatform = 'p'\ndemand.constant = '1s'\n\
                [application.a]\nservices = ['f']\nmemory = '128MiB'\ncpu = 1\nmax_instances = 2\n\
                provisioned_concurrency = 1\nreserved_concurrency = 1\ntimeout = '1m'\n\
                [platform.p]\nkind = 'openwhisk'\n";
    let loaded = load_text("test.toml", text, Path::new(""), "test", &[]).unwrap();
    let told = loaded.problems.iter().map(|problem| problem.message.as_str());
    let unused =
        |key: &str| format!("`{key}` is not used: `p` is OpenWhisk, which has no such thing");
    let keys = ["cpu", "max_instances", "provisioned_concurrency", "reserved_concurrency"];
    assert!(told.eq(keys.map(unused)), "{:?}", loaded.problems);
}

/// 500,000 actions on 10,000 invokers: what is kept grows with the pairs of them that are used, not with all
/// five thousand million.
#[test]
fn actions_and_invokers_may_be_many() {
    let text = "requests = 10\nclient.c = { service = 'f', arrivals.constant.rate = '1/s' }\n\
                service.f = { platform = 'p', demand.constant = '10s', family.count = 500000 }\n\
                platform.p = { kind = 'openwhisk', invokers = 10000, stem_cells = [] }\n";
    let loaded = load_text("test.toml", text, Path::new(""), "test", &[])
        .unwrap_or_else(|error| panic!("{}", error.render(false)));
    assert_eq!(run(&loaded.specification, loaded.seed, None, None).total().completed, 10);
}
