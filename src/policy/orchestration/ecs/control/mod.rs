//! Amazon ECS: how many tasks and instances there are, and when a deployment is given up.
//!
//! ECS is closed. What is modelled is what its documentation says; each rule says how well it is known. Source:
//! the Amazon ECS Developer Guide and the Application Auto Scaling User Guide, 2026; what is `recalled` is that
//! of AWS's blog on capacity providers (2020), not read again.

mod circuit_breaker;
mod managed_scaling;
mod target_tracking;

pub use circuit_breaker::{CircuitBreaker, Threshold};
pub use managed_scaling::{ManagedScaling, Provisioning, instances_needed, reservation};
pub use target_tracking::{Settings, TargetTracking};

/// The bounds of a rolling deployment: the fewest and the most tasks of so many that may be there,
/// from `minimumHealthyPercent` (rounded up) and `maximumPercent` (rounded down). Documented in the API reference,
/// `DeploymentConfiguration`; the defaults of a service are 100 and 200.
///
/// ```
/// use cloudsched::policy::orchestration::ecs::control::rolling_bounds;
/// assert_eq!(rolling_bounds(3, 50, 150), [2, 4]);
/// ```
pub fn rolling_bounds(desired: u64, minimum_healthy: u64, maximum: u64) -> [u64; 2] {
    [(desired * minimum_healthy).div_ceil(100), desired * maximum / 100]
}
