//! Clients: when requests are sent, and to what.

use super::source::Source;
use super::{ClientSpec, Event, Load, Target, World, WorldAgenda};
use crate::kernel::stream::below;
use crate::kernel::{Class, Seed, Span, StreamKey};
use crate::model::{
    Attempt, ClientNumber, Exchange, FamilyId, NOWHERE, Origin, PlatformNumber, Request, ServiceId,
};
use crate::variate::Variate;
use crate::workload::{Arrival, Arrivals};

/// A client at run time.
pub(super) struct Client<'a> {
    pub(super) spec: &'a ClientSpec,
    /// The root of the lineage of its requests.
    key: StreamKey,
    think: StreamKey,
    sessions: StreamKey,
    load: RunningLoad,
    /// What holds its messages, if it sends messages.
    pub(super) source: Option<Box<Source<'a>>>,
}

enum RunningLoad {
    /// The process, the arrival that is due next, and how many there were.
    Open { arrivals: Box<dyn Arrivals>, next: Option<Arrival>, sent: u64 },
    /// By user: how many requests it has sent.
    Closed { sent: Vec<u64> },
}

impl<'a> Client<'a> {
    pub(super) fn new(spec: &'a ClientSpec, seed: Seed) -> Self {
        let key = |purpose: &str| seed.key(&format!("client.{}.{purpose}", spec.name));
        let load = match &spec.load {
            Load::Open(process) => {
                RunningLoad::Open { arrivals: process.start(key("arrivals")), next: None, sent: 0 }
            }
            Load::Closed { users, .. } => RunningLoad::Closed { sent: vec![0; *users as usize] },
        };
        let source = spec.delivery.as_deref().map(|rule| Source::new(rule, key("lines")));
        let source = source.map(Box::new);
        Self {
            spec,
            key: key("requests"),
            think: key("think_time"),
            sessions: key("sessions"),
            load,
            source,
        }
    }

    /// Whether it will send no more of its own accord.
    pub(super) fn is_exhausted(&self) -> bool {
        matches!(self.load, RunningLoad::Open { next: None, .. })
    }

    /// Whether it sends no more while these many of its requests wait.
    pub(super) fn sends_no_more(&self, waiting: u64) -> bool {
        match &self.load {
            RunningLoad::Open { next, .. } => next.is_none(),
            RunningLoad::Closed { sent } => waiting >= sent.len() as u64,
        }
    }

    pub(super) fn is_closed(&self) -> bool {
        matches!(self.load, RunningLoad::Closed { .. })
    }
}

impl World<'_> {
    /// Schedules the first request of each user, or the first arrival.
    pub(super) fn start_client(&mut self, number: usize, agenda: &mut impl WorldAgenda) {
        let client = ClientNumber::try_from(number).expect("checked by validation");
        match &self.spec.clients[number].load {
            Load::Open(_) => self.arrival(client, agenda),
            Load::Closed { users, .. } => {
                for user in 0..*users {
                    self.think(client, user, agenda);
                }
            }
        }
    }

    /// An open loop sends the request that is due, and the next becomes due in its time; at the
    /// start none is due.
    #[inline(always)]
    pub(super) fn arrival(&mut self, number: ClientNumber, agenda: &mut impl WorldAgenda) {
        let client = &mut self.clients[usize::from(number)];
        let RunningLoad::Open { arrivals, next, sent } = &mut client.load else { return };
        let due = std::mem::replace(next, arrivals.next());
        match next {
            Some(arrival) => agenda.schedule(arrival.at, Class::Arrival, Event::Arrival(number)),
            // Whether the run is over is looked at when the last request has ended, not here: it
            // is yet to be sent.
            None => self.sending -= 1,
        }
        let Some(arrival) = due else { return };
        let lineage = client.key.part(*sent);
        *sent += 1;
        let target = client.spec.targets[arrival.target as usize];
        let user = match client.spec.sessions {
            Some(count) => below(&mut client.sessions.draws_for(lineage), count.into()) as u32,
            None => 0,
        };
        self.emit((number, user), target, lineage, arrival.demand, agenda);
    }

    /// A user begins to think.
    #[inline(never)]
    pub(super) fn think(&mut self, number: ClientNumber, user: u32, agenda: &mut impl WorldAgenda) {
        let client = &self.clients[usize::from(number)];
        let (Load::Closed { think_time, .. }, RunningLoad::Closed { sent }) =
            (&client.spec.load, &client.load)
        else {
            return;
        };
        let draws = &mut client.think.part(user.into()).draws(sent[user as usize]);
        let at = agenda.now() + think_time.span(draws);
        agenda.schedule(at, Class::Arrival, Event::Thought(number, user));
    }

    /// A user has thought, and sends its next request.
    pub(super) fn thought(
        &mut self,
        number: ClientNumber,
        user: u32,
        agenda: &mut impl WorldAgenda,
    ) {
        let client = &mut self.clients[usize::from(number)];
        let RunningLoad::Closed { sent } = &mut client.load else { return };
        let count = &mut sent[user as usize];
        let lineage = client.key.part(user.into()).part(*count);
        *count += 1;
        let target = client.spec.targets[0];
        self.emit((number, user), target, lineage, None, agenda);
    }

    /// Makes a request of a client and sends it.
    #[inline(always)]
    fn emit(
        &mut self,
        (client, user): (ClientNumber, u32),
        target: Target,
        lineage: StreamKey,
        demand: Option<Span>,
        agenda: &mut impl WorldAgenda,
    ) {
        let (family, service) = self.resolve(target, lineage);
        let now = agenda.now();
        let request = Request {
            origin: Origin::Client { client, user },
            service,
            lineage,
            sent: now,
            due: Request::NEVER,
            attempt: None,
            attempts: 0,
            cell: self.cell(Some(client), family, service, now),
            demand: demand.unwrap_or(Request::UNTOLD),
            sibling: None,
        };
        let id = self.requests.insert(request);
        if self.clients[usize::from(client)].source.is_some() {
            self.accept(id, client, agenda);
        } else {
            self.send(id, agenda);
        }
    }

    /// The service that a request of this lineage to `target` goes to, and its family.
    #[inline(always)]
    pub(super) fn resolve(&self, target: Target, lineage: StreamKey) -> (FamilyId, ServiceId) {
        match target {
            Target::Service(service) => (self.services[service.index()].family, service),
            Target::Family(id) => {
                let family = self.family(id);
                let member = match &family.spec.popularity {
                    Some(popularity) => {
                        popularity.sample(&mut family.popularity.draws_for(lineage))
                    }
                    None => 0,
                };
                (id, ServiceId::new(family.spec.first.number() + member))
            }
        }
    }

    /// What requests stick to under a balancer that hashes: the user of a closed loop, else the
    /// member of a family, else the request itself.
    pub(super) fn affinity(&self, request: &Request) -> u64 {
        if let Origin::Client { client, user } = request.origin
            && self.clients[usize::from(client)].is_closed()
        {
            return self.clients[usize::from(client)].key.part(user.into()).number();
        }
        let family = self.family(self.services[request.service.index()].family);
        if family.spec.count > 1 {
            // The number within the family: that of the service depends on all other services.
            let member = request.service.number() - family.spec.first.number();
            return family.popularity.part(member.into()).number();
        }
        match request.origin {
            Origin::Client { .. }
            | Origin::Message { .. }
            | Origin::Batch { .. }
            | Origin::Copy { .. } => request.lineage.number(),
            Origin::Call { parent, .. } => self.attempts[parent].affinity,
        }
    }

    /// The session of which a request is: that of a user of a client, also of all calls below it.
    #[inline(never)]
    pub(super) fn session(&self, request: &Request) -> Option<u64> {
        match request.origin {
            Origin::Client { client, user } => {
                let client = &self.clients[usize::from(client)];
                client.spec.has_users().then(|| client.key.part(user.into()).number())
            }
            Origin::Call { parent, .. } => self.attempts[parent].session,
            Origin::Message { .. } | Origin::Batch { .. } | Origin::Copy { .. } => None,
        }
    }

    /// Who has sent a request, as a session: what serves the attempt that calls, or the user of a client.
    #[inline(never)]
    pub(super) fn caller(&self, request: &Request) -> Option<u64> {
        match request.origin {
            Origin::Call { parent, .. } if self.attempts[parent].platform == NOWHERE => {
                self.attempts[parent].session
            }
            Origin::Call { parent, .. } => {
                let Attempt { platform, place, .. } = self.attempts[parent];
                Some(u64::from(platform) << 32 | u64::from(place))
            }
            Origin::Client { .. }
            | Origin::Message { .. }
            | Origin::Batch { .. }
            | Origin::Copy { .. } => self.session(request),
        }
    }

    /// Whether what this origin sends to a platform comes from outside of it.
    #[inline(always)]
    pub(super) fn is_from_outside(&self, origin: Origin, platform: PlatformNumber) -> bool {
        match origin {
            Origin::Call { parent, .. } => self.attempts[parent].platform != platform,
            Origin::Copy { .. } => false,
            Origin::Client { .. } | Origin::Message { .. } | Origin::Batch { .. } => true,
        }
    }

    /// Time on the network for attempt number `attempt` of a request, there or back.
    #[inline(always)]
    pub(super) fn latency(&self, exchange: &Exchange, request: &Request, back: bool) -> Span {
        match &exchange.latency {
            Some(latency) => self.draw_latency(latency, request, back),
            None => Span::ZERO,
        }
    }

    #[inline(never)]
    fn draw_latency(&self, latency: &Variate, request: &Request, back: bool) -> Span {
        let hop = u64::from(request.attempts) * 2 + u64::from(back);
        latency.span(&mut self.latency.draws_for(request.lineage.part(hop)))
    }
}
