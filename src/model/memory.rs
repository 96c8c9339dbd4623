//! Memory of what serves requests: what it uses, and when that is over its limit.
//!
//! It uses some memory, more for each request that it has, and what has leaked by time and by request since it began. Over
//! its limit it is killed. What leaks over time is no event: when it is too much follows from how much is left.

use crate::kernel::{Span, Time};
use crate::quantity::{Bytes, Growth};

/// Never.
const NEVER: Time = Time::MAX;

/// What memory a replica, an instance or the process of a server uses, and how much it may.
#[derive(Clone, Copy, Debug)]
pub struct MemoryUse {
    /// The most that it may use; `None` if that is what its node has.
    pub limit: Option<Bytes>,
    /// What it uses without requests.
    pub base: Bytes,
    /// What it uses for each request that it has.
    pub per_request: Bytes,
    /// What leaks of it over time.
    pub leak: Option<Growth<Bytes>>,
    /// What leaks of it with each request that it begins to serve.
    pub leak_per_request: Bytes,
}

impl MemoryUse {
    /// When it is over its limit if it began to run at `began`, has so many requests and has served or serves so
    /// many, and nothing changes before; the end of time if it never is.
    pub fn over(&self, began: Time, present: u32, served: u64) -> Time {
        let Some(limit) = self.limit else { return NEVER };
        match limit.get().checked_sub(self.used_without_time(present, served)) {
            None => began,
            Some(left) => match self.leak {
                Some(leak) => began.plus(leak.exceeds(Bytes::new(left))),
                None => NEVER,
            },
        }
    }

    /// What is used, in bytes, a time after it began.
    pub fn used(&self, age: Span, present: u32, served: u64) -> u64 {
        let leaked = self.leak.map_or(0, |leak| leak.grown(age).get());
        self.used_without_time(present, served).saturating_add(leaked)
    }

    /// When it is to be looked at whether it is over its limit, if that is at `over` and nothing changes before.
    ///
    /// As requests come and go, that time moves. It is looked at halfway then, so that events left behind by it are few,
    /// however many requests there are.
    pub fn look(&self, now: Time, over: Time) -> Time {
        if over <= now {
            now
        } else if self.follows_requests() {
            let half = (over - now).as_nanos().div_ceil(2);
            now.plus(Span::from_nanos(half))
        } else {
            over
        }
    }

    /// What is used but for what leaks over time.
    fn used_without_time(&self, present: u32, served: u64) -> u64 {
        let requests = self.per_request.get().saturating_mul(present.into());
        let leaked = self.leak_per_request.get().saturating_mul(served);
        self.base.get().saturating_add(requests).saturating_add(leaked)
    }

    /// Whether requests change what is used.
    fn follows_requests(&self) -> bool {
        self.per_request > Bytes::ZERO || self.leak_per_request > Bytes::ZERO
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of 100 MiB, 40 are there from the start and 5 for each of 4 requests; 30 have leaked with as many begun. The 10 that are
    /// left leak in half an hour, at 20 MiB an hour. With 7 requests it is too much already.
    #[test]
    fn when_it_is_too_much() {
        let spec = MemoryUse {
            limit: Some(Bytes::mib(100)),
            base: Bytes::mib(40),
            per_request: Bytes::mib(5),
            leak: Some("20MiB/h".parse().unwrap()),
            leak_per_request: Bytes::mib(1),
        };
        let began = Time::ZERO + Span::from_secs(1000);
        let over = Time::ZERO + Span::from_secs(2800) + Span::from_nanos(1);
        assert_eq!(spec.over(began, 4, 30), over);
        assert_eq!(spec.over(began, 7, 30), began);
        assert_eq!(MemoryUse { leak: None, ..spec }.over(began, 4, 30), NEVER);
        assert_eq!(MemoryUse { limit: None, ..spec }.over(began, 4, 30), NEVER);
    }
}
