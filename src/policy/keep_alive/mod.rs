//! Keep-alive: how long an idle instance is kept.

mod at_once;
mod fixed;
mod infinite;

use std::fmt::Debug;

use dyn_clone::DynClone;

pub use self::at_once::AtOnce;
pub use self::fixed::Fixed;
pub use self::infinite::Infinite;
use super::catalogue::catalogue;
use super::eviction::InstanceView;
use crate::kernel::Span;

/// Chooses how long an instance that has become idle is kept.
pub trait KeepAlive: DynClone + Debug + Send + Sync {
    /// The window from now after which the instance goes if no request came: zero is at once,
    /// [`Span::MAX`] never.
    fn window(&mut self, instance: &InstanceView) -> Span;
}

dyn_clone::clone_trait_object!(KeepAlive);

catalogue! {
    /// A keep-alive policy, chosen by name.
    pub struct KeepAliveChoice(Box<dyn KeepAlive>);
    /// The keep-alive policies.
    pub static KEEP_ALIVES: "keep-alive policy";
    AtOnce,
    Fixed,
    Infinite,
}
