//! `generate`: the files of a synthetic workload, with a scenario that replays them.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use flate2::Compression;
use flate2::write::GzEncoder;
use tempfile::TempPath;

use super::Failure;
use super::output::tell;
use crate::report::{Folder, FolderError, Part};
use crate::workload::synthetic::{Azure2019, Azure2019Files, Azure2019Made};

const EXAMPLES: &str = "\
Examples:
  cloudsched generate azure-2019 --functions 464 --out day      a day of 1 % of the functions
  cloudsched run day/scenario.toml
  cloudsched generate azure-2019 --gzip --out whole-day         9.1e8 invocations";

/// The arguments of `generate`.
#[derive(Debug, Args)]
pub(super) struct GenerateArguments {
    #[command(subcommand)]
    workload: Workload,
}

/// What can be made.
#[derive(Debug, Subcommand)]
enum Workload {
    /// A day of Azure Functions: invocations a minute, durations and memory
    ///
    /// Its counts and distributions are those published of the first day of the Azure Functions trace of
    /// 2019; with fewer functions they are in proportion (docs/traces.md).
    #[command(name = "azure-2019", after_help = EXAMPLES)]
    Azure2019(Azure2019Arguments),
}

/// The arguments of `generate azure-2019`.
#[derive(Debug, Args)]
struct Azure2019Arguments {
    /// How many functions; a smaller number has invocations in proportion
    #[arg(long, value_name = "N", default_value_t = Azure2019::MOST_FUNCTIONS)]
    functions: usize,
    /// How many minutes, from the start of the day
    #[arg(long, value_name = "M", default_value_t = Azure2019::MOST_MINUTES)]
    minutes: usize,
    /// The seed of all chance
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// The folder that is made for the files; it may be there, but empty
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Compress the files of the trace, to less than a tenth of their size
    #[arg(long)]
    gzip: bool,
}

pub(super) fn generate(arguments: &GenerateArguments) -> Result<(), Failure> {
    match &arguments.workload {
        Workload::Azure2019(arguments) => azure_2019(arguments),
    }
}

/// The files of the format, as they are called in the published dataset.
const INVOCATIONS: &str = "invocations_per_function_md.anon.d01.csv";
const DURATIONS: &str = "function_durations_percentiles.anon.d01.csv";
const MEMORY: &str = "app_memory_percentiles.anon.d01.csv";

/// The scenario beside them.
const SCENARIO: &str = "scenario.toml";

fn azure_2019(arguments: &Azure2019Arguments) -> Result<(), Failure> {
    let day = Azure2019::new(arguments.functions, arguments.minutes, arguments.seed);
    let day = day.map_err(Failure::error)?;
    let out = &arguments.out;
    refuse_to_overwrite(out)?;
    let made = write(day, arguments).map_err(Failure::error)?;
    let Azure2019Made { functions, applications, invocations } = made;
    tell(&format!(
        "wrote {functions} functions of {applications} applications, invoked {invocations} times, \
         into {}\nreplay them: cloudsched run {}\n",
        out.display(),
        out.join(SCENARIO).display(),
    ));
    Ok(())
}

/// A workload is never written over another.
fn refuse_to_overwrite(out: &Path) -> Result<(), Failure> {
    let empty = match std::fs::read_dir(out) {
        Ok(mut entries) => entries.next().is_none(),
        // Not there, or not a folder: what is wrong is told when it is opened.
        Err(_) => true,
    };
    if empty {
        return Ok(());
    }
    Err(Failure::Tell(format!(
        "error: {} is not empty\n  help: name a new folder with --out, or remove this one first\n",
        out.display()
    )))
}

fn write(day: Azure2019, arguments: &Azure2019Arguments) -> Result<Azure2019Made, FolderError> {
    let mut folder = Folder::open(&arguments.out)?;
    let sink = |folder: &Folder| Ok(Sink::new(folder.part()?, arguments.gzip));
    let mut files = Azure2019Files {
        invocations: sink(&folder)?,
        durations: sink(&folder)?,
        memory: sink(&folder)?,
    };
    let made = day.write(&mut files).map_err(|error| folder.failed(error))?;
    let ending = if arguments.gzip { ".gz" } else { "" };
    let Azure2019Files { invocations, durations, memory } = files;
    for (name, sink) in [(INVOCATIONS, invocations), (DURATIONS, durations), (MEMORY, memory)] {
        let written = sink.finish().map_err(|error| folder.failed(error))?;
        folder.add(format!("{name}{ending}"), written);
    }
    let mut part = folder.part()?;
    part.write_all(scenario(arguments).as_bytes()).map_err(|error| folder.failed(error))?;
    folder.add(SCENARIO, part.into_temp_path());
    folder.publish()?;
    Ok(made)
}

/// The scenario that replays the files.
fn scenario(arguments: &Azure2019Arguments) -> String {
    let ending = if arguments.gzip { ".gz" } else { "" };
    let Azure2019Arguments { functions, minutes, seed, .. } = arguments;
    let template = include_str!("templates/azure-2019.toml");
    let command = format!(
        "cloudsched generate azure-2019 --functions {functions} --minutes {minutes} --seed {seed}"
    );
    template
        .replace("{command}", &command)
        .replace("{invocations}", &format!("{INVOCATIONS}{ending}"))
        .replace("{durations}", &format!("{DURATIONS}{ending}"))
        .replace("{memory}", &format!("{MEMORY}{ending}"))
}

/// A file of a trace that is being written, compressed or not.
enum Sink {
    Plain(BufWriter<Part>),
    Gzip(GzEncoder<BufWriter<Part>>),
}

impl Sink {
    fn new(part: Part, gzip: bool) -> Self {
        let buffer = BufWriter::with_capacity(1 << 16, part);
        if gzip {
            Self::Gzip(GzEncoder::new(buffer, Compression::default()))
        } else {
            Self::Plain(buffer)
        }
    }

    /// Writes what is left.
    fn finish(self) -> io::Result<TempPath> {
        let buffer = match self {
            Self::Plain(buffer) => buffer,
            Self::Gzip(encoder) => encoder.finish()?,
        };
        Ok(buffer.into_inner()?.into_temp_path())
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(buffer) => buffer.write(bytes),
            Self::Gzip(encoder) => encoder.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(buffer) => buffer.flush(),
            Self::Gzip(encoder) => encoder.flush(),
        }
    }
}
