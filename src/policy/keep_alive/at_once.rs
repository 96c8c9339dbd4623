//! No keep-alive.

use schemars::JsonSchema;
use serde::Deserialize;

use super::KeepAlive;
use crate::kernel::Span;
use crate::policy::catalogue::Described;
use crate::policy::eviction::InstanceView;

/// Wastes no memory, and starts an instance for every request that finds none free.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AtOnce {}

impl Described for AtOnce {
    const NAME: &'static str = "none";
    const SUMMARY: &'static str = "An instance goes as soon as it is idle.";
    const SOURCE: &'static str =
        "A fixed window of zero; Shahrad et al. 2020, Serverless in the Wild, USENIX ATC";
}

impl KeepAlive for AtOnce {
    fn window(&mut self, _instance: &InstanceView) -> Span {
        Span::ZERO
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::eviction::testing::instance;

    #[test]
    fn keeps_for_no_time() {
        assert_eq!(AtOnce::default().window(&instance(0, 0)), Span::ZERO);
    }
}
