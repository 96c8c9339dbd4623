//! Tasks of one version of a service.

use super::constraint::Constraint;
use super::node::Reservation;

/// An operating system and an architecture; empty for any.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Platform {
    /// The operating system.
    pub os: String,
    /// The architecture; `x86_64` is `amd64`, `aarch64` is `arm64`.
    pub arch: String,
}

impl Platform {
    /// Whether a node of another platform can run what is made for this one.
    pub(super) fn runs_on(&self, node: &Self) -> bool {
        let called = |arch: &str| match arch {
            "x86_64" => "amd64".to_owned(),
            "aarch64" => "arm64".to_owned(),
            other => other.to_owned(),
        };
        (self.arch.is_empty() || called(&self.arch) == called(&node.arch))
            && (self.os.is_empty() || self.os == node.os)
    }
}

/// A plugin of the engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plugin {
    /// What it is for: `Volume`, `Network`, `Log`.
    pub kind: String,
    /// Its name, perhaps with `:latest`.
    pub name: String,
}

/// A port of a node.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Port {
    /// The protocol, such as `TCP`.
    pub protocol: String,
    /// The number; 0 asks for none.
    pub number: u16,
}

/// What the tasks of one version of a service have in common.
#[derive(Clone, Debug, Default)]
pub struct Group {
    /// The number of the service.
    pub service: u32,
    /// The version of it.
    pub version: u64,
    /// What each task reserves.
    pub reservation: Reservation,
    /// Conditions that a node must meet.
    pub constraints: Vec<Constraint>,
    /// The platforms on which it runs; any if there are none.
    pub platforms: Vec<Platform>,
    /// The plugins it needs.
    pub plugins: Vec<Plugin>,
    /// The ports of the node that it publishes itself (`mode: host`).
    pub ports: Vec<Port>,
    /// The most tasks of the service on a node; 0 for no bound.
    pub most_replicas: u64,
    /// The labels over whose values its tasks are spread, the first one first.
    pub spread: Vec<String>,
}

impl Group {
    /// Tasks of this service that ask for nothing.
    pub fn new(service: u32) -> Self {
        Self { service, ..Self::default() }
    }
}
