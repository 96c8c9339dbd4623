//! A mixture of distributions.

use std::path::Path;

use rand::Rng;
use schemars::JsonSchema;
use serde::Deserialize;

use super::alias::{AliasTable, WeightError};
use super::{Distribution, DistributionEntry, Kind, ParameterError, Variate};

pub(super) const ENTRY: DistributionEntry = DistributionEntry {
    name: "mixture",
    parameters: &[
        ("weight", "how often this one is drawn, in proportion to the others; 0 or more"),
        ("of", "a distribution"),
    ],
    summary: "one of several distributions, by weight",
    source: "choice by the alias method: Walker 1977, Vose 1991",
    example: "demand.mixture = [\
              { weight = 0.9, of = { exponential = { mean = \"10ms\" } } }, \
              { weight = 0.1, of = { constant = \"1s\" } }]",
};

/// One part of a mixture.
///
/// ```
/// use std::path::Path;
///
/// use cloudsched::kernel::Span;
/// use cloudsched::variate::{Component, Distribution};
/// let part = |weight, secs| Component { weight, of: Distribution::Constant(Span::from_secs(secs)) };
/// let demand = Distribution::Mixture(vec![part(3.0, 1), part(1.0, 9)]);
/// assert_eq!(demand.compile(Path::new("")).expect("weights are above 0").mean(), Some(3.0));
/// ```
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Component {
    /// How often it is drawn, in proportion to the others; 0 or more.
    pub weight: f64,
    /// What is drawn then.
    pub of: Distribution,
}

#[derive(Clone, Debug)]
pub(super) struct Sampler {
    table: AliasTable,
    variates: Box<[Variate]>,
    mean: Option<f64>,
}

pub(super) fn compile(parts: &[Component], base: &Path) -> Result<Variate, ParameterError> {
    let weights: Vec<f64> = parts.iter().map(|part| part.weight).collect();
    let table = AliasTable::new(&weights).map_err(|error| match error {
        WeightError::Number => ParameterError::whole("a mixture needs at least one distribution"),
        WeightError::Weight(place) => {
            let message = format!("weight must be 0 or a number above, and is {}", weights[place]);
            ParameterError::new("weight", message).under(&place)
        }
        WeightError::Sum => {
            ParameterError::whole("the weights of a mixture must add up to more than 0")
        }
    })?;
    let compiled = parts.iter().enumerate().map(|(place, part)| {
        part.of.compile(base).map_err(|error| error.under("of").under(&place))
    });
    let variates: Box<[Variate]> = compiled.collect::<Result<_, _>>()?;
    let means = variates.iter().zip(&weights).filter(|(_, weight)| **weight > 0.0);
    let total: Option<f64> =
        means.map(|(variate, weight)| variate.mean().map(|mean| mean * weight)).sum();
    let mean = total.map(|total| total / weights.iter().sum::<f64>());
    Ok(Variate(Kind::Mixture(Sampler { table, variates, mean })))
}

impl Sampler {
    pub(super) fn sample(&self, rng: &mut (impl Rng + ?Sized)) -> f64 {
        let part = self.table.sample(rng) as usize;
        self.variates[part].sample(rng)
    }

    pub(super) const fn mean(&self) -> Option<f64> {
        self.mean
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Span;
    use crate::variate::{Exponential, Pareto};

    fn part(weight: f64, of: Distribution) -> Component {
        Component { weight, of }
    }

    fn error(parts: &[Component]) -> String {
        compile(parts, Path::new("")).unwrap_err().to_string()
    }

    #[test]
    fn an_error_says_which_part_is_meant() {
        let good = Distribution::Constant(Span::ZERO);
        let bad = Distribution::Exponential(Exponential { mean: Span::ZERO });
        assert!(
            error(&[part(1.0, good.clone()), part(1.0, bad)])
                .starts_with("1.of.exponential.mean: mean must be above 0")
        );
        assert_eq!(
            error(&[part(-1.0, good.clone())]),
            "0.weight: weight must be 0 or a number above, and is -1"
        );
        assert_eq!(error(&[]), "a mixture needs at least one distribution");
        assert_eq!(
            error(&[part(0.0, good)]),
            "the weights of a mixture must add up to more than 0"
        );
    }

    #[test]
    fn an_infinite_mean_counts_only_with_weight() {
        let heavy = Distribution::Pareto(Pareto { min: Span::from_secs(1), alpha: 1.0 });
        let light = Distribution::Constant(Span::from_secs(2));
        let mean = |weight| {
            let parts = [part(weight, heavy.clone()), part(1.0, light.clone())];
            compile(&parts, Path::new("")).unwrap().mean()
        };
        assert_eq!((mean(0.5), mean(0.0)), (None, Some(2.0)));
    }
}
