//! Releases that make no sense.

use super::{Cases, and};

/// The good scenario with a release `v2` of these keys.
fn release(keys: &str) -> String {
    and(&format!("[release.v2]\n{keys}"))
}

#[test]
fn releases_that_make_no_sense() {
    let mut cases = Cases::default();
    let web = |keys: &str| release(&format!("service = \"web\"\nat = \"5s\"\n{keys}"));
    cases.add("of nothing", release("at = \"5s\""));
    cases.add("of an unknown service", release("service = \"wbe\"\nat = \"5s\""));
    cases.add("at no time", release("service = \"web\""));
    cases.add("at times that descend", release("service = \"web\"\nat = [\"5s\", \"3s\"]"));
    cases.add("unknown key", web("versoin.failure = 0.1"));
    cases.add("unknown key of a version", web("version.failrue = 0.1"));
    cases.add("wrong value of a version", web("version.demand.constant = 5"));
    cases.add("key of a version that nothing uses", web("version.memory = \"1GiB\""));
    cases.add("version elsewhere", web("version.platform = \"cloud\""));
    cases.add("key of what is no table", web("version.platform.x = 1"));
    cases.add("call of an unknown service", web("version.calls = [{ service = \"fm\" }]"));
    cases.add("call of itself", web("version.calls = [{ service = \"web\" }]"));
    cases.add("unknown strategy", web("strategy = \"all-at-onec\""));
    cases.add("nothing to replace", web("strategy = \"rolling\""));
    let group = "[application.a]\nservices = [\"fn\"]\n[release.v2]\nservice = \"fn\"\nat = \"1s\"";
    cases.add("of a service that shares instances", and(group));
    let named = "[release.v2]\nservice = \"web\"\nat = \"1s\"\n[service.\"web@v2\"]\nplatform = \"pool\"\ndemand.constant = \"1ms\"";
    cases.add("a service called as a version", and(named));
    let addressed =
        "[release.v2]\nservice = \"web\"\nat = \"1s\"\n[client.b]\nservice = \"web@v2\"\nusers = 1";
    cases.add("a client that names a version", and(addressed));
    cases.check("releases");
}
