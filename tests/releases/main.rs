//! Releases: which version serves whom, and what a release changes and leaves alone.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod all_at_once;
mod apps;
mod beside;
mod by_platform;
mod caused;
mod functions;
mod gates;
mod immutable;
mod in_place;
mod level;
mod overtaken;
mod pipelines;
mod promised;
mod seen;
mod strategies;
mod times;
mod told;

use std::path::Path;

use cloudsched::kernel::Seed;
use cloudsched::metric::{InstanceFigures, RequestFigures, RunOutcome, Value};
use cloudsched::scenario::load_text;
use cloudsched::world::run;

/// What comes of a scenario with a seed.
fn seeded(text: &str, seed: u64) -> RunOutcome {
    let loaded = load_text("test.toml", text, Path::new(""), "test", &[])
        .unwrap_or_else(|error| panic!("{}", error.render(false)));
    run(&loaded.specification, Seed::new(seed), None, None)
}

/// What comes of a scenario.
fn outcome(text: &str) -> RunOutcome {
    seeded(text, 1)
}

/// What was sent to a service.
fn service<'o>(outcome: &'o RunOutcome, name: &str) -> &'o RequestFigures {
    &outcome.services.iter().find(|service| service.name == name).unwrap().of
}

/// The instances of the only platform that has any.
fn instances(outcome: &RunOutcome) -> InstanceFigures {
    outcome.platforms.iter().find_map(|platform| platform.of.0.instances).unwrap()
}

/// The value of a metric of the run, if it is defined.
fn metric(outcome: &RunOutcome, name: &str) -> Option<f64> {
    let found = outcome.metrics().into_iter().find(|(known, _)| *known == name);
    found.unwrap().1.map(Value::as_f64)
}

/// A hundred requests a second for a hundred seconds to a service, which is released at 20 s with these keys, on a
/// platform with these keys.
fn busy(release: &str, platform: &str) -> String {
    format!(
        "horizon = '100s'
        client.a = {{ service = 'web', arrivals.poisson.rate = '100/s' }}
        service.web = {{ platform = 'p', demand.lognormal = {{ mean = '5ms', cv = 0.5 }} }}
        [platform.p]
        {platform}
        [release.v2]
        service = 'web'
        at = '20s'
        {release}"
    )
}

const SERVERS: &str = "kind = 'servers'\nservers = 4";
/// Keys of a service on a cluster.
const FOUR_REPLICAS: &str = "cpu = '500m'\nmemory = '512MiB'\nreplicas = 4\n\
                             demand.exponential.mean = '20ms'\npod.start.constant = '5s'";
const FUNCTIONS: &str = "kind = 'faas'\ncold_start.constant = '1s'";
