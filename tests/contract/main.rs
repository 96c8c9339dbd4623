//! What holds of every policy and price sheet, looked up in the catalogues: one that is added is
//! tested here without another line.

mod autoscaling;
mod capacity;
mod choices;
mod delivery;
mod keep_alive;
mod reading;
mod release;
mod rollout;
mod scaling;
mod scheduler;

use std::collections::BTreeSet;
use std::fmt::Debug;

use cloudsched::kernel::stream::below;
use cloudsched::kernel::{Seed, Span, Stream, Time};
use cloudsched::model::{ApplicationId, AttemptId, HostId, InstanceId};
use cloudsched::policy::CATALOGUES;
use cloudsched::policy::balance::{BALANCES, Balance, BalanceChoice};
use cloudsched::policy::catalogue::{Catalogue, Entry, Parameter};
use cloudsched::policy::discipline::{DISCIPLINES, DisciplineChoice, Line, Waiting};
use cloudsched::policy::eviction::{EVICTIONS, Eviction, EvictionChoice, InstanceView};
use cloudsched::policy::placement::{HostView, Need, PLACEMENTS, Placement, PlacementChoice};
use cloudsched::pricing::sheet::SHEETS;
use cloudsched::quantity::{Bytes, Millicpu};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

const SEEDS: u64 = 50;

fn stream(seed: u64) -> Stream {
    Seed::new(seed).key("contract").stream()
}

fn catalogues() -> impl Iterator<Item = &'static Catalogue> {
    CATALOGUES.iter().copied().chain([&SHEETS])
}

fn entries() -> impl Iterator<Item = &'static Entry> {
    catalogues().flat_map(|catalogue| catalogue.entries)
}

/// The parameters that must be written, with a value each.
fn needed(entry: &Entry) -> Value {
    let needed = entry.parameters().into_iter().filter(|parameter| parameter.default.is_none());
    needed.map(|Parameter { name, example, .. }| (name, example.unwrap_or_default())).collect()
}

/// All policies of a catalogue, each with its name.
fn policies<C: DeserializeOwned>(catalogue: &Catalogue) -> Vec<(&'static str, C)> {
    let policy = |entry: &Entry| serde_json::from_value(json!({ entry.name: needed(entry) }));
    let named = |entry: &'static Entry| (entry.name, policy(entry).expect(entry.name));
    catalogue.entries.iter().map(named).collect()
}

#[test]
fn names_are_kebab_case_and_unique_in_their_kind() {
    for catalogue in catalogues() {
        let names: BTreeSet<&str> = catalogue.entries.iter().map(|entry| entry.name).collect();
        assert_eq!(names.len(), catalogue.entries.len(), "{}", catalogue.kind);
        for name in names {
            let plain = |c| matches!(c, 'a'..='z' | '0'..='9');
            assert!(name.split('-').all(|w| !w.is_empty() && w.chars().all(plain)), "{name}");
            assert_eq!(catalogue.get(name).map(|entry| entry.name), Some(name));
        }
        assert!(catalogue.get("no-such-policy").is_none());
    }
}

#[test]
fn every_policy_says_what_it_does_and_where_it_comes_from() {
    for entry in entries() {
        assert!(entry.summary.ends_with('.') && entry.summary.len() > 10, "{}", entry.name);
        assert!(entry.source.len() > 10, "{}", entry.name);
        assert!(catalogues().any(|c| c.kind == entry.kind && c.get(entry.name).is_some()));
    }
}

#[test]
fn every_parameter_is_described_and_has_a_value_to_show() {
    for entry in entries() {
        let schema = (entry.schema)(&mut schemars::SchemaGenerator::default()).to_value();
        assert_eq!(schema["type"], "object", "{}", entry.name);
        assert_eq!(schema["additionalProperties"], false, "{}", entry.name);
        assert!(schema["description"].as_str().is_some_and(|text| text.ends_with('.')));
        for parameter in entry.parameters() {
            let told = parameter.description.ends_with('.') && parameter.description.len() > 10;
            assert!(told && parameter.example.is_some(), "{}: {parameter:?}", entry.name);
            let validator = jsonschema::validator_for(&parameter.schema).unwrap();
            assert!(validator.is_valid(&parameter.example.unwrap()), "{}", entry.name);
        }
    }
}

/// Runs `policy` twice, each time with a copy and a stream of its own, and asserts that it decides
/// the same.
fn same_twice<P: Clone, V: Debug + PartialEq>(
    name: &str,
    policy: &P,
    run: impl Fn(P, Stream) -> V,
) {
    for seed in 0..SEEDS {
        let (first, second) =
            (run(policy.clone(), stream(seed)), run(policy.clone(), stream(seed)));
        assert_eq!(first, second, "{name} with seed {seed}");
    }
}

fn any_host(chance: &mut Stream) -> HostView {
    HostView {
        cpu: Millicpu::new(1000 * below(chance, 5)),
        memory: Bytes::mib(128 * below(chance, 9)),
        cpu_capacity: Millicpu::new(4000),
        memory_capacity: Bytes::mib(1024),
        busy: below(chance, 4) as u32,
    }
}

/// Places 200 instances on up to 30 hosts that change in between.
fn places(
    mut policy: Box<dyn Placement>,
    chance: &mut Stream,
    own: &mut Stream,
) -> Vec<Option<HostId>> {
    let mut hosts: Vec<HostView> = (0..below(chance, 30)).map(|_| any_host(chance)).collect();
    policy.start(&hosts);
    let place = |_| {
        if !hosts.is_empty() {
            let host = below(chance, hosts.len() as u64) as usize;
            hosts[host] = any_host(chance);
            policy.observe(HostId::from_index(host), &hosts[host]);
        }
        let need = Need {
            cpu: Millicpu::new(1000 * below(chance, 6)),
            memory: Bytes::mib(128 * below(chance, 10)),
            application: below(chance, u64::MAX),
        };
        let chosen = policy.place(&need, &hosts, own);
        match chosen {
            Some(host) => assert!(hosts[host.index()].fits(&need), "{need:?} on {host:?}"),
            None => assert!(!hosts.iter().any(|host| host.fits(&need)), "{need:?} fits {hosts:?}"),
        }
        chosen
    };
    (0..200).map(place).collect()
}

#[test]
fn every_placement_finds_a_host_that_fits_whenever_there_is_one() {
    for (name, policy) in policies::<PlacementChoice>(&PLACEMENTS) {
        same_twice(name, &policy, |policy, mut chance| {
            places(policy.0, &mut chance, &mut stream(7))
        });
    }
}

/// Sends 300 requests to up to 20 backends that finish some in between; now and then one goes, or another comes.
fn sends(mut policy: Box<dyn Balance>, chance: &mut Stream, own: &mut Stream) -> Vec<usize> {
    let backends = 1 + below(chance, 20) as usize;
    let mut outstanding = vec![0; backends];
    policy.start(backends);
    let send = |name: u64| {
        let place = below(chance, outstanding.len() as u64) as usize;
        match below(chance, 20) {
            0 if outstanding.len() > 1 => {
                outstanding.remove(place);
                policy.leaves(place);
            }
            1 => {
                outstanding.insert(place, 0);
                policy.joins(place, 100 + name);
            }
            _ => {}
        }
        let chosen = policy.choose(&outstanding, below(chance, u64::MAX), own);
        outstanding[chosen] += 1;
        policy.observe(chosen, outstanding[chosen]);
        let other = below(chance, outstanding.len() as u64) as usize;
        if outstanding[other] > 0 {
            outstanding[other] -= 1;
            policy.observe(other, outstanding[other]);
        }
        chosen
    };
    (0..300).map(send).collect()
}

#[test]
fn every_balance_chooses_a_backend_there_is() {
    // An index out of range would panic in `sends`.
    for (name, policy) in policies::<BalanceChoice>(&BALANCES) {
        same_twice(name, &policy, |policy, mut chance| {
            sends(policy.0, &mut chance, &mut stream(7))
        });
    }
}

/// Lets 300 attempts join a line, some leave and the rest be served, and asserts that each is
/// served once or leaves.
fn serves(mut line: Box<dyn Line>, chance: &mut Stream, own: &mut Stream) -> Vec<AttemptId> {
    let (mut waiting, mut served) = (BTreeSet::new(), Vec::new());
    let mut pop = |line: &mut dyn Line, waiting: &mut BTreeSet<AttemptId>| {
        let next = line.pop(own);
        assert_eq!(next.is_some(), !waiting.is_empty());
        next.is_some_and(|attempt| {
            assert!(waiting.remove(&attempt), "{attempt:?} does not wait");
            served.push(attempt);
            true
        })
    };
    for number in 0..300 {
        let attempt = AttemptId::new(number);
        let demand = Span::from_millis(below(chance, 5));
        line.push(Waiting { attempt, demand, priority: below(chance, 3) as i32 - 1 });
        waiting.insert(attempt);
        if below(chance, 3) == 0 {
            pop(&mut *line, &mut waiting);
        }
        if below(chance, 20) == 0 {
            let leaves = below(chance, 4) as u32;
            line.retain(&mut |attempt| attempt.number() % 4 != leaves);
            waiting.retain(|attempt| attempt.number() % 4 != leaves);
        }
        assert_eq!((line.len(), line.is_empty()), (waiting.len(), waiting.is_empty()));
    }
    while pop(&mut *line, &mut waiting) {}
    served
}

#[test]
fn every_line_serves_each_attempt_once_unless_it_left() {
    for (name, policy) in policies::<DisciplineChoice>(&DISCIPLINES) {
        if policy.0.line().is_some() {
            same_twice(name, &policy, |policy, mut chance| {
                serves(policy.0.line().unwrap(), &mut chance, &mut stream(7))
            });
        }
    }
}

fn any_instance(id: u32, chance: &mut Stream) -> InstanceView {
    let application = below(chance, 5);
    InstanceView {
        id: InstanceId::new(id),
        application: ApplicationId::new(application as u32),
        host: HostId::new(below(chance, 2) as u32),
        memory: Bytes::mib(128 * application),
        cold_start: Span::from_millis(100 * below(chance, 4)),
        idle_since: Time::ZERO,
        uses: 0,
    }
}

/// An idle instance goes, and another takes its id.
fn replace(
    policy: &mut dyn Eviction,
    idle: &mut Vec<InstanceView>,
    (which, evicted): (usize, bool),
    chance: &mut Stream,
) {
    let gone = idle.remove(which);
    policy.gone(&gone, evicted);
    idle.push(any_instance(gone.id.number(), chance));
}

/// Lets instances be used, go and be evicted 500 times, and asserts that victims are idle ones of
/// the host asked about.
fn evicts(policy: &mut dyn Eviction, chance: &mut Stream) -> Vec<Option<InstanceId>> {
    let mut idle: Vec<InstanceView> = (0..20).map(|id| any_instance(id, chance)).collect();
    let step = |now| {
        // The one used becomes idle last.
        let mut used = idle.remove(below(chance, idle.len() as u64) as usize);
        used.uses += 1;
        policy.used(&used);
        used.idle_since = Time::from_nanos(now);
        idle.push(used);
        if now % 7 == 0 {
            replace(policy, &mut idle, (3, false), chance);
        }
        let host = HostId::new(now as u32 % 3); // The last has none.
        let victim = policy.victim(&mut idle.iter().copied().filter(|view| view.host == host))?;
        let which = idle.iter().position(|other| other.id == victim.id && other.host == host);
        let which = which.expect("the victim is an idle instance of the host");
        assert!(policy.evicts() && !victim.rank.is_nan(), "{victim:?}");
        replace(policy, &mut idle, (which, true), chance);
        Some(victim.id)
    };
    (0..500).map(step).collect()
}

#[test]
fn every_eviction_takes_an_idle_instance_or_none() {
    for (name, policy) in policies::<EvictionChoice>(&EVICTIONS) {
        same_twice(name, &policy, |mut policy, mut chance| evicts(&mut *policy.0, &mut chance));
    }
}

/// Asserts that `again`, once it has run, runs again without allocating.
fn allocates_nothing(name: &str, mut again: impl FnMut()) {
    again();
    let allocated = allocation_counter::measure(again).count_total;
    assert_eq!(allocated, 0, "{name}");
}

#[test]
fn no_placement_allocates_after_its_start() {
    for (name, mut policy) in policies::<PlacementChoice>(&PLACEMENTS) {
        let mut chance = stream(1);
        let mut hosts: Vec<HostView> = (0..100).map(|_| any_host(&mut chance)).collect();
        policy.0.start(&hosts);
        allocates_nothing(name, || {
            for _ in 0..1000 {
                let host = below(&mut chance, 100) as usize;
                hosts[host] = any_host(&mut chance);
                policy.0.observe(HostId::from_index(host), &hosts[host]);
                let need =
                    Need { cpu: Millicpu::new(1000), memory: Bytes::mib(512), application: 1 };
                policy.0.place(&need, &hosts, &mut chance);
            }
        });
    }
}

#[test]
fn no_balance_allocates_after_its_start() {
    for (name, mut policy) in policies::<BalanceChoice>(&BALANCES) {
        let (mut chance, mut outstanding) = (stream(1), vec![0; 100]);
        policy.0.start(100);
        allocates_nothing(name, || {
            for key in 0..1000 {
                let chosen = policy.0.choose(&outstanding, key, &mut chance);
                for (backend, load) in [(chosen, 1), (below(&mut chance, 100) as usize, 0)] {
                    outstanding[backend] = load;
                    policy.0.observe(backend, load);
                }
            }
        });
    }
}

#[test]
fn no_line_allocates_once_it_has_been_as_long() {
    for (name, policy) in policies::<DisciplineChoice>(&DISCIPLINES) {
        let Some(mut line) = policy.0.line() else { continue };
        let mut chance = stream(1);
        allocates_nothing(name, || {
            for number in 0..100 {
                let demand = Span::from_nanos(below(&mut chance, 9));
                line.push(Waiting { attempt: AttemptId::new(number), demand, priority: 0 });
            }
            line.retain(&mut |attempt| attempt.number() > 10);
            while line.pop(&mut chance).is_some() {}
        });
    }
}

#[test]
fn no_eviction_allocates_for_instances_it_has_seen() {
    for (name, mut policy) in policies::<EvictionChoice>(&EVICTIONS) {
        let mut chance = stream(1);
        allocates_nothing(name, || {
            for number in 0..1000 {
                let instance = any_instance(number % 10, &mut chance);
                policy.0.used(&instance);
                policy.0.victim(&mut std::iter::once(instance));
                policy.0.gone(&instance, true);
            }
        });
    }
}
