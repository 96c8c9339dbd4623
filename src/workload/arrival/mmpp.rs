//! Bursts: a Poisson process whose rate is that of a state which changes by chance.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{ArrivalEntry, Clock, NANOS_PER_SEC, ProcessError, rate_or_zero};
use crate::kernel::{Span, Stream, StreamKey};
use crate::quantity::Rate;
use crate::variate::standard_exponential;
use crate::workload::{Arrival, ArrivalProcess, Arrivals};

pub(super) const ENTRY: ArrivalEntry = ArrivalEntry {
    name: "mmpp",
    summary: "Bursts: Poisson arrivals whose rate is that of a state, which lasts an exponential \
              time and is followed by the next one, cyclically.",
    source: "Fischer and Meier-Hellstern, The Markov-modulated Poisson process cookbook (1993)",
    parameters: &[
        ("states[].rate", "mean arrivals per unit of time in this state; may be zero"),
        ("states[].mean", "how long the state lasts in the mean"),
    ],
};

/// The parameters of a Markov-modulated Poisson process.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Mmpp {
    /// The states in their cyclic order, two or more; the process starts in the first.
    pub states: Vec<MmppState>,
}

/// One state of a Markov-modulated Poisson process.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MmppState {
    /// Mean arrivals per unit of time in this state; may be zero.
    pub rate: Rate,
    /// How long the state lasts in the mean; the time is exponential.
    pub mean: Span,
}

/// More changes of state than this for each arrival would cost seconds of work for nothing.
const MOST_CHANGES: f64 = 1e6;

impl Mmpp {
    /// The process with these parameters.
    ///
    /// # Errors
    /// With fewer than two states, a state that lasts no time, a rate over one a nanosecond, all
    /// rates zero, or states that change more than a million times for each arrival.
    pub fn process(&self) -> Result<Box<dyn ArrivalProcess>, ProcessError> {
        if self.states.len() < 2 {
            let message = "two or more states are needed: for one rate throughout take `poisson`";
            return Err(ProcessError::new("states", message));
        }
        let states: Vec<State> = self
            .states
            .iter()
            .enumerate()
            .map(|(i, state)| State::checked(i, state))
            .collect::<Result<_, _>>()?;
        let process = Process { states };
        let per_sec = process.per_sec();
        if per_sec == 0.0 {
            let message = "nothing would ever arrive: give one of the states a rate above zero";
            return Err(ProcessError::new("states", message));
        }
        let changes = states_per_sec(&process.states) / per_sec;
        if changes > MOST_CHANGES {
            let message = format!(
                "the states change {changes:.0} times for each arrival: make them longer, or take \
                 `poisson` with rate = \"{per_sec}/s\", which is then the same"
            );
            return Err(ProcessError::new("states", message));
        }
        Ok(Box::new(process))
    }
}

#[derive(Clone, Copy, Debug)]
struct State {
    per_ns: f64,
    mean_ns: f64,
}

impl State {
    fn checked(i: usize, state: &MmppState) -> Result<Self, ProcessError> {
        let per_sec = rate_or_zero(&format!("states[{i}].rate"), state.rate)?;
        if state.mean == Span::ZERO {
            let message = "a state must last some time: write a mean above zero, as in \"60s\"";
            return Err(ProcessError::new(format!("states[{i}].mean"), message));
        }
        Ok(Self { per_ns: per_sec / NANOS_PER_SEC, mean_ns: state.mean.as_nanos() as f64 })
    }
}

fn states_per_sec(states: &[State]) -> f64 {
    states.len() as f64 / states.iter().map(|state| state.mean_ns).sum::<f64>() * NANOS_PER_SEC
}

#[derive(Debug)]
struct Process {
    states: Vec<State>,
}

impl Process {
    fn per_sec(&self) -> f64 {
        let arrivals: f64 = self.states.iter().map(|state| state.per_ns * state.mean_ns).sum();
        let cycle_ns: f64 = self.states.iter().map(|state| state.mean_ns).sum();
        arrivals / cycle_ns * NANOS_PER_SEC
    }
}

impl ArrivalProcess for Process {
    fn start(&self, key: StreamKey) -> Box<dyn Arrivals> {
        let mut stream = key.stream();
        let left_ns = standard_exponential(&mut stream) * self.states[0].mean_ns;
        let states = self.states.clone();
        Box::new(Run { states, stream, clock: Clock::default(), state: 0, left_ns })
    }

    fn mean_rate(&self) -> Option<f64> {
        Some(self.per_sec())
    }

    fn is_finite(&self) -> bool {
        false
    }

    fn is_stationary(&self) -> bool {
        true
    }
}

struct Run {
    states: Vec<State>,
    stream: Stream,
    clock: Clock,
    state: usize,
    /// What is left of the stay in the state.
    left_ns: f64,
}

impl Arrivals for Run {
    /// An exponential of mean 1 is used up at the rate of each state in turn; where it ends is the
    /// arrival (inversion of the integrated rate).
    fn next(&mut self) -> Option<Arrival> {
        let mut due = standard_exponential(&mut self.stream);
        loop {
            let per_ns = self.states[self.state].per_ns;
            let stay = self.left_ns * per_ns;
            if due < stay {
                let gap = due / per_ns;
                self.left_ns -= gap;
                return self.clock.advance(gap).map(Arrival::plain);
            }
            due -= stay;
            self.clock.advance(self.left_ns)?;
            self.state = (self.state + 1) % self.states.len();
            self.left_ns = standard_exponential(&mut self.stream) * self.states[self.state].mean_ns;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{rate, times};
    use super::*;

    fn mmpp(states: &[(f64, Span)]) -> Mmpp {
        let states = states.iter().map(|&(per_sec, mean)| MmppState { rate: rate(per_sec), mean });
        Mmpp { states: states.collect() }
    }

    fn error(states: &[(f64, Span)]) -> String {
        mmpp(states).process().unwrap_err().to_string()
    }

    const MINUTE: Span = Span::from_secs(60);

    #[test]
    fn the_mean_rate_is_that_of_the_states_weighted_by_their_time() {
        let process = mmpp(&[(10.0, MINUTE), (1000.0, Span::from_secs(3))]).process().unwrap();
        let mean = process.mean_rate().unwrap();
        assert!((mean - (600.0 + 3000.0) / 63.0).abs() < 1e-9);
        let counts: Vec<f64> =
            (0..100).map(|i| times(&*process, i, 6300).len() as f64 / 6300.0).collect();
        let average = counts.iter().sum::<f64>() / 100.0;
        let variance = counts.iter().map(|c| (c - average) * (c - average)).sum::<f64>() / 99.0;
        // The start in the first state weighs less than a cycle in a hundred.
        let error = (average - mean) / (variance / 100.0).sqrt();
        assert!(error.abs() < 4.0, "{average} a second, {mean} due: {error} standard errors");
        // Far more spread than Poisson's own, which is mean / 6300.
        assert!(variance > 20.0 * mean / 6300.0, "variance {variance}");
    }

    #[test]
    fn a_state_may_be_silent() {
        let process = mmpp(&[(0.0, MINUTE), (50.0, MINUTE)]).process().unwrap();
        let times = times(&*process, 0, 60_000);
        let pauses = times.windows(2).filter(|w| w[1] - w[0] > Span::from_secs(2)).count();
        // 500 cycles, of whose pauses exp(-2/60) are longer than two seconds.
        assert!((400..570).contains(&pauses), "{pauses} pauses");
    }

    #[test]
    fn the_same_key_gives_the_same_arrivals() {
        let process = mmpp(&[(1.0, MINUTE), (5.0, MINUTE)]).process().unwrap();
        assert_eq!(times(&*process, 3, 1000), times(&*process, 3, 1000));
        assert_ne!(times(&*process, 3, 1000), times(&*process, 4, 1000));
    }

    #[test]
    fn states_that_make_no_process_are_errors() {
        assert_eq!(
            error(&[(1.0, MINUTE)]),
            "states: two or more states are needed: for one rate throughout take `poisson`"
        );
        assert_eq!(
            error(&[(1.0, MINUTE), (2.0, Span::ZERO)]),
            "states[1].mean: a state must last some time: write a mean above zero, as in \"60s\""
        );
        assert_eq!(
            error(&[(0.0, MINUTE), (0.0, MINUTE)]),
            "states: nothing would ever arrive: give one of the states a rate above zero"
        );
        assert!(error(&[(0.0, MINUTE), (2e9, MINUTE)]).starts_with("states[1].rate: 2000000000/s"));
        let tiny = Span::from_nanos(1);
        assert!(
            error(&[(1.0, tiny), (3.0, tiny)])
                .starts_with("states: the states change 500000000 times for each arrival: make")
        );
    }
}
