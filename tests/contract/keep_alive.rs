//! What holds of every keep-alive policy, driven as a platform drives it.

use std::path::Path;

use cloudsched::kernel::stream::below;
use cloudsched::kernel::{Seed, Span, Stream, Time};
use cloudsched::model::ApplicationId;
use cloudsched::policy::eviction::InstanceView;
use cloudsched::policy::keep_alive::{KEEP_ALIVES, KeepAlive, KeepAliveChoice, Plan};

use crate::{allocates_nothing, any_instance, policies, same_twice, stream};

/// A keep-alive policy ready for a run with five applications.
fn started(mut policy: Box<dyn KeepAlive>) -> Box<dyn KeepAlive> {
    policy.prepare(Path::new("")).expect("its examples are right");
    policy.start(5, Seed::new(1).key("contract"));
    policy
}

/// An application as a platform knows it.
#[derive(Clone, Copy, Default)]
struct Followed {
    present: u32,
    next: Option<Time>,
}

impl Followed {
    fn take(&mut self, now: Time, plan: Option<Plan>) {
        if let Some(plan) = plan {
            assert!(plan.next.is_none_or(|next| next > now), "{plan:?} at {now}");
            self.next = plan.next;
        }
    }
}

/// Lets requests of five applications come and go 2000 times, and tells what is wanted meanwhile.
fn plans(policy: &mut dyn KeepAlive, chance: &mut Stream) -> Vec<(Span, Option<Plan>)> {
    let mut followed = [Followed::default(); 5];
    for (number, one) in followed.iter_mut().enumerate() {
        one.take(Time::ZERO, policy.first(Time::ZERO, ApplicationId::from_index(number)));
    }
    let mut now = Time::ZERO;
    let step = |id| {
        now += Span::from_secs(below(chance, 600));
        let number = below(chance, 5) as usize;
        let (application, one) = (ApplicationId::from_index(number), &mut followed[number]);
        let mut plan = None;
        while let Some(due) = one.next.filter(|due| *due < now) {
            plan = Some(policy.due(due, application, one.present));
            one.next = None;
            one.take(due, plan);
        }
        let view = InstanceView { application, ..any_instance(id, chance) };
        let window = policy.window(&view);
        if policy.follows_requests() {
            let comes = one.present == 0 || below(chance, 2) == 0;
            one.present = if comes { one.present + 1 } else { one.present - 1 };
            let planned = match comes {
                true => policy.arrived(now, application, one.present),
                false if one.present == 0 => policy.idle(now, application),
                false => None,
            };
            one.take(now, planned);
            plan = planned.or(plan);
        }
        (window, plan)
    };
    (0..2000).map(step).collect()
}

#[test]
fn every_keep_alive_wants_the_same_for_the_same_history() {
    for (name, KeepAliveChoice(policy)) in policies::<KeepAliveChoice>(&KEEP_ALIVES) {
        let policy = started(policy);
        same_twice(name, &policy, |mut policy, mut chance| plans(&mut *policy, &mut chance));
    }
}

#[test]
fn no_keep_alive_allocates_for_what_it_has_seen() {
    for (name, KeepAliveChoice(policy)) in policies::<KeepAliveChoice>(&KEEP_ALIVES) {
        let mut policy = started(policy);
        let (application, mut now) = (ApplicationId::new(2), Time::ZERO);
        allocates_nothing(name, || {
            for number in 0..1000 {
                now += Span::from_secs(30 * (number % 7));
                policy.arrived(now, application, 1);
                policy.window(&any_instance(1, &mut stream(1)));
                policy.idle(now, application);
            }
        });
    }
}
