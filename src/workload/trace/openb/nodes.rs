//! The nodes of the cluster.

use std::path::Path;

use super::super::TraceError;
use super::super::table::Table;
use super::{WHOLE, gpu_count, mebibytes};
use crate::quantity::{Bytes, Millicpu};

/// A node of a trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TracedNode {
    /// Its name.
    pub name: String,
    /// Its CPU.
    pub cpu: Millicpu,
    /// Its memory.
    pub memory: Bytes,
    /// How many GPUs it has.
    pub gpus: u8,
    /// What its GPUs are.
    pub model: Option<String>,
}

impl TracedNode {
    /// Its GPUs in thousandths.
    pub fn gpus_milli(&self) -> u64 {
        u64::from(self.gpus) * WHOLE
    }
}

/// Reads a list of nodes, plain or gzip; `key` of a scenario names the file.
///
/// # Errors
/// If the file cannot be read or has not the columns of `openb`, or a field is not what it should be.
pub fn read_nodes(key: &'static str, path: &Path) -> Result<Vec<TracedNode>, TraceError> {
    let mut table = Table::open(key, path, None)?;
    let columns = table.places(["sn", "cpu_milli", "memory_mib", "gpu", "model"])?;
    let [name, cpu, memory, gpus, model] = columns;
    let mut nodes = Vec::new();
    while table.next()? {
        let named = !table.field(model).is_empty();
        nodes.push(TracedNode {
            name: table.text(name)?.to_owned(),
            cpu: Millicpu::new(table.count(cpu)?),
            memory: mebibytes(&table, memory)?,
            gpus: gpu_count(&table, gpus)?,
            model: if named { Some(table.text(model)?.to_owned()) } else { None },
        });
    }
    Ok(nodes)
}
