//! Least loaded.

use schemars::JsonSchema;
use serde::Deserialize;

use super::index::ByBlock;
use super::{HostView, Need, Placement};
use crate::kernel::Stream;
use crate::model::HostId;
use crate::policy::catalogue::Described;

/// Spreads the work of the moment: idle instances do not count, however many there are. Among
/// equally busy hosts the lowest number wins.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LeastLoaded {
    #[serde(skip)]
    by_busy: ByBlock,
}

fn key(host: &HostView) -> u64 {
    u64::from(host.busy)
}

impl Described for LeastLoaded {
    const NAME: &'static str = "least-loaded";
    const SUMMARY: &'static str =
        "The host with the fewest busy instances on which the instance fits.";
    const SOURCE: &'static str =
        "Graham 1969, Bounds on multiprocessing timing anomalies, SIAM J. Appl. Math. 17(2)";
}

impl Placement for LeastLoaded {
    fn looks_at_busy(&self) -> bool {
        true
    }

    fn start(&mut self, hosts: &[HostView]) {
        self.by_busy.start(hosts, key);
    }

    fn observe(&mut self, host: HostId, view: &HostView) {
        self.by_busy.observe(host, view, key(view));
    }

    fn place(&mut self, need: &Need, _hosts: &[HostView], _stream: &mut Stream) -> Option<HostId> {
        self.by_busy.least(need)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::placement::testing::{agrees, choices, host};

    #[test]
    fn spreads_busy_instances() {
        let busy = |busy, memory| HostView { busy, ..host(4, memory) };
        let hosts = [busy(2, 900), busy(1, 200), busy(1, 100), busy(0, 50)];
        let needs = [(1, 50), (1, 50), (1, 50), (1, 51), (1, 50), (1, 1000)];
        let expected = [Some(3), Some(1), Some(2), Some(0), Some(1), None];
        assert_eq!(choices(&LeastLoaded::default(), &hosts, &needs), expected);
    }

    #[test]
    fn agrees_with_a_scan() {
        agrees(&LeastLoaded::default(), || {
            |hosts: &[HostView], need: &Need| {
                let fitting = (0..hosts.len()).filter(|&host| hosts[host].fits(need));
                fitting.min_by_key(|&host| (hosts[host].busy, host))
            }
        });
    }
}
