//! Pods: what is known of each beside what the scheduler sees.

use std::collections::VecDeque;

use super::Orchestrator;
use super::containers::Containers;
use super::spec::{NodeId, PodId};
use crate::kernel::{ShiftingTimer, Time};
use crate::model::{ApplicationId, AttemptId, HostId, Processor};
use crate::platform::fleet::{Period, State};
use crate::policy::orchestration::kubernetes::{Names, Pod};
use crate::pricing::Account;

/// A time that never comes.
pub(super) const NEVER: Time = Time::MAX;

/// A pod.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// What runs in it.
    pub(super) work: Work,
    /// Whose pod it is.
    pub(super) application: ApplicationId,
    /// Its number among the pods of its application.
    pub(super) number: u64,
    /// Its number among all pods, in the order in which they came.
    pub(super) came: u64,
    /// Its number among those put on nodes, on the whole platform.
    pub(super) instance: u64,
    /// When it came into the queue.
    pub(super) since: Time,
    /// When it was put on its node; [`NEVER`] before.
    pub(super) started: Time,
    /// When the machine of its own is there, where it has one, and when that has its image; [`NEVER`] if it was not ordered.
    pub(super) machine: Time,
    pub(super) image: Time,
    /// When it is stopped, if it is to go; [`NEVER`] if not.
    pub(super) stops: Time,
    /// What a meter keeps with it.
    pub(super) account: Account,
}

impl Row {
    /// Whether it goes by itself, or a job in it begins.
    pub(super) fn is_moving(&self) -> bool {
        let starts = matches!(self.work, Work::Job { begins, .. } if begins < NEVER);
        starts || self.stops < NEVER
    }

    /// Its life until now, on its node.
    pub(super) fn period(&self, node: NodeId, now: Time) -> Period {
        Period {
            instance: self.instance,
            application: self.application,
            host: HostId::from_index(node.index()),
            started: self.started,
            state: State::Busy,
            from: self.started,
            to: now,
        }
    }
}

/// What runs in a pod.
#[derive(Clone, Debug)]
pub(super) enum Work {
    /// A request, which is all that the pod is there for.
    Job {
        attempt: AttemptId,
        /// When its containers will have started; [`NEVER`] if they do not start.
        begins: Time,
        /// How often they have begun to start.
        starts: u64,
        /// When it ends; [`NEVER`] if that is not known.
        ends: Time,
        /// Whether another pod of the attempt was evicted before.
        again: bool,
        /// How many of its pods were killed or evicted for the memory of their nodes.
        kills: u32,
    },
    /// A replica of a service, which serves requests.
    Replica(Box<Replica>),
}

/// A replica of a service.
#[derive(Clone, Debug)]
pub(super) struct Replica {
    /// Shares its CPU among the requests that compute.
    pub(super) processor: Processor,
    /// Stands for the next of them that ends.
    pub(super) timer: ShiftingTimer,
    /// What its containers do.
    pub(super) containers: Containers,
    /// The only node that it is for, if it is one of a daemon set.
    pub(super) pinned: Option<NodeId>,
    /// Its number among the replicas of its service, used again when it counts no longer.
    pub(super) slot: u32,
    /// Requests that wait for others of this pod.
    pub(super) line: VecDeque<AttemptId>,
    /// Requests in service, those that wait for calls included.
    pub(super) served: u32,
    /// Its number among the endpoints of its service, if it is one.
    pub(super) endpoint: Option<u32>,
    /// When it becomes one; [`NEVER`] if that is not known.
    pub(super) joins: Time,
    /// Whether its containers start.
    pub(super) starting: bool,
    /// When it is one no longer; [`NEVER`] if that is not known.
    pub(super) leaves: Time,
    /// CPU that those who compute could use, in millicpu, up to its limit.
    pub(super) wanted: u64,
    /// CPU that it has of its node, in millicpu.
    pub(super) share: u64,
    /// CPU time used, in millicpu times nanoseconds, until `since`.
    pub(super) used: u128,
    pub(super) since: Time,
    /// What it had used when an autoscaler looked at it last, and when that was.
    pub(super) sampled: u128,
    pub(super) sampled_at: Time,
    /// The requests that it has got, and how many these were when an autoscaler looked last.
    pub(super) arrived: u64,
    pub(super) counted: u64,
    /// When it became an endpoint, or ceased to be one.
    pub(super) turned: Time,
}

impl Replica {
    /// Whether nothing is left to do.
    pub(super) fn is_idle(&self) -> bool {
        self.served == 0 && self.line.is_empty()
    }

    /// Whether it is no endpoint that stays one.
    pub(super) fn lacks_endpoint(&self) -> bool {
        self.endpoint.is_none() || self.leaves < NEVER
    }

    /// Requests that it has, waiting or not.
    pub(super) fn present(&self) -> u32 {
        self.served + self.line.len() as u32
    }

    /// Counts the CPU that was used until now.
    pub(super) fn count_cpu(&mut self, now: Time) {
        let rate = u128::from(self.wanted.min(self.share));
        self.used += rate * u128::from((now - self.since).as_nanos());
        self.since = now;
    }
}

/// All pods, by their numbers.
#[derive(Debug, Default)]
pub(super) struct Rows(Vec<Option<Row>>);

impl Rows {
    /// A new pod.
    pub(super) fn insert(&mut self, id: PodId, row: Row) {
        if self.0.len() <= id.index() {
            self.0.resize_with(id.index() + 1, || None);
        }
        self.0[id.index()] = Some(row);
    }

    /// A pod, if it is still there.
    pub(super) fn get(&self, id: PodId) -> Option<&Row> {
        self.0.get(id.index())?.as_ref()
    }

    /// A pod that is there.
    pub(super) fn at(&mut self, id: PodId) -> &mut Row {
        self.0[id.index()].as_mut().expect("the pod is there")
    }

    /// A replica that is there.
    pub(super) fn replica(&mut self, id: PodId) -> Option<&mut Replica> {
        match &mut self.0.get_mut(id.index())?.as_mut()?.work {
            Work::Replica(replica) => Some(replica),
            Work::Job { .. } => None,
        }
    }

    /// A pod is gone.
    pub(super) fn remove(&mut self, id: PodId) -> Row {
        self.0[id.index()].take().expect("the pod is there")
    }

    /// All pods that are there.
    pub(super) fn iter(&self) -> impl Iterator<Item = (PodId, &Row)> {
        let numbered = self.0.iter().enumerate();
        numbered.filter_map(|(index, row)| Some((PodId::from_index(index), row.as_ref()?)))
    }
}

impl Orchestrator {
    /// A new pod stands in the queue.
    pub(super) fn submit(&mut self, application: ApplicationId, work: Work, now: Time) -> PodId {
        let of = &self.spec.pods[application.index()];
        let pod = self.cluster.add_pod(Pod::new(of.template, Names::EMPTY));
        let count = &mut self.numbers[application.index()];
        let row = Row {
            work,
            application,
            number: *count,
            came: self.came,
            instance: 0,
            since: now,
            started: NEVER,
            machine: NEVER,
            image: NEVER,
            stops: NEVER,
            account: Account::default(),
        };
        *count += 1;
        self.came += 1;
        self.of_cluster.pending.add(now, 1);
        self.rows.insert(pod, row);
        self.queue.insert(self.rank_of(pod));
        self.watch_arrival(pod, now);
        pod
    }

    /// A pod that has no node yet is not wanted any more. If room was made for it, that is news to others.
    pub(super) fn withdraw(&mut self, pod: PodId, now: Time) {
        self.watch_end(pod, now);
        self.of_cluster.pending.sub(now, 1);
        self.nominate(pod, None);
        self.queue.remove(&self.rank_of(pod));
        self.parked.remove(pod);
        self.cluster.remove(pod);
        self.rows.remove(pod);
    }
}
