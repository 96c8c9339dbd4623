//! manifest.toml, read back.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use serde::Deserialize;

use super::ReportError;
use crate::report::replay;

/// What made the files of a folder. Other versions may know less or more.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Made {
    pub(super) version: String,
    pub(super) name: String,
    /// The arguments of the command line.
    pub(super) command: Vec<String>,
    pub(super) warnings: Vec<String>,
    /// The file of the scenario, as it was named then.
    pub(super) file: String,
    pub(super) sets: Vec<String>,
    pub(super) digest: String,
    pub(super) scenario: String,
    pub(super) fingerprint: Option<String>,
    /// Of the intervals.
    pub(super) confidence: Option<f64>,
    pub(super) run: Vec<MadeRun>,
}

/// A run.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct MadeRun {
    pub(super) point: Option<u64>,
    pub(super) replication: u64,
    pub(super) seed: Seed,
    pub(super) digest: Option<String>,
    pub(super) events: Option<u64>,
    pub(super) panicked: Option<String>,
    /// The line that replays it, if it failed.
    pub(super) replay: Option<String>,
}

/// A seed: large ones are texts, as the integers of TOML end at 2^63 - 1.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub(super) enum Seed {
    Number(u64),
    Text(String),
}

impl Made {
    /// The manifest in `folder`; none if there is none.
    pub(super) fn read(folder: &Path) -> Result<Option<Self>, ReportError> {
        let path = folder.join("manifest.toml");
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error)
                if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) =>
            {
                return Ok(None);
            }
            Err(error) => {
                return Err(ReportError::Broken(format!(
                    "cannot read {}: {error}",
                    path.display()
                )));
            }
        };
        let made = toml::from_str(&text).map_err(|error| {
            let start = error.span().map_or(0, |span| span.start);
            let line = text[..start].matches('\n').count() + 1;
            ReportError::Broken(format!("{}:{line}: {}", path.display(), error.message()))
        });
        made.map(Some)
    }

    /// The command that wrote it: `run`, `sweep` or `compare`.
    pub(super) fn kind(&self) -> &str {
        self.command.first().map_or("results", String::as_str)
    }

    /// The line that makes the results again.
    pub(super) fn line(&self) -> String {
        let words = self.command.iter().map(|word| replay::quoted(word));
        ["cloudsched".to_owned()].into_iter().chain(words).collect::<Vec<_>>().join(" ")
    }

    /// What the head of the page says of it.
    pub(super) fn facts(&self) -> Vec<(&'static str, String)> {
        let seed = self.run.first().map(|run| ("Seed", run.seed.to_string()));
        let version = ("Version", format!("cloudsched {}", self.version));
        seed.into_iter().chain([version]).collect()
    }

    /// The runs that failed.
    pub(super) fn failed(&self) -> impl Iterator<Item = &MadeRun> {
        self.run.iter().filter(|run| run.panicked.is_some())
    }
}

impl std::fmt::Display for Seed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Text(text) => f.write_str(text),
        }
    }
}
