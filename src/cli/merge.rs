//! `merge`: the results of a sweep from its shards.

use std::path::{Path, PathBuf};

use clap::Args;

use super::Failure;
use super::output::Terminal;
use super::sweep::show;
use crate::experiment::{Plan, Shard};
use crate::kernel::Seed;
use crate::report::{Folder, Header, Journal, JournalReader, fingerprint, write_sweep};
use crate::scenario::Draft;

/// The arguments of `merge`.
#[derive(Debug, Args)]
pub(super) struct MergeArguments {
    /// The folders of all shards, in any order
    #[arg(required = true, value_name = "DIR")]
    folders: Vec<PathBuf>,
    /// The folder for the results
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

pub(super) fn merge(arguments: &MergeArguments, terminal: &Terminal) -> Result<(), Failure> {
    let (header, mut shards) = all_shards(&arguments.folders).map_err(Failure::error)?;
    let plan = plan(&header, terminal)?;
    let found = fingerprint(&plan, plan.sources(), &header.sets).to_string();
    let (was, is) = (header.version.as_str(), env!("CARGO_PKG_VERSION"));
    if was != is {
        return Err(Failure::error(format!(
            "the shards are of version {was}, this is {is}: merge them with that version"
        )));
    }
    if found != header.fingerprint {
        let message = "the shards are of another sweep than their first line says: run them again";
        return Err(Failure::error(message));
    }
    let folder = Folder::open(&arguments.out).map_err(Failure::error)?;
    let results = write_sweep(&plan, &header, &mut shards, folder).map_err(Failure::error)?;
    show(&plan, &results, &arguments.out, terminal)
}

/// The plan that the shards were begun with.
fn plan(header: &Header, terminal: &Terminal) -> Result<Plan, Failure> {
    let Header { file, text, name, sets, seed, .. } = header;
    Draft::parse(file, text, Path::new(""), name, sets)
        .and_then(|draft| Plan::new(draft, Some(Seed::new(*seed))))
        .map_err(|error| Failure::Tell(error.render(terminal.message_colour)))
}

/// The journals of all shards in the order of their numbers, and the header that they share but for
/// that number.
fn all_shards(folders: &[PathBuf]) -> Result<(Header, Vec<JournalReader>), String> {
    let mut found: Vec<(Header, JournalReader, &Path)> = Vec::new();
    for folder in folders {
        let (reader, header) = shard(folder)?;
        if let Some((first, _, other)) = found.first() {
            let whole = |header: &Header| Header { shard: (0, header.shard.1), ..header.clone() };
            let differences = whole(&header).differences(&whole(first));
            if !differences.is_empty() {
                return Err(format!(
                    "{} is of another sweep than {}: {}",
                    folder.display(),
                    other.display(),
                    differences.join("; ")
                ));
            }
        }
        if let Some((_, _, other)) = found.iter().find(|(known, ..)| known.shard == header.shard) {
            let shard = shown(header.shard);
            let (one, two) = (other.display(), folder.display());
            return Err(format!("{one} and {two} are both shard {shard}"));
        }
        found.push((header, reader, folder));
    }
    found.sort_by_key(|(header, ..)| header.shard);
    let of = found[0].0.shard.1;
    let there = |number: &u64| found.iter().any(|(header, ..)| header.shard.0 == *number);
    let missing: Vec<String> =
        (0..of).filter(|number| !there(number)).map(|number| shown((number, of))).collect();
    if !missing.is_empty() {
        return Err(format!("shards are missing: {}", missing.join(", ")));
    }
    let mut header = found[0].0.clone();
    header.shard = (0, 1);
    Ok((header, found.into_iter().map(|(_, reader, _)| reader).collect()))
}

fn shown((number, of): (u64, u64)) -> String {
    Shard { number, of }.to_string()
}

/// The journal of the finished shard in `folder`.
fn shard(folder: &Path) -> Result<(JournalReader, Header), String> {
    let path = folder.join(Journal::SHARD);
    let name = folder.display();
    // Also beside the shard of an earlier sweep.
    if folder.join(Journal::UNFINISHED).exists() {
        return Err(format!("{name} is not finished; go on with `cloudsched sweep … --resume`"));
    }
    if !path.exists() {
        return Err(format!("{name} holds no {}: it is no shard of a sweep", Journal::SHARD));
    }
    match JournalReader::open(&path) {
        Ok(Some(opened)) => Ok(opened),
        Ok(None) => Err(format!("{}: it has no first line", path.display())),
        Err(error) => Err(error.to_string()),
    }
}
