//! A floor under the number of instances.

use std::num::NonZeroU32;
use std::path::Path;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{KeepAlive, Plan};
use crate::kernel::{Span, Time};
use crate::model::ApplicationId;
use crate::policy::catalogue::Described;
use crate::policy::eviction::InstanceView;
use crate::policy::timetable::check_most;
use crate::variate::ParameterError;

/// Has so many instances of each application from the start of the run to its end, used or not;
/// those beyond go after a window. Eviction takes none of them; what finds no room is started when
/// the application is next idle.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LeastInstances {
    /// Instances that each application has at least.
    #[schemars(example = 1)]
    pub instances: NonZeroU32,
    /// How long an instance beyond them stays idle before it goes.
    #[schemars(example = "10m")]
    pub window: Span,
}

impl Described for LeastInstances {
    const NAME: &'static str = "least-instances";
    const SUMMARY: &'static str =
        "So many instances of each application are always there; others go after a fixed window.";
    const SOURCE: &'static str = "Minimum instances of Google Cloud Run, always-ready instances of Azure Functions: their \
         documentation";
}

impl LeastInstances {
    fn plan(&self) -> Plan {
        Plan { least: self.instances.get(), next: None }
    }
}

impl KeepAlive for LeastInstances {
    fn prepare(&mut self, _base: &Path) -> Result<(), ParameterError> {
        check_most(self.instances.get()).map_err(|error| error.under(Self::NAME))
    }

    fn window(&mut self, _instance: &InstanceView) -> Span {
        self.window
    }

    fn follows_requests(&self) -> bool {
        true
    }

    fn promises(&self) -> bool {
        true
    }

    fn first(&mut self, _now: Time, _application: ApplicationId) -> Option<Plan> {
        Some(self.plan())
    }

    fn idle(&mut self, _now: Time, _application: ApplicationId) -> Option<Plan> {
        Some(self.plan())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::eviction::testing::instance;

    #[test]
    fn wants_as_many_at_any_time() {
        let text = r#"{"instances": 3, "window": "5m"}"#;
        let mut policy: LeastInstances = serde_json::from_str(text).unwrap();
        let plan = Some(Plan { least: 3, next: None });
        assert_eq!(policy.first(Time::ZERO, ApplicationId::new(0)), plan);
        assert_eq!(policy.idle(Time::from_nanos(7), ApplicationId::new(1)), plan);
        assert_eq!(policy.arrived(Time::from_nanos(8), ApplicationId::new(1), 9), None);
        assert_eq!(policy.window(&instance(0, 0)), Span::from_secs(300));
        assert!(serde_json::from_str::<LeastInstances>(&text.replace('3', "0")).is_err());
    }
}
