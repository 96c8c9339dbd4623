//! manifest.toml: all that is needed to make the results of a folder again.

use std::fmt::{self, Write as _};

use super::TextDigest;
use crate::experiment::{Panicked, Replication};
use crate::kernel::Digest;

/// What made the files of a folder.
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
    /// The runs, in order.
    pub runs: &'a [ManifestRun<'a>],
}

/// A run: its digest, or how it failed.
pub type ManifestRun<'a> = Result<(Replication, Digest), &'a Panicked>;

impl Manifest<'_> {
    /// The digest of the file and what was changed in it.
    pub fn digest(&self) -> TextDigest {
        TextDigest::of([self.text].into_iter().chain(self.sets.iter().map(String::as_str)))
    }
}

/// The manifest as TOML.
impl fmt::Display for Manifest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = [
            ("version", quoted(env!("CARGO_PKG_VERSION"))),
            ("name", quoted(self.name)),
            ("command", list(self.command)),
            ("files", list(self.files)),
            ("warnings", list(self.warnings)),
            ("file", quoted(self.file)),
            ("sets", list(self.sets)),
            ("digest", quoted(&self.digest().to_string())),
            ("scenario", block(self.text)),
        ];
        f.write_str(COMMENT)?;
        for (key, value) in lines {
            writeln!(f, "{key} = {value}")?;
        }
        self.runs.iter().try_for_each(|run| write_run(run, f))
    }
}

const COMMENT: &str = "\
# What made the files of this folder. `digest` is the FNV-1a hash of 128 bits of `scenario` and
# each of `sets`, with a zero byte between them; the digest of a run is the hash of its events.
";

fn write_run(run: &ManifestRun<'_>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let Replication { number, seed } = match run {
        Ok((replication, _)) => *replication,
        Err(panicked) => panicked.replication,
    };
    // The integers of TOML end at 2^63 - 1, seeds do not.
    let seed = seed.number();
    let seed = i64::try_from(seed).map_or(quoted(&seed.to_string()), |seed| seed.to_string());
    writeln!(f, "\n[[run]]\nreplication = {number}\nseed = {seed}")?;
    match run {
        Ok((_, digest)) => writeln!(f, "digest = \"{digest}\"\nevents = {}", digest.events()),
        Err(panicked) => writeln!(f, "panicked = {}", quoted(&panicked.message)),
    }
}

/// `text` as a basic string of TOML.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            c if c.is_control() => {
                write!(quoted, "\\u{:04x}", u32::from(c)).expect("a String takes all");
            }
            c => quoted.push(c),
        }
    }
    quoted + "\""
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

    fn reads_back(text: &str) {
        let manifest = Manifest {
            name: "a \"name\"\u{7f}\\",
            file: "dir/a.toml",
            text,
            sets: &["seed=2".to_owned()],
            command: &["run".to_owned(), "dir/a.toml".to_owned()],
            files: &["runs.csv"],
            warnings: &[],
            runs: &[
                Ok((Replication { number: 0, seed: Seed::new(u64::MAX) }, Digest::default())),
                Err(&Panicked {
                    replication: Replication { number: 1, seed: Seed::new(2) },
                    message: "two\nlines".to_owned(),
                }),
            ],
        };
        let read: toml::Table = manifest.to_string().parse().unwrap();
        assert_eq!(read["scenario"].as_str(), Some(text));
        assert_eq!(read["name"].as_str(), Some("a \"name\"\u{7f}\\"));
        assert_eq!(read["sets"][0].as_str(), Some("seed=2"));
        assert_eq!(read["digest"].as_str(), Some(&*TextDigest::of([text, "seed=2"]).to_string()));
        assert_eq!(read["run"][0]["seed"].as_str(), Some("18446744073709551615"));
        assert_eq!(read["run"][1]["panicked"].as_str(), Some("two\nlines"));
        assert_eq!(read["run"][1]["seed"].as_integer(), Some(2));
    }

    #[test]
    fn any_text_is_read_back() {
        for text in ["", "a = 1\n\tb = 'x'\n", "a = '''x'''\n", "a = 1\r\n", "\n\nä = \"'", "'"] {
            reads_back(text);
        }
    }
}
