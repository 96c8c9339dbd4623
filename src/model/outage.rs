//! When faults hit: at given times, or each of those that they may hit for itself, by chance.
//!
//! A fault goes on hitting whom it may hit whether anybody is there or not, and whatever policies do. Its chance has
//! its own name and that of whom it hits, so the same bad luck meets every policy.

use crate::kernel::{Id, Seed, Span, StreamKey, Time};
use crate::variate::Variate;

/// When a fault hits, and how long for.
#[derive(Clone, Debug)]
pub struct FaultTimes {
    /// The name of the fault; the start of its streams.
    pub name: String,
    /// When it hits all of them, ascending; not looked at where there is a time `between`.
    pub at: Vec<Time>,
    /// How long each of them works from the start, or from the end of the last time, until it is hit.
    pub between: Option<Variate>,
    /// How long it takes; for ever if it is `None`.
    pub lasts: Option<Variate>,
}

/// Names the kind of an [`Id`]: somebody under a fault.
#[derive(Debug)]
pub enum OutageKind {}
/// The number of somebody under a fault on its platform.
pub type OutageId = Id<OutageKind>;

/// Somebody under a fault, which may hit again and again.
#[derive(Clone, Debug)]
pub struct Outage<T> {
    /// The number of the fault.
    pub fault: usize,
    /// Whom it hits.
    pub target: T,
    /// How often it has hit.
    count: u64,
    gaps: StreamKey,
    lengths: StreamKey,
}

/// What comes next of a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// It hits then.
    Hits(Time),
    /// It has hit, and is over then.
    Ends(Time),
    /// It hits no more.
    Nothing,
}

impl<T> Outage<T> {
    /// A fault with these times and this number, which has not hit yet; `name` is that of the target in its streams.
    pub fn new(
        (fault, times): (usize, &FaultTimes),
        target: T,
        name: impl std::fmt::Display,
        seed: Seed,
    ) -> Self {
        let key = |what| seed.key(&format!("fault.{}.{name}.{what}", times.name));
        Self { fault, target, count: 0, gaps: key("between"), lengths: key("lasts") }
    }

    /// When the fault hits next, at `from` or later, if it ever does. What would have come during the last time is over
    /// with that.
    pub fn next(&mut self, times: &FaultTimes, from: Time) -> Option<Time> {
        let at = if let Some(between) = &times.between {
            from.plus(between.span(&mut self.gaps.draws(self.count)))
        } else {
            let past = times.at.iter().take_while(|at| **at < from).count() as u64;
            self.count = self.count.max(past);
            *times.at.get(self.count as usize)?
        };
        (at < Time::MAX).then_some(at)
    }

    /// The fault hits: how long for, or for ever.
    pub fn hit(&mut self, times: &FaultTimes) -> Option<Span> {
        let lasts = times.lasts.as_ref();
        let lasts = lasts.map(|lasts| lasts.span(&mut self.lengths.draws(self.count)));
        self.count += 1;
        lasts
    }

    /// Goes through what happened until `now` to a target that was not there; each time begins with a `notice`.
    pub fn catch_up(&mut self, times: &FaultTimes, notice: Span, now: Time) -> Next {
        let mut from = Time::ZERO;
        while let Some(at) = self.next(times, from) {
            if at > now {
                return Next::Hits(at);
            }
            from = self.hit(times).map_or(at, |lasts| at.plus(notice).plus(lasts));
            if from > now {
                return Next::Ends(from);
            }
        }
        Next::Nothing
    }
}

#[cfg(test)]
mod tests {
    use super::{FaultTimes, Next, Outage};
    use crate::kernel::{Seed, Span, Time};
    use crate::variate::Variate;

    fn at(secs: u64) -> Time {
        Time::ZERO + Span::from_secs(secs)
    }

    fn times(at_secs: &[u64], between: Option<u64>, lasts: Option<u64>) -> FaultTimes {
        let constant = |secs| Variate::constant(Span::from_secs(secs));
        FaultTimes {
            name: "f".to_owned(),
            at: at_secs.iter().map(|secs| at(*secs)).collect(),
            between: between.map(constant),
            lasts: lasts.map(constant),
        }
    }

    fn outage(times: &FaultTimes) -> Outage<()> {
        Outage::new((0, times), (), "x", Seed::new(1))
    }

    /// From 10 to 25 s: what would have come at 20 is over with that, the one at 40 comes.
    #[test]
    fn times_within_an_outage_are_over_with_it() {
        let times = times(&[10, 20, 40], None, Some(15));
        let mut outage = outage(&times);
        assert_eq!(outage.next(&times, at(0)), Some(at(10)));
        assert_eq!(outage.hit(&times), Some(Span::from_secs(15)));
        assert_eq!(outage.next(&times, at(25)), Some(at(40)));
        outage.hit(&times);
        assert_eq!(outage.next(&times, at(55)), None);
    }

    /// 10 s of work, then 5 s without: from 10 to 15, 25 to 30 and so on. With a notice of 2 s: 10 to 17, 27 to 34.
    #[test]
    fn who_comes_later_is_under_what_would_have_hit_before() {
        let times = times(&[], Some(10), Some(5));
        for (notice, now, next) in [
            (0, 9, Next::Hits(at(10))),
            (0, 10, Next::Ends(at(15))),
            (0, 15, Next::Hits(at(25))),
            (0, 29, Next::Ends(at(30))),
            (2, 16, Next::Ends(at(17))),
            (2, 17, Next::Hits(at(27))),
        ] {
            let next_is = outage(&times).catch_up(&times, Span::from_secs(notice), at(now));
            assert_eq!(next_is, next, "{notice} {now}");
        }
    }

    /// What never ends hits again who takes the place of the last one, and holds nobody who comes later.
    #[test]
    fn what_never_ends_holds_nobody_who_comes_later() {
        let times = times(&[10, 20], None, None);
        let mut outage = outage(&times);
        assert_eq!(outage.catch_up(&times, Span::ZERO, at(10)), Next::Hits(at(20)));
        assert_eq!(outage.hit(&times), None);
        assert_eq!(outage.next(&times, at(20)), None);
    }
}
