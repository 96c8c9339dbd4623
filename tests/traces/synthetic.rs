//! The synthetic day of `generate azure-2019`: how it scales, and that its files are read.

use std::collections::BTreeMap;

use cloudsched::workload::synthetic::{Azure2019, Azure2019Files};
use cloudsched::workload::trace::{TraceForm, TraceFormat};

use super::{Folder, form, replay};

pub fn files(functions: usize, minutes: usize, seed: u64) -> Azure2019Files<Vec<u8>> {
    let mut files = Azure2019Files::default();
    let made = Azure2019::new(functions, minutes, seed).unwrap().write(&mut files).unwrap();
    assert_eq!(made.functions, functions);
    files
}

/// The rows of a file, without its header, in fields.
pub fn rows(file: &[u8]) -> impl Iterator<Item = std::str::Split<'_, char>> {
    std::str::from_utf8(file).unwrap().lines().skip(1).map(|line| line.split(','))
}

#[test]
fn timers_are_even_and_round_ones_exactly_so() {
    let files = files(4_641, 1440, 1);
    let mut seen = BTreeMap::new();
    for mut row in rows(&files.invocations) {
        if row.nth(3).unwrap() != "timer" {
            continue;
        }
        let counts: Vec<u32> = row.map(|count| count.parse().unwrap()).collect();
        let sum: u32 = counts.iter().sum();
        if matches!(sum, 24 | 96 | 288 | 1440) {
            let first = counts.iter().position(|count| *count > 0).unwrap();
            let period = 1440 / sum as usize;
            let due = |minute: usize| u32::from(minute % period == first);
            assert!(counts.iter().enumerate().all(|(minute, count)| *count == due(minute)));
            *seen.entry(sum).or_insert(0) += 1;
        }
    }
    assert_eq!(seen.len(), 4, "{seen:?}");
    assert!(seen.values().all(|number| *number > 20), "{seen:?}");
}

#[test]
fn a_smaller_day_has_invocations_in_proportion() {
    for functions in [1, 7, 41, 464] {
        let made = Azure2019::new(functions, 1440, 3).unwrap();
        let made = made.write(&mut Azure2019Files::<Vec<u8>>::default()).unwrap();
        let due = (909_783_379.0 * functions as f64 / 46_412.0).round() as u64;
        assert_eq!(made.invocations, due, "{functions}");
        let applications = (17_577.0 * functions as f64 / 46_412.0).round().max(1.0) as usize;
        assert_eq!(made.applications, applications);
    }
}

#[test]
fn fewer_minutes_are_the_first_of_the_day() {
    let (whole, hour) = (files(200, 1440, 1), files(200, 60, 1));
    for (long, short) in rows(&whole.invocations).zip(rows(&hour.invocations)) {
        assert!(short.eq(long.take(64)));
    }
    assert_eq!(rows(&hour.invocations).count(), 200);
}

#[test]
fn the_reader_reads_what_is_written() {
    let made = files(464, 30, 1);
    let counts: Vec<u32> = rows(&made.invocations)
        .map(|row| row.skip(4).map(|count| count.parse::<u32>().unwrap()).sum())
        .collect();
    let folder = Folder::new();
    for (name, file) in
        [("i.csv", made.invocations), ("d.csv", made.durations), ("m.csv", made.memory)]
    {
        folder.write(name, file);
    }
    let form = TraceForm {
        invocations: Some("i.csv".to_owned()),
        durations: Some("d.csv".to_owned()),
        memory: Some("m.csv".to_owned()),
        ..form(TraceFormat::Azure2019, None)
    };
    let loaded = form.open(&folder.path("")).unwrap();
    let mut read = vec![0; loaded.names.len()];
    for arrival in replay(&loaded) {
        read[arrival.target as usize] += 1;
    }
    assert_eq!(read, counts);
    let idle = counts.iter().filter(|count| **count == 0).count();
    assert_eq!(loaded.warnings, [format!("{idle} functions have no invocation in their rows")]);
}

#[test]
fn the_same_arguments_give_the_same_bytes() {
    let texts = |seed| {
        let Azure2019Files { invocations, durations, memory } = files(20, 1440, seed);
        [invocations, durations, memory].map(|file| String::from_utf8(file).unwrap())
    };
    let first = texts(1);
    assert_eq!(first, texts(1));
    assert_ne!(first, texts(2));
    let digest = first
        .iter()
        .flat_map(|text| text.bytes())
        .fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
    assert_eq!(format!("{digest:016x}"), "0bd7623313f1af44");
}

#[test]
fn a_day_that_cannot_be_is_refused() {
    let error = |functions, minutes| Azure2019::new(functions, minutes, 1).unwrap_err().to_string();
    assert_eq!(error(0, 60), "0 functions: a synthetic day has 1 to 46412");
    assert_eq!(error(46_413, 60), "46413 functions: a synthetic day has 1 to 46412");
    assert_eq!(error(5, 0), "0 minutes: a synthetic day has 1 to 1440");
    assert_eq!(error(5, 1441), "1441 minutes: a synthetic day has 1 to 1440");
}
