//! Home hosts by hash.

use schemars::JsonSchema;
use serde::Deserialize;

use super::index::ById;
use super::{HostView, Need, Placement};
use crate::kernel::Stream;
use crate::model::HostId;
use crate::policy::catalogue::Described;

/// Keeps the instances of one application together: its home is the hash of its name modulo the
/// number of hosts. What does not fit there goes to the next host on which it does, after the last
/// host to the first.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Hashed {
    #[serde(skip)]
    hosts: ById,
}

impl Described for Hashed {
    const NAME: &'static str = "hashed";
    const SUMMARY: &'static str =
        "The home host of the application, or the next one on which the instance fits.";
    const SOURCE: &'static str =
        "Apache OpenWhisk, ShardingContainerPoolBalancer (home invoker), with a step of one host";
}

impl Placement for Hashed {
    fn start(&mut self, hosts: &[HostView]) {
        self.hosts.start(hosts);
    }

    fn observe(&mut self, host: HostId, view: &HostView) {
        self.hosts.observe(host, view);
    }

    fn place(&mut self, need: &Need, _hosts: &[HostView], _stream: &mut Stream) -> Option<HostId> {
        let home = need.application.checked_rem(self.hosts.len() as u64)?;
        self.hosts.first_around(home as usize, need)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Seed;
    use crate::policy::placement::testing::{agrees, host, need};

    #[test]
    fn goes_home_or_on_from_there() {
        let hosts = [host(4, 300), host(4, 100), host(4, 200)];
        let mut policy = Hashed::default();
        policy.start(&hosts);
        let mut place = |application, memory| {
            let need = Need { application, ..need(1, memory) };
            let host = policy.place(&need, &hosts, &mut Seed::new(1).key("test").stream());
            host.map(HostId::index)
        };
        assert_eq!(place(u64::MAX - 2, 50), Some(1), "2^64 - 3 is 1 modulo 3");
        assert_eq!(place(4, 100), Some(1));
        assert_eq!(place(4, 150), Some(2));
        assert_eq!(place(4, 250), Some(0));
        assert_eq!(place(4, 350), None);
    }

    #[test]
    fn agrees_with_a_scan() {
        agrees(&Hashed::default(), || {
            |hosts: &[HostView], need: &Need| {
                let home = need.application.checked_rem(hosts.len() as u64)? as usize;
                (home..hosts.len()).chain(0..home).find(|&host| hosts[host].fits(need))
            }
        });
    }
}
