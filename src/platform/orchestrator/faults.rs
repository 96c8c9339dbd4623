//! Faults: whom they hit when. What each kind does stands in a file of its own.

use super::Orchestrator;
use super::chronicle::Ended;
use super::spec::{Event, NodeId};
use crate::kernel::{Agenda, Class, Seed};
use crate::model::{ApplicationId, FaultTimes, Hit, Outage, OutageId};
use crate::platform::Context;

/// Something that makes nodes or replicas fail.
#[derive(Clone, Debug)]
pub struct FaultSpec {
    /// When it hits each of them. Without an end it takes for ever, or until somebody restarts what it hit.
    pub times: FaultTimes,
    /// What it does.
    pub kind: FaultKind,
    /// The nodes that it hits, each for itself.
    pub nodes: Vec<NodeId>,
    /// The applications whose replicas it hits, each for itself.
    pub applications: Vec<ApplicationId>,
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
    /// A node is taken away after the notice.
    Spot,
    /// The containers of a replica end; whether as those that have done their work do.
    ContainerCrash {
        /// Their exit code is 0.
        clean: bool,
    },
    /// A replica answers nobody any more.
    Hang,
}

/// Whom a fault hits.
#[derive(Clone, Copy, Debug)]
pub(super) enum Whom {
    Node(NodeId),
    /// Whoever has this number among the replicas of an application.
    Replica(ApplicationId, u32),
}

/// Whom a fault hits, and whether it does.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target {
    pub(super) whom: Whom,
    /// Whether whoever is there now is under the fault, or was given notice of it.
    pub(super) is_on: bool,
    /// What comes of the notice that was given last, until it does.
    noticed: Option<Hit>,
}

impl Target {
    fn new(whom: Whom) -> Self {
        Self { whom, is_on: false, noticed: None }
    }
}

/// The nodes under each fault of a cluster, whose chance has their numbers: the same for every scheduler.
pub(super) fn outages(faults: &[FaultSpec], seed: Seed) -> Vec<Outage<Target>> {
    let of = |(fault, spec): (usize, &FaultSpec)| {
        let outage = |&node: &NodeId| {
            let target = Target::new(Whom::Node(node));
            Outage::new((fault, &spec.times), target, node.number(), seed)
        };
        spec.nodes.iter().map(outage).collect::<Vec<_>>()
    };
    faults.iter().enumerate().flat_map(of).collect()
}

impl Orchestrator {
    /// All faults of nodes have their first time.
    pub(super) fn start_faults<A: Agenda<Event>>(&mut self, ctx: &mut Context<'_, A>) {
        for number in 0..self.outages.len() {
            if let Whom::Node(_) = self.outages[number].target.whom {
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
                let target = Target::new(Whom::Replica(application, slot));
                let id = OutageId::from_index(self.outages.len());
                self.outages.push(Outage::new((fault, &spec.times), target, name, self.seed));
                self.next_failure(id, ctx);
            }
        }
    }

    /// When a fault hits next.
    fn next_failure<A: Agenda<Event>>(&mut self, id: OutageId, ctx: &mut Context<'_, A>) {
        let outage = &mut self.outages[id.index()];
        if let Some(at) = outage.next(&self.spec.faults[outage.fault].times, ctx.now()) {
            ctx.agenda.schedule(at, Class::Control, Event::Fails(self.number, id));
        }
    }

    /// A fault hits, or what it has given notice of comes.
    pub(super) fn fails<A: Agenda<Event>>(&mut self, id: OutageId, ctx: &mut Context<'_, A>) {
        let outage = &mut self.outages[id.index()];
        let spec = &self.spec.faults[outage.fault];
        let (whom, kind) = (outage.target.whom, spec.kind);
        let noticed = outage.target.noticed.take();
        let hit = noticed.unwrap_or_else(|| outage.hit(&spec.times, ctx.now()));
        if noticed.is_none()
            && let Whom::Node(node) = whom
        {
            // One that comes in its place meanwhile is not under it.
            outage.target.is_on = self.cluster.at(node).is_present();
            if kind == FaultKind::Spot {
                outage.target.noticed = Some(hit);
                ctx.agenda.schedule(hit.gone, Class::Control, Event::Fails(self.number, id));
                if outage.target.is_on {
                    self.notice(node, ctx);
                }
                return;
            }
        }
        let is_on = outage.target.is_on;
        if let Some(over) = hit.over {
            ctx.agenda.schedule(over, Class::Control, Event::Returns(self.number, id));
        }
        match whom {
            Whom::Node(node) if is_on => {
                self.healths[node.index()].ending += u32::from(hit.over.is_some());
                match kind {
                    FaultKind::Partition => self.cut_off(node, ctx),
                    FaultKind::Slow(_) => self.speed_changed(node, ctx),
                    FaultKind::Spot => self.take_away(node, ctx),
                    _ => self.crash_node(node, ctx),
                }
            }
            Whom::Node(_) => {}
            Whom::Replica(application, slot) => {
                if let Some(pod) = self.in_slot(application, slot) {
                    match kind {
                        FaultKind::ContainerCrash { clean } => {
                            let ended = if clean { Ended::Done } else { Ended::Crashed };
                            self.end_containers(pod, ended, ctx);
                        }
                        _ => self.hang(pod, ctx),
                    }
                }
            }
        }
        // Without an end, who takes the place of what it hit may be hit again.
        let is_followed = match whom {
            Whom::Node(node) => self.comes_and_goes(node),
            Whom::Replica(..) => true,
        };
        if hit.over.is_none() && is_followed {
            self.next_failure(id, ctx);
        }
    }

    /// A fault is over.
    pub(super) fn returns<A: Agenda<Event>>(&mut self, id: OutageId, ctx: &mut Context<'_, A>) {
        self.next_failure(id, ctx);
        let outage = &mut self.outages[id.index()];
        let kind = self.spec.faults[outage.fault].kind;
        let was_on = std::mem::take(&mut outage.target.is_on);
        match outage.target.whom {
            Whom::Node(_) if !was_on => {}
            Whom::Node(node) => {
                self.healths[node.index()].ending -= 1;
                match kind {
                    FaultKind::Partition => self.reconnect(node, ctx),
                    FaultKind::Slow(_) => self.speed_changed(node, ctx),
                    _ => self.repaired(node, kind, ctx),
                }
            }
            Whom::Replica(application, slot) => {
                if let Some(pod) = self.in_slot(application, slot) {
                    self.answers_again(pod, ctx);
                }
            }
        }
    }
}
