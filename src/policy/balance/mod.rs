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

/// Chooses the backend of a request.
pub trait Balance: DynClone + Debug + Send + Sync {
    /// Is told, first, how many backends there are; none has a request.
    fn start(&mut self, backends: usize);

    /// Is told that the backends are others from now on, by the name of each, which it keeps as long as it is
    /// there; of none is known how many requests it has until that is told.
    fn change(&mut self, names: &[u32]) {
        self.start(names.len());
    }

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
