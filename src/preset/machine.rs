//! Machine types: what a host or a server can be.

use std::borrow::Cow;
use std::sync::LazyLock;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

use super::{EC2_MACHINES, Row};
use crate::quantity::{Bytes, Millicpu, Money};

/// A machine type of the catalogue.
#[derive(Clone, Debug)]
pub struct Machine {
    /// What its vendor calls it: `m5.large`.
    pub name: &'static str,
    /// Its virtual processors.
    pub cpu: Millicpu,
    /// Its memory.
    pub memory: Bytes,
    /// What an hour of it costs on demand.
    pub hour: Money,
    /// All that is known of it, with evidence.
    pub row: &'static Row,
}

/// All machine types, in the order of their file.
pub static MACHINES: LazyLock<Vec<Machine>> =
    LazyLock::new(|| EC2_MACHINES.table("types").iter().map(Machine::of).collect());

/// Their names.
static NAMES: LazyLock<Vec<&'static str>> =
    LazyLock::new(|| MACHINES.iter().map(|machine| machine.name).collect());

impl Machine {
    fn of(row: &'static Row) -> Self {
        let number = |column| row.number(column).expect("every type has it, which a test holds");
        Self {
            name: &row.name,
            cpu: Millicpu::new(number("cpu") as u64 * 1000),
            memory: Bytes::mib(number("memory") as u64),
            hour: Money::from_usd(number("hour")),
            row,
        }
    }

    /// The machine type with this name.
    ///
    /// ```
    /// use cloudsched::preset::Machine;
    /// assert_eq!(Machine::get("m5.large").unwrap().cpu.get(), 2000);
    /// assert!(Machine::get("m5.huge").is_none());
    /// ```
    pub fn get(name: &str) -> Option<&'static Self> {
        MACHINES.iter().find(|machine| machine.name == name)
    }
}

/// A machine type where a scenario names it.
#[derive(Clone, Copy, Debug)]
pub struct MachineName(pub &'static Machine);

impl<'de> Deserialize<'de> for MachineName {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let name = Cow::<str>::deserialize(from)?;
        let unknown = || de::Error::unknown_variant(&name, &NAMES);
        Machine::get(&name).map(Self).ok_or_else(unknown)
    }
}

impl JsonSchema for MachineName {
    fn schema_name() -> Cow<'static, str> {
        "MachineChoice".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A machine type.",
            "examples": ["m5.large"],
            "anyOf": [{ "enum": *NAMES }],
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_type_has_what_a_host_needs() {
        let names: BTreeSet<&str> = NAMES.iter().copied().collect();
        assert_eq!(names.len(), MACHINES.len(), "a name stands twice");
        assert!(MACHINES.len() > 50);
        for machine in MACHINES.iter() {
            assert!(machine.cpu.get() >= 1000 && machine.hour > Money::ZERO, "{machine:?}");
            assert!(machine.memory >= Bytes::mib(512), "{machine:?}");
        }
    }

    #[test]
    fn a_name_is_read() {
        let read = |json: &str| serde_json::from_str::<MachineName>(json).map(|name| name.0.name);
        assert_eq!(read("\"c5.large\"").unwrap(), "c5.large");
        assert!(read("\"c5.larg\"").unwrap_err().to_string().contains("unknown variant `c5.larg`"));
    }
}
