//! A keep-alive policy of your own, plugged in without touching the crate: an instance is kept for
//! as long as its use so far suggests.
//!
//! ```text
//! cargo run --release --example own_policy
//! ```
#![allow(clippy::print_stdout, reason = "an example shows what came out")]

use std::path::Path;

use cloudsched::kernel::Span;
use cloudsched::metric::Value;
use cloudsched::platform::faas::FaasSpec;
use cloudsched::policy::eviction::InstanceView;
use cloudsched::policy::keep_alive::{Fixed, KeepAlive};
use cloudsched::scenario::load;
use cloudsched::world::{self, PlatformKind, Specification};

/// Keeps an instance for `first` when it has served one request, and for as long again with every
/// further one, up to `most`.
#[derive(Clone, Debug)]
struct Earned {
    first: Span,
    most: Span,
}

impl KeepAlive for Earned {
    fn window(&mut self, instance: &InstanceView) -> Span {
        self.first.scaled(instance.uses as f64).min(self.most)
    }
}

/// The first platform of functions.
fn functions(specification: &mut Specification) -> Option<&mut FaasSpec> {
    specification.platforms.iter_mut().find_map(|platform| match &mut platform.kind {
        PlatformKind::Faas(functions, _) => Some(functions),
        _ => None,
    })
}

fn main() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/quickstart.toml");
    let mut loaded = match load(&file, &["horizon=30m".to_owned()]) {
        Ok(loaded) => loaded,
        Err(error) => return print!("{}", error.render(true)),
    };
    let policies: [(&str, Box<dyn KeepAlive>); 2] = [
        ("fixed, 2 min", Box::new(Fixed { window: Span::from_secs(120) })),
        (
            "earned, 20 s to 10 min",
            Box::new(Earned { first: Span::from_secs(20), most: Span::from_secs(600) }),
        ),
    ];
    for (name, policy) in policies {
        functions(&mut loaded.specification).expect("there is one").fleet.keep_alive = policy;
        let outcome = world::run(&loaded.specification, loaded.seed, None, None);
        let (mut cold, mut all) = (0, 0);
        for service in &outcome.services {
            cold += service.of.cold_start.count();
            all += service.of.cold_start.count() + service.of.warm_starts;
        }
        let metrics = outcome.metrics();
        let idle = metrics.iter().find(|(name, _)| *name == "wasted_memory_gib_s");
        let idle = idle.and_then(|(_, value)| *value).map_or(f64::NAN, Value::as_f64);
        let share = 100.0 * cold as f64 / all as f64;
        println!("{name:24} {share:5.2} % cold, {idle:8.0} GiB-s of idle memory");
    }
}
