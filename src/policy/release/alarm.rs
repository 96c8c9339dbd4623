//! Alarms: that too many of a service's requests fail, or take too long, whichever version serves them.

use crate::kernel::Span;

/// An alarm of a service's monitoring, as Amazon `CloudWatch` evaluates one: a statistic of each period against a
/// threshold, over several periods.
#[derive(Clone, Debug, PartialEq)]
pub struct Alarm {
    /// It goes off when of a period's attempts a larger share than this is bad, from 0 to 1.
    pub above: f64,
    /// Bad are attempts that failed, were refused or given up, and those that took longer than this from reaching the
    /// platform to the end of service. A percentile above a time is the same as a share slower than that time.
    pub slower_than: Span,
    /// How long a period is.
    pub period: Span,
    /// In how many periods, one after the other.
    pub periods: u32,
}

/// What an alarm has seen.
#[derive(Clone, Copy, Debug, Default)]
pub struct Watch {
    /// The attempts of this period that have ended, and the bad ones of them.
    ended: u64,
    bad: u64,
    /// In how many periods there were too many, up to the last one.
    breaches: u32,
}

impl Watch {
    /// An attempt has ended after `took`; `None` if it did not end well.
    pub fn record(&mut self, alarm: &Alarm, took: Option<Span>) {
        self.ended += 1;
        self.bad += u64::from(took.is_none_or(|took| took > alarm.slower_than));
    }

    /// A period is over, of which nothing is kept but whether there were too many. Whether the alarm goes off. A period
    /// in which nothing ended breaches nothing.
    pub fn period_ends(&mut self, alarm: &Alarm) -> bool {
        let breaches = self.bad as f64 > alarm.above * self.ended as f64;
        let before = if breaches { self.breaches + 1 } else { 0 };
        *self = Self { breaches: before, ..Self::default() };
        self.breaches >= alarm.periods
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALARM: Alarm = Alarm {
        above: 0.1,
        slower_than: Span::from_secs(1),
        period: Span::from_secs(60),
        periods: 2,
    };

    fn period(watch: &mut Watch, bad: u32, slow: u32, good: u32) -> bool {
        (0..bad).for_each(|_| watch.record(&ALARM, None));
        (0..slow).for_each(|_| watch.record(&ALARM, Some(Span::from_millis(1001))));
        (0..good).for_each(|_| watch.record(&ALARM, Some(Span::from_secs(1))));
        watch.period_ends(&ALARM)
    }

    #[test]
    fn it_goes_off_after_periods_one_after_the_other() {
        let mut watch = Watch::default();
        assert!(!period(&mut watch, 1, 1, 8));
        assert!(!period(&mut watch, 1, 0, 9), "a tenth is not more than a tenth");
        assert!(!period(&mut watch, 2, 0, 8));
        assert!(!period(&mut watch, 0, 0, 0), "nothing breaches nothing");
        assert!(!period(&mut watch, 0, 2, 8));
        assert!(period(&mut watch, 10, 0, 0));
        assert!(period(&mut watch, 10, 0, 0), "as long as it lasts");
    }
}
