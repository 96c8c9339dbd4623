//! What a user reads when the input is wrong: every text exactly, and never a panic.
//!
//! The texts stand in `tests/snapshots`; `INSTA_UPDATE=always cargo test --test bad_input` takes
//! the present ones. Read them as a user would.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use cloudsched::scenario::{load, load_text};
use cloudsched::world::run;
use flate2::Compression;
use flate2::write::GzEncoder;
use insta::assert_snapshot;

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
    let error = load(Path::new("no/such/scenario.toml"), &[]).unwrap_err();
    assert_snapshot!("missing_scenario", error.render(false));
    assert_snapshot!(
        "missing_trace",
        with(ARRIVALS, "arrivals.trace = { format = \"rate\", path = \"no/such.csv\" }")
    );
    assert_snapshot!(
        "trace_without_file",
        with(ARRIVALS, "arrivals.trace = { format = \"rate\" }")
    );
    assert_snapshot!(
        "trace_of_no_format",
        with(ARRIVALS, "arrivals.trace = { format = \"azure\" }")
    );
    assert_snapshot!("missing_values", with(DEMAND, "demand.empirical = { file = \"no.csv\" }"));
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
    let rows = |rows: &str| format!("time_s,service,duration_s\n{rows}");
    let requests = |text: &str| traced(rows(text).as_bytes(), "requests", "");
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(rows("1,web,2\n").repeat(200).as_bytes()).unwrap();
    let packed = packed.finish().unwrap();
    assert_snapshot!("cut_off_gzip", traced(&packed[..packed.len() / 2], "requests", ""));
    assert_snapshot!("row_out_of_order", requests("1,web,0.5\n3,web,0.5\n2,web,0.5\n"));
    assert_snapshot!("negative_duration", requests("1,web,0.5\n2,web,-0.5\n"));
    assert_snapshot!("unknown_service_in_trace", requests("1,web,0.5\n2,wbe,0.5\n3,api,1\n"));
    assert_snapshot!("no_column", traced(b"when,count\n1,2\n", "rate", "service = \"web\"\n"));
    assert_snapshot!("not_a_number", requests("1,web,soon\n"));
    assert_snapshot!("empty_trace", traced(b"", "requests", ""));
    assert_snapshot!("trace_of_no_rows", requests(""));
    assert_snapshot!(
        "trace_and_service",
        traced(rows("1,web,1\n").as_bytes(), "requests", "service = \"web\"\n")
    );
    let azure = "app,func,end_timestamp,duration\na,f,5,-3\na,f,6,60\n";
    assert_snapshot!(
        "oddities_are_counted",
        traced(azure.as_bytes(), "azure-2021", "service = \"fn\"\n")
    );
}

#[test]
fn values_that_cannot_be() {
    assert_snapshot!("negative_demand", with(DEMAND, "demand.constant = \"-5ms\""));
    assert_snapshot!("negative_mean", with(DEMAND, "demand.exponential = { mean = -1 }"));
    assert_snapshot!("horizon_of_zero", with("\"10s\"", "\"0s\""));
    assert_snapshot!("horizon_past_the_end_of_time", with("\"10s\"", "\"99999d\""));
    assert_snapshot!("warm_up_past_the_horizon", with("horizon", "warm_up = \"10s\"\nhorizon"));
    assert_snapshot!("rate_that_overflows", with("5/s", "1e300/s"));
    assert_snapshot!("rate_over_one_a_nanosecond", with("5/s", "2e9/s"));
    assert_snapshot!("rate_of_zero", with("5/s", "0/s"));
    assert_snapshot!("zero_servers", with("servers = 2", "servers = 0"));
    assert_snapshot!("speed_of_zero", with("servers = 2", "servers = 2\nspeed = 0"));
    assert_snapshot!("zero_timeout", with(ARRIVALS, &format!("{ARRIVALS}\ntimeout = \"0s\"")));
    assert_snapshot!("zero_attempts", with(ARRIVALS, &format!("{ARRIVALS}\nretries.attempts = 0")));
    assert_snapshot!("zero_concurrency", with("\"faas\"", "\"faas\"\nconcurrency = 0"));
    assert_snapshot!("zero_instances", with("\"faas\"", "\"faas\"\nmax_instances = 0"));
    assert_snapshot!("zero_requests", with("horizon", "requests = 0\nhorizon"));
    assert_snapshot!("zero_hosts", with("count = 2", "count = 0"));
    assert_snapshot!("samples_all_the_time", and("[output]\nseries.every = \"0s\""));
    let stages = "arrivals.stages = [{ duration = \"5s\", target = \"0/s\" }]";
    assert_snapshot!("stages_of_nothing", with(ARRIVALS, stages));
}

#[test]
fn services_that_do_not_fit_together() {
    assert_snapshot!("undefined_service", with("service = \"web\"", "service = \"wbe\""));
    assert_snapshot!("undefined_platform", with("\"pool\"", "\"clod\""));
    let calls = |calls: &str| with(DEMAND, &format!("{DEMAND}\ncalls = [{calls}]"));
    assert_snapshot!("undefined_callee", calls("{ service = \"fm\" }"));
    assert_snapshot!("call_to_itself", calls("{ service = \"web\" }"));
    assert_snapshot!("probability_over_one", calls("{ service = \"fn\", probability = 1.5 }"));
    assert_snapshot!("call_of_nothing", calls("{ timeout = \"1s\" }"));
    assert_snapshot!("calls_without_number", calls("{ service = \"fn\", count = 0 }"));
    assert_snapshot!("calls_beyond_number", calls("{ service = \"fn\", count = 4000000000 }"));
    assert_snapshot!(
        "parallel_with_more",
        calls("{ service = \"fn\", parallel = [{ service = \"fn\" }] }")
    );
    let circle = GOOD.replace(DEMAND, &format!("{DEMAND}\ncalls = [{{ service = \"fn\" }}]"));
    let circle = circle.replace(
        "demand.constant = \"50ms\"",
        "demand.constant = \"50ms\"\ncalls = [{ parallel = [{ service = \"web\" }] }]",
    );
    assert_snapshot!("circle_of_calls", told(&circle));
    assert_snapshot!("no_demand", with(&format!("{DEMAND}\n"), ""));
}

#[test]
fn functions_that_do_not_fit() {
    let fn_with = |more: &str| {
        with("demand.constant = \"50ms\"", &format!("demand.constant = \"50ms\"\n{more}"))
    };
    assert_snapshot!("larger_than_any_host", fn_with("memory = \"2GiB\""));
    assert_snapshot!("more_cpu_than_any_host", fn_with("cpu = 3"));
    assert_snapshot!(
        "a_member_larger_than_any_host",
        fn_with("family = { count = 3 }\nmemory = [\"128MiB\", \"3GiB\"]")
    );
    assert_snapshot!("list_without_family", fn_with("memory = [\"128MiB\", \"256MiB\"]"));
    assert_snapshot!("family_of_nobody", fn_with("family = { count = 0 }"));
    assert_snapshot!(
        "weights_of_wrong_length",
        fn_with("family = { count = 3, popularity.weights = [1, 2] }")
    );
    assert_snapshot!("memory_on_servers", with(DEMAND, &format!("{DEMAND}\nmemory = \"1GiB\"")));
    let family =
        GOOD.replace("demand.constant = \"50ms\"", "demand.constant = \"50ms\"\nfamily.count = 3");
    assert_snapshot!(
        "unknown_member",
        told(&family.replace("service = \"web\"", "service = \"fn.3\""))
    );
    assert_snapshot!(
        "member_of_no_family",
        told(&family.replace("service = \"web\"", "service = \"web.0x\""))
    );
    assert_snapshot!(
        "service_in_two_applications",
        and("[application.a]\nservices = [\"fn\"]\n[application.b]\nservices = [\"fn\"]")
    );
    assert_snapshot!(
        "service_twice_in_an_application",
        and("[application.a]\nservices = [\"fn\", \"fn\"]")
    );
    assert_snapshot!("application_on_servers", and("[application.a]\nservices = [\"web\"]"));
    assert_snapshot!("application_of_nobody", and("[application.a]\nservices = []"));
}

#[test]
fn clients_that_make_no_sense() {
    assert_snapshot!("no_horizon", with("horizon = \"10s\"\n", ""));
    assert_snapshot!("users_and_arrivals", with(ARRIVALS, &format!("{ARRIVALS}\nusers = 5")));
    assert_snapshot!("neither_users_nor_arrivals", with(&format!("{ARRIVALS}\n"), ""));
    assert_snapshot!("no_users", with(ARRIVALS, "users = 0"));
    assert_snapshot!(
        "thought_in_an_open_loop",
        with(ARRIVALS, &format!("{ARRIVALS}\nthink_time.constant = \"1s\""))
    );
    assert_snapshot!("client_to_nowhere", with("service = \"web\"\n", ""));
    assert_snapshot!("nobody_sends", told("horizon = \"1s\""));
    assert_snapshot!("an_empty_file", told(""));
}

/// All that is wrong with a file, in the order of its lines.
#[test]
fn several_errors_at_once() {
    let text = GOOD
        .replace("\"10s\"", "\"10 parsecs\"")
        .replace("service = \"web\"", "servise = \"web\"")
        .replace("5/s", "5")
        .replace(DEMAND, "demand.exponental = { mean = \"10ms\" }")
        .replace("servers = 2", "servers = -2\ndiscipline = \"fifi\"")
        .replace("1GiB", "1 giga");
    assert_snapshot!("several_errors", told(&text));
    let text = GOOD
        .replace("service = \"web\"", "service = \"wbe\"")
        .replace("5/s", "0/s")
        .replace("\"cloud\"", "\"clowd\"")
        .replace("servers = 2", "servers = 0");
    assert_snapshot!("several_errors_of_meaning", told(&text));
}

/// A closed loop in which no time passes goes round at one instant: the run ends with the reason.
#[test]
fn a_clock_that_stands_still() {
    let text = r#"
        horizon = "1h"
        client.hasty = { service = "web", users = 2 }
        service.web = { platform = "pool", demand.constant = "10ms" }
        platform.pool = { kind = "servers", servers = 1, queue.limit = 0 }
    "#;
    let loaded = load_text("still.toml", text, Path::new("."), "still", &[]).unwrap();
    let still = AssertUnwindSafe(|| run(&loaded.specification, loaded.seed, None, None));
    let Err(payload) = catch_unwind(still) else { panic!("the run came to an end") };
    assert_snapshot!("clock_stands_still", payload.downcast_ref::<String>().unwrap());
}
