//! Balancing: to which backend a request goes.

mod choose_d;
mod consistent_hash;
mod join_idle_queue;
mod least_outstanding;
mod random;
mod round_robin;
#[cfg(test)]
mod testing;

use std::fmt::Debug;

use dyn_clone::DynClone;

pub use self::choose_d::ChooseD;
pub use self::consistent_hash::ConsistentHash;
pub use self::join_idle_queue::JoinIdleQueue;
pub use self::least_outstanding::LeastOutstanding;
pub use self::random::Random;
pub use self::round_robin::RoundRobin;
use super::catalogue::catalogue;
use crate::kernel::Stream;

/// Chooses the backend of a request. What it remembers is of backends, wherever they stand among those that are there.
pub trait Balance: DynClone + Debug + Send + Sync {
    /// Is told, first, how many backends there are; none has a request.
    fn start(&mut self, backends: usize);

    /// Is told that there is one backend more, at the place `backend`; those at that place and behind it are one place
    /// further back. It has no request until that is told. No other has had its `name`, but one that is back; the first
    /// ones are called as they are numbered.
    fn joins(&mut self, backend: usize, name: u64);

    /// Is told that a backend is there no longer; those behind it move up.
    fn leaves(&mut self, backend: usize);

    /// Is told that `backend` now has so many requests, waiting and in service together.
    fn observe(&mut self, backend: usize, outstanding: u32);

    /// The backend for a request. `outstanding` are the numbers told before, one a backend; `key`
    /// is a hash of what the request should stick to.
    fn choose(&mut self, outstanding: &[u32], key: u64, stream: &mut Stream) -> usize;
}

dyn_clone::clone_trait_object!(Balance);

catalogue! {
    /// A balancing policy, chosen by name.
    pub struct BalanceChoice(Box<dyn Balance>);
    /// The balancing policies.
    pub static BALANCES: "balancing policy";
    RoundRobin,
    Random,
    LeastOutstanding,
    ChooseD,
    JoinIdleQueue,
    ConsistentHash,
}
