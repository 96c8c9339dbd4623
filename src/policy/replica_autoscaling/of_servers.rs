//! Autoscaling of servers for replicas: by the clock (scheduled scaling of Amazon ECS, a `CronJob` or KEDA's cron scaler on
//! Kubernetes, a `docker service scale` that cron runs), and by steps (step scaling of Amazon ECS).

use std::path::Path;

use super::{
    Decided, MOST_UTILISATION, Observed, ReplicaAutoscaler, ReplicaAutoscalingPolicy, Target,
};
use crate::kernel::Time;
use crate::policy::autoscaling::{Autoscaling, GroupView, Scheduled, Step};
use crate::policy::orchestration::kubernetes::Phase;
use crate::variate::ParameterError;

/// A policy of servers with parameters of its own says for replicas what it says for servers.
macro_rules! of_servers {
    ($policy:ty, $prepare:expr, $more:literal, $fewer:literal) => {
        impl ReplicaAutoscalingPolicy for $policy {
            fn prepare(&mut self, base: &Path) -> Result<(), ParameterError> {
                $prepare(self, base)
            }

            fn own_bounds(&self) -> Option<(u32, u32)> {
                Some(self.bounds())
            }

            fn start(&self, _target: Target) -> Box<dyn ReplicaAutoscaler> {
                Box::new(Group { policy: Box::new(self.clone()), why: [$more, $fewer] })
            }
        }
    };
}

of_servers!(Scheduled, Autoscaling::prepare, "by the clock", "by the clock");
of_servers!(
    Step,
    |step: &mut Step, _: &Path| step.check(MOST_UTILISATION),
    "cpu above a step",
    "cpu below a step"
);

/// A policy of servers at work on replicas.
#[derive(Debug)]
struct Group {
    policy: Box<dyn Autoscaling>,
    /// Why there shall be more, or fewer.
    why: [&'static str; 2],
}

impl ReplicaAutoscaler for Group {
    fn first(&mut self, given: u32) -> u32 {
        self.policy.at_start(given)
    }

    fn next(&self, now: Time) -> Option<Time> {
        self.policy.next(now)
    }

    fn decide(&mut self, seen: &Observed<'_>) -> Decided {
        let wanted = u32::try_from(seen.wanted).unwrap_or(0);
        // A pod without a node may never get one.
        let coming = seen.pods.iter().any(|pod| pod.phase == Phase::Running && !pod.is_ready());
        let view = GroupView { wanted, coming, cpu: seen.cpu.share() };
        let replicas = self.policy.look(seen.now, &view);
        let [more, fewer] = self.why;
        Decided { replicas: replicas.into(), why: if replicas > wanted { more } else { fewer } }
    }
}
