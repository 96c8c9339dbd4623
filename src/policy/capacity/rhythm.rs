//! Jobs that come again and again after the same time, as those of a cron do.

use crate::kernel::{Span, Time};

/// Jobs that come within this of the first are of one occasion: the client asks once a second.
const TOGETHER: Span = Span::from_secs(1);

/// A gap up to a twentieth longer or shorter than the last is like it; a modelling choice.
const TOLERANCE: u64 = 20;

/// So many gaps in a row have to be like the one before; a modelling choice.
const ALIKE: u8 = 2;

/// Crons go down to every minute (documented); a minute, less the tolerance.
const LEAST: Span = Span::from_secs(57);

/// When the jobs of a function came, as far as it takes to know whether they do so in a rhythm.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Rhythm {
    /// When the last occasion began.
    last: Time,
    /// The time between the last two.
    gap: Span,
    /// How many gaps in a row were like the one before.
    alike: u8,
    /// Jobs of this occasion, so far.
    jobs: u64,
    /// Jobs of the occasion before.
    usual: u64,
}

impl Rhythm {
    /// A job comes; true if it begins an occasion.
    pub(super) fn note(&mut self, now: Time) -> bool {
        let gap = now.since(self.last);
        if self.jobs > 0 && gap <= TOGETHER {
            self.jobs += 1;
            return false;
        }
        if self.jobs > 0 {
            let differs = gap.as_nanos().abs_diff(self.gap.as_nanos());
            let like = differs <= self.gap.as_nanos() / TOLERANCE;
            self.alike = if like { self.alike.saturating_add(1) } else { 0 };
            self.gap = gap;
            self.usual = self.jobs;
        }
        (self.last, self.jobs) = (now, 1);
        true
    }

    /// Forgets that there was a rhythm.
    pub(super) fn lose(&mut self) {
        self.alike = 0;
    }

    /// When the next occasion is due, if there is a rhythm.
    pub(super) fn due(&self) -> Option<Time> {
        (self.alike >= ALIKE && self.gap >= LEAST).then(|| self.last + self.gap)
    }

    /// Until when it may come and still is on time.
    pub(super) fn latest(&self) -> Option<Time> {
        self.due().map(|due| due + Span::from_nanos(self.gap.as_nanos() / TOLERANCE))
    }

    /// How many jobs are due until then.
    pub(super) fn expected(&self, until: Time) -> u64 {
        match self.due() {
            Some(due) if due <= until => {
                let more = until.since(due).as_nanos() / self.gap.as_nanos();
                (1 + more).saturating_mul(self.usual)
            }
            _ => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minute(minutes: u64) -> Time {
        Time::ZERO + Span::from_secs(60 * minutes)
    }

    #[test]
    fn three_gaps_alike_are_a_rhythm() {
        let mut rhythm = Rhythm::default();
        for minutes in [7, 17, 27] {
            rhythm.note(minute(minutes));
            rhythm.note(minute(minutes) + Span::from_millis(900));
            assert_eq!(rhythm.due(), None);
        }
        rhythm.note(minute(37));
        assert_eq!(rhythm.due(), Some(minute(47)));
        assert_eq!(rhythm.latest(), Some(minute(47) + Span::from_secs(30)));
        // Two jobs an occasion: at 47, 57 and 67 minutes.
        let expected = |minutes| rhythm.expected(minute(minutes));
        assert_eq!([46, 47, 56, 67].map(expected), [0, 2, 2, 6]);
    }

    #[test]
    fn another_gap_ends_it() {
        let mut rhythm = Rhythm::default();
        for minutes in [0, 10, 20, 30] {
            rhythm.note(minute(minutes));
        }
        assert!(rhythm.due().is_some());
        rhythm.note(minute(41));
        assert_eq!(rhythm.due(), None, "11 minutes are a tenth more");
    }

    #[test]
    fn what_comes_more_often_than_a_cron_has_none() {
        let mut rhythm = Rhythm::default();
        for half in 0..10 {
            rhythm.note(Time::ZERO + Span::from_secs(30 * half));
        }
        assert_eq!(rhythm.due(), None);
    }
}
