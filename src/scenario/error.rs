//! What is wrong with a scenario, and where.

use super::{Node, Sources, Span, path, render};
use crate::quantity::suggest::did_you_mean;

/// Whether a problem stops the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing runs.
    Error,
    /// The run goes on.
    Warning,
}

/// Something wrong at a place of a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The bytes at fault, in [`Sources`].
    pub span: Span,
    /// What is wrong: a sentence with neither capital nor full stop.
    pub message: String,
    /// What was meant, or what would be right.
    pub help: Option<String>,
    /// Whether it stops the run.
    pub severity: Severity,
}

impl Problem {
    /// An error at `span`.
    pub fn error(span: Span, message: impl Into<String>) -> Self {
        Self { span, message: message.into(), help: None, severity: Severity::Error }
    }

    /// A warning at `span`.
    pub fn warning(span: Span, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(span, message) }
    }

    /// The same with help.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The error for a name at `span` that is none of `known`, with what was meant.
    ///
    /// ```
    /// use cloudsched::scenario::Problem;
    /// let problem = Problem::unknown(0..3, "service", "wbe", &["api", "web"]);
    /// assert_eq!(problem.message, "unknown service `wbe`");
    /// assert_eq!(problem.help.unwrap(), "did you mean `web`? (expected one of `api`, `web`)");
    /// ```
    pub fn unknown<S: AsRef<str>>(span: Span, what: &str, name: &str, known: &[S]) -> Self {
        let problem = Self::error(span, format!("unknown {what} `{name}`"));
        if known.is_empty() {
            return problem.with_help(format!("no {what} is known here"));
        }
        problem.with_help(match did_you_mean(name, known) {
            Some(meant) => format!("did you mean `{meant}`? ({})", one_of(known)),
            None => one_of(known),
        })
    }
}

/// More names are not listed all.
const MOST_LISTED: usize = 20;
/// So many of them are.
const FIRST_LISTED: usize = 6;

/// `expected one of …`.
pub(super) fn one_of<S: AsRef<str>>(names: &[S]) -> String {
    match names {
        [only] => format!("expected `{}`", only.as_ref()),
        _ if names.len() > MOST_LISTED => {
            let more = names.len() - FIRST_LISTED;
            format!("expected one of {}, and {more} more", listed(&names[..FIRST_LISTED]))
        }
        _ => format!("expected one of {}", listed(names)),
    }
}

/// Names in backquotes.
pub(super) fn listed<S: AsRef<str>>(names: &[S]) -> String {
    names.iter().map(|name| format!("`{}`", name.as_ref())).collect::<Vec<_>>().join(", ")
}

/// All that is wrong with a scenario.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems {
    list: Vec<Problem>,
}

impl Problems {
    /// Adds a problem, unless the same one is there already.
    pub fn push(&mut self, problem: Problem) {
        if !self.list.contains(&problem) {
            self.list.push(problem);
        }
    }

    /// Adds the problem, if there is one.
    pub fn take(&mut self, result: Result<(), Problem>) {
        result.unwrap_or_else(|problem| self.push(problem));
    }

    /// Adds all of `others`.
    pub fn append(&mut self, others: Self) {
        others.list.into_iter().for_each(|problem| self.push(problem));
    }

    /// Calls what is called `name` by the name of `other`, also where it makes problems the same.
    pub(super) fn rename(&mut self, name: &str, other: &str) {
        let renamed = |text: String| text.replace(name, other);
        for problem in std::mem::take(&mut self.list) {
            let (message, help) = (renamed(problem.message), problem.help.map(renamed));
            self.push(Problem { message, help, ..problem });
        }
    }

    /// Adds an error at `path` (dotted, see [`dotted`](super::dotted)) in the tree of `root`: at the
    /// value there, or at the nearest key above it if there is none.
    pub fn error_at(
        &mut self,
        root: &Node,
        path: &str,
        message: impl Into<String>,
        help: Option<String>,
    ) {
        let problem = Problem::error(span_at(root, path), message);
        self.push(Problem { help, ..problem });
    }

    /// Adds a warning at `path`, placed as [`error_at`](Self::error_at) does.
    pub fn warning_at(
        &mut self,
        root: &Node,
        path: &str,
        message: impl Into<String>,
        help: Option<String>,
    ) {
        let problem = Problem::warning(span_at(root, path), message);
        self.push(Problem { help, ..problem });
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// How many errors there are.
    pub fn errors(&self) -> usize {
        self.list.iter().filter(|problem| problem.severity == Severity::Error).count()
    }

    /// How many warnings there are.
    pub fn warnings(&self) -> usize {
        self.list.len() - self.errors()
    }

    /// Each problem, in the order they were found.
    pub fn iter(&self) -> impl Iterator<Item = &Problem> {
        self.list.iter()
    }

    /// All problems in the order of their places, each with its line, and how many they are; in at
    /// most 100 columns but for messages. With `colour`, in the colours of ANSI terminals.
    pub fn render(&self, sources: &Sources, colour: bool) -> String {
        let mut sorted: Vec<_> = self.list.iter().collect();
        sorted.sort_by_key(|problem| (problem.span.start, problem.span.end));
        render::all(&sorted, sources, colour)
    }
}

/// The place of the value at `path`, or of the nearest key above it.
fn span_at(root: &Node, path: &str) -> Span {
    let Ok((parts, _)) = path::parse(path) else { return root.span.clone() };
    let (mut node, mut nearest) = (root, &root.span);
    for part in &parts {
        let Some((key, child)) = node.step(&part.name) else { return nearest.clone() };
        (node, nearest) = (child, key);
    }
    node.span.clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_falls_back_to_the_nearest_key() {
        let text = "[service.web]\ncalls = [{ service = \"x\" }]\n";
        let root = Node::parse(text, &mut Problems::default()).unwrap();
        let at = |path| &text[span_at(&root, path)];
        assert_eq!(at("service.web.calls.0.service"), "\"x\"");
        assert_eq!(at("service.web.calls.0"), "{ service = \"x\" }");
        assert_eq!(at("service.web.calls.0.timeout"), "{ service = \"x\" }");
        assert_eq!(at("service.web.calls.7"), "calls");
        assert_eq!(at("service.web.demand.exponential"), "web");
        assert_eq!(at("service.web"), "[service.web]");
        assert_eq!(at("horizon"), "");
    }

    #[test]
    fn each_problem_is_kept_once() {
        let mut problems = Problems::default();
        problems.push(Problem::error(0..1, "bad"));
        problems.push(Problem::error(0..1, "bad"));
        problems.push(Problem::warning(0..1, "bad"));
        assert_eq!((problems.errors(), problems.warnings()), (1, 1));
    }
}
