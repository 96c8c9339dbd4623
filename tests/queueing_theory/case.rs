//! A case: a scenario, what theory says of it, and what independent replications give.

use std::path::Path;

use cloudsched::kernel::Seed;
use cloudsched::metric::{RunOutcome, Value};
use cloudsched::scenario::load_text;
use cloudsched::stats::{Interval, t_quantile};
use cloudsched::world::{Specification, run};
use rayon::prelude::*;

/// How many standard errors the mean may be from theory.
pub const MOST_ERRORS: f64 = 4.0;
/// How large the standard error may be, as a share of the value.
const LARGEST_ERROR: f64 = 0.01;
/// The error of a quantile read off a histogram, as a share of the value.
const HISTOGRAM: f64 = 1.0 / 256.0;
/// Enough that four standard errors are rarely passed by chance: Student's t with 31 degrees of
/// freedom is outside ±4 once in 2,700.
const REPLICATIONS: u64 = 32;

type Measure = Box<dyn Fn(&RunOutcome) -> f64 + Send + Sync>;

/// One quantity of a case.
pub struct Check {
    pub quantity: String,
    measure: Measure,
    pub theory: f64,
    /// How far the measure may be off in every replication alike.
    resolution: f64,
    pub source: &'static str,
}

/// A scenario and what theory says of it.
pub struct Case {
    pub name: String,
    scenario: String,
    pub checks: Vec<Check>,
}

/// What the replications gave for a check.
pub struct Row {
    pub mean: f64,
    pub error: f64,
}

/// The value of a metric; a test that asks for one that is not there is wrong.
fn value(metrics: &[(&'static str, Option<Value>)], name: &str) -> f64 {
    let found = metrics.iter().find(|(metric, _)| *metric == name);
    let (_, value) = found.unwrap_or_else(|| panic!("there is no metric {name}"));
    value.unwrap_or_else(|| panic!("{name} is not defined")).as_f64()
}

/// A metric of the run as a whole.
pub fn of_run(outcome: &RunOutcome, metric: &str) -> f64 {
    value(&outcome.metrics(), metric)
}

/// A metric of a service.
pub fn of_service(outcome: &RunOutcome, service: &str, metric: &str) -> f64 {
    let found = outcome.services.iter().find(|named| named.name == service).expect(service);
    value(&outcome.request_metrics(&found.of), metric)
}

/// A metric of a platform.
pub fn of_platform(outcome: &RunOutcome, platform: &str, metric: &str) -> f64 {
    let found = outcome.platforms.iter().find(|named| named.name == platform).expect(platform);
    value(&outcome.platform_metrics(&found.of), metric)
}

/// The specification that a text describes.
pub fn specification(name: &str, text: &str) -> Specification {
    let loaded = load_text(name, text, Path::new(""), "case", &[]);
    let loaded = loaded.unwrap_or_else(|error| panic!("{name}:\n{text}\n{}", error.render(false)));
    assert!(loaded.problems.is_empty(), "{}", loaded.problems.render(&loaded.sources, false));
    loaded.specification
}

/// Replication `number` of the case called `name`, whose seed is a function of its name.
pub fn replication(name: &str, number: u64) -> Seed {
    Seed::new(Seed::new(1).key(name).number()).replication(number)
}

impl Case {
    pub fn new(name: impl Into<String>, scenario: String) -> Self {
        Self { name: name.into(), scenario, checks: Vec::new() }
    }

    /// Checks a quantity.
    pub fn measure(
        mut self,
        quantity: impl Into<String>,
        theory: f64,
        source: &'static str,
        measure: impl Fn(&RunOutcome) -> f64 + Send + Sync + 'static,
    ) -> Self {
        let (quantity, measure) = (quantity.into(), Box::new(measure));
        self.checks.push(Check { quantity, measure, theory, resolution: 0.0, source });
        self
    }

    /// Checks a metric of the run as a whole.
    pub fn run(self, metric: &'static str, theory: f64, source: &'static str) -> Self {
        self.measure(metric, theory, source, move |outcome| of_run(outcome, metric))
    }

    /// Checks a quantile, which is known to the resolution of the histogram.
    pub fn quantile(mut self, metric: &'static str, theory: f64, source: &'static str) -> Self {
        self = self.run(metric, theory, source);
        let check = self.checks.last_mut().expect("it was just pushed");
        check.resolution = HISTOGRAM * theory;
        self
    }

    /// Checks a metric of a service.
    pub fn service(
        self,
        service: &'static str,
        metric: &'static str,
        theory: f64,
        source: &'static str,
    ) -> Self {
        let measure = move |outcome: &RunOutcome| of_service(outcome, service, metric);
        self.measure(format!("{metric} of {service}"), theory, source, measure)
    }

    /// Checks a metric of a platform.
    pub fn platform(
        self,
        platform: &'static str,
        metric: &'static str,
        theory: f64,
        source: &'static str,
    ) -> Self {
        let measure = move |outcome: &RunOutcome| of_platform(outcome, platform, metric);
        self.measure(format!("{metric} of {platform}"), theory, source, measure)
    }
}

/// Runs all replications of all cases: a row for each check of each.
pub fn rows(cases: &[Case]) -> Vec<Vec<Row>> {
    let texts = cases.iter().map(|case| specification(&case.name, &case.scenario));
    let specifications: Vec<Specification> = texts.collect();
    let jobs: Vec<(usize, u64)> =
        (0..cases.len()).flat_map(|case| (0..REPLICATIONS).map(move |r| (case, r))).collect();
    let measured: Vec<Vec<f64>> = jobs
        .into_par_iter()
        .map(|(case, r)| {
            let seed = replication(&cases[case].name, r);
            let outcome = run(&specifications[case], seed, None, None);
            cases[case].checks.iter().map(|check| (check.measure)(&outcome)).collect()
        })
        .collect();
    let of_case = measured.chunks(REPLICATIONS as usize);
    cases.iter().zip(of_case).map(|(case, runs)| summaries(case, runs)).collect()
}

fn summaries(case: &Case, runs: &[Vec<f64>]) -> Vec<Row> {
    let summary = |check: usize| {
        let values: Vec<f64> = runs.iter().map(|run| run[check]).collect();
        let (mean, error) = mean_and_error(&values);
        Row { mean, error }
    };
    (0..case.checks.len()).map(summary).collect()
}

/// The mean of independent values and its standard error.
pub fn mean_and_error(values: &[f64]) -> (f64, f64) {
    let interval = Interval::of(values, 0.95).expect("two or more finite values");
    (interval.mean, interval.half_width / t_quantile(0.95, values.len() as f64 - 1.0))
}

impl Check {
    /// How many standard errors the mean is from theory, or from what of theory its resolution
    /// leaves open.
    pub fn distance(&self, row: &Row) -> f64 {
        let off = row.mean - self.theory;
        let beyond = (off.abs() - self.resolution).max(0.0).copysign(off);
        if beyond == 0.0 { 0.0 } else { beyond / row.error }
    }

    fn fault(&self, row: &Row) -> Option<String> {
        let distance = self.distance(row);
        let share = row.error / row.mean.abs();
        let wide = row.error > 0.0 && share > LARGEST_ERROR;
        let far = distance.abs() > MOST_ERRORS;
        (wide || far).then(|| {
            format!(
                "{}: {} by theory, {} ± {} measured ({distance:.2} standard errors away; the error \
                 is {:.2} %)",
                self.quantity,
                self.theory,
                row.mean,
                row.error,
                100.0 * share
            )
        })
    }
}

/// Fails with all that is not as theory says.
pub fn assert_all(cases: &[Case], rows: &[Vec<Row>]) {
    let mut faults = Vec::new();
    for (case, rows) in cases.iter().zip(rows) {
        let found = case.checks.iter().zip(rows).filter_map(|(check, row)| check.fault(row));
        faults.extend(found.map(|fault| format!("{}: {fault}", case.name)));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
