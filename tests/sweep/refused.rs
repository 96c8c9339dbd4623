//! What a sweep tells when it cannot be, or cannot be gone on with.

use std::fs;

use super::{BASE, Bench, GRID, read};

/// What is told of a scenario with this table.
fn wrong(sweep: &str) -> String {
    Bench::new(sweep).fails("sweep a.toml --out out")
}

#[test]
fn a_table_that_is_wrong_is_told_with_its_places() {
    let mut all = String::new();
    for sweep in [
        "",
        "[sweep]\nreplication = 3",
        "[sweep]\nreplications = 0\nconfidence = 1.5\nvary.\"horizon\" = []\nvary.\"seed\" = [1, 2]",
        "[sweep]\nvary.\"horizon\" = \"10s\"\nvary.\"a..b\" = [1]\nvary.platform.pool.servers = [1]",
        "[sweep]\npair = true\nvary.\"horizon\" = [\"1s\", \"2s\"]\nvary.\"platform.pool.servers\" = [1, 2, 3]",
        "[sweep]\nvary = 3",
        "[sweep]\nvary.\"horizon\" = [\"1s\", \"2s\", \"1s\"]",
        "[sweep]\nvary.\"'seed'\" = [1, 2]",
        "[sweep]\npair = true\nvary.\"horizon\" = [\"1s\", \"2s\", \"1s\"]\nvary.\"platform.pool.servers\" = [1, 2, 1]",
        "[sweep]\nvary.\"platform.pool\" = [{ kind = \"servers\" }]\nvary.\"platform . pool.servers\" = [1, 2]",
        "[sweep]\nreplications = 2\nuntil = { metric = \"response_ms_p98\", relative_half_width = 0.1 }",
        "[sweep]\nuntil = { metric = \"response_ms_p98\", relative_half_width = 0.1 }",
        "[sweep]\nuntil = { metric = \"requests\", relative_half_width = 0.1, least = 1 }",
        "[sweep]\nvary.\"horizon\" = { from = \"1s\", to = \"9s\" }",
        "[sweep]\nsample = { method = \"latin\", points = 0 }\nvary.\"horizon\" = { from = 1, to = \"9s\" }",
    ] {
        all += &format!("== {sweep}\n{}\n", wrong(&format!("\n{sweep}\n")));
    }
    insta::assert_snapshot!("tables", all);
}

#[test]
fn values_that_are_wrong_are_told_before_anything_runs() {
    let bench = Bench::new(
        "\n[sweep]\nvary.\"platform.pool.servers\" = [1, \"two\", 0]\n\
         vary.\"platform.pool.discipline\" = [\"fifo\", \"fito\"]\nvary.\"horizon\" = [\"1s\", \"2s\"]\n",
    );
    insta::assert_snapshot!("values", bench.fails("sweep a.toml --out out"));
    assert!(!bench.path("out").exists());
}

#[test]
fn what_is_wrong_along_an_axis_is_told_once() {
    let told = wrong("\n[sweep]\nvary.\"service.wbe.memory\" = [\"1MiB\", \"2MiB\"]\n");
    assert!(
        told.contains("error: there is no service `wbe`") && told.contains("did you mean `web`?"),
        "{told}"
    );
    assert!(told.ends_with("1 error in a.toml\n"), "{told}");
    let told = wrong("\n[sweep]\nvary.\"service.web.memroy\" = [\"1MiB\", \"2MiB\", \"3MiB\"]\n");
    assert!(
        told.ends_with("1 error in a.toml\n") && told.contains("did you mean `memory`?"),
        "{told}"
    );
    // A table that only axes make is none that is missing.
    let both = "vary.\"service.other.platform\" = [\"pool\"]\nvary.\"service.other.demand.constant\" = [\"1ms\"]\n";
    Bench::new(&format!("\n[sweep]\nreplications = 2\n{both}")).done("sweep a.toml --out out");
}

#[test]
fn a_journal_of_another_sweep_is_not_gone_on_with() {
    let bench = Bench::new(GRID);
    bench.done("sweep a.toml --shard 1/2 --out part");
    let journal = read(&bench.path("part/shard.jsonl"));
    let left = bench.path("out/.unfinished.jsonl");
    fs::create_dir(bench.path("out")).unwrap();
    let begun: String = journal.split_inclusive('\n').take(4).collect();
    fs::write(&left, &begun).unwrap();
    let mut all = String::new();
    for words in ["", "--resume", "--resume --shard 2/2 --seed 5 --set horizon=2s"] {
        all +=
            &format!("== {words}\n{}\n", bench.fails(&format!("sweep a.toml --out out {words}")));
    }
    bench.scenario(&format!("{BASE}{GRID}# changed\n"));
    let words = "sweep a.toml --out out --resume --shard 1/2";
    all += &format!("== another file\n{}\n", bench.fails(words));
    bench.scenario(&format!("{BASE}{GRID}"));
    fs::write(&left, begun.replace("\"version\":\"", "\"version\":\"9.")).unwrap();
    all += &format!("== another version\n{}\n", bench.fails(words));
    let lines: Vec<&str> = begun.split_inclusive('\n').collect();
    fs::write(&left, [lines[0], lines[2], lines[1]].concat()).unwrap();
    all += &format!("== another order\n{}\n", bench.fails(words));
    fs::write(&left, [lines[0], "{\"done\":\n", lines[1]].concat()).unwrap();
    all += &format!("== a line that is none\n{}\n", bench.fails(words));
    let all = all.replace(env!("CARGO_PKG_VERSION"), "[VERSION]");
    insta::assert_snapshot!("journals", all);
}

#[test]
fn shards_that_do_not_make_a_whole_are_not_merged() {
    let bench = Bench::new(GRID);
    for number in 1..=3 {
        bench.done(&format!("sweep a.toml --shard {number}/3 --out {number}"));
    }
    bench.done("sweep a.toml --shard 1/3 --seed 7 --out other");
    fs::create_dir(bench.path("empty")).unwrap();
    let torn = read(&bench.path("2/shard.jsonl"));
    let torn: String = torn.split_inclusive('\n').take(5).collect();
    for (folder, name) in [("begun", ".unfinished.jsonl"), ("torn", "shard.jsonl")] {
        fs::create_dir(bench.path(folder)).unwrap();
        fs::write(bench.path(&format!("{folder}/{name}")), &torn).unwrap();
    }
    let mut all = String::new();
    for words in ["1 3", "1 2 2 3", "1 2 3 1", "1 2 other", "1 begun 3", "1 torn 3", "1 empty 3"] {
        all += &format!("== {words}\n{}\n", bench.fails(&format!("merge {words} --out out")));
    }
    insta::assert_snapshot!("shards", all);
    assert!(!bench.path("out").exists());
}

/// A user who neither thinks nor waits goes round in circles at one instant, which the program gives
/// up: the scenario is to be mended, so no place of the program is named.
const CIRCLE: &str = r#"
[sweep]
replications = 2
vary."service.web.demand.constant" = ["10ms", "0s", "20ms"]
"#;

#[test]
fn a_run_that_fails_is_told_and_the_others_go_on() {
    let base = BASE.replace("arrivals.poisson = { rate = \"20/s\" }", "users = 1");
    let bench = Bench::new("");
    bench.scenario(&format!("{base}{CIRCLE}"));
    let told = bench.fails("sweep a.toml --out out");
    let replay =
        "  replay: cloudsched run a.toml --seed 1 --set 'service.web.demand.constant=\"0s\"'";
    assert!(told.contains("point 1, replication 0 (seed 1) failed: "), "{told}");
    assert!(told.lines().any(|line| line == replay), "{told}");
    assert!(!told.contains("thread '") && !told.contains(".rs:"), "{told}");
    assert!(told.ends_with("error: 2 of 6 runs failed; see manifest.toml\n"), "{told}");
    let points: Vec<String> =
        bench.rows("out/runs.csv").into_iter().map(|row| row[0].clone()).collect();
    assert_eq!(points, ["10ms", "10ms", "20ms", "20ms"]);
    let summary: Vec<String> =
        bench.rows("out/summary.csv").iter().map(|row| row[..2].join(" ")).collect();
    assert_eq!(summary, ["10ms 2", "0s 0", "20ms 2"]);
    let manifest: toml::Table = read(&bench.path("out/manifest.toml")).parse().unwrap();
    let failed = &manifest["run"][2];
    assert!(failed["panicked"].as_str().unwrap().contains("instant"), "{failed:?}");
    assert_eq!(failed["replay"].as_str(), replay.strip_prefix("  replay: "));
    assert!(!bench.path("out/.unfinished.jsonl").exists());
}
