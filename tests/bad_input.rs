//! What a user reads when the input is wrong: every text exactly, and never a panic.
//!
//! The texts stand in `tests/snapshots`; `INSTA_UPDATE=always cargo test --test bad_input` takes
//! the present ones. Read them as a user would.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "bad_input/clusters.rs"]
mod clusters;
#[path = "bad_input/endless.rs"]
mod endless;
#[path = "bad_input/releases.rs"]
mod releases;
#[path = "bad_input/workflows.rs"]
mod workflows;

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;

use cloudsched::scenario::{load, load_text};
use cloudsched::world::run;
use flate2::Compression;
use flate2::write::GzEncoder;

/// What is told in each case of a test; one snapshot holds them all.
#[derive(Default)]
struct Cases(String);

impl Cases {
    fn add(&mut self, case: &str, told: impl AsRef<str>) {
        let head = format!("== {case} ");
        writeln!(self.0, "{head:=<80}\n{}", told.as_ref().trim_end()).unwrap();
    }

    fn check(&self, name: &str) {
        insta::with_settings!({ omit_expression => true }, {
            insta::assert_snapshot!(name, &self.0);
        });
    }
}

/// A scenario that is right.
const GOOD: &str = r#"horizon = "10s"

[client.users]
service = "web"
arrivals.poisson = { rate = "5/s" }

[service.web]
platform = "pool"
demand.exponential = { mean = "10ms" }

[service.fn]
platform = "cloud"
demand.constant = "50ms"

[platform.pool]
kind = "servers"
servers = 2

[platform.cloud]
kind = "faas"
hosts = [{ count = 2, cpu = 2, memory = "1GiB" }]
"#;

/// What is told of a scenario; it runs if that is only warnings. Files are in `folder`, whose name
/// is left out.
fn told_in(folder: &Path, text: &str) -> String {
    let told = match load_text("bad.toml", text, folder, "bad", &[]) {
        Ok(loaded) => {
            assert!(!loaded.problems.is_empty(), "nothing is wrong with\n{text}");
            run(&loaded.specification, loaded.seed, None, None);
            loaded.problems.render(&loaded.sources, false)
        }
        Err(error) => error.render(false),
    };
    let here = format!("{}{}", folder.display(), std::path::MAIN_SEPARATOR);
    told.replace(&here, "")
}

fn told(text: &str) -> String {
    told_in(Path::new("data"), text)
}

/// What is told of the good scenario with one text in place of another, which is in it once.
fn with(old: &str, new: &str) -> String {
    assert_eq!(GOOD.matches(old).count(), 1, "{old}");
    told(&GOOD.replace(old, new))
}

/// What is told of the good scenario with these lines at the end.
fn and(more: &str) -> String {
    told(&format!("{GOOD}\n{more}\n"))
}

/// The client of the good scenario sends to `fn`, and the keys after it are those of another.
const SHARED: &str =
    "service = \"fn\"\narrivals.constant.rate = \"9/s\"\n[client.traced]\nservice = \"fn\"\n";

const DEMAND: &str = "demand.exponential = { mean = \"10ms\" }";
const ARRIVALS: &str = "arrivals.poisson = { rate = \"5/s\" }";

#[test]
fn the_good_scenario_is_good() {
    let loaded = load_text("good.toml", GOOD, Path::new("."), "good", &[]).unwrap();
    assert!(loaded.problems.is_empty());
    assert!(run(&loaded.specification, loaded.seed, None, None).total().completed > 20);
}

#[test]
fn files_that_are_not_there() {
    let mut cases = Cases::default();
    let error = load(Path::new("no/such/scenario.toml"), &[]).unwrap_err();
    cases.add("missing scenario", error.render(false));
    cases.add(
        "missing trace",
        with(ARRIVALS, "arrivals.trace = { format = \"rate\", path = \"no/such.csv\" }"),
    );
    cases.add("trace without file", with(ARRIVALS, "arrivals.trace = { format = \"rate\" }"));
    cases.add("trace of no format", with(ARRIVALS, "arrivals.trace = { format = \"azure\" }"));
    cases.add("missing values", with(DEMAND, "demand.empirical = { file = \"no.csv\" }"));
    cases.check("files");
}

/// A scenario that replays the file `trace.csv` with these bytes.
fn traced(bytes: &[u8], format: &str, client: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("trace.csv"), bytes).unwrap();
    let key = if format == "azure-2019" { "invocations" } else { "path" };
    let trace = format!("arrivals.trace = {{ format = \"{format}\", {key} = \"trace.csv\" }}");
    let text = GOOD.replace(ARRIVALS, &trace).replace("service = \"web\"\n", client);
    told_in(folder.path(), &text)
}

#[test]
fn traces_that_are_damaged() {
    let mut cases = Cases::default();
    let rows = |rows: &str| format!("time_s,service,duration_s\n{rows}");
    let requests = |text: &str| traced(rows(text).as_bytes(), "requests", "");
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(rows("1,web,2\n").repeat(200).as_bytes()).unwrap();
    let packed = packed.finish().unwrap();
    cases.add("cut off gzip", traced(&packed[..packed.len() / 2], "requests", ""));
    cases.add("row out of order", requests("1,web,0.5\n3,web,0.5\n2,web,0.5\n"));
    cases.add("negative duration", requests("1,web,0.5\n2,web,-0.5\n"));
    cases.add("unknown service in trace", requests("1,web,0.5\n2,wbe,0.5\n3,api,1\n"));
    cases.add("no column", traced(b"when,count\n1,2\n", "rate", "service = \"web\"\n"));
    cases.add("not a number", requests("1,web,soon\n"));
    cases.add("empty trace", traced(b"", "requests", ""));
    cases.add("trace of no rows", requests(""));
    cases.add(
        "trace and service",
        traced(rows("1,web,1\n").as_bytes(), "requests", "service = \"web\"\n"),
    );
    let azure = "app,func,end_timestamp,duration\na,f,5,-3\na,f,6,60\n";
    cases.add("oddities are counted", traced(azure.as_bytes(), "azure-2021", "service = \"fn\"\n"));
    // Another client does not know how the rows of a trace share its requests.
    let rows = b"app,func,end_timestamp,duration\na,f,5,1\na,g,6,1\n";
    cases.add("family of a trace and of others", traced(rows, "azure-2021", SHARED));
    let header = b"app,func,end_timestamp,duration\n";
    cases.add("family of an empty trace and of others", traced(header, "azure-2021", SHARED));
    cases.check("traces");
}

#[test]
fn values_that_cannot_be() {
    let mut cases = Cases::default();
    cases.add("negative demand", with(DEMAND, "demand.constant = \"-5ms\""));
    cases.add("negative mean", with(DEMAND, "demand.exponential = { mean = -1 }"));
    cases.add("horizon of zero", with("\"10s\"", "\"0s\""));
    cases.add("horizon past the end of time", with("\"10s\"", "\"99999d\""));
    cases.add("warm up past the horizon", with("horizon", "warm_up = \"10s\"\nhorizon"));
    cases.add("rate that overflows", with("5/s", &format!("{}/s", "9".repeat(40))));
    cases.add("rate over one a nanosecond", with("5/s", "2000000000/s"));
    cases.add("rate with an exponent", with("5/s", "1e300/s"));
    cases.add("rate of zero", with("5/s", "0/s"));
    cases.add("zero servers", with("servers = 2", "servers = 0"));
    cases.add("speed of zero", with("servers = 2", "servers = 2\nspeed = 0"));
    cases.add("zero timeout", with(ARRIVALS, &format!("{ARRIVALS}\ntimeout = \"0s\"")));
    cases.add("zero attempts", with(ARRIVALS, &format!("{ARRIVALS}\nretries.attempts = 0")));
    cases.add("zero concurrency", with("\"faas\"", "\"faas\"\nconcurrency = 0"));
    cases.add("zero instances", with("\"faas\"", "\"faas\"\nmax_instances = 0"));
    cases.add("zero requests", with("horizon", "requests = 0\nhorizon"));
    cases.add("zero hosts", with("count = 2", "count = 0"));
    cases.add("samples all the time", and("[output]\nseries.every = \"0s\""));
    let stages = "arrivals.stages = [{ duration = \"5s\", target = \"0/s\" }]";
    cases.add("stages of nothing", with(ARRIVALS, stages));
    cases.add("list of nothing", with(ARRIVALS, "arrivals.list = { at = [] }"));
    cases.add("list backwards", with(ARRIVALS, "arrivals.list = { at = [\"5s\", \"1s\"] }"));
    cases.check("values");
}

#[test]
fn services_that_do_not_fit_together() {
    let mut cases = Cases::default();
    cases.add("undefined service", with("service = \"web\"", "service = \"wbe\""));
    cases.add("undefined platform", with("\"pool\"", "\"clod\""));
    let calls = |calls: &str| with(DEMAND, &format!("{DEMAND}\ncalls = [{calls}]"));
    cases.add("undefined callee", calls("{ service = \"fm\" }"));
    cases.add("call to itself", calls("{ service = \"web\" }"));
    cases.add("probability over one", calls("{ service = \"fn\", probability = 1.5 }"));
    cases.add("call of nothing", calls("{ timeout = \"1s\" }"));
    cases.add("calls without number", calls("{ service = \"fn\", count = 0 }"));
    cases.add("calls beyond number", calls("{ service = \"fn\", count = 4000000000 }"));
    cases.add(
        "parallel with more",
        calls("{ service = \"fn\", parallel = [{ service = \"fn\" }] }"),
    );
    let circle = GOOD.replace(DEMAND, &format!("{DEMAND}\ncalls = [{{ service = \"fn\" }}]"));
    let circle = circle.replace(
        "demand.constant = \"50ms\"",
        "demand.constant = \"50ms\"\ncalls = [{ parallel = [{ service = \"web\" }] }]",
    );
    cases.add("circle of calls", told(&circle));
    cases.add("no demand", with(&format!("{DEMAND}\n"), ""));
    cases.check("services");
}

#[test]
fn functions_that_do_not_fit() {
    let mut cases = Cases::default();
    let fn_with = |more: &str| {
        with("demand.constant = \"50ms\"", &format!("demand.constant = \"50ms\"\n{more}"))
    };
    cases.add("larger than any host", fn_with("memory = \"2GiB\""));
    cases.add("more cpu than any host", fn_with("cpu = 3"));
    cases.add(
        "a member larger than any host",
        fn_with("family = { count = 3 }\nmemory = [\"128MiB\", \"3GiB\"]"),
    );
    cases.add("list without family", fn_with("memory = [\"128MiB\", \"256MiB\"]"));
    cases.add("failures without family", fn_with("failure = [0.1, 0.2]"));
    cases.add("family of nobody", fn_with("family = { count = 0 }"));
    cases.add(
        "weights of wrong length",
        fn_with("family = { count = 3, popularity.weights = [1, 2] }"),
    );
    cases.add("memory on servers", with(DEMAND, &format!("{DEMAND}\nmemory = \"1GiB\"")));
    let family =
        GOOD.replace("demand.constant = \"50ms\"", "demand.constant = \"50ms\"\nfamily.count = 3");
    cases.add("unknown member", told(&family.replace("service = \"web\"", "service = \"fn.3\"")));
    cases.add(
        "member of no family",
        told(&family.replace("service = \"web\"", "service = \"web.0x\"")),
    );
    cases.add(
        "service in two applications",
        and("[application.a]\nservices = [\"fn\"]\n[application.b]\nservices = [\"fn\"]"),
    );
    cases.add(
        "service twice in an application",
        and("[application.a]\nservices = [\"fn\", \"fn\"]"),
    );
    cases.add("application on servers", and("[application.a]\nservices = [\"web\"]"));
    cases.add("application of nobody", and("[application.a]\nservices = []"));
    cases.check("functions");
}

/// More than there can be, and what is taken for a slip.
#[test]
fn numbers_that_are_too_large() {
    let mut cases = Cases::default();
    let fn_with = |more: &str| {
        with("demand.constant = \"50ms\"", &format!("demand.constant = \"50ms\"\n{more}"))
    };
    let cloud = |more: &str| with("kind = \"faas\"", &format!("kind = \"faas\"\n{more}"));
    let provisioned = "provisioned_concurrency = 5";
    cases.add("provisioned and not allowed", fn_with(&format!("max_instances = 2\n{provisioned}")));
    cases.add(
        "provisioned and not kept",
        fn_with(&format!("reserved_concurrency = 1\n{provisioned}")),
    );
    cases.add("provisioned in vain", cloud(&format!("max_instances = 3\n{provisioned}")));
    cases.add("provisioned beyond number", fn_with("provisioned_concurrency = 4294967295"));
    cases.add(
        "provisioned at no rate",
        cloud(&format!("{provisioned}\nprovisioned_ramp = \"0/s\"")),
    );
    let least = "keep_alive.least-instances = { instances = 1000001, window = \"1m\" }";
    cases.add("kept beyond number", cloud(least));
    let hosts = "{ count = 4294967295, cpu = 1, memory = \"1GiB\" }, { count = 2";
    cases.add("hosts beyond number", with("{ count = 2", hosts));
    let boundless = GOOD.replace("hosts = ", "# hosts = ");
    let large = boundless.replace("\"50ms\"", "\"50ms\"\nmemory = \"9000000TiB\"");
    cases.add("memory beyond number", told(&large));
    cases.check("numbers");
}

#[test]
fn quotas_that_make_no_sense() {
    let mut cases = Cases::default();
    let account =
        |services: &str| and(&format!("[account.a]\nservices = [{services}]\nconcurrency = 9"));
    cases.add("account on servers", account("\"web\""));
    cases.add("account of an unknown service", account("\"fm\""));
    cases.add("service twice in an account", account("\"fn\", \"fn\""));
    let cloud = |more: &str| with("kind = \"faas\"", &format!("kind = \"faas\"\n{more}"));
    cases.add("quota of nothing", cloud("quota = { concurrency = 0 }"));
    cases.add("patience of no time", cloud("queue = { patience = \"0s\" }"));
    cases.add("bucket without refill", cloud("scaling = \"token-bucket\""));
    cases.check("quotas");
}

#[test]
fn clients_that_make_no_sense() {
    let mut cases = Cases::default();
    cases.add("no horizon", with("horizon = \"10s\"\n", ""));
    cases.add("users and arrivals", with(ARRIVALS, &format!("{ARRIVALS}\nusers = 5")));
    cases.add("neither users nor arrivals", with(&format!("{ARRIVALS}\n"), ""));
    cases.add("no users", with(ARRIVALS, "users = 0"));
    cases.add(
        "thought in an open loop",
        with(ARRIVALS, &format!("{ARRIVALS}\nthink_time.constant = \"1s\"")),
    );
    let with_delivery = |delivery: &str| with(ARRIVALS, &format!("{ARRIVALS}\n{delivery}"));
    cases.add("delivery of no kind", with_delivery("delivery = \"queu\""));
    let more = "delivery.queue = { pollers.ramp.every = \"0s\" }\nretries.attempts = 2";
    cases.add("delivery with retries", with_delivery(more));
    let throttled = "delivery.asynchronous.throttled.max_backoff = \"0s\"";
    cases.add("refusals at one instant", with_delivery(throttled));
    let at_once = "delivery.queue = { pause = \"0s\", attempts = 4000000000 }";
    cases.add("attempts at one instant", with_delivery(at_once));
    cases.add("messages of users", with(ARRIVALS, "users = 5\ndelivery = \"asynchronous\""));
    let family = GOOD.replace(DEMAND, &format!("{DEMAND}\nfamily.count = 3"));
    let stream = format!("{ARRIVALS}\ndelivery = \"stream\"");
    cases.add("a batch for several", told(&family.replace(ARRIVALS, &stream)));
    cases.add("client to nowhere", with("service = \"web\"\n", ""));
    cases.add("nobody sends", told("horizon = \"1s\""));
    cases.add("an empty file", told(""));
    cases.check("clients");
}

/// All that is wrong with a file, in the order of its lines.
#[test]
fn several_errors_at_once() {
    let mut cases = Cases::default();
    let text = GOOD
        .replace("\"10s\"", "\"10 parsecs\"")
        .replace("service = \"web\"", "servise = \"web\"")
        .replace("5/s", "5")
        .replace(DEMAND, "demand.exponental = { mean = \"10ms\" }")
        .replace("servers = 2", "servers = -2\ndiscipline = \"fifi\"")
        .replace("1GiB", "1 giga");
    cases.add("several errors", told(&text));
    let text = GOOD
        .replace("service = \"web\"", "service = \"wbe\"")
        .replace("5/s", "0/s")
        .replace("\"cloud\"", "\"clowd\"")
        .replace("servers = 2", "servers = 0");
    cases.add("several errors of meaning", told(&text));
    let calls =
        "calls = [{ servise = \"fn\" }, { paralel = [{ service = \"fn\" }] }, { parallel = [] }]";
    let text = GOOD
        .replace("horizon", "horison")
        .replace("service = \"web\"", "serivce = \"web\"")
        .replace("arrivals", "arivals")
        .replace(DEMAND, &format!("demnad.constant = \"10ms\"\n{calls}"));
    cases.add("slips of keys that are needed", told(&text));
    cases.add(
        "slip of a file",
        with(ARRIVALS, "arrivals.trace = { format = \"rate\", pth = \"a.csv\" }"),
    );
    cases.check("several");
}

/// Callers that come to wait for each other's places, directly, through others and in a circle of
/// platforms; not those that give up or whose calls are refused.
#[test]
fn callers_that_hold_what_they_wait_for() {
    let mut cases = Cases::default();
    let other = "[service.other]\nplatform = \"pool\"\ndemand.constant = \"1ms\"\n";
    let call = |calls: &str| GOOD.replace(DEMAND, &format!("{DEMAND}\n{calls}"));
    let beside = call("calls = [{ service = \"other\" }]");
    cases.add("on the same platform", told(&format!("{beside}\n{other}")));
    let through = call("calls = [{ parallel = [{ service = \"fn\" }] }]")
        .replace("\"50ms\"", "\"50ms\"\ncalls = [{ service = \"other\" }]");
    let unbounded = through.replace("hosts = ", "# hosts = ");
    cases.add("through another platform", told(&format!("{unbounded}\n{other}")));
    let back = "[service.back]\nplatform = \"cloud\"\ndemand.constant = \"1ms\"\n\
                calls = [{ service = \"other\" }]\n";
    let circle = call("calls = [{ service = \"fn\" }]");
    cases.add("in a circle of platforms", told(&format!("{circle}\n{back}\n{other}")));
    cases.check("deadlocks");
    let patient = format!("{beside}\n{other}");
    for (old, new) in [
        ("\"other\" }", "\"other\", timeout = \"1s\" }"),
        ("servers = 2", "servers = 2\nqueue.limit = 0"),
        ("servers = 2", "servers = 2\ndiscipline = \"processor-sharing\""),
    ] {
        let text = patient.replace(old, new);
        let loaded = load_text("fine.toml", &text, Path::new("."), "fine", &[]).unwrap();
        assert!(loaded.problems.is_empty(), "{}", loaded.problems.render(&loaded.sources, false));
    }
}
