//! Which values of the axes make a point.

use std::collections::BTreeSet;

use super::Axis;
use crate::kernel::stream::{shuffle, uniform};
use crate::kernel::{Seed, StreamKey};
use crate::scenario::sweep::{Method, Sample};
use crate::scenario::{Node, Problem, Problems, Span};

/// How points are laid out over the axes.
#[derive(Clone, Debug)]
pub(super) enum Layout {
    /// Each value of one axis with each of the others; the last axis turns fastest.
    Product,
    /// The first values together, then the second, …
    Pair,
    /// Points at random.
    Sample {
        /// By axis: where its shares come from.
        keys: Vec<StreamKey>,
        /// By axis: the part of it in which each point lies, of as many as there are points. None
        /// if points are independent.
        strata: Option<Vec<Vec<u32>>>,
    },
}

/// Points of a sweep, at most. A guess: more than anybody waits for, and their numbers fit.
const MOST_POINTS: u64 = 10_000_000;

impl Layout {
    /// The layout and its number of points; what is wrong with it is added to `problems`, `pair` and
    /// `sample` at these places.
    pub(super) fn new(
        axes: &[Axis],
        pair: Option<Span>,
        sample: Option<(Sample, Span)>,
        seed: Seed,
        problems: &mut Problems,
    ) -> Option<(Self, u64)> {
        let laid_out = match (pair, sample) {
            (Some(span), Some(_)) => {
                Err(Problem::error(span, "`pair` and `sample` exclude each other"))
            }
            (_, Some((sample, span))) if !(1..=MOST_POINTS).contains(&sample.points) => {
                Err(Problem::error(span, format!("a sample has 1 to {MOST_POINTS} points")))
            }
            (_, Some((sample, _))) => Ok((Self::sample(axes, sample, seed), sample.points)),
            (Some(_), None) => lengths(axes)
                .and_then(|lengths| pairs(axes, &lengths))
                .map(|points| (Self::Pair, points)),
            (None, None) => lengths(axes)
                .and_then(|lengths| product(axes, &lengths))
                .map(|points| (Self::Product, points)),
        };
        laid_out.map_err(|problem| problems.push(problem)).ok()
    }

    fn sample(axes: &[Axis], sample: Sample, seed: Seed) -> Self {
        // By path, so that an axis keeps its values when another one is added.
        let key = |axis: &Axis| seed.key(&format!("sweep.{}", axis.path()));
        let keys: Vec<StreamKey> = axes.iter().map(key).collect();
        let strata = match sample.method {
            Method::Random => None,
            Method::LatinHypercube => {
                let points = u32::try_from(sample.points).expect("points are bounded");
                Some(keys.iter().map(|key| shuffled(points, *key)).collect())
            }
        };
        Self::Sample { keys, strata }
    }

    /// The values that make point `number`, one an axis.
    pub(super) fn point(&self, axes: &[Axis], number: u64) -> Vec<Node> {
        match self {
            Self::Product => {
                let mut rest = number;
                let mut values: Vec<Node> = axes
                    .iter()
                    .rev()
                    .map(|axis| {
                        let len = axis.listed().expect("a product is made of lists");
                        let value = axis.value(rest % len);
                        rest /= len;
                        value
                    })
                    .collect();
                values.reverse();
                values
            }
            Self::Pair => axes.iter().map(|axis| axis.value(number)).collect(),
            Self::Sample { keys, strata } => {
                let share = |axis: usize| {
                    let share = uniform(&mut keys[axis].draws(number));
                    let Some(strata) = strata else { return share };
                    let parts = &strata[axis];
                    (f64::from(parts[number as usize]) + share) / parts.len() as f64
                };
                axes.iter().enumerate().map(|(place, axis)| axis.at(share(place))).collect()
            }
        }
    }
}

/// How many values each axis lists.
fn lengths(axes: &[Axis]) -> Result<Vec<u64>, Problem> {
    let length = |axis: &Axis| {
        axis.listed().ok_or_else(|| {
            Problem::error(axis.span(), "only a sample takes from a range").with_help(
                "list values, or add sample = { method = \"latin-hypercube\", points = 50 }",
            )
        })
    };
    axes.iter().map(length).collect()
}

/// The number of points of axes that are walked side by side.
fn pairs(axes: &[Axis], lengths: &[u64]) -> Result<u64, Problem> {
    let first = lengths.first().copied().unwrap_or(1);
    match axes.iter().zip(lengths).find(|(_, length)| **length != first) {
        None => distinct(axes, first).map_or(Ok(first), Err),
        Some((odd, length)) => {
            let path = axes[0].path();
            let message = format!("`{path}` has {first} values and this axis {length}");
            let help = "axes that are walked side by side have as many; or leave `pair` out";
            Err(Problem::error(odd.span(), message).with_help(help))
        }
    }
}

/// What is wrong with values that stand side by side twice: both would be the same point.
fn distinct(axes: &[Axis], points: u64) -> Option<Problem> {
    let mut known = BTreeSet::new();
    let cells = |point| -> Vec<String> {
        axes.iter().map(|axis| axis.value(point).value.to_string()).collect()
    };
    let again = (0..points).find(|point| !known.insert(cells(*point)))?;
    let message = "these values stand side by side twice";
    let place = axes.first()?.value(again).span;
    Some(Problem::error(place, message).with_help("leave them out here"))
}

/// The number of points of all values with all others.
fn product(axes: &[Axis], lengths: &[u64]) -> Result<u64, Problem> {
    if let Some(problem) = axes.iter().find_map(Axis::repeated) {
        return Err(problem);
    }
    let product = lengths.iter().try_fold(1_u64, |all, one| all.checked_mul(*one));
    product.filter(|points| *points <= MOST_POINTS).ok_or_else(|| {
        let message = format!("a sweep has at most {MOST_POINTS} points");
        Problem::error(axes[0].span(), message).with_help("take a sample of them")
    })
}

/// The numbers from 0 to `count - 1` in an order at random.
fn shuffled(count: u32, key: StreamKey) -> Vec<u32> {
    let mut stream = key.stream();
    let mut numbers: Vec<u32> = (0..count).collect();
    shuffle(&mut numbers, &mut stream);
    numbers
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::experiment::Plan;
    use crate::scenario::Draft;

    const POINTS: u64 = 40;

    /// The cells of a sample of an axis of numbers, one of times and one of names.
    fn sample(method: &str, seed: u64) -> Vec<Vec<String>> {
        let text = format!(
            "seed = {seed}\n[sweep]\nsample = {{ method = \"{method}\", points = {POINTS} }}\n\
             vary.\"a\" = {{ from = 0.0, to = 1.0 }}\nvary.\"b\" = [\"x\", \"y\"]\n\
             vary.\"c\" = {{ from = \"10ms\", to = \"1s\", scale = \"log\" }}\n"
        );
        let draft = Draft::parse("a.toml", &text, Path::new("."), "a", &[]).unwrap();
        let plan = Plan::new(draft, None).unwrap();
        assert_eq!(plan.points(), POINTS);
        (0..POINTS).map(|point| plan.cells(point)).collect()
    }

    #[test]
    fn a_sample_is_the_same_each_time_and_follows_the_seed() {
        for method in ["random", "latin-hypercube"] {
            assert_eq!(sample(method, 1), sample(method, 1));
            assert_ne!(sample(method, 1), sample(method, 2));
        }
    }

    /// How many points lie in each of as many parts of the first axis.
    fn parts(cells: &[Vec<String>]) -> Vec<u32> {
        let mut counts = vec![0; cells.len()];
        for row in cells {
            counts[(row[0].parse::<f64>().unwrap() * cells.len() as f64) as usize] += 1;
        }
        counts
    }

    #[test]
    fn a_latin_hypercube_has_one_point_in_each_part_of_each_axis() {
        for seed in 0..20 {
            let cells = sample("latin-hypercube", seed);
            assert_eq!(parts(&cells), [1; POINTS as usize]);
            assert_eq!(cells.iter().filter(|row| row[1] == "x").count(), 20);
            let mut strata: Vec<u64> = cells
                .iter()
                .map(|row| {
                    let ms = row[2].parse::<crate::kernel::Span>().unwrap().as_millis_f64();
                    (libm::log10(ms / 10.0) / 2.0 * POINTS as f64) as u64
                })
                .collect();
            strata.sort_unstable();
            assert_eq!(strata, (0..POINTS).collect::<Vec<_>>());
        }
        assert!(parts(&sample("random", 1)).iter().any(|count| *count != 1));
    }
}
