//! Faults of hosts, nodes and replicas.

use proptest::prelude::*;

/// None, or faults of the platform that is written before, which has hosts.
pub(super) fn of_hosts() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "",
        "FAULT at = [\"500ms\", \"4s\"]\nlasts.constant = \"2s\"\n",
        "FAULT between.exponential.mean = \"3s\"\nlasts.exponential.mean = \"500ms\"\nhosts = \"0\"\n",
        "FAULT kind = \"spot\"\nnotice = \"1s\"\nbetween.exponential.mean = \"3s\"\n\
         lasts.exponential.mean = \"500ms\"\n",
    ])
}

/// The same of a cluster.
pub(super) fn of_nodes() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "",
        "",
        "FAULT at = [\"500ms\", \"4s\"]\nlasts.constant = \"2s\"\n",
        "FAULT between.exponential.mean = \"3s\"\nlasts.exponential.mean = \"500ms\"\n\
         match = \"kubernetes.io/hostname=node-0\"\n",
        "FAULT kind = \"partition\"\nat = [\"500ms\", \"4s\"]\nlasts.constant = \"2s\"\n",
        "FAULT kind = \"slow\"\nspeed = 0.1\nat = [\"500ms\", \"4s\"]\nlasts.exponential.mean = \"2s\"\n",
        "FAULT kind = \"spot\"\nnotice = \"1s\"\nbetween.exponential.mean = \"3s\"\nlasts.constant = \"2s\"\n",
    ])
}

/// What may happen to replicas, for a cluster without a fault of nodes.
pub(super) fn of_containers() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "",
        "FAULT kind = \"container-crash\"\nbetween.exponential.mean = \"2s\"\n",
        "FAULT kind = \"hang\"\nbetween.exponential.mean = \"2s\"\nlasts.exponential.mean = \"1s\"\n",
        "FAULT kind = \"hang\"\nat = [\"1s\", \"2s\", \"3s\"]\nlasts.constant = \"10s\"\n",
    ])
}
