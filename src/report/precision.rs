//! How sure the figures of one run are, and whether it had settled, for people.

use std::fmt;

use super::estimate::CONFIDENCE;
use super::number::{count, half_width_millis, millis, span};
use crate::kernel::{Span, Time};
use crate::metric::{Batches, RunOutcome};
use crate::stats::batch::NoInterval;
use crate::stats::mser::Unsettled;

/// The intervals of a run by batch means.
pub(super) struct Precision {
    half_widths: Vec<(&'static str, Option<Result<f64, NoInterval>>)>,
    /// How many batches there are, if any metric that is shown has an interval.
    batches: Option<u64>,
}

impl Precision {
    /// Of a run.
    pub(super) fn of(outcome: &RunOutcome) -> Self {
        let half_widths = outcome.half_widths(CONFIDENCE);
        let any = half_widths.iter().any(|(_, half_width)| matches!(half_width, Some(Ok(_))));
        let batches = outcome.batches.as_ref().and_then(Batches::count);
        Self { half_widths, batches: batches.filter(|_| any) }
    }

    /// The half-width of the metric `name` as `show` shows it, or why there is none; empty if none is to
    /// be expected.
    pub(super) fn shown(&self, name: &str, show: impl Fn(f64) -> String) -> String {
        let found = self.half_widths.iter().find(|(known, _)| *known == name);
        match found.and_then(|(_, half_width)| *half_width).filter(|_| self.batches.is_some()) {
            Some(Ok(half_width)) => show(half_width),
            Some(Err(NoInterval::TooFew)) => "too few".to_owned(),
            Some(Err(NoInterval::Correlated)) => "correlated".to_owned(),
            Some(Err(NoInterval::Constant)) | None => String::new(),
        }
    }

    /// What the intervals are, or why there are none; empty where none are to be expected.
    pub(super) fn told(&self, measured: Span) -> String {
        let why = |why| self.half_widths.iter().any(|(_, half)| *half == Some(Err(why)));
        let no = |reason| format!("no ± 95 %: {reason}; run longer, or use --replications");
        match self.batches {
            Some(batches) => {
                let each = Span::from_nanos(measured.as_nanos() / batches);
                let batches = count(batches);
                format!("± 95 % by batch means: {batches} batches of {}", span(each))
            }
            None if why(NoInterval::Correlated) => no("parts of the run are correlated"),
            None if why(NoInterval::TooFew) => no("too few requests for batch means"),
            None => String::new(),
        }
    }
}

/// A warning about the warm-up of a run: what is wrong, and what would be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WarmUpWarning {
    /// What is wrong: a sentence with neither capital nor full stop.
    pub message: String,
    /// What would be right.
    pub help: String,
}

/// On one line.
impl fmt::Display for WarmUpWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.message, self.help)
    }
}

impl WarmUpWarning {
    /// About a run of which so much was left out.
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

    /// About several runs, those of them that have not settled and so many in all: if most have
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
        let warning = WarmUpWarning::of(&unsettled(Some(1387)), Span::from_secs(600));
        assert_eq!(
            warning.message,
            "a warm-up of 10m leaves out too little: response times settle only after 24m; their \
             mean from then on is 12.3 ms (± 0.10 ms), not 11.8 ms"
        );
        assert_eq!(warning.help, "set warm_up = \"24m\"");
        let warning = WarmUpWarning::of(&unsettled(None), Span::ZERO);
        assert!(warning.message.starts_with("the run is too short"), "{}", warning.message);
    }

    #[test]
    fn several_runs_speak_if_most_agree() {
        let all = [unsettled(None), unsettled(Some(45)), unsettled(Some(30))];
        assert_eq!(WarmUpWarning::of_several(&all, 6, Span::ZERO), None);
        let told = WarmUpWarning::of_several(&all, 5, Span::ZERO).unwrap();
        assert!(told.message.starts_with("3 of 5 runs say: no warm-up"), "{}", told.message);
        assert_eq!(told.help, "set warm_up = \"45s\"");
        assert_eq!(WarmUpWarning::of_several(&[], 1, Span::ZERO), None);
    }
}
