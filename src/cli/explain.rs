//! `explain`: what a name stands for.

use clap::Args;

use super::Failure;
use super::catalogue::{KINDS, Topic};
use super::keys::Key;
use super::output::{Terminal, print};
use super::text::{hanging, width};
use crate::quantity::suggest::did_you_mean;

const EXAMPLES: &str = "\
Examples:
  cloudsched explain best-fit
  cloudsched explain response_ms_p99
  cloudsched explain faas
  cloudsched explain aws-lambda                        its rules and prices
  cloudsched explain m5.large
  cloudsched list                                      all names";

/// Longer names stand on a line of their own.
const WIDEST_NAME: usize = 20;

/// The arguments of `explain`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct ExplainArguments {
    /// The name of a policy, platform, delivery, price sheet, machine type, metric, trace format, chart,
    /// distribution or arrival process
    name: String,
}

pub(super) fn explain(arguments: &ExplainArguments, terminal: &Terminal) -> Result<(), Failure> {
    let topics: Vec<Topic> = KINDS.iter().flat_map(|kind| (kind.topics)()).collect();
    let found: Vec<String> = topics
        .iter()
        .filter(|topic| topic.name == arguments.name)
        .map(|topic| page(topic, terminal))
        .collect();
    if found.is_empty() {
        return Err(unknown(&arguments.name, &topics));
    }
    Ok(print(|out| out.write_all(found.join("\n").as_bytes()))?)
}

fn unknown(name: &str, topics: &[Topic]) -> Failure {
    let names: Vec<&str> = topics.iter().map(|topic| topic.name.as_str()).collect();
    let meant = did_you_mean(name, &names).map(|meant| format!("did you mean `{meant}`? "));
    let help = meant.unwrap_or_default()
        + "(`cloudsched list` shows all names; the keys of a scenario are in docs/scenario.md and `cloudsched schema`)";
    Failure::Tell(format!("error: nothing is called `{name}`\n  help: {help}\n"))
}

/// All that is known of a topic.
fn page(topic: &Topic, terminal: &Terminal) -> String {
    let columns = terminal.columns;
    let title = format!("{} ({})\n", terminal.bold(&topic.name), topic.kind);
    let mut parts = vec![title, hanging("", 2, &topic.summary, columns)];
    if !topic.keys.is_empty() {
        parts.push(format!("\n  {}\n", topic.keys_title));
        let longest = topic.keys.iter().map(|key| width(&key.name)).max().unwrap_or(0);
        let indent = 6 + longest.min(WIDEST_NAME);
        for key in &topic.keys {
            parts.push(hanging(&format!("    {}", key.name), indent, &meaning(key), columns));
        }
    }
    if !topic.values.is_empty() {
        parts.push("\n  Values\n".to_owned());
        for told in &topic.values {
            parts.push(hanging("", 4, &format!("{}: {}", told.name, told.value), columns));
            parts.push(hanging("", 6, &told.known, columns));
        }
    }
    if let Some(example) = &topic.example {
        parts.push(format!("\n  Example\n    {example}\n"));
    }
    if !topic.source.is_empty() {
        parts.push("\n".to_owned());
        parts.push(hanging("  Source", 10, topic.source, columns));
    }
    parts.concat()
}

/// What a key means, what may stand there and what holds without it.
fn meaning(key: &Key) -> String {
    if key.form.is_empty() {
        return key.meaning.clone();
    }
    let presence = match (&key.default, key.required) {
        (Some(default), _) => format!("; default {default}"),
        (None, true) => "; required".to_owned(),
        (None, false) => String::new(),
    };
    format!("{} ({}{presence})", key.meaning, key.form)
}
