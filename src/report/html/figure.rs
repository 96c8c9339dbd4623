//! Metrics as the page shows them.

use super::table::Cell;
use crate::metric::{METRICS, Metric, Of, Unit};
use crate::report::Estimate;
use crate::report::chart::label;
use crate::report::chart::summary::Summary;
use crate::report::number::{count, significant};

/// A metric at each point.
#[derive(Clone, Debug)]
pub(super) struct Figure {
    /// Its name.
    pub(super) name: String,
    /// The estimate at each point, and how many runs there were.
    estimates: Vec<(Option<Estimate>, u64)>,
}

impl Figure {
    /// The metric `name`, whose means stand in `column`; `None` if it is defined at no point.
    pub(super) fn of(summary: &Summary, name: &str, column: &str) -> Option<Self> {
        let means = summary.column(column)?;
        let whole = |name: &str| summary.column(name).unwrap_or_else(|| vec![None; means.len()]);
        let half_widths = whole(&format!("{name}_half_width"));
        let (counts, runs) = (whole(&format!("{name}_n")), whole("replications"));
        let estimate = |point: usize| {
            let runs = runs[point].unwrap_or(0.0) as u64;
            let estimate = means[point].map(|mean| Estimate {
                mean,
                half_width: half_widths[point],
                n: counts[point].map_or(runs, |n| n as u64),
            });
            (estimate, runs)
        };
        let estimates: Vec<_> = (0..means.len()).map(estimate).collect();
        let defined = estimates.iter().any(|(estimate, _)| estimate.is_some());
        defined.then(|| Self { name: name.to_owned(), estimates })
    }

    /// Its name in words, with the unit.
    pub(super) fn title(&self) -> String {
        title(&self.name)
    }

    /// Whether it says nothing: it is zero wherever it is defined.
    pub(super) fn is_zero(&self) -> bool {
        self.estimates.iter().all(|(estimate, _)| estimate.is_none_or(|of| of.mean == 0.0))
    }

    /// Mean ± half-width at a point, and of how many runs if not all of them have the metric; sorted
    /// by the mean.
    pub(super) fn cell(&self, point: usize) -> Cell {
        let (Some(estimate), runs) = self.estimates[point] else { return Cell::missing() };
        let mut html = shown(&self.name, estimate);
        if estimate.n != runs {
            html += &format!("<span class=\"half-width\"> ({} of {runs} runs)</span>", estimate.n);
        }
        Cell::number(html, estimate.mean)
    }
}

/// Mean ± half-width in the unit of the title; of one run, a number of things as a whole number.
fn shown(name: &str, estimate: Estimate) -> String {
    let factor = factor(name);
    let half_width = estimate.half_width.map(|half_width| half_width * factor);
    let (mean, half_width) =
        Estimate { mean: estimate.mean * factor, half_width, ..estimate }.shown();
    let things = Unit::of(name).words == Unit::of("requests").words && !name.ends_with("_mean");
    match half_width {
        Some(half_width) => format!("{mean}<span class=\"half-width\"> ± {half_width}</span>"),
        None if things && estimate.mean >= 0.0 && estimate.mean.fract() == 0.0 => {
            count(estimate.mean as u64)
        }
        None => mean,
    }
}

/// A metric by its name, if the program has it.
pub(super) fn metric(name: &str) -> Option<&'static Metric> {
    METRICS.iter().find(|metric| metric.name == name)
}

/// What a metric is, in a sentence; empty if it is unknown.
pub(super) fn meaning(name: &str) -> &'static str {
    if name.ends_with("_pooled") {
        return "The percentile over the requests of all runs of a point together.";
    }
    metric(name).map_or("", |metric| metric.summary)
}

fn is_share(name: &str) -> bool {
    name.ends_with("_fraction") || name.ends_with("utilisation")
}

fn factor(name: &str) -> f64 {
    if is_share(name) { 100.0 } else { 1.0 }
}

/// A metric in words, with its unit: shares are percentages.
pub(super) fn title(name: &str) -> String {
    if let Some(of) = name.strip_suffix("_pooled") {
        return format!("pooled {}", label::metric(of));
    }
    label::metric(name) + if is_share(name) { " (%)" } else { "" }
}

/// A number of a metric in the unit of its title.
pub(super) fn plain(name: &str, value: f64) -> String {
    significant(value * factor(name), 4)
}

/// A value of a metric and its half-width in the unit of its title.
pub(super) fn with_half_width(name: &str, mean: f64, half_width: f64) -> (String, String) {
    let factor = factor(name);
    crate::report::number::mean_and_half_width(mean * factor, half_width * factor)
}

/// The headings under which metrics stand, in order.
pub(super) const GROUPS: [&str; 6] = [
    "Requests",
    "Times",
    "Percentiles over all runs of a point together",
    "Cold starts",
    "Platforms",
    "Cost",
];

/// The number of the heading of a metric.
pub(super) fn group(name: &str) -> usize {
    let begins = |start: &str| name.starts_with(start);
    let of_request =
        metric(name).is_none_or(|metric| matches!(metric.of, Of::Requests(_) | Of::Quantile(_)));
    match () {
        () if name.ends_with("_pooled") => 2,
        () if begins("cost_") => 5,
        () if begins("cold_start") || begins("warm_start") => 3,
        () if !of_request => 4,
        () if Unit::of(name).symbol == "ms" => 1,
        () => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_have_units() {
        for (name, expected) in [
            ("response_ms_p99", "p99 response time (ms)"),
            ("response_ms_p99_pooled", "pooled p99 response time (ms)"),
            ("cold_start_fraction", "cold start fraction (%)"),
            ("host_cpu_utilisation", "host cpu utilisation (%)"),
            ("requests", "requests"),
        ] {
            assert_eq!(title(name), expected);
        }
        assert_eq!(plain("utilisation", 0.5), "50.00");
    }

    #[test]
    fn things_are_counted_and_measures_are_not() {
        let of = |name, mean, half_width| shown(name, Estimate { mean, half_width, n: 1 });
        assert_eq!(of("failed", 44.0, None), "44");
        assert_eq!(of("instances_mean", 44.0, None), "44.00");
        assert_eq!(of("response_ms_p99", 44.0, None), "44.00");
        let both = "44.0<span class=\"half-width\"> ± 2.0</span>";
        assert_eq!(of("failed", 44.0, Some(2.0)), both);
    }

    #[test]
    fn every_metric_has_its_group() {
        let of = |name| GROUPS[group(name)];
        assert_eq!(of("requests"), "Requests");
        assert_eq!(of("waiting_ms_p50"), "Times");
        assert_eq!(of("warm_starts"), "Cold starts");
        assert_eq!(of("queue_length_max"), "Platforms");
        assert_eq!(of("cost_usd"), "Cost");
        assert_eq!(of("a_metric_of_tomorrow"), "Requests");
    }
}
