//! What a platform of the Fn project is made of, and what happens on it.

use super::Placing;
use crate::kernel::Span;
use crate::model::PlatformNumber;
use crate::platform::fleet::FleetSpec;
use crate::quantity::Bytes;
use crate::variate::Variate;

/// What a runner keeps for itself, at least and at most (`resource.go`, `getMemoryHeadRoom`).
const HEAD_ROOM: (Bytes, Bytes) = (Bytes::mib(256), Bytes::mib(5 * 1024));

/// The memory of a runner that functions can have: a tenth of it is kept for other things, but 256 MiB at least
/// and 5 GiB at most. Nothing is left of 256 MiB.
///
/// ```
/// use cloudsched::platform::fn_project::available;
/// use cloudsched::quantity::Bytes;
/// assert_eq!(available(Bytes::mib(1024)), Bytes::mib(768));
/// assert_eq!(available(Bytes::mib(10_240)), Bytes::mib(9_216));
/// assert_eq!(available(Bytes::mib(102_400)), Bytes::mib(97_280));
/// ```
pub fn available(memory: Bytes) -> Bytes {
    let head_room = Bytes::new(memory.get() / 10).clamp(HEAD_ROOM.0, HEAD_ROOM.1);
    Bytes::new(memory.get().saturating_sub(head_room.get()))
}

/// A platform of kind `fn`.
#[derive(Clone, Debug)]
pub struct FnSpec {
    /// Containers and runners, which are its hosts, with what functions can have of them; containers are
    /// picked by host.
    pub fleet: FleetSpec,
    /// In which order runners are asked.
    pub placing: Placing,
    /// How long a request sleeps at the load balancer when all runners are busy; longer than no time.
    pub retry_delay: Span,
    /// How long the load balancer tries; longer than no time.
    pub placer_timeout: Span,
    /// How often a request that waits at a runner asks for a container; longer than no time.
    pub hot_poll: Span,
    /// How long a runner remembers a function that nobody waits for.
    pub launcher_timeout: Span,
    /// How long a container takes to start; `None` is no time.
    pub cold_start: Option<Variate>,
    /// How long a paused container takes to resume.
    pub resume: Option<Variate>,
}

/// What happens on the platform, beside what happens to its containers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A request that sleeps at the load balancer may be tried again.
    Retry(PlatformNumber),
    /// One may have been tried for long enough.
    GiveUp(PlatformNumber),
    /// One that waits at a runner may ask for a container again.
    Check(PlatformNumber),
}
