//! Faults: whom they hit when. What each kind does stands in a file of its own.

use super::Orchestrator;
use super::pods::NEVER;
use super::spec::{Event, NodeId};
use crate::kernel::{Agenda, Class, Id, Seed, Span, StreamKey, Time};
use crate::model::ApplicationId;
use crate::platform::{Context, drawn};
use crate::variate::Variate;

/// Something that makes nodes or replicas fail.
#[derive(Clone, Debug)]
pub struct FaultSpec {
    /// Its name; the start of its streams.
    pub name: String,
    /// What it does.
    pub kind: FaultKind,
    /// The nodes that it hits, each for itself.
    pub nodes: Vec<NodeId>,
    /// The applications whose replicas it hits, each for itself.
    pub applications: Vec<ApplicationId>,
    /// When it does, in order.
    pub at: Vec<Time>,
    /// Or how long after the start, or the end of the last time, each time.
    pub between: Option<Variate>,
    /// How long it takes; for ever, or until somebody restarts what it hit, if it is `None`.
    pub lasts: Option<Variate>,
}

/// What a fault does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// A node stops, and all that runs on it.
    Crash,
    /// A node works, but nobody hears of it and no request reaches it.
    Partition,
    /// The CPU of a node has so many thousandths of its speed.
    Slow(u32),
    /// A node is taken away after a notice of so long.
    Spot(Span),
    /// The containers of a replica end; whether as those that have done their work do.
    ContainerCrash {
        /// Their exit code is 0.
        clean: bool,
    },
    /// A replica answers nobody any more.
    Hang,
}

/// Names the kind of an [`Id`]: a node or replica under a fault.
#[derive(Debug)]
pub enum OutageKind {}
/// The number of a node or replica under a fault.
pub type OutageId = Id<OutageKind>;

/// Whom a fault hits.
#[derive(Clone, Copy, Debug)]
pub(super) enum Target {
    Node(NodeId),
    /// Whoever has this number among the replicas of an application.
    Replica(ApplicationId, u32),
}

/// Somebody under a fault, who may fail again and again.
#[derive(Clone, Debug)]
pub(super) struct Outage {
    pub(super) fault: usize,
    pub(super) target: Target,
    /// How often it has hit.
    count: u64,
    /// Whether it hits now.
    pub(super) is_on: bool,
    /// Whether it is known that it hits next.
    noticed: bool,
    gaps: StreamKey,
    lengths: StreamKey,
}

impl Outage {
    /// Of a fault whose chance has its name and that of whom it hits: the same for every scheduler.
    fn new((fault, spec): (usize, &FaultSpec), target: Target, name: &str, seed: Seed) -> Self {
        let key = |what| seed.key(&format!("fault.{}.{name}.{what}", spec.name));
        let (gaps, lengths) = (key("between"), key("lasts"));
        Self { fault, target, count: 0, is_on: false, noticed: false, gaps, lengths }
    }
}

/// The nodes under each fault of a cluster.
pub(super) fn outages(faults: &[FaultSpec], seed: Seed) -> Vec<Outage> {
    let of = |(fault, spec): (usize, &FaultSpec)| {
        let outage = |&node: &NodeId| {
            Outage::new((fault, spec), Target::Node(node), &node.number().to_string(), seed)
        };
        spec.nodes.iter().map(outage).collect::<Vec<_>>()
    };
    faults.iter().enumerate().flat_map(of).collect()
}

impl Orchestrator {
    /// All faults of nodes have their first time.
    pub(super) fn start_faults<A: Agenda<Event>>(&mut self, ctx: &mut Context<'_, A>) {
        for number in 0..self.outages.len() {
            if let Target::Node(_) = self.outages[number].target {
                self.next_failure(OutageId::from_index(number), ctx);
            }
        }
    }

    /// A service has a replica more than ever before: faults of replicas may hit that one, too.
    pub(super) fn new_slot<A: Agenda<Event>>(
        &mut self,
        application: ApplicationId,
        slot: u32,
        ctx: &mut Context<'_, A>,
    ) {
        for fault in 0..self.spec.faults.len() {
            let spec = &self.spec.faults[fault];
            if spec.applications.contains(&application) {
                let name = format!("{}.{slot}", self.spec.pods[application.index()].name);
                let target = Target::Replica(application, slot);
                let id = OutageId::from_index(self.outages.len());
                self.outages.push(Outage::new((fault, spec), target, &name, self.seed));
                self.next_failure(id, ctx);
            }
        }
    }

    /// When a fault hits next.
    fn next_failure<A: Agenda<Event>>(&mut self, id: OutageId, ctx: &mut Context<'_, A>) {
        let now = ctx.now();
        let outage = &mut self.outages[id.index()];
        let fault = &self.spec.faults[outage.fault];
        // What would have come while the node was under the last one is over with that.
        while fault.between.is_none()
            && fault.at.get(outage.count as usize).is_some_and(|at| *at < now)
        {
            outage.count += 1;
        }
        let at = match &fault.between {
            Some(_) => Some(now.plus(drawn(fault.between.as_ref(), outage.gaps, outage.count))),
            None => fault.at.get(outage.count as usize).copied(),
        };
        if let Some(at) = at.filter(|at| *at < NEVER) {
            ctx.agenda.schedule(at, Class::Control, Event::Fails(self.number, id));
        }
    }

    /// A fault hits, or gives notice that it will.
    pub(super) fn fails<A: Agenda<Event>>(&mut self, id: OutageId, ctx: &mut Context<'_, A>) {
        let now = ctx.now();
        let outage = &mut self.outages[id.index()];
        let (target, fault) = (outage.target, &self.spec.faults[outage.fault]);
        let kind = fault.kind;
        if let (FaultKind::Spot(notice), Target::Node(node), false) = (kind, target, outage.noticed)
        {
            outage.noticed = true;
            ctx.agenda.schedule(now.plus(notice), Class::Control, Event::Fails(self.number, id));
            if self.cluster.at(node).is_present() {
                self.notice(node, ctx);
            }
            return;
        }
        let lasts = drawn(fault.lasts.as_ref(), outage.lengths, outage.count);
        outage.count += 1;
        outage.is_on = true;
        let ends = fault.lasts.is_some();
        if ends {
            ctx.agenda.schedule(now.plus(lasts), Class::Control, Event::Returns(self.number, id));
        }
        match target {
            // One that comes in its place meanwhile is not under it.
            Target::Node(node) if !self.cluster.at(node).is_present() => {
                self.outages[id.index()].is_on = false;
            }
            Target::Node(node) => {
                self.healths[node.index()].ending += u32::from(ends);
                match kind {
                    FaultKind::Partition => self.cut_off(node, ctx),
                    FaultKind::Slow(_) => self.speed_changed(node, ctx),
                    FaultKind::Spot(_) => self.take_away(node, ctx),
                    _ => self.crash_node(node, ctx),
                }
            }
            Target::Replica(application, slot) => {
                if let Some(pod) = self.in_slot(application, slot) {
                    match kind {
                        FaultKind::ContainerCrash { clean } => self.end_containers(pod, clean, ctx),
                        _ => self.hang(pod, ctx),
                    }
                }
                if !ends {
                    self.next_failure(id, ctx);
                }
            }
        }
    }

    /// A fault is over.
    pub(super) fn returns<A: Agenda<Event>>(&mut self, id: OutageId, ctx: &mut Context<'_, A>) {
        self.next_failure(id, ctx);
        let outage = &mut self.outages[id.index()];
        outage.noticed = false;
        let was_on = std::mem::take(&mut outage.is_on);
        let kind = self.spec.faults[outage.fault].kind;
        match outage.target {
            Target::Node(_) if !was_on => {}
            Target::Node(node) => {
                self.healths[node.index()].ending -= 1;
                match kind {
                    FaultKind::Partition => self.reconnect(node, ctx),
                    FaultKind::Slow(_) => self.speed_changed(node, ctx),
                    _ => self.repaired(node, kind, ctx),
                }
            }
            Target::Replica(application, slot) => {
                if let Some(pod) = self.in_slot(application, slot) {
                    self.answers_again(pod, ctx);
                }
            }
        }
    }
}
