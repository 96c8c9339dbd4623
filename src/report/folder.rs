//! The folder that results are written into: whole files or none.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile, TempPath};

/// A folder whose files get their names when all of them are written; until then they are
/// temporary files beside them, which go when the folder is dropped.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    /// Whether it was not there before.
    created: bool,
    ready: Vec<(String, TempPath)>,
}

/// Why something in a folder could not be done.
#[derive(Debug)]
pub struct FolderError {
    /// The folder, or the file in it.
    pub path: PathBuf,
    /// What the system says.
    pub error: io::Error,
}

impl fmt::Display for FolderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot write {}: {}", self.path.display(), self.error)
    }
}

impl std::error::Error for FolderError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.error)
    }
}

/// A file being written.
pub type Part = NamedTempFile;

impl Folder {
    /// The folder at `path`, made if it is not there.
    ///
    /// # Errors
    /// If it cannot be made, is a file, or nothing can be written into it.
    pub fn open(path: &Path) -> Result<Self, FolderError> {
        let failed = |error| FolderError { path: path.to_owned(), error };
        if path.exists() && !path.is_dir() {
            return Err(failed(io::Error::new(io::ErrorKind::NotADirectory, "it is a file")));
        }
        let created = !path.exists();
        fs::create_dir_all(path).map_err(failed)?;
        let folder = Self { path: path.to_owned(), created, ready: Vec::new() };
        folder.part()?;
        Ok(folder)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A new temporary file in it.
    ///
    /// # Errors
    /// If it cannot be made.
    pub fn part(&self) -> Result<Part, FolderError> {
        let mut builder = Builder::new();
        builder.prefix(".cloudsched-");
        readable_by_all(&mut builder);
        builder.tempfile_in(&self.path).map_err(|error| self.failed(error))
    }

    /// The error of something in this folder.
    pub fn failed(&self, error: io::Error) -> FolderError {
        FolderError { path: self.path.clone(), error }
    }

    /// Takes a written file that is to be called `name`.
    pub fn add(&mut self, name: impl Into<String>, part: TempPath) {
        self.ready.push((name.into(), part));
    }

    /// The names of the files taken so far.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.ready.iter().map(|(name, _)| name.as_str())
    }

    /// Gives all files their names, in the order in which they were taken; files of these names
    /// that were there before are replaced.
    ///
    /// # Errors
    /// If a file cannot get its name.
    pub fn publish(mut self) -> Result<(), FolderError> {
        self.created = false;
        for (name, part) in std::mem::take(&mut self.ready) {
            let path = self.path.join(name);
            part.persist(&path).map_err(|error| FolderError { path, error: error.error })?;
        }
        Ok(())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        self.ready.clear();
        if self.created {
            // Fails if somebody else has put something into it, and then it stays.
            let _ = fs::remove_dir(&self.path);
        }
    }
}

/// Temporary files are private by default; results are files like others.
#[cfg(unix)]
fn readable_by_all(builder: &mut Builder<'_, '_>) {
    use std::os::unix::fs::PermissionsExt;
    builder.permissions(fs::Permissions::from_mode(0o666));
}

#[cfg(not(unix))]
fn readable_by_all(_: &mut Builder<'_, '_>) {}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn names(path: &Path) -> Vec<String> {
        let entries = fs::read_dir(path).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn files_get_their_names_together_or_leave_nothing() {
        let top = tempfile::tempdir().unwrap();
        let path = top.path().join("a/b");
        let mut folder = Folder::open(&path).unwrap();
        let mut part = folder.part().unwrap();
        part.write_all(b"x").unwrap();
        folder.add("runs.csv", part.into_temp_path());
        assert!(names(&path).iter().all(|name| name.starts_with(".cloudsched-")));
        drop(folder);
        assert!(!path.exists() && path.parent().unwrap().exists());

        let mut folder = Folder::open(&path).unwrap();
        for name in ["runs.csv", "manifest.toml"] {
            folder.add(name, folder.part().unwrap().into_temp_path());
        }
        folder.publish().unwrap();
        assert_eq!(names(&path), ["manifest.toml", "runs.csv"]);
        // What was there before stays when another run fails.
        drop(Folder::open(&path).unwrap());
        assert_eq!(names(&path), ["manifest.toml", "runs.csv"]);
    }

    #[cfg(unix)]
    #[test]
    fn results_are_files_like_others() {
        use std::os::unix::fs::PermissionsExt;
        let top = tempfile::tempdir().unwrap();
        let plain = top.path().join("plain");
        fs::write(&plain, "").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
        let folder = Folder::open(top.path()).unwrap();
        assert_eq!(mode(folder.part().unwrap().path()), mode(&plain));
    }

    #[test]
    fn a_file_is_not_a_folder() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let error = Folder::open(file.path()).unwrap_err().to_string();
        let shown = file.path().display();
        assert_eq!(error, format!("cannot write {shown}: it is a file"));
        assert!(Folder::open(&file.path().join("below")).is_err());
    }
}
