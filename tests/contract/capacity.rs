//! What holds of every capacity policy.

use cloudsched::kernel::stream::below;
use cloudsched::kernel::{Span, Stream, Time};
use cloudsched::model::{ApplicationId, CoreTypeId};
use cloudsched::policy::capacity::{CAPACITIES, Capacity, CapacityChoice, JobView};

use crate::{policies, same_twice};

const HOUR: Span = Span::from_secs(3600);

/// What a policy wants as jobs of three functions on two types of core come and go at random times. While
/// any is there, cores are wanted; what is wanted by a later time is no less; when the policy wants to
/// be asked is later than now.
fn wishes(policy: &mut dyn Capacity, chance: &mut Stream) -> Vec<(u64, Option<Time>)> {
    let types = [0, 0, 1].map(CoreTypeId::new);
    let jobs = types.map(|core_type| JobView { core_type, cores: 1 + core_type.number() });
    policy.start(&jobs, &[4, 8], HOUR);
    let mut now = Time::ZERO;
    let mut present = [0_u32; 3];
    let wish = |_| {
        now += Span::from_secs(below(chance, 400));
        let function = below(chance, 3) as usize;
        let id = ApplicationId::from_index(function);
        if present[function] > 0 && below(chance, 2) == 0 {
            present[function] -= 1;
            policy.ran(id, Span::from_secs(1 + below(chance, 5000)));
            policy.left(id);
        } else {
            present[function] += 1;
            policy.came(id, now);
        }
        let core_type = types[function];
        let wanted = policy.wanted(core_type, now, now);
        let here = present.iter().zip(types).filter(|(_, of)| *of == core_type);
        let here: u32 = here.map(|(present, _)| present).sum();
        assert!(wanted > 0 || here == 0, "{here} jobs are there, and no core is wanted");
        assert_eq!(policy.wanted(core_type, now, now), wanted, "asking changes nothing");
        assert!(policy.wanted(core_type, now, now + HOUR) >= wanted);
        let next = policy.next(core_type, now);
        assert!(next.is_none_or(|next| next > now), "{next:?} is not after {now:?}");
        (wanted, next)
    };
    (0..500).map(wish).collect()
}

#[test]
fn every_capacity_has_cores_for_those_who_are_there() {
    for (name, policy) in policies::<CapacityChoice>(&CAPACITIES) {
        same_twice(name, &policy, |mut policy, mut chance| wishes(&mut *policy.0, &mut chance));
    }
}
