//! Trace readers: every error by its text, every oddity by its warning, real files by their counts.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test may panic, and says what it skips"
)]

mod allocation;
mod azure_2019;
mod azure_2021;
mod fixtures;
mod marginals;
mod openb;
#[path = "../queueing_theory/page.rs"]
mod page;
mod rate;
mod requests;
mod synthetic;

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::PathBuf;

use cloudsched::kernel::Seed;
use cloudsched::workload::Arrival;
use cloudsched::workload::trace::{Loaded, TraceForm, TraceFormat};
use flate2::Compression;
use flate2::write::GzEncoder;
use tempfile::TempDir;

/// A folder with the files of one test.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// A folder with one file, called `trace.csv`.
    fn with(bytes: impl AsRef<[u8]>) -> Self {
        let folder = Self::new();
        folder.write("trace.csv", bytes);
        folder
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.path(name), bytes).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Opens `trace.csv`.
    fn open(&self, format: TraceFormat) -> Loaded {
        form(format, Some("trace.csv")).open(self.0.path()).unwrap()
    }

    /// The error of opening `trace.csv`, with the name of the folder cut off.
    fn error(&self, format: TraceFormat) -> String {
        self.error_of(&form(format, Some("trace.csv")))
    }

    fn error_of(&self, form: &TraceForm) -> String {
        let error = form.open(self.0.path()).unwrap_err().to_string();
        let folder = format!("{}{}", self.0.path().display(), std::path::MAIN_SEPARATOR);
        error.replace(&folder, "")
    }
}

fn form(format: TraceFormat, path: Option<&str>) -> TraceForm {
    let path = path.map(str::to_owned);
    let (from, until, load) = (None, None, None);
    let (invocations, durations, memory, pods, nodes) = (None, None, None, None, None);
    TraceForm { format, path, from, until, invocations, durations, memory, pods, nodes, load }
}

/// All arrivals of a trace; checks that they are in order, as many as it says, and not past its
/// last.
fn replay(loaded: &Loaded) -> Vec<Arrival> {
    let mut run = loaded.process.start(Seed::new(1).key("client.test.arrivals"));
    let arrivals: Vec<Arrival> = std::iter::from_fn(|| run.next()).collect();
    assert_eq!(run.next(), None);
    assert!(arrivals.is_sorted_by_key(|arrival| arrival.at));
    assert_eq!(arrivals.len() as u64, loaded.requests);
    assert!(arrivals.last().is_none_or(|arrival| arrival.at <= loaded.last));
    arrivals
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn a_form_without_its_files_says_which() {
    let folder = Folder::new();
    assert_eq!(
        folder.error_of(&form(TraceFormat::Requests, None)),
        "a trace of format \"requests\" needs a file: write path = \"…\""
    );
    let azure = form(TraceFormat::Azure2019, None);
    assert_eq!(
        folder.error_of(&azure),
        "a trace of format \"azure-2019\" needs a file: write invocations = \"…\""
    );
    let azure = TraceForm { path: Some("a".into()), ..azure };
    assert_eq!(
        folder.error_of(&azure),
        "a trace of format \"azure-2019\" has no key `path`; it has invocations, durations and \
         memory"
    );
    let rate = TraceForm { memory: Some("a".into()), ..form(TraceFormat::Rate, Some("b")) };
    assert_eq!(rate.open(&folder.path("")).unwrap_err().key, "memory");
    assert_eq!(
        folder.error_of(&rate),
        "a trace of format \"rate\" has no key `memory`; it has path, from and until"
    );
}

#[test]
fn files_that_cannot_be_read_say_why() {
    let folder = Folder::with("");
    let error = |path| folder.error_of(&form(TraceFormat::Requests, Some(path)));
    assert_eq!(error("none.csv"), "none.csv: there is no such file");
    assert_eq!(error("trace.csv"), "trace.csv: the file is empty");
    fs::create_dir(folder.path("sub")).unwrap();
    assert!(error("sub").starts_with("sub: "), "{}", error("sub"));
}

#[test]
fn gzip_is_known_by_its_content_and_its_damage_is_told() {
    let mut text = "time_s,service,duration_s\n".to_owned();
    for i in 0..5000 {
        writeln!(text, "{i},web,0.{}", i * 7919 % 1000).unwrap();
    }
    let plain = replay(&Folder::with(&text).open(TraceFormat::Requests));
    let packed = gzip(&text);
    let folder = Folder::with(&packed);
    assert_eq!(replay(&folder.open(TraceFormat::Requests)), plain);

    // Two members, as gzip writes when files are joined.
    let (first, second) = text.split_at(text.len() / 2);
    folder.write("trace.csv", [gzip(first), gzip(second)].concat());
    assert_eq!(replay(&folder.open(TraceFormat::Requests)), plain);

    for length in [packed.len() - 1, packed.len() - 9, packed.len() / 2, 20, 5] {
        folder.write("trace.csv", &packed[..length]);
        let error = folder.error(TraceFormat::Requests);
        assert_eq!(error, "trace.csv: the gzip data ends early: the file has been cut off");
    }
    let mut damaged = packed.clone();
    damaged[packed.len() / 2] ^= 0xff;
    folder.write("trace.csv", &damaged);
    let error = folder.error(TraceFormat::Requests);
    assert!(error.starts_with("trace.csv"), "{error}");
    assert_eq!(folder.error(TraceFormat::Requests), error);
}
