//! What is told while a run goes on, where somebody asked: each request, and samples of levels.

use crate::kernel::{Span, Time};
use crate::model::Outcome;
use crate::platform::orchestrator::{ClusterEvent, ClusterLevels, ServiceLevels};
use crate::stats::Histogram;

/// A request of a client that has ended.
#[derive(Clone, Debug, PartialEq)]
pub struct RequestRow<'a> {
    /// When its first attempt was sent.
    pub sent: Time,
    /// The client that sent it.
    pub client: &'a str,
    /// The service it was sent to.
    pub service: &'a str,
    /// How it ended.
    pub outcome: Outcome,
    /// How many attempts that took.
    pub attempts: u32,
    /// From the first sending to the end.
    pub response: Span,
    /// What its last attempt waited before it was served; `None` if that was not answered.
    pub waiting: Option<Span>,
    /// Whether its last attempt was cold; `None` if that was not answered, or not by an instance.
    pub cold: Option<bool>,
}

/// The levels of a platform at an instant.
#[derive(Clone, Debug, PartialEq)]
pub struct SeriesRow<'a> {
    /// The instant.
    pub time: Time,
    /// The platform.
    pub platform: &'a str,
    /// Requests that wait.
    pub queue_length: u64,
    /// Servers or instances that serve.
    pub busy: u64,
    /// Instances, starting ones included, or servers that come and go; `None` on those that are always there.
    pub instances: Option<u64>,
    /// Of those, the ones that are starting.
    pub starting: Option<u64>,
    /// Attempts whose service began since the start or the end of the warm-up.
    pub begun: u64,
    /// How the nodes stand, in a sample of a cluster.
    pub cluster: Option<ClusterLevels>,
}

/// A service with replicas on a cluster, or a version of it, at an instant.
#[derive(Clone, Debug, PartialEq)]
pub struct ServiceRow<'a> {
    /// The instant.
    pub time: Time,
    /// The platform.
    pub platform: &'a str,
    /// How it stands, and what happened since the last such row.
    pub of: &'a ServiceLevels,
}

/// Something that was decided or happened on a cluster.
#[derive(Clone, Debug, PartialEq)]
pub struct EventRow<'a> {
    /// The platform.
    pub platform: &'a str,
    /// What.
    pub of: &'a ClusterEvent,
}

/// What an instance did between two moments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doing {
    /// It starts.
    Cold,
    /// It serves.
    Busy,
    /// It waits for requests.
    Idle,
    /// It waits for requests, paused.
    Paused,
    /// It resumes for a request.
    Resuming,
}

/// A period in the life of an instance.
#[derive(Clone, Debug, PartialEq)]
pub struct InstanceRow<'a> {
    /// The platform.
    pub platform: &'a str,
    /// The number of the instance, in order of their starts on that platform.
    pub instance: u64,
    /// The number of its host; `None` where there is no limit.
    pub host: Option<u32>,
    /// Whose requests it serves.
    pub application: &'a str,
    /// When it was started: where its first period begins.
    pub started: Time,
    /// What it did.
    pub doing: Doing,
    /// From when.
    pub from: Time,
    /// Until when; it is gone if nothing follows.
    pub to: Time,
}

/// What a version of a service that is released served since the last such row.
#[derive(Clone, Debug, PartialEq)]
pub struct VersionRow<'a> {
    /// The instant.
    pub time: Time,
    /// The service, as requests name it.
    pub service: &'a str,
    /// The version: the service itself, or `SERVICE@RELEASE`.
    pub version: &'a str,
    /// Attempts that reached it, without copies.
    pub attempts: u64,
    /// Attempts that reached any version of the service, without copies.
    pub attempts_of_all: u64,
    /// Copies of requests that reached it.
    pub copies: u64,
    /// Attempts at it that ended, copies among them.
    pub ended: u64,
    /// Those of them that failed, were refused, or took longer than their callers waited.
    pub failed: u64,
    /// How long those took that completed, from reaching the platform to the end of their service.
    pub took: &'a Histogram,
}

/// A release has come so far.
#[derive(Clone, Debug, PartialEq)]
pub struct ReleaseRow<'a> {
    /// The instant.
    pub time: Time,
    /// The release.
    pub release: &'a str,
    /// The service, as requests name it.
    pub service: &'a str,
    /// The version that is released, `SERVICE@RELEASE`.
    pub version: &'a str,
    /// How far it has come.
    pub milestone: Milestone,
}

/// How far a release has come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Milestone {
    /// It begins.
    Begun,
    /// From now on this share of the requests goes to the new version.
    Shifted(f64),
    /// Its cluster does not get on with it.
    Stalled,
    /// The next release of the service begins before it is through.
    Overtaken,
    /// It was decided that it goes back.
    TakenBack,
    /// Nothing goes to the new version any more.
    Restored,
    /// The old version is gone.
    Completed,
}

/// Takes what is told while a run goes on.
pub trait Recorder: Send {
    /// A request of a client has ended.
    fn request(&mut self, row: &RequestRow<'_>);

    /// The levels of a platform were sampled.
    fn sample(&mut self, row: &SeriesRow<'_>);

    /// The levels of a platform at the start, after every event and at the end, changed or not.
    fn levels(&mut self, row: &SeriesRow<'_>);

    /// An instance has ended a period of its life.
    fn period(&mut self, row: &InstanceRow<'_>);

    /// A version of a service was sampled.
    fn version(&mut self, _: &VersionRow<'_>) {}

    /// A release has come so far.
    fn release(&mut self, _: &ReleaseRow<'_>) {}

    /// A service on a cluster was sampled.
    fn service(&mut self, _: &ServiceRow<'_>) {}

    /// Something was decided or happened on a cluster.
    fn event(&mut self, _: &EventRow<'_>) {}
}

/// Two that are told the same.
impl<A: Recorder, B: Recorder> Recorder for (A, B) {
    fn request(&mut self, row: &RequestRow<'_>) {
        self.0.request(row);
        self.1.request(row);
    }

    fn sample(&mut self, row: &SeriesRow<'_>) {
        self.0.sample(row);
        self.1.sample(row);
    }

    fn levels(&mut self, row: &SeriesRow<'_>) {
        self.0.levels(row);
        self.1.levels(row);
    }

    fn period(&mut self, row: &InstanceRow<'_>) {
        self.0.period(row);
        self.1.period(row);
    }

    fn version(&mut self, row: &VersionRow<'_>) {
        self.0.version(row);
        self.1.version(row);
    }

    fn release(&mut self, row: &ReleaseRow<'_>) {
        self.0.release(row);
        self.1.release(row);
    }

    fn service(&mut self, row: &ServiceRow<'_>) {
        self.0.service(row);
        self.1.service(row);
    }

    fn event(&mut self, row: &EventRow<'_>) {
        self.0.event(row);
        self.1.event(row);
    }
}

/// Nobody, or somebody.
impl<R: Recorder> Recorder for Option<R> {
    fn request(&mut self, row: &RequestRow<'_>) {
        if let Some(recorder) = self {
            recorder.request(row);
        }
    }

    fn sample(&mut self, row: &SeriesRow<'_>) {
        if let Some(recorder) = self {
            recorder.sample(row);
        }
    }

    fn levels(&mut self, row: &SeriesRow<'_>) {
        if let Some(recorder) = self {
            recorder.levels(row);
        }
    }

    fn period(&mut self, row: &InstanceRow<'_>) {
        if let Some(recorder) = self {
            recorder.period(row);
        }
    }

    fn version(&mut self, row: &VersionRow<'_>) {
        if let Some(recorder) = self {
            recorder.version(row);
        }
    }

    fn release(&mut self, row: &ReleaseRow<'_>) {
        if let Some(recorder) = self {
            recorder.release(row);
        }
    }

    fn service(&mut self, row: &ServiceRow<'_>) {
        if let Some(recorder) = self {
            recorder.service(row);
        }
    }

    fn event(&mut self, row: &EventRow<'_>) {
        if let Some(recorder) = self {
            recorder.event(row);
        }
    }
}
