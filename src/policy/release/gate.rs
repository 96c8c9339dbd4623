//! The gate of a release: whether the new version does as well as the old one.

use crate::kernel::Span;
use crate::stats::{Histogram, greater_share, longer};
use crate::variate::Variate;

/// What was seen of a version.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// Attempts that ended.
    pub ended: u64,
    /// Those of them that failed, were refused, or took longer than their callers wait.
    pub failed: u64,
    /// How long those were served that completed and whose start was not cold, calls included.
    pub service: Histogram,
}

impl Seen {
    /// What was seen since `earlier`, an earlier state of the same.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        Self {
            ended: self.ended - earlier.ended,
            failed: self.failed - earlier.failed,
            service: self.service.since(&earlier.service),
        }
    }
}

/// When a release goes on, and when it goes back.
#[derive(Clone, Debug)]
pub struct Gate {
    /// How often the new version is looked at.
    pub every: Span,
    /// The probability that a version as good as the old one is taken back, over all looks, at most.
    pub significance: f64,
    /// So many attempts at each version have to have ended before anything is said.
    pub least_requests: u64,
    /// How long the new version is looked at when all requests go to it, before the release is over.
    pub bake: Span,
    /// How long somebody takes to approve that all requests go to it; `None` if nobody has to.
    pub approval: Option<Variate>,
}

/// What a look says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Too few attempts have ended.
    TooFew,
    /// Nothing speaks against it.
    Passes,
    /// The new version fails more often, or takes longer.
    Fails,
}

impl Gate {
    /// What look number `look`, from 1 on, says of two versions.
    ///
    /// Two tests, of the share that fails and of how long service takes, each one-sided. Many looks at one stream
    /// would find something by chance, so look k spends `significance` / (k (k + 1)), half of it on each test: over all k
    /// that adds up to `significance` (the bound of Bonferroni, spent as by Lan and `DeMets`, 1983).
    pub fn verdict(&self, look: u32, old: &Seen, new: &Seen) -> Verdict {
        if old.ended.min(new.ended) < self.least_requests {
            return Verdict::TooFew;
        }
        let look = f64::from(look);
        let level = self.significance / (look * (look + 1.0)) / 2.0;
        let fails = greater_share((old.failed, old.ended), (new.failed, new.ended)) < level;
        // The normal approximation of the ranks holds for so many, whatever they are.
        let enough = old.service.count().min(new.service.count()) >= LEAST_RANKED;
        if fails || enough && longer(&old.service, &new.service) < level {
            Verdict::Fails
        } else {
            Verdict::Passes
        }
    }
}

/// Of fewer spans than this the ranks are not compared (Mann and Whitney found the approximation good from 8 on).
const LEAST_RANKED: u64 = 8;

#[cfg(test)]
mod tests {
    use super::*;

    fn gate() -> Gate {
        Gate {
            every: Span::from_secs(60),
            significance: 0.05,
            least_requests: 100,
            bake: Span::ZERO,
            approval: None,
        }
    }

    fn seen(ended: u64, failed: u64, millis: u64) -> Seen {
        let mut seen = Seen { ended, failed, ..Seen::default() };
        for n in failed..ended {
            seen.service.record(Span::from_millis(millis + n % 50));
        }
        seen
    }

    #[test]
    fn too_few_say_nothing() {
        assert_eq!(gate().verdict(1, &seen(1000, 0, 10), &seen(99, 99, 10)), Verdict::TooFew);
        assert_eq!(gate().verdict(1, &seen(99, 0, 10), &seen(1000, 900, 10)), Verdict::TooFew);
    }

    /// Of 1000 each, 10 against 23, 24, 28 and 29 have p-values of 0.0168, 0.0116, 0.0023 and 0.0015. The level of a test is 0.0125
    /// at look 1 and 0.0021 at look 3.
    #[test]
    fn the_level_is_spent_by_looks() {
        let old = seen(1000, 10, 10);
        let verdict = |look, failed| gate().verdict(look, &old, &seen(1000, failed, 10));
        assert_eq!((verdict(1, 23), verdict(1, 24)), (Verdict::Passes, Verdict::Fails));
        assert_eq!((verdict(3, 28), verdict(3, 29)), (Verdict::Passes, Verdict::Fails));
    }

    #[test]
    fn what_is_slower_fails_and_what_is_faster_passes() {
        assert_eq!(gate().verdict(1, &seen(500, 0, 10), &seen(500, 0, 20)), Verdict::Fails);
        assert_eq!(gate().verdict(1, &seen(500, 0, 20), &seen(500, 0, 10)), Verdict::Passes);
        assert_eq!(gate().verdict(1, &seen(500, 0, 10), &seen(500, 0, 10)), Verdict::Passes);
    }
}
