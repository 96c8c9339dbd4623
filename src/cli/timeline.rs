//! The file of `run --timeline`: there when the run has ended, and not before.

use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempPath;

use crate::kernel::Seed;
use crate::report::{Folder, FolderError, Timeline};
use crate::world::Specification;

/// Where a trace goes.
pub(super) struct TimelineFile {
    path: PathBuf,
    /// The folder that it is in.
    folder: Folder,
}

impl TimelineFile {
    /// The file at `path`, of which nothing is written yet.
    pub(super) fn open(path: &Path) -> Result<Self, FolderError> {
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
    pub(super) fn begin(&self, specification: &Specification) -> Result<Timeline, FolderError> {
        Ok(Timeline::new(self.folder.part()?, specification))
    }

    /// The trace of a run with this seed, which has ended.
    pub(super) fn end(&self, timeline: Timeline, seed: Seed) -> Result<TempPath, FolderError> {
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
