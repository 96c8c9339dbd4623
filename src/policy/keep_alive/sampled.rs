//! Keep-alive by chance.

use std::path::Path;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::KeepAlive;
use crate::kernel::{Span, StreamKey};
use crate::policy::catalogue::Described;
use crate::policy::eviction::InstanceView;
use crate::variate::{Distribution, ParameterError, Variate};

/// Draws a window whenever an instance becomes idle: a platform whose idle lifetimes were seen, but
/// not its rule. The n-th window of an application is the same whatever the other policies.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sampled {
    /// How long an idle instance is kept.
    #[schemars(example = example())]
    pub lifetime: Distribution,
    #[serde(skip)]
    lifetimes: Lifetimes,
}

fn example() -> Value {
    json!({ "uniform": { "low": "5m", "high": "7m" } })
}

impl Described for Sampled {
    const NAME: &'static str = "sampled";
    const SUMMARY: &'static str =
        "An instance goes when it has been idle for a time drawn from a distribution.";
    const SOURCE: &'static str = "Wang et al. 2018, Peeking behind the curtains of serverless platforms, USENIX ATC: idle \
         lifetimes seen from outside vary";
}

impl KeepAlive for Sampled {
    fn prepare(&mut self, base: &Path) -> Result<(), ParameterError> {
        let compiled = self.lifetime.compile(base);
        let compiled = compiled.map_err(|error| error.under("lifetime").under(Self::NAME))?;
        self.lifetimes = Lifetimes::of(compiled);
        Ok(())
    }

    fn start(&mut self, applications: usize, key: StreamKey) {
        self.lifetimes.start(applications, key);
    }

    fn window(&mut self, instance: &InstanceView) -> Span {
        self.lifetimes.next(instance)
    }
}

/// Idle lifetimes drawn for applications, each from chance of its own.
#[derive(Clone, Debug, Default)]
pub(super) struct Lifetimes {
    /// What is drawn from; for ever, where nothing is.
    of: Option<Variate>,
    key: StreamKey,
    /// Of each application: how many were drawn.
    drawn: Vec<u64>,
}

impl Lifetimes {
    pub(super) fn of(variate: Variate) -> Self {
        Self { of: Some(variate), ..Self::default() }
    }

    pub(super) fn start(&mut self, applications: usize, key: StreamKey) {
        self.key = key;
        self.drawn = vec![0; applications];
    }

    pub(super) fn next(&mut self, instance: &InstanceView) -> Span {
        let Some(variate) = &self.of else { return Span::MAX };
        let application = instance.application.index();
        let number = self.drawn[application];
        self.drawn[application] += 1;
        variate.span(&mut self.key.part(application as u64).draws(number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Seed;
    use crate::policy::eviction::testing::instance;

    fn started(text: &str) -> Sampled {
        let mut policy: Sampled = serde_json::from_str(text).unwrap();
        policy.prepare(Path::new("")).unwrap();
        policy.start(3, Seed::new(1).key("test"));
        policy
    }

    #[test]
    fn windows_have_the_distribution() {
        let text = r#"{"lifetime": {"uniform": {"low": "5m", "high": "7m"}}}"#;
        let mut policy = started(text);
        let windows: Vec<f64> =
            (0..10_000).map(|_| policy.window(&instance(0, 0)).as_secs_f64()).collect();
        assert!(windows.iter().all(|window| (300.0..420.0).contains(window)));
        let mean = windows.iter().sum::<f64>() / 10_000.0;
        assert!((mean - 360.0).abs() < 2.0, "{mean}");
    }

    #[test]
    fn an_application_draws_the_same_whatever_others_do() {
        let text = r#"{"lifetime": {"exponential": {"mean": "5m"}}}"#;
        let (mut alone, mut among) = (started(text), started(text));
        for id in 0..20 {
            among.window(&instance(id, 0));
            assert_eq!(alone.window(&instance(9, 2)), among.window(&instance(id, 2)));
        }
        assert_ne!(alone.window(&instance(0, 1)), alone.window(&instance(0, 1)));
    }

    #[test]
    fn a_wrong_distribution_is_told_with_its_key() {
        let text = r#"{"lifetime": {"exponential": {"mean": "0s"}}}"#;
        let mut policy: Sampled = serde_json::from_str(text).unwrap();
        let error = policy.prepare(Path::new("")).unwrap_err();
        assert_eq!(error.key, ["sampled", "lifetime", "exponential", "mean"]);
    }
}
