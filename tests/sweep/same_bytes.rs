//! The files of a sweep are the same bytes from any number of threads and shards, and from a sweep
//! that was interrupted wherever that was.

use std::fs;

use super::{BASE, Bench, GRID, column, read};

/// The results of one process with one thread.
fn once(bench: &Bench) -> Vec<(String, String)> {
    bench.done("sweep a.toml --jobs 1 --out once");
    let files = bench.files("once");
    let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["manifest.toml", "quantiles.csv", "runs.csv", "summary.csv"]);
    files
}

/// Any number of threads and shards gives what `once` gives.
fn however_it_is_divided(bench: &Bench) {
    let once = once(bench);
    for jobs in [2, 5] {
        bench.done(&format!("sweep a.toml --jobs {jobs} --out jobs"));
        assert!(bench.files("jobs") == once, "{jobs} jobs");
    }
    for number in 1..=3 {
        bench.done(&format!("sweep a.toml --jobs 2 --shard {number}/3 --out part-{number}"));
        assert_eq!(bench.files(&format!("part-{number}"))[0].0, "shard.jsonl");
    }
    bench.done("merge part-2 part-3 part-1 --out merged");
    assert!(bench.files("merged") == once, "merged");
}

#[test]
fn from_any_number_of_threads_and_shards() {
    however_it_is_divided(&Bench::new(GRID));
    let until = "until = { metric = \"response_ms_mean\", relative_half_width = 0.1, most = 12 }";
    however_it_is_divided(&Bench::new(&GRID.replace("replications = 4", until)));
}

#[test]
fn from_a_sweep_that_was_interrupted() {
    for sweep in [GRID.to_owned(), GRID.replace("replications = 4", UNTIL)] {
        let bench = Bench::new(&sweep);
        let once = once(&bench);
        // The journal of a whole sweep is that of its only shard, but for the last line.
        bench.done("sweep a.toml --shard 1/1 --out left");
        assert!(bench.files("left") == once);
        let journal = whole_journal(&bench);
        let lines: Vec<usize> = journal.match_indices('\n').map(|(at, _)| at + 1).collect();
        // Behind the header, behind a line, within a line, one byte before its end.
        for cut in [lines[0], lines[5], lines[9] + 200, lines[14] - 1, 40, 0] {
            fs::write(bench.path("left/.unfinished.jsonl"), &journal[..cut]).unwrap();
            bench.done("sweep a.toml --jobs 2 --out left --resume");
            assert!(bench.files("left") == once, "cut at {cut}");
        }
    }
}

const UNTIL: &str =
    "until = { metric = \"response_ms_mean\", relative_half_width = 0.1, most = 12 }";

/// The journal of the whole sweep: that of the first of two shards and the second, as one.
fn whole_journal(bench: &Bench) -> String {
    for number in 1..=2 {
        bench.done(&format!("sweep a.toml --shard {number}/2 --out half-{number}"));
    }
    let halves = [1, 2].map(|number| read(&bench.path(&format!("half-{number}/shard.jsonl"))));
    let header = halves[0].lines().next().unwrap().replace("\"shard\":[0,2]", "\"shard\":[0,1]");
    let mut runs: Vec<(u64, &str)> = halves
        .iter()
        .flat_map(|half| half.lines())
        .filter_map(|line| {
            let number = line.strip_prefix("{\"done\":{\"run\":")?.split(',').next()?;
            Some((number.parse().unwrap(), line))
        })
        .collect();
    runs.sort_unstable();
    let runs = runs.into_iter().map(|(_, line)| line);
    [header.as_str()].into_iter().chain(runs).collect::<Vec<_>>().join("\n") + "\n"
}

#[test]
fn a_row_is_what_its_point_gives_alone() {
    let bench = Bench::new(GRID);
    once(&bench);
    let text = read(&bench.path("once/runs.csv"));
    let header = text.lines().next().unwrap();
    assert!(header.starts_with("platform.pool.discipline,service.web.demand,replication,seed,"));
    let rows = bench.rows("once/runs.csv");
    assert_eq!(rows.len(), 24);
    let cells: Vec<&str> = rows[18][..3].iter().map(String::as_str).collect();
    assert_eq!(cells, ["lifo", r#"{ exponential = { mean = "20ms" } }"#, "2"]);
    let seed = &rows[18][column(header, "seed")];
    let alone = bench.done(&format!(
        "run a.toml --seed {seed} --set platform.pool.discipline=lifo --format csv \
         --set service.web.demand.exponential.mean=20ms"
    ));
    let alone: Vec<&str> = alone.lines().nth(1).unwrap().split(',').skip(2).collect();
    assert_eq!(rows[18][4..], alone);
    // The same luck at each point: as many requests, whatever the discipline.
    assert_eq!(rows[2][4], rows[18][4]);
}

#[test]
fn replications_of_a_run_are_a_sweep_of_one_point() {
    let bench = Bench::new("\n[sweep]\nreplications = 5\n");
    once(&bench);
    bench.done("run a.toml --replications 5 --out run");
    for name in ["runs.csv", "summary.csv", "quantiles.csv"] {
        assert_eq!(
            read(&bench.path(&format!("once/{name}"))),
            read(&bench.path(&format!("run/{name}")))
        );
    }
    let summary = read(&bench.path("run/summary.csv"));
    let header = summary.lines().next().unwrap();
    let row: Vec<&str> = summary.lines().nth(1).unwrap().split(',').collect();
    let figure = |name: &str| row[column(header, name)].parse::<f64>().unwrap();
    assert_eq!((figure("replications"), figure("response_ms_mean_n")), (5.0, 5.0));
    let rows = bench.rows("run/runs.csv");
    let runs = read(&bench.path("run/runs.csv"));
    let at = column(runs.lines().next().unwrap(), "response_ms_mean");
    let values: Vec<f64> = rows.iter().map(|row| row[at].parse().unwrap()).collect();
    let interval = cloudsched::stats::Interval::of(&values, 0.95).unwrap();
    assert_eq!(figure("response_ms_mean_mean"), interval.mean);
    assert_eq!(figure("response_ms_mean_half_width"), interval.half_width);
    let quantiles = bench.rows("run/quantiles.csv");
    let last = quantiles.last().unwrap();
    let greatest = column(runs.lines().next().unwrap(), "response_ms_max");
    let greatest = rows.iter().map(|row| row[greatest].parse::<f64>().unwrap()).fold(0.0, f64::max);
    assert_eq!((last[0].as_str(), last[1].parse::<f64>().unwrap()), ("1.0", greatest));
    assert!(quantiles.windows(2).all(|pair| {
        let at = |row: &[String]| [0, 1].map(|cell| row[cell].parse::<f64>().unwrap());
        let (before, after) = (at(&pair[0]), at(&pair[1]));
        before[0] < after[0] && before[1] <= after[1]
    }));
}

#[test]
fn one_run_has_no_half_width() {
    let bench = Bench::new("");
    bench.scenario(BASE);
    bench.done("run a.toml --out run");
    let summary = read(&bench.path("run/summary.csv"));
    let header = summary.lines().next().unwrap();
    let row: Vec<&str> = summary.lines().nth(1).unwrap().split(',').collect();
    assert_eq!(row[column(header, "response_ms_mean_half_width")], "");
    assert_eq!(row[column(header, "cold_start_fraction_mean")], "");
    assert_eq!(row[column(header, "cold_start_fraction_n")], "0");
}
