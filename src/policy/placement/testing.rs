//! What the tests of all placement policies share.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use super::{HostView, Need, Placement};
use crate::kernel::{Seed, Stream};
use crate::model::HostId;
use crate::quantity::{Bytes, Millicpu};

/// A host with so many cores and MiB, all free.
pub(super) fn host(cores: u64, mib: u64) -> HostView {
    let (cpu, memory) = (Millicpu::new(1000 * cores), Bytes::mib(mib));
    HostView { cpu, memory, cpu_capacity: cpu, memory_capacity: memory, busy: 0 }
}

/// An instance that needs so many cores and MiB.
pub(super) fn need(cores: u64, mib: u64) -> Need {
    Need { cpu: Millicpu::new(1000 * cores), memory: Bytes::mib(mib), application: 0 }
}

fn stream() -> Stream {
    Seed::new(1).key("test").stream()
}

/// What `policy` chooses for one need (cores, MiB) after the other; each instance takes what it
/// needs and is busy.
pub(super) fn choices(
    policy: &dyn Placement,
    hosts: &[HostView],
    needs: &[(u64, u64)],
) -> Vec<Option<usize>> {
    let mut policy = dyn_clone::clone_box(policy);
    let (mut hosts, mut stream) = (hosts.to_vec(), stream());
    policy.start(&hosts);
    let mut place = |&(cores, mib): &(u64, u64)| {
        let need = need(cores, mib);
        let chosen = policy.place(&need, &hosts, &mut stream)?;
        let host = &mut hosts[chosen.index()];
        (host.cpu, host.memory) = (host.cpu - need.cpu, host.memory - need.memory);
        host.busy += 1;
        policy.observe(chosen, host);
        Some(chosen.index())
    };
    needs.iter().map(&mut place).collect()
}

/// Any host, small enough that equals are common and nothing free is too.
fn any_host() -> impl Strategy<Value = HostView> {
    (0..5_u64, 0..5_u64, 0..4_u32).prop_map(|(cores, mib, busy)| HostView {
        cpu_capacity: Millicpu::new(4000),
        memory_capacity: Bytes::mib(4),
        busy,
        ..host(cores, mib)
    })
}

/// Any need, from nothing to more than any host has.
fn any_need() -> impl Strategy<Value = Need> {
    (0..6_u64, 0..6_u64, any::<u64>())
        .prop_map(|(cores, mib, application)| Need { application, ..need(cores, mib) })
}

/// Asserts that `policy` chooses what a scan of all hosts would, over random hosts, changes and
/// needs. `scan` makes a new scan, which may hold state.
pub(super) fn agrees<S>(policy: &dyn Placement, scan: impl Fn() -> S)
where
    S: FnMut(&[HostView], &Need) -> Option<usize>,
{
    let changes = vec((any::<prop::sample::Index>(), any_host()), 0..20);
    let hosts = prop_oneof![vec(any_host(), 0..8), vec(any_host(), 0..300)];
    let case = (hosts, vec((changes, any_need()), 1..40));
    let check = |(mut hosts, steps): (Vec<HostView>, Vec<_>)| {
        let (mut policy, mut scan, mut stream) = (dyn_clone::clone_box(policy), scan(), stream());
        policy.start(&hosts);
        for (changes, need) in steps {
            let changes: Vec<(prop::sample::Index, HostView)> = changes;
            for (which, view) in changes {
                if hosts.is_empty() {
                    break;
                }
                let host = which.index(hosts.len());
                hosts[host] = view;
                policy.observe(HostId::from_index(host), &view);
            }
            let chosen = policy.place(&need, &hosts, &mut stream).map(HostId::index);
            prop_assert_eq!(chosen, scan(&hosts, &need), "{:?} on {:?}", need, hosts);
        }
        Ok(())
    };
    TestRunner::deterministic().run(&case, check).expect("the policy and the scan agree");
}
