//! `sweep --emit`: a script that has the shards of a sweep run by an engine for many machines, and
//! then merged. Paths stay as they were given, so the script runs in the folder that they start from.

mod kubernetes;
mod parallel;
mod slurm;

use std::path::Path;

use clap::error::ErrorKind;
use clap::{Args, ValueEnum};

use super::Failure;
use super::output::print;
use crate::experiment::Plan;
use crate::report::{printable, quoted};

/// Options that go into a script.
#[derive(Debug, Args)]
#[command(next_help_heading = "More than one machine")]
pub(super) struct EmitArguments {
    /// Print a script that runs all shards there and merges them, instead of running anything
    #[arg(long, value_enum, value_name = "ENGINE", requires = "shards",
        conflicts_with_all = ["jobs", "resume", "shard"])]
    emit: Option<Engine>,
    /// Into how many shards --emit splits the sweep
    #[arg(long, value_name = "N", requires = "emit",
        value_parser = clap::value_parser!(u64).range(1..=100_000))]
    shards: Option<u64>,
    /// The container image with `cloudsched` and `sh`, for --emit kubernetes
    #[arg(long, value_name = "IMAGE", requires = "emit", required_if_eq("emit", "kubernetes"))]
    image: Option<String>,
    /// The volume claim with the scenario, where results go, for --emit kubernetes
    #[arg(long, value_name = "NAME", requires = "emit", required_if_eq("emit", "kubernetes"))]
    claim: Option<String>,
}

/// What runs the shards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Engine {
    /// A job array, and a job that merges; run it with sh
    Slurm,
    /// The manifest of an Indexed Job, and of a job that merges
    Kubernetes,
    /// A command for GNU parallel; run it with sh
    Parallel,
}

/// A sweep in shards, as words for a shell.
struct Sharded<'a> {
    plan: &'a Plan,
    shards: u64,
    /// The scenario and what is changed in it.
    scenario: String,
    /// The folder for the results.
    out: &'a str,
}

impl EmitArguments {
    /// Whether a script is asked for.
    pub(super) const fn is_asked(&self) -> bool {
        self.emit.is_some()
    }

    /// Prints the script of a sweep into the folder `out`.
    pub(super) fn emit(
        &self,
        plan: &Plan,
        (scenario, sets, seed): (&Path, &[String], Option<u64>),
        out: &Path,
    ) -> Result<(), Failure> {
        let (Some(engine), Some(shards)) = (self.emit, self.shards) else { return Ok(()) };
        let parts = match plan.stopping().narrow() {
            Some(_) => (plan.points(), "points"),
            None => (plan.most_runs(), "runs"),
        };
        if shards > parts.0 {
            let (most, what) = parts;
            return Err(Failure::error(format!(
                "{shards} shards of {most} {what}: {most} will do"
            )));
        }
        let mut words = quoted(word(scenario.to_str())?);
        for set in sets {
            words += &format!(" --set {}", quoted(word(Some(set))?));
        }
        if let Some(seed) = seed {
            words += &format!(" --seed {seed}");
        }
        let sharded = Sharded { plan, shards, scenario: words, out: word(out.to_str())? };
        let text = match (engine, &self.image, &self.claim) {
            (Engine::Kubernetes, Some(image), Some(claim)) => {
                kubernetes::manifest(&sharded, image, claim)
            }
            (Engine::Slurm, None, None) => slurm::script(&sharded),
            (Engine::Parallel, None, None) => parallel::script(&sharded),
            _ => {
                let message = "--image and --claim are for --emit kubernetes\n";
                clap::Error::raw(ErrorKind::ArgumentConflict, message).exit()
            }
        };
        Ok(print(|to| to.write_all(text.as_bytes()))?)
    }
}

/// A word that can stand in a script.
fn word(word: Option<&str>) -> Result<&str, Failure> {
    word.filter(|word| !word.contains(char::is_control)).ok_or_else(|| {
        Failure::error("a path or value with a control character, or not in UTF-8, fits no script")
    })
}

impl Sharded<'_> {
    /// What the script is about, for a comment.
    fn title(&self) -> String {
        format!("{} in {} shards", printable(self.plan.name()), self.shards)
    }

    /// The name of the sweep as engines take it: a DNS label with room for what they add.
    fn label(&self) -> String {
        let safe = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
        let label: String = self.plan.name().chars().map(safe).take(40).collect();
        match label.trim_matches('-') {
            "" => "sweep".to_owned(),
            label => label.to_owned(),
        }
    }

    /// The command that does one shard, on so many processors. The number of the shard is a word of
    /// the shell, in double quotes if it is a variable.
    fn sweep(&self, number: &str, jobs: &str) -> String {
        let Self { scenario, shards, .. } = self;
        let out = quoted(self.out);
        format!(
            "cloudsched sweep {scenario} --shard {number}/{shards} --jobs {jobs} \
             --out {out}-{number}-of-{shards} --resume"
        )
    }

    /// The command that merges all shards.
    fn merge(&self) -> String {
        let (out, shards) = (quoted(self.out), self.shards);
        let folder = |number: u64| format!("{out}-{number}-of-{shards}");
        let folders: Vec<String> = (1..=shards).map(folder).collect();
        format!("cloudsched merge {} --out {out}", folders.join(" "))
    }
}
