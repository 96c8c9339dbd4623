//! Server by server, where it is.

use std::path::Path;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Deployment, Move, Servers, Step, Strategy};
use crate::policy::catalogue::Described;
use crate::quantity::Share;
use crate::variate::{Distribution, ParameterError, Variate};

/// Takes so many servers at the same time out of rotation, installs the new version on each, and brings it back; the
/// next follows as soon as one is back. Going back is the same again, with the old version.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InPlace {
    /// How many servers at the same time: a number, or a percentage of those that there shall be, rounded down but at
    /// least one. One is `CodeDeployDefault.OneAtATime`, `"50%"` is `HalfAtATime`, `"100%"` is `AllAtOnce`.
    #[serde(default = "one")]
    pub at_once: Share,
    /// Whether a server first ends the requests that it has, for the `deregistration_delay` of its platform at most;
    /// otherwise they are lost.
    #[serde(default = "yes")]
    pub drain: bool,
    /// How long a server is away: the old version stops, the new one is installed, starts and is validated.
    #[schemars(example = example())]
    pub install: Distribution,
    #[serde(skip)]
    compiled: Option<Variate>,
}

/// What `CodeDeploy` does if nothing is said.
fn one() -> Share {
    Share::Count(1)
}

fn yes() -> bool {
    true
}

fn example() -> Value {
    json!({ "lognormal": { "mean": "90s", "cv": 0.3 } })
}

impl Described for InPlace {
    const NAME: &'static str = "in-place";
    const SUMMARY: &'static str = "Servers leave the rotation, some at a time, have the new version installed, and come back.";
    const SOURCE: &'static str = "AWS CodeDeploy, in-place deployments to EC2, and its predefined configurations: User \
         Guide and API reference (MinimumHealthyHosts), 2026-11; rolling deploys of Ansible and Capistrano";
}

impl Strategy for InPlace {
    fn prepare(&mut self, base: &Path) -> Result<(), ParameterError> {
        let error = |message: &str| Err(ParameterError::new("at_once", message).under(Self::NAME));
        match self.at_once {
            Share::Count(0) | Share::Percent(0) => {
                return error("with no server at a time nothing is ever installed");
            }
            Share::Percent(101..) => return error("no more than all servers can be away"),
            Share::Count(_) | Share::Percent(_) => {}
        }
        let compiled = self.install.compile(base);
        self.compiled = Some(compiled.map_err(|error| error.under("install").under(Self::NAME))?);
        Ok(())
    }

    fn deployment(&self) -> Option<&dyn Deployment> {
        Some(self)
    }

    fn step(&self, _number: u32) -> Option<Step> {
        None
    }
}

impl Deployment for InPlace {
    fn next(&self, servers: &Servers) -> Option<Move> {
        let most = self.at_once.rounded_down(servers.desired.into()).max(1);
        let away = i64::from(servers.old.away) + i64::from(servers.new.away);
        let more = u32::try_from(most - away).unwrap_or(0).min(servers.old.serving);
        (more > 0).then_some(Move::Take(more))
    }

    fn drains(&self) -> bool {
        self.drain
    }

    fn install(&self) -> Option<&Variate> {
        self.compiled.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::release::Holders;

    fn takes(at_once: &str, desired: u32, old: u32, away: u32) -> u32 {
        let text = format!(r#"{{"at_once": {at_once}, "install": {{"constant": "1m"}}}}"#);
        let mut strategy: InPlace = serde_json::from_str(&text).unwrap();
        assert_eq!(strategy.prepare(Path::new("")), Ok(()));
        let (old, new) = (Holders { serving: old, away: 0 }, Holders { serving: 0, away });
        match strategy.next(&Servers { desired, extra: 0, old, new }) {
            Some(Move::Take(servers)) => servers,
            None => 0,
            other => panic!("{other:?}"),
        }
    }

    /// `CodeDeploy` has nine servers as its example: one of them, four of them, all of them, and five where 40 percent stay.
    #[test]
    fn so_many_are_away_at_the_same_time() {
        let first = ["1", "\"50%\"", "\"100%\"", "\"60%\""].map(|at_once| takes(at_once, 9, 9, 0));
        assert_eq!(first, [1, 4, 9, 5]);
        assert_eq!(takes("\"50%\"", 9, 5, 3), 1, "one is back");
        assert_eq!(takes("\"50%\"", 9, 5, 7), 0, "fewer there shall be than there were");
        assert_eq!(takes("4", 9, 2, 0), 2, "no more than are left");
        assert_eq!(takes("\"10%\"", 9, 9, 0), 1, "one at least");
    }

    #[test]
    fn what_would_never_be_over_is_an_error() {
        for at_once in ["0", "\"0%\"", "\"101%\""] {
            let text = format!(r#"{{"at_once": {at_once}, "install": {{"constant": "1m"}}}}"#);
            let mut strategy: InPlace = serde_json::from_str(&text).unwrap();
            assert!(strategy.prepare(Path::new("")).is_err(), "{at_once}");
        }
    }
}
