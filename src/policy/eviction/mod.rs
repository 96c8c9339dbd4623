//! Eviction: which idle instance goes when another needs its room.

mod greedy_dual;
mod keep_all;
mod lru;
#[cfg(test)]
pub(super) mod testing;

use std::fmt::Debug;

use dyn_clone::DynClone;

pub use self::greedy_dual::GreedyDual;
pub use self::keep_all::KeepAll;
pub use self::lru::Lru;
use super::catalogue::catalogue;
use crate::kernel::{Span, Time};
use crate::model::{ApplicationId, HostId, InstanceId};
use crate::quantity::Bytes;

/// What a policy sees of an instance.
#[derive(Clone, Copy, Debug)]
pub struct InstanceView {
    /// Its id, unique among the instances that exist now.
    pub id: InstanceId,
    /// The application it belongs to.
    pub application: ApplicationId,
    /// The host it runs on.
    pub host: HostId,
    /// The memory it holds.
    pub memory: Bytes,
    /// How long it took to start.
    pub cold_start: Span,
    /// When it became idle.
    pub idle_since: Time,
    /// Requests it has begun to serve.
    pub uses: u64,
}

/// An instance to evict, and how dear it is: of several candidates the one of lowest rank goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Victim {
    /// The instance.
    pub id: InstanceId,
    /// Lower goes first; only ranks of one policy are compared.
    pub rank: f64,
}

/// Chooses among idle instances the one to evict.
pub trait Eviction: DynClone + Debug + Send + Sync {
    /// Whether it ever evicts. Where it does not, a full host is full.
    fn evicts(&self) -> bool {
        true
    }

    /// Whether it follows how often instances are used: where it does not, it is not told.
    fn follows_uses(&self) -> bool {
        false
    }

    /// An instance began to serve a request.
    fn used(&mut self, _instance: &InstanceView) {}

    /// A request was given an instance, which may have to start or to resume before it begins to serve.
    /// Only platforms that choose the host themselves tell.
    fn given(&mut self, _instance: &InstanceView) {}

    /// An instance is gone; `evicted` if it was this policy's victim.
    fn gone(&mut self, _instance: &InstanceView, _evicted: bool) {}

    /// The idle instance of one host that should go first. `idle` runs over the idle instances of
    /// that host, the one idle for longest first.
    fn victim(&mut self, idle: &mut dyn Iterator<Item = InstanceView>) -> Option<Victim>;
}

dyn_clone::clone_trait_object!(Eviction);

catalogue! {
    /// An eviction policy, chosen by name.
    pub struct EvictionChoice(Box<dyn Eviction>);
    /// The eviction policies.
    pub static EVICTIONS: "eviction policy";
    KeepAll,
    Lru,
    GreedyDual,
}
