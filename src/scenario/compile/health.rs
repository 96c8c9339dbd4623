//! Checks of containers, and how these are started again.

use super::super::schema::{CheckForm, OrchestratorForm, PodForm, RestartForm, RestartPolicyForm};
use super::Compiler;
use crate::kernel::{Span, Time};
use crate::platform::orchestrator::{BadStart, CheckSpec, RestartPolicy, RestartSpec};
use crate::quantity::Probability;

/// Kubernetes' defaults of `periodSeconds`, `timeoutSeconds` and `failureThreshold`. From memory.
const PERIOD: Span = Span::from_secs(10);
const TIMEOUT: Span = Span::from_secs(1);
const FAILURES: u32 = 3;

impl Compiler<'_> {
    /// The checks of startup, readiness and liveness of the pod of a service, as far as it has them.
    pub(super) fn checks(
        &mut self,
        service: &str,
        pod: &PodForm,
        platform: &OrchestratorForm,
    ) -> [Option<CheckSpec>; 3] {
        let startup = self.check((service, "startup"), pod.startup, platform.liveness);
        let readiness = self.check((service, "readiness"), pod.readiness, platform.readiness);
        let liveness = self.check((service, "liveness"), pod.liveness, platform.liveness);
        if platform.single_health_check {
            return [startup, readiness.or(liveness), liveness.or(readiness)];
        }
        [startup, readiness, liveness]
    }

    /// The check that stands at `key` of the pod of a service, if one does; `usual` is what its platform says of such.
    fn check(
        &mut self,
        (service, key): (&str, &str),
        form: Option<CheckForm>,
        usual: Option<CheckForm>,
    ) -> Option<CheckSpec> {
        let form = form?.or(usual.unwrap_or_default());
        let path = ["service", service, "pod", key];
        self.positive(&[&path[..], &["period"]].concat(), form.period);
        self.expect(
            form.failures != Some(0),
            &[&path[..], &["failures"]].concat(),
            "at least one look must fail",
            "write 1 or more",
        );
        let (period, after_answer) =
            (form.period.unwrap_or(PERIOD), form.after_answer.unwrap_or(false));
        let usual = if after_answer { period } else { Span::ZERO };
        Some(CheckSpec {
            initial_delay: form.initial_delay.unwrap_or(usual),
            period,
            timeout: form.timeout.unwrap_or(TIMEOUT),
            failures: form.failures.unwrap_or(FAILURES),
            start_period: form.start_period.unwrap_or(Span::ZERO),
            after_answer,
        })
    }

    /// That containers which start are not found sick, or not ready, at once and for ever.
    pub(super) fn check_gate(
        &mut self,
        service: &str,
        form: &PodForm,
        [startup, readiness, liveness]: [Option<CheckSpec>; 3],
        restart: &RestartSpec,
    ) {
        if form.start.is_none() || restart.grace > Span::ZERO {
            return;
        }
        let at_once = |check: Option<CheckSpec>| {
            check.is_some_and(|check| check.finds_unable(Time::ZERO) == Time::ZERO)
        };
        self.expect(
            !restart.unready || startup.is_some() || !at_once(readiness),
            &["service", service, "pod", "readiness"],
            "containers are found not to be ready as soon as they begin to start, and are replaced at once, for ever",
            "write when it looks first, as in `initial_delay = \"10s\"`, more than one of `failures`, or for how long nobody is \
             replaced, as in `restart = { grace = \"1m\" }`",
        );
        let key = if startup.is_some() { "startup" } else { "liveness" };
        self.expect(
            !at_once(startup.or(liveness)) || !restart.unhealthy || is_never(restart) || pauses(restart),
            &["service", service, "pod", key],
            "containers are found sick as soon as they begin to start, and start again at once, for ever",
            "write when it looks first, as in `initial_delay = \"10s\"`, more than one of `failures`, or a pause, as in \
             `restart = { delay = \"10s\", reset = \"10m\" }`",
        );
    }

    /// How often a start goes wrong, if it ever does.
    pub(super) fn bad_start(
        &mut self,
        service: &str,
        form: &PodForm,
        restart: &RestartSpec,
    ) -> Option<BadStart> {
        let may = |share: Option<Probability>| share.filter(|share| *share > Probability::ZERO);
        let (pull, start) = (may(form.pull_failure), may(form.start_failure));
        let never = is_never(restart);
        self.expect(
            pull.is_none() || never || restart.delay > Span::ZERO,
            &["service", service, "pod", "pull_failure"],
            "an image that cannot be pulled is pulled again without a pause",
            "write one, as in `restart = { delay = \"10s\", most = \"5m\" }` of the pod or the platform",
        );
        self.expect(
            start.is_none() || never || pauses(restart) || form.start.is_some(),
            &["service", service, "pod", "start_failure"],
            "containers that fail at once are started again at once, for ever",
            "write how long a `start` takes, or a pause, as in `restart = { delay = \"10s\", reset = \"10m\" }`",
        );
        (pull.is_some() || start.is_some()).then(|| BadStart {
            pull: pull.unwrap_or(Probability::ZERO),
            start: start.unwrap_or(Probability::ZERO),
        })
    }
}

fn is_never(restart: &RestartSpec) -> bool {
    restart.policy == RestartPolicy::Never
}

/// Whether containers that fail at once, again and again, are not started again at once for ever.
fn pauses(restart: &RestartSpec) -> bool {
    restart.delay > Span::ZERO && (!restart.first_at_once || restart.reset > Span::ZERO)
}

/// How containers of a pod are started again.
pub(super) fn restart(form: &PodForm, platform: &OrchestratorForm) -> RestartSpec {
    let usual = RestartSpec::default();
    let form: RestartForm =
        form.restart.unwrap_or_default().or(platform.restart.unwrap_or_default());
    let delay = form.delay.unwrap_or(usual.delay);
    RestartSpec {
        policy: match form.policy {
            None => usual.policy,
            Some(RestartPolicyForm::Always) => RestartPolicy::Always,
            Some(RestartPolicyForm::OnFailure) => RestartPolicy::OnFailure,
            Some(RestartPolicyForm::Never) => RestartPolicy::Never,
        },
        in_new_pod: form.in_new_pod.unwrap_or(usual.in_new_pod),
        after_end: form.after_end.unwrap_or(usual.after_end),
        first_at_once: form.first_at_once.unwrap_or(usual.first_at_once),
        delay,
        most: form.most.unwrap_or(delay),
        reset: form.reset.unwrap_or(usual.reset),
        unhealthy: form.unhealthy.unwrap_or(usual.unhealthy),
        unready: form.unready.unwrap_or(usual.unready),
        grace: form.grace.unwrap_or(usual.grace),
    }
}
