//! An instance for every request that lacks one.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Permit, Scaling};
use crate::kernel::Time;
use crate::model::ApplicationId;
use crate::policy::catalogue::Described;

/// Starts an instance as soon as a request lacks one.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OnDemand {}

impl Described for OnDemand {
    const NAME: &'static str = "on-demand";
    const SUMMARY: &'static str = "An instance is started as soon as a request lacks one.";
    const SOURCE: &'static str =
        "Shahrad et al. 2020, Serverless in the Wild, USENIX ATC (how functions are started)";
}

impl Scaling for OnDemand {
    fn start(&mut self, _applications: usize) {}

    fn permit(&mut self, _application: ApplicationId, _now: Time) -> Permit {
        Permit::Now
    }

    fn started(&mut self, _application: ApplicationId, _now: Time) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_waits() {
        let mut policy = OnDemand {};
        policy.start(1);
        for _ in 0..1000 {
            assert_eq!(policy.permit(ApplicationId::new(0), Time::ZERO), Permit::Now);
            policy.started(ApplicationId::new(0), Time::ZERO);
        }
    }
}
