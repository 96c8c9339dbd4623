//! Standard output for results, standard error for everything else.

use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::Path;

use crate::scenario::{Problems, Sources};

/// The width of what is not a terminal.
const DEFAULT_WIDTH: usize = 80;

/// What it means that replications are the same run.
pub(super) const COPIES: &str =
    "nothing in it is drawn at random, so that they say no more than one";

/// Where results and messages go.
#[derive(Debug)]
pub(super) struct Terminal {
    /// Columns of standard output.
    pub(super) columns: usize,
    /// Whether results may have colours.
    pub(super) colour: bool,
    /// Whether messages may have colours.
    pub(super) message_colour: bool,
}

impl Terminal {
    /// The standard streams of the process; no colours where `NO_COLOR` is set and not empty
    /// (no-color.org), or the terminal is `dumb`.
    pub(super) fn of_process() -> Self {
        let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let colours = !set("NO_COLOR") && !dumb;
        let size = terminal_size::terminal_size_of(io::stdout());
        Self {
            columns: size.map_or(DEFAULT_WIDTH, |(width, _)| usize::from(width.0)),
            colour: colours && io::stdout().is_terminal(),
            message_colour: colours && io::stderr().is_terminal(),
        }
    }

    /// `text` in bold, if results may have colours.
    pub(super) fn bold(&self, text: &str) -> String {
        if self.colour { format!("\x1b[1m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// Warnings, each on a line with its place.
pub(super) fn places(problems: &Problems, sources: &Sources) -> Vec<String> {
    let told = problems.iter().map(|problem| {
        let place = sources.place(problem.span.start);
        format!("{}:{}:{}: {}", place.name, place.line, place.column, problem.message)
    });
    told.collect()
}

/// So many of `what`: `1 point`, `12 points`.
pub(super) fn many(count: u64, what: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{count} {what}{ending}")
}

/// Writes results to standard output, all of them before it returns.
pub(super) fn print(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    write(&mut out)?;
    out.flush()
}

/// Tells which files went, as they were of other figures.
pub(super) fn tell_gone(names: &[String], folder: &Path) {
    if !names.is_empty() {
        let (names, folder) = (names.join(", "), folder.display());
        tell(&format!("note: removed from {folder}, as it was made of other results: {names}\n"));
    }
}

/// Writes a message to standard error. Where nobody reads that, nobody can be told so.
pub(super) fn tell(text: &str) {
    let _ = io::stderr().write_all(text.as_bytes());
}
