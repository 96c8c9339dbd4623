//! What a run tells on its way, and the files of `run` that it goes into: rows in the folder of
//! `--out`, where the scenario asks for them, and the trace of `--timeline`.

use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempPath;

use super::progress::on_interrupt;
use crate::kernel::Seed;
use crate::metric::Recorder;
use crate::report::{Folder, FolderError, RECORDED, RowRecorder, Timeline, recorded};
use crate::world::Specification;

/// Where what is told goes.
pub(super) struct Recording {
    /// The folder of `--out`.
    pub(super) folder: Option<Folder>,
    /// Which files the scenario asks for in it.
    asked: [bool; RECORDED],
    /// The file of `--timeline`.
    pub(super) timeline: Option<TimelineFile>,
}

/// Who is told while a run goes on: rows for the folder, the trace.
pub(super) struct Recorders((Option<RowRecorder>, Option<Timeline>));

/// The temporary files of a run that has ended.
type Written = ([Option<TempPath>; RECORDED], Option<TempPath>);

impl Recording {
    /// The files that the arguments ask for; lets runs of this specification tell what belongs in them.
    pub(super) fn open(
        out: Option<&Path>,
        timeline: Option<&Path>,
        specification: &mut Specification,
    ) -> Result<Self, FolderError> {
        let folder = out.map(Folder::open).transpose()?;
        let timeline = timeline.map(TimelineFile::open).transpose()?;
        let folders = folder.iter().chain(timeline.as_ref().map(|timeline| &timeline.folder));
        let clear: Vec<_> = folders.map(Folder::clearance).collect();
        on_interrupt(move || clear.iter().for_each(|clear| clear()));
        let asked = recorded(specification).map(|(_, asked)| asked);
        let output = &mut specification.output;
        output.instances |= timeline.is_some();
        output.levels = timeline.is_some();
        Ok(Self { folder, asked, timeline })
    }

    /// The recorders of a run, each with its temporary files.
    pub(super) fn recorders(
        &self,
        specification: &Specification,
        replication: Option<u64>,
    ) -> Result<Recorders, FolderError> {
        let rows = self.folder.as_ref().map(|folder| {
            let mut parts = [const { None }; RECORDED];
            for (part, asked) in parts.iter_mut().zip(self.asked) {
                *part = asked.then(|| folder.part()).transpose()?;
            }
            Ok(RowRecorder::new(parts, replication))
        });
        let timeline = self.timeline.as_ref().map(|file| file.begin(specification));
        Ok(Recorders((rows.transpose()?, timeline.transpose()?)))
    }

    /// Closes the recorders of a run with this seed.
    pub(super) fn close(&self, recorders: Recorders, seed: Seed) -> Result<Written, FolderError> {
        let (rows, timeline) = recorders.0;
        let rows = self.folder.as_ref().zip(rows);
        let rows = rows.map(|(folder, rows)| rows.finish().map_err(|error| folder.failed(error)));
        let timeline = self.timeline.as_ref().zip(timeline).map(|(file, it)| file.end(it, seed));
        Ok((rows.transpose()?.unwrap_or_default(), timeline.transpose()?))
    }
}

impl Recorders {
    /// All of them, if there is any.
    pub(super) fn as_dyn(&mut self) -> Option<&mut dyn Recorder> {
        let anybody = self.0.0.is_some() || self.0.1.is_some();
        anybody.then_some(&mut self.0 as &mut dyn Recorder)
    }
}

/// Where a trace goes: the file is there when the run has ended, and not before.
pub(super) struct TimelineFile {
    path: PathBuf,
    /// The folder that it is in.
    folder: Folder,
}

impl TimelineFile {
    /// The file at `path`, of which nothing is written yet.
    fn open(path: &Path) -> Result<Self, FolderError> {
        let failed = |error| FolderError { path: path.to_owned(), error };
        if path.is_dir() || path.file_name().is_none() {
            return Err(failed(io::Error::new(io::ErrorKind::IsADirectory, "it is a folder")));
        }
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = Folder::open(folder.unwrap_or(Path::new(".")))?;
        Ok(Self { path: path.to_owned(), folder })
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The trace of a run of `specification`.
    fn begin(&self, specification: &Specification) -> Result<Timeline, FolderError> {
        Ok(Timeline::new(self.folder.part()?, specification))
    }

    /// The trace of a run with this seed, which has ended.
    fn end(&self, timeline: Timeline, seed: Seed) -> Result<TempPath, FolderError> {
        timeline.finish(seed).map_err(|error| self.failed(error))
    }

    /// Gives a trace the name of the file.
    pub(super) fn publish(&self, trace: TempPath) -> Result<(), FolderError> {
        trace.persist(&self.path).map_err(|error| self.failed(error.error))
    }

    fn failed(&self, error: io::Error) -> FolderError {
        FolderError { path: self.path.clone(), error }
    }
}
