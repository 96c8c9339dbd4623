//! The best price.

use super::{Expander, Expansion, least_by};

/// `price`: the nodes cost least by what their pods are worth, and are of a size that suits the cluster
/// (`price/price.go`, `price/preferred.go`).
#[derive(Clone, Copy, Debug)]
pub struct Price {
    /// How many nodes there are, which says what size suits.
    pub nodes: usize,
    /// What a pod of 0.5 cores and 500 MiB costs in an hour; added to both sides so that small pods do
    /// not decide by accident (`priceStabilizationPod`).
    pub stabilisation: f64,
}

/// What counts against nodes with GPUs, so that pods without never get them (`gpuUnfitnessOverride`).
const GPU_UNFITNESS: f64 = 1000.0;

/// Of how many nodes on size matters less (`price.go`).
const MANY_NODES: f64 = 15.0;

impl Price {
    /// CPU of a node that suits, in thousandths of a core: it doubles as the cluster grows by three
    /// (`SimplePreferredNodeProvider`).
    fn preferred_cpu(self) -> f64 {
        match self.nodes {
            0..=2 => 1000.0,
            3..=6 => 2000.0,
            7..=20 => 4000.0,
            21..=60 => 8000.0,
            61..=200 => 16_000.0,
            _ => 32_000.0,
        }
    }

    fn score(self, option: &Expansion) -> f64 {
        let [node, pods] = option.price;
        let worth = (node * option.nodes as f64 + self.stabilisation) / (pods + self.stabilisation);
        let (preferred, cpu) = (self.preferred_cpu(), option.cpu as f64);
        let unfitness = (preferred / cpu).max(cpu / preferred);
        let many = libm::tanh((option.nodes - 1) as f64 / MANY_NODES);
        let suppressed = (unfitness - 1.0) * (1.0 - many) + 1.0;
        if option.gpu { GPU_UNFITNESS * worth } else { suppressed * worth }
    }
}

impl Expander for Price {
    fn name(&self) -> &'static str {
        "price"
    }

    fn best(&self, options: &[Expansion], left: &[usize]) -> Vec<usize> {
        least_by(left, |option| Some(self.score(&options[option])))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ten nodes are there, so 4 cores suit. A node of 4 cores at 0.2 for pods worth 0.1, with 0.02 on both
    /// sides: 0.22 ÷ 0.12 = 1.83. Two of 2 cores at 0.09: 0.2 ÷ 0.12 = 1.67, but half the size: times
    /// 1 + (1 - tanh(1 ÷ 15)) = 1.93. With a GPU nothing is worse.
    #[test]
    fn size_counts_beside_price() {
        let price = Price { nodes: 10, stabilisation: 0.02 };
        let option = |nodes, cpu, node, gpu| Expansion {
            nodes,
            cpu,
            price: [node, 0.1],
            gpu,
            ..Expansion::default()
        };
        let options = [
            option(1, 4000, 0.2, false),
            option(2, 2000, 0.09, false),
            option(1, 4000, 0.01, true),
        ];
        assert!((price.score(&options[0]) - 0.22 / 0.12).abs() < 1e-12);
        let half = 1.0 + (1.0 - 0.066_568) / 1.0;
        assert!((price.score(&options[1]) - 0.2 / 0.12 * half).abs() < 1e-5);
        assert_eq!(price.best(&options, &[0, 1, 2]), [0]);
        assert_eq!(price.best(&options, &[1, 2]), [1]);
    }
}
