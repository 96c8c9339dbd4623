//! Faults that cannot be.

use cloudsched::scenario::load_text;

/// The errors of a fault of platform `p` at 1 s, whose table is this beside.
fn errors(platform: &str, fault: &str) -> String {
    errors_at("at = ['1s']", platform, fault)
}

fn errors_at(at: &str, platform: &str, fault: &str) -> String {
    let text = format!(
        "horizon = '1h'\nclient.c = {{ service = 's', arrivals.poisson.rate = '1/s' }}\n\
         service.s = {{ platform = 'p', demand.constant = '1s' }}\nplatform.p = {platform}\n\
         fault.f = {{ platform = 'p', {at}, {fault} }}\n"
    );
    match load_text("test.toml", &text, std::path::Path::new("."), "test", &[]) {
        Ok(_) => String::new(),
        Err(error) => error.render(false),
    }
}

const HOSTS: &str = "{ kind = 'faas', hosts = [{ count = 4, cpu = 4, memory = '8GiB' }] }";
const NODES: &str = "{ kind = 'kubernetes', nodes = [{ cpu = 4, memory = '8GiB' }] }";

#[test]
fn what_is_said_of_a_fault_fits_what_it_hits() {
    for (platform, fault, message) in [
        (HOSTS, "match = 'zone=a'", "hosts have no labels"),
        (HOSTS, "notice = '1m'", "a crash is not announced"),
        (HOSTS, "hosts = '2-4'", "there is no host 4: they are 0 to 3"),
        (HOSTS, "hosts = 'two'", "`two` is neither a number nor a range of numbers"),
        (HOSTS, "between.constant = '1h'", "either `at` some times, or with a time `between`"),
        (HOSTS, "kind = 'slow', speed = 0.5", "hosts of instances are not slow"),
        (HOSTS, "kind = 'sopt'", "did you mean `spot`"),
        (NODES, "hosts = '0'", "nodes and servers are told apart by their labels"),
        ("{ kind = 'faas' }", "kind = 'crash'", "`p` has neither nodes nor servers nor hosts"),
    ] {
        let told = errors(platform, fault);
        assert!(told.contains(message), "{fault}:\n{told}");
    }
    assert_eq!(errors(HOSTS, "kind = 'spot', notice = '30s', hosts = '0, 2-3'"), "");
}

/// Under a fault that hits again at the instant at which the last time is over, the clock would stand still.
#[test]
fn some_time_passes_between_two_faults() {
    for platform in [HOSTS, NODES, "{ kind = 'servers', servers = 1 }"] {
        for between in
            ["constant = '0s'", "uniform = { low = '0s', high = '0s' }", "constant = '1us'"]
        {
            let told = errors_at(&format!("between.{between}"), platform, "lasts.constant = '0s'");
            let message = "what fails works for some time between two failures, on average a millisecond or more";
            assert!(told.contains(message), "{platform}, {between}:\n{told}");
        }
        assert_eq!(errors_at("between.constant = '1ms'", platform, "lasts.constant = '0s'"), "");
    }
}
