//! Round robin over hosts.

use schemars::JsonSchema;
use serde::Deserialize;

use super::index::ById;
use super::{HostView, Need, Placement};
use crate::kernel::Stream;
use crate::model::HostId;
use crate::policy::catalogue::Described;

/// Takes hosts in turn, and skips those on which the instance does not fit.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RoundRobin {
    #[serde(skip)]
    hosts: ById,
    /// The number after that of the host chosen last.
    #[serde(skip)]
    next: usize,
}

impl Described for RoundRobin {
    const NAME: &'static str = "round-robin";
    const SUMMARY: &'static str =
        "The next host in turn, after the one chosen last, on which the instance fits.";
    const SOURCE: &'static str =
        "Nurmi et al. 2009, The Eucalyptus open-source cloud-computing system, CCGrid";
}

impl Placement for RoundRobin {
    fn start(&mut self, hosts: &[HostView]) {
        self.hosts.start(hosts);
        self.next = 0;
    }

    fn observe(&mut self, host: HostId, view: &HostView) {
        self.hosts.observe(host, view);
    }

    fn place(&mut self, need: &Need, _hosts: &[HostView], _stream: &mut Stream) -> Option<HostId> {
        let host = self.hosts.first_around(self.next, need)?;
        self.next = host.index() + 1;
        Some(host)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::placement::testing::{agrees, choices, host};

    #[test]
    fn takes_turns() {
        let hosts = [host(4, 300), host(4, 100), host(4, 300)];
        let needs = [(1, 50), (1, 51), (1, 100), (1, 100), (1, 301), (1, 1)];
        let expected = [Some(0), Some(1), Some(2), Some(0), None, Some(1)];
        assert_eq!(choices(&RoundRobin::default(), &hosts, &needs), expected);
    }

    #[test]
    fn agrees_with_a_scan() {
        agrees(&RoundRobin::default(), || {
            let mut last = None;
            move |hosts: &[HostView], need: &Need| {
                let first = last.map_or(0, |last: usize| last + 1);
                let mut turns = (0..hosts.len()).map(|step| (first + step) % hosts.len());
                let chosen = turns.find(|&host| hosts[host].fits(need));
                last = chosen.or(last);
                chosen
            }
        });
    }
}
