//! Limits in time: platforms recycle instances, whether they are used or not, and cut requests.

use super::{ApplicationSpec, Fleet};
use crate::kernel::{Seed, Span, StreamKey, Time};
use crate::model::{ApplicationId, InstanceId};
use crate::variate::Variate;

/// How long instances live.
#[derive(Debug)]
pub(super) struct Lifetimes {
    of: Variate,
    /// By application.
    keys: Vec<StreamKey>,
}

/// No instance lives for less, whatever is drawn: otherwise one could take the place of another for
/// ever, at one instant.
const LEAST: Span = Span::from_secs(1);

impl Lifetimes {
    pub(super) fn new(
        of: Variate,
        platform: &str,
        applications: &[ApplicationSpec],
        seed: Seed,
    ) -> Self {
        let key = |application: &ApplicationSpec| {
            seed.key(&format!("platform.{platform}.max_lifetime.{}", application.name))
        };
        Self { of, keys: applications.iter().map(key).collect() }
    }

    /// When the instance ends that is start `number` of its application and is ready at `ready`. A run
    /// comes to the end of time rather than to a stop without a word.
    pub(super) fn end(&self, application: ApplicationId, number: u64, ready: Time) -> Time {
        let lifetime = self.of.span(&mut self.keys[application.index()].draws(number)).max(LEAST);
        ready + lifetime
    }
}

/// The timeouts of all applications, where any has one.
pub(super) fn timeouts(applications: &[ApplicationSpec]) -> Option<Box<[Span]>> {
    let timeouts: Box<[Span]> = applications.iter().map(|spec| spec.timeout).collect();
    timeouts.iter().any(|timeout| *timeout < Span::MAX).then_some(timeouts)
}

impl Fleet {
    /// How long a request of an application is served, its calls included, before it is cut;
    /// [`Span::MAX`] is for ever.
    #[inline(always)]
    pub fn timeout(&self, application: ApplicationId) -> Span {
        self.timeouts.as_ref().map_or(Span::MAX, |timeouts| timeouts[application.index()])
    }

    /// Whether instances live for a time only, so that others may have to take their places.
    pub fn recycles(&self) -> bool {
        self.lifetimes.is_some()
    }

    /// Whether an instance that is idle has lived for as long as it may.
    pub(super) fn is_spent(&self, id: InstanceId, now: Time) -> bool {
        self.recycles() && self.instances[id].ends <= now
    }
}
