//! Delivery: how messages that nobody waits for reach a service: at once, from a queue, from a stream.
//!
//! An event source accepts messages, lets them wait in one or more lines, gives them to its service in
//! batches, and says what becomes of those that were not processed.

mod asynchronous;
mod queue;
mod stream;

use std::fmt::Debug;
use std::num::NonZeroU32;

use dyn_clone::DynClone;

pub use self::asynchronous::{Asynchronous, Throttled};
pub use self::queue::Queue;
pub use self::stream::Stream;
use super::catalogue::catalogue;
use super::pollers::Pollers;
use crate::kernel::Span;
use crate::model::Outcome;
use crate::variate::ParameterError;

/// How an event source holds its messages.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shape {
    /// How many lines there are; each message belongs to one of them.
    pub lines: u32,
    /// Messages of a batch, at most.
    pub batch: u32,
    /// How long the first in a line waits for a batch to fill.
    pub window: Span,
    /// Whether a line is processed in order: one batch at a time, and no other until that is
    /// processed or given up.
    pub in_order: bool,
    /// The share of its demand that each message of a batch but the first adds.
    pub per_message: f64,
}

/// What a source is told of messages whose batch was not processed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failed {
    /// How the attempt ended.
    pub outcome: Outcome,
    /// How often the message was given to the service, or its batch where the line is in order.
    pub attempts: u32,
    /// How many of these attempts were refused; not counted where the line is in order.
    pub refusals: u32,
    /// Messages that go the same way together: 1, or the batch where the line is in order.
    pub messages: u32,
    /// How long ago the message was sent, the oldest of several.
    pub age: Span,
    /// How long ago the batch was taken out of its line.
    pub held: Span,
}

/// What becomes of such messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// They are tried again after this pause: from the end of the line, or where they are if that is in
    /// order.
    Again(Span),
    /// Their batch, one in order of more than a message, is cut in two, which are tried one after the
    /// other, the first after this pause.
    Halve(Span),
    /// They are given up: dead letters.
    Dead,
}

/// Decides how messages reach a service.
pub trait Delivery: DynClone + Debug + Send + Sync {
    /// Looks whether its parameters make sense.
    ///
    /// # Errors
    /// If one does not.
    fn check(&self) -> Result<(), ParameterError> {
        Ok(())
    }

    /// How it holds its messages.
    fn shape(&self) -> Shape;

    /// How long it waits for the answer to a batch, if it does not wait for ever.
    fn patience(&self) -> Option<Span> {
        None
    }

    /// How many batches are processed at once, where that is bounded and the lines have no order.
    fn pollers(&self) -> Option<&dyn Pollers> {
        None
    }

    /// How old a message may be that waits in order and is given to the service; what is older when its
    /// turn comes is given up.
    fn max_age(&self) -> Span {
        Span::MAX
    }

    /// What becomes of messages that were not processed.
    fn failed(&self, failed: &Failed) -> Verdict;
}

dyn_clone::clone_trait_object!(Delivery);

/// More attempts than this without a pause are taken for a slip: all happen at one instant.
const MOST_AT_ONCE: u32 = 1000;

/// Looks that a message which always fails is not tried for ever at one instant: `pause` is a parameter
/// called `key`, and `attempts` are how many there are at most.
fn check_pause(key: &str, pause: Span, attempts: Option<NonZeroU32>) -> Result<(), ParameterError> {
    let bounded = attempts.is_some_and(|attempts| attempts.get() <= MOST_AT_ONCE);
    if pause > Span::ZERO || bounded {
        return Ok(());
    }
    let message = "what always fails would be tried for ever at one instant; write `\"1s\"`, or at most \
                   1000 `attempts`";
    Err(ParameterError::new(key, message))
}

catalogue! {
    /// A delivery policy, chosen by name.
    pub struct DeliveryChoice(Box<dyn Delivery>);
    /// The delivery policies.
    pub static DELIVERIES: "delivery policy";
    Asynchronous,
    Queue,
    Stream,
}
