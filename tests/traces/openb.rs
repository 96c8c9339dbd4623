//! `openb`: pods of a GPU cluster.

use cloudsched::kernel::{Seed, Span};
use cloudsched::quantity::{Bytes, Millicpu};
use cloudsched::workload::Arrival;
use cloudsched::workload::trace::{Loaded, TraceForm, TraceFormat, TracedPod, read_nodes};

use super::{Folder, form, replay};

const PODS: &str = "name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,creation_time,deletion_time,scheduled_time\n";
const NODES: &str = "sn,cpu_milli,memory_mib,gpu,model\na,32000,1024,2,T4\nb,8000,512,0,\n";

/// The trace at its own times, or up to a load.
fn openb(load: Option<f64>) -> TraceForm {
    let nodes = load.map(|_| "nodes.csv".to_owned());
    TraceForm { pods: Some("trace.csv".into()), nodes, load, ..form(TraceFormat::Openb, None) }
}

fn folder(pods: &str) -> Folder {
    let folder = Folder::with(format!("{PODS}{pods}"));
    std::fs::write(folder.path("nodes.csv"), NODES).unwrap();
    folder
}

fn drawn(loaded: &Loaded, seed: u64) -> Vec<Arrival> {
    let mut run = loaded.process.start(Seed::new(seed).key("client.test.arrivals"));
    std::iter::from_fn(|| run.next()).collect()
}

/// A pod runs from when it was scheduled; one that never was, from when it came; one that was never deleted
/// stays. Those that ask alike are of one kind.
#[test]
fn pods_come_at_their_own_times() {
    let folder = folder(
        "c,1000,1024,1,500,T4|A10,30,100,40\n\
         a,1000,1024,1,500,T4|A10,10,100,\n\
         b,2000,512,0,0,,20,,25\n\
         d,2000,512,0,700,,30,20,\n",
    );
    let loaded = openb(None).open(&folder.path("")).unwrap();
    let arrivals = replay(&loaded);
    let rows: Vec<_> = arrivals
        .iter()
        .map(|pod| (pod.at.as_secs_f64(), pod.target, pod.demand.map(Span::as_secs_f64)))
        .collect();
    assert_eq!(
        rows,
        [(10.0, 0, Some(90.0)), (20.0, 1, None), (30.0, 0, Some(60.0)), (30.0, 1, Some(0.0))]
    );
    let share = TracedPod {
        cpu: Millicpu::new(1000),
        memory: Bytes::mib(1024),
        gpus: 1,
        gpu_milli: 500,
        models: vec!["T4".into(), "A10".into()],
    };
    let plain = TracedPod {
        cpu: Millicpu::new(2000),
        memory: Bytes::mib(512),
        gpus: 0,
        gpu_milli: 0,
        models: Vec::new(),
    };
    assert_eq!(loaded.pods, [(share, 2), (plain, 2)]);
    assert_eq!(loaded.names, ["1000m,1024MiB,1x500,T4|A10", "2000m,512MiB"]);
    assert_eq!(loaded.warnings, ["1 pod is deleted before it is scheduled: it takes no time"]);
}

/// The nodes have 2 GPUs: the limit is 1.75 times them, 3500 thousandths. Those of the list ask for 1400. Drawing
/// ends with a pod that does not fit under the limit, of 1000 at most, so above 2500.
#[test]
fn pods_are_drawn_until_the_load_is_reached() {
    let folder = folder("b,1,1,1,400,,0,1,0\na,2,1,1,1000,,0,1,0\nc,3,1,0,0,,0,1,0\n");
    let loaded = openb(Some(1.75)).open(&folder.path("")).unwrap();
    let mut orders = Vec::new();
    for seed in 0..20 {
        let pods = drawn(&loaded, seed);
        assert_eq!(pods, drawn(&loaded, seed), "the same seed gives the same pods");
        assert!(pods.iter().all(|pod| pod.demand.is_none()));
        let times: Vec<f64> = pods.iter().map(|pod| pod.at.as_secs_f64()).collect();
        assert!(times.iter().enumerate().all(|(second, &time)| time == second as f64));
        let kinds: Vec<u32> = pods.iter().map(|pod| pod.target).collect();
        let mut first = kinds[..3].to_vec();
        first.sort_unstable();
        assert_eq!(first, [0, 1, 2], "all of the list come first");
        let asked: u64 = kinds.iter().map(|&kind| loaded.pods[kind as usize].0.gpus_milli()).sum();
        assert!((2501..=3500).contains(&asked), "{asked}");
        orders.push(kinds);
    }
    orders.sort_unstable();
    orders.dedup();
    assert!(orders.len() > 10);
}

/// A pod of two GPUs, 2000 thousandths, is drawn if 1000 for one of them fit under the limit. The list has one such
/// pod. Under 4000 one more comes, and ends at the limit; under 3000 one, which ends above; under 2800 none.
#[test]
fn the_share_of_one_gpu_decides_whether_a_pod_is_drawn() {
    let folder = folder("a,1,1,2,1000,,0,1,0\n");
    let asked = |load| drawn(&openb(Some(load)).open(&folder.path("")).unwrap(), 1).len();
    assert_eq!(asked(2.0), 2);
    assert_eq!(asked(1.5), 2);
    assert_eq!(asked(1.4), 1);
}

#[test]
fn nodes_are_read_with_their_models() {
    let folder = folder("");
    let nodes = read_nodes("nodes", &folder.path("nodes.csv")).unwrap();
    let shown: Vec<_> = nodes
        .iter()
        .map(|node| {
            (node.name.as_str(), node.cpu.get(), node.memory, node.gpus, node.model.as_deref())
        })
        .collect();
    assert_eq!(
        shown,
        [("a", 32_000, Bytes::mib(1024), 2, Some("T4")), ("b", 8000, Bytes::mib(512), 0, None)]
    );
}

#[test]
fn what_is_wrong_is_told_with_its_line() {
    let error = |pods: &str| folder(pods).error_of(&openb(None));
    assert_eq!(
        error("a,1,1,1,0,,0,1,0\n"),
        "trace.csv:2: `gpu_milli` is `0` where a share of 1 to 1000 thousandths of each GPU is expected"
    );
    assert_eq!(
        error("a,1,1,17,1,,0,1,0\n"),
        "trace.csv:2: `num_gpu` is `17` where at most 16 GPUs is expected"
    );
    assert_eq!(
        error("a,1,1,0,0,,-1,1,0\n"),
        "trace.csv:2: `creation_time` is `-1` where a time of 0 or more is expected"
    );
    let short = Folder::with("name,cpu_milli,memory_mib,num_gpu,gpu_milli\n");
    assert_eq!(
        short.error_of(&openb(None)),
        "trace.csv: there is no column `creation_time`: the first line must name the columns \
         creation_time, scheduled_time, deletion_time"
    );
    let plain = folder("a,1,1,0,0,,0,1,0\n");
    assert_eq!(
        plain.error_of(&openb(Some(1.3))),
        "trace.csv: no pod asks for a GPU, so no load is ever reached: leave `load` out"
    );
}

#[test]
fn keys_that_do_not_go_together_are_told() {
    let folder = folder("a,1,1,1,1000,,0,1,0\n");
    let error = |form: TraceForm| folder.error_of(&form);
    assert_eq!(
        error(TraceForm { nodes: None, ..openb(Some(1.3)) }),
        "a load is of the GPUs of nodes: write nodes = \"…\""
    );
    assert_eq!(
        error(TraceForm { load: None, ..openb(Some(1.3)) }),
        "nodes are there for a load: write load = 1.3, or leave them out"
    );
    assert_eq!(error(openb(Some(-1.0))), "-1 is no load: write a number above 0, as in 1.3");
    assert_eq!(
        error(TraceForm { path: Some("a".into()), ..openb(None) }),
        "a trace of format \"openb\" has no key `path`; it has pods, nodes and load"
    );
}
