//! Keep-alive: how long an idle instance is kept.

use std::fmt::Debug;

use dyn_clone::DynClone;

use super::eviction::InstanceView;
use crate::kernel::Span;

/// Chooses how long an instance that has become idle is kept.
pub trait KeepAlive: DynClone + Debug + Send + Sync {
    /// The window from now after which the instance goes if no request came: zero is at once,
    /// [`Span::MAX`] never.
    fn window(&mut self, instance: &InstanceView) -> Span;
}

dyn_clone::clone_trait_object!(KeepAlive);
