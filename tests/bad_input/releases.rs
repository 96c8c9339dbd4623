//! Releases that make no sense.

use super::{Cases, GOOD, and, told};

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
    cases.add("when is not said", release("service = \"web\""));
    cases.add("so often and at a time", web("every = \"1s\""));
    let often = |every: &str| release(&format!("service = \"web\"\nevery = \"{every}\""));
    cases.add("too often", often("1ms"));
    cases.add("for ever", often("0s"));
    cases.add("after the end", release("service = \"web\"\nat = [\"5s\", \"10s\"]"));
    cases.add("too seldom", often("1h"));
    cases.add("a chance that decides nothing", web("bad = 0.5"));
    cases.add("a gate that looks all the time", web("gate.every = \"1ns\""));
    cases.add("no probability", web("bad = 2"));
    cases.add("no stage", web("pipeline.deploy.constant = \"1m\""));
    cases.add("wrong stage", web("pipeline.build.constant = 5"));
    let alarm = "{ above = 0.1, slower_than = \"0s\", period = \"0s\", periods = 0 }";
    cases.add("an alarm of nothing", web(&format!("gate.alarms = [{alarm}]")));
    cases.add("an alarm of percents", web("gate.alarms = [{ above = 5 }]"));
    cases.add("no significance", web("gate.significance = 5"));
    cases.add("looks at nothing", web("gate = { every = \"0s\", least_requests = 0 }"));
    let canary = |steps: &str| web(&format!("strategy.canary.steps = [{steps}]"));
    cases.add("canary without steps", canary(""));
    let steps = "{ weight = 0.5, hold = \"1s\" }, { weight = 0.2, hold = \"1s\" }";
    cases.add("canary with a step back", canary(steps));
    cases.add("steps of nothing", web("strategy.linear = { weight = 0, every = \"1s\" }"));
    cases.add("named strategy with a slip", web("strategy.canary-10-percent-5-minutes.step = []"));
    cases.add("nothing to replace", web("strategy = \"rolling\""));
    cases.add("nothing that is brought up", web("strategy.blue-green.keep = \"1s\""));
    let reserve = "[release.v2]\nservice = \"fn\"\nat = \"1s\"\nversion.reserved_concurrency = 1";
    cases.add("a version with a reserve", and(reserve));
    let named = "[release.v2]\nservice = \"web\"\nat = \"1s\"\n[service.\"web@v2\"]\nplatform = \"pool\"\ndemand.constant = \"1ms\"";
    cases.add("a service called as a version", and(named));
    let addressed =
        "[release.v2]\nservice = \"web\"\nat = \"1s\"\n[client.b]\nservice = \"web@v2\"\nusers = 1";
    cases.add("a client that names a version", and(addressed));
    cases.check("releases");
}

/// Those that come to servers one after another.
#[test]
fn releases_in_place() {
    let mut cases = Cases::default();
    let of = |service: &str, strategy: &str| {
        let balance = "[platform.pool]\nbalance = \"round-robin\"";
        let good = GOOD.replace("[platform.pool]", balance);
        format!("{good}\n[release.v2]\nservice = \"{service}\"\nat = \"5s\"\n{strategy}\n")
    };
    let web = |keys: &str| {
        of("web", &format!("strategy.in-place = {{ install.constant = \"1m\"{keys} }}"))
    };
    cases.add("no server at a time", told(&web(", at_once = 0")));
    cases.add("more than all servers", told(&web(", at_once = \"150%\"")));
    cases.add("no number of servers", told(&web(", at_once = \"half\"")));
    cases.add("an installation without a time", told(&of("web", "strategy = \"in-place\"")));
    cases.add("no batch", told(&of("web", "strategy.immutable.batch = 0")));
    let one_line = web("").replace("balance = \"round-robin\"\n", "");
    cases.add("one line", told(&one_line));
    cases.add("no servers", told(&of("fn", "strategy.in-place.install.constant = \"1m\"")));
    let other = "[release.v3]\nservice = \"web\"\nat = \"6s\"";
    cases.add("beside shares of requests", told(&format!("{}{other}", web(""))));
    cases.check("releases_in_place");
}

/// Versions are no services that a file may name.
#[test]
fn versions_that_are_named() {
    let mut cases = Cases::default();
    let web = |keys: &str| release(&format!("service = \"web\"\nat = \"5s\"\n{keys}"));
    cases.add("by a call", web("version.calls = [{ service = \"web@v2\" }]"));
    cases.add("by a call of another", web("version.calls = [{ service = \"fn@v3\" }]\n[release.v3]\nservice = \"fn\"\nat = \"5s\""));
    cases.add("by a release before", web("[release.v1]\nservice = \"web@v2\"\nat = \"5s\""));
    cases.add("by a release behind", web("[release.v3]\nservice = \"web@v2\"\nat = \"5s\""));
    let function =
        |rest: &str| and(&format!("[release.v2]\nservice = \"fn\"\nat = \"5s\"\n{rest}"));
    cases.add("by an account", function("[account.a]\nservices = [\"fn@v2\"]"));
    cases.add("by an application", function("[application.a]\nservices = [\"fn@v2\"]"));
    cases.check("versions_named");
}
