//! Platforms: the mechanisms that run requests and ask policies.
//!
//! A platform is offered attempts, serves them by its own rules, and says through [`Signal`]s what
//! happened; the world answers by calling [`release`](Servers::release) when the attempt, its
//! calls included, is over. A platform schedules its own kind of event and knows no other.

pub mod faas;
pub mod fleet;
pub mod servers;

pub use faas::Faas;
pub use servers::Servers;

use std::collections::VecDeque;

use crate::kernel::{Arena, Clock, Time};
use crate::model::{Attempt, AttemptId};

/// What a platform tells the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// The service of an attempt began.
    Began(AttemptId),
    /// The own demand of an attempt is served; it holds its server or instance until released.
    Served(AttemptId),
    /// An attempt is turned away.
    Refused(AttemptId),
}

/// What a platform works with: when it is, the attempts in flight, and a box for what it has to
/// say. The world empties the box in a loop, so nothing recurses.
pub struct Context<'a, A> {
    /// Where events are put.
    pub agenda: &'a mut A,
    /// All attempts in flight.
    pub attempts: &'a mut Arena<Attempt>,
    /// What happened, in order.
    pub outbox: &'a mut VecDeque<Signal>,
}

impl<A: Clock> Context<'_, A> {
    /// The present instant.
    pub fn now(&self) -> Time {
        self.agenda.now()
    }
}
