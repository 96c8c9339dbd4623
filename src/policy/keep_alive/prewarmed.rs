//! A buffer of instances beyond those that serve.

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

/// While an application has requests, it has so many instances more than these fill, counted at each that comes:
/// provisioned ones count, so the buffer is there once the others serve. When the last request is over, all go after
/// a window.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Prewarmed {
    /// Instances beyond those that requests fill. Azure's default: Azure Functions Premium plan, documentation (copies
    /// read 2026-11).
    #[serde(default = "one")]
    pub instances: NonZeroU32,
    /// How long an instance stays idle before it goes.
    #[schemars(example = "20m")]
    pub window: Span,
}

fn one() -> NonZeroU32 {
    NonZeroU32::MIN
}

impl Described for Prewarmed {
    const NAME: &'static str = "prewarmed";
    const SUMMARY: &'static str = "While there are requests, so many instances more than these fill are ready; all go after a fixed \
         window.";
    const SOURCE: &'static str = "Azure Functions documentation, \"Premium plan\": pre-warmed instances (copies read 2026-11)";
}

impl KeepAlive for Prewarmed {
    fn prepare(&mut self, _base: &Path) -> Result<(), ParameterError> {
        check_most(self.instances.get()).map_err(|error| error.under(Self::NAME))
    }

    fn window(&mut self, _instance: &InstanceView) -> Span {
        self.window
    }

    fn follows_requests(&self) -> bool {
        true
    }

    /// Told at each request, so that what might not start before is tried again.
    fn arrived(&mut self, _now: Time, _application: ApplicationId, needed: u32) -> Option<Plan> {
        Some(Plan { least: needed.saturating_add(self.instances.get()), next: None })
    }

    fn idle(&mut self, _now: Time, _application: ApplicationId) -> Option<Plan> {
        Some(Plan::default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::eviction::testing::instance;

    /// Three instances are filled, so five are wanted with a buffer of two.
    #[test]
    fn wants_so_many_beyond_those_that_are_filled() {
        let text = r#"{"instances": 2, "window": "20m"}"#;
        let mut policy: Prewarmed = serde_json::from_str(text).unwrap();
        assert_eq!(policy.prepare(Path::new("")), Ok(()));
        let (now, one) = (Time::ZERO, ApplicationId::new(1));
        let plan = |least| Some(Plan { least, next: None });
        assert_eq!(policy.first(now, one), None);
        assert_eq!(policy.arrived(now, one, 3), plan(5));
        assert_eq!(policy.arrived(now, one, 2), plan(4));
        assert_eq!(policy.arrived(now, ApplicationId::new(0), 1), plan(3));
        assert_eq!(policy.idle(now, one), plan(0));
        assert_eq!(policy.window(&instance(0, 0)), Span::from_secs(1200));
        let mut policy: Prewarmed = serde_json::from_str(r#"{"window": "1s"}"#).unwrap();
        assert_eq!(policy.arrived(now, ApplicationId::new(0), 1), plan(2));
    }
}
