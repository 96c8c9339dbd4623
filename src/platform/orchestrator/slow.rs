//! Nodes whose CPU runs at a part of its speed.

use super::Orchestrator;
use super::containers::State;
use super::faults::{FaultKind, Target, Whom};
use super::pods::{NEVER, Work};
use super::spec::{Event, NodeId, PodId};
use crate::kernel::{Agenda, Class, Span, Time};
use crate::model::{Outage, Processor};
use crate::platform::Context;

/// The speed of a node that is under no fault.
const WHOLE_SPEED: u32 = 1000;

/// How long `work` takes at a speed in thousandths.
pub(super) fn at_speed(work: Span, speed: u32) -> Span {
    if speed == WHOLE_SPEED {
        return work;
    }
    let nanos = (u128::from(work.as_nanos()) * u128::from(WHOLE_SPEED)).div_ceil(speed.into());
    Span::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

impl Orchestrator {
    /// Another number of faults slow a node: the worst of them says how fast it is.
    pub(super) fn speed_changed<A: Agenda<Event>>(
        &mut self,
        node: NodeId,
        ctx: &mut Context<'_, A>,
    ) {
        let slow = |outage: &Outage<Target>| match (
            self.spec.faults[outage.fault].kind,
            outage.target.whom,
        ) {
            (FaultKind::Slow(speed), Whom::Node(of)) if of == node && outage.target.is_on => {
                Some(speed)
            }
            _ => None,
        };
        let speed = self.outages.iter().filter_map(slow).min().unwrap_or(WHOLE_SPEED);
        let before = std::mem::replace(&mut self.healths[node.index()].speed, speed);
        if before == speed {
            return;
        }
        for pod in self.pods_on(node) {
            match &mut self.rows.at(pod).work {
                Work::Job { ends, .. } => {
                    let now = ctx.now();
                    if *ends <= now || *ends == NEVER {
                        continue;
                    }
                    let rest = u128::from((*ends - now).as_nanos()) * u128::from(before);
                    let rest = u64::try_from(rest.div_ceil(speed.into())).unwrap_or(u64::MAX);
                    *ends = now.plus(Span::from_nanos(rest));
                    if *ends < NEVER {
                        let event = Event::Ended(self.number, pod);
                        ctx.agenda.schedule(*ends, Class::Completion, event);
                    }
                }
                Work::Replica(_) => self.replica_speed(pod, speed, ctx),
            }
        }
    }

    fn replica_speed<A: Agenda<Event>>(
        &mut self,
        pod: PodId,
        speed: u32,
        ctx: &mut Context<'_, A>,
    ) {
        let Some(replica) = self.rows.replica(pod) else { return };
        replica.processor.set_speed(ctx.now(), speed);
        if replica.containers.state != State::Hanging
            && let Some(end) = replica.processor.next_end()
        {
            let event = Event::Computed(self.number, pod);
            replica.timer.arm(ctx.agenda, end, Class::Completion, event);
        }
    }

    /// The speed of the node of a pod, in thousandths.
    pub(super) fn speed_of(&self, pod: PodId) -> u32 {
        let node = self.cluster.pod(pod).node;
        node.map_or(WHOLE_SPEED, |node| self.healths[node.index()].speed)
    }

    /// A replica has a processor on which nothing computes, as fast as its node.
    pub(super) fn fresh_processor(&mut self, pod: PodId, now: Time) {
        let speed = self.speed_of(pod);
        let Some(replica) = self.rows.replica(pod) else { return };
        replica.processor = Processor::of_millicores(1);
        if speed != WHOLE_SPEED {
            replica.processor.set_speed(now, speed);
        }
    }
}
