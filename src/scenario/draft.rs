//! A scenario file as a tree, before it is compiled: as it is, or with other values.

use std::path::{Path, PathBuf};

use super::compile::compile;
use super::schema::Scenario;
use super::{Assignment, CHOICES, LoadError, Loaded, Node, Problems, Sources, read_all, set};
use super::{named, variants, versions};
use crate::kernel::Seed;
use crate::world::Specification;

/// A scenario that was read once and can be compiled many times, each time with other values in
/// other places.
///
/// ```
/// use cloudsched::scenario::{Assignment, Draft, Node, Problems, Value};
/// use std::path::Path;
/// let text = r#"
///     horizon = "1m"
///     [client.users]
///     service = "web"
///     arrivals.poisson = { rate = "5/s" }
///     [service.web]
///     platform = "pool"
///     demand.exponential = { mean = "100ms" }
///     [platform.pool]
///     kind = "servers"
///     servers = 1
/// "#;
/// let draft = Draft::parse("a.toml", text, Path::new("."), "a", &[]).unwrap();
/// let short = Node::new(0..0, Value::Text("10s".to_owned()));
/// let short = Assignment::new("horizon", &(0..0), short).unwrap();
/// let mut problems = Problems::default();
/// let (specification, _) = draft.compile(&[short], &mut problems).unwrap();
/// assert_eq!(specification.horizon.unwrap().to_string(), "10s");
/// ```
#[derive(Clone, Debug)]
pub struct Draft {
    sources: Sources,
    root: Node,
    base: PathBuf,
    stem: String,
    /// What is wrong with the arguments that changed it.
    problems: Problems,
}

impl Draft {
    /// Reads the scenario in the file `path`, changed by `sets` (each `PATH=VALUE`).
    ///
    /// # Errors
    /// If the file cannot be read or is not TOML.
    pub fn read(path: &Path, sets: &[String]) -> Result<Self, LoadError> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| LoadError::Unreadable { path: path.to_owned(), error })?;
        let base = path.parent().unwrap_or(Path::new(""));
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        Self::parse(&path.to_string_lossy(), &text, base, &stem, sets)
    }

    /// Reads the scenario in `text`; `name` stands for it in errors, paths in it are relative to
    /// `base`, and it is called `stem` if it has no name of its own.
    ///
    /// # Errors
    /// If it is not TOML.
    pub fn parse(
        name: &str,
        text: &str,
        base: &Path,
        stem: &str,
        sets: &[String],
    ) -> Result<Self, LoadError> {
        let mut sources = Sources::new(name, text);
        let mut problems = Problems::default();
        let Some(mut root) = Node::parse(sources.file(), &mut problems) else {
            return Err(LoadError::Invalid { problems, sources });
        };
        for argument in sets {
            set(&mut root, argument, &CHOICES, &mut sources, &mut problems);
        }
        Ok(Self { sources, root, base: base.to_owned(), stem: stem.to_owned(), problems })
    }

    /// The tree, in which nothing is checked yet.
    pub const fn root(&self) -> &Node {
        &self.root
    }

    /// The texts that it was read from.
    pub const fn sources(&self) -> &Sources {
        &self.sources
    }

    /// What is wrong with the arguments that changed it.
    pub const fn problems(&self) -> &Problems {
        &self.problems
    }

    /// What the scenario is called.
    pub fn name(&self) -> &str {
        self.root.get("name").and_then(Node::as_text).unwrap_or(&self.stem)
    }

    /// The same without the table `name` at its top.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.root.remove(name);
        self
    }

    /// The same with a table `[sweep]` that compares, instead of the one it may have: `vary` is
    /// `PATH=V1,V2,…`, each value as `--set` takes it; `without` is the path of a release, and then the first point is
    /// without it, and the others with it at each of the values, or as it is. Each is run `replications` times.
    ///
    /// ```
    /// use cloudsched::scenario::Draft;
    /// use std::path::Path;
    /// let draft = Draft::parse("a.toml", "horizon = '1m'", Path::new("."), "a", &[]).unwrap();
    /// let draft = draft.vary(Some("horizon=1m,2m"), None, 10);
    /// let values = draft.root().at(&["sweep", "vary", "horizon"]).unwrap();
    /// assert_eq!(values.value.to_string(), r#"["1m", "2m"]"#);
    /// ```
    #[must_use]
    pub fn vary(mut self, vary: Option<&str>, without: Option<&str>, replications: u64) -> Self {
        let sources = &mut self.sources;
        let vary = vary.map(|argument| (argument, sources.add("--vary", argument)));
        let without = without.map(|argument| (argument, sources.add("--without", argument)));
        let releases: Vec<String> = names(&self.root, "release");
        let releases: Vec<&str> = releases.iter().map(String::as_str).collect();
        let sweep = variants::sweep(vary, without, replications, &releases, &mut self.problems);
        self.sweep(sweep)
    }

    /// The same with a table `[sweep]` that compares its cases, each run `replications` times; that there are fewer than two
    /// is a problem.
    #[must_use]
    pub fn vary_cases(mut self, replications: u64) -> Self {
        let cases = self.root.at(&["sweep", "cases"]).cloned();
        let sweep = variants::cases(cases, replications, &mut self.problems);
        self.sweep(sweep)
    }

    /// The same with `sweep` for its table `[sweep]`.
    fn sweep(mut self, sweep: Node) -> Self {
        let change = Assignment::new("sweep", &sweep.span.clone(), sweep);
        if let Err(problem) = change.and_then(|change| change.apply(&mut self.root, &CHOICES)) {
            self.problems.push(problem);
        }
        self
    }

    /// The specification with `changes`, and its seed; what is wrong, warnings included, is added
    /// to `problems`.
    pub fn compile(
        &self,
        changes: &[Assignment],
        problems: &mut Problems,
    ) -> Option<(Specification, Seed)> {
        let mut root = self.root.clone();
        for change in changes {
            if let Err(problem) = change.apply(&mut root, &CHOICES) {
                problems.push(problem);
            }
        }
        for name in names(&root, "platform") {
            problems.take(named::lay(&mut root, &name));
        }
        for choice in &named::NAMED_CHOICES {
            for name in names(&root, choice.at.0) {
                problems.take(named::lay_choice(&mut root, choice, &name));
            }
        }
        for name in names(&root, "release") {
            problems.take(versions::lay(&mut root, &name));
        }
        let mut tagged = root.clone();
        let platforms = tagged.entries_mut().iter_mut().find(|(key, _)| key.name == "platform");
        if let Some((_, platforms)) = platforms {
            let kinds = named::kinds();
            for (_, platform) in platforms.entries_mut() {
                if let Err(problem) = platform.externally_tag(named::KIND, &kinds) {
                    problems.push(problem);
                }
            }
        }
        let scenario: Scenario = read_all(&tagged, problems)?;
        let specification = compile(&scenario, &root, &self.base, &self.stem, problems)?;
        (problems.errors() == 0).then(|| (specification, Seed::new(scenario.seed)))
    }

    /// The scenario as it is.
    ///
    /// # Errors
    /// For all that is wrong with it, at once.
    pub fn load(self) -> Result<Loaded, LoadError> {
        let mut problems = self.problems.clone();
        let compiled = self.compile(&[], &mut problems);
        let sources = self.sources;
        match compiled {
            Some((specification, seed)) => Ok(Loaded { specification, seed, problems, sources }),
            None => Err(LoadError::Invalid { problems, sources }),
        }
    }
}

/// The names of the tables under `above`, as those of the platforms.
fn names(root: &Node, above: &str) -> Vec<String> {
    let tables = root.get(above).map_or(&[][..], Node::entries);
    tables.iter().map(|(key, _)| key.name.clone()).collect()
}
