//! Policies: the choices that a platform leaves open.
//!
//! A policy is a struct that is its own parameter schema; it is told of changes, may keep an index
//! of its own from them, and is asked for a verdict with a read-only view and a random stream of
//! its own. It schedules nothing and owns nothing of the world. One file a policy, one line in
//! the catalogue of its kind.

pub mod autoscaling;
pub mod balance;
pub mod capacity;
pub mod catalogue;
pub mod delivery;
pub mod discipline;
pub mod eviction;
pub mod exposure;
pub mod keep_alive;
pub mod node_autoscaling;
pub mod orchestration;
pub mod placement;
pub mod pollers;
pub mod release;
pub mod replica_autoscaling;
pub mod rollout;
pub mod scaling;
pub mod scheduler;
pub mod timetable;

/// The catalogues of all kinds of policy.
pub static CATALOGUES: &[&catalogue::Catalogue] = &[
    &placement::PLACEMENTS,
    &eviction::EVICTIONS,
    &keep_alive::KEEP_ALIVES,
    &scaling::SCALINGS,
    &autoscaling::AUTOSCALINGS,
    &scheduler::SCHEDULERS,
    &node_autoscaling::NODE_AUTOSCALINGS,
    &replica_autoscaling::REPLICA_AUTOSCALINGS,
    &rollout::ROLLOUTS,
    &exposure::EXPOSURES,
    &capacity::CAPACITIES,
    &balance::BALANCES,
    &discipline::DISCIPLINES,
    &delivery::DELIVERIES,
    &pollers::POLLERS,
    &release::STRATEGIES,
];

/// More instances, machines or lines than this are taken for a slip.
pub const MOST: u32 = 1_000_000;
