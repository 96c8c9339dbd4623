//! Platforms: the mechanisms that run requests and ask policies.
//!
//! A platform is offered attempts, serves them by its own rules, and says through [`Signal`]s what
//! happened; the world answers by calling [`release`](Serve::release) when the attempt, its
//! calls included, is over. A platform schedules its own kind of event and knows no other.
//!
//! A kind of platform is a struct that implements [`Serve`], the path of an attempt, and
//! [`Platform`], what is asked of it on the way.

pub mod faas;
pub mod fleet;
pub mod fn_project;
mod lost;
pub mod openwhisk;
pub mod orchestrator;
mod outbox;
pub mod picloud;
mod quota;
pub mod servers;
mod sharing;
mod signal;

pub use faas::Faas;
pub use fn_project::FnProject;
pub use openwhisk::Openwhisk;
pub use orchestrator::Orchestrator;
pub use outbox::Outbox;
pub use picloud::PiCloud;
pub use quota::QuotaSpec;
pub use servers::Servers;
pub use servers::group::ServerGroup;
pub use signal::{Handover, Signal};

use crate::kernel::{Agenda, Arena, Class, Clock, Span, StreamKey, Time};
use crate::model::{ApplicationId, Attempt, AttemptId, InstanceId, Stage};
use crate::policy::release::Strategy;
use crate::pricing::{Lease, Metering, Usage};
use crate::stats::Level;
use crate::variate::Variate;
use faas::PhaseFigures;
use fleet::{Fleet, FleetFigures, Period};
use orchestrator::{ClusterFigures, Watched};
use servers::group::GroupFigures;

/// What a platform works with: when it is, the attempts in flight, and a box for what it has to
/// say. The world empties the box in a loop, so nothing recurses.
pub struct Context<'a, A> {
    /// Where events are put.
    pub agenda: &'a mut A,
    /// All attempts in flight.
    pub attempts: &'a mut Arena<Attempt>,
    /// What happened, in order.
    pub outbox: &'a mut Outbox,
}

impl<A: Clock> Context<'_, A> {
    /// The present instant.
    pub fn now(&self) -> Time {
        self.agenda.now()
    }
}

impl<A> Context<'_, A> {
    /// The own demand of an attempt is served: it makes its calls. The row of one that was cancelled
    /// meanwhile is freed.
    #[inline(always)]
    pub fn served(&mut self, id: AttemptId) {
        let stage = &mut self.attempts[id].stage;
        if *stage == Stage::Cancelled {
            self.attempts.remove(id);
        } else {
            *stage = Stage::Calling;
            self.outbox.push(Signal::Served(id));
        }
    }
}

impl<A> Context<'_, A> {
    /// The own demand of an attempt is served by an instance, or has been served for as long as it
    /// may: then it has failed.
    #[inline(always)]
    fn served_by(&mut self, fleet: &Fleet, id: AttemptId) {
        let attempt = &mut self.attempts[id];
        let cut = attempt.demand > fleet.timeout(attempt.application);
        if cut && attempt.stage != Stage::Cancelled {
            attempt.stage = Stage::Calling;
            self.outbox.push(Signal::Failed(id));
        } else {
            self.served(id);
        }
    }
}

impl<A: Agenda<fleet::Event>> Context<'_, A> {
    /// Begins the service of an attempt on an instance with room; `cold` if that started for it.
    #[inline(always)]
    fn begin(&mut self, fleet: &mut Fleet, instance: InstanceId, id: AttemptId, cold: bool) {
        let (now, attempt) = (self.now(), self.enter(fleet, instance, id, cold));
        let end = now + attempt.demand.min(fleet.timeout(attempt.application));
        self.agenda.schedule(end, Class::Completion, fleet::Event::Served(id));
    }

    /// An attempt is served by an instance from now on.
    #[inline(always)]
    fn enter(
        &mut self,
        fleet: &mut Fleet,
        instance: InstanceId,
        id: AttemptId,
        cold: bool,
    ) -> &Attempt {
        let now = self.now();
        fleet.begin(instance, now);
        let attempt = &mut self.attempts[id];
        if let (true, Some(cold_demand)) = (cold, attempt.cold_demand) {
            attempt.demand = cold_demand;
        }
        if fleet.wears_out() {
            attempt.demand = fleet.wear(instance, attempt.demand, self.agenda);
        }
        attempt.cold = Some(cold);
        attempt.stage = Stage::Serving;
        attempt.began = now;
        attempt.place = instance.number();
        attempt
    }
}

/// A span drawn for use `number` of a stream; no time where nothing says how long.
fn drawn(variate: Option<&Variate>, key: StreamKey, number: u64) -> Span {
    variate.map_or(Span::ZERO, |variate| variate.span(&mut key.draws(number)))
}

/// What a platform says whose instances are in its field `fleet`, attempts that wait in `waiting`, and the number of those
/// whose service began in `begun`.
macro_rules! tells_of_fleet {
    () => {
        fn begun(&self) -> u64 {
            self.begun
        }

        fn waiting(&self) -> &$crate::stats::Level {
            &self.waiting
        }

        fn fleet(&self) -> Option<&$crate::platform::fleet::Fleet> {
            Some(&self.fleet)
        }

        fn fleet_mut(&mut self) -> Option<&mut $crate::platform::fleet::Fleet> {
            Some(&mut self.fleet)
        }
    };
}
use tells_of_fleet;

/// The path of an attempt on a platform of some kind, whose events an agenda `A` takes. Functions and servers are in the way
/// of most requests; the ways of other kinds stand apart (`#[inline(never)]`), so that the compiler keeps those short.
pub trait Serve<A> {
    /// What happens on it, beside the end of a demand and what happens to instances.
    type Event;

    /// Starts what is to be there before the first request.
    fn start_run(&mut self, _ctx: &mut Context<'_, A>) {}

    /// Offers an attempt: it is served, waits, or is refused.
    fn offer(&mut self, id: AttemptId, ctx: &mut Context<'_, A>);

    /// The own demand of an attempt is served.
    #[inline(always)]
    fn served(&mut self, id: AttemptId, ctx: &mut Context<'_, A>) {
        ctx.served(id);
    }

    /// Something of its own has happened.
    fn handle(&mut self, event: Self::Event, ctx: &mut Context<'_, A>);

    /// Something has happened to one of its instances.
    fn handle_fleet(&mut self, event: fleet::Event, _ctx: &mut Context<'_, A>) {
        unreachable!("{event:?} on a platform without instances");
    }

    /// Frees what an attempt holds that is over, its calls included, and serves who is next.
    fn release(&mut self, id: AttemptId, ctx: &mut Context<'_, A>);

    /// Cancels an attempt that waits or is served; its row is freed now, or later by what still
    /// refers to it.
    fn cancel(&mut self, id: AttemptId, ctx: &mut Context<'_, A>);

    /// Begins to replace the instances of the old application by those of the new: a cluster by its own way, servers
    /// as the strategy says. [`Signal::HandedOver`] or [`Signal::HandoverFailed`] tells when that is over. Only of a
    /// service with replicas, or whose strategy is for servers.
    fn hand_over(
        &mut self,
        _handover: Handover,
        _strategy: Box<dyn Strategy>,
        _ctx: &mut Context<'_, A>,
    ) {
    }

    /// Goes back: what the new application has is replaced by the old again, until
    /// [`Signal::HandedBack`].
    fn hand_back(
        &mut self,
        _handover: Handover,
        _strategy: Box<dyn Strategy>,
        _ctx: &mut Context<'_, A>,
    ) {
    }

    /// An application that waits for its release may have instances ahead of requests from now on, as it is
    /// specified. Whether some of them are to be there before requests go to it: [`Signal::BroughtUp`] tells when they are,
    /// or [`Signal::HandoverFailed`] that they find no room.
    fn enter(&mut self, _application: ApplicationId, _ctx: &mut Context<'_, A>) -> bool {
        false
    }

    /// Starts instances of the new application: a `share`, above 0 and up to 1, of as many as it is to have, beside those
    /// of the old one, as far as there is room. How long it takes until the last of them is ready; `None` if that is not
    /// known, and [`Signal::BroughtUp`] or [`Signal::HandoverFailed`] tells.
    fn bring_up(
        &mut self,
        _handover: Handover,
        _share: f64,
        _ctx: &mut Context<'_, A>,
    ) -> Option<Span> {
        Some(Span::ZERO)
    }

    /// An application that nothing is sent to any more has no instances ahead of requests, and no replicas, from now on.
    fn leave(&mut self, _application: ApplicationId, _ctx: &mut Context<'_, A>) {}
}

/// What is asked of a platform of any kind beside the path of an attempt.
pub trait Platform {
    /// Forgets what was measured so far.
    fn restart(&mut self, now: Time);

    /// Attempts whose service began since the start or the end of the warm-up.
    fn begun(&self) -> u64;

    /// Attempts that wait.
    fn waiting(&self) -> &Level;

    /// Its servers, if it has servers: how many at the start, and those at work or held.
    fn servers(&self) -> Option<(u32, &Level)> {
        None
    }

    /// What is measured of its servers as they come and go, if they do.
    fn group(&self) -> Option<&GroupFigures> {
        None
    }

    /// Its instances, if it has instances.
    fn fleet(&self) -> Option<&Fleet> {
        None
    }

    /// Its instances, to follow them.
    fn fleet_mut(&mut self) -> Option<&mut Fleet> {
        None
    }

    /// How long an attempt that has computed would have computed alone on its server or instance; `None` where nobody shares a
    /// CPU, so that it has.
    fn alone(&self, attempt: &Attempt) -> Option<Span> {
        self.fleet()?.alone(attempt)
    }

    /// Instances, replicas and servers that were killed as they used more memory than they may, where that is counted.
    fn oom_kills(&self) -> Option<u64> {
        self.fleet().and_then(Fleet::oom_kills)
    }

    /// The cores of its machines, if these are rented, and the cores at work or held.
    fn cores(&self) -> Option<(&Level, &Level)> {
        None
    }

    /// What is measured of its cluster, if it is one under an orchestrator.
    fn cluster(&self) -> Option<&ClusterFigures> {
        None
    }

    /// The cluster itself, if it is one, to be told what happens on it.
    fn orchestrator(&mut self) -> Option<&mut Orchestrator> {
        None
    }

    /// What is known of the pod that is watched on it, if one is.
    fn watched(&self) -> Option<Watched> {
        None
    }

    /// The GPUs that lie idle in vain for its pods, on average over these, in thousandths of one; `None` if it
    /// has none. Looks at every node.
    fn gpu_fragmentation(&self) -> Option<f64> {
        None
    }

    /// What is measured of its instances, if it has instances.
    fn figures(&self) -> Option<&FleetFigures> {
        self.fleet().map(|fleet| &fleet.figures)
    }

    /// From now on counts the time of its instances by these rules, if it has instances.
    fn count(&mut self, rules: Metering) {
        if let Some(fleet) = self.fleet_mut() {
            fleet.count(rules);
        }
    }

    /// From now on counts by these rules how long each host is there, if hosts come and go.
    fn count_leases(&mut self, _lease: Lease) {}

    /// Adds what was counted until now to `usage`.
    fn tell_usage(&self, usage: &mut Usage, now: Time) {
        if let Some(fleet) = self.fleet() {
            fleet.tell_usage(usage, now);
        }
    }

    /// From now on keeps the periods in the lives of its instances.
    fn keep_periods(&mut self) {
        if let Some(fleet) = self.fleet_mut() {
            fleet.keep_periods();
        }
    }

    /// Takes the periods that have ended.
    fn take_periods(&mut self) -> Vec<Period> {
        self.fleet_mut().map_or_else(Vec::new, |fleet| fleet.take_periods().collect())
    }

    /// The periods that would end now.
    fn open_periods(&self, now: Time) -> Vec<Period> {
        self.fleet().map_or_else(Vec::new, |fleet| fleet.open_periods(now))
    }

    /// The phases of the starts of its instances, if they have phases.
    fn phases(&self) -> Option<&PhaseFigures> {
        None
    }

    /// How long an attempt of an application is served, its calls included, before it is cut;
    /// [`Span::MAX`] is for ever.
    fn timeout(&self, application: ApplicationId) -> Span {
        self.fleet().map_or(Span::MAX, |fleet| fleet.timeout(application))
    }

    /// Whether attempts are balanced over servers, so that it matters what they stick to.
    fn balances(&self) -> bool {
        false
    }

    /// How many replicas or servers requests to an application can go to.
    fn endpoints(&self, _application: ApplicationId) -> u32 {
        0
    }

    /// Chooses the server for an attempt that is offered next, if a version of its service may differ from server to
    /// server; what serves it there.
    fn meets(&mut self, _attempt: &Attempt) -> Option<ApplicationId> {
        None
    }

    /// Whether something changes for those who wait without a request that ends. What plans do is
    /// left out, for they come round.
    fn is_moving(&self, now: Time) -> bool;

    /// Looks whether its parts agree with each other.
    ///
    /// # Panics
    /// If they do not.
    fn check(&self, attempts: &Arena<Attempt>);
}
