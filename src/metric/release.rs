//! What is observed of releases.

use std::collections::BTreeSet;

use crate::stats::Moments;

/// Observations of the versions of a release, or of several releases together.
#[derive(Clone, Debug, Default)]
pub struct ReleaseFigures {
    /// Versions that were ready to be released.
    pub versions: u64,
    /// Those that took the place of the old version for good.
    pub completed: u64,
    /// Those that were taken back.
    pub rolled_back: u64,
    /// Attempts that ended at the new versions, during their releases and after.
    pub served: u64,
    /// Those of them that failed, were refused, or took longer than their callers waited.
    pub failed: u64,
    /// How many of them started cold.
    pub cold: u64,
    /// Versions that took the place of the old one before any look of their gate could say something of them: it came too
    /// late, or there were too few attempts.
    pub unjudged: u64,
    /// What came to bad versions; `None` if none is drawn as bad.
    pub bad: Option<BadFigures>,
    /// Copies of requests that the new versions ended.
    pub copies: u64,
    /// From the time of a release to the end of the first attempt at its version.
    pub lead_first: Moments,
    /// From the time of a release until all requests went to its version.
    pub lead_all: Moments,
    /// Of versions taken back: from when the first request or copy came there until that was decided.
    pub detect: Moments,
    /// Of versions taken back: from when the first request or copy came there until none did.
    pub restore: Moments,
}

/// What came to versions that were drawn as bad.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BadFigures {
    /// Attempts that ended there.
    pub served: u64,
    /// Those of them that failed, were refused, or took longer than their callers waited.
    pub failed: u64,
    /// The users, or sessions, of whose attempts one did, with the calls below them; `None` if no client has any.
    pub users: Option<BTreeSet<u64>>,
}

impl ReleaseFigures {
    /// Takes in the observations of other releases.
    pub fn merge(&mut self, other: &Self) {
        self.versions += other.versions;
        self.completed += other.completed;
        self.rolled_back += other.rolled_back;
        self.served += other.served;
        self.failed += other.failed;
        self.cold += other.cold;
        self.unjudged += other.unjudged;
        if let Some(other) = &other.bad {
            let bad = self.bad.get_or_insert_default();
            bad.served += other.served;
            bad.failed += other.failed;
            if let Some(users) = &other.users {
                bad.users.get_or_insert_default().extend(users);
            }
        }
        self.copies += other.copies;
        self.lead_first.merge(&other.lead_first);
        self.lead_all.merge(&other.lead_all);
        self.detect.merge(&other.detect);
        self.restore.merge(&other.restore);
    }
}
