//! What files may say of every kind of policy.

use std::fmt::Debug;

use cloudsched::policy::CATALOGUES;
use cloudsched::policy::autoscaling::{AUTOSCALINGS, AutoscalingChoice};
use cloudsched::policy::balance::{BALANCES, BalanceChoice};
use cloudsched::policy::capacity::{CAPACITIES, CapacityChoice};
use cloudsched::policy::catalogue::{Catalogue, Choice};
use cloudsched::policy::delivery::{DELIVERIES, DeliveryChoice};
use cloudsched::policy::discipline::{DISCIPLINES, DisciplineChoice};
use cloudsched::policy::eviction::{EVICTIONS, EvictionChoice};
use cloudsched::policy::exposure::{EXPOSURES, ExposureChoice};
use cloudsched::policy::keep_alive::{KEEP_ALIVES, KeepAliveChoice};
use cloudsched::policy::node_autoscaling::{NODE_AUTOSCALINGS, NodeAutoscalingChoice};
use cloudsched::policy::placement::{PLACEMENTS, PlacementChoice};
use cloudsched::policy::pollers::{POLLERS, PollersChoice};
use cloudsched::policy::release::{STRATEGIES, StrategyChoice};
use cloudsched::policy::replica_autoscaling::{REPLICA_AUTOSCALINGS, ReplicaAutoscalingChoice};
use cloudsched::policy::rollout::{ROLLOUTS, RolloutChoice};
use cloudsched::policy::scaling::{SCALINGS, ScalingChoice};
use cloudsched::policy::scheduler::{SCHEDULERS, SchedulerChoice};
use cloudsched::pricing::sheet::{PriceChoice, SHEETS};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::needed;

/// Asserts that parser and schema take what files may say of this kind, and refuse the rest.
fn reads<C: Choice + Debug + DeserializeOwned + JsonSchema>(catalogue: &Catalogue) {
    let schema = schemars::schema_for!(C).to_value();
    let validator = jsonschema::validator_for(&schema).expect("it is a JSON Schema");
    let read = |value: &Value| {
        let choice = serde_json::from_value::<C>(value.clone());
        assert_eq!(choice.is_ok(), validator.is_valid(value), "{value}: {choice:?}");
        choice.map_err(|error| error.to_string())
    };
    for entry in catalogue.entries {
        let needed = needed(entry);
        let missing = needed.as_object().and_then(|needed| needed.keys().next());
        let told = missing.map(|name| format!("missing field `{name}`"));
        assert_eq!(read(&json!(entry.name)).err(), told);
        assert_eq!(read(&json!({ entry.name: {} })).err(), told);
        read(&json!({ entry.name: needed })).expect(entry.name);

        let mut more = needed.clone();
        more["no-such-parameter"] = json!(1);
        let error = read(&json!({ entry.name: more })).expect_err("it is wrong");
        assert!(error.starts_with("unknown field `no-such-parameter`"), "{error}");
        let error = read(&json!({ entry.name: needed, "zzz": {} })).expect_err("it is wrong");
        let expected = format!("`{}` and `zzz`: only one {} can be", entry.name, catalogue.kind);
        assert!(error.starts_with(&expected), "{error}");
    }
    for unknown in [json!("no-such-policy"), json!({ "no-such-policy": {} })] {
        let error = read(&unknown).expect_err("it is wrong");
        let first = catalogue.entries[0].name;
        let known = error.strip_prefix("unknown variant `no-such-policy`, expected ");
        let known = known.map(|known| known.strip_prefix("one of ").unwrap_or(known));
        assert!(known.is_some_and(|known| known.starts_with(&format!("`{first}`"))), "{error}");
    }
    for wrong in [json!({}), json!(1), json!(null), json!(["a"]), json!("")] {
        let error = read(&wrong).expect_err("it is wrong");
        assert!(error.contains(catalogue.kind) || error.contains("unknown variant ``"), "{error}");
    }
}

#[test]
fn every_kind_reads_its_policies_and_nothing_else() {
    reads::<PlacementChoice>(&PLACEMENTS);
    reads::<EvictionChoice>(&EVICTIONS);
    reads::<KeepAliveChoice>(&KEEP_ALIVES);
    reads::<ScalingChoice>(&SCALINGS);
    reads::<AutoscalingChoice>(&AUTOSCALINGS);
    reads::<SchedulerChoice>(&SCHEDULERS);
    reads::<NodeAutoscalingChoice>(&NODE_AUTOSCALINGS);
    reads::<ReplicaAutoscalingChoice>(&REPLICA_AUTOSCALINGS);
    reads::<RolloutChoice>(&ROLLOUTS);
    reads::<ExposureChoice>(&EXPOSURES);
    reads::<CapacityChoice>(&CAPACITIES);
    reads::<BalanceChoice>(&BALANCES);
    reads::<DisciplineChoice>(&DISCIPLINES);
    reads::<PriceChoice>(&SHEETS);
    reads::<DeliveryChoice>(&DELIVERIES);
    reads::<PollersChoice>(&POLLERS);
    reads::<StrategyChoice>(&STRATEGIES);
    assert_eq!(CATALOGUES.len(), 16, "a new kind is read here too");
}
