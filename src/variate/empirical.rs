//! Distributions given by observations.

use std::path::{Path, PathBuf};

use rand::Rng;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{DistributionEntry, Kind, ParameterError, Variate};
use crate::kernel::stream::{below, uniform};
use crate::kernel::{Span, Time};

pub(super) const ENTRY: DistributionEntry = DistributionEntry {
    name: "empirical",
    parameters: &[
        ("values", "a list of times, each as likely as the others"),
        ("quantiles", "a list of [probability, time] from 0 to 1; linear in between"),
        ("file", "a text file with one number of seconds a line, after a header or none"),
    ],
    summary: "as observed: values, quantiles, or a file of values",
    source: "the empirical distribution; inverse transform with linear interpolation: \
             Law, Simulation Modeling and Analysis, chapter 6",
    example: r#"demand.empirical = { quantiles = [[0, "1ms"], [0.5, "20ms"], [1, "1s"]] }"#,
};

/// As observed, in one of three forms.
///
/// ```
/// use std::path::Path;
///
/// use cloudsched::kernel::Span;
/// use cloudsched::variate::{Distribution, Empirical};
/// let values = vec![Span::from_secs(1), Span::from_secs(2)];
/// let demand = Distribution::Empirical(Empirical { values: Some(values), ..Empirical::default() });
/// assert_eq!(demand.compile(Path::new("")).expect("there are values").mean(), Some(1.5));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Empirical {
    /// Times, each as likely as the others.
    pub values: Option<Vec<Span>>,
    /// Pairs of a probability and the time that is not exceeded with it, from probability 0 to 1;
    /// linear in between.
    pub quantiles: Option<Vec<(f64, Span)>>,
    /// A text file with one number of seconds a line, after a header or none; relative to the
    /// scenario.
    pub file: Option<PathBuf>,
}

/// Up to so many lines the one that is drawn is found by counting.
const COUNTED: usize = 16;

/// Values that are equally likely.
#[derive(Clone, Debug)]
pub(super) struct Values(Box<[f64]>);

/// Lines between quantiles, by ascending probability.
#[derive(Clone, Debug)]
pub(super) struct Quantiles(Box<[Line]>);

#[derive(Clone, Copy, Debug)]
struct Line {
    /// The probability and the seconds at which it begins.
    from: f64,
    secs: f64,
    /// Seconds per probability.
    slope: f64,
}

impl Empirical {
    pub(super) fn compile(&self, base: &Path) -> Result<Variate, ParameterError> {
        let kind = match (&self.values, &self.quantiles, &self.file) {
            (Some(values), None, None) => {
                Values::of(values.iter().map(|value| value.as_secs_f64()).collect())
                    .map(Kind::Values)
            }
            (None, Some(points), None) => Quantiles::new(points).map(Kind::Quantiles),
            (None, None, Some(file)) => {
                read(&base.join(file)).and_then(Values::of).map(Kind::Values)
            }
            _ => {
                let message = "empirical takes exactly one of values, quantiles and file";
                return Err(ParameterError::whole(message));
            }
        };
        let key = ["values", "quantiles", "file"]
            [usize::from(self.quantiles.is_some()) + 2 * usize::from(self.file.is_some())];
        kind.map(Variate).map_err(|error| error.under(key))
    }
}

/// The numbers of seconds in a file, one a line; blank lines are passed over.
fn read(path: &Path) -> Result<Vec<f64>, ParameterError> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        ParameterError::whole(format!("cannot read `{}`: {error}", path.display()))
    })?;
    let text = text.trim_start_matches('\u{feff}');
    let mut values = Vec::new();
    for (number, line) in text.lines().map(str::trim).enumerate() {
        let header =
            number == 0 && !line.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c));
        if line.is_empty() || header {
            continue;
        }
        let secs = line.parse().ok().filter(|secs| (0.0..=Time::MAX.as_secs_f64()).contains(secs));
        values.push(secs.ok_or_else(|| {
            let place = format!("line {} of `{}`", number + 1, path.display());
            let want = "a number of seconds from 0 to 73 years";
            ParameterError::whole(format!("{place} must be {want}, and is `{line}`"))
        })?);
    }
    Ok(values)
}

impl Values {
    fn of(secs: Vec<f64>) -> Result<Self, ParameterError> {
        if secs.is_empty() {
            return Err(ParameterError::whole(
                "there must be at least one value, and there is none",
            ));
        }
        Ok(Self(secs.into_boxed_slice()))
    }

    #[inline]
    pub(super) fn sample(&self, rng: &mut (impl Rng + ?Sized)) -> f64 {
        self.0[below(rng, self.0.len() as u64) as usize]
    }

    pub(super) fn mean(&self) -> f64 {
        self.0.iter().sum::<f64>() / self.0.len() as f64
    }
}

impl Quantiles {
    fn new(points: &[(f64, Span)]) -> Result<Self, ParameterError> {
        let (Some(first), Some(last)) = (points.first(), points.last()) else {
            return Err(ParameterError::whole(
                "there must be quantiles from 0 to 1, and there are none",
            ));
        };
        if let Some(place) = points.iter().position(|point| !(0.0..=1.0).contains(&point.0)) {
            let message = format!("a probability must be from 0 to 1, and is {}", points[place].0);
            return Err(ParameterError::whole(message).under(&place));
        }
        if first.0 != 0.0 || last.0 != 1.0 {
            let message = format!(
                "quantiles must begin at probability 0 and end at 1, and go from {} to {}",
                first.0, last.0
            );
            return Err(ParameterError::whole(message));
        }
        for (place, pair) in points.windows(2).enumerate() {
            let ((p, low), (q, high)) = (pair[0], pair[1]);
            if q <= p || high < low {
                let message = format!(
                    "quantiles must ascend: [{q}, \"{high}\"] cannot follow [{p}, \"{low}\"]"
                );
                return Err(ParameterError::whole(message).under(&(place + 1)));
            }
        }
        Ok(Self(points.windows(2).map(|pair| Line::between(pair[0], pair[1])).collect()))
    }

    pub(super) fn sample(&self, rng: &mut (impl Rng + ?Sized)) -> f64 {
        let u = uniform(rng);
        // The first line begins at 0, so at least one begins at or below u. Counting costs half of
        // a search while lines are few.
        let begun = if self.0.len() <= COUNTED {
            self.0.iter().filter(|line| line.from <= u).count()
        } else {
            self.0.partition_point(|line| line.from <= u)
        };
        let line = self.0[begun - 1];
        line.secs + line.slope * (u - line.from)
    }

    pub(super) fn mean(&self) -> f64 {
        let ends = self.0.iter().skip(1).map(|line| line.from).chain([1.0]);
        let area = |(line, end): (&Line, f64)| {
            let width = end - line.from;
            width * (line.secs + line.slope * width / 2.0)
        };
        self.0.iter().zip(ends).map(area).sum()
    }
}

impl Line {
    fn between((from, low): (f64, Span), (to, high): (f64, Span)) -> Self {
        let secs = low.as_secs_f64();
        Self { from, secs, slope: (high.as_secs_f64() - secs) / (to - from) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Seed;

    fn quantiles(points: &[(f64, u64)]) -> Result<Variate, ParameterError> {
        let points = points.iter().map(|&(p, secs)| (p, Span::from_secs(secs))).collect();
        Empirical { quantiles: Some(points), ..Empirical::default() }.compile(Path::new(""))
    }

    fn refused(points: &[(f64, u64)]) -> String {
        quantiles(points).unwrap_err().to_string()
    }

    /// What a file of this content compiles to, or the message with the folder cut out.
    fn file(content: &str) -> Result<Variate, String> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("x.csv"), content).unwrap();
        let form = Empirical { file: Some("x.csv".into()), ..Empirical::default() };
        let prefix = format!("{}{}", folder.path().display(), std::path::MAIN_SEPARATOR);
        form.compile(folder.path()).map_err(|error| error.to_string().replace(&prefix, ""))
    }

    #[test]
    fn quantiles_are_joined_by_lines() {
        let variate = quantiles(&[(0.0, 1), (0.5, 3), (0.75, 3), (1.0, 7)]).unwrap();
        assert_eq!(variate.mean(), Some(0.5 * 2.0 + 0.25 * 3.0 + 0.25 * 5.0));
        let mut rng = Seed::new(1).key("empirical").stream();
        let samples: Vec<f64> = (0..10_000).map(|_| variate.sample(&mut rng)).collect();
        let threes = samples.iter().filter(|secs| **secs == 3.0).count();
        assert!((2300..2700).contains(&threes), "{threes}");
        assert!(samples.iter().all(|secs| (1.0..7.0).contains(secs)));
    }

    #[test]
    fn many_quantiles_are_searched_as_few_are_counted() {
        let few: Vec<(f64, u64)> = (0..=16).map(|i| (i as f64 / 16.0, i * i)).collect();
        // Twice the time, and each line cut in the middle.
        let fine = |&(p, secs): &(f64, u64)| (p, Span::from_secs(secs * 2));
        let mut many: Vec<(f64, Span)> = few.iter().map(fine).collect();
        many.extend(
            (0..16).map(|i| ((i as f64 + 0.5) / 16.0, Span::from_secs(2 * i * i + 2 * i + 1))),
        );
        many.sort_by(|a, b| a.0.total_cmp(&b.0));
        let many = Empirical { quantiles: Some(many), ..Empirical::default() };
        let (few, many) = (quantiles(&few).unwrap(), many.compile(Path::new("")).unwrap());
        let mut rng = Seed::new(1).key("empirical").stream();
        for _ in 0..10_000 {
            let mut same = rng.clone();
            let (one, other) = (few.sample(&mut rng), many.sample(&mut same) / 2.0);
            assert!((one - other).abs() < 1e-9, "{one} {other}");
        }
    }

    #[test]
    fn bad_quantiles_are_refused() {
        assert_eq!(
            refused(&[(0.0, 1), (0.5, 2)]),
            "quantiles: quantiles must begin at probability 0 and end at 1, and go from 0 to 0.5"
        );
        assert_eq!(
            refused(&[(0.0, 1), (1.5, 2), (1.0, 3)]),
            "quantiles.1: a probability must be from 0 to 1, and is 1.5"
        );
        assert_eq!(
            refused(&[(0.0, 5), (0.5, 2), (1.0, 9)]),
            "quantiles.1: quantiles must ascend: [0.5, \"2s\"] cannot follow [0, \"5s\"]"
        );
        assert_eq!(
            refused(&[(0.0, 1), (0.5, 2), (0.5, 3), (1.0, 4)]),
            "quantiles.2: quantiles must ascend: [0.5, \"3s\"] cannot follow [0.5, \"2s\"]"
        );
        assert!(refused(&[(f64::NAN, 1), (1.0, 2)]).starts_with("quantiles.0: a probability"));
        assert!(refused(&[(0.0, 1)]).starts_with("quantiles: quantiles must begin"));
        assert!(refused(&[]).ends_with("and there are none"));
    }

    #[test]
    fn exactly_one_form_is_taken() {
        let message = "empirical takes exactly one of values, quantiles and file";
        let compile = |form: Empirical| form.compile(Path::new("")).unwrap_err();
        assert_eq!(compile(Empirical::default()), ParameterError::whole(message));
        let two =
            Empirical { values: Some(Vec::new()), file: Some("x".into()), ..Empirical::default() };
        assert_eq!(compile(two), ParameterError::whole(message));
        let none = Empirical { values: Some(Vec::new()), ..Empirical::default() };
        assert_eq!(
            compile(none).to_string(),
            "values: there must be at least one value, and there is none"
        );
    }

    #[test]
    fn files_hold_one_number_a_line() {
        for content in ["1\n2\n\n3.0\n", "duration_s\r\n1\r\n2\r\n3e0", "\u{feff}seconds\n 1\n2\n3"]
        {
            assert_eq!(file(content).unwrap().mean(), Some(2.0), "{content:?}");
        }
        assert_eq!(
            file("duration_s\n1\nabc\n").unwrap_err(),
            "file: line 3 of `x.csv` must be a number of seconds from 0 to 73 years, and is `abc`"
        );
        for bad in ["-1", "1,5", "1\nnan", "1\ninf", "+x", "1e10"] {
            assert!(file(bad).unwrap_err().contains("must be a number of seconds"), "{bad}");
        }
        assert_eq!(
            file("duration_s\n").unwrap_err(),
            "file: there must be at least one value, and there is none"
        );
    }

    #[test]
    fn a_missing_file_is_named() {
        let form = Empirical { file: Some("none.csv".into()), ..Empirical::default() };
        let error = form.compile(Path::new("folder")).unwrap_err();
        assert_eq!(error.key, ["file"]);
        assert!(error.message.starts_with("cannot read `folder"), "{error}");
        assert!(error.message.contains("none.csv"), "{error}");
    }
}
