//! Charts: what they draw from small files, the command that draws them, and its errors.
#![expect(clippy::unwrap_used, reason = "the helpers of tests are tests, too")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use cloudsched::report::{CHARTS, Chart, ChartError, Drawn};
use tempfile::TempDir;

/// A folder of results for each kind of command.
fn results(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/charts").join(name)
}

fn chart(name: &str) -> &'static Chart {
    CHARTS.iter().find(|chart| chart.name == name).unwrap()
}

fn drawn(name: &str, folder: &str, metric: Option<&str>) -> Drawn {
    chart(name).draw(&results(folder), metric).unwrap()
}

/// The first picture of a chart as SVG.
fn svg(name: &str, folder: &str) -> String {
    drawn(name, folder, None).pictures[0].svg(800)
}

#[test]
fn every_chart_is_as_it_was() {
    for (name, folder) in [
        ("cdf", "sweep"),
        ("percentiles", "sweep"),
        ("lines", "sweep"),
        ("break-even", "sweep"),
        ("bars", "sweep"),
        ("heatmap", "sweep"),
        ("cost-latency", "sweep"),
        ("waste-cold", "sweep"),
        ("exposure", "releases"),
        ("differences", "compare"),
        ("levels", "run"),
        ("releases", "releases"),
        ("replicas", "cluster"),
        ("timeline", "run"),
    ] {
        insta::assert_snapshot!(name, svg(name, folder));
    }
    assert_eq!(CHARTS.len(), 14, "a new chart has its snapshot here");
}

#[test]
fn the_distribution_of_a_run_comes_from_its_requests() {
    let svg = svg("cdf", "run");
    for text in ["web", "api", "response time (ms)"] {
        assert!(svg.lines().any(|line| line == text), "{text} is not in {svg}");
    }
}

#[test]
fn what_is_left_out_is_told() {
    let notes = drawn("levels", "run", None).notes;
    assert_eq!(notes, ["of several runs, it shows the first"]);
    let svg = svg("differences", "compare");
    assert!(svg.contains("1 without a relative difference left out"), "{svg}");
}

#[test]
fn a_metric_can_be_chosen() {
    for name in ["lines", "break-even", "bars", "heatmap", "cost-latency"] {
        let svg = drawn(name, "sweep", Some("cold_start_fraction")).pictures[0].svg(800);
        assert!(svg.contains("old start fraction") && !svg.contains("p99"), "{name}");
    }
    let error = chart("bars").draw(&results("sweep"), Some("cold_start_fractio")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "summary.csv has no metric `cold_start_fractio`; did you mean `cold_start_fraction`?"
    );
}

/// Every text of a picture is inside it, by the widths of its letters at the narrow side of what
/// fonts have.
#[test]
fn no_text_leaves_a_picture() {
    let folders = ["sweep", "run", "compare", "releases", "cluster"];
    for (chart, folder) in CHARTS.iter().flat_map(|chart| folders.map(|folder| (chart, folder))) {
        let Ok(drawn) = chart.draw(&results(folder), None) else { continue };
        for picture in drawn.pictures {
            let svg = picture.svg(800);
            // Ten units of the document are a pixel; a text stands on the line after its element.
            let tall = 10.0 * attribute(svg.lines().next().unwrap(), "height").unwrap();
            let lines = || svg.lines().zip(svg.lines().skip(1));
            assert!(lines().any(|(line, _)| line.starts_with("<text")), "{}", chart.name);
            for (line, text) in lines().filter(|(line, _)| line.starts_with("<text")) {
                let (x, y) = (attribute(line, "x").unwrap(), attribute(line, "y").unwrap());
                let long =
                    attribute(line, "font-size").unwrap() * 0.4 * text.chars().count() as f64;
                let share = match () {
                    () if line.contains("\"middle\"") => 0.5,
                    () if line.contains("\"end\"") => 1.0,
                    () => 0.0,
                };
                let (start, end, most) = if line.contains("rotate") {
                    (y - long * (1.0 - share), y + long * share, tall)
                } else {
                    (x - long * share, x + long * (1.0 - share), 8000.0)
                };
                assert!(start >= 0.0 && end <= most && y <= tall, "{}: {line}", chart.name);
            }
        }
    }
}

fn attribute(line: &str, name: &str) -> Option<f64> {
    line.split_once(&format!(" {name}=\""))?.1.split_once('"')?.0.parse().ok()
}

/// A copy of a folder of results.
fn copy(name: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(results(name)).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), folder.path().join(entry.file_name())).unwrap();
    }
    folder
}

fn plot(folder: &Path, more: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cloudsched"));
    command.arg("plot").arg(folder).args(more).output().unwrap()
}

/// Standard error, with `DIR` for the folder.
fn told(output: &Output, folder: &Path) -> String {
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    text.replace(&folder.display().to_string(), "DIR")
}

/// The files of a folder that are no CSV.
fn pictures(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<(String, Vec<u8>)> = entries
        .filter(|path| path.extension().is_none_or(|extension| extension != "csv"))
        .map(|path| (path.file_name().unwrap().to_str().unwrap().into(), fs::read(path).unwrap()))
        .collect();
    files.sort_unstable();
    files
}

#[test]
fn all_that_there_is_data_for_is_drawn_the_same_each_time() {
    for (format, magic) in [("svg", &b"<svg "[..]), ("png", &b"\x89PNG"[..])] {
        let folder = copy("sweep");
        let first = plot(folder.path(), &["--format", format]);
        assert!(first.status.success() && first.stdout.is_empty(), "{first:?}");
        let before = pictures(folder.path());
        let names: Vec<&str> = before.iter().map(|(name, _)| name.as_str()).collect();
        let all =
            ["bars", "break-even", "cdf", "cost-latency", "heatmap", "lines"].map(str::to_owned);
        let percentiles = (1..=3).map(|number| format!("percentiles-{number}"));
        let all = all.into_iter().chain(percentiles).chain(["waste-cold".to_owned()]);
        let all: Vec<String> = all.map(|name| format!("{name}.{format}")).collect();
        assert_eq!(names, all);
        assert!(before.iter().all(|(_, bytes)| bytes.starts_with(magic)));
        let again = plot(folder.path(), &["--format", format]);
        assert!(again.status.success() && pictures(folder.path()) == before);
        assert_eq!(
            told(&again, folder.path()),
            format!(
                "note: no exposure: `lead_time_all_seconds_mean` is not defined at any point of summary.csv\n\
                 note: no differences: there is no compare.csv\n\
                 note: no levels: there is no series.csv\n\
                 note: no releases: there is no versions.csv\n\
                 note: no replicas: there is no services.csv\n\
                 note: no timeline: there is no instances.csv\n\
                 wrote cdf.{format}, percentiles-1.{format}, percentiles-2.{format}, \
                 percentiles-3.{format}, lines.{format}, break-even.{format}, bars.{format}, \
                 heatmap.{format}, cost-latency.{format}, waste-cold.{format} into DIR\n"
            )
        );
    }
}

#[test]
fn charts_of_several_metrics_have_files_of_their_own() {
    let folder = copy("sweep");
    let metrics = ["--metric", "cold_start_fraction", "--metric", "cost_usd_per_million_requests"];
    let output =
        plot(folder.path(), &[&["--chart", "lines", "--chart", "cdf"], &metrics[..]].concat());
    assert!(output.status.success(), "{output:?}");
    let names: Vec<String> = pictures(folder.path()).into_iter().map(|(name, _)| name).collect();
    let lines = ["cold_start_fraction", "cost_usd_per_million_requests"]
        .map(|metric| format!("lines-{metric}.svg"));
    assert_eq!(names, [&["cdf.svg".to_owned()], &lines[..]].concat());
}

/// One axis of numbers is one line, which crosses no other.
#[test]
fn a_single_axis_is_a_single_line() {
    let folder = copy("sweep");
    let path = folder.path().join("summary.csv");
    let text = fs::read_to_string(&path).unwrap();
    let kept: Vec<&str> = text
        .lines()
        .filter(|line| !line.contains("10m") && !line.starts_with("infinite"))
        .collect();
    assert_eq!(kept.len(), 3, "the head and two points");
    fs::write(path, kept.join("\n") + "\n").unwrap();
    let svg = chart("lines").draw(folder.path(), None).unwrap().pictures[0].svg(800);
    // A band, and a dot of two circles at each of two points.
    assert_eq!((svg.matches("<polygon").count(), svg.matches("<circle").count()), (1, 4), "{svg}");
    assert!(!svg.contains("lines: "), "there is nothing to tell apart: {svg}");
    let error = chart("break-even").draw(folder.path(), None).unwrap_err();
    assert_eq!(error.to_string(), "summary.csv has no second axis of two to 8 values");
}

/// How many dots of a chart have the outline of those on a front.
fn on_front(svg: &str) -> usize {
    svg.lines()
        .filter(|line| line.starts_with("<circle") && line.contains("fill=\"#222222\""))
        .count()
}

/// How often new versions are bad is given and not chosen, and what they lose is what the chart is about.
#[test]
fn strategies_are_set_against_each_other_where_versions_are_as_bad() {
    let svg = svg("exposure", "releases");
    for text in ["canary 2 % 30m", "all-at-once", "bad of v2", "canary-10-percent-5-minutes"] {
        assert!(svg.contains(text), "{text} is not in {svg}");
    }
    assert!(!svg.contains("hollow"));
    // Slower than the canary of five minutes, and loses more: it has a name, as there are few points, but is on no front.
    assert!(svg.lines().any(|line| line == "linear-10-percent-every-1-minute"), "{svg}");
    assert_eq!(on_front(&svg), 6, "of eight points, three of each of two fronts");
}

#[test]
fn a_service_has_a_picture_of_its_releases() {
    let drawn = drawn("releases", "releases", None);
    assert_eq!(drawn.notes, ["of several runs, it shows the first"]);
    let svgs: Vec<String> = drawn.pictures.iter().map(|picture| picture.svg(800)).collect();
    assert_eq!(svgs.len(), 2);
    for text in ["v2 begins, 10 %", "taken back", "web@v3", "share of traffic (%)", "failed (%)"] {
        assert!(svgs[0].contains(text), "{text} is not in {}", svgs[0]);
    }
    assert!(!svgs[1].contains("begins"), "no release of the other service is told");
}

/// A policy that loses requests is no better for it.
#[test]
fn what_loses_requests_is_told_and_beats_nothing() {
    let hollow = "hollow: more than 1 % of requests lost";
    for name in ["lines", "percentiles", "waste-cold"] {
        let pictures = drawn(name, "sweep", None).pictures;
        assert!(pictures.iter().any(|picture| picture.svg(800).contains(hollow)), "{name}");
    }
    // At 10/s `infinite` has the fewest cold starts, and loses one request in 36.
    let svg = svg("waste-cold", "sweep");
    assert_eq!(svg.lines().filter(|line| *line == "infinite").count(), 2, "{svg}");
    assert_eq!(on_front(&svg), 5, "all six points but that one");
}

#[test]
fn a_width_is_that_of_the_picture() {
    let folder = copy("compare");
    let wide = plot(folder.path(), &["--format", "png", "--width", "1600"]);
    assert!(wide.status.success(), "{wide:?}");
    let bytes = fs::read(folder.path().join("differences.png")).unwrap();
    assert_eq!(bytes[16..20], 1600_u32.to_be_bytes());
    let svg = drawn("differences", "compare", None).pictures[0].svg(1600);
    assert!(svg.contains("width=\"1600\"") && svg.contains("viewBox=\"0 0 8000 "));
}

#[test]
fn errors_say_what_is_missing() {
    let folder = copy("compare");
    let path = folder.path();
    let output = plot(path, &["--chart", "heatmap", "--chart", "differences"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        told(&output, path),
        "error: no data for `heatmap` in DIR: there is no summary.csv\n  \
         help: it needs two axes of two values or more, in summary.csv\n"
    );
    assert_eq!(pictures(path), [], "nothing is written beside an error");

    let output = plot(&path.join("none"), &[]);
    assert_eq!(told(&output, path), "error: there is no folder DIR/none\n");

    let output = plot(path, &["--chart", "pie"]);
    assert_eq!(output.status.code(), Some(2));

    fs::remove_file(path.join("compare.csv")).unwrap();
    let output = plot(path, &[]);
    assert_eq!(output.status.code(), Some(1));
    let nothing = told(&output, path);
    assert!(nothing.starts_with("error: nothing to draw in DIR: "), "{nothing}");
    assert_eq!(nothing.lines().count(), 2);
    fs::write(path.join(".unfinished.jsonl"), "").unwrap();
    let why = "error: the sweep in DIR is not finished\n  help: `sweep --resume` goes on with it\n";
    assert_eq!(told(&plot(path, &[]), path), why);
}

/// `file` of a copy of `folder`, with `from` changed to `to`, as the command tells of it.
fn broken(folder: &str, file: &str, from: &str, to: &str) -> String {
    let folder = copy(folder);
    let path = folder.path().join(file);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{text}");
    fs::write(path, text.replacen(from, to, 1)).unwrap();
    let output = plot(folder.path(), &[]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert_eq!(pictures(folder.path()), []);
    told(&output, folder.path())
}

#[test]
fn a_broken_cell_has_a_place() {
    assert_eq!(
        broken("sweep", "summary.csv", "410,", "fast,"),
        "error: DIR/summary.csv:3: expected a number in column 4, `response_ms_p50_mean`, \
         but found `fast`\n"
    );
    assert_eq!(
        broken("sweep", "quantiles.csv", "fraction", "share"),
        "error: DIR/quantiles.csv:1: there is no column `fraction`\n"
    );
    assert_eq!(
        broken("run", "instances.csv", "idle", "asleep"),
        "error: DIR/instances.csv:4: expected `cold`, `busy`, `idle`, `paused` or `resuming` in column 5, `state`, \
         but found `asleep`\n"
    );
    assert_eq!(
        broken("run", "series.csv", "0,10,lambda", "0,10"),
        "error: DIR/series.csv:2: expected 8 columns as in the first line, but found 7\n"
    );
    assert_eq!(
        broken("releases", "releases.csv", "stalled", "stuck"),
        "error: DIR/releases.csv:22: expected `begun`, `shifted`, `stalled`, `overtaken`, `taken_back`, `restored` or `completed` in \
         column 6, `milestone`, but found `stuck`\n"
    );
    assert_eq!(
        broken("compare", "compare.csv", ",-110,", ",inf,"),
        "error: DIR/compare.csv:2: expected a number in column 6, `difference`, but found `inf`\n"
    );
}

#[test]
fn a_chart_without_data_says_so() {
    let folder = tempfile::tempdir().unwrap();
    for chart in CHARTS {
        let error = chart.draw(folder.path(), None).unwrap_err();
        assert!(matches!(&error, ChartError::NoData(_)), "{}: {error}", chart.name);
        let told = error.to_string();
        assert!(chart.files.iter().any(|file| told.contains(file)), "{}: {told}", chart.name);
    }
}

/// Values that leave no room on an axis, or too much, are drawn all the same.
#[test]
fn odd_values_are_drawn() {
    let long = "x".repeat(300);
    let tall = "y ".repeat(150);
    for (a, b) in [("0", "0"), ("5", "5"), ("1e-12", "1e15"), ("-3", "7"), ("", "1")] {
        let folder = tempfile::tempdir().unwrap();
        let cells = |value: &str| [value, "0", "3"].join(",");
        let names = ["response_ms_p50", "response_ms_p95", "response_ms_p99", "cost_usd"];
        let columns = names.map(|name| format!("{name}_mean,{name}_half_width,{name}_n"));
        let row = |name: &str, number: &str, value: &str| {
            format!("{name},{number},3,{}\n", vec![cells(value); 4].join(","))
        };
        let summary = format!("policy,horizon,replications,{}\n", columns.join(","))
            + &row(&long, "1s", a)
            + &row(&long, "1d", b)
            + &row(&tall, "1s", b)
            + &row(&tall, "1d", a);
        fs::write(folder.path().join("summary.csv"), summary).unwrap();
        let quantiles = format!("fraction,response_ms\n0.5,{a}\n0.9,{b}\n1,{b}\n");
        fs::write(folder.path().join("quantiles.csv"), quantiles).unwrap();
        let series = format!(
            "time_s,platform,queue_length,busy,instances,starting,begun\n0,{long},{b},{b},{a},,1\n"
        );
        fs::write(folder.path().join("series.csv"), series).unwrap();
        let versions = format!(
            "time_s,service,version,attempts,ended,failed,attempt_ms_p50,attempt_ms_p99\n\
             0,{long},{tall},{b},{b},{b},{a},{b}\n"
        );
        fs::write(folder.path().join("versions.csv"), versions).unwrap();
        let output = plot(folder.path(), &["--format", "png", "--width", "480"]);
        assert!(output.status.success(), "{a} {b}: {output:?}");
        for name in ["cdf", "percentiles", "bars", "heatmap", "cost-latency", "levels", "releases"]
        {
            let drawn = pictures(folder.path()).iter().any(|(file, _)| file.starts_with(name));
            assert!(drawn, "{a} {b}: no {name}");
            for picture in chart(name).draw(folder.path(), None).unwrap().pictures {
                let svg = picture.svg(800);
                assert!(!svg.contains("NaN") && !svg.contains("inf"), "{a} {b}: {name} {svg}");
            }
        }
    }
}
