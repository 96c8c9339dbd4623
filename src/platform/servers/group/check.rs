//! What always holds in a group of servers.

use super::life::State;
use super::spec::SlotId;
use super::{IN_LINE, NOWHERE, ServerGroup};
use crate::kernel::Arena;
use crate::model::{Attempt, Stage};

impl ServerGroup {
    /// Looks whether servers, lines and requests agree with each other.
    ///
    /// # Panics
    /// If they do not, if a request is at a server that does not work, or if one waits while a server is free.
    pub(super) fn check_group(&self, attempts: &Arena<Attempt>) {
        let here = |attempt: &&Attempt| {
            attempt.platform == self.number
                && attempt.place != NOWHERE
                && matches!(attempt.stage, Stage::Waiting | Stage::Serving | Stage::Calling)
        };
        let (mut present, mut waiting, mut in_line) = (0_u64, 0_u64, 0_u64);
        let mut at_server = vec![0_u32; self.slots.len()];
        for attempt in attempts.iter().filter(here) {
            present += 1;
            waiting += u64::from(attempt.stage == Stage::Waiting);
            if attempt.place == IN_LINE {
                in_line += 1;
            } else {
                at_server[attempt.place as usize] += 1;
                let version = self.versions.on(SlotId::new(attempt.place), attempt.application);
                // Of whom nobody waits for it is not known what it would be with another version.
                let fits = version.is_none_or(|version| version == attempt.application);
                assert!(fits || attempt.request.is_none(), "a request at another version's server");
            }
        }
        assert_eq!(present, self.present, "requests in the group");
        assert_eq!(waiting, self.waiting.value(), "waiting requests");
        if let Some(line) = &self.line {
            assert_eq!(in_line, line.living(), "requests in the central line");
        }
        let mut up = 0;
        for (number, &requests) in at_server.iter().enumerate() {
            let slot = SlotId::from_index(number);
            assert_eq!(requests, self.rotation.requests(slot), "requests of {slot:?}");
            assert!(requests == 0 || self.is_up(slot), "{slot:?} does not work, and has requests");
            up += u64::from(self.is_up(slot));
            if self.rotation.contains(slot) {
                let free = in_line > 0 && requests == 0;
                assert!(!free, "{in_line} wait, and {slot:?} is free");
            }
            if self.state(slot) == Some(State::Serving) {
                assert!(self.rotation.contains(slot), "{slot:?} serves and gets no requests");
            }
        }
        assert_eq!(up, self.up.value(), "servers that work");
        let machines = self.accounts().count() as u64;
        assert_eq!(machines, self.figures.servers.value(), "machines that are there");
        assert!(self.computing.value() <= up, "more servers are at work than work");
    }
}
