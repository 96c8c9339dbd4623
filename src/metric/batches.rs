//! The measured time of one run in parts, and intervals from them.
//!
//! A part is what was observed between two moments: the difference of two states of the figures of the
//! run, which go on as if nobody looked. So the parts add up to the run, and each metric of a part comes from the
//! same catalogue as that of the run. The statistics are in [`crate::stats::batch`].

use super::{Metric, Observed, Of, Value};
use crate::kernel::Span;
use crate::stats::batch::{BATCHES, NoInterval, SLICES, half_width, quantile_half_width};

/// Observations of a batch at least, on average. A guess: means of so many are nearly normal.
const LEAST_A_BATCH: u64 = 50;

/// The slices of a run, in order; two neighbours are a batch.
#[derive(Clone, Debug, Default)]
pub struct Batches {
    slices: Vec<Observed>,
    /// Two slices each: the batches.
    pairs: Vec<Observed>,
    /// The states of the run at the end of the last slice and of the last batch.
    last: [Observed; 2],
}

impl Batches {
    /// The next slice ends with the run in the state `now`.
    pub(crate) fn end_slice(&mut self, now: Observed) {
        let [slice, batch] = &mut self.last;
        self.slices.push(now.since(slice));
        if self.slices.len().is_multiple_of(2) {
            self.pairs.push(now.since(batch));
            batch.clone_from(&now);
        }
        *slice = now;
    }

    /// How many slices have ended.
    pub fn slices(&self) -> usize {
        self.slices.len()
    }

    /// How many batches there are; `None` if the run ended before it had all of them.
    pub fn count(&self) -> Option<u64> {
        (self.slices.len() == SLICES).then_some(BATCHES as u64)
    }

    /// The half-width of the interval at `confidence` of a metric of the run, all of which is `whole`;
    /// `None` where batches make no sense, or the metric is not defined.
    pub fn half_width(
        &self,
        metric: &Metric,
        whole: &Observed,
        confidence: f64,
    ) -> Option<Result<f64, NoInterval>> {
        let observations = metric.averaged()?(whole);
        let value = whole.value(metric)?.as_f64();
        if observations < LEAST_A_BATCH * BATCHES as u64 || self.count().is_none() {
            return Some(Err(NoInterval::TooFew));
        }
        if let Of::Quantile((spans, fraction)) = metric.of {
            let slices: Vec<_> = self.slices.iter().map(|part| spans(&part.requests)).collect();
            let half = quantile_half_width(&slices, spans(&whole.requests), fraction, confidence);
            return Some(half.map(Span::as_millis_f64));
        }
        let values = |parts: &[Observed]| -> Vec<f64> {
            let value = |part: &Observed| part.value(metric).map_or(f64::NAN, Value::as_f64);
            parts.iter().map(value).collect()
        };
        Some(half_width(&values(&self.slices), &values(&self.pairs), value, confidence))
    }
}
