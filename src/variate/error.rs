//! What is wrong with the parameters of a distribution.

use std::fmt;

use crate::kernel::Span;

/// A parameter that cannot be, with the way to it inside the distribution.
///
/// ```
/// use std::path::Path;
///
/// use cloudsched::kernel::Span;
/// use cloudsched::variate::{Distribution, Exponential};
///
/// let never = Distribution::Exponential(Exponential { mean: Span::ZERO });
/// let error = never.compile(Path::new("")).expect_err("a mean of 0 is refused");
/// assert_eq!(error.key, ["exponential", "mean"]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParameterError {
    /// The keys and places that lead to the parameter: `["mixture", "1", "of", "gamma", "cv"]`.
    pub key: Vec<String>,
    /// What is wrong, and the mend.
    pub message: String,
}

impl ParameterError {
    /// An error in the parameter `key`.
    pub fn new(key: &str, message: impl Into<String>) -> Self {
        Self { key: vec![key.to_owned()], message: message.into() }
    }

    /// An error in the whole table.
    pub fn whole(message: impl Into<String>) -> Self {
        Self { key: Vec::new(), message: message.into() }
    }

    /// The same error, seen from one table further out, where this one is under `key`.
    #[must_use]
    pub fn under(mut self, key: &(impl ToString + ?Sized)) -> Self {
        self.key.insert(0, key.to_string());
        self
    }
}

/// The key, dotted, and the message.
impl fmt::Display for ParameterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key.join("."))?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for ParameterError {}

/// The greatest coefficient of variation: past it no run draws enough to see its own mean.
const MOST_CV: f64 = 1000.0;

/// A span above zero, in seconds.
pub(super) fn above_zero(key: &str, span: Span) -> Result<f64, ParameterError> {
    if span == Span::ZERO {
        let mend = "for no time at all write `constant = \"0s\"`";
        return Err(ParameterError::new(key, format!("{key} must be above 0; {mend}")));
    }
    Ok(span.as_secs_f64())
}

/// A number of at least `least` and at most `most`; NaN is neither.
pub(super) fn within(key: &str, value: f64, least: f64, most: f64) -> Result<f64, ParameterError> {
    if value >= least && value <= most {
        return Ok(value);
    }
    let message = format!("{key} must be a number from {least} to {most}, and is {value}");
    Err(ParameterError::new(key, message))
}

/// A coefficient of variation, the standard deviation over the mean.
pub(super) fn variation(cv: f64) -> Result<f64, ParameterError> {
    within("cv", cv, 0.0, MOST_CV)
}

/// A coefficient of variation of at least 1.
pub(super) fn variation_from_one(cv: f64) -> Result<f64, ParameterError> {
    if cv < 1.0 {
        let message = format!("cv must be at least 1, and is {cv}; use gamma for less");
        return Err(ParameterError::new("cv", message));
    }
    within("cv", cv, 1.0, MOST_CV)
}
