//! Releases: which version serves whom, and what a release changes and leaves alone.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod all_at_once;

use std::path::Path;

use cloudsched::metric::{InstanceFigures, RequestFigures, RunOutcome};
use cloudsched::scenario::load_text;
use cloudsched::world::run;

/// What comes of a scenario.
fn outcome(text: &str) -> RunOutcome {
    let loaded = load_text("test.toml", text, Path::new(""), "test", &[])
        .unwrap_or_else(|error| panic!("{}", error.render(false)));
    run(&loaded.specification, loaded.seed, None, None)
}

/// What was sent to a service.
fn service<'o>(outcome: &'o RunOutcome, name: &str) -> &'o RequestFigures {
    &outcome.services.iter().find(|service| service.name == name).unwrap().of
}

/// The instances of the only platform that has any.
fn instances(outcome: &RunOutcome) -> InstanceFigures {
    outcome.platforms.iter().find_map(|platform| platform.of.0.instances).unwrap()
}
