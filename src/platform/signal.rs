//! What a platform tells the world, and how one application takes the place of another there.

use crate::model::{ApplicationId, AttemptId, PlatformNumber};

/// What a platform tells the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// What an attempt waited for is done: its own demand, which a platform tells, or the calls of a
    /// step, which the world tells itself. It holds its server or instance until released.
    Served(AttemptId),
    /// An attempt is turned away.
    Refused(AttemptId),
    /// An attempt that is being served has failed. It holds its instance until released.
    Failed(AttemptId),
    /// What served an attempt, or waited with it for its calls, is gone, so that it has failed and holds nothing
    /// any more. If it is `due`, the event that its demand is served is still to come.
    Lost {
        /// The attempt, of stage [`Stage::Lost`](crate::model::Stage::Lost).
        attempt: AttemptId,
        /// Whether that event still names it.
        due: bool,
    },
    /// All requests go to this application, to which instances are handed over.
    Shifted(PlatformNumber, ApplicationId),
    /// All requests go to the old version of this application again.
    ShiftedBack(PlatformNumber, ApplicationId),
    /// What was to be handed over to this application of a platform is: its old version has no instance left.
    HandedOver(PlatformNumber, ApplicationId),
    /// The platform has given up handing over to this application, or bringing it up; both versions stay as they are.
    HandoverFailed(PlatformNumber, ApplicationId),
    /// What was ordered of this application is there: requests may go to it.
    BroughtUp(PlatformNumber, ApplicationId),
    /// This application has no instance left: all are of its old version again.
    HandedBack(PlatformNumber, ApplicationId),
}

/// How one application takes the place of another, on the platform that both run on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handover {
    /// What serves until now.
    pub old: ApplicationId,
    /// What is to serve instead.
    pub new: ApplicationId,
}
