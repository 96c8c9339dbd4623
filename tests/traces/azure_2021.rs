//! `azure-2021`: one row an invocation, by its end.

use std::fmt::Write as _;

use cloudsched::kernel::Span;
use cloudsched::workload::trace::TraceFormat;

use super::{Folder, replay};

const FORMAT: TraceFormat = TraceFormat::Azure2021;

#[test]
fn rows_come_in_order_of_their_starts() {
    let folder = Folder::with(
        "app,func,end_timestamp,duration\n\
         a,f,10,1\n\
         b,f,10.5,8.25\n\
         a,g,11,0\n\
         a,f,12,12",
    );
    let loaded = folder.open(FORMAT);
    assert_eq!(loaded.names, ["a/f", "b/f", "a/g"]);
    assert_eq!(loaded.applications, Some(vec![0, 1, 0]));
    assert_eq!(loaded.application_names, ["a", "b"]);
    assert!(loaded.warnings.is_empty(), "{:?}", loaded.warnings);
    let rows: Vec<_> = replay(&loaded)
        .iter()
        .map(|row| (row.at.as_secs_f64(), row.target, row.demand.unwrap().as_secs_f64()))
        .collect();
    assert_eq!(rows, [(0.0, 0, 12.0), (2.25, 1, 8.25), (9.0, 0, 1.0), (11.0, 2, 0.0)]);
}

#[test]
fn the_header_may_be_missing() {
    let folder = Folder::with("a,f,10,1\nb,f,11,1\n");
    let loaded = folder.open(FORMAT);
    assert_eq!(replay(&loaded).len(), 2);
    assert_eq!(loaded.names, ["a/f", "b/f"]);
}

#[test]
fn negative_durations_and_early_starts_are_counted() {
    let folder = Folder::with("a,f,1,-3\na,f,2,5\na,f,3,4\n");
    let loaded = folder.open(FORMAT);
    assert_eq!(
        loaded.warnings,
        [
            "1 row has a negative duration: it is taken as 0",
            "2 rows began before time 0: they arrive at 0"
        ]
    );
    let rows = replay(&loaded);
    assert_eq!(rows[0].demand, Some(Span::from_secs(5)));
    assert_eq!(rows[2].demand, Some(Span::ZERO));
}

#[test]
fn rows_far_out_of_order_are_moved_and_counted() {
    let mut text = String::new();
    for i in 0..300_000 {
        writeln!(text, "a,f,{},0", i + 100).unwrap();
    }
    text += "a,f,7,0\n";
    let folder = Folder::with(text);
    let loaded = folder.open(FORMAT);
    assert_eq!(
        loaded.warnings,
        ["1 row stands too late in the file for its start: it is moved to a later time"]
    );
    assert_eq!(replay(&loaded).len(), 300_001);
}

#[test]
fn what_is_wrong_is_told_with_its_line() {
    let error = |text: &str| Folder::with(text).error(FORMAT);
    assert_eq!(
        error("a,f,1,1\na,f,x,1\n"),
        "trace.csv:2: `end_timestamp` is `x` where a number of seconds is expected"
    );
    assert_eq!(
        error("a,f,-1,1\n"),
        "trace.csv:1: `end_timestamp` is `-1` where a time of 0 or more is expected"
    );
    assert_eq!(
        error("a,f,1,NaN\n"),
        "trace.csv:1: `duration` is `NaN` where a number of seconds is expected"
    );
    assert_eq!(error("a,f,1\n"), "trace.csv:1: the row has 3 fields where 4 are expected");
    assert_eq!(error(""), "trace.csv: the file is empty");
    assert_eq!(
        error("app,func,duration\n"),
        "trace.csv: there is no column `end_timestamp`: the first line must name the columns app, \
         func, end_timestamp, duration"
    );
}

#[test]
fn a_header_alone_sends_nothing_and_says_so() {
    let folder = Folder::with("app,func,end_timestamp,duration\n");
    let loaded = folder.open(FORMAT);
    assert_eq!(replay(&loaded), []);
    assert!(loaded.warnings[0].ends_with("has no row: it sends no request"));
}
