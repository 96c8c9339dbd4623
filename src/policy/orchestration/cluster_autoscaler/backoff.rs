//! A group that failed to bring a node is left alone for a while (`utils/backoff/exponential_backoff.go`).

use crate::kernel::{Span, Time};

/// The first time, the longest, and after how long without failure it begins anew. Source:
/// `--initial-node-group-backoff-duration`, `--max-node-group-backoff-duration`,
/// `--node-group-backoff-reset-timeout`.
const FIRST: Span = Span::from_secs(5 * 60);
const LONGEST: Span = Span::from_secs(30 * 60);
const RESET: Span = Span::from_secs(3 * 3600);

/// A group that has failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backoff {
    /// For how long it was left alone the last time, and until when.
    last: Option<(Span, Time)>,
    failed: Time,
}

impl Backoff {
    /// Until when it is left alone.
    pub fn until(&self) -> Time {
        self.last.map_or(Time::ZERO, |(_, until)| until)
    }

    /// It has failed; several times at once count once, and twice as long comes after the last time.
    pub fn failed(&mut self, now: Time) {
        let span = match self.last {
            Some((span, _)) if self.failed.plus(RESET) < now => FIRST.min(span),
            Some((span, until)) if until <= now => (span + span).min(LONGEST),
            Some((span, _)) => span,
            None => FIRST,
        };
        self.failed = now;
        self.last = Some((span, now.plus(span)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// At 0 for 5 minutes, at 5 for 10, at 15 for 20, at 35 and 65 for 30; three hours and more later for 5.
    #[test]
    fn twice_as_long_each_time() {
        let minutes = |minutes: u64| Time::ZERO.plus(Span::from_secs(60 * minutes));
        let mut backoff = Backoff::default();
        assert_eq!(backoff.until(), Time::ZERO);
        let until = [0, 5, 15, 35, 65, 65, 246].map(|minute| {
            backoff.failed(minutes(minute));
            backoff.until()
        });
        assert_eq!(until, [5, 15, 35, 65, 95, 95, 251].map(minutes));
    }
}
