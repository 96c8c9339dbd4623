//! Balancing: to which backend a request goes.

use std::fmt::Debug;

use dyn_clone::DynClone;

use crate::kernel::Stream;

/// Chooses the backend of a request.
pub trait Balance: DynClone + Debug + Send + Sync {
    /// Is told, once and first, how many backends there are; none has a request.
    fn start(&mut self, backends: usize);

    /// Is told that `backend` now has so many requests, waiting and in service together.
    fn observe(&mut self, backend: usize, outstanding: u32);

    /// The backend for a request. `outstanding` are the numbers told before, one a backend; `key`
    /// is a hash of what the request should stick to.
    fn choose(&mut self, outstanding: &[u32], key: u64, stream: &mut Stream) -> usize;
}

dyn_clone::clone_trait_object!(Balance);
