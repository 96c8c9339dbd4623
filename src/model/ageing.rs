//! Software ageing: a request takes longer the longer what serves it has been up, and the more it has served.
//!
//! Source: Y. Huang, C. Kintala, N. Kolettis, N. D. Fulton: "Software Rejuvenation: Analysis, Module and Applications",
//! FTCS-25, 1995, pages 381 to 390: long-running processes degrade, and are as new when they are started again. That it is
//! a straight line here is a choice.

use super::MemoryUse;
use crate::kernel::Span;
use crate::quantity::{Bytes, Growth, Percentage};

/// How requests take longer with the age of what serves them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ageing {
    /// Up to this age time makes nothing slower.
    pub after: Span,
    /// By how much of itself a demand grows with the time since then; `None` is not at all.
    pub slower: Option<Growth<Percentage>>,
    /// By how much of itself it grows with each request that was begun to be served before.
    pub slower_per_request: Percentage,
}

impl Ageing {
    /// What a demand takes at this age, after so many requests, to the nearest nanosecond; at most [`Span::MAX`].
    #[must_use]
    pub fn of(&self, demand: Span, age: Span, requests: u64) -> Span {
        let time = age.minus(self.after);
        let by_time = self.slower.map_or(Percentage::ZERO, |slower| slower.grown(time));
        let by_requests = self.slower_per_request.billionths().saturating_mul(requests);
        let more = u128::from(by_time.billionths()) + u128::from(by_requests);
        let whole = u128::from(Percentage::WHOLE);
        let nanos = u128::from(demand.as_nanos()).saturating_mul(whole + more);
        let nanos = nanos.saturating_add(whole / 2) / whole;
        u64::try_from(nanos).map_or(Span::MAX, |nanos| Span::from_nanos(nanos).min(Span::MAX))
    }
}

/// How what serves a service wears out.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wear {
    /// How its requests take longer; `None` if they do not.
    pub ageing: Option<Ageing>,
    /// What memory it uses and how much it may; `None` if that is not counted.
    pub memory: Option<MemoryUse>,
}

impl Wear {
    /// Whether it does in any way.
    pub fn is_any(&self) -> bool {
        self.ageing.is_some() || self.memory.is_some()
    }

    /// The same where so much memory may be used.
    #[must_use]
    pub fn limited_to(self, limit: Bytes) -> Self {
        let memory = self.memory.map(|memory| MemoryUse { limit: Some(limit), ..memory });
        Self { memory, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Nothing for an hour; then 10 % more each hour, and a thousandth more for each request.
    #[test]
    fn it_grows_in_a_straight_line() {
        let ageing = Ageing {
            after: Span::from_secs(3600),
            slower: Some("10%/h".parse().unwrap()),
            slower_per_request: "0.1%".parse().unwrap(),
        };
        let of = |hours: u64, requests| {
            ageing.of(Span::from_millis(200), Span::from_secs(hours * 3600), requests)
        };
        assert_eq!(of(0, 0), Span::from_millis(200));
        assert_eq!(of(1, 0), Span::from_millis(200));
        assert_eq!(of(3, 0), Span::from_millis(240));
        assert_eq!(of(0, 100), Span::from_millis(220));
        assert_eq!(of(6, 500), Span::from_millis(400));
        assert_eq!(ageing.of(Span::MAX, Span::MAX, u64::MAX), Span::MAX);
    }
}
