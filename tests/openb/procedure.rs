//! One run of the published experiments.

use std::path::Path;

use cloudsched::kernel::{Id, Seed, Time};
use cloudsched::policy::orchestration::kubernetes::{
    Cluster, GpuRequest, Gpus, Names, NodeSpec, Outcome, Pod, Resource, Scheduler, Template,
};
use cloudsched::policy::scheduler::packing::{Fgd, Packing};
use cloudsched::workload::trace::{
    Loaded, TraceForm, TraceFormat, TracedNode, TracedPod, read_nodes,
};

/// The loads of the published table, in percent of the GPUs.
pub const LOADS: [u32; 7] = [50, 80, 90, 100, 110, 120, 130];

/// The most pods that a node takes. Source: the experiment's scripts.
const MOST_PODS: usize = 1001;

/// A workload on the cluster.
pub struct Experiment {
    cluster: Cluster,
    trace: Loaded,
    /// All GPUs, in thousandths.
    gpus: f64,
}

/// What a run shows, by [`LOADS`]: means over the pods that come at that load, in percent of all GPUs.
pub struct Figures {
    pub use_of_gpus: [f64; LOADS.len()],
    pub fragmentation: [f64; LOADS.len()],
}

impl Experiment {
    pub fn open(folder: &Path, workload: &str) -> Self {
        let nodes = "openb_node_list_gpu_node.csv.gz";
        let form = TraceForm {
            from: None,
            until: None,
            format: TraceFormat::Openb,
            path: None,
            invocations: None,
            durations: None,
            memory: None,
            pods: Some(format!("openb_pod_list_{workload}.csv.gz")),
            nodes: Some(nodes.to_owned()),
            load: Some(1.3),
        };
        let trace = form.open(folder).unwrap();
        assert_eq!(trace.warnings, [""; 0]);
        let nodes = read_nodes("nodes", &folder.join(nodes)).unwrap();
        let gpus = nodes.iter().map(TracedNode::gpus_milli).sum::<u64>() as f64;
        assert_eq!((nodes.len(), gpus), (1213, 6_212_000.0));
        let mut cluster = Cluster::default();
        for node in &nodes {
            let spec = node_spec(&mut cluster, node);
            cluster.add_node(spec);
        }
        for (pod, count) in &trace.pods {
            let template = template(&mut cluster, pod, *count);
            cluster.add_template(template);
        }
        Self { cluster, trace, gpus }
    }

    pub fn run(&self, packing: &dyn Packing, seed: u64) -> Figures {
        let seed = Seed::new(seed);
        let mut stream = seed.key("platform.openb.scheduler").stream();
        let mut cluster = self.cluster.clone();
        cluster.shuffle(&mut stream);
        let profile = packing.profile(&cluster);
        let fragmentation = Fgd::default().fragmentation(&cluster);
        let mut scheduler = Scheduler::default();
        let mut pods = self.trace.process.start(seed.key("client.pods.arrivals"));
        let (mut arrived, mut used) = (0, 0);
        let (mut sums, mut events) = ([[0.0; 2]; LOADS.len()], [0.0; LOADS.len()]);
        while let Some(arrival) = pods.next() {
            let template = Id::new(arrival.target);
            let pod = cluster.add_pod(Pod::new(template, Names::EMPTY));
            let asked = cluster.template_of(pod).gpus.total();
            arrived += asked;
            match scheduler.schedule(&profile, &cluster, pod, &mut stream) {
                Outcome::Chosen(node, devices) => {
                    cluster.bind_with(pod, node, devices, Time::ZERO);
                    used += asked;
                }
                Outcome::Failed(_) => cluster.remove(pod),
            }
            let load = (arrived as f64 / self.gpus * 100.0).round_ties_even() as u32;
            if let Some(at) = LOADS.iter().position(|&other| other == load) {
                events[at] += 1.0;
                sums[at][0] += (used as f64 / self.gpus * 10_000.0).round() / 100.0;
                sums[at][1] += fragmentation.total(&cluster) / self.gpus * 100.0;
            }
        }
        let mean = |of: usize| std::array::from_fn(|at| sums[at][of] / events[at]);
        Figures { use_of_gpus: mean(0), fragmentation: mean(1) }
    }
}

fn node_spec(cluster: &mut Cluster, node: &TracedNode) -> NodeSpec {
    let mut spec = NodeSpec::new(cluster.names.symbol(&node.name));
    spec.allocatable.set(Resource::CPU, node.cpu.get().cast_signed());
    spec.allocatable.set(Resource::MEMORY, node.memory.get().cast_signed());
    let model = node.model.as_ref().map(|model| cluster.names.symbol(model));
    spec.gpus = Gpus { count: node.gpus, model };
    spec.most_pods = MOST_PODS;
    spec
}

fn template(cluster: &mut Cluster, pod: &TracedPod, count: u64) -> Template {
    let mut template = Template::new(Names::EMPTY);
    template.request.set(Resource::CPU, pod.cpu.get().cast_signed());
    template.request.set(Resource::MEMORY, pod.memory.get().cast_signed());
    let models = pod.models.iter().map(|model| cluster.names.symbol(model)).collect();
    template.gpus = GpuRequest { count: pod.gpus, milli: pod.gpu_milli.into(), models };
    template.weight = count;
    template
}
