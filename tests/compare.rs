//! `compare`, as a user meets it: the table, the files, and the four exit statuses.
#![expect(clippy::unwrap_used, reason = "the helpers of tests are tests, too")]

use std::fs;
use std::process::{Command, Output, Stdio};

use cloudsched::stats::{Paired, holm};

const LIFO: &str = "scenarios/smoke/servers-lifo.toml";
const MM1: &str = "tests/cmd/files/mm1.toml";
const DISCIPLINES: [&str; 2] = ["--vary", "platform.pool.discipline=fifo,lifo"];

fn compare(file: &str, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cloudsched"));
    command.args(["compare", file]).args(arguments).stdin(Stdio::null());
    command.output().unwrap()
}

/// Exit status, standard output, standard error.
fn told(file: &str, arguments: &[&str]) -> (i32, String, String) {
    let Output { status, stdout, stderr } = compare(file, arguments);
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

/// The rows of a CSV file under its header.
fn rows(text: &str) -> Vec<Vec<String>> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

#[test]
fn the_order_of_a_line_does_not_move_the_mean_wait() {
    // Little's law: both disciplines serve as much work, and neither looks at how much a request
    // brings. What differs is the spread.
    let mut shown = 0;
    for seed in 1..=8 {
        let seed = seed.to_string();
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("out");
        let more = ["--metric", "waiting_ms_mean", "--metric", "waiting_ms_p99", "--seed", &seed];
        let out_argument = ["--out", out.to_str().unwrap()];
        let (status, ..) = told(MM1, &[&DISCIPLINES[..], &more, &out_argument].concat());
        assert_eq!(status, 0);
        let table = rows(&fs::read_to_string(out.join("compare.csv")).unwrap());
        assert_eq!(
            (table[0][0].as_str(), table[1][0].as_str()),
            ("waiting_ms_mean", "waiting_ms_p99")
        );
        let number = |column: usize| table[0][column].parse::<f64>().unwrap();
        let (half_width, unpaired) = (number(6), number(7));
        assert!(half_width < unpaired, "{half_width} is not less than {unpaired}");
        shown += u32::from(table[0][11] != "no difference shown");
        assert_eq!(table[1][11], "worse", "the unlucky wait longest under LIFO");
    }
    assert!(shown <= 1, "{shown} of 8 show a difference that is none");
}

#[test]
fn the_file_is_what_its_runs_say() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let vary = ["--vary", "platform.pool.servers=1,2,3", "--set", "horizon=5m"];
    let more = ["--replications", "4", "--out", out.to_str().unwrap()];
    let (status, _, messages) = told(MM1, &[&vary[..], &more].concat());
    let files = "compare.csv, runs.csv, summary.csv, quantiles.csv, manifest.toml";
    assert_eq!((status, messages), (0, format!("wrote {files} into {}\n", out.display())));
    let runs_text = fs::read_to_string(out.join("runs.csv")).unwrap();
    let header: Vec<&str> = runs_text.lines().next().unwrap().split(',').collect();
    let runs = rows(&runs_text);
    let compared = rows(&fs::read_to_string(out.join("compare.csv")).unwrap());
    // cost_usd is defined, and zero in every run; cold_start_fraction is not.
    let metrics: Vec<&str> = compared.iter().map(|row| row[0].as_str()).collect();
    let expected = ["response_ms_mean", "response_ms_p99"].map(|name| [name; 2]);
    assert_eq!(metrics, expected.concat());
    let seeds = |servers: &str| -> Vec<String> {
        runs.iter().filter(|row| row[0] == servers).map(|row| row[2].clone()).collect()
    };
    assert_eq!((seeds("1"), seeds("1").len()), (seeds("3"), 4));
    let mut p = Vec::new();
    for row in &compared {
        let column = header.iter().position(|name| *name == row[0]).unwrap();
        let values = |servers: &str| -> Vec<f64> {
            let of = runs.iter().filter(|run| run[0] == servers);
            of.map(|run| run[column].parse().unwrap()).collect()
        };
        let paired = Paired::of(&values(&row[1]), &values(&row[2]), 0.95).unwrap();
        let Paired { mean_a, mean_b, difference, half_width, unpaired_half_width, .. } = paired;
        let figures = [mean_a, mean_b, difference, half_width, unpaired_half_width];
        let found: Vec<f64> = row[3..8].iter().map(|cell| cell.parse().unwrap()).collect();
        assert_eq!(found, figures, "{row:?}");
        assert_eq!((row[8].as_str(), row[9].parse::<f64>().unwrap()), ("4", paired.p));
        p.push(paired.p);
    }
    let corrected: Vec<f64> = compared.iter().map(|row| row[10].parse().unwrap()).collect();
    assert_eq!(corrected, holm(&p));
    let manifest: toml::Table =
        fs::read_to_string(out.join("manifest.toml")).unwrap().parse().unwrap();
    assert_eq!(manifest["run"].as_array().unwrap().len(), 12);
    let chart = Command::new(env!("CARGO_BIN_EXE_cloudsched"))
        .args(["plot", out.to_str().unwrap(), "--chart", "differences"])
        .output()
        .unwrap();
    assert!(chart.status.success() && out.join("differences-1.svg").exists());
}

#[test]
fn the_table_fits_and_is_ranked() {
    let long = r#"{ lognormal = { mean = "100ms", cv = 4.25 } },{ constant = "110ms" }"#;
    let vary = format!("service.web.demand={long},{{ constant = \"50ms\" }}");
    let (status, table, _) = told(MM1, &["--vary", &vary, "--metric", "response_ms_mean"]);
    assert_eq!(status, 0);
    for line in table.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
    let place = |text: &str| table.find(text).unwrap_or_else(|| panic!("no {text} in {table}"));
    assert!(place("lognormal") < place("baseline"));
    assert!(place("baseline") < place("constant 50ms"), "{table}");
    assert!(place("constant 50ms") < place("constant 110ms"), "the better one first: {table}");
    assert!(table.contains("Holm's correction for 2 comparisons"));
    // One comparison needs no correction.
    let (_, table, _) =
        told(LIFO, &["--vary", "platform.lifo.servers=1,2", "--metric", "waiting_ms_mean"]);
    assert!(table.contains("narrowed") && !table.contains("Holm"), "{table}");
}

#[test]
fn values_are_called_by_what_tells_them_apart() {
    let pool =
        |servers| format!("{{ kind = \"servers\", discipline = \"fifo\", servers = {servers} }}");
    let vary = format!("platform.pool={},{}", pool(1), pool(2));
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().to_str().unwrap();
    let short = ["--set", "horizon=1m", "--replications", "2", "--out", out];
    let (status, table, messages) = told(MM1, &[&["--vary", &vary], &short[..]].concat());
    assert_eq!(status, 0, "{messages}");
    let first: Vec<&str> =
        table.lines().filter_map(|line| line.strip_prefix("  servers ")).collect();
    assert!(first[0].starts_with("1 ") && first[1].starts_with("2 "), "{table}");
    let chart =
        Command::new(env!("CARGO_BIN_EXE_cloudsched")).args(["plot", out]).output().unwrap();
    assert!(chart.status.success(), "{chart:?}");
    let chart = fs::read_to_string(folder.path().join("differences.svg")).unwrap();
    assert!(chart.contains("servers 2 compared with servers 1"), "{chart}");
    // The file has them in full.
    let table = rows(&fs::read_to_string(folder.path().join("compare.csv")).unwrap());
    assert_eq!((&table[0][1], &table[0][2]), (&pool(1), &pool(2)));
}

#[test]
fn a_value_that_answers_nothing_is_not_called_better() {
    let fixed = ["--set", "service.web.demand={ constant = \"50ms\" }", "--set", "horizon=1m"];
    let priced = ["--set", "platform.pool.price={ server_hour = 1.0 }", "--replications", "2"];
    let vary = ["--vary", "client.users.timeout=10s,1ms"];
    let all = [&fixed[..], &priced, &vary].concat();
    let (status, table, messages) = told(MM1, &all);
    assert_eq!(status, 0, "{messages}");
    let block = table.split("\n\n").find(|block| block.starts_with("availability")).unwrap();
    assert!(block.ends_with("worse"), "{table}");
    assert!(
        messages.contains("warning: 1ms: no request was completed in 2 of 2 runs"),
        "{messages}"
    );
    let left_out = "note: left out, since not every run of 1ms has a value: response_ms_mean, response_ms_p99\n";
    assert!(messages.contains(left_out), "{messages}");
    // Who asks for something else is told.
    let (_, table, messages) = told(MM1, &[&all[..], &["--metric", "cost_usd"]].concat());
    assert!(!table.contains("availability"), "{table}");
    assert!(messages.contains("availability is 1.0000 at 10s, 0.0000 at 1ms"), "{messages}");
    // And a limit on what has no value is no success.
    let (status, _, messages) =
        told(MM1, &[&all[..], &["--fail-if", "response_ms_p99 > 2e3"]].concat());
    assert_eq!(status, 1);
    assert!(
        messages.contains("response_ms_p99 > 2000: no run of 1ms has response_ms_p99"),
        "{messages}"
    );
    let (status, ..) = told(MM1, &[&all[..], &["--fail-if", "availability < 0.9"]].concat());
    assert_eq!(status, 3);
}

#[test]
fn runs_without_chance_are_no_sample() {
    let arrivals = "client.users.arrivals={ constant = { rate = \"5/s\" } }";
    let fixed = ["--set", arrivals, "--set", "horizon=1m", "--replications", "3"];
    let demands = "service.web.demand={ constant = \"50ms\" },{ constant = \"60ms\" }";
    let (status, table, messages) = told(MM1, &[&fixed[..], &["--vary", demands]].concat());
    assert_eq!(status, 0, "{messages}");
    assert!(
        messages.starts_with("note: all replications of each value are the same run"),
        "{messages}"
    );
    assert!(table.contains("worse") && !table.contains("t test"), "{table}");
    assert!(table.ends_with("verdict: the plain difference, the same in all 3 pairs of runs\n"));
    // With chance in one of them there is a test.
    let demands =
        "service.web.demand={ constant = \"50ms\" },{ exponential = { mean = \"60ms\" } }";
    let (_, table, messages) = told(MM1, &[&fixed[..], &["--vary", demands]].concat());
    assert!(
        !messages.contains("the same run") && table.contains("paired t tests"),
        "{messages}{table}"
    );
}

#[test]
fn the_same_bytes_whatever_the_threads() {
    let run = |threads: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cloudsched"));
        command
            .args(["compare", LIFO, "--vary", "platform.lifo.discipline=lifo,fifo"])
            .env("RAYON_NUM_THREADS", threads);
        command.output().unwrap().stdout
    };
    let one = run("1");
    assert!(!one.is_empty() && one == run("3"));
}

#[test]
fn the_exit_status_says_what_became_of_it() {
    let short = [&DISCIPLINES[..], &["--set", "horizon=1m", "--replications", "2"]].concat();
    let with = |more: &[&str]| told(MM1, &[&short[..], more].concat());
    let (status, table, messages) = with(&["--fail-if", "response_ms_mean > 1e9"]);
    assert_eq!((status, messages.as_str()), (0, ""));
    assert!(table.contains("response_ms_mean"));
    // The table comes all the same.
    let limits = ["--fail-if", "completed<=1", "--fail-if", "response_ms_max >= 0.5"];
    let (status, table, messages) = with(&limits);
    assert_eq!(status, 3);
    assert!(table.contains("response_ms_mean"));
    let lines: Vec<&str> = messages.lines().collect();
    assert_eq!(lines.len(), 2, "{messages}");
    for (line, value) in lines.into_iter().zip(["fifo", "lifo"]) {
        let start = format!("error: response_ms_max >= 0.5: the mean of {value} is ");
        let mean: f64 = line.strip_prefix(&start).unwrap().parse().unwrap();
        assert!(mean > 100.0, "{line}");
    }
    let (status, _, messages) = with(&["--fail-if", "cold_start_fraction > 0"]);
    assert_eq!(status, 1);
    assert!(messages.contains("no run of fifo has cold_start_fraction"), "{messages}");
    let (status, _, messages) = with(&["--metric", "cold_starts"]);
    assert_eq!(status, 1);
    assert!(
        messages.starts_with("note: left out, since not every run of fifo and lifo"),
        "{messages}"
    );
}

#[test]
fn what_is_wrong_is_told_before_anything_runs() {
    for (arguments, status, what) in [
        (&["--fail-if", "response_ms_p99 250"][..], 2, "write METRIC > NUMBER"),
        (&["--fail-if", "respons_ms_p99 > 250"], 2, "did you mean `response_ms_p99`?"),
        (&["--metric", "cost_us"], 2, "did you mean `cost_usd`?"),
        (&["--replications", "1"], 2, "1 is not in 2..=1000000"),
        (&["--set", "horizon=[1m"], 1, "--set:1:10"),
    ] {
        let (found, table, messages) = told(MM1, &[&DISCIPLINES[..], arguments].concat());
        assert_eq!((found, table.as_str()), (status, ""), "{messages}");
        assert!(messages.contains(what), "{messages}");
    }
    for (vary, place) in [
        ("platform.pool.discipline=fifo,lifoo", "--vary:1:31"),
        ("platform.pool.discipline=fifo", "--vary:1:26"),
        ("seed=1,2", "--vary:1:1"),
        ("horizon=1m,[2", "--vary:1:14"),
    ] {
        let (status, table, messages) = told(MM1, &["--vary", vary]);
        assert_eq!((status, table.as_str()), (1, ""), "{messages}");
        assert!(messages.contains(place), "{messages}");
    }
    assert_eq!(told(MM1, &[]).0, 2);
}
