//! Popularity: which of many things is meant.

use rand::Rng;
use schemars::JsonSchema;
use serde::Deserialize;

use super::ParameterError;
use super::alias::{AliasTable, WeightError};
use super::error::within;
use crate::kernel::stream::below;

/// How often each of a number of things is chosen, as a scenario file writes it: `"uniform"`,
/// `{ zipf = { s = 1.0 } }` or `{ weights = [3, 1] }`.
///
/// ```
/// use cloudsched::kernel::Seed;
/// use cloudsched::variate::{PopularityForm, Zipf};
/// let popularity = PopularityForm::Zipf(Zipf { s: 1.0 }).compile(1000).expect("s is in range");
/// let mut rng = Seed::new(1).key("family.web").stream();
/// assert!(popularity.sample(&mut rng) < 1000);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PopularityForm {
    /// All alike.
    #[default]
    Uniform,
    /// Falling with rank.
    Zipf(Zipf),
    /// In proportion to these numbers, one a thing.
    Weights(Vec<f64>),
}

/// The thing of rank k, counted from 1, is chosen in proportion to k^-s.
///
/// ```
/// use cloudsched::variate::{PopularityForm, Zipf};
/// assert!(PopularityForm::Zipf(Zipf { s: -1.0 }).compile(10).is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Zipf {
    /// The exponent; 0 (all alike) to 100.
    pub s: f64,
}

/// A random choice among numbered things, ready to draw from; 0 is the first, under Zipf's law the
/// most popular.
///
/// A draw takes one word and one look-up, however many things there are; the table takes 8 bytes
/// a thing (none if all are alike).
///
/// ```
/// use cloudsched::kernel::Seed;
/// use cloudsched::variate::PopularityForm;
/// let popularity = PopularityForm::Weights(vec![0.0, 1.0]).compile(2).expect("one has weight");
/// let mut rng = Seed::new(1).key("family.web").stream();
/// assert_eq!(popularity.sample(&mut rng), 1);
/// ```
#[derive(Clone, Debug)]
pub struct Popularity(Kind);

#[derive(Clone, Debug)]
enum Kind {
    Uniform(u32),
    Weighted(AliasTable),
}

impl PopularityForm {
    /// Checks the parameters and makes the table for `items` things.
    ///
    /// # Errors
    ///
    /// No items, an exponent out of range, weights that are negative, not numbers, all zero, or not
    /// as many as there are items.
    pub fn compile(&self, items: u32) -> Result<Popularity, ParameterError> {
        if items == 0 {
            return Err(ParameterError::whole("there must be something to choose from"));
        }
        match self {
            Self::Uniform => Ok(Popularity(Kind::Uniform(items))),
            Self::Zipf(zipf) => zipf.weights(items).and_then(|weights| weighted(&weights)),
            Self::Weights(weights) if weights.len() == items as usize => weighted(weights),
            Self::Weights(weights) => {
                let message = format!("there must be {items} weights, and are {}", weights.len());
                Err(ParameterError::new("weights", message))
            }
        }
    }
}

impl Zipf {
    fn weights(self, items: u32) -> Result<Vec<f64>, ParameterError> {
        let s = within("s", self.s, 0.0, 100.0).map_err(|error| error.under("zipf"))?;
        Ok((1..=items).map(|rank| libm::pow(f64::from(rank), -s)).collect())
    }
}

/// A choice by weight; a bad weight is an error of the list.
fn weighted(weights: &[f64]) -> Result<Popularity, ParameterError> {
    let table = AliasTable::new(weights).map_err(|error| match error {
        WeightError::Weight(place) => {
            let message =
                format!("a weight must be 0 or a number above, and is {}", weights[place]);
            ParameterError::whole(message).under(&place).under("weights")
        }
        WeightError::Number | WeightError::Sum => {
            ParameterError::new("weights", "the weights must add up to a number above 0")
        }
    })?;
    Ok(Popularity(Kind::Weighted(table)))
}

impl Popularity {
    /// The number of a thing.
    #[inline]
    pub fn sample(&self, rng: &mut (impl Rng + ?Sized)) -> u32 {
        match &self.0 {
            Kind::Uniform(items) => below(rng, u64::from(*items)) as u32,
            Kind::Weighted(table) => table.sample(rng),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Seed;

    /// Chi-squared of 1e6 draws over the items against their shares.
    fn chi_squared(form: &PopularityForm, shares: &[f64]) -> f64 {
        let popularity = form.compile(shares.len() as u32).unwrap();
        let mut rng = Seed::new(9).key("popularity").stream();
        let mut counts = vec![0_u32; shares.len()];
        for _ in 0..1_000_000 {
            counts[popularity.sample(&mut rng) as usize] += 1;
        }
        let sum: f64 = shares.iter().sum();
        let term = |(count, share): (&u32, &f64)| {
            let expected = share / sum * 1e6;
            (f64::from(*count) - expected) * (f64::from(*count) - expected) / expected
        };
        counts.iter().zip(shares).map(term).sum()
    }

    #[test]
    fn frequencies_follow_the_shares() {
        // 148.2 is the 99.9 % point of chi-squared at 99 degrees of freedom, 16.27 that at 3.
        let uniform = chi_squared(&PopularityForm::Uniform, &[1.0; 100]);
        assert!(uniform < 148.2, "{uniform}");
        let shares: Vec<f64> = (1..=100).map(|rank| 1.0 / f64::from(rank)).collect();
        let zipf = chi_squared(&PopularityForm::Zipf(Zipf { s: 1.0 }), &shares);
        assert!(zipf < 148.2, "{zipf}");
        let shares = [0.5, 3.0, 0.25, 10.0];
        let weights = chi_squared(&PopularityForm::Weights(shares.to_vec()), &shares);
        assert!(weights < 16.27, "{weights}");
    }

    #[test]
    fn the_three_forms_are_read() {
        let read = |text: &str| -> PopularityForm {
            let file: toml::Table = text.parse().unwrap();
            file["popularity"].clone().try_into().unwrap()
        };
        assert_eq!(read(r#"popularity = "uniform""#), PopularityForm::Uniform);
        assert_eq!(read("popularity.zipf = { s = 1 }"), PopularityForm::Zipf(Zipf { s: 1.0 }));
        assert_eq!(read("popularity.weights = [3, 1]"), PopularityForm::Weights(vec![3.0, 1.0]));
    }

    #[test]
    fn bad_parameters_are_refused() {
        let error = |form: PopularityForm, items| form.compile(items).unwrap_err().to_string();
        let weights = |weights: &[f64]| PopularityForm::Weights(weights.to_vec());
        assert_eq!(error(PopularityForm::Uniform, 0), "there must be something to choose from");
        assert_eq!(error(weights(&[1.0; 3]), 2), "weights: there must be 2 weights, and are 3");
        assert_eq!(
            error(weights(&[1.0, -1.0]), 2),
            "weights.1: a weight must be 0 or a number above, and is -1"
        );
        assert_eq!(
            error(weights(&[0.0, 0.0]), 2),
            "weights: the weights must add up to a number above 0"
        );
        let zipf = PopularityForm::Zipf(Zipf { s: f64::NAN });
        assert_eq!(error(zipf, 2), "zipf.s: s must be a number from 0 to 100, and is NaN");
    }
}
