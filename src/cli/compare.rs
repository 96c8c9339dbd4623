//! `compare`: values of one place of a scenario against the first of them, or a release against what would be without it,
//! under the same luck.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::{ArgGroup, Args};

use super::Failure;
use super::limit::{Limit, MetricArgument};
use super::output::{Terminal, places, print, tell};
use super::progress::Progress;
use super::sweep::{check, failed_run};
use crate::experiment::{
    Axis, Checked, Comparison, Course, Plan, REPLICATIONS, Record, Run, Shard,
    compare as compare_points, defined, execute,
};
use crate::kernel::Seed;
use crate::metric::{METRICS, Value};
use crate::report::{
    CONFIDENCE, Estimate, Folder, FolderError, Manifest, ManifestRun, PointTables, compared,
    fingerprint, printable, write_compared,
};
use crate::scenario::Draft;

const EXAMPLES: &str = "\
Examples:
  cloudsched compare scenarios/mm1.toml --vary platform.server.discipline=fifo,lifo
  cloudsched compare scenarios/quickstart.toml --set horizon=30m \\
      --vary 'platform.lambda.keep_alive=none,{ fixed = { window = \"10m\" } },infinite' \\
      --metric cold_start_fraction --metric wasted_memory_gib_s --out results/keep-alive
  cloudsched plot results/keep-alive --chart differences
  cloudsched compare web.toml --vary platform.pool.servers=4,6 --fail-if 'response_ms_p99 > 250'
  cloudsched compare scenarios/release-storm.toml --without release.v2
  cloudsched compare scenarios/release-storm.toml --without release.v2 \\
      --vary release.v2.strategy=all-at-once,linear-10-percent-every-1-minute

Replication r has the same seed at every value, so both runs of a pair meet the same arrivals and
demands. Exit status 3: a limit of --fail-if was passed.";

const METRIC: &str = "What is compared, instead of response_ms_mean, response_ms_p99, \
    cold_start_fraction and cost_usd, or with --without of what is lost, slow, cold or paid for";
const FAIL_IF: &str = "End with exit status 3 if this is true of the mean at any of the values, as \
    in 'response_ms_p99 > 250'; with >, >=, < or <=";

/// The arguments of `compare`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
#[command(group = ArgGroup::new("compared").args(["vary", "without"]).required(true).multiple(true))]
pub(super) struct CompareArguments {
    /// The scenario file (TOML); a table [sweep] in it is passed over
    scenario: PathBuf,
    /// The values to compare, each as --set takes it: two or more, the first is the baseline
    #[arg(long, value_name = "PATH=V1,V2,...")]
    vary: Option<String>,
    /// The baseline is the scenario without this release, as in release.v2: what did it cause?
    #[arg(long, value_name = "PATH")]
    without: Option<String>,
    /// How many runs of each value, each with a seed of its own
    #[arg(long, value_name = "N", default_value_t = REPLICATIONS)]
    #[arg(value_parser = clap::value_parser!(u64).range(2..=1_000_000))]
    replications: u64,
    #[arg(long = "metric", value_name = "NAME", help = METRIC)]
    metrics: Vec<MetricArgument>,
    /// Change a value of the file for all that are compared, as in platform.pool.servers=6
    #[arg(long = "set", value_name = "PATH=VALUE")]
    sets: Vec<String>,
    /// The seed of all chance, instead of the one in the file
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Also write compare.csv, runs.csv, summary.csv, quantiles.csv and manifest.toml into this
    /// folder
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    #[arg(long, value_name = "LIMIT", help = FAIL_IF)]
    fail_if: Vec<Limit>,
}

/// What is compared if nothing else is asked for.
const DEFAULT: &[&str] =
    &["response_ms_mean", "response_ms_p99", "cold_start_fraction", "cost_usd"];

/// What is compared of a release, if nothing else is asked for: what is lost, slow, cold or paid for.
const CAUSED: &[&str] = &[
    "failed",
    "refused",
    "timed_out",
    "slow_requests",
    "response_ms_p99",
    "cold_starts",
    "instance_hours",
    "cost_usd",
];

/// By point and replication: the metrics of a run, in the order of the catalogue.
type Points = Vec<Vec<Vec<Option<Value>>>>;

pub(super) fn compare(
    arguments: &CompareArguments,
    words: &[String],
    terminal: &Terminal,
) -> Result<(), Failure> {
    let plan = plan(arguments, terminal)?;
    let checked = check(&plan, terminal)?;
    let results = arguments.out.as_deref().map(|path| Results::open(path, &plan)).transpose();
    let mut results = results.map_err(Failure::error)?;
    let points = run_all(&plan, arguments, results.as_mut())?;
    let default = if arguments.without.is_some() { CAUSED } else { DEFAULT };
    let columns = columns(&arguments.metrics, default, &points)?;
    let labels = labels(&plan, arguments);
    let comparisons = compare_points(&points, &columns, CONFIDENCE);
    // The folder first: who closes the pipe early wants it all the same.
    if let Some(results) = results {
        let told = results.write(&plan, arguments, words, &checked, (&labels, &comparisons));
        tell(&told.map_err(Failure::error)?);
    }
    let path = arguments.without.as_deref().unwrap_or_else(|| plan.axes()[0].path());
    let head = format!(
        "{}, seed {}: {}, {} replications\n\n",
        printable(plan.name()),
        plan.seed().number(),
        printable(path.trim()),
        arguments.replications
    );
    let shown =
        print(|to| write!(to, "{head}{}", compared(&labels, &comparisons, terminal.columns)));
    hold(&labels, &arguments.fail_if, &points)?;
    Ok(shown?)
}

/// The sweep over the values.
fn plan(arguments: &CompareArguments, terminal: &Terminal) -> Result<Plan, Failure> {
    Draft::read(&arguments.scenario, &arguments.sets)
        .map(|draft| {
            let (vary, without) = (arguments.vary.as_deref(), arguments.without.as_deref());
            draft.vary(vary, without, arguments.replications)
        })
        .and_then(|draft| Plan::new(draft, arguments.seed.map(Seed::new)))
        .map_err(|error| Failure::Tell(error.render(terminal.message_colour)))
}

/// What each point is called: by its values, and where a release is left out, by that.
fn labels(plan: &Plan, arguments: &CompareArguments) -> Vec<String> {
    let label = |point: u64| {
        let cells = plan.cells(point);
        match (arguments.without.as_deref().map(str::trim), point, &cells[..]) {
            (Some(release), 0, _) => format!("without {release}"),
            (Some(release), _, [_]) => format!("with {release}"),
            (Some(_), _, [_, value]) => value.clone(),
            _ => cells.join(", "),
        }
    };
    (0..plan.points()).map(label).collect()
}

/// Does all runs; a comparison needs each of them.
fn run_all(
    plan: &Plan,
    arguments: &CompareArguments,
    mut results: Option<&mut Results>,
) -> Result<Points, Failure> {
    let mut course = Course::new(plan, Shard::WHOLE);
    let mut progress = Progress::new(&course, "");
    let mut points: Points = vec![Vec::new(); plan.points() as usize];
    let jobs = rayon::current_num_threads();
    let done = execute(plan, &mut course, jobs, |run, ended, course| {
        let record = ended.as_ref().map_err(|message| {
            Failure::error(failed_run(plan, &arguments.sets, run, message).trim_end())
        })?;
        points[run.point as usize].push(record.metrics.clone());
        if let Some(results) = results.as_mut() {
            let last = run.replication + 1 == plan.stopping().most();
            results.take(plan, run, record, last).map_err(Failure::error)?;
        }
        progress.step(course);
        Ok(())
    });
    progress.clear();
    done.map(|()| points)
}

/// The metrics that are compared, as far as all runs have them.
fn columns(
    asked: &[MetricArgument],
    default: &[&str],
    points: &Points,
) -> Result<Vec<usize>, Failure> {
    let known = |name: &&str| METRICS.iter().position(|metric| metric.name == *name);
    let mut columns: Vec<usize> = if asked.is_empty() {
        default.iter().filter_map(known).collect()
    } else {
        asked.iter().map(|metric| metric.0).collect()
    };
    let mut seen = BTreeSet::new();
    columns.retain(|column| seen.insert(*column));
    // What is zero everywhere, as the cost of a scenario without prices, is no comparison.
    let idle = |column: usize| {
        let values = points.iter().flatten().map(|run| run[column].map(Value::as_f64));
        values.into_iter().all(|value| value == Some(0.0))
    };
    columns.retain(|column| !asked.is_empty() || !idle(*column));
    columns.retain(|column| {
        let kept = defined(points, *column);
        if !kept && !asked.is_empty() {
            let name = METRICS[*column].name;
            tell(&format!("note: not every run has {name}, so it is left out\n"));
        }
        kept
    });
    if columns.is_empty() {
        return Err(Failure::error("there is no metric that every run has"));
    }
    Ok(columns)
}

/// Holds the mean of each value against the limits. What cannot be held against one is no success.
fn hold(labels: &[String], limits: &[Limit], points: &Points) -> Result<(), Failure> {
    let (mut passed, mut unknown) = (String::new(), String::new());
    for limit in limits {
        let (column, name) = (limit.column, METRICS[limit.column].name);
        for (runs, label) in points.iter().zip(labels) {
            let values = runs.iter().filter_map(|run| run[column]).map(Value::as_f64);
            let cells = printable(label);
            match Estimate::of(&values.collect::<Vec<f64>>(), CONFIDENCE) {
                None => unknown += &format!("error: {limit}: no run of {cells} has {name}\n"),
                Some(Estimate { mean, .. }) if limit.is_passed(mean) => {
                    passed += &format!("error: {limit}: the mean of {cells} is {mean}\n");
                }
                Some(_) => {}
            }
        }
    }
    match (passed.is_empty(), unknown.is_empty()) {
        (true, true) => Ok(()),
        (true, false) => Err(Failure::Tell(unknown)),
        (false, _) => Err(Failure::Limit(passed + &unknown)),
    }
}

/// The folder of a comparison while its runs end.
struct Results {
    folder: Folder,
    tables: PointTables,
    /// The runs as the manifest names them.
    runs: String,
}

impl Results {
    fn open(path: &Path, plan: &Plan) -> Result<Self, FolderError> {
        let folder = Folder::open(path)?;
        let axes: Vec<&str> = plan.axes().iter().map(Axis::path).collect();
        let tables = PointTables::new(&folder, &axes, CONFIDENCE)?;
        Ok(Self { folder, tables, runs: String::new() })
    }

    /// Takes a run, and whether it is the last one of its point.
    fn take(
        &mut self,
        plan: &Plan,
        run: Run,
        record: &Record,
        last: bool,
    ) -> Result<(), FolderError> {
        let cells = plan.cells(run.point);
        let replication = plan.replication(run);
        let (point, ended) = (Some(run.point), Ok(record));
        self.runs += &ManifestRun { point, replication, ended, replay: "" }.to_string();
        self.tables
            .run(&cells, replication, record)
            .and_then(|()| if last { self.tables.end_point(&cells).map(drop) } else { Ok(()) })
            .map_err(|error| self.folder.failed(error))
    }

    /// Writes all files, the manifest last; what to tell of it.
    fn write(
        self,
        plan: &Plan,
        arguments: &CompareArguments,
        words: &[String],
        checked: &Checked,
        (labels, comparisons): (&[String], &[Comparison]),
    ) -> Result<String, FolderError> {
        let Self { mut folder, tables, runs } = self;
        write_compared(labels, comparisons, &mut folder)?;
        tables.finish(&mut folder)?;
        let manifest = Manifest {
            name: plan.name(),
            file: plan.sources().file_name(),
            text: plan.sources().file(),
            sets: &arguments.sets,
            command: words,
            files: &folder.names().collect::<Vec<_>>(),
            warnings: &places(&checked.warnings, plan.sources()),
            confidence: CONFIDENCE,
            fingerprint: Some(&fingerprint(plan, plan.sources(), &arguments.sets).to_string()),
        }
        .to_string();
        let mut part = folder.part()?;
        let filled = part.write_all((manifest + &runs).as_bytes());
        filled.map_err(|error| folder.failed(error))?;
        folder.add("manifest.toml", part.into_temp_path());
        let names = folder.names().collect::<Vec<_>>().join(", ");
        let told = format!("wrote {names} into {}\n", folder.path().display());
        folder.publish()?;
        Ok(told)
    }
}
