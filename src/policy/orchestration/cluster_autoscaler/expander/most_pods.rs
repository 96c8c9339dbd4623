//! The most pods.

use std::cmp::Reverse;

use super::{Expander, Expansion, least_by};

/// `most-pods`: the most pods would find room (`mostpods/mostpods.go`).
#[derive(Clone, Copy, Debug)]
pub struct MostPods;

impl Expander for MostPods {
    fn name(&self) -> &'static str {
        "most-pods"
    }

    fn best(&self, options: &[Expansion], left: &[usize]) -> Vec<usize> {
        least_by(left, |option| Some(Reverse(options[option].pods.len())))
    }
}
