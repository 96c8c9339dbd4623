//! What is wrong with servers that come and go is told.

use cloudsched::scenario::load_text;

/// What is told of a platform with these keys, and a fault with those.
fn told(keys: &str, fault: &str) -> String {
    let mut text = format!(
        "horizon = '1h'\nclient.c = {{ service = 's', arrivals.poisson.rate = '1/s' }}\n\
         service.s = {{ platform = 'p', demand.constant = '1s' }}\n\
         [platform.p]\nkind = 'servers'\nservers = 2\n{keys}\n"
    );
    if !fault.is_empty() {
        text += &format!("[fault.f]\nplatform = 'p'\n{fault}\n");
    }
    match load_text("t.toml", &text, std::path::Path::new("."), "t", &[]) {
        Ok(loaded) => loaded.problems.render(&loaded.sources, false),
        Err(error) => error.render(false),
    }
}

#[test]
fn keys_and_faults_that_cannot_be() {
    let at = "at = ['1m']";
    for (keys, fault, expected) in [
        ("boot.constant = '1s'", "", "`boot` is not used: these servers are always there"),
        ("health_check = { period = '0s' }", at, "`period` must be longer than no time"),
        ("health_check = { period = '1s', failures = 0 }", at, "has missed no check"),
        ("zones = ['a', 'a']", at, "zone `a` stands here twice"),
        ("autoscaling.target-tracking = { cpu = 0, max = 3 }", "", "write more than 0"),
        (
            "autoscaling.target-tracking = { cpu = 0.5, min = 4, max = 3 }",
            "",
            "at least 4 servers are more than the 3",
        ),
        (
            "autoscaling.target-tracking = { cpu = 0.5, min = 3, max = 4 }",
            "",
            "not between 3 and 4",
        ),
        (
            "autoscaling.scheduled = { min = 5, times = [{ from = '1h', to = '2h', instances = 9 }] }",
            "",
            "`servers` is not used: `autoscaling` has 5 at the start",
        ),
        ("autoscaling.scheduled = { times = [{ from = '0h', to = '2h', instances = 2 }] }", "", ""),
        ("autoscaling.scheduled.times = []", "", "there is no time of day"),
        ("", "", ""),
        ("", "at = []", "a fault says when it hits"),
        ("", "at = ['2m', '1m']\nlasts.constant = '1s'", "the times of a fault ascend"),
        ("", "at = ['1m', '2m']", "what fails for ever does not fail again"),
        ("replace = true", "at = ['1m', '2m']", ""),
        ("replace = true", "kind = 'slow'\nspeed = 0.5\nat = ['1m', '2m']", ""),
        ("", "kind = 'slow'\nspeed = 0.5\nat = ['1m', '2m']", "does not fail again"),
        ("", "between.constant = '0s'", "works for some time between two failures"),
        (
            "",
            "between.uniform = { low = '0s', high = '0s' }\nlasts.constant = '0s'",
            "works for some time between two failures",
        ),
        ("", "kind = 'slow'\nat = ['1m']", "leaves a server a part of its `speed`"),
        ("", "kind = 'slow'\nspeed = 1.5\nat = ['1m']", "leaves a server a part of its `speed`"),
        ("", "speed = 0.5\nat = ['1m']", "leaves a server a part of its `speed`"),
        ("", "notice = '1m'\nat = ['1m']", "only a fault of kind `spot` gives notice"),
        ("", "match = 'zone=a'\nat = ['1m']", "the servers have no `zones`"),
        ("zones = ['a']", "match = 'zone=b'\nat = ['1m']", "`b` is none of the zones: a"),
        ("", "match = 'slot=x'\nat = ['1m']", "`x` is no number of a slot"),
        ("", "match = 'rack=1'\nat = ['1m']", "a server has no label `rack`"),
        ("", "match = 'zone'\nat = ['1m']", "is compared with values"),
    ] {
        let told = told(keys, fault);
        assert!(told.contains(expected), "{keys} {fault}: {told}");
        assert_eq!(told.is_empty(), expected.is_empty(), "{keys} {fault}: {told}");
    }
}
