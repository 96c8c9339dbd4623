//! Worst fit.

use schemars::JsonSchema;
use serde::Deserialize;

use super::index::ByKey;
use super::{HostView, Need, Placement};
use crate::kernel::Stream;
use crate::model::HostId;
use crate::policy::catalogue::Described;

/// Leaves the most memory over, and so spreads instances evenly over equal hosts. Among hosts with
/// equal memory the lowest number wins.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WorstFit {
    #[serde(skip)]
    by_memory: ByKey,
}

/// Least for the most memory.
fn key(host: &HostView) -> u64 {
    !host.memory.get()
}

impl Described for WorstFit {
    const NAME: &'static str = "worst-fit";
    const SUMMARY: &'static str = "The host with the most free memory on which the instance fits.";
    const SOURCE: &'static str =
        "Johnson 1974, Fast algorithms for bin packing, J. Computer and System Sciences 8(3)";
}

impl Placement for WorstFit {
    fn start(&mut self, hosts: &[HostView]) {
        self.by_memory.start(hosts, key);
    }

    fn observe(&mut self, host: HostId, view: &HostView) {
        self.by_memory.observe(host, view, key(view));
    }

    fn place(&mut self, need: &Need, _hosts: &[HostView], _stream: &mut Stream) -> Option<HostId> {
        self.by_memory.first_from(0, need)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::placement::testing::{agrees, choices, host};

    #[test]
    fn leaves_the_largest_gap() {
        let hosts = [host(1, 400), host(4, 300), host(4, 300), host(4, 200)];
        let needs = [(1, 10), (1, 350), (2, 10), (2, 10), (4, 10), (4, 201), (1, 400)];
        let expected = [Some(0), None, Some(1), Some(2), Some(3), None, None];
        assert_eq!(choices(&WorstFit::default(), &hosts, &needs), expected);
    }

    #[test]
    fn agrees_with_a_scan() {
        agrees(&WorstFit::default(), || {
            |hosts: &[HostView], need: &Need| {
                let fitting = (0..hosts.len()).filter(|&host| hosts[host].fits(need));
                fitting.min_by_key(|&host| (std::cmp::Reverse(hosts[host].memory), host))
            }
        });
    }
}
