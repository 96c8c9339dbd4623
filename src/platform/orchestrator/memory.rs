//! Memory of replicas: what they use, and when that is over their limit.
//!
//! A replica uses some memory, more for each request that it has, and what has leaked by time and by request since its
//! containers began. Over its limit it is killed. What leaks over time is no event: when it is too much follows from how
//! much is left.

use super::Orchestrator;
use super::chronicle::Ended;
use super::containers::State;
use super::pods::{NEVER, Replica};
use super::spec::{Event, PodId};
use crate::kernel::{Agenda, Class, Span, Time};
use crate::platform::Context;
use crate::quantity::{Bytes, Growth};

/// What memory a replica uses, and how much it may.
#[derive(Clone, Copy, Debug)]
pub struct MemorySpec {
    /// The most that it may use; `None` if that is what its node has.
    pub limit: Option<Bytes>,
    /// What it uses without requests.
    pub base: Bytes,
    /// What it uses for each request that it has.
    pub per_request: Bytes,
    /// What leaks of it over time.
    pub leak: Option<Growth>,
    /// What leaks of it with each request that it begins to serve.
    pub leak_per_request: Bytes,
}

impl MemorySpec {
    /// When a replica is over its limit that began to run at `began`, has so many requests and has served or serves so
    /// many; if nothing changes before.
    fn over(&self, began: Time, present: u32, served: u64) -> Time {
        let Some(limit) = self.limit else { return NEVER };
        match limit.get().checked_sub(self.used_without_time(present, served)) {
            None => began,
            Some(left) => match self.leak {
                Some(leak) => began.plus(leak.exceeds(Bytes::new(left))),
                None => NEVER,
            },
        }
    }

    /// What is used but for what leaks over time.
    fn used_without_time(&self, present: u32, served: u64) -> u64 {
        let requests = self.per_request.get().saturating_mul(present.into());
        let leaked = self.leak_per_request.get().saturating_mul(served);
        self.base.get().saturating_add(requests).saturating_add(leaked)
    }

    /// Whether requests change what is used.
    fn follows_requests(&self) -> bool {
        self.per_request > Bytes::ZERO || self.leak_per_request > Bytes::ZERO
    }
}

impl Replica {
    /// Whether its containers run, or will when their image is there.
    fn uses_memory(&self) -> bool {
        let runs = matches!(self.containers.state, State::Working | State::Hanging | State::CutOff);
        (runs || self.containers.state == State::Starting) && self.containers.began < NEVER
    }

    /// Whether it uses memory at a time if nothing changes before.
    pub(super) fn has_begun(&self, at: Time) -> bool {
        self.uses_memory() && self.containers.began <= at
    }

    /// What it uses at a time if nothing changes before.
    pub(super) fn memory_used(&self, spec: &MemorySpec, at: Time) -> u64 {
        if !self.has_begun(at) {
            return 0;
        }
        let leaked = spec.leak.map_or(0, |leak| leak.grown(at - self.containers.began).get());
        let used = spec.used_without_time(self.present(), self.containers.requests);
        used.saturating_add(leaked)
    }

    /// When it is over the limit of its memory, if nothing changes before; [`NEVER`] if it does not run.
    fn runs_out(&self, spec: &MemorySpec) -> Time {
        if !self.uses_memory() {
            return NEVER;
        }
        spec.over(self.containers.began, self.present(), self.containers.requests)
    }
}

impl Orchestrator {
    /// What memory a replica may use, where that is counted, and when that is too little, if nothing changes before.
    fn memory_of(&mut self, pod: PodId) -> Option<(MemorySpec, Time)> {
        let application = self.rows.get(pod)?.application;
        let spec = self.spec.pods[application.index()].replicas.as_ref()?.memory?;
        Some((spec, self.rows.replica(pod)?.runs_out(&spec)))
    }

    /// A replica begins to serve a request, and what that leaks is its own from then on.
    #[inline(never)]
    pub(super) fn begins_with_memory<A: Agenda<Event>>(
        &mut self,
        pod: PodId,
        ctx: &mut Context<'_, A>,
    ) {
        if let Some(replica) = self.rows.replica(pod) {
            replica.containers.requests += 1;
        }
        self.memory_changed(pod, ctx);
    }

    /// A replica uses more memory than before, or another amount: it is killed if that is too much, and looked at again
    /// before it can be.
    ///
    /// As requests come and go, the time at which it is too much moves. It is looked at halfway, so that events left behind
    /// by it are few, however many requests there are.
    pub(super) fn memory_changed<A: Agenda<Event>>(
        &mut self,
        pod: PodId,
        ctx: &mut Context<'_, A>,
    ) {
        let now = ctx.now();
        if let Some(node) = self.cluster.pod(pod).node {
            self.node_memory_changed(node, ctx);
        }
        let Some((spec, over)) = self.memory_of(pod) else { return };
        if over == NEVER {
            return;
        }
        let look = if over <= now {
            now
        } else if spec.follows_requests() {
            let half = (over - now).as_nanos().div_ceil(2);
            now.plus(Span::from_nanos(half))
        } else {
            over
        };
        let Some(replica) = self.rows.replica(pod).filter(|of| look < of.containers.looked) else {
            return;
        };
        replica.containers.looked = look;
        ctx.agenda.schedule(look, Class::Control, Event::Due(self.number, pod));
    }

    /// The memory of a replica is looked at: it is killed if it is over its limit.
    pub(super) fn look_at_memory<A: Agenda<Event>>(
        &mut self,
        pod: PodId,
        ctx: &mut Context<'_, A>,
    ) {
        let now = ctx.now();
        let Some((_, over)) = self.memory_of(pod) else { return };
        if over <= now {
            self.of_cluster.oom_kills += 1;
            self.end_containers(pod, Ended::Memory, ctx);
        } else {
            self.memory_changed(pod, ctx);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of 100 MiB, 40 are there from the start and 5 for each of 4 requests; 30 have leaked with as many begun. The 10 that are
    /// left leak in half an hour, at 20 MiB an hour. With 7 requests it is too much already.
    #[test]
    fn when_it_is_too_much() {
        let spec = MemorySpec {
            limit: Some(Bytes::mib(100)),
            base: Bytes::mib(40),
            per_request: Bytes::mib(5),
            leak: Some("20MiB/h".parse().unwrap()),
            leak_per_request: Bytes::mib(1),
        };
        let began = Time::ZERO + Span::from_secs(1000);
        let over = Time::ZERO + Span::from_secs(2800) + Span::from_nanos(1);
        assert_eq!(spec.over(began, 4, 30), over);
        assert_eq!(spec.over(began, 7, 30), began);
        assert_eq!(MemorySpec { leak: None, ..spec }.over(began, 4, 30), NEVER);
        assert_eq!(MemorySpec { limit: None, ..spec }.over(began, 4, 30), NEVER);
    }
}
