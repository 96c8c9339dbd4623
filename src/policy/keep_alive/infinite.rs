//! Keep-alive without end.

use schemars::JsonSchema;
use serde::Deserialize;

use super::KeepAlive;
use crate::kernel::Span;
use crate::policy::catalogue::Described;
use crate::policy::eviction::InstanceView;

/// Gives the fewest cold starts that reuse alone can give. On hosts with a limit an eviction
/// policy still makes room.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Infinite {}

impl Described for Infinite {
    const NAME: &'static str = "infinite";
    const SUMMARY: &'static str = "An idle instance never expires.";
    const SOURCE: &'static str =
        "Fuerst, Sharma 2021, FaasCache, ASPLOS: instances live until their memory is needed";
}

impl KeepAlive for Infinite {
    fn window(&mut self, _instance: &InstanceView) -> Span {
        Span::MAX
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::eviction::testing::instance;

    #[test]
    fn keeps_for_ever() {
        assert_eq!(Infinite::default().window(&instance(0, 0)), Span::MAX);
    }
}
