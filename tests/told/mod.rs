//! What a run tells, as text.

use cloudsched::metric::{InstanceRow, Recorder, RequestRow, RunOutcome, SeriesRow, Value};

/// Metrics as text, so exact that equal texts are equal numbers.
pub(crate) fn text(metrics: &[(&'static str, Option<Value>)]) -> String {
    let line = |(name, value): &(&str, Option<Value>)| match value {
        None => format!("{name} = null\n"),
        Some(Value::Count(count)) => format!("{name} = {count}\n"),
        Some(Value::Real(real)) => format!("{name} = {real:?}\n"),
    };
    metrics.iter().map(line).collect()
}

/// Every part of a run that has figures, by name, with its metrics as text.
pub(crate) fn parts(outcome: &RunOutcome) -> Vec<(String, String)> {
    let requests = [
        ("client", &outcome.clients),
        ("service", &outcome.services),
        ("member", &outcome.members),
    ];
    let mut parts = Vec::new();
    for (kind, figures) in requests {
        parts.extend(figures.iter().map(|named| {
            (format!("{kind} {}", named.name), text(&outcome.request_metrics(&named.of)))
        }));
    }
    parts.extend(outcome.platforms.iter().map(|named| {
        (format!("platform {}", named.name), text(&outcome.platform_metrics(&named.of)))
    }));
    parts
}

/// Keeps all rows as text.
#[derive(Default)]
pub(crate) struct Rows(pub(crate) Vec<String>);

impl Recorder for Rows {
    fn request(&mut self, row: &RequestRow<'_>) {
        self.0.push(format!("{row:?}"));
    }

    fn sample(&mut self, row: &SeriesRow<'_>) {
        self.0.push(format!("{row:?}"));
    }

    fn levels(&mut self, row: &SeriesRow<'_>) {
        self.0.push(format!("{row:?}"));
    }

    fn period(&mut self, row: &InstanceRow<'_>) {
        self.0.push(format!("{row:?}"));
    }
}
