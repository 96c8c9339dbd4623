//! The results of a sweep, from the journals of its shards.

use std::collections::BTreeSet;
use std::fmt;
use std::io::{self, BufWriter, Write as _};

use super::journal::{Header, JournalError, JournalReader, Line};
use super::warning::is_unanswered;
use super::{
    Estimate, Folder, FolderError, Manifest, ManifestRun, Part, PointTables, TextDigest,
    replay_line,
};
use crate::experiment::{Axis, Course, Ended, Plan, Run, Shard};
use crate::scenario::Sources;

/// What came of a sweep.
#[derive(Clone, Debug, Default)]
pub struct Swept {
    /// How many runs there are, failed ones included.
    pub runs: u64,
    /// How many failed.
    pub failed: u64,
    /// At how many points all of several runs are the same one.
    pub copies: u64,
    /// At how many points no run had a request answered.
    pub unanswered: u64,
    /// Files that were there and went, as they were of other figures.
    pub gone: Vec<String>,
    /// The first points, with what their runs give together, by metric.
    pub first: Vec<(Vec<String>, Vec<Option<Estimate>>)>,
}

/// Points that a table shows, at most.
pub const SHOWN_POINTS: usize = 40;

/// Why results could not be written.
#[derive(Debug)]
pub enum SweptError {
    /// A journal cannot be read.
    Journal(JournalError),
    /// The folder cannot be written.
    Folder(FolderError),
}

impl fmt::Display for SweptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Journal(error) => error.fmt(f),
            Self::Folder(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for SweptError {}

impl From<JournalError> for SweptError {
    fn from(error: JournalError) -> Self {
        Self::Journal(error)
    }
}

impl From<FolderError> for SweptError {
    fn from(error: FolderError) -> Self {
        Self::Folder(error)
    }
}

/// The digest of what the runs of `plan` follow from, but for what is in trace files: the version, the file with what was
/// changed in it, the seed and the values of each point.
pub fn fingerprint(plan: &Plan, sources: &Sources, sets: &[String]) -> TextDigest {
    let version = env!("CARGO_PKG_VERSION").to_owned();
    let head = [version, sources.file().to_owned(), plan.seed().number().to_string()];
    let sets = sets.iter().cloned().chain([String::new()]);
    let points = (0..plan.points()).flat_map(|point| plan.sets(point));
    TextDigest::of(head.into_iter().chain(sets).chain(points))
}

/// The files of a sweep but for the manifest, as that names them.
const FILES: &[&str] = &["runs.csv", "summary.csv", "quantiles.csv"];

/// Writes runs.csv, summary.csv, quantiles.csv and manifest.toml of `plan` into `folder`, from the
/// journals of all its shards, in the order of their numbers; reads each once from end to end. The
/// bytes are the same however many shards there are.
///
/// # Errors
/// If a journal has not all runs of its shard, or something cannot be read or written.
pub fn write_sweep(
    plan: &Plan,
    header: &Header,
    shards: &mut [JournalReader],
    mut folder: Folder,
) -> Result<Swept, SweptError> {
    let mut writer = Writer::new(plan, header, &folder)?;
    let mut course = Course::new(plan, Shard::WHOLE);
    while let Some(run) = course.next() {
        let shard = Shard::of_run(plan, run, shards.len() as u64);
        let ended = next_end(plan, run, &mut shards[shard as usize])?;
        course.take(&ended);
        let last = course.next().is_none_or(|next| next.point > run.point);
        writer.write(run, &ended, last).map_err(|error| folder.failed(error))?;
    }
    let mut swept = writer.finish(&mut folder)?;
    swept.gone = folder.publish()?;
    Ok(swept)
}

/// The end of `run`, which is the next in the journal of its shard.
fn next_end(plan: &Plan, run: Run, shard: &mut JournalReader) -> Result<Ended, JournalError> {
    let index = plan.index(run);
    let (found, ended) = match shard.next()? {
        Some(Line::Done { run, record }) => (run, Ok(*record)),
        Some(Line::Failed { run, message }) => (run, Err(message)),
        Some(Line::Complete { .. }) | None => {
            let message = format!("it is not finished: run {index} is missing");
            return Err(JournalError { path: shard.path().to_owned(), message });
        }
    };
    if found != index {
        return Err(shard.damaged(&format!("it is run {found}, not {index}")));
    }
    Ok(ended)
}

/// The files of a sweep in the making.
struct Writer<'a> {
    plan: &'a Plan,
    header: &'a Header,
    tables: PointTables,
    manifest: BufWriter<Part>,
    swept: Swept,
    /// The present point.
    point: Point,
}

/// What is known of a point whose runs come one after another.
#[derive(Debug, Default)]
struct Point {
    runs: u64,
    /// How many of them had no request answered.
    unanswered: u64,
    digests: BTreeSet<String>,
}

impl<'a> Writer<'a> {
    fn new(plan: &'a Plan, header: &'a Header, folder: &Folder) -> Result<Self, FolderError> {
        let axes: Vec<&str> = plan.axes().iter().map(Axis::path).collect();
        let tables = PointTables::new(folder, &axes, plan.confidence())?;
        let mut manifest = BufWriter::new(folder.part()?);
        write_head(header, plan.confidence(), &mut manifest)
            .map_err(|error| folder.failed(error))?;
        Ok(Self {
            plan,
            header,
            tables,
            manifest,
            swept: Swept::default(),
            point: Point::default(),
        })
    }

    /// Writes a run, the `last` of its point or not.
    fn write(&mut self, run: Run, ended: &Ended, last: bool) -> io::Result<()> {
        let cells = self.plan.cells(run.point);
        let replication = self.plan.replication(run);
        let mut replay = String::new();
        self.swept.runs += 1;
        if let Ok(record) = ended {
            self.tables.run(&cells, replication, record)?;
            self.point.runs += 1;
            self.point.unanswered += u64::from(is_unanswered(&record.metrics));
            self.point.digests.insert(record.digest.clone());
        } else {
            self.swept.failed += 1;
            let sets = self.header.sets.iter().cloned().chain(self.plan.sets(run.point));
            replay = replay_line(&self.header.file, replication.seed, sets);
        }
        let (point, ended) = (Some(run.point), ended.as_ref().map_err(String::as_str));
        write!(self.manifest, "{}", ManifestRun { point, replication, ended, replay: &replay })?;
        if last {
            let estimates = self.tables.end_point(&cells)?;
            let Point { runs, unanswered, digests } = std::mem::take(&mut self.point);
            self.swept.copies += u64::from(runs > 1 && digests.len() == 1);
            self.swept.unanswered += u64::from(runs > 0 && unanswered == runs);
            if self.swept.first.len() < SHOWN_POINTS {
                self.swept.first.push((cells, estimates));
            }
        }
        Ok(())
    }

    fn finish(self, folder: &mut Folder) -> Result<Swept, FolderError> {
        self.tables.finish(folder)?;
        let manifest = self.manifest.into_inner().map_err(io::IntoInnerError::into_error);
        let manifest = manifest.map_err(|error| folder.failed(error))?;
        folder.add("manifest.toml", manifest.into_temp_path());
        Ok(self.swept)
    }
}

/// Writes the head of the manifest. Its command is the one that makes the same results in one
/// process, whatever shards and threads they came from.
fn write_head(header: &Header, confidence: f64, to: &mut impl io::Write) -> io::Result<()> {
    let mut command = vec!["sweep".to_owned(), header.file.clone()];
    command.extend(["--seed".to_owned(), header.seed.to_string()]);
    command.extend(header.sets.iter().flat_map(|set| ["--set".to_owned(), set.clone()]));
    let manifest = Manifest {
        name: &header.name,
        file: &header.file,
        text: &header.text,
        sets: &header.sets,
        command: &command,
        files: FILES,
        warnings: &header.warnings,
        confidence,
        fingerprint: Some(&header.fingerprint),
    };
    write!(to, "{manifest}")
}
