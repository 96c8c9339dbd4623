//! The scenarios under `scenarios/smoke`, for several tests.

use std::fs;
use std::path::{Path, PathBuf};

use cloudsched::scenario::{Loaded, load_text};

/// A path in the project.
pub(crate) fn project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The names of the smoke scenarios.
pub(crate) fn names() -> Vec<String> {
    let files = fs::read_dir(project("scenarios/smoke")).unwrap();
    let mut names: Vec<String> = files
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .filter_map(|file| Some(file.strip_suffix(".toml")?.to_owned()))
        .collect();
    names.sort_unstable();
    assert!(names.len() >= 12, "only {} smoke scenarios", names.len());
    names
}

/// The text of the smoke scenario `name`.
pub(crate) fn text(name: &str) -> String {
    fs::read_to_string(project(&format!("scenarios/smoke/{name}.toml"))).unwrap()
}

/// Loads the smoke scenario `name`, whose text may have been changed.
pub(crate) fn loaded(name: &str, text: &str) -> Loaded {
    load_text(name, text, &project("scenarios/smoke"), name, &[])
        .unwrap_or_else(|error| panic!("{name}:\n{}", error.render(false)))
}
