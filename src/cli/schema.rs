//! `schema`: the JSON Schema of a scenario file.

use schemars::Schema;
use schemars::generate::SchemaSettings;
use schemars::transform::{RecursiveTransform, Transform};
use serde_json::Value;

use super::Failure;
use super::output::print;
use super::text::paragraph;
use crate::scenario::schema::Scenario;

pub(super) fn schema() -> Result<(), Failure> {
    let mut schema =
        SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<Scenario>();
    RecursiveTransform(shorten).transform(&mut schema);
    let text = serde_json::to_string_pretty(&schema).expect("a schema is JSON");
    Ok(print(|out| writeln!(out, "{text}"))?)
}

/// Leaves the first paragraph of a description; the others are for readers of the code.
fn shorten(schema: &mut Schema) {
    if let Some(Value::String(text)) = schema.get_mut("description") {
        *text = paragraph(text);
    }
}
