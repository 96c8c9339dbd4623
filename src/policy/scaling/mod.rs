//! Scaling: when an instance may be started for requests that have none.

mod on_demand;
mod token_bucket;

use std::fmt::Debug;

use dyn_clone::DynClone;

pub use self::on_demand::OnDemand;
pub use self::token_bucket::TokenBucket;
use super::catalogue::catalogue;
use crate::kernel::Time;
use crate::model::ApplicationId;

/// Whether an instance may be started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permit {
    /// It may.
    Now,
    /// Not yet; then it may be asked again.
    At(Time),
}

/// Decides when instances are started for requests that find none with room.
pub trait Scaling: DynClone + Debug + Send + Sync {
    /// Is told how many applications there are, once, before anything else.
    fn start(&mut self, applications: usize);

    /// Whether one more instance of `application` may be started now. Asked before room is looked
    /// for; that an instance was started is told apart.
    fn permit(&mut self, application: ApplicationId, now: Time) -> Permit;

    /// An instance of `application` was started.
    fn started(&mut self, application: ApplicationId, now: Time);
}

dyn_clone::clone_trait_object!(Scaling);

catalogue! {
    /// A scaling policy, chosen by name.
    pub struct ScalingChoice(Box<dyn Scaling>);
    /// The scaling policies.
    pub static SCALINGS: "scaling policy";
    OnDemand,
    TokenBucket,
}
