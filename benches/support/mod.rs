//! What the benchmarks share: a clock, rounds that take turns, and a table.

use std::fs;
use std::time::Instant;

/// Nanoseconds that `work` takes, and its result: processor time of this thread where the system
/// tells it (Linux), so that neighbours disturb less, else time on the wall.
///
/// Linux tells it to within a scheduler tick of 1 to 10 ms, so `work` should take a hundred.
pub fn time<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let (processor, wall) = (processor_time(), Instant::now());
    let result = work();
    let taken = match (processor, processor_time()) {
        (Some(before), Some(after)) => (after - before) as f64,
        _ => wall.elapsed().as_nanos() as f64,
    };
    (taken, result)
}

fn processor_time() -> Option<u64> {
    let text = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split_whitespace().next()?.parse().ok()
}

/// The middle value; of an even number the upper one.
pub fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// By contestant, what it took in each round.
pub struct Rounds(pub Vec<Vec<f64>>);

impl Rounds {
    /// Lets the contestants take turns: all of them in each round, so that a disturbance meets
    /// them alike.
    pub fn run(rounds: usize, contestants: usize, mut turn: impl FnMut(usize) -> f64) -> Self {
        let mut taken = vec![Vec::with_capacity(rounds); contestants];
        for _ in 0..rounds {
            for (contestant, taken) in taken.iter_mut().enumerate() {
                taken.push(turn(contestant));
            }
        }
        Self(taken)
    }

    /// The median of what a contestant took.
    pub fn median(&self, contestant: usize) -> f64 {
        median(self.0[contestant].iter().copied())
    }

    /// How many times as long as `contestant` the `reference` takes: the median over the rounds,
    /// and the least.
    pub fn ratio(&self, reference: usize, contestant: usize) -> (f64, f64) {
        let pairs = self.0[reference].iter().zip(&self.0[contestant]);
        let ratios: Vec<f64> = pairs.map(|(reference, own)| reference / own).collect();
        let least = ratios.iter().copied().fold(f64::INFINITY, f64::min);
        (median(ratios), least)
    }
}

/// What is asked of the numbers, and whether they all meet it.
pub struct Verdict {
    met: bool,
}

impl Verdict {
    pub fn new() -> Self {
        Self { met: true }
    }

    /// Tells whether a requirement is met.
    pub fn require(&mut self, met: bool, requirement: &str) {
        println!("{} {requirement}", if met { "met:    " } else { "NOT MET:" });
        self.met &= met;
    }

    /// The exit code of the benchmark.
    pub fn exit_code(&self) -> std::process::ExitCode {
        if self.met { std::process::ExitCode::SUCCESS } else { std::process::ExitCode::FAILURE }
    }
}

/// Whether cargo runs this as a benchmark, and not as one of the tests (`cargo test --benches`),
/// which only want to know that it works.
pub fn is_benchmark() -> bool {
    std::env::args().any(|argument| argument == "--bench")
}
