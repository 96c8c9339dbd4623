//! The fewest nodes.

use super::{Expander, Expansion, least_by};

/// `least-nodes`: the fewest nodes, but for none (`leastnodes/leastnodes.go`).
#[derive(Clone, Copy, Debug)]
pub struct LeastNodes;

impl Expander for LeastNodes {
    fn name(&self) -> &'static str {
        "least-nodes"
    }

    fn best(&self, options: &[Expansion], left: &[usize]) -> Vec<usize> {
        least_by(left, |option| Some(options[option].nodes).filter(|&nodes| nodes != 0))
    }
}
