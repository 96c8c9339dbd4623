//! What every rollout keeps to.

use cloudsched::kernel::stream::below;
use cloudsched::kernel::{Span, Stream, Time};
use cloudsched::policy::rollout::{
    Ecs, ROLLOUTS, RollingUpdate, Rollout, RolloutChoice, Step, Version, View,
};

use super::{SEEDS, policies, stream};

/// A service whose replicas start, and stop, as long as chance has it.
struct Service {
    now: Time,
    replicas: u32,
    newest: usize,
    versions: Vec<Version>,
    /// By version: when those are ready that start, and when those have gone that stop.
    starting: Vec<Vec<Time>>,
    stopping: Vec<Vec<Time>>,
}

impl Service {
    /// All replicas are those of the first of two versions.
    fn new(replicas: u32) -> Self {
        let old = Version { replicas, ready: replicas, available: replicas, going: 0 };
        Self {
            now: Time::ZERO,
            replicas,
            newest: 1,
            versions: vec![old, Version::default()],
            starting: vec![Vec::new(); 2],
            stopping: vec![Vec::new(); 2],
        }
    }

    fn all(&self, what: fn(&Version) -> u32) -> u32 {
        self.versions.iter().map(what).sum()
    }

    fn begin(&mut self, policy: &mut dyn Rollout, newest: usize) {
        self.newest = newest;
        let mut versions = self.versions.clone();
        let Self { now, replicas, .. } = *self;
        policy.begin(&mut View { now, replicas, versions: &mut versions, newest }, false);
        self.carry_out(&versions, &mut stream(0));
    }

    fn step(&mut self, policy: &mut dyn Rollout, chance: &mut Stream) -> Step {
        let mut versions = self.versions.clone();
        let Self { now, replicas, newest, .. } = *self;
        let step = policy.step(&mut View { now, replicas, versions: &mut versions, newest });
        assert_eq!(step == Step::Changed, versions != self.versions, "{step:?}: {versions:?}");
        self.carry_out(&versions, chance);
        step
    }

    /// Versions have so many replicas; those that are not ready go first.
    fn carry_out(&mut self, wanted: &[Version], chance: &mut Stream) {
        let span = |chance: &mut Stream| Span::from_secs(1 + below(chance, 60));
        for (number, wanted) in wanted.iter().enumerate() {
            let version = &mut self.versions[number];
            while version.replicas < wanted.replicas {
                version.replicas += 1;
                self.starting[number].push(self.now + span(chance));
            }
            while version.replicas > wanted.replicas {
                version.replicas -= 1;
                version.going += 1;
                self.stopping[number].push(self.now + span(chance));
                if self.starting[number].pop().is_none() {
                    version.ready -= 1;
                    version.available -= 1;
                }
            }
        }
    }

    /// What happens next: a replica is ready or has gone, or the time has come that was named.
    fn wait(&mut self, until: Option<Time>) {
        let times = self.starting.iter().chain(&self.stopping).flatten().copied();
        let next =
            times.chain(until).min().expect("a rollout that is not over waits for something");
        self.now = next.max(self.now);
        for (number, version) in self.versions.iter_mut().enumerate() {
            let ready = self.starting[number].extract_if(.., |at| *at <= next).count() as u32;
            version.ready += ready;
            version.available += ready;
            version.going -= self.stopping[number].extract_if(.., |at| *at <= next).count() as u32;
        }
    }

    /// Goes on until the rollout is over; `look` is called whenever something has changed.
    fn finish(
        &mut self,
        policy: &mut dyn Rollout,
        chance: &mut Stream,
        mut look: impl FnMut(&Self),
    ) {
        for _ in 0..10_000 {
            match self.step(policy, chance) {
                Step::Done => return,
                Step::Changed => look(self),
                Step::Waits(until) => {
                    self.wait(until);
                    look(self);
                }
                Step::Failed(after) => panic!("{after:?}: nothing has failed"),
            }
        }
        panic!("it never ends: {policy:?}, {:?}", self.versions);
    }
}

#[test]
fn every_rollout_comes_to_an_end_also_if_another_takes_its_place() {
    for (name, RolloutChoice(policy)) in policies(&ROLLOUTS) {
        for seed in 0..SEEDS {
            let (mut policy, chance) = (policy.clone(), &mut stream(seed));
            let mut service = Service::new(1 + below(chance, 20) as u32);
            service.begin(&mut *policy, 1);
            for _ in 0..below(chance, 12) {
                if let Step::Waits(until) = service.step(&mut *policy, chance) {
                    service.wait(until);
                }
            }
            if seed % 3 > 0 {
                // Back to the first, or on to a third.
                if seed % 3 == 2 {
                    service.versions.push(Version::default());
                    service.starting.push(Vec::new());
                    service.stopping.push(Vec::new());
                }
                let newest = if seed % 3 == 1 { 0 } else { 2 };
                service.begin(&mut *policy, newest);
            }
            if seed % 2 == 0 {
                service.replicas = 1 + below(chance, 20) as u32;
            }
            service.finish(&mut *policy, chance, |_| ());
            let newest = service.versions[service.newest].replicas;
            assert_eq!(newest, service.replicas, "{name} {seed}");
            assert_eq!(service.all(|version| version.replicas), newest, "{name} {seed}");
        }
    }
}

/// Between the fewest that are promised and the most that may be there, whatever the numbers and however long
/// replicas take to start.
#[test]
fn rollouts_keep_between_their_bounds() {
    for seed in 0..4 * SEEDS {
        let chance = &mut stream(seed);
        let replicas = 1 + below(chance, 30) as u32;
        let (surge, unavailable) = (below(chance, 4), below(chance, 4));
        let unavailable = if surge == 0 { unavailable.max(1) } else { unavailable };
        let text = format!(r#"{{"max_surge": {surge}, "max_unavailable": {unavailable}}}"#);
        let mut rolling: RollingUpdate = serde_json::from_str(&text).expect(&text);
        let (surge, unavailable) = (surge as u32, unavailable as u32);
        let bounds = (replicas.saturating_sub(unavailable), replicas + surge);
        let keeps = |service: &Service, (least, most): (u32, u32)| {
            assert!(service.all(|version| version.available) >= least, "{text} {replicas}");
            assert!(service.all(|version| version.replicas) <= most, "{text} {replicas}");
        };
        let mut service = Service::new(replicas);
        service.begin(&mut rolling, 1);
        service.finish(&mut rolling, chance, |service| keeps(service, bounds));

        let (minimum, maximum) = (below(chance, 100) as u32, 100 + below(chance, 100) as u32);
        let text =
            format!(r#"{{"minimum_healthy_percent": {minimum}, "maximum_percent": {maximum}}}"#);
        let mut ecs: Ecs = serde_json::from_str(&text).expect(&text);
        if ecs.check(replicas).is_err() {
            continue;
        }
        let least = (replicas * minimum).div_ceil(100);
        let bounds = (least, replicas * maximum / 100);
        let mut service = Service::new(replicas);
        service.begin(&mut ecs, 1);
        service.finish(&mut ecs, chance, |service| keeps(service, bounds));
    }
}
