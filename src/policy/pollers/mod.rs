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

/// The least time between two reviews. A guess: no source looks more often, and a review is an event.
const LEAST_EVERY: Span = Span::from_secs(1);

/// What a poller policy is told of a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Polled {
    /// Pollers there are.
    pub pollers: u32,
    /// Batches at work; more than pollers if these became fewer.
    pub busy: u32,
    /// Messages that wait.
    pub waiting: u32,
    /// Whether some of them could be taken, were there more pollers. Those whose window is not over
    /// could not.
    pub lacking: bool,
}

/// Decides how many batches of a queue are processed at once.
pub trait Pollers: DynClone + Debug + Send + Sync {
    /// Looks whether its parameters make sense.
    ///
    /// # Errors
    /// If one does not.
    fn check(&self) -> Result<(), ParameterError> {
        match self.every() {
            Some(every) if every < LEAST_EVERY => {
                let message =
                    "between two reviews there is a second at least; write it, as in `\"1m\"`";
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

    /// How many from now on.
    fn review(&self, polled: &Polled) -> u32 {
        polled.pollers
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
