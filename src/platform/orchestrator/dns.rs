//! Names that resolve to the addresses of replicas: which one a caller asks.
//!
//! The name server answers with all of them in an order that is drawn, and a caller takes the first (libnetwork, `resolver.go`,
//! `shuffleAddr`, source). How long it keeps that is its own matter: the answer says for 600 s (`respTTL` there, source).

use std::collections::BTreeMap;

use super::Orchestrator;
use super::spec::PodId;
use crate::kernel::stream::below;
use crate::kernel::{Span, Time};
use crate::model::Attempt;

/// The addresses that callers of a service keep.
#[derive(Debug)]
pub(super) struct Addresses {
    /// For how long each does.
    cache: Span,
    /// By caller.
    kept: BTreeMap<u64, Address>,
    /// When those that nobody keeps any longer are forgotten next.
    sweep: Time,
}

/// The address of a replica.
#[derive(Clone, Copy, Debug)]
struct Address {
    pod: PodId,
    /// The number of that pod among all pods, for its id is used again.
    came: u64,
    /// Until when it is kept.
    until: Time,
}

impl Addresses {
    /// Nobody has resolved the name yet.
    pub(super) fn new(cache: Span) -> Self {
        Self { cache, kept: BTreeMap::new(), sweep: Time::ZERO }
    }

    /// The address that a caller keeps, if it does.
    fn of(&self, caller: Option<u64>, now: Time) -> Option<Address> {
        self.kept.get(&caller?).copied().filter(|address| now < address.until)
    }

    /// A caller keeps an address from now on.
    fn keep(&mut self, caller: u64, pod: PodId, came: u64, now: Time) {
        if now >= self.sweep {
            self.kept.retain(|_, address| now < address.until);
            self.sweep = now.plus(self.cache);
        }
        self.kept.insert(caller, Address { pod, came, until: now.plus(self.cache) });
    }
}

impl Orchestrator {
    /// The endpoint whose address a caller has or gets, and its number, if it is one: the address of another is nobody's.
    pub(super) fn resolve(&mut self, attempt: &Attempt, now: Time) -> Option<(PodId, usize)> {
        let deployment = self.deployments[attempt.application.index()].as_mut()?;
        if let Some(of) = deployment.addresses.as_ref()?.of(attempt.session, now) {
            self.rows.get(of.pod).filter(|row| row.came == of.came)?;
            return self.as_endpoint(attempt.application, of.pod);
        }
        let endpoints = deployment.endpoints.len() as u64;
        if endpoints == 0 {
            return None;
        }
        let chosen = below(&mut self.balance_stream, endpoints) as usize;
        let pod = deployment.endpoints[chosen];
        if let (Some(addresses), Some(caller)) = (&mut deployment.addresses, attempt.session) {
            addresses.keep(caller, pod, self.rows.at(pod).came, now);
        }
        Some((pod, chosen))
    }
}
