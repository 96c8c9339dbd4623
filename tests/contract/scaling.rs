//! What holds of every scaling policy.

use cloudsched::kernel::stream::below;
use cloudsched::kernel::{Span, Stream, Time};
use cloudsched::model::ApplicationId;
use cloudsched::policy::scaling::{Permit, SCALINGS, Scaling, ScalingChoice};

use crate::{policies, same_twice};

/// The verdicts of a policy that is asked for instances at random times; whenever it says when to
/// ask again, that is later, and then it permits.
fn permits(policy: &mut dyn Scaling, chance: &mut Stream) -> Vec<Permit> {
    policy.start(3);
    let mut now = Time::ZERO;
    let permit = |_| {
        now += Span::from_millis(below(chance, 500));
        let application = ApplicationId::new(below(chance, 3) as u32);
        let permit = policy.permit(application, now);
        assert_eq!(policy.permit(application, now), permit, "asking changes nothing");
        if let Permit::At(then) = permit {
            assert!(then > now, "{then:?} is not after {now:?}");
            assert_eq!(policy.permit(application, then), Permit::Now);
            now = then;
        }
        policy.started(application, now);
        permit
    };
    (0..200).map(permit).collect()
}

#[test]
fn every_scaling_permits_a_start_when_it_said() {
    for (name, policy) in policies::<ScalingChoice>(&SCALINGS) {
        same_twice(name, &policy, |mut policy, mut chance| permits(&mut *policy.0, &mut chance));
    }
}
