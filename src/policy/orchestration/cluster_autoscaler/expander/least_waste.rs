//! The least that nobody uses.

use super::{Expander, Expansion, least_by};

/// `least-waste`: the least CPU and memory would be left over, each as a part of what is added
/// (`waste/waste.go`).
#[derive(Clone, Copy, Debug)]
pub struct LeastWaste;

/// The part of CPU that would be left over plus that of memory: 0 to 2.
fn waste(option: &Expansion) -> f64 {
    let left_over = |each: i64, resource: usize| {
        let added = each * option.nodes;
        let requested: i64 = option.pods.iter().map(|pod| pod[resource]).sum();
        (added - requested) as f64 / added as f64
    };
    left_over(option.cpu, 0) + left_over(option.memory, 1)
}

impl Expander for LeastWaste {
    fn name(&self) -> &'static str {
        "least-waste"
    }

    fn best(&self, options: &[Expansion], left: &[usize]) -> Vec<usize> {
        least_by(left, |option| Some(waste(&options[option])))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two nodes of 1000 m and 100 bytes for pods of 1500 m and 50 bytes: 0.25 and 0.75 are left over. One
    /// node of 2000 m and 200 bytes leaves as much, one of 2000 m and 100 bytes 0.25 and 0.5.
    #[test]
    fn parts_of_what_is_added() {
        let option = |nodes, cpu, memory| Expansion {
            nodes,
            cpu,
            memory,
            pods: vec![[1000, 25], [500, 25]],
            ..Expansion::default()
        };
        let options = [option(2, 1000, 100), option(1, 2000, 200), option(1, 2000, 100)];
        assert_eq!(waste(&options[0]), 1.0);
        assert_eq!(LeastWaste.best(&options, &[0, 1]), [0, 1]);
        assert_eq!(LeastWaste.best(&options, &[0, 1, 2]), [2]);
    }
}
