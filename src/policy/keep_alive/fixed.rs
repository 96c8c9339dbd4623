//! A fixed window of keep-alive.

use schemars::JsonSchema;
use serde::Deserialize;

use super::KeepAlive;
use crate::kernel::Span;
use crate::policy::catalogue::Described;
use crate::policy::eviction::InstanceView;

/// Keeps every instance for the same time after its last request, as the public platforms did.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fixed {
    /// How long an instance stays idle before it goes.
    #[schemars(example = "10m")]
    pub window: Span,
}

impl Described for Fixed {
    const NAME: &'static str = "fixed";
    const SUMMARY: &'static str = "An instance goes when it has been idle for a fixed window.";
    const SOURCE: &'static str =
        "Shahrad et al. 2020, Serverless in the Wild, USENIX ATC (the fixed keep-alive policy)";
}

impl KeepAlive for Fixed {
    fn window(&mut self, _instance: &InstanceView) -> Span {
        self.window
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::eviction::testing::instance;

    #[test]
    fn keeps_for_its_window() {
        let mut policy: Fixed = serde_json::from_str(r#"{"window": "10m"}"#).unwrap();
        assert_eq!(policy.window(&instance(0, 0)), Span::from_secs(600));
        assert_eq!(policy.window(&instance(1, 7)), Span::from_secs(600));
    }
}
