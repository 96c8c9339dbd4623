//! An arrival process of your own, plugged in without touching the crate: jobs that come in batches
//! on a clock, as from a cron table.
//!
//! ```text
//! cargo run --release --example own_trace
//! ```
#![allow(clippy::print_stdout, reason = "an example shows what came out")]

use std::path::Path;

use cloudsched::kernel::{Span, StreamKey, Time};
use cloudsched::scenario::load;
use cloudsched::workload::{Arrival, ArrivalProcess, Arrivals};
use cloudsched::world::{self, Load};

/// `size` requests at once, every `period`, the first at the start.
#[derive(Clone, Copy, Debug)]
struct Batches {
    size: u64,
    period: Span,
}

impl ArrivalProcess for Batches {
    // A process that needs chance draws it from `key.stream()`, so that a seed replays it.
    fn start(&self, _key: StreamKey) -> Box<dyn Arrivals> {
        Box::new(Run { batches: *self, at: Time::ZERO, left: self.size })
    }

    fn mean_rate(&self) -> Option<f64> {
        Some(self.size as f64 / self.period.as_secs_f64())
    }

    fn is_finite(&self) -> bool {
        false
    }
}

/// A run through the batches.
struct Run {
    batches: Batches,
    at: Time,
    left: u64,
}

impl Arrivals for Run {
    fn next(&mut self) -> Option<Arrival> {
        if self.left == 0 {
            self.at += self.batches.period;
            self.left = self.batches.size;
        }
        self.left -= 1;
        // `target` counts the entries of the client's `targets`; `demand: None` is that of the
        // service.
        Some(Arrival { at: self.at, target: 0, demand: None })
    }
}

fn main() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/mm1.toml");
    let mut loaded = match load(&file, &["horizon=1h".to_owned()]) {
        Ok(loaded) => loaded,
        Err(error) => return print!("{}", error.render(true)),
    };
    for size in [1, 8, 64] {
        // 80 requests a second in all cases.
        let period = Span::from_secs(size).scaled(1.0 / 80.0);
        loaded.specification.clients[0].load = Load::Open(Box::new(Batches { size, period }));
        let outcome = world::run(&loaded.specification, loaded.seed, None, None);
        let mean = outcome.total().response.mean().map_or(f64::NAN, |secs| 1e3 * secs);
        println!("batches of {size:2}: mean response time {mean:6.2} ms");
    }
}
