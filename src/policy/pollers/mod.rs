//! Pollers: how many batches of a queue are processed at once.

mod fixed;
mod ramp;
mod target;

use std::fmt::Debug;

use dyn_clone::DynClone;

pub use self::fixed::Fixed;
pub use self::ramp::Ramp;
pub use self::target::Target;
use super::catalogue::catalogue;
use crate::kernel::Span;
use crate::variate::ParameterError;

/// Decides how many batches of a queue are processed at once.
pub trait Pollers: DynClone + Debug + Send + Sync {
    /// Looks whether its parameters make sense.
    ///
    /// # Errors
    /// If one does not.
    fn check(&self) -> Result<(), ParameterError> {
        match self.every() {
            Some(Span::ZERO) => {
                let message = "between two reviews there is some time; write it, as in `\"1m\"`";
                Err(ParameterError::new("every", message))
            }
            _ => Ok(()),
        }
    }

    /// How many at first.
    fn first(&self) -> u32;

    /// How often that is reviewed, from the time on at which messages wait because all are at work;
    /// `None` if it stays as it is.
    fn every(&self) -> Option<Span> {
        None
    }

    /// How many from now on: there are `pollers`, of which `busy` are at work, and `waiting` messages
    /// could be taken.
    fn review(&self, pollers: u32, _busy: u32, _waiting: u32) -> u32 {
        pollers
    }
}

dyn_clone::clone_trait_object!(Pollers);

catalogue! {
    /// A poller policy, chosen by name.
    pub struct PollersChoice(Box<dyn Pollers>);
    /// The poller policies.
    pub static POLLERS: "poller policy";
    Fixed,
    Ramp,
    Target,
}
