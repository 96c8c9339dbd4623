//! The containers of a replica: from the pull of their image until they serve, and what may happen to them.

use super::Orchestrator;
use super::chronicle::Ended;
use super::health::CheckSpec;
use super::pods::NEVER;
use super::restart::Backoff;
use super::spec::{Event, PodId, PodSpec, ReplicaSpec};
use crate::kernel::stream::uniform;
use crate::kernel::{Agenda, Class, Id, Span, Time};
use crate::model::ApplicationId;
use crate::platform::{Context, drawn};
use crate::policy::orchestration::kubernetes::Node;
use crate::quantity::Probability;

/// What the containers of a replica do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// They start, or their image comes; nobody sends them anything.
    Starting,
    /// They answer.
    Working,
    /// They take requests and answer none.
    Hanging,
    /// They work, but nobody reaches their node.
    CutOff,
    /// They have ended, and may be started again.
    Ended,
    /// They are not there: they have stopped with their node, or it does not know of them yet.
    Down,
}

/// The containers of a replica. A time is [`NEVER`] if that is not known or not due.
#[derive(Clone, Debug)]
pub(super) struct Containers {
    pub(super) state: State,
    /// When they began to start.
    pub(super) began: Time,
    /// When they can serve, or could.
    pub(super) able: Time,
    /// When they are first found ready since they began to start.
    pub(super) ready: Time,
    /// When they began to hang.
    pub(super) hung: Time,
    /// Before that they do not start.
    pub(super) not_before: Time,
    /// When their start fails, or the pull of their image if they have not begun. Those that hang do not fail then, but when what is
    /// left of their start is done.
    pub(super) fails: Time,
    /// When they are found not to be ready any more.
    pub(super) unready: Time,
    /// When they are found to be sick.
    pub(super) sick: Time,
    /// When they are killed, as they did not stop when they were told.
    pub(super) killed: Time,
    /// When they start again.
    pub(super) again: Time,
    pub(super) backoff: Backoff,
    pub(super) pulls: Backoff,
    /// Requests that they have begun to serve since they began, where that is counted.
    pub(super) requests: u64,
    /// When their memory is looked at.
    pub(super) looked: Time,
    /// How often they were started again, and their image was pulled.
    pub(super) restarts: u64,
    tries: u64,
    /// If they have ended on a node that is cut off, and another pod takes their place when that is heard of: after how long;
    /// [`Span::MAX`] is never.
    pub(super) unheard: Option<Span>,
    /// Since when requests go to them that they do not serve.
    pub(super) failed: Time,
}

impl Containers {
    /// Of a pod that has no node yet.
    pub(super) fn new() -> Self {
        Self {
            state: State::Down,
            began: NEVER,
            able: NEVER,
            ready: NEVER,
            hung: NEVER,
            not_before: Time::ZERO,
            fails: NEVER,
            unready: NEVER,
            sick: NEVER,
            killed: NEVER,
            again: NEVER,
            backoff: Backoff::default(),
            pulls: Backoff::default(),
            requests: 0,
            looked: NEVER,
            restarts: 0,
            tries: 0,
            unheard: None,
            failed: NEVER,
        }
    }

    /// They are not there any more; nothing is due.
    pub(super) fn stop(&mut self) {
        self.state = State::Down;
        self.nothing_is_due();
        self.again = NEVER;
    }

    /// Whether they have started, and have not ended.
    pub(super) fn are_there(&self) -> bool {
        matches!(self.state, State::Working | State::Hanging | State::CutOff)
    }

    /// Nothing has been found of them.
    fn nothing_is_due(&mut self) {
        (self.fails, self.unready, self.sick, self.killed) = (NEVER, NEVER, NEVER, NEVER);
        self.unheard = None;
    }

    /// The number of a draw that is made each time they start.
    pub(super) fn draw(number: u64, times: u64) -> u64 {
        number | times << 40
    }
}

/// Whether a time has come, which is then over.
pub(super) fn comes(due: &mut Time, now: Time) -> bool {
    let is_due = *due == now;
    if is_due {
        *due = NEVER;
    }
    is_due
}

impl Orchestrator {
    /// The containers of a replica do something else.
    pub(super) fn set_state(&mut self, pod: PodId, state: State) {
        if let Some(replica) = self.rows.replica(pod) {
            replica.containers.state = state;
        }
    }

    /// A replica has been put on a node: its image comes, its containers start, it is found ready, and then
    /// it becomes an endpoint.
    pub(super) fn start_replica<A: Agenda<Event>>(
        &mut self,
        pod: PodId,
        node: Id<Node>,
        ctx: &mut Context<'_, A>,
    ) {
        let now = ctx.now();
        let (application, number) = {
            let row = self.rows.at(pod);
            (row.application, row.number)
        };
        self.fresh_processor(pod, now);
        let Some(of) = &self.spec.pods[application.index()].replicas else { return };
        let bad = of.bad_start;
        let Some(replica) = self.rows.replica(pod) else { return };
        let containers = &mut replica.containers;
        (containers.state, containers.again, containers.began) = (State::Starting, NEVER, NEVER);
        (replica.starting, replica.joins) = (true, NEVER);
        containers.nothing_is_due();
        let not_before = containers.not_before;
        let machine = self.machine(pod, now);
        if let Some(bad) = bad
            && self.pull_fails(application, node, (pod, number), (bad.pull, now))
        {
            self.fails_at(pod, machine.unwrap_or(now).max(not_before), ctx);
            return;
        }
        let began = self.has_image(pod, node, now).max(not_before);
        self.begin_containers(pod, began, ctx);
    }

    /// The containers of a replica begin to start at a time: when they will serve, or fail, follows.
    fn begin_containers<A: Agenda<Event>>(
        &mut self,
        pod: PodId,
        began: Time,
        ctx: &mut Context<'_, A>,
    ) {
        let Some(row) = self.rows.get(pod) else { return };
        let (application, number) = (row.application, row.number);
        let PodSpec { replicas: Some(of), start, .. } = &self.spec.pods[application.index()] else {
            return;
        };
        let Some(replica) = self.rows.replica(pod) else { return };
        let draw = Containers::draw(number, replica.containers.restarts);
        let key = self.start_keys[application.index()];
        let able = began.plus(drawn(start.as_ref(), key, draw));
        let (ready, found) = found(of, began, able);
        let containers = &mut replica.containers;
        (containers.began, containers.able, containers.ready) = (began, able, NEVER);
        containers.requests = 0;
        (containers.sick, containers.unready) = (found[0], found[1]);
        for due in found.into_iter().filter(|due| *due < NEVER) {
            ctx.agenda.schedule(due, Class::Control, Event::Due(self.number, pod));
        }
        let failure = of.bad_start.map_or(0.0, |bad| bad.start.get());
        if failure > 0.0 && uniform(&mut key.part(FAILS).draws(draw)) < failure {
            self.fails_at(pod, able, ctx);
        } else {
            self.joins_after(pod, ready, ctx);
        }
        self.memory_changed(pod, ctx);
    }

    /// The start of a replica fails at a time.
    pub(super) fn fails_at<A: Agenda<Event>>(
        &mut self,
        pod: PodId,
        at: Time,
        ctx: &mut Context<'_, A>,
    ) {
        if let Some(replica) = self.rows.replica(pod).filter(|_| at < NEVER) {
            replica.containers.fails = at;
            ctx.agenda.schedule(at, Class::Control, Event::Due(self.number, pod));
        }
    }

    /// Whether a node that does not have an image yet cannot pull it.
    fn pull_fails(
        &mut self,
        application: ApplicationId,
        node: Id<Node>,
        (pod, number): (PodId, u64),
        (probability, now): (Probability, Time),
    ) -> bool {
        let layers = &self.spec.pods[application.index()].layers;
        if probability.get() == 0.0 || self.images.has(layers, node) {
            return false;
        }
        let Some(replica) = self.rows.replica(pod) else { return false };
        let draw = Containers::draw(number, replica.containers.tries);
        replica.containers.tries += 1;
        let key = self.start_keys[application.index()].part(PULL);
        let fails = uniform(&mut key.draws(draw)) < probability.get();
        if !fails && self.spec.serverless.is_none() {
            self.images.came_at_once(layers, node, now);
        }
        fails
    }

    /// Whether a check finds something now of the containers of a replica. Nothing is found of one that was told to stop: it goes
    /// in any case, and another has taken its place. What those have to hear who do something about it is due until they do.
    fn finds(
        &mut self,
        (pod, is_seen_there): (PodId, bool),
        what: fn(&mut Containers) -> &mut Time,
        now: Time,
    ) -> bool {
        if !is_seen_there && !self.is_heard(pod) {
            return false;
        }
        let stays = !self.cluster.pod(pod).leaving.is_leaving();
        let replica = self.rows.replica(pod);
        replica.is_some_and(|of| comes(what(&mut of.containers), now)) && stays
    }

    /// Something may be due of the containers of a pod.
    pub(super) fn due<A: Agenda<Event>>(&mut self, pod: PodId, ctx: &mut Context<'_, A>) {
        let now = ctx.now();
        let Some(containers) = self.rows.replica(pod).map(|of| &mut of.containers) else {
            self.job_may_begin(pod, ctx);
            return;
        };
        if comes(&mut containers.again, now) {
            self.begin_again(pod, ctx);
        } else if containers.state != State::Hanging && comes(&mut containers.fails, now) {
            if containers.began <= now {
                self.end_containers(pod, Ended::BadStart, ctx);
            } else {
                self.pull_failed(pod, ctx);
            }
        } else if comes(&mut containers.killed, now) {
            self.end_containers(pod, Ended::Unhealthy, ctx);
        } else {
            let looks = comes(&mut containers.looked, now);
            if self.finds((pod, false), |of| &mut of.unready, now) {
                self.found_unready(pod, ctx);
            }
            let acts_there = !self.restart_of(pod).replaces_at_once();
            if self.finds((pod, acts_there), |of| &mut of.sick, now) {
                self.found_sick(pod, ctx);
            }
            if looks {
                self.look_at_memory(pod, ctx);
            }
        }
    }
}

/// The parts of the stream of starts that say whether a pull and a start fail; the next is [`BOOT`](super::images).
const PULL: u64 = 1;
const FAILS: u64 = 2;

/// When containers are found ready that begin to start at `began` and are able to serve at `able`; and when they are found
/// to be sick, and not to become ready, before, if that is looked at and anything is done about it; [`NEVER`] if not.
pub(super) fn found(of: &ReplicaSpec, began: Time, able: Time) -> (Time, [Time; 2]) {
    let started = of.startup.map_or(began, |check| check.look(began, able));
    let at = able.max(started);
    let ready = of.readiness.map_or(at, |check| check.look(began, at));
    let gate = of.startup.or(of.liveness).filter(|_| of.restart.unhealthy);
    let waits = of.readiness.filter(|_| of.restart.unready && of.startup.is_none());
    let grace = began.plus(of.restart.grace);
    let before = |check: Option<CheckSpec>, end: Time| {
        let found = check.map(|check| check.finds_unable(began).max(grace));
        found.filter(|found| *found < end).unwrap_or(NEVER)
    };
    (ready, [before(gate, able), before(waits, ready)])
}
