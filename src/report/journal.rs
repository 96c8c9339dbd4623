//! The journal of a sweep: each finished run on a line of its own, in plan order, so that what is
//! done is kept whatever happens.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::experiment::{Ended, Record, Shard};

/// The first line of a journal: what its runs follow from, but for the traces that the scenario
/// names, of which only the names are known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// The form of the lines.
    pub form: u32,
    /// The version of the program.
    pub version: String,
    /// What the scenario is called.
    pub name: String,
    /// The file it is in, as it was named on the command line.
    pub file: String,
    /// What is in that file.
    pub text: String,
    /// What was changed in it: `PATH=VALUE`.
    pub sets: Vec<String>,
    /// The seed of the sweep.
    pub seed: u64,
    /// The number of the shard, from 0, and how many there are.
    pub shard: (u64, u64),
    /// The digest of the plan.
    pub fingerprint: String,
    /// What was said of the scenario, each with its place.
    pub warnings: Vec<String>,
}

impl Header {
    /// The form of the lines that this program writes.
    pub const FORM: u32 = 1;

    /// In what `self` differs from `now` that matters for the runs; the name of the file does not.
    pub fn differences(&self, now: &Self) -> Vec<String> {
        let shard = |header: &Self| Shard { number: header.shard.0, of: header.shard.1 };
        let mut told = Vec::new();
        let mut tell = |differs: bool, what: String| {
            if differs {
                told.push(what);
            }
        };
        let (was, is) = (&self.version, &now.version);
        tell(was != is, format!("its version is {was}, this is {is}"));
        tell(self.text != now.text, "the scenario file is another".to_owned());
        let (was, is) = (self.sets.join(" "), now.sets.join(" "));
        tell(was != is, format!("its --set are `{was}`, here they are `{is}`"));
        let (was, is) = (self.seed, now.seed);
        tell(was != is, format!("its seed is {was}, here it is {is}"));
        let (was, is) = (shard(self), shard(now));
        tell(was != is, format!("it is shard {was}, here it is {is}"));
        let same = told.is_empty() && self.fingerprint == now.fingerprint;
        if !same && told.is_empty() {
            told.push("its plan is another".to_owned());
        }
        told
    }
}

/// A line of a journal after the first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Line {
    /// A run that ended well.
    Done {
        /// Its number in plan order.
        run: u64,
        /// What is kept of it.
        record: Box<Record>,
    },
    /// A run that failed.
    Failed {
        /// Its number in plan order.
        run: u64,
        /// What it said.
        message: String,
    },
    /// The last line: all is there.
    Complete {
        /// How many runs there are.
        runs: u64,
    },
}

/// What is wrong with a journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalError {
    /// Which one.
    pub path: PathBuf,
    /// What is wrong, and how to mend it.
    pub message: String,
}

impl fmt::Display for JournalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.message)
    }
}

impl std::error::Error for JournalError {}

fn failed(path: &Path, message: impl fmt::Display) -> JournalError {
    JournalError { path: path.to_owned(), message: message.to_string() }
}

/// A journal that is being written. Nobody else writes it meanwhile.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
}

impl Journal {
    /// The name of the journal of a sweep that is not finished.
    pub const UNFINISHED: &str = ".unfinished.jsonl";
    /// The name of the journal of a shard that is.
    pub const SHARD: &str = "shard.jsonl";

    /// What `folder` holds instead of results, and what makes results of it: a sweep that is not finished, or a shard.
    pub fn only(folder: &Path) -> Option<(String, &'static str)> {
        let (shown, has) = (folder.display(), |name| folder.join(name).exists());
        if has(Self::UNFINISHED) {
            let why = format!("the sweep in {shown} is not finished");
            return Some((why, "`sweep --resume` goes on with it"));
        }
        let why = format!("{shown} holds one shard of a sweep");
        has(Self::SHARD).then_some((why, "`merge` puts all shards together"))
    }

    /// A new journal in the folder `folder`.
    ///
    /// # Errors
    /// If there is one already, or it cannot be written.
    pub fn start(folder: &Path, header: &Header) -> Result<Self, JournalError> {
        let path = folder.join(Self::UNFINISHED);
        let file = OpenOptions::new().write(true).create_new(true).open(&path);
        let file = file.map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => failed(
                &path,
                "a sweep was begun here and not finished; go on with --resume, or remove this file",
            ),
            _ => failed(&path, error),
        })?;
        let mut journal = Self::locked(path, file)?;
        journal.append(header)?;
        Ok(journal)
    }

    /// The journal in `folder`, to be gone on with: `take` is given the number and the end of each
    /// run in it, in order, and may say what is wrong. A last line that is torn is cut off. A new
    /// journal if there is none.
    ///
    /// # Errors
    /// If it was begun for another sweep, is damaged, or cannot be read or written.
    pub fn resume(
        folder: &Path,
        header: &Header,
        mut take: impl FnMut(u64, Ended) -> Result<(), String>,
    ) -> Result<Self, JournalError> {
        let path = folder.join(Self::UNFINISHED);
        if !path.exists() {
            return Self::start(folder, header);
        }
        let open = |path: &Path| OpenOptions::new().write(true).open(path);
        let journal = Self::locked(path.clone(), open(&path).map_err(|e| failed(&path, e))?)?;
        let Some((mut lines, begun)) = JournalReader::open(&path)? else {
            return journal.begun_anew(header);
        };
        let differences = begun.differences(header);
        if !differences.is_empty() {
            let message = format!(
                "it was begun for another sweep: {}; remove it to begin anew",
                differences.join("; ")
            );
            return Err(failed(&path, message));
        }
        let mut end = lines.offset;
        while let Some(line) = lines.next()? {
            let (run, ended) = match line {
                Line::Done { run, record } => (run, Ok(*record)),
                Line::Failed { run, message } => (run, Err(message)),
                Line::Complete { .. } => break,
            };
            take(run, ended).map_err(|why| lines.damaged(&why))?;
            end = lines.offset;
        }
        journal.cut(end)
    }

    /// How many runs failed in the shard that is finished in `folder`; `None` if there is none of
    /// this sweep, or another one was begun since.
    pub fn finished(folder: &Path, header: &Header) -> Option<u64> {
        if folder.join(Self::UNFINISHED).exists() {
            return None;
        }
        let (mut lines, of) = JournalReader::open(&folder.join(Self::SHARD)).ok()??;
        if !of.differences(header).is_empty() {
            return None;
        }
        let mut failed = 0;
        loop {
            match lines.next().ok()?? {
                Line::Done { .. } => {}
                Line::Failed { .. } => failed += 1,
                Line::Complete { .. } => return Some(failed),
            }
        }
    }

    /// The journal of which not even the first line is whole.
    fn begun_anew(self, header: &Header) -> Result<Self, JournalError> {
        let mut journal = self.cut(0)?;
        journal.append(header)?;
        Ok(journal)
    }

    fn locked(path: PathBuf, file: File) -> Result<Self, JournalError> {
        match file.try_lock() {
            Ok(()) => Ok(Self { path, file }),
            Err(std::fs::TryLockError::WouldBlock) => {
                Err(failed(&path, "another process is at this sweep"))
            }
            Err(std::fs::TryLockError::Error(error)) => Err(failed(&path, error)),
        }
    }

    /// Leaves the first `length` bytes, and goes on behind them.
    fn cut(mut self, length: u64) -> Result<Self, JournalError> {
        let done = self.file.set_len(length).and_then(|()| self.file.seek(SeekFrom::Start(length)));
        done.map_err(|error| failed(&self.path, error))?;
        Ok(self)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes the end of the run with this number; it is in the file when this returns.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write(&mut self, run: u64, ended: &Ended) -> Result<(), JournalError> {
        match ended {
            Ok(record) => self.append(&Line::Done { run, record: Box::new(record.clone()) }),
            Err(message) => self.append(&Line::Failed { run, message: message.clone() }),
        }
    }

    /// Writes the last line, that all `runs` are there, and names the journal as that of a shard.
    ///
    /// # Errors
    /// If it cannot be written or renamed.
    pub fn complete(mut self, runs: u64) -> Result<(), JournalError> {
        self.append(&Line::Complete { runs })?;
        let to = self.path.with_file_name(Self::SHARD);
        std::fs::rename(&self.path, to).map_err(|error| failed(&self.path, error))
    }

    /// Removes it: all of it stands elsewhere.
    ///
    /// # Errors
    /// If it cannot be removed.
    pub fn remove(self) -> Result<(), JournalError> {
        std::fs::remove_file(&self.path).map_err(|error| failed(&self.path, error))
    }

    fn append(&mut self, line: &impl Serialize) -> Result<(), JournalError> {
        let mut text = serde_json::to_vec(line).expect("figures and texts are JSON");
        text.push(b'\n');
        self.file.write_all(&text).map_err(|error| failed(&self.path, error))
    }
}

/// A journal that is being read.
#[derive(Debug)]
pub struct JournalReader {
    path: PathBuf,
    file: BufReader<File>,
    /// The number of the line that was read last.
    number: u64,
    /// Where the next line starts.
    offset: u64,
}

impl JournalReader {
    /// The journal at `path` and its first line; `None` if that line is torn.
    ///
    /// # Errors
    /// If it cannot be read, or is no journal of this program.
    pub fn open(path: &Path) -> Result<Option<(Self, Header)>, JournalError> {
        let file = File::open(path).map_err(|error| failed(path, error))?;
        let file = BufReader::new(file);
        let mut reader = Self { path: path.to_owned(), file, number: 0, offset: 0 };
        let Some(header) = reader.read::<Header>()? else { return Ok(None) };
        if header.form != Header::FORM {
            let version = &header.version;
            return Err(failed(
                path,
                format!("it was written by version {version}, in another form"),
            ));
        }
        Ok(Some((reader, header)))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The next line; `None` at the end, or if the last line is torn.
    ///
    /// # Errors
    /// If it cannot be read.
    #[expect(clippy::should_implement_trait, reason = "an iterator would hide the errors")]
    pub fn next(&mut self) -> Result<Option<Line>, JournalError> {
        self.read()
    }

    /// The error of the line that was read last.
    pub fn damaged(&self, why: &str) -> JournalError {
        failed(&self.path, format!("line {} is damaged: {why}; remove the file", self.number))
    }

    fn read<T: serde::de::DeserializeOwned>(&mut self) -> Result<Option<T>, JournalError> {
        let mut line = Vec::new();
        let length = self.file.read_until(b'\n', &mut line);
        let length = length.map_err(|error| failed(&self.path, error))?;
        self.number += 1;
        if line.pop() != Some(b'\n') {
            return Ok(None);
        }
        let read =
            serde_json::from_slice(&line).map_err(|error| self.damaged(&error.to_string()))?;
        self.offset += length as u64;
        Ok(Some(read))
    }
}
