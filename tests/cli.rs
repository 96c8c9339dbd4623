//! The command line, as a user meets it.
#![expect(clippy::unwrap_used, reason = "the helpers of tests are tests, too")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// The program with these arguments, without the environment that changes how it shows things.
fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cloudsched"));
    command.args(arguments).env_remove("RAYON_NUM_THREADS").stdin(Stdio::null());
    command
}

fn output(arguments: &[&str]) -> Output {
    command(arguments).output().unwrap()
}

/// Standard output of a command that is done.
fn stdout(arguments: &[&str]) -> String {
    let output = output(arguments);
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {told}");
    String::from_utf8(output.stdout).unwrap()
}

/// A short run of the first scenario of the manual, with more arguments.
fn quickstart<'a>(more: &[&'a str]) -> Vec<&'a str> {
    let short = ["run", "scenarios/quickstart.toml", "--set", "horizon=11m"];
    short.into_iter().chain(more.iter().copied()).collect()
}

const MM1: &str = "tests/cmd/files/mm1.toml";

#[test]
fn transcripts() {
    trycmd::TestCases::new().case("tests/cmd/*.trycmd").run();
}

#[test]
fn tables_and_rows() {
    insta::assert_snapshot!("quickstart_table", stdout(&quickstart(&[])));
    insta::assert_snapshot!(
        "quickstart_replications",
        stdout(&quickstart(&["--replications", "3"]))
    );
    insta::assert_snapshot!("quickstart_rows", stdout(&quickstart(&["--format", "csv"])));
}

#[test]
fn tables_fit_whatever_the_names() {
    let long =
        "a-service-with-a-name-that-is-longer-than-the-whole-line-of-a-terminal-can-ever-hold";
    let text = fs::read_to_string(MM1).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("long.toml");
    let text = text.replace("web", long).replace("pool", long).replace("mm1", long);
    fs::write(&file, text + "price = { server_hour = 0.096 }\n").unwrap();
    let file = file.to_str().unwrap();
    for more in [vec![], vec!["--replications", "2"]] {
        for line in
            stdout(&[&["run", file, "--set", "horizon=1m"], more.as_slice()].concat()).lines()
        {
            assert!(line.chars().count() <= 80, "{line}");
        }
    }
}

fn json(arguments: &[&str]) -> Value {
    serde_json::from_str(&stdout(arguments)).unwrap()
}

#[test]
fn json_is_what_the_interface_says() {
    let run = json(&quickstart(&["--format", "json"]));
    let keys: Vec<&String> = run.as_object().unwrap().keys().collect();
    let expected = [
        "batches",
        "clients",
        "cost",
        "digest",
        "half_widths",
        "metrics",
        "platforms",
        "scenario",
        "seed",
        "services",
        "version",
        "warnings",
    ];
    assert_eq!(keys, expected);
    assert_eq!((&run["scenario"], &run["seed"]), (&"quickstart".into(), &1.into()));
    assert_eq!(run["version"], env!("CARGO_PKG_VERSION"));
    let metrics = run["metrics"].as_object().unwrap();
    assert_eq!(metrics.len(), cloudsched::metric::METRICS.len());
    let count = |name: &str| metrics[name].as_u64().unwrap();
    assert_eq!(
        count("requests"),
        ["completed", "refused", "timed_out", "failed", "in_flight"].map(count).iter().sum::<u64>()
    );
    assert!(metrics["cost_usd"].is_f64() && metrics["placements"].is_null());
    assert_eq!(run["clients"]["users"]["requests"], metrics["requests"]);
    assert!(run["services"]["thumbnail"]["requests"].as_u64() < metrics["requests"].as_u64());
    assert!(run["platforms"]["pool"]["utilisation"].is_f64());
    assert!(run["platforms"]["lambda"]["utilisation"].is_null());
    let lines = run["cost"]["lines"].as_array().unwrap();
    let sum: f64 = lines.iter().map(|line| line["cost_usd"].as_f64().unwrap()).sum();
    let total = run["cost"]["total_usd"].as_f64().unwrap();
    assert!((sum - total).abs() < 1e-11, "{sum} {total}");
    assert!(lines.iter().any(|line| line["platform"] == "pool" && line["unit"] == "server-hour"));
}

#[test]
fn keys_are_in_the_order_of_the_catalogue() {
    let text = stdout(&quickstart(&["--format", "json"]));
    let mut rest = text.as_str();
    for metric in cloudsched::metric::METRICS {
        let key = format!("\"{}\":", metric.name);
        rest = rest.split_once(&key).unwrap_or_else(|| panic!("{key} is out of order")).1;
    }
}

#[test]
fn members_are_told_where_asked_for() {
    let family = ["--set", "service.web.family.count=3", "--format", "json"];
    let with = |more: &[&'static str]| {
        json(&[&["run", MM1, "--set", "horizon=1m"], &family[..], more].concat())
    };
    assert_eq!(with(&[])["services"].as_object().unwrap().len(), 1);
    let services = &with(&["--set", "output.members=true"])["services"];
    let requests = |name: &str| services[name]["requests"].as_u64().unwrap();
    assert_eq!(requests("web"), requests("web.0") + requests("web.1") + requests("web.2"));
    let single = ["run", MM1, "--set", "horizon=1m", "--set", "output.members=true"];
    let text = stdout(&[&single[..], &["--format", "json"]].concat());
    assert_eq!(text.matches("\"web\":").count(), 1, "{text}");
}

#[test]
fn the_same_bytes_whatever_the_threads() {
    for format in ["json", "csv", "table"] {
        let arguments = quickstart(&["--replications", "4", "--format", format]);
        let with = |threads: &str| {
            command(&arguments).env("RAYON_NUM_THREADS", threads).output().unwrap().stdout
        };
        let one = with("1");
        assert!(one == with("2") && one == with("1") && !one.is_empty(), "{format}");
    }
}

#[test]
fn the_seed_of_a_row_gives_that_row() {
    let rows = stdout(&quickstart(&["--replications", "4", "--format", "csv"]));
    let rows: Vec<&str> = rows.lines().collect();
    assert_eq!(rows.len(), 5);
    let (number, row) = rows[4].split_once(',').unwrap();
    assert_eq!(number, "3");
    let seed = row.split(',').next().unwrap();
    let alone = stdout(&quickstart(&["--seed", seed, "--format", "csv"]));
    assert_eq!(alone.lines().nth(1).unwrap().split_once(','), Some(("0", row)));
    let array = json(&quickstart(&["--replications", "1", "--format", "json"]));
    assert_eq!(array.as_array().unwrap().len(), 1);
}

#[test]
fn what_is_asked_for_but_has_no_folder_is_told() {
    let arguments = ["run", MM1, "--set", "horizon=10s", "--set", "output.requests=true"];
    let told = String::from_utf8(output(&arguments).stderr).unwrap();
    assert_eq!(told, "note: with --out DIR, what [output] asks for is written there\n");
    assert_eq!(output(&arguments[..4]).stderr, b"");
}

#[test]
fn warnings_are_told_and_kept_in_the_manifest() {
    let top = tempfile::tempdir().unwrap();
    let file = top.path().join("unused.toml");
    let unused = "[platform.unused]\nkind = \"servers\"\nservers = 1\nprice.host_hour = 1.0\n";
    fs::write(&file, fs::read_to_string(MM1).unwrap() + unused).unwrap();
    let folder = top.path().join("out");
    let (file, out) = (file.to_str().unwrap(), folder.to_str().unwrap());
    let run = output(&["run", file, "--set", "horizon=10s", "--out", out]);
    let told = String::from_utf8(run.stderr).unwrap();
    let manifest = fs::read_to_string(folder.join("manifest.toml")).unwrap();
    let manifest: toml::Table = manifest.parse().unwrap();
    let warnings = manifest["warnings"].as_array().unwrap();
    assert_eq!(warnings.len(), told.matches("warning: ").count(), "{told}");
    for warning in warnings {
        let (place, message) = warning.as_str().unwrap().split_once(": ").unwrap();
        assert!(told.contains(place) && told.contains(message), "{told}");
    }
    assert!(!warnings.is_empty(), "{told}");
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_folder_holds_what_makes_the_runs_again() {
    let top = tempfile::tempdir().unwrap();
    let folder = top.path().join("a/b");
    let arguments = quickstart(&["--replications", "2", "--format", "csv", "--seed", "5"]);
    let out = ["--out", folder.to_str().unwrap()];
    let rows = stdout(&[&arguments[..], &out].concat());
    let files = ["bill.csv", "manifest.toml", "quantiles.csv", "runs.csv", "summary.csv"];
    assert_eq!(names(&folder), files);
    assert_eq!(fs::read_to_string(folder.join("runs.csv")).unwrap(), rows);
    let manifest: toml::Table =
        fs::read_to_string(folder.join("manifest.toml")).unwrap().parse().unwrap();
    let again = top.path().join("again.toml");
    fs::write(&again, manifest["scenario"].as_str().unwrap()).unwrap();
    let mut replay = vec!["run".to_owned(), again.to_str().unwrap().to_owned()];
    for set in manifest["sets"].as_array().unwrap() {
        replay.extend(["--set".to_owned(), set.as_str().unwrap().to_owned()]);
    }
    let run = &manifest["run"][1];
    let seed = run["seed"].as_integer().unwrap().to_string();
    replay.extend(["--seed".to_owned(), seed, "--format".to_owned(), "json".to_owned()]);
    let replayed = json(&replay.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(replayed["digest"].as_str(), run["digest"].as_str());
    assert_eq!(manifest["command"][0].as_str(), Some("run"));
}

#[test]
fn requests_and_series_are_written_where_asked_for() {
    let top = tempfile::tempdir().unwrap();
    let sets = ["--set", "output.requests=true", "--set", "output.series={ every = '10s' }"];
    let run = |name: &str, more: &[&str]| {
        let folder = top.path().join(name);
        let out = ["--out", folder.to_str().unwrap(), "--format", "csv"];
        let base = ["run", MM1, "--set", "horizon=5m"];
        let rows = stdout(&[&base[..], &sets, &out, more].concat());
        assert!(
            ["requests.csv", "runs.csv", "series.csv"]
                .iter()
                .all(|&name| { names(&folder).iter().any(|found| found == name) })
        );
        let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
        (rows, read("requests.csv"), read("series.csv"))
    };
    let (rows, requests, series) = run("one", &[]);
    let ended = |row: &str| {
        let cells: Vec<u64> = row.split(',').skip(2).take(6).map(|c| c.parse().unwrap()).collect();
        (cells[0] - cells[5]) as usize
    };
    assert_eq!(requests.lines().count(), 1 + ended(rows.lines().nth(1).unwrap()));
    // A sample every 10 s, the first after 10 s, none at the horizon.
    assert_eq!(series.lines().count(), 1 + 29);
    assert!(
        series.starts_with("time_s,platform,queue_length,busy,instances,starting,begun\n10,pool,")
    );
    let (_, both, both_series) = run("two", &["--replications", "2"]);
    let first: Vec<String> = requests.lines().skip(1).map(|row| format!("0,{row}")).collect();
    let both: Vec<&str> = both.lines().collect();
    assert_eq!(both[0], format!("replication,{}", requests.lines().next().unwrap()));
    assert_eq!(both[1..=first.len()], first);
    assert!(both[first.len() + 1..].iter().all(|row| row.starts_with("1,")));
    assert_eq!(both_series.lines().count(), 1 + 2 * 29);
}

#[test]
fn a_folder_that_cannot_be_is_told_and_nothing_is_left() {
    let top = tempfile::tempdir().unwrap();
    let file = top.path().join("file");
    fs::write(&file, "mine").unwrap();
    for (out, why) in [(file.clone(), "it is a file"), (file.join("below"), "directory")] {
        let output = output(&["run", MM1, "--out", out.to_str().unwrap()]);
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0), "{told}");
        assert!(told.contains(out.to_str().unwrap()) && told.contains(why), "{told}");
    }
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
    let folder = top.path().join("none");
    let wrong = output(&["run", "tests/cmd/files/typos.toml", "--out", folder.to_str().unwrap()]);
    assert_eq!(wrong.status.code(), Some(1));
    assert_eq!(names(top.path()), ["file"]);
}

/// Whether the JSON Schema that the program prints takes a scenario.
fn takes(schema: &jsonschema::Validator, toml: &str) -> Result<(), String> {
    let scenario: toml::Table = toml.parse().unwrap();
    let scenario = serde_json::to_value(scenario).unwrap();
    schema.validate(&scenario).map_err(|error| error.to_string())
}

#[test]
fn the_schema_takes_scenarios_and_nothing_else() {
    let text = stdout(&["schema"]);
    assert_eq!(text, stdout(&["schema"]));
    let schema: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    let schema = jsonschema::draft202012::new(&schema).unwrap();
    let folders = ["scenarios", "scenarios/smoke", "src/cli/templates"];
    let mut files = 0;
    for folder in folders.iter().filter(|folder| Path::new(folder).is_dir()) {
        for name in names(Path::new(folder))
            .iter()
            .filter(|name| Path::new(name).extension().is_some_and(|end| end == "toml"))
        {
            files += 1;
            let text = fs::read_to_string(Path::new(folder).join(name)).unwrap();
            assert_eq!(takes(&schema, &text), Ok(()), "{folder}/{name}");
        }
    }
    assert!(files > 3);
    let mm1 = fs::read_to_string(MM1).unwrap();
    assert_eq!(takes(&schema, &mm1), Ok(()));
    for (right, wrong) in [
        ("servers = 1", "servers = 1\ncolour = 1"),
        ("kind = \"servers\"", "kind = \"faas\""),
        ("kind = \"servers\"", ""),
        ("kind = \"servers\"", "kind = \"server\""),
        ("servers = 1", "servers = -1"),
        ("servers = 1", "servers = 1\ndiscipline = \"fito\""),
        ("exponential", "exponentail"),
        ("\"100ms\"", "\"100\""),
        ("horizon", "horizont"),
    ] {
        let text = mm1.replacen(right, wrong, 1);
        assert!(text != mm1 && takes(&schema, &text).is_err(), "{text}");
    }
}

#[test]
fn a_closed_pipe_is_quiet() {
    for arguments in [&["list"][..], &["schema"], &["run", MM1, "--format", "csv"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let child = command(arguments).stdout(writer).stderr(Stdio::piped()).spawn().unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{arguments:?}");
        assert!(output.status.success(), "{arguments:?}");
    }
}

#[test]
fn a_closed_pipe_leaves_the_folder_whole() {
    let top = tempfile::tempdir().unwrap();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let folder = top.path().join("out");
    let arguments = ["run", MM1, "--set", "horizon=1m", "--out", folder.to_str().unwrap()];
    assert!(command(&arguments).stdout(writer).status().unwrap().success());
    let files = ["manifest.toml", "quantiles.csv", "runs.csv", "summary.csv"];
    assert_eq!(names(&folder), files);
}

#[test]
fn completions_know_the_commands() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = stdout(&["completions", shell]);
        assert!(script.contains("replications") && script.contains("validate"), "{shell}");
    }
}

#[test]
fn a_generated_day_is_replayed_by_the_scenario_beside_it() {
    let top = tempfile::tempdir().unwrap();
    let plain = top.path().join("plain");
    let gzip = top.path().join("gzip");
    let requests = |out: &Path, more: &[&str]| {
        let out = out.to_str().unwrap();
        let day = ["generate", "azure-2019", "--functions", "100", "--minutes", "20", "--out", out];
        assert_eq!(stdout(&day.into_iter().chain(more.iter().copied()).collect::<Vec<_>>()), "");
        let json = stdout(&["run", &format!("{out}/scenario.toml"), "--format", "json"]);
        let value: Value = serde_json::from_str(&json).unwrap();
        value["metrics"]["requests"].as_u64().unwrap()
    };
    let sent = requests(&plain, &[]);
    assert!((20_000..30_000).contains(&sent), "{sent}");
    assert_eq!(requests(&gzip, &["--gzip"]), sent);
    let names = |folder: &Path| {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    };
    let csv = [
        "app_memory_percentiles.anon.d01.csv",
        "function_durations_percentiles.anon.d01.csv",
        "invocations_per_function_md.anon.d01.csv",
    ];
    let with = |ending: &str| {
        let files = csv.iter().map(|name| format!("{name}{ending}"));
        files.chain(["scenario.toml".to_owned()]).collect::<Vec<_>>()
    };
    assert_eq!(names(&plain), with(""));
    assert_eq!(names(&gzip), with(".gz"));
    let again = output(&["generate", "azure-2019", "--out", plain.to_str().unwrap()]);
    assert!(!again.status.success());
    assert!(String::from_utf8(again.stderr).unwrap().contains("is not empty"));
}
