//! Services: their demands, and what they call.

use super::super::OneOrMany;
use super::super::schema::{ArrivalsForm, Call, Service};
use super::applications::Applications;
use super::dns::keeps_addresses;
use super::exchange::ExchangeForm;
use super::{Compiler, traced};
use crate::kernel::Span;
use crate::model::PlatformNumber;
use crate::quantity::Probability;
use crate::variate::{Distribution, Popularity, Variate};
use crate::workload::trace::TraceFormat;
use crate::world::{CallSpec, Cycle, FamilySpec};

/// More calls of one service than this are taken for a slip.
const MOST_CALLS: u32 = 100_000;

/// How many calls a service makes, or jobs a workflow has.
#[derive(Default)]
pub(super) struct CallCount(u32);

impl CallCount {
    /// Counts some more. How many of them are worth making: those beyond the bound are refused.
    pub(super) fn add(&mut self, more: u32) -> usize {
        let made = more.min(MOST_CALLS.saturating_sub(self.0));
        self.0 = self.0.saturating_add(more);
        made as usize
    }

    pub(super) fn is_sane(&self) -> bool {
        self.0 <= MOST_CALLS
    }
}

/// Probabilities by member.
fn probabilities(many: Option<&OneOrMany<Probability>>) -> Option<Cycle<Probability>> {
    many.and_then(|many| Cycle::of(many.values().to_vec()))
}

impl Compiler<'_> {
    pub(super) fn services(&mut self, applications: &Applications<'_>) -> Vec<FamilySpec> {
        self.check_calls();
        let mut specs = Vec::new();
        for (name, service) in &self.scenario.service {
            let platform = self.platform_of(name, service);
            let range = self.families[name.as_str()];
            let demand = self.demand(name, service);
            let spec = FamilySpec {
                name: name.clone(),
                version_of: self.version_of(name),
                first: range.first,
                count: range.count,
                member_names: self.template_of(name).map(|(_, loaded)| loaded.names.clone()),
                platform: platform.unwrap_or_default(),
                applications: self.applications_of(name, service, applications),
                stretches: self.stretches(name, service, applications),
                demand,
                cold_demand: self.variates(name, "cold_demand", service.cold_demand.as_ref()),
                priority: match &service.priority {
                    Some(many) => Cycle::of(many.values().to_vec()).expect("a list has an entry"),
                    None => Cycle::one(0),
                },
                failure: probabilities(service.failure.as_ref()),
                poison: probabilities(service.poison.as_ref()),
                popularity: self.popularity(name, service, range.count),
                plan: self.plan(name, service),
                jobs: Vec::new(),
                keeps_addresses: keeps_addresses(service),
            };
            specs.push(spec);
            self.warn_of_unused(name, service);
        }
        specs
    }

    fn platform_of(&mut self, name: &str, service: &Service) -> Option<PlatformNumber> {
        let place = self.used_platforms().position(|used| *used == service.platform);
        if place.is_none() {
            let known: Vec<&str> = self.scenario.platform.keys().map(String::as_str).collect();
            let path = ["service", name, "platform"];
            self.unknown(&path, "platform", &service.platform, &known);
        }
        PlatformNumber::try_from(place?).ok()
    }

    /// The demand as the file gives it, or as the trace gives it by member.
    fn demand(&mut self, name: &str, service: &Service) -> Option<Cycle<Variate>> {
        let own = self.variates(name, "demand", service.demand.as_ref());
        if let Some((_, loaded)) = self.template_of(name)
            && loaded.demands.is_some()
        {
            return traced::demands(loaded, own.as_ref());
        }
        if self.lacks(&["service", name], "demand") && self.needs_demand(name) {
            if self.orchestrator_of(service).is_some() && !service.has_replicas() {
                // Its pods stay for ever.
                return Some(Cycle::one(Variate::constant(Span::MAX)));
            }
            self.error_with(
                &["service", name],
                format!("service `{name}` has no `demand`"),
                "add the work of a request, as in `demand.exponential = { mean = \"10ms\" }`",
            );
        }
        own
    }

    /// Whether anything but a trace that tells each demand sends requests to a service.
    fn needs_demand(&self, name: &str) -> bool {
        let name = self.asked(name);
        let names = |target: &str| {
            target == name || target.rsplit_once('.').is_some_and(|(family, _)| family == name)
        };
        let names_it = |target: &Option<String>| target.as_deref().is_some_and(names);
        let called = self.scenario.service.values().any(|service| {
            service.calls.iter().any(|call| {
                names_it(&call.service) || call.parallel.iter().any(|call| names_it(&call.service))
            })
        });
        let sent = self.scenario.client.values().any(|client| {
            let traced = match &client.arrivals {
                Some(ArrivalsForm::Trace(trace)) => match trace.format {
                    TraceFormat::Requests | TraceFormat::Azure2021 => true,
                    TraceFormat::Azure2019 => trace.durations.is_some(),
                    TraceFormat::Rate | TraceFormat::Openb => false,
                },
                _ => false,
            };
            names_it(&client.service) && !traced
        });
        let mut jobs = self.scenario.workflow.values().flat_map(|workflow| &workflow.jobs);
        let routed = || self.routes.values().any(|route| route.router == name);
        called || sent || jobs.any(|job| names(&job.service)) || routed()
    }

    fn variates(
        &mut self,
        name: &str,
        key: &str,
        many: Option<&OneOrMany<Distribution>>,
    ) -> Option<Cycle<Variate>> {
        let many = many?;
        let mut variates = Vec::new();
        for (number, distribution) in many.values().iter().enumerate() {
            let number = number.to_string();
            let listed = self.root.at(&["service", name, key, &number]).is_some();
            let place: &[&str] = if listed { &[&number] } else { &[] };
            let path = [&["service", name, key], place].concat();
            variates.extend(self.variate(&path, distribution));
        }
        Cycle::of(variates)
    }

    fn popularity(&mut self, name: &str, service: &Service, count: u32) -> Option<Popularity> {
        let form = &service.family.as_ref()?.popularity;
        if count <= 1 {
            return None;
        }
        match form.compile(count) {
            Ok(popularity) => Some(popularity),
            Err(error) => {
                self.parameter_error(&["service", name, "family", "popularity"], &error);
                None
            }
        }
    }

    /// The steps of a service's calls.
    fn plan(&mut self, name: &str, service: &Service) -> Vec<Vec<CallSpec>> {
        let mut plan = Vec::new();
        let mut total = CallCount::default();
        for (number, call) in service.calls.iter().enumerate() {
            let number = number.to_string();
            let path = ["service", name, "calls", number.as_str()];
            if call.parallel.is_empty() {
                let Some((spec, count)) = self.call(&path, call) else { continue };
                plan.extend((0..total.add(count)).map(|_| vec![spec.clone()]));
                continue;
            }
            self.check_group(&path, call);
            let mut step = Vec::new();
            for (place, call) in call.parallel.iter().enumerate() {
                let place = place.to_string();
                let path = [&path[..], &["parallel", &place]].concat();
                let Some((spec, count)) = self.call(&path, call) else { continue };
                step.extend((0..total.add(count)).map(|_| spec.clone()));
            }
            plan.push(step);
        }
        self.expect(
            total.is_sane(),
            &["service", name, "calls"],
            "a request makes more than 100000 calls",
            "write smaller counts",
        );
        plan
    }

    /// A group of calls at the same time says nothing else.
    fn check_group(&mut self, path: &[&str], group: &Call) {
        let Call { service, parallel, probability, count, timeout, latency, retries, .. } = group;
        let alone = service.is_none()
            && probability.is_none()
            && count.is_none()
            && timeout.is_none()
            && latency.is_none()
            && retries.is_none();
        self.expect(
            alone,
            path,
            "`parallel` stands alone: the keys of a call go into the calls of its list",
            "as in `{ parallel = [{ service = \"a\" }, { service = \"b\", timeout = \"1s\" }] }`",
        );
        let nested = parallel.iter().any(|call| !call.parallel.is_empty());
        self.expect(
            !nested,
            path,
            "`parallel` does not stand in `parallel`",
            "write all calls of the step into one list",
        );
    }

    fn call(&mut self, path: &[&str], call: &Call) -> Option<(CallSpec, u32)> {
        let Some(service) = &call.service else {
            self.expect(
                !call.parallel.is_empty()
                    || self.misspells(path, "parallel")
                    || !self.lacks(path, "service"),
                path,
                "a call says which service it calls",
                "add `service = \"NAME\"`",
            );
            return None;
        };
        let target = self.target(&[path, &["service"]].concat(), service);
        self.expect(
            call.count != Some(0),
            &[path, &["count"]].concat(),
            "a call is made at least once",
            "write 1 or more, or leave the call out",
        );
        let exchange = ExchangeForm {
            timeout: call.timeout,
            abandoned: call.abandoned,
            latency: call.latency.as_ref(),
            retries: call.retries.as_ref(),
        };
        let exchange = self.exchange(path, &exchange);
        let probability = call.probability.map_or(1.0, Probability::get);
        let from = self.scenario.service.get(path[1]).map(|caller| caller.platform.as_str());
        let target = self.by_route(target?, from);
        Some((CallSpec { target, probability, exchange }, call.count.unwrap_or(1)))
    }
}
