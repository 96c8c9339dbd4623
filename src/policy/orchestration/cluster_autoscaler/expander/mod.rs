//! Expanders: of which node group nodes are added, if several would do (`expander`).
//!
//! Each leaves of the options those that it finds best. A [`Chain`] asks one after the other until one option
//! is left, and draws if there are more in the end.

mod least_nodes;
mod least_waste;
mod most_pods;
mod price;
mod priority;

use std::fmt;

pub use least_nodes::LeastNodes;
pub use least_waste::LeastWaste;
pub use most_pods::MostPods;
pub use price::Price;
pub use priority::{Malformed, Priority};

use crate::kernel::Stream;
use crate::kernel::stream::below;

/// A node group that could grow, and what that would bring.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Expansion {
    /// The name of the node group.
    pub group: String,
    /// How many nodes would be added.
    pub nodes: i64,
    /// CPU of each node, in thousandths of a core (`capacity`, not what pods may have of it).
    pub cpu: i64,
    /// Memory of each node, in bytes.
    pub memory: i64,
    /// What each of the pods that the nodes would take requests: CPU and memory as above.
    pub pods: Vec<[i64; 2]>,
    /// What a node costs in an hour, and all the pods; in the same currency, for [`Price`].
    pub price: [f64; 2],
    /// Whether its nodes have GPUs, for [`Price`].
    pub gpu: bool,
}

/// Leaves of some options the best.
pub trait Expander: fmt::Debug + Send + Sync {
    /// Its name (`--expander`).
    fn name(&self) -> &'static str;

    /// The numbers of the best of the options `left`, in their order.
    fn best(&self, options: &[Expansion], left: &[usize]) -> Vec<usize>;
}

/// The options with the least value by an order in which the first of equals does not matter; those of
/// no value are left out.
fn least_by<V: PartialOrd>(left: &[usize], value: impl Fn(usize) -> Option<V>) -> Vec<usize> {
    let mut best: Option<V> = None;
    let mut chosen = Vec::new();
    for &option in left {
        let Some(value) = value(option) else { continue };
        match &best {
            Some(least) if value == *least => chosen.push(option),
            Some(least) if value < *least => {
                chosen = vec![option];
                best = Some(value);
            }
            Some(_) => {}
            None => {
                chosen.push(option);
                best = Some(value);
            }
        }
    }
    chosen
}

/// Expanders that are asked one after the other (`expander/factory/chain.go`). An empty one is the expander
/// `random`.
#[derive(Debug)]
pub struct Chain(pub Vec<Box<dyn Expander>>);

impl Default for Chain {
    /// Upstream's since 1.34: `least-waste`.
    fn default() -> Self {
        Self(vec![Box::new(LeastWaste)])
    }
}

impl Chain {
    /// The number of the option that is chosen; `None` if there is none, or an expander leaves none.
    pub fn choose(&self, options: &[Expansion], stream: &mut Stream) -> Option<usize> {
        let mut left: Vec<usize> = (0..options.len()).collect();
        for expander in &self.0 {
            left = expander.best(options, &left);
            if let [only] = left[..] {
                return Some(only);
            }
        }
        match left[..] {
            [] => None,
            [only] => Some(only),
            _ => Some(left[below(stream, left.len() as u64) as usize]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Seed;

    fn option(nodes: i64, pods: usize) -> Expansion {
        Expansion { nodes, pods: vec![[0, 0]; pods], ..Expansion::default() }
    }

    /// Of 4, 5, 5 and 5 pods the last three are best; of their 2, 1 and 1 nodes the last two, of which one
    /// is drawn.
    #[test]
    fn the_next_is_asked_of_those_that_are_left() {
        let options = [option(1, 4), option(2, 5), option(1, 5), option(1, 5)];
        let mut stream = Seed::new(1).key("tests").stream();
        let chain = Chain(vec![Box::new(MostPods), Box::new(LeastNodes)]);
        let mut drawn: Vec<usize> =
            (0..50).filter_map(|_| chain.choose(&options, &mut stream)).collect();
        assert_eq!(drawn.len(), 50);
        drawn.sort_unstable();
        drawn.dedup();
        assert_eq!(drawn, [2, 3]);
        assert_eq!(chain.choose(&options[..2], &mut stream), Some(1));
        assert_eq!(chain.choose(&[], &mut stream), None);
        assert_eq!(Chain(Vec::new()).choose(&options[..1], &mut stream), Some(0));
    }
}
