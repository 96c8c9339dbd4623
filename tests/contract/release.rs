//! What holds of every release strategy.

use std::path::Path;

use cloudsched::policy::release::{STRATEGIES, StrategyChoice};

use crate::policies;

/// More steps than any strategy takes with the parameters of its examples.
const MANY: u32 = 10_000;

#[test]
fn every_strategy_comes_to_an_end_and_takes_no_step_back() {
    for (name, StrategyChoice(mut strategy)) in policies(&STRATEGIES) {
        assert_eq!(strategy.prepare(Path::new("")), Ok(()), "{name}");
        let steps: Vec<_> = (0..MANY).map_while(|number| strategy.step(number)).collect();
        assert!(steps.len() < MANY as usize, "{name}");
        assert!(steps.iter().all(|step| (0.0..=1.0).contains(&step.weight)), "{name}");
        assert!(steps.windows(2).all(|pair| pair[0].weight <= pair[1].weight), "{name}");
        assert!(!strategy.replaces_instances() || steps.is_empty(), "{name}");
    }
}
