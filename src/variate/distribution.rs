//! A distribution as a scenario file writes it.

use std::path::Path;

use schemars::JsonSchema;
use serde::Deserialize;

use super::mixture::{self, Component};
use super::{
    Empirical, Erlang, Exponential, Gamma, Hyperexponential, Lognormal, ParameterError, Pareto,
    Uniform, Variate, Weibull,
};
use crate::kernel::Span;

/// A distribution of times with its parameters, not yet checked.
///
/// In a file it is a table with one key, its name: `{ exponential = { mean = "10ms" } }`.
///
/// ```
/// use std::path::Path;
///
/// use cloudsched::variate::Distribution;
/// let file: toml::Table = r#"demand.lognormal = { mean = "120ms", cv = 1.5 }"#.parse()?;
/// let demand: Distribution = file["demand"].clone().try_into()?;
/// assert_eq!(demand.name(), "lognormal");
/// let variate = demand.compile(Path::new("."))?;
/// assert!((variate.mean().expect("it is finite") - 0.12).abs() < 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Distribution {
    /// Always the same time.
    Constant(Span),
    /// Memoryless.
    Exponential(Exponential),
    /// Of normal logarithm.
    Lognormal(Lognormal),
    /// From nearly constant to bursty, by its coefficient of variation.
    Gamma(Gamma),
    /// Times to failure.
    Weibull(Weibull),
    /// A power-law tail.
    Pareto(Pareto),
    /// Equally likely anywhere between two times.
    Uniform(Uniform),
    /// One of two exponentials by chance.
    Hyperexponential(Hyperexponential),
    /// A sum of equal exponential phases.
    Erlang(Erlang),
    /// One of several distributions by weight.
    Mixture(Vec<Component>),
    /// As observed.
    Empirical(Empirical),
}

impl Distribution {
    /// Its name in a scenario.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Constant(_) => "constant",
            Self::Exponential(_) => "exponential",
            Self::Lognormal(_) => "lognormal",
            Self::Gamma(_) => "gamma",
            Self::Weibull(_) => "weibull",
            Self::Pareto(_) => "pareto",
            Self::Uniform(_) => "uniform",
            Self::Hyperexponential(_) => "hyperexponential",
            Self::Erlang(_) => "erlang",
            Self::Mixture(_) => "mixture",
            Self::Empirical(_) => "empirical",
        }
    }

    /// Checks the parameters and works out what drawing needs. Files are looked for under `base`,
    /// the folder of the scenario.
    ///
    /// # Errors
    ///
    /// A parameter out of its range, or a file that cannot be read. The key of the error begins
    /// with the name of the distribution.
    pub fn compile(&self, base: &Path) -> Result<Variate, ParameterError> {
        let compiled = match self {
            Self::Constant(span) => Ok(Variate::constant(*span)),
            Self::Exponential(parameters) => parameters.compile(),
            Self::Lognormal(parameters) => parameters.compile(),
            Self::Gamma(parameters) => parameters.compile(),
            Self::Weibull(parameters) => parameters.compile(),
            Self::Pareto(parameters) => parameters.compile(),
            Self::Uniform(parameters) => parameters.compile(),
            Self::Hyperexponential(parameters) => parameters.compile(),
            Self::Erlang(parameters) => parameters.compile(),
            Self::Mixture(parts) => mixture::compile(parts, base),
            Self::Empirical(parameters) => parameters.compile(base),
        };
        compiled.map_err(|error| error.under(self.name()))
    }
}
