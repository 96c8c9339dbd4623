//! What always holds on a platform of functions.

use super::{Binding, Faas};
use crate::kernel::Arena;
use crate::model::{ApplicationId, Attempt, Stage};

impl Faas {
    /// Looks whether lines, instances and hosts agree with the counts of the platform.
    ///
    /// # Panics
    /// If they do not, if a request waits while an instance of its application has room, or if
    /// nobody will be told of room for it.
    pub(super) fn check_lines(&self, attempts: &Arena<Attempt>) {
        self.fleet.check();
        let (mut living, mut unmet) = (0, 0);
        let present = self.lines.iter().map(|line| u64::from(line.present)).sum::<u64>();
        let followed = present >= self.waiting.value() + self.fleet.figures.busy.value();
        assert!(followed || !self.follows_requests, "{present} requests");
        for (number, line) in self.lines.iter().enumerate() {
            let application = ApplicationId::from_index(number);
            let is_dead = |id: &&_| attempts[**id].stage == Stage::Cancelled;
            assert_eq!(line.attempts.iter().filter(is_dead).count(), line.dead, "cancelled jobs");
            let here = self.living(application);
            let room = here > 0 && self.fleet.has_room(application);
            assert!(!room, "{here} wait for {application:?}, which has room");
            let lacking = self.unmet_of(application);
            assert!(lacking == 0 || line.starved, "{lacking} wait for {application:?} unheard");
            assert_eq!(line.starved, self.starved.contains(&application), "{application:?}");
            living += here;
            unmet += lacking;
        }
        assert_eq!(unmet, self.unmet, "requests without an instance");
        if let Some(quotas) = &self.quotas {
            let admitted = attempts.iter().filter(|attempt| {
                attempt.platform == self.number
                    && matches!(attempt.stage, Stage::Waiting | Stage::Serving | Stage::Calling)
            });
            assert_eq!(admitted.count() as u64, quotas.active(), "requests within the quotas");
        }
        match self.spec.binding {
            Binding::Late => assert_eq!(living, self.waiting.value(), "waiting requests"),
            Binding::Early => assert!(living <= self.waiting.value(), "waiting requests"),
        }
    }
}
