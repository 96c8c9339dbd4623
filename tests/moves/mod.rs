//! A fleet driven alone, by its public interface: its instances make legal moves only, and no host
//! holds more than it can.

use std::collections::BTreeMap;
use std::path::Path;

use cloudsched::kernel::{Agenda, Calendar, Class, Clock, Seed, Span};
use cloudsched::model::{ApplicationId, AttemptId, HostId, InstanceId};
use cloudsched::platform::fleet::{
    ApplicationSpec, Event, Fleet, FleetSpec, PauseSpec, Standing, State, WindowFrom,
};
use cloudsched::quantity::{Bytes, Millicpu};
use cloudsched::scenario::load_text;
use proptest::prelude::*;

/// What is done to a fleet, by numbers that stand for one of what there is.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// A request for this application; an instance that starts or resumes for it takes so long.
    Offer(u32, u64),
    /// One of the requests that are served ends.
    End(usize),
    /// The next event of the calendar; an instance that is ready serves or rests.
    Pass(bool),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..3_u32, prop::sample::select(vec![0, 5, 400])).prop_map(|(a, ms)| Step::Offer(a, ms)),
        3 => any::<prop::sample::Index>().prop_map(|which| Step::End(which.index(1 << 20))),
        3 => any::<bool>().prop_map(Step::Pass),
    ]
}

/// A fleet of a platform of a scenario, with three applications.
fn spec(policies: &str) -> (FleetSpec, Vec<ApplicationSpec>) {
    let text = format!(
        "horizon = \"1s\"
        client.a = {{ service = \"f\", arrivals.constant.rate = \"1/s\" }}
        service.f = {{ platform = \"p\", demand.constant = \"1s\", family.count = 3,
            memory = [\"128MiB\", \"256MiB\", \"512MiB\"], cpu = [\"100m\", \"900m\"] }}
        [platform.p]
        kind = \"faas\"
        {policies}"
    );
    let loaded = load_text("fleet.toml", &text, Path::new("."), "fleet", &[])
        .unwrap_or_else(|error| panic!("{}", error.render(false)));
    let (fleet, applications) = loaded.specification.platforms[0].kind.fleet().expect("it is faas");
    (fleet.clone(), applications.to_vec())
}

/// An instance as it was seen last.
#[derive(Clone, Copy, Debug)]
struct Seen {
    id: InstanceId,
    application: ApplicationId,
    host: HostId,
    state: State,
    active: u32,
}

struct Driver {
    fleet: Fleet,
    calendar: Calendar<Event>,
    /// Instances that exist, by how many were created before.
    seen: BTreeMap<u64, Seen>,
    /// The instance of each request that is served.
    serving: Vec<InstanceId>,
    most: u64,
    hosts: Vec<(Bytes, Millicpu)>,
    concurrency: u32,
}

impl Driver {
    fn new(policies: &str, pause: Option<PauseSpec>) -> Self {
        let (mut spec, applications) = spec(policies);
        spec.pause = pause;
        let hosts = spec.hosts.iter();
        Self {
            hosts: hosts
                .flat_map(|host| (0..host.count).map(|_| (host.memory, host.cpu)))
                .collect(),
            most: spec.max_instances.unwrap_or(u64::MAX),
            concurrency: spec.concurrency,
            fleet: Fleet::new(0, "p", spec, &applications, Seed::new(1)),
            calendar: Calendar::new(),
            seen: BTreeMap::new(),
            serving: Vec::new(),
        }
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Offer(application, ms) => self.offer(ApplicationId::new(application), ms),
            Step::End(which) if !self.serving.is_empty() => {
                let id = self.serving.swap_remove(which % self.serving.len());
                self.fleet.end(id, self.calendar.now());
                self.look();
                self.rest(id);
            }
            Step::End(_) => {}
            Step::Pass(serves) => match self.calendar.pop() {
                Some(Event::Ready(_, id)) => {
                    self.fleet.ready(id, self.calendar.now());
                    self.look();
                    if serves {
                        self.begin(id);
                    } else {
                        self.rest(id);
                    }
                }
                Some(event @ (Event::Expire(..) | Event::Pause(..))) => self.pass_away(event),
                Some(event) => unreachable!("nobody asks for {event:?}"),
                None => {}
            },
        }
    }

    /// An instance may be paused, or go.
    fn pass_away(&mut self, event: Event) {
        let (id, over) = match event {
            Event::Pause(_, id) => (id, Fleet::pause as fn(&mut Fleet, _, &mut _) -> bool),
            Event::Expire(_, id) => (id, Fleet::expire as fn(&mut Fleet, _, &mut _) -> bool),
            _ => unreachable!("{event:?} is of another kind"),
        };
        let was = self.fleet.instance(id).state;
        if over(&mut self.fleet, id, &mut self.calendar) {
            assert!(matches!(was, State::Idle | State::Paused), "{id:?} is gone");
        }
    }

    /// Time passes in which nobody comes.
    fn pass(&mut self, span: Span) {
        let tick = Event::Served(AttemptId::new(0));
        self.calendar.schedule(self.calendar.now() + span, Class::Arrival, tick);
        while let Some(event) = self.calendar.pop().filter(|event| *event != tick) {
            self.pass_away(event);
        }
    }

    fn offer(&mut self, application: ApplicationId, ms: u64) {
        if let Some(id) = self.fleet.pick(application) {
            assert_eq!(self.fleet.instance(id).application, application);
            self.use_rested(id, Span::from_millis(ms));
            return;
        }
        let room = self.seen.values().find(|seen| {
            seen.application == application
                && seen.active < self.concurrency
                && !matches!(seen.state, State::Starting | State::Resuming)
        });
        assert!(room.is_none(), "{room:?} has room for {application:?} and was not picked");
        let cold_start = Span::from_millis(ms);
        let agenda = &mut self.calendar;
        let Some(id) = self.fleet.start(application, Standing::OnDemand, cold_start, agenda) else {
            return;
        };
        self.note(id);
        if cold_start == Span::ZERO {
            self.fleet.ready(id, self.calendar.now());
            self.look();
            self.begin(id);
        }
    }

    /// An instance that was picked serves at once, or when it has resumed.
    fn use_rested(&mut self, id: InstanceId, delay: Span) {
        if self.fleet.instance(id).state == State::Paused {
            self.fleet.resume(id, delay, &mut self.calendar);
            self.look();
            if delay > Span::ZERO {
                return;
            }
            self.fleet.ready(id, self.calendar.now());
            self.look();
        }
        self.begin(id);
    }

    fn note(&mut self, id: InstanceId) {
        let instance = self.fleet.instance(id);
        assert_eq!((instance.state, instance.active), (State::Starting, 0));
        let (application, host) = (instance.application, instance.host);
        let seen = Seen { id, application, host, state: State::Starting, active: 0 };
        assert!(self.seen.insert(instance.number, seen).is_none(), "{id:?} is not new");
    }

    fn begin(&mut self, id: InstanceId) {
        self.fleet.begin(id, self.calendar.now());
        self.serving.push(id);
    }

    fn rest(&mut self, id: InstanceId) {
        if self.fleet.instance(id).state == State::Idle {
            self.fleet.rest(id, &mut self.calendar);
        }
    }

    /// Looks at every instance: what it has become, and whether it could.
    fn look(&mut self) {
        let mut gone = Vec::new();
        for (number, seen) in &mut self.seen {
            let instance = self.fleet.instance(seen.id);
            let now = if instance.number == *number { instance.state } else { State::Gone };
            let legal = match seen.state {
                State::Starting => matches!(now, State::Starting | State::Idle),
                State::Busy => matches!(now, State::Busy | State::Idle),
                State::Idle => !matches!(now, State::Starting | State::Resuming),
                State::Paused => matches!(now, State::Paused | State::Resuming | State::Gone),
                State::Resuming => matches!(now, State::Resuming | State::Idle),
                State::Gone => false,
            };
            assert!(legal, "instance {number} goes from {seen:?} to {now:?}");
            if now == State::Gone {
                gone.push(*number);
                continue;
            }
            (seen.state, seen.active) = (now, instance.active);
            assert_eq!(now == State::Busy, seen.active > 0, "{seen:?}");
            assert!(seen.active <= self.concurrency, "{seen:?}");
            assert_eq!((seen.application, seen.host), (instance.application, instance.host));
        }
        for number in gone {
            self.seen.remove(&number);
        }
        let active: u32 = self.seen.values().map(|seen| seen.active).sum();
        assert_eq!(active as usize, self.serving.len(), "a request lost its instance");
        assert_eq!(self.fleet.len(), self.seen.len());
        assert!(self.fleet.len() as u64 <= self.most);
        for (number, (memory, cpu)) in self.hosts.iter().enumerate() {
            let here = self.seen.values().filter(|seen| seen.host.index() == number);
            let needs = here.map(|seen| self.fleet.need(seen.application));
            let held = needs.fold((0, 0), |(memory, cpu), need| {
                (memory + need.memory.get(), cpu + need.cpu.get())
            });
            assert!(held.0 <= memory.get() && held.1 <= cpu.get(), "host {number} holds {held:?}");
        }
        self.fleet.check();
    }
}

const POLICIES: [&str; 6] = [
    "keep_alive.fixed.window = \"50ms\"\nmax_instances = 3",
    "keep_alive = \"none\"\nconcurrency = 2\nhosts = [{ count = 2, cpu = 1, memory = \"512MiB\" }]",
    "keep_alive.fixed.window = \"1s\"\neviction = \"greedy-dual\"\nwhich_idle = \"oldest\"\n\
     hosts = [{ count = 3, cpu = 2, memory = \"600MiB\" }]",
    "keep_alive = \"infinite\"\nplacement = \"random\"\nwhich_idle = \"newest\"\nconcurrency = 3\n\
     hosts = [{ cpu = 1, memory = \"1GiB\" }, { cpu = 2, memory = \"512MiB\" }]",
    "eviction = \"none\"\nplacement = \"hashed\"\nkeep_alive.fixed.window = \"200ms\"\n\
     hosts = [{ count = 4, cpu = 1, memory = \"700MiB\" }]",
    "max_instances = 2\nplacement = \"least-loaded\"\nwhich_idle = \"least-recent\"\n\
     hosts = [{ count = 2, cpu = 1, memory = \"512MiB\" }]",
];

/// Not at all, soon, and at once; the window from either moment.
const PAUSES: [Option<PauseSpec>; 4] = [
    None,
    Some(PauseSpec { grace: Span::from_millis(20), window: WindowFrom::Paused }),
    Some(PauseSpec { grace: Span::from_millis(20), window: WindowFrom::Idle }),
    Some(PauseSpec { grace: Span::ZERO, window: WindowFrom::Paused }),
];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]
    #[test]
    fn instances_make_legal_moves_only(
        policies in prop::sample::select(&POLICIES[..]),
        pause in prop::sample::select(&PAUSES[..]),
        steps in prop::collection::vec(step(), 1..200),
    ) {
        let mut driver = Driver::new(policies, pause);
        for step in steps {
            driver.take(step);
            driver.look();
        }
    }
}

/// An instance serves 10,000 requests of 2 s, 500 ms apart: it is paused and resumes before each, its
/// windows of 1 s are over while it serves, and its life never is. All the while two events stand for it,
/// one for its pause and one for its window and its life; those that it has no use for do not pile up.
#[test]
fn two_events_stand_for_an_instance() {
    let life = "keep_alive.fixed.window = \"1s\"\nmax_lifetime.constant = \"1000h\"";
    for policies in ["keep_alive.fixed.window = \"10m\"", life] {
        for pause in &PAUSES[..3] {
            let mut driver = Driver::new(policies, *pause);
            driver.offer(ApplicationId::new(0), 0);
            let id = driver.serving[0];
            for number in 0..10_000 {
                driver.pass(Span::from_secs(2));
                driver.take(Step::End(0));
                let pending = driver.calendar.len();
                assert!(pending <= 2, "{pending} events, {number} requests, {policies}, {pause:?}");
                driver.pass(Span::from_millis(500));
                let paused = driver.fleet.instance(id).state == State::Paused;
                assert_eq!(paused, pause.is_some());
                driver.look();
                driver.offer(ApplicationId::new(0), 0);
                assert_eq!(driver.serving, [id]);
            }
            assert_eq!(driver.fleet.figures.starts, 1);
        }
    }
}
