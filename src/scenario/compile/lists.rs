//! Keys of services that take a list, for the members of a family.

use super::super::Value;
use super::super::schema::Service;
use super::Compiler;

/// These keys.
const LISTS: [&str; 11] = [
    "demand",
    "cold_demand",
    "memory",
    "cpu",
    "threads",
    "cpu_share",
    "priority",
    "failure",
    "poison",
    "max_instances",
    "reserved_concurrency",
];

impl Compiler<'_> {
    /// Lists are for families.
    pub(super) fn check_cycles(&mut self, name: &str, service: &Service) {
        if service.family.is_some() || self.template_of(name).is_some() {
            return;
        }
        for key in LISTS {
            let node = self.root.at(&["service", name, key]);
            if !node.is_some_and(|node| matches!(node.value, Value::List(_))) {
                continue;
            }
            self.error_with(
                &["service", name, key],
                "a list is for the members of a family, and this is one service",
                "write one value, or add `family = { count = … }`",
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A list of the schema of a service that has at least one entry is one for members.
    #[test]
    fn lists_are_those_of_the_schema() {
        let schema = schemars::schema_for!(Service);
        let keys = schema.get("properties").unwrap().as_object().unwrap();
        let is_list = |(key, value): (&String, &serde_json::Value)| {
            value.to_string().contains("\"minItems\":1").then(|| key.clone())
        };
        let mut listed: Vec<String> = keys.iter().filter_map(is_list).collect();
        let mut expected = LISTS;
        expected.sort_unstable();
        listed.sort_unstable();
        assert_eq!(listed, expected);
    }
}
