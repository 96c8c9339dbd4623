//! `requests`: one row a request.

use cloudsched::kernel::{Seed, Span, Time};
use cloudsched::workload::Arrival;
use cloudsched::workload::trace::TraceFormat;

use super::{Folder, replay};

fn error(text: &str) -> String {
    Folder::with(text).error(TraceFormat::Requests)
}

#[test]
fn rows_come_as_they_are_written() {
    let folder = Folder::with(
        "note,duration_s, service ,time_s\n\
         x,0.25,web,0.5\n\
         y,1e-3,\"a, b\",0.5\n\
         z, 2 ,web,1.000000001\n",
    );
    let loaded = folder.open(TraceFormat::Requests);
    assert_eq!(loaded.names, ["web", "a, b"]);
    assert_eq!((loaded.requests, loaded.last), (3, Time::from_nanos(1_000_000_001)));
    assert!(loaded.warnings.is_empty() && loaded.applications.is_none());
    assert!(loaded.process.is_finite());
    let arrival = |nanos, target, millis| Arrival {
        at: Time::from_nanos(nanos),
        target,
        demand: Some(Span::from_millis(millis)),
    };
    assert_eq!(
        replay(&loaded),
        [arrival(500_000_000, 0, 250), arrival(500_000_000, 1, 1), arrival(1_000_000_001, 0, 2000)]
    );
}

#[test]
fn a_missing_last_newline_and_foreign_newlines_do_not_matter() {
    let folder = Folder::with("\u{feff}time_s,service,duration_s\r\n1,web,2\r\n3,web,4");
    assert_eq!(replay(&folder.open(TraceFormat::Requests)).len(), 2);
}

#[test]
fn a_header_alone_sends_nothing_and_says_so() {
    let folder = Folder::with("time_s,service,duration_s\n");
    let loaded = folder.open(TraceFormat::Requests);
    assert_eq!(replay(&loaded), []);
    assert!(loaded.warnings[0].ends_with("trace.csv has no row: it sends no request"));
    assert_eq!(loaded.process.mean_rate(), None);
}

#[test]
fn what_is_wrong_is_told_with_its_line() {
    let check = |rows: &str, expected: &str| {
        assert_eq!(error(&format!("time_s,service,duration_s\n{rows}")), expected);
    };
    check(
        "2,web,1\n1.5,web,1\n",
        "trace.csv:3: `time_s` is `1.5` where 2s or more, the time of the row above, is expected",
    );
    check("-1,web,1\n", "trace.csv:2: `time_s` is `-1` where a time of 0 or more is expected");
    check(
        "0,web,1\n1,web,-0.5\n",
        "trace.csv:3: `duration_s` is `-0.5` where a duration of 0 or more is expected",
    );
    check("x,web,1\n", "trace.csv:2: `time_s` is `x` where a number of seconds is expected");
    check("NaN,web,1\n", "trace.csv:2: `time_s` is `NaN` where a number of seconds is expected");
    check(
        "1,web,inf\n",
        "trace.csv:2: `duration_s` is `inf` where a number of seconds is expected",
    );
    check("1,web,\n", "trace.csv:2: `duration_s` is `` where a number of seconds is expected");
    check("1e11,web,1\n", "trace.csv:2: `time_s` is `1e11` where at most 73 years is expected");
    check("1,,1\n", "trace.csv:2: `service` is `` where a name is expected");
    check("1,web\n", "trace.csv:2: the row has 2 fields where 3 are expected");
    check("1,web,1\n1,web,1,9\n", "trace.csv:3: the row has 4 fields where 3 are expected");
    assert_eq!(
        error("time_s,service\n1,web\n"),
        "trace.csv: there is no column `duration_s`: the first line must name the columns time_s, \
         service, duration_s"
    );
    assert_eq!(
        error("time_s,service,duration_s,time_s\n"),
        "trace.csv: the column `time_s` occurs twice"
    );
    let folder = Folder::with(b"time_s,service,duration_s\n1,\xff,1\n");
    assert_eq!(
        folder.error(TraceFormat::Requests),
        "trace.csv:2: `service` is `\u{fffd}` where UTF-8 text is expected"
    );
}

#[test]
fn times_of_the_calendar_are_told() {
    let folder = Folder::with("time_s,service,duration_s\n1767225600.5,web,2\n");
    let warnings = folder.open(TraceFormat::Requests).warnings;
    assert_eq!(warnings.len(), 1);
    for part in ["seconds since 1970", "20454 days", "subtract the time of the first row"] {
        assert!(warnings[0].contains(part), "{warnings:?}");
    }
    let folder = Folder::with("time_s,service,duration_s\n86400,web,2\n");
    assert!(folder.open(TraceFormat::Requests).warnings.is_empty());
}

#[test]
#[should_panic(expected = "the trace has changed since it was checked at the start: run again")]
fn a_file_that_shrinks_meanwhile_stops_the_run() {
    let folder = Folder::with("time_s,service,duration_s\n1,web,2\n3,web,4\n");
    let loaded = folder.open(TraceFormat::Requests);
    folder.write("trace.csv", "time_s,service,duration_s\n1,web,2\n");
    loaded.process.start(Seed::new(1).key("test"));
}

#[test]
#[should_panic(expected = "trace.csv:3: `service` is `wob` where a name seen before is expected")]
fn a_file_that_changes_meanwhile_stops_the_run() {
    let folder = Folder::with("time_s,service,duration_s\n1,web,2\n3,web,4\n");
    let loaded = folder.open(TraceFormat::Requests);
    folder.write("trace.csv", "time_s,service,duration_s\n1,web,2\n3,wob,4\n");
    replay(&loaded);
}
