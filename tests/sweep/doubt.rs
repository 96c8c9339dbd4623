//! What is told of points whose runs say less than they seem to.

use super::{BASE, Bench, told};

/// Constant arrivals and demands at one point, demands that are drawn at the other; and one whose demand no timeout allows.
const MIXED: &str = r#"
[sweep]
replications = 3
vary."service.web.demand" = [{ constant = "20ms" }, { exponential = { mean = "20ms" } }, { constant = "2s" }]
"#;

fn bench() -> Bench {
    let bench = Bench::new("");
    let poisson = r#"arrivals.poisson = { rate = "20/s" }"#;
    let constant = "arrivals.constant = { rate = \"20/s\" }\ntimeout = \"1s\"";
    assert!(BASE.contains(poisson));
    bench.scenario(&(BASE.replace(poisson, constant) + MIXED));
    bench
}

#[test]
fn copies_and_loads_in_vain_are_told() {
    let output = bench().output("sweep a.toml --out out");
    let told = told(&output);
    assert!(told.contains("note: at 2 of 3 points all replications are the same run: "), "{told}");
    assert!(told.contains("warning: at 1 of 3 points no request was completed\n"), "{told}");
    // Where all runs are the same, there is no ±.
    let table = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<&str> = table.lines().filter(|line| line.contains("20ms")).collect();
    assert_eq!(lines.len(), 2, "{table}");
    assert!(!lines[0].contains('±') && lines[1].contains('±'), "{table}");
}

#[test]
fn a_run_says_so_too() {
    let bench = bench();
    let run = |demand: &str, more: &str| {
        let words = format!("run a.toml --set service.web.demand={{{demand}}}{more}");
        let output = bench.output(&words);
        (told(&output), String::from_utf8(output.stdout).unwrap())
    };
    let (constant, drawn) = ("constant=\"20ms\"", "exponential={mean=\"20ms\"}");
    assert_eq!(run(constant, "").0, "");
    let (told, _) = run("constant=\"2s\"", "");
    assert!(told.starts_with("warning: no request was completed: of 400 sent, "), "{told}");
    let (told, table) = run(constant, " --replications 3");
    assert!(told.starts_with("note: all 3 replications are the same run: "), "{told}");
    assert!(
        table.ends_with(
            "\n± -: the same in all runs that have it, so that no interval can be told\n"
        ),
        "{table}"
    );
    let (told, table) = run(drawn, " --replications 3");
    assert_eq!(told, "");
    let line = |name: &str| table.lines().find(|line| line.starts_with(name)).unwrap().to_owned();
    let words = |name: &str| line(name).split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(words("refused"), ["refused", "0", "-", "3"]);
    assert_ne!(words("response_ms_mean")[2], "-");
}

#[test]
fn what_has_no_room_is_named() {
    let sweep = "[sweep]\nreplications = 3\nvary.\"platform.pool.servers\" = [1, 2]\n\
        vary.\"platform.pool.discipline\" = [\"fifo\", \"lifo\"]\n";
    let priced = "price = { server_hour = 0.1 }\n";
    let bench = Bench::new(&format!("{priced}{sweep}"));
    let table = bench.done("sweep a.toml --out out --set client.users.timeout=100ms");
    let head = table.lines().nth(2).unwrap();
    assert!(head.contains("USD"), "{table}");
    let missing: Vec<&str> = ["requests", "timed out", "util %"]
        .into_iter()
        .filter(|label| !head.contains(label))
        .collect();
    assert!(!missing.is_empty(), "{table}");
    let last = format!("no room here: {}; summary.csv has all", missing.join(", "));
    assert_eq!(table.lines().last(), Some(last.as_str()), "{table}");
}
