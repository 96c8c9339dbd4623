//! What metrics are computed by.

use super::catalogue::Value;
use super::hosts::{HostFigures, NodeFigures};
use super::platform::{Area, InstanceFigures, either};
use super::{MessageFigures, Observed, PlatformFigures, PodFigures, RequestFigures};
use crate::kernel::Span;
use crate::platform::faas::Phase;
use crate::stats::{Histogram, Moments};

#[expect(clippy::unnecessary_wraps, reason = "an entry of the catalogue gives an Option")]
pub(super) fn count(value: u64) -> Option<Value> {
    Some(Value::Count(value))
}

pub(super) fn millis(seconds: Option<f64>) -> Option<Value> {
    seconds.map(|seconds| Value::Real(seconds * 1e3))
}

pub(super) fn seconds(spans: &Moments) -> Option<Value> {
    spans.mean().map(Value::Real)
}

pub(super) fn greatest(histogram: &Histogram) -> Option<Value> {
    histogram.max().map(|span| Value::Real(span.as_millis_f64()))
}

pub(super) fn ratio(part: f64, whole: f64) -> Option<Value> {
    (whole > 0.0).then(|| Value::Real(part / whole))
}

/// The starts of requests on platforms with instances: cold ones and all.
pub(super) fn starts(requests: &RequestFigures) -> (u64, u64) {
    let cold = requests.cold_start.count();
    (cold, cold + requests.warm_starts)
}

pub(super) fn mean(area: Area, time: Span) -> Option<Value> {
    area.mean(time).map(Value::Real)
}

pub(super) fn idle(all: Area, starting: Area, busy: Area) -> Area {
    Area { area: all.area - starting.area - busy.area, max: None }
}

/// How long instances and servers were there, in hours; `None` where there are neither.
pub(super) fn hours(platform: &PlatformFigures, time: Span) -> Option<Value> {
    let instances = platform.instances.and_then(|instances| instances.instances.mean(time));
    let servers = platform.servers.and_then(|servers| servers.mean(time));
    let at_once = either(instances, servers, |a, b| a + b)?;
    Some(Value::Real(at_once * time.as_secs_f64() / 3600.0))
}

#[expect(clippy::unnecessary_wraps, reason = "an entry of the catalogue gives an Option")]
pub(super) fn gib_s(area: Area) -> Option<Value> {
    Some(Value::Real(area.area as f64 / ((1_u64 << 30) as f64 * 1e9)))
}

pub(super) fn of_messages(
    requests: &RequestFigures,
    get: impl FnOnce(&MessageFigures) -> Option<Value>,
) -> Option<Value> {
    requests.messages.as_deref().and_then(get)
}

pub(super) fn of_instances(
    platform: &PlatformFigures,
    get: impl FnOnce(&InstanceFigures) -> Option<Value>,
) -> Option<Value> {
    platform.instances.as_ref().and_then(get)
}

pub(super) fn of_pods(
    platform: &PlatformFigures,
    get: impl FnOnce(&PodFigures) -> Option<Value>,
) -> Option<Value> {
    platform.pods.as_ref().and_then(get)
}

/// How long it took until failures of replicas and servers were known.
pub(super) fn detection(platform: &PlatformFigures) -> Moments {
    let group = platform.servers.and_then(|servers| servers.group);
    both(platform.pods.map(|pods| pods.detection), group.map(|group| group.detection))
}

/// How long it took until failures of replicas and servers were made good.
pub(super) fn recovery(platform: &PlatformFigures) -> Moments {
    let group = platform.servers.and_then(|servers| servers.group);
    both(platform.pods.map(|pods| pods.recovery), group.map(|group| group.recovery))
}

fn both(a: Option<Moments>, b: Option<Moments>) -> Moments {
    let mut all = a.unwrap_or_default();
    all.merge(&b.unwrap_or_default());
    all
}

pub(super) fn longest(spans: &Moments) -> Option<Value> {
    spans.max().map(|span| Value::Real(span.as_millis_f64()))
}

pub(super) fn phase_mean(platform: &PlatformFigures, phase: Phase) -> Option<Value> {
    millis(platform.phases.as_ref()?.of(phase).mean())
}

pub(super) fn phase_p99(platform: &PlatformFigures, phase: Phase) -> Option<Value> {
    quantile(platform.phases.as_ref()?.of(phase), 0.99)
}

/// A quantile of spans, in milliseconds.
pub(super) fn quantile(spans: &Histogram, fraction: f64) -> Option<Value> {
    spans.quantile(fraction).map(|span| Value::Real(span.as_millis_f64()))
}

/// Something of the nodes of clusters; `None` if they are hosts of others.
pub(super) fn of_nodes(
    platform: &PlatformFigures,
    of: impl Fn(HostFigures, &NodeFigures) -> Option<Value>,
) -> Option<Value> {
    of(platform.instances?.hosts?, platform.nodes.as_ref()?)
}

/// How many starts had this phase.
pub(super) fn phase_count(all: &Observed, phase: Phase) -> u64 {
    all.platforms.phases.as_ref().map_or(0, |phases| phases.of(phase).count())
}
