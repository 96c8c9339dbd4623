//! Best fit.

use schemars::JsonSchema;
use serde::Deserialize;

use super::index::ByKey;
use super::{HostView, Need, Placement};
use crate::kernel::Stream;
use crate::model::HostId;
use crate::policy::catalogue::Described;

/// Leaves the least memory over, and so keeps large gaps for large instances. Among hosts with
/// equal memory the lowest number wins.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BestFit {
    #[serde(skip)]
    by_memory: ByKey,
}

fn key(host: &HostView) -> u64 {
    host.memory.get()
}

impl Described for BestFit {
    const NAME: &'static str = "best-fit";
    const SUMMARY: &'static str = "The host with the least free memory on which the instance fits.";
    const SOURCE: &'static str =
        "Johnson, Demers, Ullman, Garey, Graham 1974, SIAM J. Computing 3(4), on bin packing";
}

impl Placement for BestFit {
    fn start(&mut self, hosts: &[HostView]) {
        self.by_memory.start(hosts, key);
    }

    fn observe(&mut self, host: HostId, view: &HostView) {
        self.by_memory.observe(host, view, key(view));
    }

    fn place(&mut self, need: &Need, _hosts: &[HostView], _stream: &mut Stream) -> Option<HostId> {
        self.by_memory.first_from(need.memory.get(), need)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::placement::testing::{agrees, choices, host};

    #[test]
    fn leaves_the_smallest_gap() {
        let hosts = [host(4, 300), host(4, 100), host(1, 100), host(4, 100)];
        let needs = [(1, 100), (1, 101), (2, 100), (4, 300), (5, 0), (0, 0)];
        let expected = [Some(1), Some(0), Some(3), None, None, Some(1)];
        assert_eq!(choices(&BestFit::default(), &hosts, &needs), expected);
    }

    #[test]
    fn agrees_with_a_scan() {
        agrees(&BestFit::default(), || {
            |hosts: &[HostView], need: &Need| {
                let fitting = (0..hosts.len()).filter(|&host| hosts[host].fits(need));
                fitting.min_by_key(|&host| (hosts[host].memory, host))
            }
        });
    }
}
