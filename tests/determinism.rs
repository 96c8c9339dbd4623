//! The same scenario and seed give the same bytes: each smoke scenario against what it gave
//! before (`tests/golden`), in debug and release builds alike.
//!
//! `CLOUDSCHED_BLESS=1 cargo test --test determinism` takes the present results as right; look at
//! the difference before you commit it.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod smoke;
mod told;

use std::fmt::Write as _;
use std::fs;

use cloudsched::kernel::{Digest, Seed, Time};
use cloudsched::scenario::Loaded;
use cloudsched::world::{Event, run};
use smoke::{loaded, names, project};
use told::{Rows, parts, text};

/// What two runs that are the same have in common.
#[derive(PartialEq)]
struct Run {
    /// Digest, counts, metrics.
    summary: String,
    /// After each event the last 16 bits of the running digest.
    journal: Vec<u16>,
    events: Vec<(u64, Event)>,
}

fn run_of(loaded: &Loaded, seed: Seed) -> Run {
    let (mut rows, mut digest) = (Rows::default(), Digest::default());
    let (mut journal, mut events) = (Vec::new(), Vec::new());
    let mut note = |key: u64, event: Event| {
        digest.fold(key, event.word());
        journal.push(digest.value() as u16);
        events.push((key, event));
    };
    let outcome = run(&loaded.specification, seed, Some(&mut rows), Some(&mut note));
    assert_eq!(outcome.digest, digest, "the journal is not what the digest took in");
    let mut summary = format!("digest = {digest}\nevents = {}\n", digest.events());
    writeln!(summary, "end_ns = {}", outcome.end.as_nanos()).unwrap();
    writeln!(summary, "rows = {} {}", rows.0.len(), hash(&rows.0.join("\n"))).unwrap();
    summary += &text(&outcome.metrics());
    for (name, metrics) in parts(&outcome) {
        writeln!(summary, "{name} = {}", hash(&metrics)).unwrap();
    }
    Run { summary, journal, events }
}

fn hash(text: &str) -> Digest {
    let mut digest = Digest::default();
    for byte in text.bytes() {
        digest.fold(byte.into(), text.len() as u64);
    }
    digest
}

const JOURNAL: &str = "journal = the last 4 hex digits of the digest after each event\n";
const EVENTS_A_LINE: usize = 24;

fn golden_text(run: &Run) -> String {
    let mut text = run.summary.clone() + JOURNAL;
    for line in run.journal.chunks(EVENTS_A_LINE) {
        text.extend(line.iter().map(|digits| format!("{digits:04x}")));
        text.push('\n');
    }
    text
}

/// The first event of which two journals tell differently, in words.
fn difference(golden: &[u16], run: &Run) -> Option<String> {
    let first = golden.iter().zip(&run.journal).position(|(before, now)| before != now);
    let Some(first) = first.or((golden.len() < run.journal.len()).then_some(golden.len())) else {
        return (golden.len() > run.journal.len())
            .then(|| format!("no event follows event {}, and did before", run.journal.len()));
    };
    let tell = |number: usize| {
        let (key, event) = run.events[number];
        let (time, class) = (Time::from_nanos(key >> 3), key & 7);
        format!("event {} at {} ns, class {class}: {event:?}", number + 1, time.as_nanos())
    };
    let last = first.checked_sub(1).map_or("none".to_owned(), tell);
    let was = if first < golden.len() { "was another" } else { "was not there" };
    Some(format!(
        "the first event that {was}:\n  {}\nthe last that is the same:\n  {last}",
        tell(first)
    ))
}

/// What is different from the golden text; `None` if nothing is.
fn compare(golden: &str, run: &Run) -> Option<String> {
    if golden == golden_text(run) {
        return None;
    }
    let (summary, journal) = golden.split_once(JOURNAL).unwrap_or((golden, ""));
    let digits: String = journal.split_whitespace().collect();
    let journal: Vec<u16> = (0..digits.len() / 4)
        .map(|number| u16::from_str_radix(&digits[number * 4..number * 4 + 4], 16).unwrap_or(0))
        .collect();
    let mut told = difference(&journal, run).unwrap_or("all events are the same".to_owned());
    let lines = summary.lines().zip(run.summary.lines()).filter(|(before, now)| before != now);
    for (before, now) in lines.take(5) {
        write!(told, "\n- {before}\n+ {now}").unwrap();
    }
    Some(told)
}

#[test]
fn smoke_scenarios_give_what_they_gave() {
    let bless = std::env::var_os("CLOUDSCHED_BLESS").is_some();
    let mut told = String::new();
    for name in names() {
        let path = project(&format!("tests/golden/{name}.txt"));
        let loaded = loaded(&name, &smoke::text(&name));
        let run = run_of(&loaded, loaded.seed);
        if bless {
            fs::write(&path, golden_text(&run)).unwrap();
        }
        let golden = fs::read_to_string(&path).unwrap_or_default();
        if let Some(difference) = compare(&golden, &run) {
            write!(told, "\n{name}: {difference}\n").unwrap();
        }
    }
    assert!(told.is_empty(), "{told}");
}

#[test]
fn every_golden_file_has_its_scenario() {
    let names = names();
    for file in fs::read_dir(project("tests/golden")).unwrap() {
        let file = file.unwrap().file_name().into_string().unwrap();
        let name = file.strip_suffix(".txt").unwrap_or(&file);
        assert!(names.iter().any(|other| other == name), "tests/golden/{file} has no scenario");
    }
}

#[test]
fn two_runs_agree_and_one_in_a_thread_too() {
    for name in names() {
        let loaded = loaded(&name, &smoke::text(&name));
        let first = run_of(&loaded, loaded.seed);
        assert!(first == run_of(&loaded, loaded.seed), "{name}: two runs differ");
        let threads: Vec<Run> = std::thread::scope(|scope| {
            let start = || scope.spawn(|| run_of(&loaded, loaded.seed));
            let running = [start(), start()];
            running.map(|thread| thread.join().unwrap()).into()
        });
        assert!(threads.iter().all(|run| *run == first), "{name}: a thread differs");
    }
}

#[test]
fn a_file_read_again_gives_the_same() {
    for name in names() {
        let (first, second) =
            (loaded(&name, &smoke::text(&name)), loaded(&name, &smoke::text(&name)));
        assert!(run_of(&first, first.seed) == run_of(&second, second.seed), "{name}");
    }
}

#[test]
fn seeds_differ() {
    for name in names() {
        let loaded = loaded(&name, &smoke::text(&name));
        let [one, two] = [1, 2].map(|seed| run_of(&loaded, Seed::new(seed)));
        assert_ne!(one.summary, two.summary, "{name}");
    }
}

#[test]
fn who_listens_changes_nothing() {
    for name in names() {
        let loaded = loaded(&name, &smoke::text(&name));
        let told = |listens: bool| {
            let mut rows = Rows::default();
            let recorder = listens.then_some(&mut rows as _);
            let outcome = run(&loaded.specification, loaded.seed, recorder, None);
            let metrics = text(&outcome.metrics());
            (outcome.digest, outcome.end, metrics, parts(&outcome))
        };
        assert_eq!(told(true), told(false), "{name}");
    }
}

#[test]
fn a_difference_is_told_by_its_event() {
    let loaded = loaded("servers-fifo", &smoke::text("servers-fifo"));
    let run = run_of(&loaded, loaded.seed);
    let golden = golden_text(&run);
    assert_eq!(compare(&golden, &run), None);
    let mut other = run_of(&loaded, loaded.seed);
    other.journal[100] ^= 1;
    let told = compare(&golden, &other).unwrap();
    let (key, event) = run.events[100];
    let expected = format!(
        "the first event that was another:\n  event 101 at {} ns, class {}: {event:?}",
        key >> 3,
        key & 7
    );
    assert!(told.starts_with(&expected), "{told}");
    other = run_of(&loaded, loaded.seed);
    other.journal.truncate(7);
    assert_eq!(
        compare(&golden, &other).unwrap().lines().next(),
        Some("no event follows event 7, and did before")
    );
    other = run_of(&loaded, loaded.seed);
    other.summary = other.summary.replace("refused = 0", "refused = 1");
    assert_eq!(
        compare(&golden, &other).unwrap(),
        "all events are the same\n- refused = 0\n+ refused = 1"
    );
}
