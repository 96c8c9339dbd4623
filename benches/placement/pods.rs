//! The default profile of Kubernetes: the scheduler of the library against a naive one.

use cloudsched::kernel::stream::below;
use cloudsched::kernel::{Id, Seed, Stream, Time};
use cloudsched::policy::orchestration::kubernetes::{
    Amounts, Cluster, Container, Effect, Image, Labels, Names, NodeSpec, Outcome, Pod, Profile,
    Resource, Scheduler, Taint, Template, Toleration,
};

use crate::naive::{Kind, Naive};
use crate::support::{Rounds, time};

/// What is compared: nodes, how full they are in percent of their CPU, and how many templates the pods have.
#[derive(Clone, Copy)]
pub struct Setting {
    pub nodes: usize,
    pub percent: u64,
    pub templates: usize,
}

/// A pod goes, and one of this template comes.
#[derive(Clone, Copy)]
struct Turn {
    leaver: u64,
    template: usize,
}

fn turn(chance: &mut Stream, templates: usize) -> Turn {
    let template = below(chance, templates as u64) as usize;
    Turn { leaver: below(chance, u64::MAX), template }
}

/// A node of three sizes, in one of three zones, with some images; one in twenty is dedicated to pods that
/// tolerate it.
fn node(cluster: &mut Cluster, number: usize, chance: &mut Stream) -> NodeSpec {
    let names = &mut cluster.names;
    let mut spec = NodeSpec::new(names.symbol(&format!("node-{number}")));
    let zone = names.symbol(["a", "b", "c"][number % 3]);
    let (arch, amd64) = (names.symbol("kubernetes.io/arch"), names.symbol("amd64"));
    spec.labels = Labels::new([(Names::HOSTNAME, spec.name), (Names::ZONE, zone), (arch, amd64)]);
    let cores = 16_i64 << below(chance, 3);
    spec.allocatable.set(Resource::CPU, 1000 * cores);
    spec.allocatable.set(Resource::MEMORY, (4 * cores) << 30);
    spec.most_pods = 250;
    if below(chance, 20) == 0 {
        let key = names.symbol("dedicated");
        spec.taints.push(Taint { key, value: Names::EMPTY, effect: Effect::NoSchedule });
    }
    for image in 0..8 {
        if below(chance, 2) == 0 {
            let name = names.symbol(&format!("image-{image}:1"));
            spec.images.push(Image { name, bytes: (100 * (image + 1)) << 20 });
        }
    }
    spec
}

/// The CPU that a pod of a template asks for.
fn cpu_of(template: usize) -> i64 {
    250 << ((template + 2) % 4)
}

/// Pods that ask for CPU and memory and have an image; some tolerate what keeps others away.
fn template(cluster: &mut Cluster, number: usize) -> Template {
    let names = &mut cluster.names;
    let mut template = Template::new(names.symbol("default"));
    let mut container = Container::default();
    container.request.set(Resource::CPU, cpu_of(number));
    container.request.set(Resource::MEMORY, (512 << ((number / 2 + 1) % 4)) << 20);
    template.demand(&[container], &[], &Amounts::default());
    template.images.push(names.symbol(&format!("image-{}:1", number % 8)));
    if number % 8 == 7 {
        let key = names.symbol("dedicated");
        template.tolerations.push(Toleration { key, value: None, effect: None });
    }
    template
}

/// A cluster with its pods and its scheduler.
pub struct World {
    cluster: Cluster,
    templates: Vec<Id<Template>>,
    kinds: Vec<Kind>,
    profile: Profile,
    scheduler: Scheduler,
    stream: Stream,
    live: Vec<Id<Pod>>,
}

impl World {
    fn new(setting: Setting) -> Self {
        let mut cluster = Cluster::default();
        let mut chance = Seed::new(1).key("nodes").stream();
        for number in 0..setting.nodes {
            let spec = node(&mut cluster, number, &mut chance);
            cluster.add_node(spec);
        }
        let made = (0..setting.templates).map(|number| template(&mut cluster, number));
        let made: Vec<Template> = made.collect();
        Self {
            kinds: made.iter().map(Kind::from).collect(),
            templates: made.into_iter().map(|one| cluster.add_template(one)).collect(),
            cluster,
            profile: Profile::default(),
            scheduler: Scheduler::default(),
            stream: Seed::new(1).key("scheduler").stream(),
            live: Vec::new(),
        }
    }

    /// A pod comes: the number of its node.
    fn come(&mut self, template: usize) -> Option<usize> {
        let pod = self.cluster.add_pod(Pod::new(self.templates[template], Names::EMPTY));
        let outcome = self.scheduler.schedule(&self.profile, &self.cluster, pod, &mut self.stream);
        let Outcome::Chosen(node, _) = outcome else {
            self.cluster.remove(pod);
            return None;
        };
        self.cluster.bind(pod, node, Time::ZERO);
        self.live.push(pod);
        Some(node.index())
    }

    fn turn(&mut self, turn: Turn) -> Option<usize> {
        let at = (turn.leaver % self.live.len() as u64) as usize;
        let pod = self.live.swap_remove(at);
        self.cluster.remove(pod);
        self.come(turn.template)
    }
}

/// The same by the naive scheduler.
struct NaiveWorld {
    naive: Naive,
    stream: Stream,
    /// The number of the node at each place.
    order: Vec<usize>,
    /// Places and templates of pods.
    live: Vec<(u32, u32)>,
}

impl NaiveWorld {
    fn new(world: &World) -> Self {
        Self {
            naive: Naive::new(&world.cluster, world.kinds.clone()),
            stream: world.stream.clone(),
            order: world.cluster.order().iter().map(|node| node.index()).collect(),
            live: Vec::new(),
        }
    }

    fn come(&mut self, template: usize) -> Option<usize> {
        let place = self.naive.schedule(template, &mut self.stream)?;
        self.naive.count(place, template, 1);
        self.live.push((place as u32, template as u32));
        Some(self.order[place])
    }

    fn turn(&mut self, turn: Turn) -> Option<usize> {
        let at = (turn.leaver % self.live.len() as u64) as usize;
        let (place, template) = self.live.swap_remove(at);
        self.naive.count(place as usize, template as usize, -1);
        self.come(turn.template)
    }
}

/// Fills a cluster to so many percent of its CPU; gives the templates of its pods in order.
fn fill(world: &mut World, setting: Setting, chance: &mut Stream) -> Vec<usize> {
    let cpu = |spec: &NodeSpec| spec.allocatable.get(Resource::CPU);
    let all: i64 = world.cluster.nodes().iter().map(|node| cpu(&node.spec)).sum();
    let (mut used, mut come) = (0, Vec::new());
    while used < all * setting.percent.cast_signed() / 100 {
        let template = turn(chance, setting.templates).template;
        if world.come(template).is_some() {
            used += cpu_of(template);
        }
        come.push(template);
    }
    come
}

/// The naive scheduler and that of the library in turns, on the same pods: nanoseconds a pod, from its coming to
/// the going of another. They choose the same nodes all along. If the naive one is `spared`, it need not look at other
/// pods.
pub fn compare(setting: Setting, spared: bool, turns: usize, rounds: usize) -> Rounds {
    let mut chance = Seed::new(1).key("turns").stream();
    let mut world = World::new(setting);
    let mut naive = NaiveWorld::new(&world);
    for template in fill(&mut world, setting, &mut chance) {
        naive.come(template);
    }
    naive.naive.spare(spared);
    let mut chosen = Vec::with_capacity(turns);
    let mut list: Vec<Turn> = Vec::new();
    Rounds::run(rounds, 2, |contestant| {
        let taken = if contestant == 0 {
            list = (0..turns).map(|_| turn(&mut chance, setting.templates)).collect();
            chosen.clear();
            time(|| chosen.extend(list.iter().map(|&turn| naive.turn(turn)))).0
        } else {
            let mut next = chosen.iter();
            time(|| {
                for &turn in &list {
                    assert_eq!(Some(&world.turn(turn)), next.next(), "the same node");
                }
            })
            .0
        };
        taken / turns as f64
    })
}

/// Nanoseconds a pod of the library's scheduler alone: so many pods come and go.
pub fn run(setting: Setting, pods: u64) -> f64 {
    let mut chance = Seed::new(1).key("turns").stream();
    let mut world = World::new(setting);
    let already = fill(&mut world, setting, &mut chance).len() as u64;
    let left = pods.saturating_sub(already).max(1);
    let turns = || {
        for _ in 0..left {
            let turn = turn(&mut chance, setting.templates);
            world.turn(turn);
        }
    };
    time(turns).0 / left as f64
}
