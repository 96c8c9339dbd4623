//! `rate`: requests a period.

use cloudsched::kernel::{Seed, Time};
use cloudsched::workload::trace::TraceFormat;

use super::{Folder, TraceForm, form, replay};

const FORMAT: TraceFormat = TraceFormat::Rate;

/// Arrivals of each of the first `periods` periods of `secs` seconds.
fn counts(text: &str, secs: u64, periods: usize) -> Vec<u32> {
    let mut counts = vec![0; periods];
    for arrival in replay(&Folder::with(text).open(FORMAT)) {
        counts[(arrival.at.as_nanos() / (secs * 1_000_000_000)) as usize] += 1;
        assert_eq!((arrival.target, arrival.demand), (0, None));
    }
    counts
}

#[test]
fn every_period_has_its_count() {
    let text = "period,count\n60,5\n120,0\n180,1000\n300,7\n";
    assert_eq!(counts(text, 60, 5), [5, 0, 1000, 0, 7]);
    let text =
        "count,period\n3,1998-04-30 23:59:00\n4,1998-05-01T00:01:00\n5,1998-05-01 00:00:00\n";
    assert_eq!(counts(text, 60, 3), [3, 5, 4]);
}

#[test]
fn repeated_periods_are_added_and_counted() {
    let folder = Folder::with("period,count\n0,1\n10,2\n10,3\n20,4\n0,5\n");
    let loaded = folder.open(FORMAT);
    assert_eq!(loaded.requests, 15);
    assert_eq!(loaded.warnings, ["2 rows repeat a period: their counts are added"]);
    assert_eq!(loaded.last, Time::from_nanos(29_999_999_999));
    assert_eq!(loaded.process.mean_rate().map(|rate| (rate * 30.0).round()), Some(15.0));
}

#[test]
fn a_period_does_not_depend_on_the_others() {
    let minute = |text: &str| {
        let loaded = Folder::with(text).open(FORMAT);
        let times = replay(&loaded).into_iter().map(|arrival| arrival.at.as_nanos());
        times.filter(|at| (60..120).contains(&(at / 1_000_000_000))).collect::<Vec<_>>()
    };
    let times = minute("period,count\n0,5\n60,50\n120,1\n");
    assert_eq!(times.len(), 50);
    assert_eq!(minute("period,count\n0,9\n60,50\n"), times);
}

/// A part of a file, in either way of writing periods.
#[test]
fn a_part_can_be_replayed() {
    let part = |from: &str, until: &str| {
        let key = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let (from, until) = (key(from), key(until));
        TraceForm { from, until, ..form(FORMAT, Some("trace.csv")) }
    };
    let minutes = |folder: &Folder, form: &TraceForm| {
        let loaded = form.open(folder.0.path()).unwrap();
        assert!(loaded.warnings.is_empty(), "{:?}", loaded.warnings);
        let minute = |at: Time| at.as_nanos() / 60_000_000_000;
        let mut counts = [0; 4];
        for arrival in replay(&loaded) {
            counts[minute(arrival.at) as usize] += 1;
        }
        counts
    };
    let seconds = Folder::with("period,count\n0,1\n60,2\n120,3\n240,4\n");
    assert_eq!(minutes(&seconds, &part("60", "240")), [2, 3, 0, 0]);
    assert_eq!(minutes(&seconds, &part("180", "")), [0, 4, 0, 0]);
    assert_eq!(minutes(&seconds, &part("", "120")), [1, 2, 0, 0]);
    let dates = Folder::with(
        "period,count\n1998-06-09 23:58:00,1\n1998-06-09 23:59:00,2\n1998-06-10 00:00:00,3\n\
         1998-06-10 00:01:00,4\n",
    );
    let rest = part("1998-06-10T00:00:00", "");
    assert_eq!(minutes(&dates, &rest), [3, 4, 0, 0]);
    let wrong = part("60", "");
    let message = dates.error_of(&wrong);
    assert!(message.contains("otherwise than \"60\": write a date, as in"), "{message}");
    let message = seconds.error_of(&part("30", ""));
    assert!(message.contains("no period of the file begins there; they are 1m long"), "{message}");
}

#[test]
fn another_key_gives_other_times() {
    let loaded = Folder::with("period,count\n0,5\n60,50\n").open(FORMAT);
    let first = |name| loaded.process.start(Seed::new(1).key(name)).next();
    assert_eq!(first("a"), first("a"));
    assert_ne!(first("a"), first("b"));
}

#[test]
fn nothing_to_send_is_a_warning() {
    let loaded = Folder::with("period,count\n0,0\n60,0\n").open(FORMAT);
    assert_eq!(replay(&loaded), []);
    assert!(loaded.warnings[0].ends_with("trace.csv sends no request"));
}

#[test]
fn what_is_wrong_is_told_with_its_line() {
    let check = |rows: &str, expected: &str| {
        assert_eq!(Folder::with(format!("period,count\n{rows}")).error(FORMAT), expected);
    };
    check(
        "0,1\n60,-2\n",
        "trace.csv:3: `count` is `-2` where a whole number, 0 or more is expected",
    );
    check("0,1.5\n", "trace.csv:2: `count` is `1.5` where a whole number, 0 or more is expected");
    check("x,1\n", "trace.csv:2: `period` is `x` where a number of seconds is expected");
    check(
        "1998-04-31 00:00:00,1\n",
        "trace.csv:2: `period` is `1998-04-31 00:00:00` where a date, YYYY-MM-DD HH:MM:SS, is \
         expected",
    );
    check(
        "1998-04-30 00:00:00,1\n60,1\n",
        "trace.csv:3: `period` is `60` where a date, YYYY-MM-DD HH:MM:SS, is expected",
    );
    check(
        "0,1\n60,1\n150,1\n",
        "trace.csv:4: the period starts 2.5m after the earliest, which is no whole number of \
         periods of 1m, the smallest distance of two",
    );
    check(
        "0,1\n",
        "trace.csv: two or more periods are needed: their distance is the length of one",
    );
    check("0,1\n1e-6,1001\n", "trace.csv:3: 1001 in 1us are more than one a nanosecond");
    check(
        "-2000000000,1\n-1999999000,1\n2000000000,1\n",
        "trace.csv:4: the period ends more than 73 years after the earliest starts",
    );
}
