//! What a platform of OpenWhisk is made of, and what happens on it.

use crate::kernel::Span;
use crate::model::{ApplicationId, PlatformNumber};
use crate::platform::QuotaSpec;
use crate::platform::fleet::FleetSpec;
use crate::variate::Variate;

/// The runtime of actions that bring an image of their own: they run on invokers of theirs.
pub const BLACKBOX: &str = "blackbox";

/// A platform of kind `openwhisk`.
#[derive(Clone, Debug)]
pub struct OpenwhiskSpec {
    /// Containers and invokers, which are its hosts and all alike; containers are picked by host.
    pub fleet: FleetSpec,
    /// Controllers, which share the memory of each invoker evenly; at least 1.
    pub controllers: u32,
    /// The part of the invokers, the first of them, for actions of managed runtimes.
    pub managed_fraction: f64,
    /// The part of the invokers, the last of them, for blackbox actions.
    pub blackbox_fraction: f64,
    /// How long a container takes until it runs, without code; `None` is no time.
    pub create: Option<Variate>,
    /// How long it takes the code of an action to be initialised in a container that runs.
    pub init: Option<Variate>,
    /// How long a paused container takes to resume.
    pub resume: Option<Variate>,
    /// Containers without code.
    pub stem_cells: Vec<StemCells>,
    /// By account: its namespace.
    pub namespaces: Vec<String>,
    /// By account: what it may use at once.
    pub accounts: Vec<QuotaSpec>,
}

/// Stem cells: containers that run before any action needs one, on each invoker.
#[derive(Clone, Debug)]
pub struct StemCells {
    /// The application that they are instances of until an action takes them. It says their memory.
    pub application: ApplicationId,
    /// The runtime of the actions that may take them.
    pub runtime: String,
    /// How many there are at first, and if they are not `reactive`, after each look that there is for others.
    pub initial: u32,
    /// By which rule their number follows cold starts.
    pub reactive: Option<Reactive>,
}

/// How the number of stem cells follows cold starts: looked at now and then, it is `increment` for
/// each `threshold` cold starts since the last look, within bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reactive {
    /// At least so many.
    pub least: u32,
    /// At most so many.
    pub most: u32,
    /// How long one waits before it may be taken away.
    pub ttl: Span,
    /// Cold starts that count once; at least 1.
    pub threshold: u32,
    /// What they count for.
    pub increment: u32,
}

impl Reactive {
    /// How many stem cells there should be after so many cold starts.
    pub fn wanted(&self, cold_starts: u32) -> u32 {
        if cold_starts == 0 {
            return self.least;
        }
        let risen = (cold_starts / self.threshold).saturating_mul(self.increment);
        risen.max(self.least).min(self.most)
    }
}

/// What happens on the platform, beside what happens to its containers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The number of stem cells is looked at.
    StemCells(PlatformNumber),
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rule of `getReactiveCold`: 5 / 2 is 2, times 3 is 6, of at most 4; one cold start is none in
    /// two, so the least.
    #[test]
    fn stem_cells_follow_cold_starts() {
        let ttl = Span::from_secs(120);
        let rule = Reactive { least: 1, most: 4, ttl, threshold: 2, increment: 3 };
        assert_eq!([0, 1, 2, 3, 5].map(|cold| rule.wanted(cold)), [1, 1, 3, 3, 4]);
    }
}
