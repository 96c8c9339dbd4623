//! `list`: what there is to choose from.

use clap::Args;
use clap::builder::PossibleValuesParser;

use super::Failure;
use super::catalogue::{KINDS, Kind, Topic};
use super::output::{Terminal, print};
use super::text::{hanging, width};

/// The arguments of `list`.
#[derive(Debug, Args)]
pub(super) struct ListArguments {
    /// What to list; the names of everything if it is left out
    #[arg(value_parser = PossibleValuesParser::new(KINDS.iter().map(|kind| kind.name)))]
    kind: Option<String>,
}

pub(super) fn list(arguments: &ListArguments, terminal: &Terminal) -> Result<(), Failure> {
    let text = match &arguments.kind {
        Some(name) => {
            let kind = KINDS.iter().find(|kind| kind.name == name);
            one_kind(kind.expect("the parser takes the names of kinds only"), terminal)
        }
        None => all_kinds(terminal),
    };
    Ok(print(|out| out.write_all(text.as_bytes()))?)
}

/// Name and summary of each thing of a kind.
fn one_kind(kind: &Kind, terminal: &Terminal) -> String {
    let topics = (kind.topics)();
    if topics.is_empty() {
        return format!("no {} yet\n", kind.name);
    }
    let sorts = sorts(&topics);
    let indent = longest(topics.iter().map(|topic| topic.name.as_str())) + 4;
    let mut blocks = Vec::new();
    for sort in &sorts {
        let mut block = String::new();
        if sorts.len() > 1 {
            block.push_str(&terminal.bold(sort[0].kind));
            block.push('\n');
        }
        for topic in *sort {
            let head = format!("  {}", topic.name);
            block.push_str(&hanging(&head, indent, &topic.summary, terminal.columns));
        }
        blocks.push(block);
    }
    blocks.join("\n")
}

/// The names of each kind.
fn all_kinds(terminal: &Terminal) -> String {
    let mut lines = Vec::new();
    for kind in KINDS {
        let topics = (kind.topics)();
        let sorts = sorts(&topics);
        let several = sorts.len() > 1;
        if several {
            lines.push((kind.name.to_owned(), String::new()));
        }
        for sort in sorts {
            let names: Vec<&str> = sort.iter().map(|topic| topic.name.as_str()).collect();
            let head = if several { format!("  {}", sort[0].kind) } else { kind.name.to_owned() };
            lines.push((head, names.join(", ")));
        }
    }
    let indent = longest(lines.iter().map(|(head, _)| head.as_str())) + 2;
    lines.iter().map(|(head, names)| hanging(head, indent, names, terminal.columns)).collect()
}

/// `topics` in runs of the same kind.
fn sorts(topics: &[Topic]) -> Vec<&[Topic]> {
    topics.chunk_by(|a, b| a.kind == b.kind).collect()
}

fn longest<'a>(texts: impl Iterator<Item = &'a str>) -> usize {
    texts.map(width).max().unwrap_or(0)
}
