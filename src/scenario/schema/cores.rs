//! How much CPU an instance has.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::quantity::Bytes;

/// The cores of an instance, by its memory.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CoresForm {
    /// In proportion to memory.
    Linear(LinearCores),
    /// Pairs of a memory size and the cores there, by ascending size; linear in between, and beyond
    /// the ends as at the ends.
    Table(Vec<(Bytes, f64)>),
}

/// Cores in proportion to memory.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LinearCores {
    /// Memory for a core.
    pub memory_per_core: Bytes,
    /// The most cores that an instance has; no bound if it is left out.
    pub most: Option<f64>,
}

impl CoresForm {
    /// The cores of an instance with this memory.
    pub fn at(&self, memory: Bytes) -> f64 {
        match self {
            Self::Linear(linear) => {
                let cores = memory.get() as f64 / linear.memory_per_core.get() as f64;
                linear.most.map_or(cores, |most| cores.min(most))
            }
            Self::Table(rows) => {
                let above = rows.iter().position(|(size, _)| *size >= memory);
                let (Some(above), Some(last)) = (above.or(rows.len().checked_sub(1)), rows.last())
                else {
                    return 1.0; // An empty table is told elsewhere.
                };
                let (high, cores) = rows[above];
                match above.checked_sub(1).map(|below| rows[below]) {
                    _ if memory >= last.0 => last.1,
                    Some((low, fewer)) if high > low => {
                        let share =
                            (memory.get() - low.get()) as f64 / (high.get() - low.get()) as f64;
                        fewer + share * (cores - fewer)
                    }
                    _ => cores,
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cores_follow_memory() {
        let memory_per_core = Bytes::mib(1000);
        let linear = CoresForm::Linear(LinearCores { memory_per_core, most: Some(6.0) });
        assert_eq!([250, 1000, 9000].map(|mib| linear.at(Bytes::mib(mib))), [0.25, 1.0, 6.0]);
        let rows = [(128, 0.25), (256, 0.5), (512, 2.0)];
        let table = CoresForm::Table(rows.map(|(mib, cores)| (Bytes::mib(mib), cores)).to_vec());
        let at = [64, 128, 192, 256, 384, 512, 1024].map(|mib| table.at(Bytes::mib(mib)));
        assert_eq!(at, [0.25, 0.25, 0.375, 0.5, 1.25, 2.0, 2.0]);
    }
}
