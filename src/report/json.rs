//! A run as a JSON object.

use std::collections::BTreeSet;

use serde::ser::{Serialize, SerializeMap, SerializeStruct, Serializer};

use super::estimate::CONFIDENCE;
use super::warning::RunWarning;
use crate::metric::{Batches, Bill, Named, RequestFigures, RunOutcome, Value};
use crate::pricing::{HOUR, Line, MONTH};
use crate::quantity::Money;

/// A run and the name of its scenario; serialises as the object that interface users read. Its keys
/// are in the order of the catalogue; what is not defined for the run is null.
#[derive(Clone, Copy, Debug)]
pub struct RunReport<'a> {
    /// What the scenario is called.
    pub scenario: &'a str,
    /// What came out.
    pub outcome: &'a RunOutcome,
}

impl Serialize for RunReport<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let outcome = self.outcome;
        let requests = |named: &Named<_>| outcome.request_metrics(&named.of);
        let mut object = to.serialize_struct("run", 13)?;
        object.serialize_field("scenario", self.scenario)?;
        object.serialize_field("seed", &outcome.seed.number())?;
        object.serialize_field("version", env!("CARGO_PKG_VERSION"))?;
        object.serialize_field("digest", &outcome.digest.to_string())?;
        object.serialize_field("metrics", &Metrics(outcome.metrics()))?;
        let batches = outcome.batches.as_ref().and_then(Batches::count);
        object.serialize_field("batches", &batches)?;
        let half_widths = outcome
            .half_widths(CONFIDENCE)
            .into_iter()
            .map(|(name, half_width)| (name, half_width.and_then(Result::ok).map(Value::Real)));
        object.serialize_field("half_widths", &Metrics(half_widths.collect()))?;
        let warm_up = outcome.warm_up();
        let metrics: Vec<Option<Value>> =
            outcome.metrics().into_iter().map(|(_, value)| value).collect();
        let unsettled = outcome.unsettled.iter().map(|of| RunWarning::of(of, warm_up));
        let warnings = unsettled.chain(RunWarning::unanswered([&*metrics]));
        let warnings: Vec<String> = warnings.map(|warning| warning.to_string()).collect();
        object.serialize_field("warnings", &warnings)?;
        let members = own_members(outcome);
        let services = outcome.services.iter().chain(members);
        let services = services.map(|named| (named.name.as_str(), Metrics(requests(named))));
        object.serialize_field("services", &Map(services.collect()))?;
        let platform = |named: &'_ Named<_>| Metrics(outcome.platform_metrics(&named.of));
        object.serialize_field("platforms", &by_name(&outcome.platforms, platform))?;
        let client = |named: &'_ Named<_>| Metrics(requests(named));
        object.serialize_field("clients", &by_name(&outcome.clients, client))?;
        if !outcome.releases.is_empty() {
            let release = |named: &'_ Named<_>| Metrics(outcome.release_metrics(&named.of));
            object.serialize_field("releases", &by_name(&outcome.releases, release))?;
        }
        object.serialize_field("cost", &Cost(outcome))?;
        object.end()
    }
}

/// The members, but for those that are the only one of their family and have its name.
pub(super) fn own_members(outcome: &RunOutcome) -> impl Iterator<Item = &Named<RequestFigures>> {
    let families: BTreeSet<&str> = outcome.services.iter().map(|s| s.name.as_str()).collect();
    outcome.members.iter().filter(move |member| !families.contains(member.name.as_str()))
}

/// An object with its entries in this order.
struct Map<'a, T>(Vec<(&'a str, T)>);

fn by_name<T, U>(list: &[Named<T>], of: impl Fn(&Named<T>) -> U) -> Map<'_, U> {
    Map(list.iter().map(|named| (named.name.as_str(), of(named))).collect())
}

impl<T: Serialize> Serialize for Map<'_, T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

/// Metrics under their names.
struct Metrics(Vec<(&'static str, Option<Value>)>);

impl Serialize for Metrics {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

/// The bill.
struct Cost<'a>(&'a RunOutcome);

impl Serialize for Cost<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let month = self.0.cost_of_month().map(|cost| Month(self.0, cost));
        let mut object = to.serialize_struct("cost", 3)?;
        object.serialize_field("total_usd", &self.0.cost().as_usd())?;
        object.serialize_field("lines", &bill_lines(self.0, |bill| &bill.lines))?;
        object.serialize_field("monthly", &month)?;
        object.end()
    }
}

/// The bill of a month like the measured time.
struct Month<'a>(&'a RunOutcome, Money);

impl Serialize for Month<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut object = to.serialize_struct("monthly", 4)?;
        object.serialize_field("extrapolated", &true)?;
        object.serialize_field("hours", &(u128::from(MONTH.as_nanos()) / HOUR))?;
        object.serialize_field("total_usd", &self.1.as_usd())?;
        object.serialize_field("lines", &bill_lines(self.0, |bill| &bill.month))?;
        object.end()
    }
}

fn bill_lines(outcome: &RunOutcome, of: fn(&Bill) -> &[Line]) -> Vec<BillLine<'_>> {
    let all = outcome.platforms.iter().flat_map(|platform| {
        of(&platform.of.1).iter().map(|line| BillLine { platform: &platform.name, line })
    });
    all.collect()
}

/// A line of the bill of a platform.
struct BillLine<'a> {
    platform: &'a str,
    line: &'a Line,
}

impl Serialize for BillLine<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut object = to.serialize_struct("line", 6)?;
        object.serialize_field("platform", self.platform)?;
        object.serialize_field("item", self.line.item)?;
        object.serialize_field("quantity", &self.line.quantity())?;
        object.serialize_field("unit", &self.line.unit)?;
        object.serialize_field("price_usd", &self.line.price.as_usd())?;
        object.serialize_field("cost_usd", &self.line.cost.as_usd())?;
        object.end()
    }
}
