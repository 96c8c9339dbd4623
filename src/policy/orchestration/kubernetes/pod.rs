//! Pods: what replicas have in common, once, and the little that each has of its own.

use super::affinity::PodAffinity;
use super::gpu::{Devices, GpuRequest};
use super::labels::{Labels, Selector};
use super::names::{Names, Symbol};
use super::node::Node;
use super::node_selector::NodeAffinity;
use super::ports::Port;
use super::resources::{Amounts, Resource};
use super::spread::Spread;
use super::taint::Toleration;
use crate::kernel::{Id, Time};

/// CPU that a container is scored with if it asks for none, in thousandths of a core. Source:
/// `scheduler/util/pod_resources.go`.
const DEFAULT_CPU: i64 = 100;
/// Memory that a container is scored with if it asks for none, in bytes. Source as above.
const DEFAULT_MEMORY: i64 = 200 * 1024 * 1024;

/// What a container asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Container {
    /// What it asks for.
    pub request: Amounts,
    /// Whether it says how much CPU it asks for, be it 0; if not, it is scored with 100 m.
    pub names_cpu: bool,
    /// Whether it says how much memory it asks for, be it 0; if not, it is scored with 200 MiB.
    pub names_memory: bool,
    /// Whether, as a container that runs first, it goes on running beside the others (a sidecar).
    pub stays: bool,
}

impl Container {
    /// What it is scored with.
    fn scored(&self) -> Amounts {
        let mut scored = self.request.clone();
        let unnamed = |resource, named: bool| !named && self.request.get(resource) == 0;
        if unnamed(Resource::CPU, self.names_cpu) {
            scored.set(Resource::CPU, DEFAULT_CPU);
        }
        if unnamed(Resource::MEMORY, self.names_memory) {
            scored.set(Resource::MEMORY, DEFAULT_MEMORY);
        }
        scored
    }
}

/// The most that a pod needs at once: its containers together, or one of those that run first beside
/// those that stay, and what the sandbox takes.
fn effective(
    containers: &[Container],
    first: &[Container],
    overhead: &Amounts,
    request: impl Fn(&Container) -> Amounts,
) -> Amounts {
    let (mut together, mut staying, mut before) =
        (Amounts::default(), Amounts::default(), Amounts::default());
    for container in containers {
        together.add(&request(container), 1);
    }
    for container in first {
        let own = request(container);
        if container.stays {
            together.add(&own, 1);
            staying.add(&own, 1);
            before.raise_to(&staying);
        } else {
            let mut now = own;
            now.add(&staying, 1);
            before.raise_to(&now);
        }
    }
    together.raise_to(&before);
    together.add(overhead, 1);
    together
}

/// All that replicas of a pod have in common.
#[derive(Clone, Debug)]
pub struct Template {
    /// Its namespace.
    pub namespace: Symbol,
    /// Its labels.
    pub labels: Labels,
    /// The higher goes first and may evict the lower.
    pub priority: i32,
    /// Whether it never evicts others (`preemptionPolicy: Never`).
    pub never_preempts: bool,
    /// What it asks of a node.
    pub request: Amounts,
    /// The GPUs that it asks for.
    pub gpus: GpuRequest,
    /// CPU and memory that it is scored with.
    pub scored: [i64; 2],
    /// The name of the only node it may go to (`nodeName`).
    pub node_name: Option<Symbol>,
    /// The nodes that it needs or prefers.
    pub node_affinity: NodeAffinity,
    /// The taints that it stands.
    pub tolerations: Vec<Toleration>,
    /// How evenly it shall be spread.
    pub spread: Vec<Spread>,
    /// The pods that it wants near or far.
    pub affinity: PodAffinity,
    /// The ports of the node that it wants.
    pub ports: Vec<Port>,
    /// The image of each container, with its tag.
    pub images: Vec<Symbol>,
    /// The selector of the controller that owns it (a `ReplicaSet`, a `StatefulSet`).
    pub controller: Selector,
    /// Whether it may be evicted so that its node can go (`cluster-autoscaler.kubernetes.io/safe-to-evict`; not
    /// `karpenter.sh/do-not-disrupt`).
    pub safe_to_evict: bool,
    /// Whether one of them runs on every node that takes it, and keeps none (`DaemonSet`).
    pub daemon: bool,
    /// How many pods of the workload are expected to be of it, against those of the others: for schedulers
    /// that know the workload.
    pub weight: u64,
}

impl Template {
    /// A pod that asks for nothing.
    pub fn new(namespace: Symbol) -> Self {
        Self {
            namespace,
            labels: Labels::default(),
            priority: 0,
            never_preempts: false,
            request: Amounts::default(),
            gpus: GpuRequest::default(),
            scored: [0; 2],
            node_name: None,
            node_affinity: NodeAffinity::default(),
            tolerations: Vec::new(),
            spread: Vec::new(),
            affinity: PodAffinity::default(),
            ports: Vec::new(),
            images: Vec::new(),
            controller: Selector::Nothing,
            safe_to_evict: true,
            daemon: false,
            weight: 1,
        }
    }

    /// Whether where it can go depends on pods on other nodes: by affinity, or by how it is spread.
    pub fn looks_at_others(&self) -> bool {
        !self.affinity.is_empty() || !self.spread.is_empty()
    }

    /// Works out what it asks for from its containers, those that run first, and what its sandbox takes
    /// (component-helpers `resource.PodRequests`).
    pub fn demand(&mut self, containers: &[Container], first: &[Container], overhead: &Amounts) {
        self.request = effective(containers, first, overhead, |one| one.request.clone());
        let scored = effective(containers, first, overhead, Container::scored);
        self.scored = [scored.get(Resource::CPU), scored.get(Resource::MEMORY)];
    }

    /// The name of an image with its tag: `latest` if it has none.
    pub fn image(name: &str, names: &mut Names) -> Symbol {
        if name.rfind(':') <= name.rfind('/') {
            return names.symbol(&format!("{name}:latest"));
        }
        names.symbol(name)
    }
}

/// Whether a pod is on its way out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Leaving {
    /// It stays.
    #[default]
    No,
    /// Somebody deleted it.
    Deleted,
    /// The scheduler evicted it for another.
    Preempted,
}

impl Leaving {
    /// Whether it is on its way out for whatever reason.
    #[inline]
    pub fn is_leaving(self) -> bool {
        self != Self::No
    }
}

/// A pod.
#[derive(Clone, Copy, Debug)]
pub struct Pod {
    /// What it has in common with its replicas.
    pub template: Id<Template>,
    /// Its name.
    pub name: Symbol,
    /// The node that it runs on.
    pub node: Option<Id<Node>>,
    /// The GPUs of that node that it has.
    pub devices: Devices,
    /// The node on which room is being made for it.
    pub nominated: Option<Id<Node>>,
    /// When it began to run; `None` counts as now.
    pub started: Option<Time>,
    /// Whether it is on its way out.
    pub leaving: Leaving,
}

impl Pod {
    /// A pod that waits for its node.
    pub fn new(template: Id<Template>, name: Symbol) -> Self {
        Self {
            template,
            name,
            node: None,
            devices: Devices::NONE,
            nominated: None,
            started: None,
            leaving: Leaving::No,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn container(cpu: i64, stays: bool) -> Container {
        let mut container = Container { stays, names_cpu: true, ..Container::default() };
        container.request.set(Resource::CPU, cpu);
        container
    }

    /// Two containers of 100 and 200; first a task of 250, a sidecar of 50, a task of 400. While it
    /// runs beside the sidecar the last task needs 450, more than 100 + 200 + 50; the sandbox takes 7.
    #[test]
    fn the_most_that_is_needed_at_once() {
        let mut template = Template::new(Names::EMPTY);
        let mut overhead = Amounts::default();
        overhead.set(Resource::CPU, 7);
        let first = [container(250, false), container(50, true), container(400, false)];
        template.demand(&[container(100, false), container(200, false)], &first, &overhead);
        assert_eq!(template.request.get(Resource::CPU), 457);
    }

    /// Two containers that name no memory: 2 × 200 MiB; one names its CPU as 0, the other not: 100.
    #[test]
    fn a_missing_request_counts_in_scores() {
        let mut template = Template::new(Names::EMPTY);
        template.demand(&[container(0, false), Container::default()], &[], &Amounts::default());
        assert_eq!(template.scored, [100, 2 * DEFAULT_MEMORY]);
        assert_eq!(template.request, Amounts::default());
    }

    #[test]
    fn an_image_has_a_tag() {
        let mut names = Names::default();
        for (name, full) in [
            ("a/b", "a/b:latest"),
            ("a/b:1", "a/b:1"),
            ("host:80/b", "host:80/b:latest"),
            ("", ":latest"),
        ] {
            let image = Template::image(name, &mut names);
            assert_eq!(names.text(image), full);
        }
    }
}
