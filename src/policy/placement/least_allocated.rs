//! Least allocated.

use schemars::JsonSchema;
use serde::Deserialize;

use super::index::ByKey;
use super::{HostView, Need, Placement};
use crate::kernel::Stream;
use crate::model::HostId;
use crate::policy::catalogue::Described;

/// Goes where the largest part is free, CPU and memory counting alike, and so spreads instances over hosts of all sizes.
/// Among equal parts the lowest number wins.
///
/// The part is counted in units of 2^-32 before the instance comes, where Kubernetes counts in
/// hundredths and afterwards.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LeastAllocated {
    #[serde(skip)]
    by_part: ByKey,
}

/// What part of `capacity` is free, in units of 2^-32; all of what has nothing.
fn part(free: u64, capacity: u64) -> u64 {
    const WHOLE: u128 = 1 << 32;
    if free >= capacity {
        return WHOLE as u64;
    }
    (u128::from(free) * WHOLE / u128::from(capacity)) as u64
}

/// Least for the host of which the largest part is free.
fn key(host: &HostView) -> u64 {
    let cpu = part(host.cpu.get(), host.cpu_capacity.get());
    let memory = part(host.memory.get(), host.memory_capacity.get());
    !(cpu + memory)
}

impl Described for LeastAllocated {
    const NAME: &'static str = "least-allocated";
    const SUMMARY: &'static str =
        "The host of which the largest part of CPU and memory is free, the mean of both.";
    const SOURCE: &'static str = "kubernetes/kubernetes v1.35.4, pkg/scheduler/framework/plugins/noderesources/least_allocated.go, but for rounding";
}

impl Placement for LeastAllocated {
    fn start(&mut self, hosts: &[HostView]) {
        self.by_part.start(hosts, key);
    }

    fn observe(&mut self, host: HostId, view: &HostView) {
        self.by_part.observe(host, view, key(view));
    }

    fn place(&mut self, need: &Need, _hosts: &[HostView], _stream: &mut Stream) -> Option<HostId> {
        self.by_part.first_from(0, need)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::placement::testing::{agrees, choices, host};

    /// Of 4 cores and 400 MiB. An instance of one core and 100 MiB leaves three quarters of each of the first;
    /// the second, of 8 and 800, then has all free, then seven eighths, then three quarters, as the
    /// first has, which has the lower number.
    #[test]
    fn goes_where_the_largest_part_is_free() {
        let hosts = [host(4, 400), host(8, 800)];
        let needs = [(1, 100); 5];
        let expected = [Some(0), Some(1), Some(1), Some(0), Some(1)];
        assert_eq!(choices(&LeastAllocated::default(), &hosts, &needs), expected);
    }

    #[test]
    fn of_what_has_nothing_all_is_free() {
        assert_eq!([part(0, 0), part(1, 2), part(3, 3)], [1 << 32, 1 << 31, 1 << 32]);
    }

    #[test]
    fn agrees_with_a_scan() {
        agrees(&LeastAllocated::default(), || {
            |hosts: &[HostView], need: &Need| {
                let fitting = (0..hosts.len()).filter(|&host| hosts[host].fits(need));
                fitting.min_by_key(|&host| (key(&hosts[host]), host))
            }
        });
    }
}
