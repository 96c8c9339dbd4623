//! The Alibaba GPU cluster of 2023: nodes with GPUs, and pods that ask for them whole or in shares.
//!
//! What is held is a number for each pod and its times, 24 bytes a pod.

mod drawn;
mod nodes;
mod timed;

use std::collections::BTreeMap;
use std::path::Path;

pub use nodes::{TracedNode, read_nodes};

use super::table::Table;
use super::{Loaded, TraceEntry, TraceError, Warnings};
use crate::kernel::Time;
use crate::quantity::{Bytes, Millicpu};
use drawn::Drawn;
use timed::{Timed, Times};

pub(super) const ENTRY: TraceEntry = TraceEntry {
    name: "openb",
    summary: "Pods of a GPU cluster, one row a pod, in `pods`, with their own times; or, with `nodes` and \
              `load`, in an order at random, one a second for ever, with more of them drawn until they ask for \
              `load` times the GPUs of the nodes.",
    source: "Weng et al., Beware of Fragmentation (USENIX ATC 2023); the public dataset \
             cluster-trace-gpu-v2023 of Alibaba",
    columns: &[
        (
            "name",
            "pods: the name; pods in an order at random are first put into that of their names",
        ),
        ("cpu_milli, memory_mib", "pods, nodes: thousandths of a core, and mebibytes"),
        ("num_gpu, gpu_milli", "pods: on how many GPUs, and how many thousandths of each"),
        ("gpu_spec", "pods: the models of GPU that will do, as in `A|B`; may be empty or missing"),
        (
            "creation_time, scheduled_time, deletion_time",
            "pods: in seconds; not needed with `load`",
        ),
        ("sn, gpu, model", "nodes: the name, how many GPUs, and their model"),
    ],
};

/// Thousandths of a whole GPU.
const WHOLE: u64 = 1000;

/// The most GPUs of a pod or a node.
const MOST_GPUS: u64 = 16;

/// A kind of pods of a trace.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TracedPod {
    /// CPU that each asks for.
    pub cpu: Millicpu,
    /// Memory that each asks for.
    pub memory: Bytes,
    /// On how many GPUs it runs.
    pub gpus: u8,
    /// How many thousandths it asks of each; 0 without GPUs.
    pub gpu_milli: u16,
    /// The models of GPU that will do; any if there is none.
    pub models: Vec<String>,
}

impl TracedPod {
    /// All that it asks for of GPUs, in thousandths.
    pub fn gpus_milli(&self) -> u64 {
        u64::from(self.gpus) * u64::from(self.gpu_milli)
    }

    /// What it is called in reports.
    fn name(&self) -> String {
        let mut name = format!("{}m,{}MiB", self.cpu.get(), self.memory.get() >> 20);
        if self.gpus > 0 {
            name += &format!(",{}x{}", self.gpus, self.gpu_milli);
        }
        if !self.models.is_empty() {
            name += &format!(",{}", self.models.join("|"));
        }
        name
    }
}

/// Checks the list of pods, and the list of nodes if the pods shall ask for so many times their GPUs.
pub(super) fn open(pods: &Path, tuned: Option<(&Path, f64)>) -> Result<Loaded, TraceError> {
    let mut table = Table::open("pods", pods, None)?;
    let mut rows = List::read(&mut table, tuned.is_none())?;
    let mut warnings = Warnings::default();
    if rows.pods.is_empty() {
        warnings.0.push(format!("{} has no row: it sends no request", pods.display()));
    }
    warnings.add(
        rows.early,
        "pod is deleted before it is scheduled: it takes no time",
        "pods are deleted before they are scheduled: they take no time",
    );
    let mut counts = vec![0; rows.kinds.len()];
    for pod in &rows.pods {
        counts[pod.kind as usize] += 1;
    }
    let (requests, names) =
        (rows.pods.len() as u64, rows.kinds.iter().map(TracedPod::name).collect());
    let pods = rows.kinds.iter().cloned().zip(counts).collect();
    let (process, last): (Box<dyn crate::workload::ArrivalProcess>, Time) = match tuned {
        None => {
            let timed = Timed::new(&rows.pods);
            let last = timed.last();
            (Box::new(timed), last)
        }
        Some((nodes, load)) => {
            rows.pods.sort_by(|a, b| a.name.cmp(&b.name));
            let gpus: u64 = read_nodes("nodes", nodes)?.iter().map(TracedNode::gpus_milli).sum();
            let drawn = Drawn::new(&rows, (gpus as f64 * load) as u64);
            (Box::new(drawn.map_err(|message| table.whole(message))?), Time::MAX)
        }
    };
    Ok(Loaded {
        names,
        applications: None,
        application_names: Vec::new(),
        demands: None,
        memory: None,
        pods,
        process,
        requests,
        last,
        warnings: warnings.0,
    })
}

/// A row of the list.
#[derive(Clone, Debug)]
struct Pod {
    name: String,
    kind: u32,
    times: Times,
}

/// The pods in the order of their rows, and their kinds in order of first appearance.
#[derive(Default)]
struct List {
    pods: Vec<Pod>,
    kinds: Vec<TracedPod>,
    numbers: BTreeMap<TracedPod, u32>,
    early: u64,
}

impl List {
    fn read(table: &mut Table, with_times: bool) -> Result<Self, TraceError> {
        let mut list = Self::default();
        let columns = table.places(["name", "cpu_milli", "memory_mib", "num_gpu", "gpu_milli"])?;
        let models = table.find("gpu_spec")?;
        let times = ["creation_time", "scheduled_time", "deletion_time"];
        let times = if with_times { Some(table.places(times)?) } else { None };
        while table.next()? {
            let kind = list.number(kind(table, columns, models)?);
            let times = match times {
                Some(columns) => Times::read(table, columns, &mut list.early)?,
                None => Times::default(),
            };
            list.pods.push(Pod { name: table.text(columns[0])?.to_owned(), kind, times });
        }
        Ok(list)
    }

    fn number(&mut self, kind: TracedPod) -> u32 {
        let next = self.kinds.len() as u32;
        let kinds = &mut self.kinds;
        *self.numbers.entry(kind).or_insert_with_key(|kind| {
            kinds.push(kind.clone());
            next
        })
    }
}

/// What the pod of a row asks for.
fn kind(
    table: &Table,
    [_, cpu, memory, gpus, milli]: [usize; 5],
    models: Option<usize>,
) -> Result<TracedPod, TraceError> {
    let count = gpu_count(table, gpus)?;
    let share = if count == 0 { 0 } else { table.count(milli)?.min(WHOLE) };
    if count > 0 && share == 0 {
        return Err(table.unexpected(milli, "a share of 1 to 1000 thousandths of each GPU"));
    }
    let models = match models {
        Some(column) if !table.field(column).is_empty() => {
            let names = table.text(column)?.split('|').map(str::trim);
            names.filter(|name| !name.is_empty()).map(str::to_owned).collect()
        }
        _ => Vec::new(),
    };
    Ok(TracedPod {
        cpu: Millicpu::new(table.count(cpu)?),
        memory: mebibytes(table, memory)?,
        gpus: count,
        gpu_milli: share as u16,
        models,
    })
}

fn gpu_count(table: &Table, column: usize) -> Result<u8, TraceError> {
    let count = table.count(column)?;
    if count > MOST_GPUS {
        return Err(table.unexpected(column, &format!("at most {MOST_GPUS} GPUs")));
    }
    Ok(count as u8)
}

fn mebibytes(table: &Table, column: usize) -> Result<Bytes, TraceError> {
    let count = table.count(column)?;
    if count > u64::from(u32::MAX) {
        return Err(table.unexpected(column, "at most 2^32 MiB"));
    }
    Ok(Bytes::mib(count))
}
