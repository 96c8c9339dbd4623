//! The plan of a sweep: its points, and how often each is run.

use std::path::Path;

use rayon::prelude::*;

use super::layout::Layout;
use super::stopping::Stopping;
use super::{Axis, Replication};
use crate::kernel::Seed;
use crate::metric::METRICS;
use crate::scenario::sweep::{Sweep, Until};
use crate::scenario::{
    Assignment, Draft, LoadError, Node, Problem, Problems, Severity, Sources, Span, Value, read_all,
};
use crate::world::Specification;

/// Runs of a point, if the scenario does not say how many.
pub const REPLICATIONS: u64 = 10;
/// Runs of a point at most.
const MOST_REPLICATIONS: u64 = 1_000_000;
/// Points are checked so many at once; an error ends the check after its batch. A guess.
const BATCH: u64 = 256;

/// All runs of a sweep, in order: point after point, and of each point replication after
/// replication.
///
/// ```
/// use cloudsched::experiment::Plan;
/// use cloudsched::scenario::Draft;
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
///     [sweep]
///     replications = 3
///     vary."platform.pool.servers" = [1, 2]
///     vary."service.web.demand" = [{ constant = "90ms" }, { constant = "50ms" }]
/// "#;
/// let draft = Draft::parse("a.toml", text, Path::new("."), "a", &[]).unwrap();
/// let plan = Plan::new(draft, None).unwrap();
/// assert_eq!((plan.points(), plan.stopping().most()), (4, 3));
/// assert_eq!(plan.cells(1), ["1", r#"{ constant = "50ms" }"#]);
/// assert!(plan.check().unwrap().warnings.is_empty());
/// ```
#[derive(Debug)]
pub struct Plan {
    /// Without its `[sweep]`.
    draft: Draft,
    seed: Seed,
    axes: Vec<Axis>,
    layout: Layout,
    points: u64,
    stopping: Stopping,
    confidence: f64,
}

/// One run of a plan; in plan order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Run {
    /// The number of its point, from 0.
    pub point: u64,
    /// Its number at that point, from 0.
    pub replication: u64,
}

/// What was found when all points were compiled.
#[derive(Debug)]
pub struct Checked {
    /// Warnings, each once.
    pub warnings: Problems,
    /// Whether a point asks for requests.csv, series.csv or instances.csv, which a sweep does not
    /// write.
    pub records: bool,
}

impl Plan {
    /// The plan of the scenario in the file `path`, changed by `sets`; `seed` stands above the one
    /// in the file.
    ///
    /// # Errors
    /// If the file cannot be read, or for all that is wrong with its table `[sweep]`.
    pub fn read(path: &Path, sets: &[String], seed: Option<Seed>) -> Result<Self, LoadError> {
        Self::new(Draft::read(path, sets)?, seed)
    }

    /// The plan of `draft`.
    ///
    /// # Errors
    /// For all that is wrong with its table `[sweep]`.
    pub fn new(draft: Draft, seed: Option<Seed>) -> Result<Self, LoadError> {
        let mut problems = draft.problems().clone();
        let seed = seed.unwrap_or_else(|| seed_of(draft.root()));
        let parts = parts(draft.root(), seed, &mut problems);
        match parts {
            Some((axes, (layout, points), stopping, confidence)) if problems.errors() == 0 => {
                let draft = draft.without("sweep");
                Ok(Self { draft, seed, axes, layout, points, stopping, confidence })
            }
            _ => Err(LoadError::Invalid { problems, sources: draft.sources().clone() }),
        }
    }

    /// What the scenario is called.
    pub fn name(&self) -> &str {
        self.draft.name()
    }

    /// The texts that the plan was read from.
    pub const fn sources(&self) -> &Sources {
        self.draft.sources()
    }

    /// The seed of the sweep.
    pub const fn seed(&self) -> Seed {
        self.seed
    }

    /// What varies, in the order of the file.
    pub fn axes(&self) -> &[Axis] {
        &self.axes
    }

    /// How many points there are.
    pub const fn points(&self) -> u64 {
        self.points
    }

    /// How often each point is run.
    pub const fn stopping(&self) -> &Stopping {
        &self.stopping
    }

    /// The confidence of the intervals.
    pub const fn confidence(&self) -> f64 {
        self.confidence
    }

    /// How many runs there are at most.
    pub const fn most_runs(&self) -> u64 {
        self.points * self.stopping.most()
    }

    /// The number of a run, in plan order; with gaps where points stop by themselves.
    pub const fn index(&self, run: Run) -> u64 {
        run.point * self.stopping.most() + run.replication
    }

    /// The replication that a run is, and its seed, the same at each point.
    pub const fn replication(&self, run: Run) -> Replication {
        Replication { number: run.replication, seed: self.seed.replication(run.replication) }
    }

    /// The values of a point as cells of a table: texts as they are, all else as TOML.
    pub fn cells(&self, point: u64) -> Vec<String> {
        let cell = |node: Node| match node.value {
            Value::Text(text) => text,
            value => value.to_string(),
        };
        self.layout.point(&self.axes, point).into_iter().map(cell).collect()
    }

    /// The changes that make the scenario a point of the sweep, as `--set` takes them.
    pub fn sets(&self, point: u64) -> Vec<String> {
        let values = self.layout.point(&self.axes, point);
        let changes = self.axes.iter().zip(values).flat_map(|(axis, value)| axis.changes(value));
        changes.map(|change| change.to_string()).collect()
    }

    /// What a point runs.
    ///
    /// # Errors
    /// For all that is wrong with it.
    pub fn compile(&self, point: u64) -> Result<Specification, LoadError> {
        let mut problems = Problems::default();
        self.compile_into(point, &mut problems)
            .ok_or_else(|| LoadError::Invalid { problems, sources: self.sources().clone() })
    }

    fn compile_into(&self, point: u64, problems: &mut Problems) -> Option<Specification> {
        let values = self.layout.point(&self.axes, point);
        let changes: Vec<Assignment> =
            self.axes.iter().zip(values).flat_map(|(axis, value)| axis.changes(value)).collect();
        self.draft.compile(&changes, problems).map(|(specification, _)| specification)
    }

    /// Compiles all points and keeps none, on as many threads as rayon has.
    ///
    /// # Errors
    /// For what is wrong with them: each thing once, with the first point that has it.
    pub fn check(&self) -> Result<Checked, LoadError> {
        let mut found = Found::default();
        let mut records = false;
        for start in (0..self.points).step_by(BATCH as usize) {
            let one = |point: u64| {
                let mut problems = Problems::default();
                let output = self.compile_into(point, &mut problems).map(|point| point.output);
                (point, problems, output.is_some_and(|output| output.records()))
            };
            let batch: Vec<_> =
                (start..self.points.min(start + BATCH)).into_par_iter().map(one).collect();
            for (point, problems, asks) in batch {
                records |= asks;
                problems.iter().for_each(|problem| found.add(problem, self, point));
            }
            if found.problems.errors() > 0 {
                let (problems, sources) = (found.problems, self.sources().clone());
                return Err(LoadError::Invalid { problems, sources });
            }
        }
        Ok(Checked { warnings: found.problems, records })
    }
}

/// What is wrong with points, each thing once.
#[derive(Default)]
struct Found {
    problems: Problems,
    known: Vec<Problem>,
}

impl Found {
    /// Adds what is wrong at `point`, unless that is known, if only of another value of the same axis.
    fn add(&mut self, problem: &Problem, plan: &Plan, point: u64) {
        let axis = |problem: &Problem| plan.axes.iter().position(|axis| axis.wrote(&problem.span));
        let same = |known: &Problem| {
            let (one, other) = (axis(known), axis(problem));
            let place = known.span == problem.span || one.is_some() && one == other;
            place && Problem { span: problem.span.clone(), ..known.clone() } == *problem
        };
        if self.known.iter().any(same) {
            return;
        }
        self.known.push(problem.clone());
        let (mut problem, sets) = (problem.clone(), plan.sets(point));
        if problem.severity == Severity::Error && !sets.is_empty() {
            problem.message.push_str(&format!(" (at the point {})", sets.join(", ")));
        }
        self.problems.push(problem);
    }
}

/// The seed that the file gives; if that is wrong, compiling tells it.
fn seed_of(root: &Node) -> Seed {
    let number = match root.get("seed").map(|node| &node.value) {
        Some(Value::Integer(number)) => u64::try_from(*number).unwrap_or(1),
        _ => 1,
    };
    Seed::new(number)
}

type Parts = (Vec<Axis>, (Layout, u64), Stopping, f64);

/// What the table `[sweep]` in the tree of `root` says.
fn parts(root: &Node, seed: Seed, problems: &mut Problems) -> Option<Parts> {
    let Some(node) = root.get("sweep") else {
        let message = "the scenario has no table [sweep]";
        let help = "add [sweep] with vary.\"PATH\" = [VALUE, …], or use `cloudsched run`";
        problems.push(Problem::error(0..0, message).with_help(help));
        return None;
    };
    let sweep: Sweep = read_all(node, problems)?;
    let span = |path: &[&str]| node.at(path).map_or(node.span.clone(), |node| node.span.clone());
    let vary = node.get("vary");
    if let Some(odd) = vary.filter(|vary| !matches!(vary.value, Value::Table(_))) {
        let help = "as in vary.\"platform.pool.servers\" = [1, 2]";
        let message = "expected a table of paths and their values";
        problems.push(Problem::error(odd.span.clone(), message).with_help(help));
    }
    let vary = vary.map_or(&[][..], Node::entries);
    let cases = node.get("cases");
    let wanted = vary.len() + usize::from(cases.is_some());
    let mut axes: Vec<Axis> =
        cases.and_then(|cases| Axis::of_cases(cases, problems)).into_iter().collect();
    axes.extend(vary.iter().filter_map(|entry| Axis::read(entry, problems)));
    axes.iter().flat_map(|axis| axis.stray(root)).for_each(|problem| problems.push(problem));
    for (place, axis) in axes.iter().enumerate() {
        axes[..place].iter().filter_map(|above| above.clash(axis)).for_each(|p| problems.push(p));
    }
    let whole = axes.len() == wanted;
    if !(sweep.confidence > 0.0 && sweep.confidence < 1.0) {
        let message = "a confidence lies between 0 and 1";
        problems.push(Problem::error(span(&["confidence"]), message).with_help("as in 0.95"));
    }
    let pair = sweep.pair.then(|| span(&["pair"]));
    let sample = sweep.sample.map(|sample| (sample, span(&["sample", "points"])));
    let layout = whole.then(|| Layout::new(&axes, pair, sample, seed, problems)).flatten();
    let stopping = stopping(&sweep, span, problems);
    Some((axes, layout?, stopping?, sweep.confidence))
}

/// How often each point is run.
fn stopping(
    sweep: &Sweep,
    span: impl Fn(&[&str]) -> Span,
    problems: &mut Problems,
) -> Option<Stopping> {
    let mut wrong = |path: &[&str], message: String| {
        problems.push(Problem::error(span(path), message));
        None
    };
    let in_range = 1..=MOST_REPLICATIONS;
    match (&sweep.until, sweep.replications) {
        (None, replications) => {
            let replications = replications.unwrap_or(REPLICATIONS);
            if !in_range.contains(&replications) {
                let message = format!("a point has 1 to {MOST_REPLICATIONS} replications");
                return wrong(&["replications"], message);
            }
            Some(Stopping::after(replications))
        }
        (Some(_), Some(_)) => wrong(
            &["replications"],
            "`until` says how often a point is run: leave `replications` out".to_owned(),
        ),
        (Some(until), None) => {
            let Until { metric, relative_half_width, least, most } = until;
            let Some(column) = METRICS.iter().position(|known| known.name == metric) else {
                let names: Vec<&str> = METRICS.iter().map(|metric| metric.name).collect();
                let at = span(&["until", "metric"]);
                problems.push(Problem::unknown(at, "metric", metric, &names));
                return None;
            };
            if !(*relative_half_width > 0.0 && relative_half_width.is_finite()) {
                let message = "a half-width is above 0, as in 0.05".to_owned();
                return wrong(&["until", "relative_half_width"], message);
            }
            if *least < 2 || !in_range.contains(most) || least > most {
                let message = format!(
                    "`least` is 2 or more, and `most` no less than it and {MOST_REPLICATIONS} or less"
                );
                return wrong(&["until"], message);
            }
            let half_width = *relative_half_width;
            Some(Stopping::when_narrow(column, half_width, sweep.confidence, *least, *most))
        }
    }
}
