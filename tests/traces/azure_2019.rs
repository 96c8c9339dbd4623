//! `azure-2019`: invocations a minute, durations and memory.

use cloudsched::kernel::{Seed, Span, Time};
use cloudsched::quantity::Bytes;
use cloudsched::workload::trace::{Loaded, TraceForm, TraceFormat};

use super::{Folder, form, replay};

const INVOCATIONS: &str = "HashOwner,HashApp,HashFunction,Trigger,1,2,3\n";
const DURATIONS: &str = "HashOwner,HashApp,HashFunction,Average,Count,Minimum,Maximum,\
     percentile_Average_0,percentile_Average_1,percentile_Average_25,percentile_Average_50,\
     percentile_Average_75,percentile_Average_99,percentile_Average_100\n";
const MEMORY: &str = "HashOwner,HashApp,SampleCount,AverageAllocatedMb\n";

/// A trace with these files, each without its header; an empty one is not there.
fn files(invocations: &str, durations: &str, memory: &str) -> (Folder, TraceForm) {
    let folder = Folder::new();
    let file = |name: &str, header: &str, rows: &str| {
        (!rows.is_empty()).then(|| {
            folder.write(name, format!("{header}{rows}"));
            name.to_owned()
        })
    };
    let form = TraceForm {
        invocations: file("inv.csv", INVOCATIONS, invocations),
        durations: file("dur.csv", DURATIONS, durations),
        memory: file("mem.csv", MEMORY, memory),
        ..form(TraceFormat::Azure2019, None)
    };
    (folder, form)
}

fn open(invocations: &str, durations: &str, memory: &str) -> Loaded {
    let (folder, form) = files(invocations, durations, memory);
    form.open(&folder.path("")).unwrap()
}

fn error(invocations: &str, durations: &str, memory: &str) -> String {
    let (folder, form) = files(invocations, durations, memory);
    folder.error_of(&form)
}

/// Invocations of each function in each of the three minutes.
fn counts(loaded: &Loaded) -> Vec<[u32; 3]> {
    let mut counts = vec![[0; 3]; loaded.names.len()];
    for arrival in replay(loaded) {
        let minute = arrival.at.as_nanos() / 60_000_000_000;
        counts[arrival.target as usize][minute as usize] += 1;
    }
    counts
}

#[test]
fn every_minute_has_its_counts() {
    let loaded = open("o,a,f,http,3,0,200\no,a,g,timer,0,6,0\np,a,f,queue,0,0,1.0\n", "", "");
    assert_eq!(loaded.names, ["f", "g", "f"]);
    assert_eq!(loaded.applications, Some(vec![0, 0, 1]));
    assert_eq!(loaded.application_names, ["a", "a"]);
    assert!(loaded.demands.is_none() && loaded.memory.is_none());
    assert!(loaded.warnings.is_empty(), "{:?}", loaded.warnings);
    assert_eq!(counts(&loaded), [[3, 0, 200], [0, 6, 0], [0, 0, 1]]);
    assert_eq!(loaded.last, Time::from_nanos(179_999_999_999));
    let arrivals = replay(&loaded);
    let timer = arrivals.iter().filter(|arrival| arrival.target == 1);
    let secs: Vec<f64> = timer.map(|arrival| arrival.at.as_secs_f64()).collect();
    assert_eq!(secs, [60.0, 70.0, 80.0, 90.0, 100.0, 110.0]);
    assert_eq!(replay(&loaded), arrivals);
    let other = loaded.process.start(Seed::new(2).key("client.test.arrivals")).next();
    assert_ne!(other, arrivals.first().copied());
}

#[test]
fn columns_may_stand_in_any_order_and_minutes_start_anywhere() {
    let folder = Folder::with("722,HashFunction,720,HashApp,721,HashOwner\n3,f,1,a,2,o\n");
    let invocations = Some("trace.csv".to_owned());
    let form = TraceForm { invocations, ..form(TraceFormat::Azure2019, None) };
    let loaded = form.open(&folder.path("")).unwrap();
    assert_eq!(counts(&loaded), [[1, 2, 3]]);
}

#[test]
fn a_function_keeps_its_times_when_another_leaves() {
    let times = |loaded: &Loaded, target| -> Vec<Time> {
        replay(loaded).iter().filter(|a| a.target == target).map(|a| a.at).collect()
    };
    let both = open("o,a,f,http,9,9,9\no,a,g,http,50,0,20\n", "", "");
    let one = open("o,a,g,http,50,0,20\n", "", "");
    assert_eq!(times(&both, 1), times(&one, 0));
    assert_eq!(times(&one, 0).len(), 70);
}

#[test]
fn durations_and_memory_are_found_by_name() {
    let loaded = open(
        "o,a,f,http,1,0,0\no,b,f,http,1,0,0\n",
        "o,b,f,5,9,1,9,1,2,3,4.5,5,6,7\no,a,f,5,9,1,9,10,20,30,40,50,60,70\n",
        "o,b,9,1.5\no,a,9,170.0\n",
    );
    assert!(loaded.warnings.is_empty(), "{:?}", loaded.warnings);
    assert_eq!(loaded.memory, Some(vec![Some(Bytes::mib(170)), Some(Bytes::new(1_572_864))]));
    let durations = loaded.demands.unwrap();
    let quantiles = durations.quantiles(1).unwrap();
    assert_eq!(quantiles[0], (0.0, Span::from_millis(1)));
    assert_eq!(quantiles[3], (0.5, Span::from_nanos(4_500_000)));
    assert_eq!(quantiles[6], (1.0, Span::from_millis(7)));
    assert_eq!(durations.sample(0, 0.375), Some(Span::from_millis(35)));
}

#[test]
fn oddities_of_invocations_are_counted() {
    let loaded = open(
        "o,a,f,http,1,2,3\n\
         o,a,f,http,1,2,3\n\
         o,a,f,http,0,5,0\n\
         o,a,g,http,0,0,0\n\
         o,a,h,http,0,0,0\n",
        "",
        "",
    );
    assert_eq!(
        loaded.warnings,
        [
            "1 row of invocations is written twice: it counts once",
            "1 further row of invocations is of a function seen before: its counts are added",
            "2 functions have no invocation in their rows",
        ]
    );
    assert_eq!(counts(&loaded), [[1, 7, 3], [0, 0, 0], [0, 0, 0]]);
}

#[test]
fn oddities_of_durations_are_counted() {
    let loaded = open(
        "o,a,f,http,1,0,0\no,a,g,http,1,0,0\no,a,h,http,1,0,0\no,a,i,http,1,0,0\no,a,j,http,1,0,0\n",
        "o,a,f,5,9,1,9,-4,2,3,4,5,6,7\n\
         o,a,g,0,9,0,0,0,0,0,0,0,0,0\n\
         o,a,h,5,9,1,9,7,6,5,4,3,2,1\n\
         o,a,i,,,,,,,,,,,\n\
         o,a,h,5,9,1,9,1,1,1,1,1,1,1\n\
         o,a,z,5,9,1,9,1,1,1,1,1,1,1\n",
        "",
    );
    assert_eq!(
        loaded.warnings,
        [
            "2 functions have no durations: they take the demand of the service or, without, the median of the others",
            "1 function has a negative duration: it is taken as 0",
            "1 function has durations of 0 only: its requests take no time",
            "1 function has percentiles of duration that do not ascend: they are sorted",
            "1 row of durations is of a function that has one already: the first counts",
            "1 row of durations is of a function without a row of invocations: it is left out",
        ]
    );
    let durations = loaded.demands.unwrap();
    assert_eq!(durations.sample(0, 0.0), Some(Span::ZERO));
    assert_eq!(durations.sample(1, 0.7), Some(Span::ZERO));
    assert_eq!(durations.sample(2, 1.0), Some(Span::from_millis(7)));
    assert_eq!((durations.quantiles(3), durations.quantiles(4)), (None, None));
}

#[test]
fn oddities_of_memory_are_counted() {
    let loaded = open(
        "o,a,f,http,1,0,0\no,b,f,http,1,0,0\no,c,f,http,1,0,0\n",
        "",
        "o,a,9,100\no,a,9,120\no,a,9,110\no,b,9,0\no,z,9,100\n",
    );
    assert_eq!(
        loaded.warnings,
        [
            "2 applications have no memory: they take that of the service or, without, the median of the others",
            "2 rows of memory are of applications that have one already: the largest counts",
            "1 row of memory is of an application without a function: it is left out",
        ]
    );
    assert_eq!(loaded.memory, Some(vec![Some(Bytes::mib(120)), None, None]));
}

#[test]
fn what_is_wrong_is_told_with_its_line() {
    let row = "o,a,f,http,1,0,0\n";
    assert_eq!(
        error("o,a,f,http,1,0,0\no,a,g,http,1,x,0\n", "", ""),
        "inv.csv:3: `2` is `x` where a whole number, 0 or more is expected"
    );
    assert_eq!(
        error("o,a,f,http,1,-1,0\n", "", ""),
        "inv.csv:2: `2` is `-1` where a whole number, 0 or more is expected"
    );
    assert_eq!(
        error("o,a,f,http,1,50000001,0\n", "", ""),
        "inv.csv:2: `2` is `50000001` where at most 50000000, all that a minute can have, is \
         expected"
    );
    assert_eq!(
        error("o,a,f,http,1,50000000,0\no,a,g,http,1,1,0\n", "", ""),
        "inv.csv: minute 2 has 50000001 invocations: more than 50000000, all that a minute can have"
    );
    assert_eq!(
        error("o,a,f,http,1,0\n", "", ""),
        "inv.csv:2: the row has 6 fields where 7 are expected"
    );
    assert_eq!(
        error("o,,f,http,1,0,0\n", "", ""),
        "inv.csv:2: `HashApp` is `` where a name is expected"
    );
    assert_eq!(
        error(row, "o,a,f,5,9,1,9,1,2,3,four,5,6,7\n", ""),
        "dur.csv:2: `percentile_Average_50` is `four` where a number of milliseconds is expected"
    );
    assert_eq!(
        error(row, "", "o,a,9,much\n"),
        "mem.csv:2: `AverageAllocatedMb` is `much` where a number of MiB is expected"
    );
}

#[test]
fn headers_that_are_not_the_format_are_errors() {
    let error = |header: &str| {
        let folder = Folder::with(header);
        let invocations = Some("trace.csv".to_owned());
        folder.error_of(&TraceForm { invocations, ..form(TraceFormat::Azure2019, None) })
    };
    assert_eq!(
        error("HashOwner,HashFunction,1\n"),
        "trace.csv: there is no column `HashApp`: the first line must name the columns HashOwner, \
         HashApp, HashFunction"
    );
    assert_eq!(
        error("HashOwner,HashApp,HashFunction,Trigger\n"),
        "trace.csv: there is no column of a minute: their names are numbers, as in 1 to 1440"
    );
    assert_eq!(
        error("HashOwner,HashApp,HashFunction,7,7\n"),
        "trace.csv: the column `7` occurs twice"
    );
}
