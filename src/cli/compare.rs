//! `compare`: values of one place of a scenario or its cases against the first of them, or a release against what would be
//! without it, under the same luck.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::{ArgGroup, Args};

use super::Failure;
use super::chosen::{Points, columns};
use super::limit::{Limit, MetricArgument};
use super::output::{COPIES, Terminal, places, print, tell, tell_gone};
use super::progress::Progress;
use super::sweep::{check, failed_run};
use crate::experiment::{
    Axis, Checked, Comparison, Course, Plan, REPLICATIONS, Record, Run, Shard,
    compare as compare_points, execute,
};
use crate::kernel::Seed;
use crate::metric::{METRICS, Value};
use crate::report::{
    CONFIDENCE, Estimate, Folder, FolderError, Manifest, ManifestRun, PointTables, RunWarning,
    compared, fingerprint, names, printable, write_compared,
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
  cloudsched compare scenarios/shop.toml --cases
  cloudsched compare scenarios/release-storm.toml --without release.v2
  cloudsched compare scenarios/release-storm.toml --without release.v2 \\
      --vary release.v2.strategy=all-at-once,linear-10-percent-every-1-minute

Replication r has the same seed at every value, so both runs of a pair meet the same arrivals and
demands. Exit status 3: a limit of --fail-if was passed.";

const METRIC: &str = "What is compared, instead of availability, response_ms_mean, \
    response_ms_p99, cold_start_fraction and cost_usd, or with --without of what is lost, slow, cold or paid for";
const FAIL_IF: &str = "End with exit status 3 if this is true of the mean at any of the values, as \
    in 'response_ms_p99 > 250'; with >, >=, < or <=. Response times are those of requests that were \
    answered: to limit what is lost, too, add 'availability < 0.999'";

/// The arguments of `compare`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
#[command(group = ArgGroup::new("compared").args(["vary", "without", "cases"]).required(true).multiple(true))]
pub(super) struct CompareArguments {
    /// The scenario file (TOML); of a table [sweep] in it no more counts than the cases
    scenario: PathBuf,
    /// The values to compare, each as --set takes it: two or more, the first is the baseline
    #[arg(long, value_name = "PATH=V1,V2,...")]
    vary: Option<String>,
    /// The baseline is the scenario without this release, as in release.v2: what did it cause?
    #[arg(long, value_name = "PATH")]
    without: Option<String>,
    /// Compare the cases of the table [sweep]; the first is the baseline
    #[arg(long, conflicts_with_all = ["vary", "without"])]
    cases: bool,
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

pub(super) fn compare(
    arguments: &CompareArguments,
    words: &[String],
    terminal: &Terminal,
) -> Result<(), Failure> {
    let plan = plan(arguments, terminal)?;
    let checked = check(&plan, terminal)?;
    let results = arguments.out.as_deref().map(|path| Results::open(path, &plan)).transpose();
    let mut results = results.map_err(Failure::error)?;
    let (points, copies) = run_all(&plan, arguments, results.as_mut())?;
    let labels = labels(&plan, arguments);
    let names = names(&labels);
    if copies {
        tell(&format!("note: all replications of each value are the same run: {COPIES}\n"));
    }
    for (name, runs) in names.iter().zip(&points) {
        if let Some(warning) = RunWarning::unanswered(runs.iter().map(Vec::as_slice)) {
            tell(&format!("warning: {name}: {}\n  = help: {}\n", warning.message, warning.help));
        }
    }
    let columns = columns(&arguments.metrics, arguments.without.is_some(), &points, &names)?;
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
        print(|to| write!(to, "{head}{}", compared(&names, &comparisons, terminal.columns)));
    hold(&names, &arguments.fail_if, &points)?;
    Ok(shown?)
}

/// The sweep over the values.
fn plan(arguments: &CompareArguments, terminal: &Terminal) -> Result<Plan, Failure> {
    Draft::read(&arguments.scenario, &arguments.sets)
        .map(|draft| {
            let (vary, without) = (arguments.vary.as_deref(), arguments.without.as_deref());
            if arguments.cases {
                draft.vary_cases(arguments.replications)
            } else {
                draft.vary(vary, without, arguments.replications)
            }
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

/// Does all runs; a comparison needs each of them. Whether those of each point are the same run.
fn run_all(
    plan: &Plan,
    arguments: &CompareArguments,
    mut results: Option<&mut Results>,
) -> Result<(Points, bool), Failure> {
    let mut course = Course::new(plan, Shard::WHOLE);
    let mut progress = Progress::new(&course, "");
    let mut points: Points = vec![Vec::new(); plan.points() as usize];
    let mut digests = vec![BTreeSet::new(); points.len()];
    let jobs = rayon::current_num_threads();
    let done = execute(plan, &mut course, jobs, |run, ended, course| {
        let record = ended.as_ref().map_err(|message| {
            Failure::error(failed_run(plan, &arguments.sets, run, message).trim_end())
        })?;
        points[run.point as usize].push(record.metrics.clone());
        digests[run.point as usize].insert(record.digest.clone());
        if let Some(results) = results.as_mut() {
            let last = run.replication + 1 == plan.stopping().most();
            results.take(plan, run, record, last).map_err(Failure::error)?;
        }
        progress.step(course);
        Ok(())
    });
    progress.clear();
    done.map(|()| (points, digests.iter().all(|digests| digests.len() == 1)))
}

/// Holds the mean of each value against the limits. What cannot be held against one is no success.
fn hold(names: &[String], limits: &[Limit], points: &Points) -> Result<(), Failure> {
    let (mut passed, mut unknown) = (String::new(), String::new());
    for limit in limits {
        let (column, name) = (limit.column, METRICS[limit.column].name);
        for (runs, cells) in points.iter().zip(names) {
            let values = runs.iter().filter_map(|run| run[column]).map(Value::as_f64);
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
        let path = folder.path().to_owned();
        tell_gone(&folder.publish()?, &path);
        Ok(format!("wrote {names} into {}\n", path.display()))
    }
}
