//! manifest.toml: all that is needed to make the results of a folder again.

use std::fmt;

use super::{TextDigest, cell};
use crate::experiment::{Record, Replication};
use crate::metric::Value;
use crate::scenario::quoted;

/// What made the files of a folder; the runs follow it, each a [`ManifestRun`].
#[derive(Clone, Copy, Debug)]
pub struct Manifest<'a> {
    /// What the scenario is called.
    pub name: &'a str,
    /// The file it is in, as it was named on the command line.
    pub file: &'a str,
    /// What is in that file.
    pub text: &'a str,
    /// What was changed in it: `PATH=VALUE`.
    pub sets: &'a [String],
    /// The arguments of the command line.
    pub command: &'a [String],
    /// The files that were written with this one.
    pub files: &'a [&'a str],
    /// What was said of the scenario, each with its place.
    pub warnings: &'a [String],
    /// The confidence of the intervals in these files.
    pub confidence: f64,
    /// The digest of the plan, of a sweep.
    pub fingerprint: Option<&'a str>,
}

/// A run of the manifest: its digest, or how it failed.
#[derive(Clone, Debug)]
pub struct ManifestRun<'a> {
    /// Its point, in a sweep.
    pub point: Option<u64>,
    /// Its number and its seed.
    pub replication: Replication,
    /// What came of it.
    pub ended: Result<&'a Record, &'a str>,
    /// The line that replays it.
    pub replay: &'a str,
}

impl Manifest<'_> {
    /// The digest of the file and what was changed in it.
    pub fn digest(&self) -> TextDigest {
        TextDigest::of([self.text].into_iter().chain(self.sets.iter().map(String::as_str)))
    }
}

/// The manifest as TOML.
impl fmt::Display for Manifest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fingerprint = self.fingerprint.map(|digest| ("fingerprint", quoted(digest)));
        let lines = [
            ("version", quoted(env!("CARGO_PKG_VERSION"))),
            ("name", quoted(self.name)),
            ("command", list(self.command)),
            ("files", list(self.files)),
            ("confidence", cell(Some(Value::Real(self.confidence)))),
            ("warnings", list(self.warnings)),
            ("file", quoted(self.file)),
            ("sets", list(self.sets)),
            ("digest", quoted(&self.digest().to_string())),
            ("scenario", block(self.text)),
        ];
        f.write_str(COMMENT)?;
        lines
            .into_iter()
            .chain(fingerprint)
            .try_for_each(|(key, value)| writeln!(f, "{key} = {value}"))
    }
}

const COMMENT: &str = "\
# What made the files of this folder. `digest` is the FNV-1a hash of 128 bits of `scenario` and
# each of `sets`, with a zero byte between them; the digest of a run is the hash of its events.
";

/// The run as TOML.
impl fmt::Display for ManifestRun<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\n[[run]]\n")?;
        if let Some(point) = self.point {
            writeln!(f, "point = {point}")?;
        }
        // The integers of TOML end at 2^63 - 1, seeds do not.
        let Replication { number, seed } = self.replication;
        let seed = seed.number();
        let seed = i64::try_from(seed).map_or(quoted(&seed.to_string()), |seed| seed.to_string());
        writeln!(f, "replication = {number}\nseed = {seed}")?;
        match self.ended {
            Ok(record) => {
                writeln!(f, "digest = {}\nevents = {}", quoted(&record.digest), record.events)
            }
            Err(why) => {
                writeln!(f, "panicked = {}\nreplay = {}", quoted(why), quoted(self.replay))
            }
        }
    }
}

fn list<S: AsRef<str>>(texts: &[S]) -> String {
    let items: Vec<String> = texts.iter().map(|text| quoted(text.as_ref())).collect();
    format!("[{}]", items.join(", "))
}

/// `text` as a string of TOML over several lines, as it is if TOML can write it so.
fn block(text: &str) -> String {
    let plain = |c: char| c == '\n' || c == '\t' || !c.is_control();
    if text.contains("'''") || text.ends_with('\'') || !text.chars().all(plain) {
        return quoted(text);
    }
    format!("'''\n{text}'''")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Seed;
    use crate::stats::Histogram;

    fn reads_back(text: &str) {
        let record = Record {
            seed: u64::MAX,
            digest: "0123".to_owned(),
            events: 5,
            metrics: Vec::new(),
            response: Histogram::default(),
        };
        let run = |point, number, seed, ended| {
            let replication = Replication { number, seed: Seed::new(seed) };
            ManifestRun { point, replication, ended, replay: "cloudsched run" }.to_string()
        };
        let runs = run(None, 0, u64::MAX, Ok(&record)) + &run(Some(7), 1, 2, Err("two\nlines"));
        let manifest = Manifest {
            name: "a \"name\"\u{7f}\\",
            file: "dir/a.toml",
            text,
            sets: &["seed=2".to_owned()],
            command: &["run".to_owned(), "dir/a.toml".to_owned()],
            files: &["runs.csv"],
            warnings: &[],
            confidence: 0.95,
            fingerprint: Some("abc"),
        };
        let read: toml::Table = (manifest.to_string() + &runs).parse().unwrap();
        assert_eq!(read["scenario"].as_str(), Some(text));
        assert_eq!(read["name"].as_str(), Some("a \"name\"\u{7f}\\"));
        assert_eq!(read["confidence"].as_float(), Some(0.95));
        assert_eq!(read["sets"][0].as_str(), Some("seed=2"));
        assert_eq!(read["digest"].as_str(), Some(&*TextDigest::of([text, "seed=2"]).to_string()));
        assert_eq!(read["run"][0]["seed"].as_str(), Some("18446744073709551615"));
        assert_eq!(read["run"][1]["panicked"].as_str(), Some("two\nlines"));
        assert_eq!(read["run"][1]["seed"].as_integer(), Some(2));
        assert_eq!(read["run"][1]["point"].as_integer(), Some(7));
        assert_eq!(read["run"][0]["digest"].as_str(), Some("0123"));
    }

    #[test]
    fn any_text_is_read_back() {
        for text in ["", "a = 1\n\tb = 'x'\n", "a = '''x'''\n", "a = 1\r\n", "\n\nä = \"'", "'"] {
            reads_back(text);
        }
    }
}
