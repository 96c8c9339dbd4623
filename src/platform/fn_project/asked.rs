//! What the world asks of a platform of the Fn project, and what always holds on it.

use super::FnProject;
use crate::kernel::{Arena, Time};
use crate::model::{ApplicationId, Attempt, HostId, Stage};
use crate::platform::{Platform, tells_of_fleet};

impl Platform for FnProject {
    fn restart(&mut self, now: Time) {
        self.fleet.restart(now);
        self.waiting.restart(now);
        self.begun = 0;
    }

    tells_of_fleet!();

    /// A container starts or resumes, one is idle and will go, or somebody will ask again or give up.
    fn is_moving(&self, now: Time) -> bool {
        self.fleet.figures.starting.value() > 0
            || self.fleet.has_window(now)
            || !self.patience.is_empty()
            || !self.checks.is_empty()
    }

    fn check(&self, attempts: &Arena<Attempt>) {
        self.fleet.check();
        let waits =
            |attempt: &&Attempt| attempt.platform == self.number && attempt.stage == Stage::Waiting;
        let waiting = attempts.iter().filter(waits).count();
        assert_eq!(waiting as u64, self.waiting.value(), "waiting requests");
        let serves =
            |attempt: &&Attempt| attempt.platform == self.number && attempt.stage == Stage::Serving;
        let serving = attempts.iter().filter(serves).count();
        assert_eq!(serving, self.fleet.computing(), "requests that compute");
        let unbound = |attempt: &&Attempt| waits(attempt) && attempt.place == u32::MAX;
        let unbound = attempts.iter().filter(unbound).count();
        let asleep: usize = self.functions.iter().map(|row| row.line.sleepers.len()).sum();
        let at_runners: usize = self.queues.iter().map(|queue| queue.waiting.len()).sum();
        assert_eq!(unbound, asleep + at_runners, "requests that sleep or wait at runners");
        assert_eq!(self.patience.len(), asleep, "sleepers that will give up");
        for (number, function) in self.functions.iter().enumerate() {
            let application = ApplicationId::from_index(number);
            let line = &function.line;
            assert_eq!(line.listed, self.asleep.contains(&application), "{application:?}");
            assert!(!(line.listed && line.due.is_some()), "{application:?} sleeps and asks");
            let heard = line.listed || line.due.is_some();
            assert!(line.sleepers.is_empty() || heard, "{application:?} sleeps unheard");
            let queues = &self.queues[number * self.runners as usize..][..self.runners as usize];
            let starting: u32 = queues.iter().map(|queue| queue.starting).sum();
            assert_eq!(starting, self.fleet.starting(application), "{application:?} starts");
            for (host, queue) in queues.iter().enumerate() {
                let host = HostId::from_index(host);
                let rests = self.fleet.resting_on(application, host).next().is_some();
                assert!(queue.waiting.is_empty() || !rests, "{application:?} waits on {host:?}");
                assert!(!queue.lacks() || queue.check.is_some(), "{application:?} on {host:?}");
                let sleeps = line.listed && !line.sleepers.is_empty();
                let takes = rests
                    || queue.starting as usize > queue.waiting.len()
                    || self.fleet.room_on(host, true).fits(self.fleet.need(application));
                assert!(!(sleeps && takes), "{application:?} would be taken by {host:?}");
            }
        }
    }
}
