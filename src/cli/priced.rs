//! Price sheets and machine types, for `list` and `explain`.

use schemars::SchemaGenerator;
use serde_json::Value;

use super::catalogue::{Told, Topic};
use super::keys::keys_of;
use crate::policy::catalogue::Entry;
use crate::preset::{Fact, MACHINES, Machine, Row};
use crate::pricing::sheet::{SHEETS, preset};

/// Parameters of each price sheet, as a scenario writes them.
const EXAMPLES: &[(&str, &str)] = &[
    ("flat", "{ request = 2e-7, memory_gib_s = 1.66667e-5 }"),
    ("aws-lambda", r#"{ architecture = "arm64", free_tier = true }"#),
    ("gcf-gen1", "{ free_tier = true }"),
    ("gcf-gen2", "{ free_tier = true }"),
    ("azure-consumption", "{ free_tier = true }"),
    ("azure-flex", "{ free_tier = true }"),
    ("azure-premium", r#"{ size = "EP2" }"#),
    ("oci-functions", "{ free_tier = true }"),
    ("picloud", r#"{ core = "c2" }"#),
    ("fargate", r#"{ architecture = "arm64" }"#),
    ("ec2", r#"{ purchase = "reserved", discount = 0.4 }"#),
    ("eks", "{ extended_support = true }"),
    ("rosa", "{ values = { cluster = 0.3 } }"),
    ("alb", r#"{ count = 2, per_request = "20KiB" }"#),
    ("s3", "{ gets = 1, puts = 0.1 }"),
    ("egress", r#"{ per_request = "10KiB" }"#),
];

pub(super) fn prices() -> Vec<Topic> {
    SHEETS.entries.iter().map(sheet).collect()
}

fn sheet(entry: &'static Entry) -> Topic {
    let mut generator = SchemaGenerator::default();
    let schema = (entry.schema)(&mut generator).to_value();
    let example = EXAMPLES.iter().find(|(name, _)| *name == entry.name);
    let preset = preset(entry.name);
    let rows = preset.iter().flat_map(|preset| preset.tables.values().flatten());
    let values = preset.iter().flat_map(|preset| &preset.values).map(|fact| told("", fact));
    Topic {
        kind: entry.kind,
        name: entry.name.to_owned(),
        summary: entry.summary.to_owned(),
        keys_title: "Parameters",
        keys: keys_of(&schema, &Value::Object(generator.take_definitions(true))),
        values: values.chain(rows.flat_map(row)).collect(),
        example: example
            .map(|(name, parameters)| format!("platform.lambda.price.{name} = {parameters}")),
        source: entry.source,
    }
}

/// The values of a row of a table.
fn row(row: &Row) -> impl Iterator<Item = Told> {
    row.facts.iter().map(|fact| told(&format!("{}, ", row.name), fact))
}

pub(super) fn told(of: &str, fact: &Fact) -> Told {
    Told { name: format!("{of}{}", fact.name), value: fact.shown(), known: fact.provenance() }
}

pub(super) fn machines() -> Vec<Topic> {
    MACHINES.iter().map(machine).collect()
}

fn machine(machine: &Machine) -> Topic {
    let Machine { name, cpu, memory, hour, row } = machine;
    let gpu = row.facts.iter().find(|fact| fact.name == "gpu").and_then(|fact| fact.value.as_ref());
    let gpu = gpu.map(|gpu| format!(", {}", crate::preset::shown(gpu))).unwrap_or_default();
    Topic {
        kind: "machine type",
        name: (*name).to_owned(),
        summary: format!("{cpu} vCPU, {memory}{gpu}, {} USD an hour.", hour.as_usd()),
        keys_title: "Values",
        values: row.facts.iter().map(|fact| told("", fact)).collect(),
        example: Some(format!("platform.lambda.hosts = [{{ count = 10, machine = \"{name}\" }}]")),
        ..Topic::default()
    }
}
