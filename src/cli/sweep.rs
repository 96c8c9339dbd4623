//! `sweep`: all points of a scenario, each several times.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::Args;

use super::Failure;
use super::emit::EmitArguments;
use super::output::{COPIES, Terminal, many, places, print, tell, tell_gone};
use super::progress::Progress;
use crate::experiment::{Checked, Course, Plan, Replication, Run, Shard, execute};
use crate::kernel::Seed;
use crate::report::{
    Folder, Header, Journal, JournalError, JournalReader, Swept, fingerprint, printable,
    replay_line, swept, write_sweep,
};

const EXAMPLES: &str = "\
Examples:
  cloudsched plan scenarios/keep-alive-sweep.toml         what would run
  cloudsched sweep scenarios/keep-alive-sweep.toml
  cloudsched sweep scenarios/keep-alive-sweep.toml --resume
  cloudsched sweep scenarios/keep-alive-sweep.toml --shard 1/3 --out part-1
  cloudsched merge part-1 part-2 part-3 --out results/keep-alive-sweep
  cloudsched sweep scenarios/keep-alive-sweep.toml --emit slurm --shards 15 > sweep.sh

The results are the same bytes whatever the number of jobs or shards, and whether or not a sweep was
interrupted.";

/// The arguments of `sweep`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct SweepArguments {
    #[command(flatten)]
    pub(super) scenario: ScenarioArguments,
    /// How many runs at once; as many as there are processors if left out
    #[arg(long, value_name = "N")]
    jobs: Option<NonZeroUsize>,
    /// The folder for the results, instead of results/NAME
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Go on with a sweep that was interrupted in this folder
    #[arg(long)]
    resume: bool,
    /// Do one part of N only, for `merge`: 1/3, 2/3 and 3/3 are all
    #[arg(long, value_name = "I/N")]
    shard: Option<ShardArgument>,
    #[command(flatten)]
    emit: EmitArguments,
}

/// The scenario of a sweep.
#[derive(Debug, Args)]
pub(super) struct ScenarioArguments {
    /// The scenario file (TOML), with a table [sweep]
    scenario: PathBuf,
    /// Change a value of the file, as in platform.pool.servers=6 or sweep.replications=3
    #[arg(long = "set", value_name = "PATH=VALUE")]
    pub(super) sets: Vec<String>,
    /// The seed of all chance, instead of the one in the file
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
}

impl ScenarioArguments {
    /// The plan of the scenario.
    pub(super) fn plan(&self, terminal: &Terminal) -> Result<Plan, Failure> {
        Plan::read(&self.scenario, &self.sets, self.seed.map(Seed::new))
            .map_err(|error| Failure::Tell(error.render(terminal.message_colour)))
    }
}

/// `I/N`.
#[derive(Clone, Copy, Debug)]
struct ShardArgument(Shard);

impl FromStr for ShardArgument {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let numbers = text
            .split_once('/')
            .and_then(|(number, of)| Some((number.parse::<u64>().ok()?, of.parse::<u64>().ok()?)));
        match numbers {
            Some((number, of)) if 0 < number && number <= of => {
                Ok(Self(Shard { number: number - 1, of }))
            }
            _ => Err("write I/N with I from 1 to N, as in 1/3"),
        }
    }
}

pub(super) fn sweep(arguments: &SweepArguments, terminal: &Terminal) -> Result<(), Failure> {
    let plan = arguments.scenario.plan(terminal)?;
    if arguments.emit.is_asked() {
        return emit(arguments, &plan, terminal);
    }
    let jobs = arguments.jobs.map_or_else(rayon::current_num_threads, NonZeroUsize::get);
    let shard = arguments.shard.map_or(Shard::WHOLE, |argument| argument.0);
    let header = checked(&plan, jobs, shard, &arguments.scenario.sets, terminal)?;
    let out = arguments.out.clone().unwrap_or_else(|| default_folder(&plan, shard));
    let folder = Folder::open(&out).map_err(Failure::error)?;
    if arguments.resume
        && shard.of > 1
        && let Some(failed) = Journal::finished(&out, &header)
    {
        tell(&format!("shard {shard} in {} is finished already\n", out.display()));
        return shard_ended(failed);
    }
    let mut course = Course::new(&plan, shard);
    let mut journal = open_journal(arguments, &plan, &header, &out, &mut course)?;
    run_all(&plan, &header, &mut course, jobs, &mut journal)?;
    if shard.of > 1 {
        journal.complete(course.done()).map_err(Failure::error)?;
        tell(&format!("wrote {} into {}\n", Journal::SHARD, out.display()));
        return shard_ended(course.failed());
    }
    let (reader, _) = JournalReader::open(journal.path())
        .map_err(Failure::error)?
        .expect("its first line was written");
    let swept = write_sweep(&plan, &header, &mut [reader], folder).map_err(Failure::error)?;
    journal.remove().map_err(Failure::error)?;
    show(&plan, &swept, &out, terminal)
}

/// What comes of a shard with so many failed runs.
fn shard_ended(failed: u64) -> Result<(), Failure> {
    match failed {
        0 => Ok(()),
        failed => Err(Failure::error(format!("{failed} runs failed"))),
    }
}

/// Prints the script for the engine that is asked for; all points are right.
fn emit(arguments: &SweepArguments, plan: &Plan, terminal: &Terminal) -> Result<(), Failure> {
    check(plan, terminal)?;
    let out = arguments.out.clone().unwrap_or_else(|| default_folder(plan, Shard::WHOLE));
    let ScenarioArguments { scenario, sets, seed } = &arguments.scenario;
    arguments.emit.emit(plan, (scenario, sets, *seed), &out)
}

/// Compiles all points on `jobs` threads, tells the warnings, and makes the header of the journal.
fn checked(
    plan: &Plan,
    jobs: usize,
    shard: Shard,
    sets: &[String],
    terminal: &Terminal,
) -> Result<Header, Failure> {
    let threads = rayon::ThreadPoolBuilder::new().num_threads(jobs).build();
    let threads = threads.map_err(Failure::error)?;
    let checked = threads.install(|| check(plan, terminal))?;
    if checked.records {
        tell(
            "note: a sweep writes no rows of its runs: run a point alone for what [output] asks for\n",
        );
    }
    Ok(Header {
        form: Header::FORM,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        name: plan.name().to_owned(),
        file: plan.sources().file_name().to_owned(),
        text: plan.sources().file().to_owned(),
        sets: sets.to_vec(),
        seed: plan.seed().number(),
        shard: (shard.number, shard.of),
        fingerprint: fingerprint(plan, plan.sources(), sets).to_string(),
        warnings: places(&checked.warnings, plan.sources()),
    })
}

/// Compiles all points and tells the warnings.
pub(super) fn check(plan: &Plan, terminal: &Terminal) -> Result<Checked, Failure> {
    let checked =
        plan.check().map_err(|error| Failure::Tell(error.render(terminal.message_colour)))?;
    tell(&checked.warnings.render(plan.sources(), terminal.message_colour));
    Ok(checked)
}

/// `results/NAME`, of a shard `results/NAME-1-of-3`.
fn default_folder(plan: &Plan, shard: Shard) -> PathBuf {
    let safe = |c: char| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '-' };
    let name: String = plan.name().chars().map(safe).collect();
    let part = match shard {
        Shard::WHOLE => String::new(),
        Shard { number, of } => format!("-{}-of-{of}", number + 1),
    };
    Path::new("results").join(name + &part)
}

/// The journal, new or to be gone on with; `course` is then behind what is in it.
fn open_journal(
    arguments: &SweepArguments,
    plan: &Plan,
    header: &Header,
    folder: &Path,
    course: &mut Course<'_>,
) -> Result<Journal, Failure> {
    if !arguments.resume {
        return Journal::start(folder, header).map_err(Failure::error);
    }
    let journal = Journal::resume(folder, header, |index, ended| {
        let next = course.next().map(|run| plan.index(run));
        if next != Some(index) {
            return Err(format!("run {index} does not come next"));
        }
        course.take(&ended);
        Ok(())
    });
    let journal = journal.map_err(Failure::error)?;
    if course.done() > 0 {
        tell(&format!("going on after {} of {} runs\n", course.done(), course.at_most()));
    }
    Ok(journal)
}

/// Does what is left of `course`, each run into the journal as it ends.
fn run_all(
    plan: &Plan,
    header: &Header,
    course: &mut Course<'_>,
    jobs: usize,
    journal: &mut Journal,
) -> Result<(), Failure> {
    let mut progress = Progress::new(course, "; --resume goes on");
    let done = execute(plan, course, jobs, |run, ended, course| {
        journal.write(plan.index(run), ended)?;
        if let Err(message) = ended {
            progress.clear();
            tell(&format!("error: {}", failed_run(plan, &header.sets, run, message)));
        }
        progress.step(course);
        Ok(())
    });
    progress.clear();
    done.map_err(|error: JournalError| Failure::error(error))
}

/// A run that failed, with the line that replays it.
pub(super) fn failed_run(plan: &Plan, sets: &[String], run: Run, message: &str) -> String {
    let Replication { number, seed } = plan.replication(run);
    let sets = sets.iter().cloned().chain(plan.sets(run.point));
    let line = replay_line(plan.sources().file_name(), seed, sets);
    let (point, seed) = (run.point, seed.number());
    format!(
        "point {point}, replication {number} (seed {seed}) failed: {message}\n  replay: {line}\n"
    )
}

/// Tells what became of a sweep: its points as a table.
pub(super) fn show(
    plan: &Plan,
    results: &Swept,
    out: &Path,
    terminal: &Terminal,
) -> Result<(), Failure> {
    tell_gone(&results.gone, out);
    tell(&format!("wrote {FILES} into {}\n", out.display()));
    let Swept { runs, failed, copies, unanswered, .. } = *results;
    let points = plan.points();
    if unanswered > 0 {
        tell(&format!(
            "warning: at {unanswered} of {} no request was completed\n",
            many(points, "point")
        ));
    }
    if copies > 0 {
        let at = format!("at {copies} of {}", many(points, "point"));
        tell(&format!("note: {at} all replications are the same run: {COPIES}\n"));
    }
    let head = format!(
        "{}, seed {}: {}, {}\n\n",
        printable(plan.name()),
        plan.seed().number(),
        many(points, "point"),
        many(runs, "run")
    );
    print(|to| write!(to, "{head}{}", swept(plan, results, terminal.columns)))?;
    if failed > 0 {
        return Err(Failure::error(format!("{failed} of {runs} runs failed; see manifest.toml")));
    }
    Ok(())
}

/// What a sweep writes.
const FILES: &str = "runs.csv, summary.csv, quantiles.csv, manifest.toml";
