//! First fit.

use schemars::JsonSchema;
use serde::Deserialize;

use super::index::ById;
use super::{HostView, Need, Placement};
use crate::kernel::Stream;
use crate::model::HostId;
use crate::policy::catalogue::Described;

/// Fills the first hosts before it touches the later ones.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FirstFit {
    #[serde(skip)]
    hosts: ById,
}

impl Described for FirstFit {
    const NAME: &'static str = "first-fit";
    const SUMMARY: &'static str = "The host of lowest number on which the instance fits.";
    const SOURCE: &'static str =
        "Johnson, Demers, Ullman, Garey, Graham 1974, SIAM J. Computing 3(4), on bin packing";
}

impl Placement for FirstFit {
    fn start(&mut self, hosts: &[HostView]) {
        self.hosts.start(hosts);
    }

    fn observe(&mut self, host: HostId, view: &HostView) {
        self.hosts.observe(host, view);
    }

    fn place(&mut self, need: &Need, _hosts: &[HostView], _stream: &mut Stream) -> Option<HostId> {
        self.hosts.first_from(0, need)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::placement::testing::{agrees, choices, host};

    #[test]
    fn fills_hosts_in_order() {
        let hosts = [host(1, 100), host(4, 300), host(4, 600)];
        let needs = [(1, 50), (2, 50), (1, 60), (2, 301), (5, 1)];
        let expected = [Some(0), Some(1), Some(1), Some(2), None];
        assert_eq!(choices(&FirstFit::default(), &hosts, &needs), expected);
    }

    #[test]
    fn agrees_with_a_scan() {
        agrees(&FirstFit::default(), || {
            |hosts: &[HostView], need: &Need| hosts.iter().position(|host| host.fits(need))
        });
    }
}
