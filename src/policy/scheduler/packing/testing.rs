//! Small clusters for tests of scores.

use super::{ByNode, Cluster};
use crate::kernel::{Id, Time};
use crate::policy::orchestration::kubernetes::{
    GpuRequest, Gpus, Names, NodeSpec, Pod, Resource, Template,
};

fn add(cluster: &mut Cluster, cpu: i64, memory: i64, gpus: u8) {
    let mut node = NodeSpec::new(Names::EMPTY);
    node.allocatable.set(Resource::CPU, cpu);
    node.allocatable.set(Resource::MEMORY, memory);
    node.gpus = Gpus { count: gpus, model: None };
    node.most_pods = 100;
    cluster.add_node(node);
}

/// Nodes with so much CPU in thousandths, and memory.
pub fn plain(nodes: &[(i64, i64)]) -> Cluster {
    let mut cluster = Cluster::default();
    for &(cpu, memory) in nodes {
        add(&mut cluster, cpu, memory, 0);
    }
    cluster
}

/// Nodes with so much CPU in thousandths, and so many GPUs.
pub fn with_gpus(nodes: &[(i64, u8)]) -> Cluster {
    let mut cluster = Cluster::default();
    for &(cpu, gpus) in nodes {
        add(&mut cluster, cpu, 1000, gpus);
    }
    cluster
}

/// A template: CPU, memory, number of GPUs and part of each.
pub fn template(cpu: i64, memory: i64, count: u8, milli: i64) -> Template {
    let mut template = Template::new(Names::EMPTY);
    template.request.set(Resource::CPU, cpu);
    template.request.set(Resource::MEMORY, memory);
    template.gpus = GpuRequest { count, milli, models: Vec::new() };
    template
}

/// A pod without CPU takes a part of a device.
pub fn take(cluster: &mut Cluster, node: u32, device: usize, milli: i64) {
    let template = cluster.add_template(template(0, 0, 1, milli));
    let pod = cluster.add_pod(Pod::new(template, Names::EMPTY));
    cluster.bind_with(pod, Id::new(node), [device].into_iter().collect(), Time::ZERO);
}

/// The score of each node for a pod: CPU, memory, number of GPUs and part of each.
pub fn scores(
    policy: &impl ByNode,
    mut cluster: Cluster,
    (cpu, memory, count, milli): (i64, i64, u8, i64),
) -> Vec<i64> {
    let template = cluster.add_template(template(cpu, memory, count, milli));
    let rank = policy.ranked(&cluster.templates()[template.index()], &cluster);
    cluster.nodes().iter().map(|node| rank.rank(node.site())).collect()
}
