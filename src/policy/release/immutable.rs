//! New servers beside the old ones.

use std::path::Path;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Deployment, Move, Servers, Step, Strategy};
use crate::policy::catalogue::Described;
use crate::quantity::Share;
use crate::variate::ParameterError;

/// Starts servers with the new version beside the old ones, the others when the first serves; when all of a batch serve, as many of the
/// old ones end their requests and go. Going back is the same again, with the old version; new servers that are beside the old ones just go.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Immutable {
    /// How many servers are started at the same time: a number, or a percentage of those that there shall be, rounded down
    /// but at least one.
    #[serde(default = "all")]
    pub batch: Share,
    /// How many of the first batch start alone, and have to serve before the others start; 0 if all start at the same time, as by an
    /// instance refresh.
    #[serde(default = "one")]
    pub first: u32,
}

/// What Elastic Beanstalk does.
fn all() -> Share {
    Share::Percent(100)
}

/// What Elastic Beanstalk does.
fn one() -> u32 {
    1
}

impl Described for Immutable {
    const NAME: &'static str = "immutable";
    const SUMMARY: &'static str =
        "New servers start with the new version beside the old ones, which go when those serve.";
    const SOURCE: &'static str = "AWS Elastic Beanstalk, immutable environment updates, and Amazon EC2 Auto Scaling, \
         instance refresh that launches before it terminates: Developer Guide and User Guide, 2026-11";
}

impl Strategy for Immutable {
    fn prepare(&mut self, _base: &Path) -> Result<(), ParameterError> {
        let error = |message: &str| Err(ParameterError::new("batch", message).under(Self::NAME));
        match self.batch {
            Share::Count(0) | Share::Percent(0) => {
                error("with no server at a time nothing is ever replaced")
            }
            Share::Percent(101..) => error("no more than all servers are replaced"),
            Share::Count(_) | Share::Percent(_) => Ok(()),
        }
    }

    fn deployment(&self) -> Option<&dyn Deployment> {
        Some(self)
    }

    fn step(&self, _number: u32) -> Option<Step> {
        None
    }
}

impl Deployment for Immutable {
    fn next(&self, servers: &Servers) -> Option<Move> {
        let old = servers.old.serving + servers.old.away;
        let batch = self.batch.rounded_down(servers.desired.into()).max(1);
        let batch = u32::try_from(batch).unwrap_or(u32::MAX).min(old);
        let is_first = servers.new.serving == 0 && self.first > 0;
        let beside = if is_first { self.first.min(batch) } else { batch };
        if servers.new.away > 0 {
            None
        } else if servers.extra < beside {
            Some(Move::Start(beside - servers.extra))
        } else {
            (servers.extra > 0).then_some(Move::Retire(servers.extra))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::release::Holders;

    fn immutable(batch: &str, first: u32) -> Immutable {
        serde_json::from_str(&format!(r#"{{"batch": {batch}, "first": {first}}}"#)).unwrap()
    }

    fn after(
        first: u32,
        batch: &str,
        extra: u32,
        old: (u32, u32),
        new: (u32, u32),
    ) -> Option<Move> {
        let holders = |(serving, away)| Holders { serving, away };
        let servers = Servers { desired: 9, extra, old: holders(old), new: holders(new) };
        immutable(batch, first).next(&servers)
    }

    fn next(batch: &str, extra: u32, old: (u32, u32), new: (u32, u32)) -> Option<Move> {
        after(0, batch, extra, old, new)
    }

    /// One, then eight beside it, and all nine old ones go; of a smaller batch the rest, and the next batches start at once.
    #[test]
    fn the_others_start_when_the_first_serve() {
        let all = "\"100%\"";
        assert_eq!(after(1, all, 0, (9, 0), (0, 0)), Some(Move::Start(1)));
        assert_eq!(after(1, all, 1, (9, 0), (0, 1)), None);
        assert_eq!(after(1, all, 1, (9, 0), (1, 0)), Some(Move::Start(8)));
        assert_eq!(after(1, all, 9, (9, 0), (9, 0)), Some(Move::Retire(9)));
        assert_eq!(after(2, "4", 2, (9, 0), (2, 0)), Some(Move::Start(2)));
        assert_eq!(after(2, "4", 4, (9, 0), (4, 0)), Some(Move::Retire(4)));
        assert_eq!(after(2, "4", 0, (5, 0), (4, 0)), Some(Move::Start(4)));
        assert_eq!(after(5, "4", 0, (9, 0), (0, 0)), Some(Move::Start(4)), "no more than a batch");
    }

    /// Going back from one that serves beside all the old ones, and from a batch of four after another.
    #[test]
    fn new_ones_beside_just_go_when_it_goes_back() {
        assert_eq!(after(1, "\"100%\"", 1, (1, 0), (9, 0)), Some(Move::Retire(1)));
        assert_eq!(after(1, "4", 4, (8, 0), (5, 0)), Some(Move::Retire(4)));
        assert_eq!(after(1, "4", 0, (4, 0), (5, 0)), Some(Move::Start(4)));
    }

    #[test]
    fn old_servers_go_when_all_new_ones_serve() {
        assert_eq!(next("\"100%\"", 0, (9, 0), (0, 0)), Some(Move::Start(9)));
        assert_eq!(next("\"100%\"", 9, (9, 0), (8, 1)), None);
        assert_eq!(next("\"100%\"", 9, (9, 0), (9, 0)), Some(Move::Retire(9)));
        assert_eq!(next("\"100%\"", 0, (0, 0), (9, 0)), None);
    }

    #[test]
    fn one_batch_follows_another() {
        assert_eq!(next("\"50%\"", 0, (9, 0), (0, 0)), Some(Move::Start(4)));
        assert_eq!(next("\"50%\"", 4, (9, 0), (4, 0)), Some(Move::Retire(4)));
        assert_eq!(next("\"50%\"", 0, (5, 0), (4, 0)), Some(Move::Start(4)));
        assert_eq!(next("\"50%\"", 0, (0, 1), (8, 0)), Some(Move::Start(1)), "who is dead, too");
        assert_eq!(next("\"1%\"", 0, (9, 0), (0, 0)), Some(Move::Start(1)), "one at least");
    }

    #[test]
    fn what_would_never_be_over_is_an_error() {
        for batch in ["0", "\"0%\"", "\"101%\""] {
            assert!(immutable(batch, 0).prepare(Path::new("")).is_err(), "{batch}");
        }
        assert_eq!(immutable("2", 0).prepare(Path::new("")), Ok(()));
    }
}
