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
    /// How long before whom it hits is gone that is known; no time is without a word.
    pub notice: Span,
    /// How long it takes from then on; for ever if it is `None`.
    pub lasts: Option<Variate>,
}

/// What comes of a time that a fault hits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit {
    /// When whom it hits is gone: the notice is over.
    pub gone: Time,
    /// When the fault is over; `None` is never.
    pub over: Option<Time>,
}

impl Hit {
    /// From when on the fault may hit again, whoever is there then.
    pub fn again(self) -> Time {
        self.over.unwrap_or(self.gone)
    }
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
    /// with that. By chance it is a nanosecond later at least, so that time goes on.
    pub fn next(&mut self, times: &FaultTimes, from: Time) -> Option<Time> {
        let at = if let Some(between) = &times.between {
            let works = between.span(&mut self.gaps.draws(self.count));
            from.plus(works.max(Span::from_nanos(1)))
        } else {
            let past = times.at.iter().take_while(|at| **at < from).count() as u64;
            self.count = self.count.max(past);
            *times.at.get(self.count as usize)?
        };
        (at < Time::MAX).then_some(at)
    }

    /// The fault hits at `at`.
    pub fn hit(&mut self, times: &FaultTimes, at: Time) -> Hit {
        let gone = at.plus(times.notice);
        let lasts = times.lasts.as_ref();
        let over = lasts.map(|lasts| gone.plus(lasts.span(&mut self.lengths.draws(self.count))));
        self.count += 1;
        Hit { gone, over }
    }

    /// Goes through what happened until `now`, when nobody was there: whoever comes is under what is not over yet.
    pub fn catch_up(&mut self, times: &FaultTimes, now: Time) -> Next {
        let mut from = Time::ZERO;
        while let Some(at) = self.next(times, from) {
            if at > now {
                return Next::Hits(at);
            }
            let hit = self.hit(times, at);
            if let Some(over) = hit.over.filter(|over| *over > now) {
                return Next::Ends(over);
            }
            from = hit.again();
        }
        Next::Nothing
    }
}

#[cfg(test)]
mod tests {
    use super::{FaultTimes, Hit, Next, Outage};
    use crate::kernel::{Seed, Span, Time};
    use crate::variate::Variate;

    fn at(secs: u64) -> Time {
        Time::ZERO + Span::from_secs(secs)
    }

    /// By seconds.
    fn times(at_secs: &[u64], between: Option<u64>, lasts: Option<u64>) -> FaultTimes {
        let constant = |secs| Variate::constant(Span::from_secs(secs));
        FaultTimes {
            name: "f".to_owned(),
            at: at_secs.iter().map(|secs| at(*secs)).collect(),
            between: between.map(constant),
            notice: Span::ZERO,
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
        assert_eq!(outage.hit(&times, at(10)), Hit { gone: at(10), over: Some(at(25)) });
        assert_eq!(outage.next(&times, at(25)), Some(at(40)));
        assert_eq!(outage.hit(&times, at(40)).again(), at(55));
        assert_eq!(outage.next(&times, at(55)), None);
    }

    /// 10 s of work, then 5 s without: from 10 to 15, 25 to 30 and so on. With a notice of 2 s: 10 to 17, 27 to 34.
    #[test]
    fn who_comes_later_is_under_what_would_have_hit_before() {
        let mut times = times(&[], Some(10), Some(5));
        for (notice, now, next) in [
            (0, 9, Next::Hits(at(10))),
            (0, 10, Next::Ends(at(15))),
            (0, 15, Next::Hits(at(25))),
            (0, 29, Next::Ends(at(30))),
            (2, 16, Next::Ends(at(17))),
            (2, 17, Next::Hits(at(27))),
        ] {
            times.notice = Span::from_secs(notice);
            assert_eq!(outage(&times).catch_up(&times, at(now)), next, "{notice} {now}");
        }
    }

    /// What never ends hits again who takes the place of the last one, and holds nobody who comes later.
    #[test]
    fn what_never_ends_holds_nobody_who_comes_later() {
        let times = times(&[10, 20], None, None);
        let mut outage = outage(&times);
        assert_eq!(outage.catch_up(&times, at(10)), Next::Hits(at(20)));
        assert_eq!(outage.hit(&times, at(20)), Hit { gone: at(20), over: None });
        assert_eq!(outage.next(&times, at(20)), None);
    }

    /// Where neither the time between two times nor that for which each lasts takes any, the clock goes on all the same.
    #[test]
    fn time_passes_between_two_times() {
        let times = times(&[], Some(0), Some(0));
        let mut outage = outage(&times);
        let first = outage.next(&times, at(0)).unwrap_or(Time::MAX);
        assert!(first > at(0) && first < at(1), "{first:?}");
        let again = outage.hit(&times, first).again();
        assert_eq!(again, first);
        assert!(outage.next(&times, again) > Some(again));
        let soon = Time::from_nanos(1000);
        assert!(matches!(outage.catch_up(&times, soon), Next::Hits(at) if at > soon));
    }
}
