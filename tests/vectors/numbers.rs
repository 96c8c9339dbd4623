//! Functions of numbers.

use cloudsched::kernel::Span;
use cloudsched::policy::orchestration::kubernetes::score::{Shape, normalise};
use cloudsched::policy::orchestration::kubernetes::{Backoff, enough_nodes};
use serde_json::Value;

use crate::json::{list, number, same};

fn numbers(value: &[Value]) -> Vec<i64> {
    value.iter().map(|number| number.as_i64().unwrap()).collect()
}

fn points(case: &Value, key: &str) -> Vec<(i64, i64)> {
    let pair = |pair: &Value| (pair[0].as_i64().unwrap(), pair[1].as_i64().unwrap());
    list(case, key).iter().map(pair).collect()
}

pub fn broken_linear_function(case: &Value) -> Result<(), String> {
    let shape = Shape::new(points(case, "points"));
    let expected = points(case, "assertions");
    let found = expected.iter().map(|&(x, _)| (x, shape.at(x))).collect();
    same(&found, &expected)
}

pub fn default_normalize_score(case: &Value) -> Result<(), String> {
    let mut scores = numbers(list(case, "scores"));
    normalise(&mut scores, case["reverse"].as_bool().unwrap());
    same(&scores, &numbers(list(case, "expected")))
}

pub fn num_feasible_nodes(case: &Value) -> Result<(), String> {
    let percentage = u8::try_from(number(case, "percentage_of_nodes_to_score")).unwrap();
    let found = enough_nodes(percentage, number(case, "num_all_nodes") as usize);
    same(&(found as u64), &case["expected"].as_u64().unwrap())
}

pub fn queue_backoff(case: &Value) -> Result<(), String> {
    let span = |key| Span::from_nanos(case[key].as_u64().unwrap());
    let backoff = Backoff { initial: span("initial_ns"), most: span("max_ns") };
    let attempts = u32::try_from(number(case, "attempts")).unwrap();
    same(&backoff.after(attempts), &span("expected_ns"))
}
