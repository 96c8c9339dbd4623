//! Named cases: what each says, all of it together, and what is told of those that cannot be.

use std::fmt::Write as _;

use super::{Bench, read};

const CASES: &str = r#"
[sweep]
replications = 2
vary."service.web.demand.exponential.mean" = ["20ms", "30ms"]
[sweep.cases."one fast"]
"platform.pool.servers" = 1
"platform.pool.speed" = 2.0
[sweep.cases.two]
"platform.pool" = { kind = "servers", servers = 2 }
[sweep.cases.as-it-is]
"#;

/// The cells of these columns of runs.csv, by row.
fn columns(text: &str, names: &[&str]) -> Vec<Vec<String>> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let head = reader.headers().unwrap().clone();
    let place = |name: &&str| head.iter().position(|column| column == *name).unwrap();
    let places: Vec<usize> = names.iter().map(place).collect();
    let rows = reader.records().map(|row| row.unwrap());
    rows.map(|row| places.iter().map(|place| row[*place].to_owned()).collect()).collect()
}

#[test]
fn a_case_is_a_run_with_all_that_it_says() {
    let bench = Bench::new(CASES);
    bench.done("sweep a.toml --out out");
    let mean = "service.web.demand.exponential.mean";
    let rows = columns(
        &read(&bench.path("out/runs.csv")),
        &["case", mean, "replication", "response_ms_mean"],
    );
    let points: Vec<_> =
        rows.iter().map(|row| (row[0].as_str(), row[1].as_str())).step_by(2).collect();
    let cases = ["one fast", "two", "as-it-is"];
    let wanted: Vec<_> = cases.iter().flat_map(|case| [(*case, "20ms"), (*case, "30ms")]).collect();
    assert_eq!(points, wanted);
    for (point, sets) in [
        (0, "--set platform.pool.servers=1 --set platform.pool.speed=2.0"),
        (1, "--set platform.pool.servers=2"),
        (2, ""),
    ] {
        let row = &rows[point * 4 + 2];
        let words = format!("run a.toml --format csv --set {mean}=30ms {sets}");
        let alone = columns(&bench.done(&words), &["response_ms_mean"]);
        assert_eq!(alone[0][0], row[3], "{row:?}");
    }
}

#[test]
fn cases_that_are_wrong_are_told_with_their_places() {
    let mut all = String::new();
    for sweep in [
        "[sweep]\ncases = {}",
        "[sweep]\ncases.small = 3",
        "[sweep]\ncases.small.platform.pool.servers = 2",
        "[sweep]\ncases.small = { \"platform.pol.servers\" = 2, \"seed\" = 4 }",
        "[sweep]\ncases.small = { \"platform.pol.servers\" = 2 }",
        "[sweep]\ncases.small = { \"platform.pool.servers\" = 2, \"platform.pool\" = { kind = \"servers\" } }",
        "[sweep]\ncases.small = { \"platform.pool.servers\" = 2 }\nvary.\"platform.pool.servers\" = [1, 2]",
        "[sweep]\ncases.small = { \"platform.pool.servers\" = 2 }\ncases.none = { \"platform.pool.servers\" = \"none\" }",
    ] {
        let told = Bench::new(&format!("\n{sweep}\n")).fails("sweep a.toml --out out");
        writeln!(all, "== {sweep}\n{told}").unwrap();
    }
    insta::assert_snapshot!("cases", all);
}
