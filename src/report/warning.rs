//! What is wrong with whole runs, for people: they had not settled, or answered nothing.

use std::fmt;

use super::number::{count, half_width_millis, millis};
use super::row::Metrics;
use crate::kernel::{Span, Time};
use crate::metric::{METRICS, Value};
use crate::stats::mser::Unsettled;

/// A warning about a run: what is wrong, and what would be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunWarning {
    /// What is wrong: a sentence with neither capital nor full stop.
    pub message: String,
    /// What would be right.
    pub help: String,
}

/// On one line.
impl fmt::Display for RunWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.message, self.help)
    }
}

impl RunWarning {
    /// About the warm-up of a run of which so much was left out.
    pub fn of(unsettled: &Unsettled, warm_up: Span) -> Self {
        let seconds = |seconds: f64| millis(seconds * 1e3);
        let Unsettled { mean, settled_mean, half_width, .. } = *unsettled;
        let settled = format!(
            "{} ({})",
            seconds(settled_mean),
            half_width_millis(half_width * 1e3, settled_mean * 1e3)
        );
        let mean = seconds(mean);
        match unsettled.at {
            Some(at) => {
                let left_out = match warm_up {
                    Span::ZERO => "no warm-up is left out".to_owned(),
                    _ => format!("a warm-up of {warm_up} leaves out too little"),
                };
                let at = rounded_up(at - Time::ZERO);
                let message = format!(
                    "{left_out}: response times settle only after {at}; their mean from then on is \
                     {settled}, not {mean}"
                );
                Self { message, help: format!("set warm_up = \"{at}\"") }
            }
            None => Self {
                message: format!(
                    "the run is too short to settle: the mean response time is {mean}, and {settled} \
                     in its second half"
                ),
                help: "run longer; if that does not help, more is asked than can be served"
                    .to_owned(),
            },
        }
    }

    /// About the warm-up of several runs, those of them that have not settled and so many in all: if most have
    /// not, about the one in the middle of them.
    pub fn of_several(unsettled: &[Unsettled], runs: usize, warm_up: Span) -> Option<Self> {
        if unsettled.len() * 2 <= runs {
            return None;
        }
        let mut sorted: Vec<&Unsettled> = unsettled.iter().collect();
        sorted.sort_by_key(|unsettled| unsettled.at.unwrap_or(Time::MAX));
        let middle = Self::of(sorted[sorted.len() / 2], warm_up);
        let message = match runs {
            1 => middle.message,
            _ => format!("{} of {runs} runs say: {}", unsettled.len(), middle.message),
        };
        Some(Self { message, ..middle })
    }

    /// That all of some runs' requests were in vain, of runs with these metrics; `None` if something was answered in each.
    pub fn unanswered<'a>(runs: impl IntoIterator<Item = &'a Metrics>) -> Option<Self> {
        let all: Vec<&Metrics> = runs.into_iter().collect();
        let vain: Vec<&Metrics> = all.iter().copied().filter(|run| is_unanswered(run)).collect();
        let runs = match (vain.len(), all.len()) {
            (0, _) => return None,
            (1, 1) => String::new(),
            (some, all) => format!(" in {some} of {all} runs"),
        };
        let sum = |name: &str| vain.iter().filter_map(|run| number_of(run, name)).sum::<f64>();
        let ends = [
            ("refused", "were refused"),
            ("timed_out", "timed out"),
            ("failed", "failed"),
            ("in_flight", "had not ended"),
        ];
        let ends = ends.map(|(name, words)| (sum(name), words));
        let ends = ends.iter().filter(|(number, _)| *number > 0.0);
        let ends = ends.map(|(number, words)| format!("{} {words}", count(*number as u64)));
        let (sent, ends) = (count(sum("requests") as u64), ends.collect::<Vec<_>>().join(", "));
        Some(Self {
            message: format!("no request was completed{runs}: of {sent} sent, {ends}"),
            help: "more is asked than what serves can give, or an answer takes longer than the timeout or \
                   the run: see utilisation and queues"
                .to_owned(),
        })
    }
}

/// Whether no request was answered and some were lost, in a run with these metrics. Pods of a trace that stay to the end are
/// neither.
pub(super) fn is_unanswered(run: &Metrics) -> bool {
    let lost = ["refused", "timed_out", "failed"];
    number_of(run, "completed") == Some(0.0)
        && lost.iter().any(|name| number_of(run, name) > Some(0.0))
}

/// A metric of a run by its name.
fn number_of(run: &Metrics, name: &str) -> Option<f64> {
    let column = METRICS.iter().position(|metric| metric.name == name)?;
    run[column].map(Value::as_f64)
}

/// A span rounded up to two or three digits of its unit.
fn rounded_up(span: Span) -> Span {
    const UNITS: [u64; 6] = [3_600_000_000_000, 60_000_000_000, 1_000_000_000, 1_000_000, 1_000, 1];
    let nanos = span.as_nanos();
    let unit = UNITS.into_iter().find(|unit| nanos / 10 >= *unit).unwrap_or(1);
    Span::from_nanos(nanos.div_ceil(unit) * unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unsettled(secs: Option<u64>) -> Unsettled {
        let at = secs.map(|secs| Time::ZERO + Span::from_secs(secs));
        Unsettled { at, mean: 0.0118, settled_mean: 0.0123, half_width: 0.000_101 }
    }

    #[test]
    fn a_warning_says_what_to_set() {
        let warning = RunWarning::of(&unsettled(Some(1387)), Span::from_secs(600));
        assert_eq!(
            warning.message,
            "a warm-up of 10m leaves out too little: response times settle only after 24m; their \
             mean from then on is 12.3 ms (± 0.10 ms), not 11.8 ms"
        );
        assert_eq!(warning.help, "set warm_up = \"24m\"");
        let warning = RunWarning::of(&unsettled(None), Span::ZERO);
        assert!(warning.message.starts_with("the run is too short"), "{}", warning.message);
    }

    /// A run with these metrics, in whole numbers.
    fn counted(given: &[(&str, u64)]) -> Vec<Option<Value>> {
        let value = |name: &str| given.iter().find(|(known, _)| *known == name);
        let of = |metric: &crate::metric::Metric| value(metric.name).map(|(_, n)| Value::Count(*n));
        METRICS.iter().map(of).collect()
    }

    #[test]
    fn that_nothing_was_answered_is_told() {
        let vain = counted(&[
            ("requests", 1200),
            ("completed", 0),
            ("timed_out", 1190),
            ("in_flight", 10),
        ]);
        let one = counted(&[("requests", 1200), ("completed", 1)]);
        let idle = counted(&[("requests", 0), ("completed", 0)]);
        let told = |runs: &[&Metrics]| {
            RunWarning::unanswered(runs.iter().copied()).map(|warning| warning.message)
        };
        assert_eq!(told(&[&one, &idle]), None);
        let all = "no request was completed: of 1,200 sent, 1,190 timed out, 10 had not ended";
        assert_eq!(told(&[&vain]).as_deref(), Some(all));
        let some = "no request was completed in 1 of 2 runs: of 1,200 sent, 1,190 timed out, 10 had not ended";
        assert_eq!(told(&[&vain, &one]).as_deref(), Some(some));
    }

    #[test]
    fn several_runs_speak_if_most_agree() {
        let all = [unsettled(None), unsettled(Some(45)), unsettled(Some(30))];
        assert_eq!(RunWarning::of_several(&all, 6, Span::ZERO), None);
        let told = RunWarning::of_several(&all, 5, Span::ZERO).unwrap();
        assert!(told.message.starts_with("3 of 5 runs say: no warm-up"), "{}", told.message);
        assert_eq!(told.help, "set warm_up = \"45s\"");
        assert_eq!(RunWarning::of_several(&[], 1, Span::ZERO), None);
    }
}
