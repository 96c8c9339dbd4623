//! The command line: one file a command.

mod catalogue;
mod chosen;
mod compare;
mod completions;
mod emit;
mod explain;
mod explain_placement;
mod generate;
mod keys;
mod limit;
mod list;
mod merge;
mod new;
mod output;
mod placement;
mod plan;
mod platforms;
mod plot;
mod priced;
mod progress;
mod recording;
mod report;
mod run;
mod schema;
mod sweep;
mod text;
mod validate;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use output::{Terminal, tell};

const EXAMPLES: &str = "\
Examples:
  cloudsched new > web.toml                            a scenario to start from
  cloudsched run web.toml                              one run, as a table
  cloudsched run web.toml --replications 10            means with 95 % intervals
  cloudsched run web.toml --set platform.pool.servers=6 --format json
  cloudsched sweep sweep.toml                          a scenario with a table [sweep]
  cloudsched compare web.toml --vary platform.pool.servers=4,6
  cloudsched generate azure-2019 --functions 464 --out day
  cloudsched explain best-fit                          what a name stands for
  cloudsched explain-placement cluster.toml --pod batch-0

Exit status: 0 done, 1 the run or file failed, 2 wrong usage, 3 past a limit of --fail-if.";

/// Simulates cloud scheduling: servers and functions, under which policy, at what latency and cost.
#[derive(Debug, Parser)]
#[command(name = "cloudsched", version, after_help = EXAMPLES, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
enum Command {
    /// Run a scenario and show what came out
    Run(run::RunArguments),
    /// Run all points of a scenario with a table [sweep]
    Sweep(sweep::SweepArguments),
    /// Show what a sweep would run
    Plan(plan::PlanArguments),
    /// Put the shards of one sweep together
    Merge(merge::MergeArguments),
    /// Compare values of a scenario run by run, under the same luck
    Compare(compare::CompareArguments),
    /// Draw charts from a folder of results
    Plot(plot::PlotArguments),
    /// Write one page of HTML from a folder of results
    Report(report::ReportArguments),
    /// Check scenario files without running them
    #[command(alias = "check")]
    Validate(validate::ValidateArguments),
    /// List policies, metrics and all else that has a name
    List(list::ListArguments),
    /// Explain a name: what it does, its parameters, an example, its source
    Explain(explain::ExplainArguments),
    /// Show why a pod went where it went, node by node
    ExplainPlacement(explain_placement::PlacementArguments),
    /// Print the JSON Schema of a scenario file
    Schema,
    /// Print a commented scenario to start from
    New(new::NewArguments),
    /// Write the files of a synthetic workload, with a scenario that replays them
    Generate(generate::GenerateArguments),
    /// Print the script that completes this command line in a shell
    Completions(completions::CompletionsArguments),
}

/// The exit status where a limit of `--fail-if` was passed.
const PAST_LIMIT: u8 = 3;

/// Why a command failed.
#[derive(Debug)]
enum Failure {
    /// It is to be told: one line or several, rendered, ending with a line break.
    Tell(String),
    /// A limit of `--fail-if` was passed; told as the above.
    Limit(String),
    /// The results could not be written to standard output.
    Output(std::io::Error),
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::Output(error)
    }
}

impl Failure {
    /// A failure that is told as `error: …`.
    fn error(what: impl std::fmt::Display) -> Self {
        Self::Tell(format!("error: {what}\n"))
    }
}

/// Does what the arguments of the process ask for.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let words = std::env::args_os().skip(1).map(OsString::into_string);
    let words = words.map(|word| word.unwrap_or_else(|word| word.to_string_lossy().into_owned()));
    let words: Vec<String> = words.collect();
    let terminal = Terminal::of_process();
    let done = match &arguments.command {
        Command::Run(arguments) => run::run(arguments, &words, &terminal),
        Command::Sweep(arguments) => sweep::sweep(arguments, &terminal),
        Command::Plan(arguments) => plan::plan(arguments, &terminal),
        Command::Merge(arguments) => merge::merge(arguments, &terminal),
        Command::Compare(arguments) => compare::compare(arguments, &words, &terminal),
        Command::Plot(arguments) => plot::plot(arguments),
        Command::Report(arguments) => report::report(arguments),
        Command::Validate(arguments) => validate::validate(arguments, &terminal),
        Command::List(arguments) => list::list(arguments, &terminal),
        Command::Explain(arguments) => explain::explain(arguments, &terminal),
        Command::ExplainPlacement(arguments) => {
            explain_placement::explain_placement(arguments, &terminal)
        }
        Command::Schema => schema::schema(),
        Command::New(arguments) => new::new(arguments),
        Command::Generate(arguments) => generate::generate(arguments),
        Command::Completions(arguments) => completions::completions(arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Output(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => {
            ExitCode::SUCCESS
        }
        Err(Failure::Output(error)) => {
            tell(&format!("error: cannot write the results: {error}\n"));
            ExitCode::FAILURE
        }
        Err(Failure::Tell(text)) => {
            tell(&text);
            ExitCode::FAILURE
        }
        Err(Failure::Limit(text)) => {
            tell(&text);
            ExitCode::from(PAST_LIMIT)
        }
    }
}
