//! How sure the figures of one run are, for people.

use super::estimate::CONFIDENCE;
use super::number::{count, span};
use crate::kernel::Span;
use crate::metric::{Batches, RunOutcome};
use crate::stats::batch::NoInterval;

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
