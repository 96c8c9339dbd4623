//! Choices that may also be named presets.

use schemars::{Schema, SchemaGenerator};
use serde_json::{Value, json};

use crate::policy::catalogue::Catalogue;
use crate::preset::Preset;

/// A policy of a catalogue, or one of `presets`, which takes the parameters of its base.
pub(super) fn named_choice(
    catalogue: &Catalogue,
    presets: &[Preset],
    generator: &mut SchemaGenerator,
) -> Schema {
    let mut schema = catalogue.schema(generator);
    let names: Vec<&str> = presets.iter().map(|preset| preset.name.as_str()).collect();
    let mut forms = vec![json!({ "enum": names })];
    for preset in presets {
        let Some(base) = preset.base.as_deref().and_then(|base| catalogue.get(base)) else {
            continue;
        };
        // What it needs it has.
        let mut parameters = (base.schema)(generator);
        parameters.remove("required");
        forms.push(json!({
            "type": "object",
            "description": preset.summary,
            "properties": { &preset.name: parameters },
            "required": [preset.name],
            "additionalProperties": false
        }));
    }
    if let Some(known) = schema.get_mut("anyOf").and_then(Value::as_array_mut) {
        known.extend(forms);
    }
    schema
}
