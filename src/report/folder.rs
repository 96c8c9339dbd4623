//! The folder that results are written into: whole files or none.

use std::ffi::OsStr;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use tempfile::{Builder, NamedTempFile, TempPath};

use super::{REPORT_FILE, chart};

/// A folder whose files get their names when all of them are written; until then they are
/// temporary files beside them, which go when the folder is dropped.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    /// Whether it was not there before.
    created: bool,
    ready: Vec<(String, TempPath)>,
}

/// What an earlier manifest says of the folder, if it is one of ours, which has all these keys.
#[derive(Debug, Deserialize)]
struct Manifest {
    #[serde(rename = "version")]
    _version: String,
    #[serde(rename = "digest")]
    _digest: String,
    #[serde(rename = "command")]
    _command: Vec<String>,
    files: Vec<String>,
}

/// The file that says what made the others.
const MANIFEST: &str = "manifest.toml";

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
        let prefix = prefix();
        builder.prefix(&prefix);
        readable_by_all(&mut builder);
        builder.tempfile_in(&self.path).map_err(|error| self.failed(error))
    }

    /// The error of something in this folder.
    pub fn failed(&self, error: io::Error) -> FolderError {
        FolderError { path: self.path.clone(), error }
    }

    /// What takes this process's temporary files out of the folder, and the folder itself if it was not there
    /// before: for an end in the middle of it, where nothing is dropped.
    pub fn clearance(&self) -> impl Fn() + Send + 'static {
        let (path, created, prefix) = (self.path.clone(), self.created, prefix());
        move || {
            let entries = fs::read_dir(&path).into_iter().flatten().flatten();
            for entry in entries {
                if entry.file_name().to_string_lossy().starts_with(&prefix) {
                    let _ = fs::remove_file(entry.path());
                }
            }
            if created {
                // Fails if something else is in it, and then it stays.
                let _ = fs::remove_dir(&path);
            }
        }
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
    /// that were there before are replaced. With a manifest, the other files that an earlier one names go, since they are
    /// of other runs, and so do charts and the page of a report if the figures are others now. The names of what went.
    ///
    /// # Errors
    /// If a file cannot get its name.
    pub fn publish(mut self) -> Result<Vec<String>, FolderError> {
        self.created = false;
        let mut stale = Vec::new();
        if let Some(before) = self.earlier() {
            stale = self.stale(before);
            if self.has_other_figures() {
                stale.extend(self.drawn());
            }
        }
        for (name, part) in std::mem::take(&mut self.ready) {
            let path = self.path.join(name);
            part.persist(&path).map_err(|error| FolderError { path, error: error.error })?;
        }
        for name in &stale {
            let path = self.path.join(name);
            fs::remove_file(&path).map_err(|error| FolderError { path, error })?;
        }
        Ok(stale)
    }

    /// Whether a file of figures that is there is about to become another.
    fn has_other_figures(&self) -> bool {
        self.ready.iter().filter(|(name, _)| name != MANIFEST).any(|(name, part)| {
            let before = fs::read(self.path.join(name));
            before.is_ok_and(|before| fs::read(part).is_ok_and(|now| now != before))
        })
    }

    /// The charts and the page of a report that are there, in order.
    fn drawn(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.path).into_iter().flatten().flatten();
        let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
        let mut drawn: Vec<String> =
            names.filter(|name| name == REPORT_FILE || chart::is_file(name)).collect();
        drawn.retain(|name| self.path.join(name).is_file());
        drawn.sort_unstable();
        drawn
    }

    /// The manifest that is there and about to become another.
    fn earlier(&self) -> Option<Manifest> {
        self.names().find(|name| *name == MANIFEST)?;
        toml::from_str(&fs::read_to_string(self.path.join(MANIFEST)).ok()?).ok()
    }

    /// The files that an earlier manifest names and the new one does not.
    fn stale(&self, before: Manifest) -> Vec<String> {
        let stays = |name: &str| self.names().any(|new| new == name);
        let is_here = |name: &String| {
            Path::new(name).file_name() == Some(OsStr::new(name)) && self.path.join(name).is_file()
        };
        before.files.into_iter().filter(|name| !stays(name)).filter(is_here).collect()
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

/// How the names of this process's temporary files begin.
fn prefix() -> String {
    format!(".cloudsched-{}-", std::process::id())
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

    /// What each manifest of ours has.
    const OURS: &str = "version = \"1\"\ncommand = []\ndigest = \"0\"\n";

    /// What is there beside a manifest that is not one of ours belongs to somebody else.
    #[test]
    fn files_of_others_stay() {
        let top = tempfile::tempdir().unwrap();
        let theirs = ["bars.svg", "data.csv", "manifest.toml", "report.html", "runs.csv"];
        for name in theirs {
            fs::write(top.path().join(name), "files = [\"data.csv\"]").unwrap();
        }
        let mut folder = Folder::open(top.path()).unwrap();
        for name in ["runs.csv", "manifest.toml"] {
            folder.add(name, folder.part().unwrap().into_temp_path());
        }
        assert_eq!(folder.publish().unwrap(), [] as [&str; 0]);
        assert_eq!(names(top.path()), theirs);
    }

    /// A run leaves a bill, a sweep behind it does not: it goes, with nothing else.
    #[test]
    fn files_of_other_runs_go() {
        let top = tempfile::tempdir().unwrap();
        let write = |files: &[&str]| {
            let mut folder = Folder::open(top.path()).unwrap();
            for name in files {
                folder.add(*name, folder.part().unwrap().into_temp_path());
            }
            let mut manifest = folder.part().unwrap();
            write!(manifest, "{OURS}files = {files:?}\nother = 1\n").unwrap();
            folder.add("manifest.toml", manifest.into_temp_path());
            folder.publish().unwrap();
        };
        write(&["runs.csv", "bill.csv"]);
        fs::write(top.path().join("notes.txt"), "mine").unwrap();
        let mut charts = Folder::open(top.path()).unwrap();
        charts.add("chart.svg", charts.part().unwrap().into_temp_path());
        charts.publish().unwrap();
        let kept = ["bill.csv", "chart.svg", "manifest.toml", "notes.txt", "runs.csv"];
        assert_eq!(names(top.path()), kept);
        write(&["runs.csv", "summary.csv"]);
        let kept = ["chart.svg", "manifest.toml", "notes.txt", "runs.csv", "summary.csv"];
        assert_eq!(names(top.path()), kept);
    }

    #[test]
    fn charts_of_other_figures_go() {
        let top = tempfile::tempdir().unwrap();
        let write = |figures: &str| {
            let mut folder = Folder::open(top.path()).unwrap();
            let manifest = format!("{OURS}files = [\"runs.csv\"]");
            for (name, text) in [("runs.csv", figures), ("manifest.toml", &manifest)] {
                let mut part = folder.part().unwrap();
                part.write_all(text.as_bytes()).unwrap();
                folder.add(name, part.into_temp_path());
            }
            folder.publish().unwrap()
        };
        assert_eq!(write("1"), [] as [&str; 0]);
        let own = ["bars.txt", "lines-of-mine.svg", "my-bars.svg"];
        let drawn = ["bars.svg", "cdf-2.png", "lines-cost_usd.svg", "report.html"];
        for name in own.iter().chain(&drawn) {
            fs::write(top.path().join(name), "").unwrap();
        }
        assert_eq!(write("1"), [] as [&str; 0], "the same figures have the same charts");
        assert_eq!(write("2"), drawn);
        let mut kept = [&own[..], &["manifest.toml", "runs.csv"]].concat();
        kept.sort_unstable();
        assert_eq!(names(top.path()), kept);
    }

    #[test]
    fn an_end_in_the_middle_leaves_nothing() {
        let top = tempfile::tempdir().unwrap();
        let path = top.path().join("new");
        let folder = Folder::open(&path).unwrap();
        let (part, clear) = (folder.part().unwrap(), folder.clearance());
        assert_eq!(names(&path).len(), 1);
        clear();
        assert!(!path.exists());
        drop(part);
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
