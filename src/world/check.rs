//! What holds between any two events of a run, for tests that drive a world by hand.

use super::World;

impl World<'_> {
    /// Looks whether the parts of the world agree with each other. Costs as much as the world is
    /// large.
    ///
    /// # Panics
    /// If anything does not hold that always should: more jobs than servers, a host over its
    /// capacity, a request that waits while there is room for it, counts that are not true.
    pub fn check(&self) {
        assert!(self.outbox.is_empty(), "signals are left over: {:?}", self.outbox);
        for platform in &self.platforms {
            platform.kind.asked().check(&self.attempts);
        }
        for source in self.clients.iter().filter_map(|client| client.source.as_ref()) {
            source.check(&self.requests);
        }
    }

    /// How many requests and how many attempts exist: all that is in flight, abandoned work
    /// included.
    pub fn in_flight(&self) -> (usize, usize) {
        (self.requests.len(), self.attempts.len())
    }

    /// The most requests and attempts that existed at once; what their memory is in proportion to.
    pub fn most_in_flight(&self) -> (usize, usize) {
        (self.requests.capacity(), self.attempts.capacity())
    }
}
