//! Least outstanding requests.

use schemars::JsonSchema;
use serde::Deserialize;

use super::Balance;
use crate::kernel::Stream;
use crate::policy::catalogue::Described;

/// Joins the shortest line, those in service counted; of equal lines the one of lowest number.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LeastOutstanding {
    /// A tournament tree: node 1 is the root, node k has the children 2k and 2k + 1, the leaves
    /// are the last half. Each node holds the least (outstanding, backend) below it, so that a
    /// change costs O(log n) and a choice O(1).
    #[serde(skip)]
    least: Vec<(u32, u32)>,
}

impl Described for LeastOutstanding {
    const NAME: &'static str = "least-outstanding";
    const SUMMARY: &'static str = "The backend with the fewest requests, waiting and in service.";
    const SOURCE: &'static str =
        "Winston 1977, Optimality of the shortest line discipline, J. Applied Probability 14(1)";
}

impl LeastOutstanding {
    /// The tree of backends with so many requests each.
    fn plant(&mut self, outstanding: &[u32]) {
        let leaves = outstanding.len().next_power_of_two();
        let leaf = |place: usize| (outstanding.get(place).map_or(NOBODY, |of| *of), place as u32);
        self.least = vec![(0, 0); leaves];
        self.least.extend((0..leaves).map(leaf));
        for node in (1..leaves).rev() {
            self.least[node] = self.least[2 * node].min(self.least[2 * node + 1]);
        }
    }

    /// By backend: its requests.
    fn outstanding(&self) -> Vec<u32> {
        let leaves = &self.least[self.least.len() / 2..];
        leaves.iter().map(|leaf| leaf.0).filter(|&of| of != NOBODY).collect()
    }
}

/// The requests of a leaf that is no backend.
const NOBODY: u32 = u32::MAX;

impl Balance for LeastOutstanding {
    fn start(&mut self, backends: usize) {
        self.plant(&vec![0; backends]);
    }

    fn joins(&mut self, backend: usize, _name: u64) {
        let mut outstanding = self.outstanding();
        outstanding.insert(backend, 0);
        self.plant(&outstanding);
    }

    fn leaves(&mut self, backend: usize) {
        let mut outstanding = self.outstanding();
        outstanding.remove(backend);
        self.plant(&outstanding);
    }

    fn observe(&mut self, backend: usize, outstanding: u32) {
        let mut node = self.least.len() / 2 + backend;
        let mut least = (outstanding, backend as u32);
        while node > 0 && self.least[node] != least {
            self.least[node] = least;
            least = least.min(self.least[node ^ 1]);
            node /= 2;
        }
    }

    fn choose(&mut self, _outstanding: &[u32], _key: u64, _stream: &mut Stream) -> usize {
        self.least[1].1 as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::balance::testing::{Bench, agrees};

    #[test]
    fn joins_the_shortest_line() {
        let mut bench = Bench::new(&LeastOutstanding::default(), 3);
        assert_eq!([(); 4].map(|()| bench.send(0)), [0, 1, 2, 0]);
        bench.finish(2);
        assert_eq!([(); 3].map(|()| bench.send(0)), [2, 1, 2]);
    }

    #[test]
    fn knows_the_lines_when_backends_change() {
        let mut bench = Bench::new(&LeastOutstanding::default(), 2);
        assert_eq!(bench.sends(3), [0, 1, 0]);
        bench.joins(0, 2);
        bench.tell(0, 3);
        assert_eq!(bench.sends(3), [2, 1, 2], "3, 2 and 1 of each");
        bench.leaves(1);
        assert_eq!(bench.sends(2), [0, 1], "3 of each");
    }

    #[test]
    fn agrees_with_a_scan() {
        agrees(&LeastOutstanding::default(), |outstanding, chosen| {
            let least = outstanding.iter().min().unwrap();
            outstanding.iter().position(|other| other == least) == Some(chosen)
        });
    }
}
