//! What every scheduler of pods keeps to.

use cloudsched::kernel::stream::below;
use cloudsched::kernel::{Stream, Time};
use cloudsched::policy::orchestration::kubernetes::{
    Amounts, Cluster, Container, Labels, Names, Node, NodeSpec, Outcome, Pod, Resource, Template,
};
use cloudsched::policy::scheduler::{SCHEDULERS, SchedulerChoice, SchedulerPolicy};

use super::{policies, same_twice, stream};

/// Whether the pods of `template` have room on a node.
fn fits(node: &Node, template: &Template) -> bool {
    let left = |resource| {
        node.spec.allocatable.get(resource) - node.load.requested().get(resource)
            >= template.request.get(resource)
    };
    left(Resource::CPU) && left(Resource::MEMORY) && node.load.pods().len() < node.spec.most_pods
}

/// Up to 30 nodes in three zones, which differ.
fn cluster(chance: &mut Stream) -> Cluster {
    let mut cluster = Cluster::default();
    for number in 0..=below(chance, 30) {
        let zone = cluster.names.symbol(&format!("z{}", below(chance, 3)));
        let name = cluster.names.symbol(&format!("n{number}"));
        let mut node = NodeSpec::new(name);
        node.labels = Labels::new([(Names::HOSTNAME, name), (Names::ZONE, zone)]);
        node.allocatable.set(Resource::CPU, 1000 * (1 + below(chance, 8).cast_signed()));
        node.allocatable.set(Resource::MEMORY, (1 + below(chance, 16).cast_signed()) << 30);
        node.most_pods = 1 + below(chance, 10) as usize;
        cluster.add_node(node);
    }
    cluster
}

/// Places 200 pods, some of which go in between; where each went.
fn places(policy: &dyn SchedulerPolicy, chance: &mut Stream, own: &mut Stream) -> Vec<Option<u32>> {
    let mut cluster = cluster(chance);
    let templates: Vec<_> = (0..6)
        .map(|_| {
            let mut container = Container::default();
            container.request.set(Resource::CPU, 250 * below(chance, 9).cast_signed());
            container.request.set(Resource::MEMORY, below(chance, 5).cast_signed() << 28);
            let mut template = Template::new(Names::EMPTY);
            template.demand(&[container], &[], &Amounts::default());
            cluster.add_template(template)
        })
        .collect();
    let mut scheduler = policy.start(&mut cluster, own);
    let mut running = Vec::new();
    let mut places = Vec::new();
    for _ in 0..200 {
        let template = templates[below(chance, 6) as usize];
        let pod = cluster.add_pod(Pod::new(template, Names::EMPTY));
        let before = scheduler.explain(&cluster, pod).left;
        let found = scheduler.place(&cluster, pod, own);
        let template = cluster.template_of(pod).clone();
        match found {
            Outcome::Chosen(node, _) => {
                assert!(fits(cluster.at(node), &template), "{:?}", cluster.at(node));
                assert!(before.contains(&node), "what is chosen is explained");
                cluster.bind(pod, node, Time::ZERO);
                running.push(pod);
                places.push(Some(node.number()));
            }
            Outcome::Failed(failure) => {
                let room = cluster.nodes().iter().any(|node| fits(node, &template));
                assert!(!room, "there is room: {failure:?}");
                assert!(before.is_empty(), "no room is explained");
                cluster.remove(pod);
                places.push(None);
            }
        }
        if !running.is_empty() && below(chance, 3) == 0 {
            let gone = running.swap_remove(below(chance, running.len() as u64) as usize);
            cluster.remove(gone);
        }
    }
    places
}

#[test]
fn every_scheduler_finds_a_node_that_fits_whenever_there_is_one() {
    for (name, policy) in policies::<SchedulerChoice>(&SCHEDULERS) {
        same_twice(name, &policy, |policy, mut chance| {
            places(&*policy.0, &mut chance, &mut stream(7))
        });
    }
}
