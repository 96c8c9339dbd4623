//! The meter: counts the time of instances as a vendor bills it.
//!
//! Every vendor bills stretches of an instance: of serving, from idle to idle, or of its life. What
//! differs is how a stretch is rounded, and whether stretches that touch are one.

use super::{Counted, Usage};
use crate::kernel::{Span, Time};
use crate::model::ApplicationId;

/// What a stretch is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stretch {
    /// Serving, from idle to idle: with one request an instance, an invocation.
    Served,
    /// Serving, and what follows at once belongs to it: the union of requests that overlap or touch.
    ServedTogether,
    /// From the beginning of a start until the instance is gone.
    Alive,
}

/// How the time of instances is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metering {
    /// What is counted.
    pub of: Stretch,
    /// A stretch is rounded up to a multiple of this.
    pub step: Span,
    /// And is at least so long.
    pub least: Span,
    /// Whether the start of an instance on demand belongs to its first stretch of serving.
    pub init: bool,
    /// The time for which an instance is wanted to be provisioned is rounded up to a multiple of
    /// this.
    pub provisioned_step: Span,
}

impl Metering {
    /// What is billed of a stretch, or of the rest of one that had gone on for `before`, which counts
    /// towards the least that is billed.
    ///
    /// ```
    /// use cloudsched::kernel::Span;
    /// use cloudsched::pricing::{Metering, Stretch};
    /// let step = Span::from_millis(100);
    /// let rules =
    ///     Metering { of: Stretch::Served, step, least: step, init: false, provisioned_step: step };
    /// assert_eq!(rules.billed(Span::from_millis(101), Span::ZERO), Span::from_millis(200));
    /// ```
    pub fn billed(&self, stretch: Span, before: Span) -> Span {
        let least = self.least.as_nanos().saturating_sub(before.as_nanos());
        round_up(stretch, self.step, Span::from_nanos(least))
    }
}

/// `span` rounded up to a multiple of `step`, and at least `least`.
pub(super) fn round_up(span: Span, step: Span, least: Span) -> Span {
    let step = step.as_nanos().max(1);
    Span::from_nanos(span.as_nanos().div_ceil(step).saturating_mul(step)).max(least)
}

/// What a meter keeps with each instance, in one word: when the stretch began that is not counted yet,
/// later than any time if there is none; the highest bit says whether the instance is provisioned.
#[derive(Clone, Copy, Debug)]
pub struct Account(u64);

/// When a stretch began that there is not: later than any time.
const CLOSED: Time = Time::from_nanos(PROVISIONED - 1);

const PROVISIONED: u64 = 1 << 63;

impl Default for Account {
    fn default() -> Self {
        Self::new(CLOSED, false)
    }
}

impl Account {
    fn new(open: Time, provisioned: bool) -> Self {
        Self(open.as_nanos() | if provisioned { PROVISIONED } else { 0 })
    }

    fn open(self) -> Time {
        Time::from_nanos(self.0 & !PROVISIONED)
    }

    fn provisioned(self) -> bool {
        self.0 & PROVISIONED != 0
    }

    /// An instance whose life is counted is charged for from a later time on; not at all if it is gone before.
    ///
    /// ```
    /// use cloudsched::kernel::{Id, Span, Time};
    /// use cloudsched::pricing::{Meter, Metering, Stretch, Usage};
    /// let step = Span::from_secs(1);
    /// let least = Span::from_secs(60);
    /// let (of, provisioned_step) = (Stretch::Alive, step);
    /// let rules = Metering { of, step, least, init: false, provisioned_step };
    /// let charged = |gone: u64| {
    ///     let mut meter = Meter::new(rules, 1);
    ///     let mut account = meter.started(Id::new(0), false, Time::ZERO);
    ///     account.charge_from(Time::ZERO + Span::from_secs(20));
    ///     let gone = Time::ZERO + Span::from_secs(gone);
    ///     meter.gone(&mut account, Id::new(0), gone, gone);
    ///     let mut usage = Usage::default();
    ///     meter.tell(&mut usage, gone);
    ///     usage.counted[0].on_demand / 1_000_000_000
    /// };
    /// assert_eq!([charged(19), charged(21), charged(100)], [0, 60, 80]);
    /// ```
    pub fn charge_from(&mut self, later: Time) {
        if self.open() != CLOSED {
            self.set_open(later);
        }
    }

    fn set_open(&mut self, open: Time) {
        *self = Self::new(open, self.provisioned());
    }
}

/// Counts for one platform.
#[derive(Clone, Debug)]
pub struct Meter {
    rules: Metering,
    /// What was before is not counted.
    since: Time,
    counted: Vec<Counted>,
    /// By application: since when so many instances are wanted to be provisioned, one by one.
    wanted: Vec<Vec<Time>>,
    /// Instances there are.
    alive: u64,
    /// Since when there is none, if there is none.
    empty_since: Time,
    empty: Span,
}

impl Meter {
    /// A meter of so many applications, from time zero on.
    pub fn new(rules: Metering, applications: usize) -> Self {
        Self {
            rules,
            since: Time::ZERO,
            counted: vec![Counted::default(); applications],
            wanted: vec![Vec::new(); applications],
            alive: 0,
            empty_since: Time::ZERO,
            empty: Span::ZERO,
        }
    }

    /// Forgets what was counted so far; of a stretch that goes on, what follows counts.
    pub fn restart(&mut self, now: Time) {
        self.since = now;
        self.counted.fill(Counted::default());
        self.empty = Span::ZERO;
    }

    /// An instance starts, which is provisioned or not.
    pub fn started(&mut self, application: ApplicationId, provisioned: bool, now: Time) -> Account {
        if self.alive == 0 {
            self.empty += self.measured(self.empty_since, now);
        }
        self.alive += 1;
        self.counted[application.index()].starts += 1;
        let open = if self.rules.of == Stretch::Alive { now } else { CLOSED };
        Account::new(open, provisioned)
    }

    /// From now on so many instances of an application are wanted to be provisioned. Of fewer, those
    /// end that were wanted last.
    pub fn provision(&mut self, application: ApplicationId, instances: u32, now: Time) {
        let wanted = &mut self.wanted[application.index()];
        let ended = wanted.split_off(wanted.len().min(instances as usize));
        wanted.resize(instances as usize, now);
        for from in ended {
            let billed = self.rounded_up(self.measured(from, now));
            self.counted[application.index()].wanted += u128::from(billed.as_nanos());
        }
    }

    /// A time for which an instance was wanted to be provisioned, as it is billed.
    fn rounded_up(&self, wanted: Span) -> Span {
        round_up(wanted, self.rules.provisioned_step, Span::ZERO)
    }

    /// An instance has served from `from` until now; `start` is how long its start took, if it had
    /// not served before.
    pub fn served(
        &mut self,
        account: &mut Account,
        application: ApplicationId,
        start: Option<Span>,
        (from, now): (Time, Time),
    ) {
        match self.rules.of {
            Stretch::Served => {
                let counts = self.rules.init && !account.provisioned();
                let start = start.filter(|_| counts).unwrap_or(Span::ZERO);
                self.count(*account, application, start, (from, now));
            }
            Stretch::ServedTogether => {
                account.set_open(account.open().min(from));
            }
            Stretch::Alive => {}
        }
    }

    /// An instance was idle from `from` until now, and serves again or goes.
    pub fn rested(
        &mut self,
        account: &mut Account,
        application: ApplicationId,
        (from, now): (Time, Time),
    ) {
        if self.rules.of == Stretch::ServedTogether && now > from {
            self.close(account, application, from);
        }
    }

    /// An instance that has been idle since `idle_since` is gone.
    pub fn gone(
        &mut self,
        account: &mut Account,
        application: ApplicationId,
        idle_since: Time,
        now: Time,
    ) {
        self.end(account, application, idle_since, now);
        self.alive -= 1;
        if self.alive == 0 {
            self.empty_since = now;
        }
    }

    /// Counts the stretch of an instance that is open, if one is, until the end of its service or,
    /// if its life is counted, until now.
    pub fn end(
        &mut self,
        account: &mut Account,
        application: ApplicationId,
        served_until: Time,
        now: Time,
    ) {
        let end = if self.rules.of == Stretch::Alive { now } else { served_until };
        self.close(account, application, end);
    }

    fn close(&mut self, account: &mut Account, application: ApplicationId, end: Time) {
        let from = account.open();
        account.set_open(CLOSED);
        if from <= end {
            self.count(*account, application, Span::ZERO, (from, end));
        }
    }

    /// Adds what was counted to `usage`, if the run ends now and nothing is open.
    pub fn tell(mut self, usage: &mut Usage, now: Time) {
        if self.alive == 0 {
            self.empty += self.measured(self.empty_since, now);
        }
        for (application, wanted) in self.wanted.iter().enumerate() {
            for from in wanted {
                let span = self.measured(*from, now);
                let rest = self.rounded_up(span).as_nanos() - span.as_nanos();
                let counted = &mut self.counted[application];
                counted.wanted += u128::from(span.as_nanos());
                counted.wanted_rest += u128::from(rest);
            }
        }
        usage.counted = self.counted;
        usage.empty = self.empty.as_nanos().into();
    }

    /// The part of a time that is measured.
    fn measured(&self, from: Time, to: Time) -> Span {
        if to > self.since { to - from.max(self.since) } else { Span::ZERO }
    }

    fn count(
        &mut self,
        account: Account,
        application: ApplicationId,
        start: Span,
        (from, to): (Time, Time),
    ) {
        if to < self.since || (to == self.since && from < to) {
            return;
        }
        // A start before the measured time is none of it.
        let start = start.min(from.since(self.since));
        let stretch = start + self.measured(from, to);
        let billed = self.rules.billed(stretch, self.since.since(from)).as_nanos();
        let counted = &mut self.counted[application.index()];
        let sum =
            if account.provisioned() { &mut counted.provisioned } else { &mut counted.on_demand };
        *sum += u128::from(billed);
    }
}
