//! How a caller, a client or a service, sends requests: latency, patience and retries.

use crate::kernel::stream::uniform;
use crate::kernel::{Draws, Span};
use crate::variate::Variate;

/// What becomes of work that nobody waits for any more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Abandoned {
    /// It is finished all the same, as by a server that does not notice.
    #[default]
    Finish,
    /// It is cancelled at once: leaves the line, or frees its server or instance.
    Cancel,
}

/// How the pause before a retry is spread (names as in Brooker, "Exponential Backoff and Jitter",
/// AWS Architecture Blog, 2015).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Jitter {
    /// The pause itself.
    None,
    /// Uniform between zero and the pause.
    #[default]
    Full,
    /// Uniform between half the pause and the pause.
    Equal,
}

/// When a request is tried again, and how long the caller pauses before.
#[derive(Clone, Debug, PartialEq)]
pub struct Backoff {
    /// Attempts in all, the first included; at least 1.
    pub attempts: u32,
    /// The pause before the second attempt.
    pub first: Span,
    /// By how much each further pause is longer.
    pub factor: f64,
    /// The longest pause.
    pub longest: Span,
    /// How the pause is spread.
    pub jitter: Jitter,
    /// Whether an attempt draws a demand of its own; otherwise a retry is the same work again.
    pub fresh_demand: bool,
}

/// How a caller exchanges requests and answers with a service.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// Time on the network, each way.
    pub latency: Option<Variate>,
    /// How long the caller waits for the answer to one attempt; [`Span::MAX`] is for ever.
    pub timeout: Span,
    /// What becomes of an attempt that timed out.
    pub abandoned: Abandoned,
    /// Whether and when the caller tries again.
    pub backoff: Backoff,
    /// To how many replicas in turn a router sends an attempt until one can be reached; 0 of who is no router, and sends it to one.
    pub tries: u8,
}

impl Backoff {
    /// One attempt and no more.
    pub const NEVER: Self = Self {
        attempts: 1,
        first: Span::ZERO,
        factor: 1.0,
        longest: Span::ZERO,
        jitter: Jitter::None,
        fresh_demand: false,
    };

    /// The pause after `attempts` attempts have failed, at least one.
    ///
    /// ```
    /// use cloudsched::kernel::{Seed, Span};
    /// use cloudsched::model::{Backoff, Jitter};
    /// let first = Span::from_millis(100);
    /// let longest = Span::from_millis(300);
    /// let backoff = Backoff { attempts: 9, first, factor: 2.0, longest, ..Backoff::NEVER };
    /// let mut draws = Seed::new(1).key("pause").draws(0);
    /// assert_eq!(backoff.pause(1, &mut draws), Span::from_millis(100));
    /// assert_eq!(backoff.pause(2, &mut draws), Span::from_millis(200));
    /// assert_eq!(backoff.pause(3, &mut draws), Span::from_millis(300));
    /// ```
    pub fn pause(&self, attempts: u32, draws: &mut Draws) -> Span {
        let mut pause = self.first;
        for _ in 1..attempts {
            let next = pause.scaled(self.factor);
            // A pause that stays as it is would be worked out anew for every attempt before.
            if pause >= self.longest || next == pause {
                break;
            }
            pause = next;
        }
        let pause = pause.min(self.longest);
        match self.jitter {
            Jitter::None => pause,
            Jitter::Full => pause.scaled(uniform(draws)),
            Jitter::Equal => pause.scaled(0.5 + 0.5 * uniform(draws)),
        }
    }
}
