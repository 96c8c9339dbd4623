//! A pod that somebody watches: what the scheduler said of each node at each of its turns, and what became
//! of it. Where nobody watches, a turn costs one comparison.

use super::pods::{Row, Work};
use super::spec::{OrchestratorSpec, PodId};
use super::{Context, Event, Orchestrator};
use crate::kernel::{Agenda, Id, Time};
use crate::model::{ApplicationId, AttemptId};
use crate::policy::orchestration::kubernetes::{Cluster, Node};
use crate::policy::scheduler::{Explanation, Scored, availability, outside, words};

/// What is known at the end of a run in which a pod was watched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watched {
    /// The pod, if it came.
    pub pod: Option<PodLife>,
    /// How many pods each service, or member of a family, had: they are called `SERVICE-N`, with N from 0
    /// on.
    pub came: Vec<(String, u64)>,
}

/// The life of a pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodLife {
    /// Its name.
    pub name: String,
    /// The service, or member of a family, whose pod it is.
    pub service: String,
    /// When it came into the queue.
    pub came: Time,
    /// Its turns; several in a row that went the same way are one.
    pub turns: Vec<Turn>,
    /// When it was bound to a node, and to which.
    pub bound: Option<(Time, String)>,
    /// When it was evicted, and for which pod.
    pub evicted: Option<(Time, String)>,
    /// When it was gone.
    pub gone: Option<Time>,
    /// The pod in which what ran in it begins anew, if it was stopped.
    pub successor: Option<String>,
}

/// A turn of a pod, or several in a row that went the same way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    /// When it was.
    pub first: Time,
    /// When the last of them was.
    pub last: Time,
    /// How many they were.
    pub times: u64,
    /// How many nodes the cluster has.
    pub nodes: usize,
    /// What forbids all nodes without a look at them.
    pub before: Option<Refusal>,
    /// The nodes that would not do.
    pub refused: Vec<(String, Refusal)>,
    /// The nodes that would do.
    pub left: Vec<String>,
    /// What each score adds to those.
    pub scores: Vec<Scored>,
    /// The node that was chosen.
    pub chosen: Option<String>,
    /// What was done to make room, if there was no node.
    pub room: Option<Room>,
}

/// Why a node would not do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The filter that says so.
    pub filter: &'static str,
    /// In the words of kube-scheduler.
    pub words: Vec<String>,
}

/// Room that is made for a pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Room {
    /// On which node.
    pub node: String,
    /// The pods that go for it.
    pub victims: Vec<String>,
}

impl Turn {
    /// A turn at `now` of which the scheduler says this.
    fn new(explanation: Explanation, cluster: &Cluster, now: Time) -> Self {
        let name = |node| node_name(cluster, node);
        let refusal = |rejection: crate::policy::orchestration::kubernetes::Rejection| Refusal {
            filter: rejection.filter,
            words: words(rejection.verdict, cluster),
        };
        let Explanation { rejected, before, outside: filter, left, scores } = explanation;
        let mut refused: Vec<_> =
            rejected.iter().map(|&(node, rejection)| (name(node), refusal(rejection))).collect();
        if let Some(filter) = filter {
            let mut seen = vec![false; cluster.nodes().len()];
            for node in rejected.iter().map(|(node, _)| node).chain(&left) {
                seen[node.index()] = true;
            }
            let others = cluster.order().iter().filter(|node| !seen[node.index()]);
            let refusal = Refusal { filter, words: vec![outside(filter)] };
            refused.extend(others.map(|&node| (name(node), refusal.clone())));
        }
        Self {
            first: now,
            last: now,
            times: 1,
            nodes: cluster.order().len(),
            before: before.map(refusal),
            refused,
            left: left.into_iter().map(name).collect(),
            scores,
            chosen: None,
            room: None,
        }
    }

    /// Whether it went as another did.
    fn is_like(&self, other: &Self) -> bool {
        let timeless =
            Self { first: other.first, last: other.last, times: other.times, ..self.clone() };
        timeless == *other
    }

    /// How many nodes would do, and why the others would not; if none would, what kube-scheduler's event says.
    pub fn message(&self) -> String {
        if let Some(Refusal { words, .. }) = &self.before {
            // Without a look at nodes, there is nothing to count.
            return format!("0/{} nodes are available: {}.", self.nodes, words.join(", "));
        }
        let words = self.refused.iter().flat_map(|(_, refusal)| &refusal.words);
        availability((self.left.len(), self.nodes), words.map(String::as_str))
    }

    /// By node that would do: the sum of what the scores add.
    pub fn totals(&self) -> Vec<i64> {
        let added = self.scores.iter().filter_map(|scored| scored.of.as_ref());
        let mut totals = vec![0; self.left.len()];
        for (total, score) in added.flat_map(|scores| scores.iter().enumerate()) {
            totals[total] += score;
        }
        totals
    }
}

/// Who is watched.
#[derive(Debug, Default)]
pub(super) struct Watch {
    /// The name of the pod that has not come yet.
    awaited: Option<String>,
    /// The pod, while it is there.
    pod: Option<PodId>,
    /// What runs in it, if it is a job.
    attempt: Option<AttemptId>,
    /// What is told of it.
    life: Option<PodLife>,
    /// What was done to make room in its present turn.
    room: Option<Room>,
}

impl Watch {
    /// Waits for the pod that is to be watched, if one is.
    pub(super) fn new(spec: &OrchestratorSpec) -> Self {
        Self { awaited: spec.watched.clone(), ..Self::default() }
    }

    /// Whether nobody is.
    fn is_off(&self) -> bool {
        self.awaited.is_none() && self.life.is_none()
    }
}

/// The name of a node.
pub(super) fn node_name(cluster: &Cluster, node: Id<Node>) -> String {
    cluster.names.text(cluster.node(node).name).to_owned()
}

impl Orchestrator {
    /// The name of a pod.
    fn pod_name(&self, row: &Row) -> String {
        format!("{}-{}", self.service_of(row.application), row.number)
    }

    fn service_of(&self, application: ApplicationId) -> &str {
        &self.spec.pods[application.index()].name
    }

    /// A pod has come into the queue.
    pub(super) fn watch_arrival(&mut self, pod: PodId, now: Time) {
        if self.watch.is_off() {
            return;
        }
        let row = self.rows.get(pod).expect("it has just come");
        let name = self.pod_name(row);
        let (attempt, again) = match row.work {
            Work::Job { attempt, again, .. } => (Some(attempt), again),
            Work::Replica(_) => (None, false),
        };
        if self.watch.awaited.as_ref() == Some(&name) {
            let life = PodLife {
                name,
                service: self.service_of(row.application).to_owned(),
                came: now,
                turns: Vec::new(),
                bound: None,
                evicted: None,
                gone: None,
                successor: None,
            };
            self.watch =
                Watch { awaited: None, pod: Some(pod), attempt, life: Some(life), room: None };
        } else if again && self.watch.attempt == attempt {
            let stopped = |life: &&mut PodLife| life.gone == Some(now) && life.successor.is_none();
            if let Some(life) = self.watch.life.as_mut().filter(stopped) {
                life.successor = Some(name);
            }
        }
    }

    /// A pod has its turn, watched or not. Says whether it got anything: a node, or room that is being made for it.
    pub(super) fn any_turn<A: Agenda<Event>>(
        &mut self,
        pod: PodId,
        ctx: &mut Context<'_, A>,
    ) -> bool {
        let now = ctx.now();
        if self.watch.pod != Some(pod) {
            return self.turn(pod, ctx);
        }
        let explanation = self.scheduler.explain(&self.cluster, pod);
        let explanation = match self.pinned(pod) {
            Some(node) => explanation.only(node),
            None => explanation,
        };
        let mut turn = Turn::new(explanation, &self.cluster, now);
        let got = self.turn(pod, ctx);
        turn.room = self.watch.room.take();
        let node = self.cluster.pod(pod).node;
        turn.chosen = node.map(|node| node_name(&self.cluster, node));
        let life = self.watch.life.as_mut().expect("a pod that is watched has come");
        if let Some(chosen) = &turn.chosen {
            life.bound = Some((now, chosen.clone()));
        }
        match life.turns.last_mut().filter(|last| turn.is_like(last)) {
            Some(last) => (last.last, last.times) = (now, last.times + 1),
            None => life.turns.push(turn),
        }
        got
    }

    /// Pods are to go from a node for another one.
    pub(super) fn watch_room(&mut self, pod: PodId, node: Id<Node>, victims: &[PodId], now: Time) {
        let Some(watched) = self.watch.pod else { return };
        let name = |pod| self.pod_name(self.rows.get(pod).expect("it is there"));
        if pod == watched {
            let victims = victims.iter().copied().map(name).collect();
            self.watch.room = Some(Room { node: node_name(&self.cluster, node), victims });
        } else if victims.contains(&watched) {
            let evicted = Some((now, name(pod)));
            let first = |life: &&mut PodLife| life.evicted.is_none();
            if let Some(life) = self.watch.life.as_mut().filter(first) {
                life.evicted = evicted;
            }
        }
    }

    /// A pod is gone.
    pub(super) fn watch_end(&mut self, pod: PodId, now: Time) {
        if self.watch.pod == Some(pod) {
            self.watch.pod = None;
            let life = self.watch.life.as_mut().expect("a pod that is watched has come");
            life.gone = Some(now);
        }
    }

    /// What is known of the pod that is watched, if one is.
    pub(super) fn all_watched(&self) -> Option<Watched> {
        let count = |(pods, &count): (&super::PodSpec, &u64)| (pods.name.clone(), count);
        let came = || self.spec.pods.iter().zip(&self.numbers).map(count).collect();
        (!self.watch.is_off()).then(|| Watched { pod: self.watch.life.clone(), came: came() })
    }
}
