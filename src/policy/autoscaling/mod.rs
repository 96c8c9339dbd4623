//! Autoscaling: how many servers a group has.

mod scheduled;
mod step;
mod target_tracking;

use std::fmt::Debug;
use std::num::NonZeroU32;
use std::path::Path;

use dyn_clone::DynClone;

pub use self::scheduled::Scheduled;
pub use self::step::{Adjustment, Step};
pub use self::target_tracking::TargetTracking;
use super::MOST;
use super::catalogue::catalogue;
use crate::kernel::{Span, Time};
use crate::variate::ParameterError;

/// How often a metric is measured: `CloudWatch`'s standard period of detailed monitoring (Amazon EC2 Auto
/// Scaling User Guide, "Create a target tracking scaling policy").
const MINUTE: Span = Span::from_secs(60);

/// What a policy sees of a group of servers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GroupView {
    /// How many servers there shall be.
    pub wanted: u32,
    /// Whether any of them boots, or is to be replaced.
    pub coming: bool,
    /// The share of the time that servers computed, of those that worked, since the policy looked last;
    /// `None` if none worked.
    pub cpu: Option<f64>,
}

/// Says how many servers there shall be; the group starts and drains them.
pub trait Autoscaling: DynClone + Debug + Send + Sync {
    /// Checks the parameters, when a scenario is read.
    ///
    /// # Errors
    /// A parameter out of its range, by its key.
    fn prepare(&mut self, base: &Path) -> Result<(), ParameterError>;

    /// The fewest and the most servers that it ever wants.
    fn bounds(&self) -> (u32, u32);

    /// When it looks next, later than now; `None` is never.
    fn next(&self, now: Time) -> Option<Time>;

    /// How many servers there shall be, at a time that it named.
    fn look(&mut self, now: Time, group: &GroupView) -> u32;

    /// Whether it goes by the clock alone, from the start of the run on.
    fn follows_clock(&self) -> bool {
        false
    }

    /// How many servers there are at the start, where a scenario says `given`: what the clock says, if it goes by that.
    fn at_start(&mut self, given: u32) -> u32 {
        if !self.follows_clock() {
            return given;
        }
        self.look(Time::ZERO, &GroupView { wanted: given, coming: false, cpu: None })
    }
}

dyn_clone::clone_trait_object!(Autoscaling);

/// The end of the minute.
fn next_minute(now: Time) -> Time {
    let minute = MINUTE.as_nanos();
    Time::from_nanos((now.as_nanos() / minute + 1) * minute)
}

/// Looks that there are at least as many as at most, and not so many that their number is a slip.
fn check_bounds(least: NonZeroU32, most: NonZeroU32) -> Result<(), ParameterError> {
    if most.get() > MOST {
        let message = format!("{most} servers are taken for a slip; write at most {MOST}");
        return Err(ParameterError::new("max", message));
    }
    if least > most {
        let message = format!("at least {least} servers are more than the {most} of `max`");
        return Err(ParameterError::new("min", message));
    }
    Ok(())
}

fn five_minutes() -> Span {
    Span::from_secs(300)
}

catalogue! {
    /// An autoscaling policy, chosen by name.
    pub struct AutoscalingChoice(Box<dyn Autoscaling>);
    /// The autoscaling policies.
    pub static AUTOSCALINGS: "autoscaling policy";
    TargetTracking,
    Step,
    Scheduled,
}
