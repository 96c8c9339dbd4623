//! Cold starts: each phase by hand, and what named platforms ship against what was measured.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test may panic, and says what it skips"
)]

mod forms;
mod measured;
#[path = "../queueing_theory/page.rs"]
#[expect(dead_code, reason = "numbers here have digits of their own")]
mod page;
mod phases;

use std::path::Path;

use cloudsched::metric::RunOutcome;
use cloudsched::scenario::{Loaded, load_text};
use cloudsched::world::run;

/// One function on platform `p` with these lines, a request an hour; or what is wrong.
fn read(platform: &str, sets: &[&str]) -> Result<Loaded, String> {
    let text = format!(
        "requests = 1\n[client.c]\nservice = 'f'\narrivals.constant = {{ rate = '1/h' }}\n\
         [service.f]\nplatform = 'p'\ndemand.constant = '1s'\ncpu_share = 0\n\
         [platform.p]\nkeep_alive = 'none'\n{platform}\n"
    );
    let sets: Vec<String> = sets.iter().map(|&set| set.to_owned()).collect();
    load_text("test.toml", &text, Path::new(""), "test", &sets).map_err(|error| error.render(false))
}

fn outcome(platform: &str, sets: &[&str]) -> RunOutcome {
    let loaded = read(platform, sets).unwrap_or_else(|error| panic!("{error}"));
    run(&loaded.specification, loaded.seed, None, None)
}

/// The warnings of a scenario that is right.
fn warnings(platform: &str, sets: &[&str]) -> String {
    let loaded = read(platform, sets).unwrap_or_else(|error| panic!("{error}"));
    loaded.problems.render(&loaded.sources, false)
}
