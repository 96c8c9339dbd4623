//! `compare`: values of one key of a scenario, each against the first.

use std::path::PathBuf;

use clap::Args;
use clap::builder::PossibleValuesParser;

use super::Failure;
use super::limit::Limit;
use super::output::{Terminal, print, tell};
use crate::experiment::{Comparison, Runs, compare as compared_runs, run_replications};
use crate::kernel::Seed;
use crate::metric::METRICS;
use crate::report::{CONFIDENCE, Folder, compared, replay_line, write_comparison};
use crate::scenario::load;

const EXAMPLES: &str = "\
Examples:
  cloudsched compare scenarios/quickstart.toml --vary platform.pool.servers=4,5,6
  cloudsched compare a.toml --vary 'platform.lambda.keep_alive=none,{ fixed = { window = \"10m\" } }'
  cloudsched compare a.toml --vary platform.pool.discipline=fifo,lifo --fail-if 'response_ms_p99 > 250'

All variants see the same arrivals and demands. `pairing` says how many times as wide the interval
would have been if they did not. Exit status 3: the mean of a variant broke a limit.";

/// The metrics compared where none is named.
const USUAL: [&str; 4] = ["response_ms_mean", "response_ms_p99", "cold_start_fraction", "cost_usd"];

/// The arguments of `compare`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct CompareArguments {
    /// The scenario file (TOML)
    scenario: PathBuf,
    /// The key and the values that it takes in turn; the others are compared with the first
    #[arg(long, value_name = "PATH=V1,V2,...", value_parser = Variants::read)]
    vary: Variants,
    /// How many runs of each, each with a seed of its own
    #[arg(long, value_name = "N", default_value_t = 10,
        value_parser = clap::value_parser!(u64).range(2..=1_000_000))]
    replications: u64,
    /// Compare this metric, instead of the usual ones
    #[arg(long = "metric", value_name = "NAME", hide_possible_values = true,
        value_parser = PossibleValuesParser::new(METRICS.iter().map(|metric| metric.name)))]
    metrics: Vec<String>,
    /// The seed of all chance, instead of the one in the file
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Change a value of the file, as in platform.pool.servers=6
    #[arg(long = "set", value_name = "PATH=VALUE")]
    sets: Vec<String>,
    /// Also write compare.csv into this folder, from which `plot` draws
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Exit with status 3 if the mean of a metric is so for a variant: METRIC > NUMBER, or with >=,
    /// < or <=
    #[arg(long, value_name = "LIMIT", value_parser = Limit::read)]
    fail_if: Vec<Limit>,
}

/// A key and the values that it takes in turn.
#[derive(Clone, Debug)]
struct Variants {
    path: String,
    values: Vec<String>,
}

impl Variants {
    fn read(text: &str) -> Result<Self, String> {
        let (path, values) = text.split_once('=').ok_or("write PATH=V1,V2")?;
        let values: Vec<String> =
            split(values).iter().map(|value| value.trim().to_owned()).collect();
        if values.len() < 2 || values.iter().any(String::is_empty) {
            return Err("at least two values are compared: write PATH=V1,V2".to_owned());
        }
        Ok(Self { path: path.trim().to_owned(), values })
    }

    fn set(&self, value: &str) -> String {
        format!("{}={value}", self.path)
    }
}

/// `text` split at commas outside of quotes and brackets.
fn split(text: &str) -> Vec<&str> {
    let (mut parts, mut start, mut depth, mut quote) = (Vec::new(), 0, 0_i32, None);
    for (place, c) in text.char_indices() {
        match (quote, c) {
            (Some(open), _) => quote = (open != c).then_some(open),
            (None, '"' | '\'') => quote = Some(c),
            (None, '[' | '{') => depth += 1,
            (None, ']' | '}') => depth -= 1,
            (None, ',') if depth == 0 => {
                parts.push(&text[start..place]);
                start = place + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

pub(super) fn compare(arguments: &CompareArguments, terminal: &Terminal) -> Result<(), Failure> {
    let folder = arguments.out.as_deref().map(Folder::open).transpose().map_err(Failure::error)?;
    let values = &arguments.vary.values;
    let variants = runs(arguments, terminal)?;
    let usual: Vec<&str> = USUAL.to_vec();
    let asked: Vec<&str> = arguments.metrics.iter().map(String::as_str).collect();
    let metrics = if asked.is_empty() { usual } else { asked };
    let comparisons = compared_runs(&variants, &metrics, CONFIDENCE);
    for metric in &arguments.metrics {
        if !comparisons.iter().any(|comparison| comparison.metric == metric) {
            tell(&format!("note: {metric} is not defined in all runs, and is left out\n"));
        }
    }
    if let Some(folder) = folder {
        write(folder, values, &comparisons)?;
    }
    print(|out| out.write_all(compared(values, &comparisons, terminal.columns).as_bytes()))?;
    let broken: String = arguments
        .fail_if
        .iter()
        .flat_map(|limit| {
            values.iter().zip(&variants).filter_map(|(v, runs)| limit.broken(v, runs))
        })
        .collect();
    if broken.is_empty() { Ok(()) } else { Err(Failure::Limit(broken)) }
}

/// The runs of each variant.
fn runs(arguments: &CompareArguments, terminal: &Terminal) -> Result<Vec<Runs>, Failure> {
    let mut loaded = Vec::new();
    for value in &arguments.vary.values {
        let mut sets = arguments.sets.clone();
        sets.push(arguments.vary.set(value));
        let one = load(&arguments.scenario, &sets)
            .map_err(|error| Failure::Tell(error.render(terminal.message_colour)))?;
        tell(&one.problems.render(&one.sources, terminal.message_colour));
        loaded.push((one, sets));
    }
    let mut variants = Vec::new();
    for (one, sets) in loaded {
        let seed = arguments.seed.map_or(one.seed, Seed::new);
        let mut runs = Runs::new();
        for outcome in run_replications(&one.specification, seed, arguments.replications) {
            let outcome = outcome.map_err(|panicked| {
                let file = arguments.scenario.to_string_lossy();
                let line = replay_line(&file, panicked.replication.seed, sets.iter().cloned());
                Failure::Tell(format!("error: {panicked}\n  replay: {line}\n"))
            })?;
            runs.push(outcome.metrics().into_iter().map(|(_, value)| value).collect());
        }
        variants.push(runs);
    }
    Ok(variants)
}

/// Writes compare.csv.
fn write(mut folder: Folder, values: &[String], all: &[Comparison]) -> Result<(), Failure> {
    let mut part = folder.part().map_err(Failure::error)?;
    write_comparison(&mut part, values, all)
        .map_err(|error| Failure::error(folder.failed(error)))?;
    folder.add("compare.csv", part.into_temp_path());
    let path = folder.path().to_owned();
    folder.publish().map_err(Failure::error)?;
    tell(&format!("wrote compare.csv into {}\n", path.display()));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_split_outside_of_brackets_and_quotes() {
        assert_eq!(split("a,b"), ["a", "b"]);
        assert_eq!(split("none,{ fixed = { window = \"1,5m\" } },[1, 2]").len(), 3);
        let read = Variants::read("platform.p.keep_alive = none, infinite").unwrap();
        assert_eq!(read.set(&read.values[1]), "platform.p.keep_alive=infinite");
        for bad in ["a", "a=1", "a=1,", "a="] {
            assert!(Variants::read(bad).is_err(), "{bad}");
        }
    }
}
