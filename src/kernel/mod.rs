//! The ground floor: time, the calendar of future events, ids and arenas, named random streams,
//! the digest of a run. It knows nothing of clouds, does no input or output and reads no clock.

pub mod arena;
pub mod calendar;
pub mod digest;
pub mod id;
pub mod stream;
pub mod time;
pub mod timer;

pub use arena::Arena;
pub use calendar::{Agenda, Calendar, Class, Clock};
pub use digest::Digest;
pub use id::Id;
pub use stream::{Draws, Seed, Stream, StreamKey};
pub use time::{Span, Time};
pub use timer::{ShiftingTimer, Timer};
