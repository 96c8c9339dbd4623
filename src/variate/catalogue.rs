//! The catalogue of distributions, for `list` and `explain`.

use super::{
    constant, empirical, erlang, exponential, gamma, hyperexponential, lognormal, mixture, pareto,
    uniform, weibull,
};

/// A distribution as a reader of the command line meets it.
#[derive(Clone, Copy, Debug)]
pub struct DistributionEntry {
    /// Its name in a scenario.
    pub name: &'static str,
    /// Name and meaning of each parameter; none if the value is the parameter.
    pub parameters: &'static [(&'static str, &'static str)],
    /// What it is, in one line.
    pub summary: &'static str,
    /// Where its definition or the way of drawing from it is published.
    pub source: &'static str,
    /// One as a scenario writes it, in TOML.
    pub example: &'static str,
}

/// All distributions, in the order of the manual.
///
/// ```
/// use cloudsched::variate::DISTRIBUTIONS;
/// assert!(DISTRIBUTIONS.iter().any(|entry| entry.name == "lognormal"));
/// ```
pub const DISTRIBUTIONS: &[DistributionEntry] = &[
    constant::ENTRY,
    exponential::ENTRY,
    lognormal::ENTRY,
    gamma::ENTRY,
    weibull::ENTRY,
    pareto::ENTRY,
    uniform::ENTRY,
    hyperexponential::ENTRY,
    erlang::ENTRY,
    mixture::ENTRY,
    empirical::ENTRY,
];

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::Value;

    use super::*;
    use crate::variate::Distribution;

    /// The names under `properties`, sorted.
    fn properties(schema: &Value) -> Vec<&str> {
        let object = schema["properties"].as_object().expect("an object has properties");
        let mut names: Vec<&str> = object.keys().map(String::as_str).collect();
        names.sort_unstable();
        names
    }

    #[test]
    fn names_and_parameters_are_those_of_the_schema() {
        let schema = schemars::schema_for!(Distribution).to_value();
        let kinds = schema["oneOf"].as_array().unwrap();
        let kind_names: Vec<&str> = kinds.iter().map(|kind| properties(kind)[0]).collect();
        assert_eq!(kind_names, DISTRIBUTIONS.iter().map(|entry| entry.name).collect::<Vec<_>>());
        for (kind, entry) in kinds.iter().zip(DISTRIBUTIONS) {
            let value = &kind["properties"][entry.name];
            let value = if value["type"] == "array" { &value["items"] } else { value };
            let reference = value["$ref"].as_str().unwrap().rsplit('/').next().unwrap();
            let definition = &schema["$defs"][reference];
            let mut named: Vec<&str> = entry.parameters.iter().map(|(name, _)| *name).collect();
            named.sort_unstable();
            if definition["type"] == "string" {
                assert_eq!(named, Vec::<&str>::new(), "{}", entry.name);
            } else {
                assert_eq!(named, properties(definition), "{}", entry.name);
            }
        }
    }

    #[test]
    fn examples_are_read() {
        for entry in DISTRIBUTIONS {
            let read: toml::Table = entry.example.parse().expect(entry.name);
            let distribution: Distribution = read["demand"].clone().try_into().expect(entry.name);
            assert_eq!(distribution.name(), entry.name);
            distribution.compile(Path::new("")).expect(entry.name);
        }
    }
}
