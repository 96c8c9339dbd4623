//! A limit of a metric, for pipelines: `response_ms_p99 > 250`.

use crate::experiment::Runs;
use crate::metric::{METRICS, Value};
use crate::quantity::suggest::did_you_mean;

/// When a metric breaks it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Limit {
    metric: usize,
    sign: &'static str,
    number: f64,
}

impl Limit {
    /// Reads `METRIC > NUMBER`, with `>`, `>=`, `<` or `<=`.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let sign = [">=", "<=", ">", "<"].into_iter().find(|sign| text.contains(sign));
        let sign = sign.ok_or("write a metric, one of > >= < <=, and a number")?;
        let (name, number) = text.split_once(sign).unwrap_or_default();
        let names: Vec<&str> = METRICS.iter().map(|metric| metric.name).collect();
        let name = name.trim();
        let metric = names.iter().position(|known| *known == name).ok_or_else(|| {
            let meant = did_you_mean(name, &names);
            let meant = meant.map(|meant| format!("; did you mean `{meant}`?"));
            format!("there is no metric `{name}`{}", meant.unwrap_or_default())
        })?;
        let number: f64 =
            number.trim().parse().map_err(|_| format!("`{}` is not a number", number.trim()))?;
        if number.is_nan() {
            return Err("NaN is no limit".to_owned());
        }
        Ok(Self { metric, sign, number })
    }

    /// How the mean over `runs`, those with this `value`, breaks it; a metric that is not defined breaks
    /// no limit.
    pub(super) fn broken(&self, value: &str, runs: &Runs) -> Option<String> {
        let defined: Vec<f64> =
            runs.iter().filter_map(|run| run[self.metric].map(Value::as_f64)).collect();
        if defined.is_empty() {
            return None;
        }
        let mean = defined.iter().sum::<f64>() / defined.len() as f64;
        let broken = match self.sign {
            ">=" => mean >= self.number,
            "<=" => mean <= self.number,
            ">" => mean > self.number,
            _ => mean < self.number,
        };
        let Self { sign, number, .. } = self;
        let name = METRICS[self.metric].name;
        broken.then(|| format!("failed: with {value}, {name} is {mean}, and {sign} {number}\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_read_and_broken() {
        let runs: Runs = vec![METRICS.iter().map(|_| Some(Value::Real(250.0))).collect()];
        let broken = |text: &str| Limit::read(text).unwrap().broken("fifo", &runs);
        assert_eq!(broken("response_ms_p99 > 250"), None);
        assert_eq!(broken("cost_usd<250"), None);
        let told = "failed: with fifo, response_ms_p99 is 250, and >= 250\n";
        assert_eq!(broken("response_ms_p99>=250").as_deref(), Some(told));
        assert!(broken("requests <= 2.5e2").is_some());
        let error = |text: &str| Limit::read(text).unwrap_err();
        assert_eq!(
            error("response_ms_p998 > 1"),
            "there is no metric `response_ms_p998`; did you mean `response_ms_p99`?"
        );
        assert_eq!(error("requests > many"), "`many` is not a number");
        assert!(error("requests").starts_with("write a metric"));
    }
}
