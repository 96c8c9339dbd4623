//! `run`: one run, or several replications of it.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use tempfile::TempPath;

use super::Failure;
use super::output::{COPIES, Terminal, places, print, tell, tell_gone};
use super::recording::Recording;
use crate::experiment::{Panicked, Record, Replication, replicate};
use crate::kernel::{Seed, Time};
use crate::report::{
    CONFIDENCE, Folder, FolderError, Manifest, ManifestRun, Metrics, PointTables, RECORDED, Rows,
    RunReport, RunWarning, bill_rows, recorded, replay_line, spread, summary, write_bill,
};
use crate::scenario::{Loaded, load};
use crate::stats::mser::Unsettled;
use crate::world;

const EXAMPLES: &str = "\
Examples:
  cloudsched run scenarios/quickstart.toml
  cloudsched run scenarios/quickstart.toml --seed 7 --set horizon=30m
  cloudsched run scenarios/quickstart.toml --set platform.lambda.keep_alive=none
  cloudsched run scenarios/quickstart.toml --replications 10 --out results/quickstart
  cloudsched run scenarios/quickstart.toml --set horizon=15m --timeline quickstart.json

Replication r of a seed runs with a seed of its own, which its row shows; --seed with that number
gives the row again.";

/// The arguments of `run`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct RunArguments {
    /// The scenario file (TOML)
    scenario: PathBuf,
    /// The seed of all chance, instead of the one in the file
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// How many runs, each with a seed of its own
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    replications: Option<u64>,
    /// Change a value of the file, as in platform.pool.servers=6
    #[arg(long = "set", value_name = "PATH=VALUE")]
    sets: Vec<String>,
    /// Also write runs.csv, summary.csv, quantiles.csv and manifest.toml into this folder, bill.csv
    /// if anything has a price, and series.csv, requests.csv and instances.csv if the scenario asks
    /// for them
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Also write this trace for Perfetto (ui.perfetto.dev): what each instance did when, and the
    /// levels of each platform
    #[arg(long, value_name = "FILE", conflicts_with = "replications")]
    timeline: Option<PathBuf>,
    /// How the results are shown
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

/// How results are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Table,
    /// One object, or an array of them with --replications
    Json,
    /// One row a run
    Csv,
}

/// What is kept of a run.
struct Finished {
    replication: Replication,
    record: Record,
    /// The text to show, where each run has one of its own.
    shown: String,
    /// The lines of its bill.
    bill: Vec<Vec<String>>,
    /// The parts of the files that the scenario asks for.
    parts: [Option<TempPath>; RECORDED],
    /// The trace, if there is to be one.
    timeline: Option<TempPath>,
    /// What is wrong with the warm-up.
    unsettled: Option<Unsettled>,
}

type Outcome = Result<Finished, Panicked>;

pub(super) fn run(
    arguments: &RunArguments,
    words: &[String],
    terminal: &Terminal,
) -> Result<(), Failure> {
    let mut loaded = load(&arguments.scenario, &arguments.sets)
        .map_err(|error| Failure::Tell(error.render(terminal.message_colour)))?;
    tell(&loaded.problems.render(&loaded.sources, terminal.message_colour));
    let asks = loaded.specification.output.records();
    let recording = Recording::open(
        arguments.out.as_deref(),
        arguments.timeline.as_deref(),
        &mut loaded.specification,
    );
    let recording = recording.map_err(Failure::error)?;
    if recording.folder.is_none() && asks {
        tell("note: with --out DIR, what [output] asks for is written there\n");
    }
    let seed = arguments.seed.map_or(loaded.seed, Seed::new);
    let mut outcomes = runs(arguments, seed, &loaded, &recording, terminal)?;
    let failures: String =
        outcomes.iter().filter_map(|o| o.as_ref().err()).map(|p| told(p, arguments)).collect();
    let warnings = warnings(&loaded, &outcomes);
    for RunWarning { message, help } in &warnings {
        tell(&format!("warning: {message}\n  = help: {help}\n"));
    }
    tell(&copies(&outcomes));
    // The files first: who closes the pipe early wants them all the same.
    if let Some(timeline) = &recording.timeline {
        let trace = outcomes.iter_mut().flatten().find_map(|run| run.timeline.take());
        if let Some(trace) = trace {
            timeline.publish(trace).map_err(Failure::error)?;
            tell(&format!("wrote {}\n", timeline.path().display()));
        }
    }
    if let Some(folder) = recording.folder {
        let path = folder.path().to_owned();
        let names = write(folder, arguments, words, &loaded, &warnings, &mut outcomes)
            .map_err(|error| Failure::Tell(format!("{failures}error: {error}\n")))?;
        if !names.is_empty() {
            tell(&format!("wrote {} into {}\n", names.join(", "), path.display()));
        }
    }
    print(|out| show(arguments, seed, &loaded, &outcomes, terminal, out))?;
    if failures.is_empty() { Ok(()) } else { Err(Failure::Tell(failures)) }
}

/// Does all runs.
fn runs(
    arguments: &RunArguments,
    seed: Seed,
    loaded: &Loaded,
    recording: &Recording,
    terminal: &Terminal,
) -> Result<Vec<Outcome>, Failure> {
    let specification = &loaded.specification;
    let one = |replication: Replication| -> Result<Finished, FolderError> {
        let number = arguments.replications.map(|_| replication.number);
        let mut recorders = recording.recorders(specification, number)?;
        let outcome = world::run_watched(specification, replication.seed, recorders.as_dyn());
        let (parts, timeline) = recording.close(recorders, replication.seed)?;
        let shown = match (arguments.format, arguments.replications) {
            (Format::Table, None) => {
                summary(&specification.name, &outcome, terminal.columns, terminal.colour)
            }
            (Format::Json, _) => {
                let report = RunReport { scenario: &specification.name, outcome: &outcome };
                serde_json::to_string(&report).expect("names and numbers are JSON")
            }
            (Format::Table, Some(_)) | (Format::Csv, _) => String::new(),
        };
        let (record, bill) = (Record::of(&outcome), bill_rows(&outcome));
        let unsettled = outcome.unsettled;
        Ok(Finished { replication, record, shown, bill, parts, timeline, unsettled })
    };
    let runs = replicate(seed, arguments.replications.unwrap_or(1), one);
    let outcome = |run: Result<_, Panicked>| match run {
        Ok(Ok(finished)) => Ok(Ok(finished)),
        Ok(Err(error)) => Err(Failure::error(error)),
        Err(panicked) => Ok(Err(panicked)),
    };
    runs.into_iter().map(outcome).collect()
}

/// What is wrong with the runs: with the warm-up, if most of them say so, and that nothing was answered.
fn warnings(loaded: &Loaded, outcomes: &[Outcome]) -> Vec<RunWarning> {
    let finished: Vec<&Finished> = outcomes.iter().flatten().collect();
    let unsettled: Vec<Unsettled> = finished.iter().filter_map(|run| run.unsettled).collect();
    let warm_up = loaded.specification.warm_up - Time::ZERO;
    let unsettled = RunWarning::of_several(&unsettled, finished.len(), warm_up);
    let unanswered = RunWarning::unanswered(finished.iter().map(|run| &*run.record.metrics));
    unsettled.into_iter().chain(unanswered).collect()
}

/// That all of several runs are the same one, if they are.
fn copies(outcomes: &[Outcome]) -> String {
    let digests: Vec<&str> = outcomes.iter().flatten().map(|run| &*run.record.digest).collect();
    match (digests.len(), digests.iter().collect::<BTreeSet<_>>().len()) {
        (runs @ 2.., 1) => format!("note: all {runs} replications are the same run: {COPIES}\n"),
        _ => String::new(),
    }
}

/// Writes the runs that ended to `out`.
fn show(
    arguments: &RunArguments,
    seed: Seed,
    loaded: &Loaded,
    outcomes: &[Outcome],
    terminal: &Terminal,
    out: &mut dyn Write,
) -> io::Result<()> {
    let finished: Vec<&Finished> = outcomes.iter().flatten().collect();
    match (arguments.format, arguments.replications) {
        (Format::Csv, _) => rows(&finished, out),
        (Format::Json, Some(_)) => {
            let objects: Vec<&str> = finished.iter().map(|run| run.shown.as_str()).collect();
            writeln!(out, "[{}]", objects.join(",\n "))
        }
        (Format::Table, Some(_)) => {
            let metrics: Vec<&Metrics> = finished.iter().map(|run| &*run.record.metrics).collect();
            let name = &loaded.specification.name;
            out.write_all(spread(name, seed, &metrics, terminal.columns).as_bytes())
        }
        (Format::Table, None) => {
            finished.iter().try_for_each(|run| out.write_all(run.shown.as_bytes()))
        }
        (Format::Json, None) => finished.iter().try_for_each(|run| writeln!(out, "{}", run.shown)),
    }
}

fn rows(finished: &[&Finished], out: impl Write) -> io::Result<()> {
    let mut rows = Rows::new(out, &[])?;
    for run in finished {
        rows.write(&[], run.replication, &run.record.metrics)?;
    }
    rows.into_inner().map(drop)
}

/// Writes all files of the folder, the manifest last; their names. None if no run ended.
fn write(
    mut folder: Folder,
    arguments: &RunArguments,
    words: &[String],
    loaded: &Loaded,
    told: &[RunWarning],
    outcomes: &mut [Outcome],
) -> Result<Vec<String>, FolderError> {
    let names = recorded(&loaded.specification).map(|(name, _)| name);
    let mut recorded = names.map(|name| (name, Vec::new()));
    for run in outcomes.iter_mut().flatten() {
        for ((_, parts), part) in recorded.iter_mut().zip(&mut run.parts) {
            parts.extend(part.take());
        }
    }
    let finished: Vec<&Finished> = outcomes.iter().flatten().collect();
    if finished.is_empty() {
        return Ok(Vec::new());
    }
    let mut tables = PointTables::new(&folder, &[], CONFIDENCE)?;
    let filled = finished
        .iter()
        .try_for_each(|run| tables.run(&[], run.replication, &run.record))
        .and_then(|()| tables.end_point(&[]));
    filled.map_err(|error| folder.failed(error))?;
    tables.finish(&mut folder)?;
    let number = |run: &Finished| arguments.replications.map(|_| run.replication.number);
    let bills = finished.iter().map(|run| (number(run), run.bill.as_slice()));
    write_bill(bills, &mut folder)?;
    for (name, parts) in recorded {
        if let Some(whole) = end_to_end(parts).map_err(|error| folder.failed(error))? {
            folder.add(name, whole);
        }
    }
    let mut warnings = places(&loaded.problems, &loaded.sources);
    warnings.extend(told.iter().map(RunWarning::to_string));
    let manifest = Manifest {
        name: &loaded.specification.name,
        file: loaded.sources.file_name(),
        text: loaded.sources.file(),
        sets: &arguments.sets,
        command: words,
        files: &folder.names().collect::<Vec<_>>(),
        warnings: &warnings,
        confidence: CONFIDENCE,
        fingerprint: None,
    };
    let mut part = BufWriter::new(folder.part()?);
    write!(part, "{manifest}")
        .and_then(|()| outcomes.iter().try_for_each(|run| write_run(run, arguments, &mut part)))
        .map_err(|error| folder.failed(error))?;
    let part = part.into_inner().map_err(|error| folder.failed(error.into_error()))?;
    folder.add("manifest.toml", part.into_temp_path());
    let names = folder.names().map(str::to_owned).collect();
    let path = folder.path().to_owned();
    tell_gone(&folder.publish()?, &path);
    Ok(names)
}

/// One file of all `parts`, in their order: the first of them, with the rows of the others behind
/// its own.
fn end_to_end(parts: Vec<TempPath>) -> io::Result<Option<TempPath>> {
    let mut parts = parts.into_iter();
    let Some(whole) = parts.next() else { return Ok(None) };
    let mut file = File::options().append(true).open(&whole)?;
    for part in parts {
        let mut part = BufReader::new(File::open(&part)?);
        part.skip_until(b'\n')?;
        io::copy(&mut part, &mut file)?;
    }
    Ok(Some(whole))
}

/// Writes a run into the manifest.
fn write_run(run: &Outcome, arguments: &RunArguments, to: &mut impl Write) -> io::Result<()> {
    let (replication, ended) = match run {
        Ok(finished) => (finished.replication, Ok(&finished.record)),
        Err(panicked) => (panicked.replication, Err(panicked.message.as_str())),
    };
    let replay = replay(replication, arguments);
    write!(to, "{}", ManifestRun { point: None, replication, ended, replay: &replay })
}

/// A run that panicked, with the line that replays it.
fn told(panicked: &Panicked, arguments: &RunArguments) -> String {
    let line = replay(panicked.replication, arguments);
    format!("error: {panicked}\n  replay: {line}\n")
}

/// The line that does a replication again.
fn replay(replication: Replication, arguments: &RunArguments) -> String {
    let file = arguments.scenario.to_string_lossy();
    replay_line(&file, replication.seed, arguments.sets.iter().cloned())
}
