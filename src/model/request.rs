//! Requests, and the attempts to serve them.

use std::mem::offset_of;

use super::{
    Abandoned, ApplicationId, CellId, ClientNumber, FamilyId, InstanceId, PlatformNumber, ServiceId,
};
use crate::kernel::{Id, Span, StreamKey, Time};

/// The number of a request in flight; used again when it has ended.
pub type RequestId = Id<Request>;
/// The number of an attempt in flight; used again when nothing refers to it any more.
pub type AttemptId = Id<Attempt>;

/// Who waits for the answer to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A client, and which of its users if it is a closed loop.
    Client {
        /// The client.
        client: ClientNumber,
        /// The user; in an open loop the session, 0 if that is not told.
        user: u32,
    },
    /// An attempt at another service, which calls this one, or at a workflow, of whose jobs it is one.
    Call {
        /// The attempt that calls.
        parent: AttemptId,
        /// Which of the calls in the plan of its service or workflow.
        call: u32,
        /// Whether it has ended, and is still on the list of its caller.
        ended: bool,
    },
    /// A client that has sent a message, for whose processing an event source waits.
    Message {
        /// The client.
        client: ClientNumber,
        /// Whether it is held back after a failure, in no line.
        held: bool,
        /// How many attempts at it were refused.
        refusals: u32,
        /// Its line.
        line: u32,
    },
    /// An event source, which gives messages to their service together.
    Batch {
        /// The client of the source.
        client: ClientNumber,
        /// The first of its messages, which are a linked list.
        first: RequestId,
        /// How many there are.
        count: u32,
    },
    /// Nobody: a copy of a request, which a release sends to the new version of its service.
    Copy {
        /// What becomes of it when the original would be given up, as of the original.
        abandoned: Abandoned,
    },
}

impl Origin {
    /// The client whose exchange and priority hold; `None` of a call or copy.
    pub fn client(self) -> Option<ClientNumber> {
        match self {
            Self::Client { client, .. }
            | Self::Message { client, .. }
            | Self::Batch { client, .. } => Some(client),
            Self::Call { .. } | Self::Copy { .. } => None,
        }
    }
}

/// How a request ended; of several attempts, the last one counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Answered.
    Completed,
    /// Turned away by a full line or a platform at its limit.
    Refused,
    /// Not answered in time.
    TimedOut,
    /// Answered with an error: by its own failure, a call below it did not complete, or it took longer
    /// than it may.
    Failed,
}

/// What somebody asked for and still waits for. One cache line.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub struct Request {
    /// Who waits.
    pub origin: Origin,
    /// What it was sent to.
    pub service: ServiceId,
    /// The place in its client's sequence and its call tree, as the key of all its chance.
    pub lineage: StreamKey,
    /// When the first attempt was sent.
    pub sent: Time,
    /// When its timeout or, between two attempts, its pause is over, or the window of a message that waits
    /// for others; [`Request::NEVER`] if none runs.
    pub due: Time,
    /// The attempt in flight; `None` between two attempts.
    pub attempt: Option<AttemptId>,
    /// Attempts so far; those of a batch go on from those of its first message, and one more.
    pub attempts: u32,
    /// In which set of figures it is counted; `None` during the warm-up.
    pub cell: Option<CellId>,
    /// Its work, where a trace told it; otherwise [`Request::UNTOLD`].
    pub demand: Span,
    /// Another call of the same attempt, or the next message of the same line or batch, or the next part of
    /// a batch that was cut, as a linked list.
    pub sibling: Option<RequestId>,
}

impl Request {
    /// A `due` that never comes.
    pub const NEVER: Time = Time::from_nanos(u64::MAX);
    /// A `demand` that is yet to be drawn.
    pub const UNTOLD: Span = Span::MAX;
}

const _: () = assert!(size_of::<Request>() == 64);

/// Where an attempt stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// On its way to the platform.
    Sent,
    /// In a line, or waiting for an instance to start.
    Waiting,
    /// Its own demand is being served.
    Serving,
    /// Its demand is served and it waits for calls of its own, holding its server or instance.
    Calling,
    /// A workflow, on no platform: it waits for its jobs and holds nothing.
    Joining,
    /// The answer is on its way.
    Answering,
    /// What served it is gone: that it has failed, or is refused, is about to be told.
    Lost,
    /// Cancelled; the row is freed by the event or line that still refers to it.
    Cancelled,
}

/// One attempt to serve a request: the work at a platform. It outlives its request if the caller
/// gave up and the work is finished all the same.
///
/// Two cache lines, of which the end of a service touches the first only: by then, other requests
/// have driven the row out of the nearest cache.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
pub struct Attempt {
    /// Its work, in service time on a server of speed 1.
    pub demand: Span,
    /// When it reached the platform.
    pub arrived: Time,
    /// When its service began.
    pub began: Time,
    /// The request; `None` once nobody waits for this attempt.
    pub request: Option<RequestId>,
    /// The family of its service.
    pub family: FamilyId,
    /// The application of the service, on a platform with instances.
    pub application: ApplicationId,
    /// The station or instance that serves it or was started for it.
    pub place: u32,
    /// The set of figures of its request.
    pub cell: Option<CellId>,
    /// The next step of its service's plan of calls.
    pub step: u32,
    /// The first of its calls that are in flight.
    pub calls: Option<RequestId>,
    /// The next attempt bound to the same starting instance, as a linked list.
    pub next: Option<AttemptId>,
    /// The platform that the service runs on; [`NOWHERE`](super::NOWHERE) of a workflow.
    pub platform: PlatformNumber,
    /// Where it stands.
    pub stage: Stage,
    /// Whether the instance that serves it was still starting when it began to wait; `None` before
    /// that is known and on a platform without instances.
    pub cold: Option<bool>,
    /// How it ended, from the moment that is known.
    pub outcome: Outcome,
    /// Whether an event is pending that cuts it while it waits for its calls.
    pub watched: bool,
    /// Whether it comes from outside its platform.
    pub outside: bool,
    /// To how many replicas in turn the router from which it comes still sends it; 0 if it comes from none.
    pub tries: u8,
    /// Chance of its own calls: the lineage of the request.
    pub lineage: StreamKey,
    /// What replaces the demand if the start is cold.
    pub cold_demand: Option<Span>,
    /// How urgent it is: higher first, under a discipline that looks at it.
    pub priority: i32,
    /// The priority that its client gave to the request and to all calls below it.
    pub inherited_priority: Option<i32>,
    /// How many messages it is for; 1 if it is no batch.
    pub messages: u32,
    /// What it should stick to, for balancers that hash.
    pub affinity: u64,
    /// The session to which it belongs, if to any and where that matters.
    pub session: Option<u64>,
}

const _: () = assert!(size_of::<Attempt>() == 128 && offset_of!(Attempt, lineage) == 64);

impl Attempt {
    /// An attempt at a service of `family` on `platform` that is about to be sent.
    pub fn new(request: RequestId, family: FamilyId, platform: PlatformNumber) -> Self {
        Self {
            request: Some(request),
            family,
            platform,
            application: ApplicationId::new(0),
            stage: Stage::Sent,
            cold: None,
            outcome: Outcome::Completed,
            watched: false,
            outside: false,
            tries: 0,
            session: None,
            priority: 0,
            inherited_priority: None,
            affinity: 0,
            messages: 1,
            demand: Span::ZERO,
            cold_demand: None,
            arrived: Time::ZERO,
            began: Time::ZERO,
            place: 0,
            next: None,
            step: 0,
            calls: None,
            lineage: StreamKey::default(),
            cell: None,
        }
    }

    /// How long it waited, once its service has begun.
    pub fn waited(&self) -> Span {
        self.began - self.arrived
    }

    /// The instance that serves it or was started for it, on a platform with instances.
    pub fn instance(&self) -> InstanceId {
        InstanceId::new(self.place)
    }
}
