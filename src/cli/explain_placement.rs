//! `explain-placement`: why a pod went where it went, or nowhere.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::Failure;
use super::output::{Terminal, many, print, tell};
use super::placement::{object, page};
use crate::experiment::replicate;
use crate::kernel::Seed;
use crate::metric::Named;
use crate::platform::orchestrator::Watched;
use crate::quantity::suggest::did_you_mean;
use crate::report::{printable, replay_line};
use crate::scenario::load;
use crate::world::{self, PlatformKind, Specification};

const EXAMPLES: &str = "\
Examples:
  cloudsched explain-placement scenarios/batch-cluster.toml --pod large-0
  cloudsched explain-placement scenarios/batch-cluster.toml --pod urgent-3 --format json
  cloudsched explain-placement scenarios/batch-cluster.toml --pod small-9 --seed 7

The pods of a service are called SERVICE-0, SERVICE-1 and so on, in order of arrival, those of a
member of a family SERVICE.M-0 and so on. instances.csv has the same numbers.";

/// The arguments of `explain-placement`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct PlacementArguments {
    /// The scenario file (TOML)
    scenario: PathBuf,
    /// The name of the pod, as in large-3
    #[arg(long, value_name = "NAME")]
    pod: String,
    /// The seed of all chance, instead of the one in the file
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Change a value of the file, as in platform.cluster.scheduler=no-scoring
    #[arg(long = "set", value_name = "PATH=VALUE")]
    sets: Vec<String>,
    /// How it is shown
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

/// How it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Table,
    /// One object
    Json,
}

pub(super) fn explain_placement(
    arguments: &PlacementArguments,
    terminal: &Terminal,
) -> Result<(), Failure> {
    let mut loaded = load(&arguments.scenario, &arguments.sets)
        .map_err(|error| Failure::Tell(error.render(terminal.message_colour)))?;
    tell(&loaded.problems.render(&loaded.sources, terminal.message_colour));
    if !watch(&mut loaded.specification, &arguments.pod) {
        return Err(Failure::Tell(
            "error: the scenario has no pods\n  help: give it a platform of kind `orchestrator` \
             (see docs/orchestrators.md)\n"
                .to_owned(),
        ));
    }
    let seed = arguments.seed.map_or(loaded.seed, Seed::new);
    let specification = &loaded.specification;
    let one = |_| world::run(specification, seed, None, None).watched;
    let clusters = replicate(seed, 1, one).remove(0).map_err(|panicked| {
        let file = arguments.scenario.to_string_lossy();
        let line = replay_line(&file, seed, arguments.sets.iter().cloned());
        Failure::Tell(format!("error: {panicked}\n  replay: {line}\n"))
    })?;
    let found = clusters.iter().find_map(|named| Some((&named.name, named.of.pod.as_ref()?)));
    let Some((platform, pod)) = found else { return Err(unknown(&arguments.pod, &clusters)) };
    let text = match arguments.format {
        Format::Table => {
            let name = terminal.bold(&printable(&specification.name));
            let seed = seed.number();
            let on = printable(platform);
            let title = format!("{name}, seed {seed}: pod {} on {on}\n", printable(&pod.name));
            title + &page(pod, terminal.columns)
        }
        Format::Json => {
            object(&specification.name, seed.number(), platform, pod).to_string() + "\n"
        }
    };
    Ok(print(|out| out.write_all(text.as_bytes()))?)
}

/// Lets a pod of this name be watched; false if there are no pods.
fn watch(specification: &mut Specification, pod: &str) -> bool {
    let mut clusters = 0;
    for platform in &mut specification.platforms {
        if let PlatformKind::Orchestrator(spec) = &mut platform.kind {
            spec.watched = Some(pod.to_owned());
            clusters += 1;
        }
    }
    clusters > 0
}

/// What a pod that never came is told to be.
fn unknown(pod: &str, clusters: &[Named<Watched>]) -> Failure {
    let services: Vec<_> = clusters.iter().flat_map(|cluster| &cluster.of.came).collect();
    let parts = pod.rsplit_once('-').filter(|(_, number)| number.parse::<u64>().is_ok());
    let (service, number) = parts.unwrap_or((pod, "0"));
    let help = if let Some((_, came)) = services.iter().find(|(name, _)| name == service) {
        let range = match came {
            0 => String::new(),
            1 => format!(", `{service}-0`"),
            _ => format!(", `{service}-0` to `{service}-{}`", came - 1),
        };
        format!("`{service}` had {} in this run{range}", many(*came, "pod"))
    } else {
        let known: Vec<&str> = services.iter().map(|(name, _)| name.as_str()).collect();
        let quoted: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
        let all = quoted.join(", ");
        did_you_mean(service, &known).map_or_else(
            || format!("pods are called SERVICE-N; the services with pods are {all}"),
            |meant| format!("did you mean `{meant}-{number}`?"),
        )
    };
    Failure::Tell(format!("error: no pod `{pod}` ever came\n  help: {help}\n"))
}
