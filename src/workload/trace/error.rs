//! What is wrong with a trace.

use std::fmt;
use std::path::{Path, PathBuf};

/// Why a trace cannot be replayed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceError {
    /// The key of [`TraceForm`](super::TraceForm) that names the file at fault, or that is at
    /// fault itself.
    pub key: &'static str,
    /// The file, unless the form itself is at fault.
    pub file: Option<PathBuf>,
    /// The line, from 1, counted in the unpacked text.
    pub line: Option<u64>,
    /// What is wrong and what was expected: a sentence for the user, with no full stop.
    pub message: String,
}

impl TraceError {
    pub(super) fn form(key: &'static str, message: impl Into<String>) -> Self {
        Self { key, file: None, line: None, message: message.into() }
    }

    pub(super) fn file(key: &'static str, file: &Path, message: impl Into<String>) -> Self {
        Self { key, file: Some(file.to_owned()), line: None, message: message.into() }
    }
}

/// `FILE:LINE: message`, without what is not known.
impl fmt::Display for TraceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.file, self.line) {
            (Some(file), Some(line)) => write!(f, "{}:{line}: {}", file.display(), self.message),
            (Some(file), None) => write!(f, "{}: {}", file.display(), self.message),
            (None, _) => f.write_str(&self.message),
        }
    }
}

impl std::error::Error for TraceError {}
