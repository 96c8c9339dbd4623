//! `METRIC`, and `METRIC > NUMBER`, as options take them.

use std::fmt;
use std::str::FromStr;

use crate::metric::METRICS;
use crate::quantity::suggest::did_you_mean;

/// A metric, by its place in the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct MetricArgument(pub(super) usize);

impl FromStr for MetricArgument {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let names: Vec<&str> = METRICS.iter().map(|metric| metric.name).collect();
        let column = names.iter().position(|known| *known == name);
        column.map(Self).ok_or_else(|| {
            // A part of a name, as `p99`, means first of all that of the response time, which stands before others.
            let part =
                || names.iter().copied().find(|known| known.split('_').any(|part| part == name));
            let meant = did_you_mean(name, &names).or_else(part);
            let meant = meant.map_or(String::new(), |meant| format!("; did you mean `{meant}`?"));
            format!("unknown metric `{name}`{meant} (`cloudsched list metrics` shows all)")
        })
    }
}

/// What the mean of a metric must not be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Limit {
    /// The metric, by its place in the catalogue.
    pub(super) column: usize,
    sign: &'static str,
    number: f64,
}

/// The signs, those first that another one opens.
const SIGNS: &[&str] = &[">=", "<=", ">", "<"];

impl Limit {
    /// Whether a mean is past it.
    pub(super) fn is_passed(&self, mean: f64) -> bool {
        match self.sign {
            ">=" => mean >= self.number,
            "<=" => mean <= self.number,
            ">" => mean > self.number,
            _ => mean < self.number,
        }
    }
}

impl FromStr for Limit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let usage = || "write METRIC > NUMBER, or with >=, < or <=".to_owned();
        let at = text.find(['<', '>']).ok_or_else(usage)?;
        let sign = SIGNS.iter().find(|sign| text[at..].starts_with(*sign)).ok_or_else(usage)?;
        let MetricArgument(column) = text[..at].trim().parse()?;
        let number = text[at + sign.len()..].trim();
        let finite = number.parse().ok().filter(|number: &f64| number.is_finite());
        let number = finite.ok_or_else(|| format!("expected a number, found `{number}`"))?;
        Ok(Self { column, sign, number })
    }
}

/// As it is written: `response_ms_p99 > 250`.
impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", METRICS[self.column].name, self.sign, self.number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Limit, String> {
        text.parse()
    }

    #[test]
    fn a_limit_is_a_metric_a_sign_and_a_number() {
        let limit = read(" response_ms_p99>=2.5e2 ").unwrap();
        assert_eq!(limit.to_string(), "response_ms_p99 >= 250");
        let passed = |text, mean| read(text).unwrap().is_passed(mean);
        assert!(passed("cost_usd > 1", 1.1) && !passed("cost_usd > 1", 1.0));
        assert!(passed("cost_usd >= 1", 1.0) && !passed("cost_usd >= 1", 0.9));
        assert!(passed("completed < 1", 0.9) && !passed("completed < 1", 1.0));
        assert!(passed("completed <= -1", -1.0) && !passed("completed <= -1", 0.0));
    }

    #[test]
    fn says_what_is_wrong() {
        let wrong = |text| read(text).unwrap_err();
        assert!(wrong("cost_usd").starts_with("write METRIC > NUMBER"));
        assert!(wrong("cost_usd = 3").starts_with("write METRIC > NUMBER"));
        assert!(wrong("cost_used > 3").contains("did you mean `cost_usd`?"));
        assert!(wrong("p99 > 3").contains("did you mean `response_ms_p99`?"));
        assert!(!wrong("colour > 3").contains("did you mean"));
        assert_eq!(wrong("cost_usd > 3 USD"), "expected a number, found `3 USD`");
        assert_eq!(wrong("cost_usd > nan"), "expected a number, found `nan`");
        assert_eq!(wrong("cost_usd >> 3"), "expected a number, found `> 3`");
        assert_eq!(wrong("cost_usd >"), "expected a number, found ``");
    }
}
