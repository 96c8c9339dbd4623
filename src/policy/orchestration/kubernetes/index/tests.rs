//! The index and the search choose the same, whatever the cluster, the pods and what happens to them.

use std::cell::Cell;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use super::super::filter::{Filter, Prepared};
use super::super::score::{ResourceFit, Score, Strategy as Worth};
use super::super::*;
use super::*;
use crate::kernel::stream::below;
use crate::kernel::{Seed, Stream, Time};

/// A filter or score that does not say that it is local.
#[derive(Clone, Debug)]
struct Forgetful<T>(T);

impl Filter for Forgetful<Box<dyn Filter>> {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn prepare<'a>(&'a self, cluster: &'a Cluster, pod: Id<Pod>) -> Prepared<'a> {
        self.0.prepare(cluster, pod)
    }
}

impl Score for Forgetful<Box<dyn Score>> {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn prepare<'a>(
        &'a self,
        cluster: &'a Cluster,
        pod: Id<Pod>,
        left: &[Id<Node>],
    ) -> Result<Option<Box<dyn Rank + 'a>>, Fault> {
        self.0.prepare(cluster, pod, left)
    }
}

/// A profile that says the same, but of which nothing can be remembered.
fn forgetful(profile: &Profile) -> Profile {
    let Profile { filters, scores, .. } = profile.clone();
    let filters = filters.into_iter().map(|filter| Box::new(Forgetful(filter)) as Box<dyn Filter>);
    let scores = scores
        .into_iter()
        .map(|(score, weight)| (Box::new(Forgetful(score)) as Box<dyn Score>, weight));
    Profile { filters: filters.collect(), scores: scores.collect(), ..profile.clone() }
}

/// What is drawn of a thing whose number is all that is known of it.
struct Chance(Stream);

impl Chance {
    fn of(number: u32) -> Self {
        Self(Seed::new(number.into()).key("thing").stream())
    }

    fn one_in(&mut self, bound: u64) -> bool {
        below(&mut self.0, bound) == 0
    }

    fn any<T: Copy>(&mut self, of: &[T]) -> T {
        of[below(&mut self.0, of.len() as u64) as usize]
    }
}

fn labels(cluster: &mut Cluster, pairs: &[(&str, &str)]) -> Labels {
    let names = &mut cluster.names;
    let pairs = pairs.iter().map(|&(key, value)| (names.symbol(key), names.symbol(value)));
    Labels::new(pairs.collect::<Vec<_>>())
}

/// A node of few sorts, so that many are equal.
fn node(cluster: &mut Cluster, number: u32) -> NodeSpec {
    let mut chance = Chance::of(number);
    let mut spec = NodeSpec::new(cluster.names.symbol(chance.any(&["n0", "n1", "n2", "n3"])));
    let (zone, disk) = (chance.any(&["a", "b", "c"]), chance.any(&["ssd", "hdd"]));
    let pairs =
        [("topology.kubernetes.io/zone", zone), ("disk", disk), ("gen", chance.any(&["1", "2"]))];
    spec.labels = labels(cluster, &pairs[..chance.any(&[1, 3, 3, 3])]);
    let effects = [Effect::NoSchedule, Effect::PreferNoSchedule, Effect::PreferNoSchedule];
    for key in ["dedicated", "spot"] {
        if chance.one_in(4) {
            let (key, value) = (cluster.names.symbol(key), Names::EMPTY);
            spec.taints.push(Taint { key, value, effect: chance.any(&effects) });
        }
    }
    spec.unschedulable = chance.one_in(15);
    spec.allocatable.set(Resource::CPU, chance.any(&[1000, 2000, 2000, 4000]));
    spec.allocatable.set(Resource::MEMORY, chance.any(&[2 << 30, 4 << 30]));
    spec.most_pods = chance.any(&[3, 110]);
    if chance.one_in(3) {
        let name = cluster.names.symbol("image:1");
        spec.images.push(Image { name, bytes: chance.any(&[50 << 20, 900 << 20]) });
    }
    spec
}

/// A pod that wants something of this and that.
fn template(cluster: &mut Cluster, number: u32) -> Template {
    let mut chance = Chance::of(number);
    let mut template = Template::new(cluster.names.symbol("default"));
    template.labels = labels(cluster, &[("app", chance.any(&["a", "b"]))]);
    template.priority = chance.any(&[0, 0, 1]);
    let mut container = Container::default();
    container.request.set(Resource::CPU, chance.any(&[0, 100, 300, 900]));
    container.request.set(Resource::MEMORY, chance.any(&[0, 256 << 20, 1 << 30]));
    template.demand(&[container], &[], &Amounts::default());
    template.images.extend(chance.one_in(2).then(|| cluster.names.symbol("image:1")));
    if chance.one_in(3) {
        let (key, value) = (cluster.names.symbol("spot"), None);
        template.tolerations.push(Toleration { key, value, effect: None });
    }
    if chance.one_in(6) {
        let (address, protocol) = (Names::ANY_ADDRESS, Names::EMPTY);
        template.ports.push(Port { address, protocol, number: chance.any(&[80, 81]) });
    }
    wants_nodes(cluster, &mut template, &mut chance);
    if chance.one_in(6) {
        wants_pods(cluster, &mut template, &mut chance);
    }
    template
}

fn term(cluster: &mut Cluster, key: &str, operator: Operator, values: &[&str]) -> NodeTerm {
    let requirement = Requirement::new(key, operator, values, &mut cluster.names).unwrap();
    NodeTerm { labels: vec![requirement], ..NodeTerm::default() }
}

fn wants_nodes(cluster: &mut Cluster, template: &mut Template, chance: &mut Chance) {
    let affinity = &mut template.node_affinity;
    if chance.one_in(5) {
        affinity.selector = labels(cluster, &[("disk", "ssd")]);
    }
    if chance.one_in(5) {
        affinity.required = Some(vec![term(cluster, "gen", Operator::Gt, &["1"])]);
    }
    if chance.one_in(15) {
        let fields = vec![FieldTest { equal: true, name: cluster.names.symbol("n1") }];
        affinity.required = Some(vec![NodeTerm { fields, ..NodeTerm::default() }]);
    }
    if chance.one_in(15) {
        template.node_name = Some(cluster.names.symbol("n2"));
    }
    if chance.one_in(2) {
        let weight = chance.any(&[1, 30]);
        affinity.preferred.push((weight, term(cluster, "disk", Operator::Exists, &[])));
        affinity.preferred.push((2, term(cluster, "gen", Operator::In, &["1"])));
    }
    if chance.one_in(4) {
        let zone = term(cluster, "topology.kubernetes.io/zone", Operator::NotIn, &["a"]);
        affinity.preferred.push((chance.any(&[1, 2]), zone));
    }
    let malformed = chance.one_in(20) && !affinity.preferred.is_empty();
    if malformed {
        affinity.preferred[0].1.malformed = true;
    }
}

fn wants_pods(cluster: &mut Cluster, template: &mut Template, chance: &mut Chance) {
    let app = cluster.names.symbol("app");
    let value = cluster.names.symbol(chance.any(&["a", "b"]));
    let selector = Selector::All(vec![Requirement::equals(app, value)]);
    let term = AffinityTerm {
        namespaces: vec![template.namespace],
        namespace_selector: Selector::Nothing,
        selector: selector.clone(),
        key: Names::ZONE,
    };
    match chance.any(&[0, 1, 2, 3]) {
        0 => template.spread.push(Spread::new(Names::ZONE, 2, chance.one_in(2), selector)),
        1 => template.affinity.required_anti.push(term),
        2 => template.affinity.preferred.push((5, term)),
        _ => template.affinity.required.push(term),
    }
}

/// A cluster with its pods, and two schedulers of which one searches every time.
struct World {
    cluster: Cluster,
    templates: Vec<Id<Template>>,
    waiting: Vec<Id<Pod>>,
    running: Vec<Id<Pod>>,
    profiles: [Profile; 2],
    schedulers: [Scheduler; 2],
    streams: [Stream; 2],
    /// Turns, and how many of them an index answered.
    turns: [usize; 2],
}

impl World {
    fn new(profile: Profile, nodes: &[u32], templates: &[u32]) -> Self {
        let mut cluster = Cluster::default();
        for &number in nodes {
            let spec = node(&mut cluster, number);
            cluster.add_node(spec);
        }
        let add = |&number: &u32| {
            let template = template(&mut cluster, number);
            cluster.add_template(template)
        };
        let templates = templates.iter().map(add).collect();
        let stream = || Seed::new(1).key("tests").stream();
        Self {
            cluster,
            templates,
            waiting: Vec::new(),
            running: Vec::new(),
            profiles: [forgetful(&profile), profile],
            schedulers: Default::default(),
            streams: [stream(), stream()],
            turns: [0; 2],
        }
    }

    fn node(&self, number: u32) -> Id<Node> {
        let order = self.cluster.order();
        order[number as usize % order.len()]
    }

    /// The turn of a pod, for both; it is bound or goes on waiting.
    fn turn(&mut self, pod: Id<Pod>) -> Result<(), TestCaseError> {
        let Self { cluster, profiles, schedulers, streams, .. } = self;
        let mut turn = |which: usize| {
            schedulers[which].schedule(&profiles[which], cluster, pod, &mut streams[which])
        };
        let (expected, found) = (turn(0), turn(1));
        prop_assert_eq!(&found, &expected);
        prop_assert_eq!(schedulers[1].next(), schedulers[0].next());
        let next = |stream: &Stream| below(&mut stream.clone(), u64::MAX);
        prop_assert_eq!(next(&streams[1]), next(&streams[0]), "as much was drawn");
        let last = schedulers[1].indexes().recent.first();
        let answered = last.is_some_and(|index| {
            index.looked_at == 0 && index.template == cluster.pod(pod).template
        });
        self.turns[0] += 1;
        self.turns[1] += usize::from(answered);
        match found {
            Outcome::Chosen(node, _) => {
                self.cluster.bind(pod, node, Time::ZERO);
                self.running.push(pod);
            }
            Outcome::Failed(_) => self.waiting.push(pod),
        }
        Ok(())
    }

    /// What happens: most often a new pod has its turn.
    fn step(
        &mut self,
        (what, which, number): (u8, prop::sample::Index, u32),
    ) -> Result<(), TestCaseError> {
        let taken = |list: &mut Vec<Id<Pod>>| list.swap_remove(which.index(list.len()));
        match what {
            0 if !self.waiting.is_empty() => {
                let pod = taken(&mut self.waiting);
                return self.turn(pod);
            }
            1..=3 if !self.running.is_empty() => {
                let pod = taken(&mut self.running);
                self.cluster.remove(pod);
            }
            4 if !self.waiting.is_empty() => {
                let pod = taken(&mut self.waiting);
                self.cluster.remove(pod);
            }
            5 if !self.waiting.is_empty() => {
                let node = (number % 4 > 0).then(|| self.node(number));
                self.cluster.nominate(self.waiting[which.index(self.waiting.len())], node);
            }
            6 if !self.running.is_empty() => {
                self.cluster.leave(self.running[which.index(self.running.len())], Leaving::Deleted);
            }
            7 => {
                // Wherever, whether it fits or not.
                let mut pod = Pod::new(*which.get(&self.templates), Names::EMPTY);
                pod.node = Some(self.node(number));
                self.running.push(self.cluster.add_pod(pod));
            }
            8 if number.is_multiple_of(8) => {
                let spec = node(&mut self.cluster, number);
                self.cluster.add_node(spec);
            }
            8 => {
                let node = Id::new(number % self.cluster.nodes().len() as u32);
                let is_empty = self.cluster.at(node).load.pods().is_empty();
                if !self.cluster.at(node).is_present() {
                    self.cluster.bring(node);
                } else if is_empty && self.cluster.order().len() > 1 {
                    self.cluster.take_away(node);
                }
            }
            _ => {
                let pod = Pod::new(*which.get(&self.templates), Names::EMPTY);
                let pod = self.cluster.add_pod(pod);
                return self.turn(pod);
            }
        }
        Ok(())
    }
}

fn profile(number: usize) -> Profile {
    let mut profile = Profile::default();
    match number {
        0 => profile.scores.clear(),
        1 => profile.percentage = 100,
        2 => {
            profile.scores.retain(|(score, _)| !score.name().starts_with("NodeResources"));
            profile.scores.push((Box::new(ResourceFit::new(Worth::MostAllocated)), 5));
        }
        _ => {}
    }
    profile
}

#[test]
fn the_index_and_the_search_choose_the_same() {
    let nodes = prop_oneof![vec(any::<u32>(), 1..12), vec(any::<u32>(), 95..250)];
    let steps = vec((0..25_u8, any::<prop::sample::Index>(), any::<u32>()), 1..200);
    let case = (0..6_usize, nodes, vec(any::<u32>(), 1..4), steps);
    let turns = Cell::new([0; 2]);
    let check = |(number, nodes, templates, steps): (usize, Vec<u32>, Vec<u32>, Vec<_>)| {
        let mut world = World::new(profile(number), &nodes, &templates);
        for step in steps {
            world.step(step)?;
        }
        turns.set([0, 1].map(|which| turns.get()[which] + world.turns[which]));
        Ok(())
    };
    TestRunner::deterministic().run(&case, check).expect("they choose the same");
    let [all, answered] = turns.get();
    assert!(4 * answered > all, "{answered} of {all} turns were answered by an index");
}

/// Three nodes: the first turn looks at all of them, the second makes an index of them, the third brings it up to
/// date with the node of the second's pod. A fourth node makes it look at all again.
#[test]
fn an_index_is_made_when_it_is_worth_it() {
    let mut world = World::new(Profile::default(), &[], &[]);
    let mut spec = NodeSpec::new(Names::EMPTY);
    spec.most_pods = 110;
    for _ in 0..3 {
        world.cluster.add_node(spec.clone());
    }
    let template = world.cluster.add_template(Template::new(Names::EMPTY));
    let next = |world: &mut World| {
        let pod = world.cluster.add_pod(Pod::new(template, Names::EMPTY));
        world.turn(pod).unwrap();
        world.turns[1]
    };
    let answered = [next(&mut world), next(&mut world), next(&mut world)];
    world.cluster.add_node(spec);
    assert_eq!((answered, next(&mut world), next(&mut world)), ([0, 1, 2], 2, 3));
}

/// The pod prefers label `y` with 10 and `x` with 1. While the node with `y` takes pods, `x` is worth 2 × 10 of 100
/// and then, as the best that is left, 2 × 100: more than that the third node is emptier, 99 against 50 and 0.
#[test]
fn what_no_node_that_is_left_has_does_not_count() {
    let mut world = World::new(Profile::default(), &[], &[]);
    for (label, cpu, most_pods) in [("", 10_000, 110), ("x", 200, 110), ("y", 10_000, 2)] {
        let mut spec = NodeSpec::new(Names::EMPTY);
        spec.labels = labels(&mut world.cluster, &[(label, "")]);
        spec.allocatable.set(Resource::CPU, cpu);
        spec.most_pods = most_pods;
        world.cluster.add_node(spec);
    }
    let mut template = Template::new(Names::EMPTY);
    let mut container = Container::default();
    container.request.set(Resource::CPU, 100);
    template.demand(&[container], &[], &Amounts::default());
    for (weight, label) in [(1, "x"), (10, "y")] {
        let term = term(&mut world.cluster, label, Operator::Exists, &[]);
        template.node_affinity.preferred.push((weight, term));
    }
    let template = world.cluster.add_template(template);
    let nodes = [(); 5].map(|()| {
        let pod = world.cluster.add_pod(Pod::new(template, Names::EMPTY));
        world.turn(pod).unwrap();
        world.cluster.pod(pod).node.map(Id::number)
    });
    assert_eq!(nodes, [2, 2, 1, 1, 0].map(Some));
    assert_eq!(world.turns, [5, 4], "all but the first were answered by the index");
}
