//! A small schema with every form that a scenario file has.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::kernel::Span;
use crate::quantity::{Bytes, Millicpu, Probability};

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub horizon: Span,
    pub seed: Option<u64>,
    #[serde(default)]
    pub service: BTreeMap<String, Service>,
    #[serde(default)]
    pub platform: BTreeMap<String, Platform>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Service {
    pub demand: Distribution,
    pub memory: Option<Bytes>,
    #[serde(default)]
    pub calls: Vec<Call>,
    pub window: Option<(Span, Span)>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Call {
    pub service: String,
    pub probability: Option<Probability>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Distribution {
    Constant(Span),
    Exponential(Mean),
    Mixture(Vec<Distribution>),
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Mean {
    pub mean: Span,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Platform {
    Servers(Servers),
    Faas(Faas),
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Servers {
    pub servers: u32,
    pub speed: f64,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Faas {
    pub keep_alive: KeepAlive,
    pub placement: Option<Placement>,
    #[serde(default)]
    pub hosts: Hosts,
}

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(try_from = "Vec<Host>")]
pub(super) struct Hosts(pub Vec<Host>);

impl TryFrom<Vec<Host>> for Hosts {
    type Error = &'static str;
    fn try_from(hosts: Vec<Host>) -> Result<Self, &'static str> {
        if hosts.is_empty() { Err("a platform needs a host") } else { Ok(Self(hosts)) }
    }
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Host {
    pub cpu: Millicpu,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum KeepAlive {
    None,
    Infinite(Infinite),
    Fixed(Fixed),
    Histogram {
        #[serde(default)]
        bins: u32,
    },
}

#[derive(Debug, PartialEq, Deserialize)]
pub(super) struct Infinite;

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Fixed {
    pub window: Span,
    #[serde(default)]
    pub jitter: f64,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Placement {
    FirstFit,
    BestFit,
}
