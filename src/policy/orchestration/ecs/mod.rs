//! Amazon ECS.

pub mod control;
