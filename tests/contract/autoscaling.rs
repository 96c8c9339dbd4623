//! What holds of every autoscaling policy.

use std::path::Path;

use cloudsched::kernel::stream::below;
use cloudsched::kernel::{Stream, Time};
use cloudsched::policy::autoscaling::{AUTOSCALINGS, Autoscaling, AutoscalingChoice, GroupView};

use crate::{policies, same_twice};

/// What a policy wants at the times that it names, which are later each time, of a group with any CPU: never fewer
/// than its fewest, never more than its most.
fn wants(policy: &mut dyn Autoscaling, chance: &mut Stream) -> Vec<u32> {
    assert_eq!(policy.prepare(Path::new("")), Ok(()));
    let (least, most) = policy.bounds();
    assert!(1 <= least && least <= most);
    let (mut now, mut wanted) = (Time::ZERO, least);
    let want = |_| {
        let next = policy.next(now).expect("it goes on");
        assert!(next > now, "{next:?} is not after {now:?}");
        now = next;
        let cpu = (below(chance, 20) > 0).then(|| below(chance, 1001) as f64 / 1000.0);
        let coming = below(chance, 4) == 0;
        wanted = policy.look(now, &GroupView { wanted, coming, cpu });
        assert!((least..=most).contains(&wanted), "{wanted} is not between {least} and {most}");
        wanted
    };
    (0..500).map(want).collect()
}

#[test]
fn every_autoscaling_stays_within_its_bounds() {
    for (name, policy) in policies::<AutoscalingChoice>(&AUTOSCALINGS) {
        same_twice(name, &policy, |mut policy, mut chance| wants(&mut *policy.0, &mut chance));
    }
}
