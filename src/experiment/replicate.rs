//! Replications: one scenario, other seeds.

use std::any::Any;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use rayon::prelude::*;

use crate::kernel::Seed;
use crate::metric::RunOutcome;
use crate::world::{self, Specification};

/// One run of several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replication {
    /// Its number, from 0.
    pub number: u64,
    /// Its seed; a run with this seed is this replication again.
    pub seed: Seed,
}

/// A run that came to no result: what its scenario does not let end, which no check could tell beforehand, or a defect of the
/// program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Panicked {
    /// Which run.
    pub replication: Replication,
    /// What it said.
    pub message: String,
}

impl fmt::Display for Panicked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Replication { number, seed } = self.replication;
        write!(f, "replication {number} (seed {}) failed: {}", seed.number(), self.message)
    }
}

impl std::error::Error for Panicked {}

/// Does `run` for replications 0 to `replications - 1` of `seed`, on as many threads as rayon has.
/// The results are in the order of the replications whatever thread made them. A replication that
/// panics is told of in its place; the others go on.
///
/// ```
/// use cloudsched::experiment::replicate;
/// use cloudsched::kernel::Seed;
/// let seeds = replicate(Seed::new(7), 3, |replication| replication.seed.number());
/// assert_eq!(seeds[0], Ok(7));
/// assert_eq!(seeds[2], Ok(Seed::new(7).replication(2).number()));
/// ```
pub fn replicate<T: Send>(
    seed: Seed,
    replications: u64,
    run: impl Fn(Replication) -> T + Sync,
) -> Vec<Result<T, Panicked>> {
    let all: Vec<_> = (0..replications)
        .map(|number| Replication { number, seed: seed.replication(number) })
        .collect();
    let caught = |replication: Replication| {
        // What a run shares with others it only reads, so nothing is left in a state between two.
        catch_unwind(AssertUnwindSafe(|| run(replication)))
            .map_err(|payload| Panicked { replication, message: message(payload.as_ref()) })
    };
    all.into_par_iter().with_max_len(1).map(caught).collect()
}

/// Runs `specification` so many times; see [`replicate`].
///
/// ```
/// use cloudsched::experiment::run_replications;
/// # use std::path::Path;
/// # let text = r#"
/// #     horizon = "1m"
/// #     [client.users]
/// #     service = "web"
/// #     arrivals.poisson = { rate = "5/s" }
/// #     [service.web]
/// #     platform = "pool"
/// #     demand.exponential = { mean = "100ms" }
/// #     [platform.pool]
/// #     kind = "servers"
/// #     servers = 1
/// # "#;
/// # let loaded = cloudsched::scenario::load_text("a.toml", text, Path::new("."), "a", &[]).unwrap();
/// let outcomes = run_replications(&loaded.specification, loaded.seed, 4);
/// assert!(outcomes.iter().all(Result::is_ok));
/// ```
pub fn run_replications(
    specification: &Specification,
    seed: Seed,
    replications: u64,
) -> Vec<Result<RunOutcome, Panicked>> {
    replicate(seed, replications, |replication| {
        world::run(specification, replication.seed, None, None)
    })
}

/// What a panic said.
pub(super) fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("a panic without a message").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn threads(number: usize) -> rayon::ThreadPool {
        rayon::ThreadPoolBuilder::new().num_threads(number).build().unwrap()
    }

    #[test]
    fn results_are_in_order_whatever_the_threads() {
        let seeds = |pool: &rayon::ThreadPool| {
            pool.install(|| replicate(Seed::new(3), 100, |replication| replication))
        };
        let one = seeds(&threads(1));
        assert_eq!(one, seeds(&threads(4)));
        for (number, result) in (0_u64..).zip(one) {
            let seed = Seed::new(3).replication(number);
            assert_eq!(result, Ok(Replication { number, seed }));
        }
    }

    #[test]
    fn a_panic_is_told_and_the_others_go_on() {
        let results = replicate(Seed::new(1), 5, |replication| {
            assert!(replication.number != 2, "no {}", replication.number);
            replication.number
        });
        let panicked = results[2].as_ref().unwrap_err();
        assert_eq!(panicked.replication.seed, Seed::new(1).replication(2));
        assert_eq!(panicked.message, "no 2");
        let seed = panicked.replication.seed.number();
        assert_eq!(panicked.to_string(), format!("replication 2 (seed {seed}) failed: no 2"));
        let others: Vec<_> = results.into_iter().filter_map(Result::ok).collect();
        assert_eq!(others, [0, 1, 3, 4]);
    }
}
