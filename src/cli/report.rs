//! `report`: one page of HTML from a folder of results.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;

use super::Failure;
use super::output::{print, tell};
use crate::report::{Folder, FolderError, REPORT_FILE, report as page};

const EXAMPLES: &str = "\
Examples:
  cloudsched report results/keep-alive-sweep
  cloudsched report results/quickstart --out quickstart.html

The page holds all it shows and loads nothing, so it can be sent around as it is.";

/// The arguments of `report`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct ReportArguments {
    /// The folder with the files of a run, a sweep or a comparison
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// The file for the page, instead of report.html in the folder
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub(super) fn report(arguments: &ReportArguments) -> Result<(), Failure> {
    let from = &arguments.folder;
    if !from.is_dir() {
        return Err(Failure::error(format!("there is no folder {}", from.display())));
    }
    let out = arguments.out.clone().unwrap_or_else(|| from.join(REPORT_FILE));
    let page = page(from).map_err(Failure::error)?;
    write(&out, &page.html).map_err(Failure::error)?;
    for note in &page.notes {
        tell(&format!("note: {note}\n"));
    }
    print(|to| writeln!(to, "{}", out.display()))?;
    Ok(())
}

/// Writes the page to `out`, whole or not at all.
fn write(out: &Path, html: &str) -> Result<(), FolderError> {
    let Some(name) = out.file_name().filter(|_| !out.is_dir()) else {
        let error = std::io::Error::new(std::io::ErrorKind::IsADirectory, "it is a folder");
        return Err(FolderError { path: out.to_owned(), error });
    };
    let parent = out.parent().filter(|parent| !parent.as_os_str().is_empty());
    let mut folder = Folder::open(parent.unwrap_or(Path::new(".")))?;
    let mut part = folder.part()?;
    part.write_all(html.as_bytes()).map_err(|error| folder.failed(error))?;
    folder.add(name.to_string_lossy(), part.into_temp_path());
    folder.publish().map(drop)
}
