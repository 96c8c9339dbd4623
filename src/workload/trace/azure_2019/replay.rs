//! A day of counts as arrivals.

use std::fmt;

use super::day::Day;
use crate::kernel::{StreamKey, Time};
use crate::variate::standard_exponential;
use crate::workload::trace::mean_rate;
use crate::workload::{Arrival, ArrivalProcess, Arrivals};

/// Bits of a function's number below the time in one word of [`Run::sorted`].
pub(super) const FUNCTION_BITS: u32 = 28;

/// Nanoseconds in a minute; below 2^36, so that a time within one fits above a function.
const MINUTE: u64 = 60_000_000_000;

/// The counts of a day and what its functions need to spread them.
#[derive(Default)]
pub(super) struct Process {
    pub day: Day,
    functions: Vec<Function>,
}

#[derive(Clone, Copy)]
struct Function {
    /// A hash of its name: its stream of chance does not depend on which other functions are there.
    name: u64,
    timer: bool,
}

/// FNV-1a.
pub(super) fn hash(name: &[u8]) -> u64 {
    name.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

impl Process {
    /// Adds the next function.
    pub(super) fn add(&mut self, name: &[u8], timer: bool) {
        self.functions.push(Function { name: hash(name), timer });
    }

    /// How many requests there are.
    pub(super) fn requests(&self) -> u64 {
        self.day.requests
    }

    /// The last nanosecond of the last minute with requests.
    pub(super) fn last(&self) -> Time {
        Time::from_nanos((self.day.length * MINUTE).saturating_sub(1))
    }
}

impl fmt::Debug for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (requests, functions, minutes) =
            (self.day.requests, self.functions.len(), self.day.minutes());
        write!(
            f,
            "{requests} requests of {functions} functions in {minutes} minutes, in {} bytes",
            self.day.bytes()
        )
    }
}

impl ArrivalProcess for Process {
    /// Copies the packed day, so that a run shares nothing.
    fn start(&self, key: StreamKey) -> Box<dyn Arrivals> {
        Box::new(Run {
            key,
            day: self.day.clone(),
            functions: self.functions.clone(),
            minute: 0,
            start: 0,
            made: Vec::with_capacity(self.day.busiest),
            sorted: Vec::with_capacity(self.day.busiest),
            next: 0,
            buckets: Vec::with_capacity((1 << bucket_bits(self.day.busiest)) + 1),
        })
    }

    fn mean_rate(&self) -> Option<f64> {
        mean_rate(self.requests(), self.last())
    }

    fn is_finite(&self) -> bool {
        true
    }
}

struct Run {
    key: StreamKey,
    day: Day,
    functions: Vec<Function>,
    /// The minute after the one in `sorted`.
    minute: usize,
    /// The start of the minute in `sorted`, in nanoseconds.
    start: u64,
    /// The arrivals of a minute, function by function: time within it above function.
    made: Vec<u64>,
    /// The same in order of time, ties in order of functions.
    sorted: Vec<u64>,
    next: usize,
    buckets: Vec<u32>,
}

impl Arrivals for Run {
    fn next(&mut self) -> Option<Arrival> {
        while self.next == self.sorted.len() {
            if self.minute == self.day.minutes() {
                return None;
            }
            self.make_minute();
            self.next = 0;
        }
        let word = self.sorted[self.next];
        self.next += 1;
        Some(Arrival {
            at: Time::from_nanos(self.start + (word >> FUNCTION_BITS)),
            target: (word & ((1 << FUNCTION_BITS) - 1)) as u32,
            demand: None,
        })
    }
}

impl Run {
    fn make_minute(&mut self) {
        let (number, offset) = self.day.number(self.minute);
        self.start = offset * MINUTE;
        self.made.clear();
        for (function, count) in self.day.cells(self.minute) {
            let Function { name, timer } = self.functions[function as usize];
            if timer {
                spread_evenly(&mut self.made, function, count);
            } else {
                let key = self.key.part(name);
                spread_by_chance(&mut self.made, function, count, key, number);
            }
        }
        self.minute += 1;
        sort(&self.made, &mut self.sorted, &mut self.buckets);
    }
}

/// The first at the start of the minute, as a timer's schedule has it.
fn spread_evenly(made: &mut Vec<u64>, function: u32, count: u64) {
    let word = |i| (i * MINUTE / count) << FUNCTION_BITS | u64::from(function);
    made.extend((0..count).map(word));
}

/// Where a Poisson process has its arrivals, given how many they are; as in
/// [`Spread`](crate::workload::trace::spread::Spread), but held meanwhile in the words to be
/// filled.
fn spread_by_chance(made: &mut Vec<u64>, function: u32, count: u64, key: StreamKey, minute: u32) {
    let mut draws = key.draws(u64::from(minute));
    let first = made.len();
    let mut sum = 0.0;
    for _ in 0..count {
        sum += standard_exponential(&mut draws);
        made.push(f64::to_bits(sum));
    }
    let scale = MINUTE as f64 / (sum + standard_exponential(&mut draws));
    for word in &mut made[first..] {
        let offset = ((f64::from_bits(*word) * scale) as u64).min(MINUTE - 1);
        *word = offset << FUNCTION_BITS | u64::from(function);
    }
}

/// How many bits of its time tell the bucket of an arrival: about one bucket for four of them.
fn bucket_bits(arrivals: usize) -> u32 {
    (arrivals / 4).max(2).ilog2()
}

/// Sorts `made` into `sorted`: into buckets of time, then by insertion.
fn sort(made: &[u64], sorted: &mut Vec<u64>, buckets: &mut Vec<u32>) {
    let bits = bucket_bits(made.len());
    // The first bits of a word are those of its time.
    let shift = u64::BITS - bits;
    buckets.clear();
    buckets.resize((1 << bits) + 1, 0);
    for word in made {
        buckets[(word >> shift) as usize + 1] += 1;
    }
    let mut sum = 0;
    for bucket in buckets.iter_mut() {
        sum += *bucket;
        *bucket = sum;
    }
    sorted.clear();
    sorted.resize(made.len(), 0);
    for word in made {
        let place = &mut buckets[(word >> shift) as usize];
        sorted[*place as usize] = *word;
        *place += 1;
    }
    for end in 1..sorted.len() {
        let word = sorted[end];
        let mut place = end;
        while place > 0 && sorted[place - 1] > word {
            sorted[place] = sorted[place - 1];
            place -= 1;
        }
        sorted[place] = word;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::day::Builder;
    use super::*;
    use crate::kernel::Seed;

    fn arrivals(rows: &[(&str, bool, &[u64])]) -> Vec<(u64, u32)> {
        let mut process = Process::default();
        let mut builder = Builder::new(1..=rows[0].2.len() as u32);
        for (function, (name, timer, counts)) in (0..).zip(rows) {
            process.add(name.as_bytes(), *timer);
            builder.add(function, counts);
        }
        process.day = builder.finish().unwrap();
        let mut run = process.start(Seed::new(1).key("client.test.arrivals"));
        std::iter::from_fn(|| run.next()).map(|a| (a.at.as_nanos(), a.target)).collect()
    }

    fn of(arrivals: &[(u64, u32)], function: u32) -> Vec<u64> {
        arrivals.iter().filter(|a| a.1 == function).map(|a| a.0).collect()
    }

    #[test]
    fn timers_are_even_and_ties_go_by_function() {
        let all = arrivals(&[("a", true, &[3, 0, 1]), ("b", true, &[3, 2, 0])]);
        let secs: Vec<(u64, u32)> = all.iter().map(|(at, f)| (at / 1_000_000_000, *f)).collect();
        assert_eq!(
            secs,
            [(0, 0), (0, 1), (20, 0), (20, 1), (40, 0), (40, 1), (60, 1), (90, 1), (120, 0)]
        );
    }

    #[test]
    fn a_function_does_not_depend_on_the_others() {
        let alone = arrivals(&[("b", false, &[100, 7, 50])]);
        let among = arrivals(&[
            ("a", false, &[9, 9, 9]),
            ("b", false, &[100, 7, 50]),
            ("c", true, &[0, 60, 0]),
        ]);
        assert_eq!(of(&alone, 0), of(&among, 1));
        assert_eq!(among.len(), 157 + 27 + 60);
        assert!(among.is_sorted());
    }

    #[test]
    fn chance_fills_the_minute_evenly() {
        let counts = [50_000_u64; 3];
        let times = of(&arrivals(&[("a", false, &counts)]), 0);
        for minute in 0..3 {
            let mut tenths = [0_u32; 10];
            for at in times.iter().filter(|at| **at / MINUTE == minute) {
                tenths[(at % MINUTE * 10 / MINUTE) as usize] += 1;
            }
            // Chi-squared with 9 degrees of freedom: 27.9 is its 99.9 % point.
            let off = tenths.map(|c| (f64::from(c) - 5e3) * (f64::from(c) - 5e3) / 5e3);
            assert!(off.iter().sum::<f64>() < 27.9, "{tenths:?}");
        }
    }

    proptest! {
        #[test]
        fn words_are_sorted(mut words in prop::collection::vec(0..MINUTE << FUNCTION_BITS, 0..500)) {
            let mut sorted = Vec::new();
            sort(&words, &mut sorted, &mut Vec::new());
            words.sort_unstable();
            prop_assert_eq!(sorted, words);
        }
    }
}
