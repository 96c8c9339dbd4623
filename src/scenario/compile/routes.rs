//! Services to which requests from outside come by way of another service, the router: each such way is a service of its
//! own, which runs in the pods of the router and calls the service behind it.

use std::num::NonZeroU8;

use super::super::schema::{ArrivalsForm, Client, OrchestratorForm, Service};
use super::Compiler;
use super::applications::Applications;
use crate::kernel::Span;
use crate::model::{Abandoned, Backoff, Exchange, FamilyId, ServiceId};
use crate::policy::exposure::{Exposure, ExposureChoice};
use crate::variate::Variate;
use crate::workload::trace::TraceFormat;
use crate::world::{CallSpec, FamilySpec, Target};

/// A way by a router, before it is compiled.
#[derive(Clone, Copy, Debug)]
pub(super) struct RouteDraft<'a> {
    /// The service behind it, and its platform.
    service: &'a str,
    platform: &'a str,
    /// The service that hands requests on.
    pub(super) router: &'a str,
    /// The number of the service that the way is.
    id: ServiceId,
    latency: Span,
    timeout: Span,
    tries: NonZeroU8,
}

impl<'a> Compiler<'a> {
    /// How a service is exposed to requests from outside, if it is. What all services of a cluster have does not hold for
    /// the router that it names.
    pub(super) fn exposure<'f>(
        &mut self,
        name: &str,
        service: &'f Service,
        platform: &'f OrchestratorForm,
    ) -> Option<&'f dyn Exposure> {
        let path = exposure_path(name, service);
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        let exposure = exposed(self.asked(name), service, platform)?;
        if let Err(error) = exposure.check() {
            self.parameter_error(&path, &error);
        }
        self.expect(
            exposure.way().nodes.is_none() || platform.serverless.is_none(),
            &path,
            "each pod has a machine of its own here, and requests cannot come by way of nodes",
            "write `exposure = \"load-balancer\"`",
        );
        Some(exposure)
    }

    /// Gives every way by a router a number behind those of all services.
    pub(super) fn number_routes(&mut self) {
        let first: u32 = self.families.values().map(|range| range.count).sum();
        for (name, service) in &self.scenario.service {
            let Some(platform) = self.orchestrator_of(service) else { continue };
            if self.is_version(name) || !service.has_replicas() {
                continue;
            }
            let route = exposed(name, service, platform).and_then(Exposure::route);
            let Some(route) = route.filter(|_| self.check_route(name, service)) else { continue };
            let draft = RouteDraft {
                service: name,
                platform: &service.platform,
                router: route.router,
                id: ServiceId::new(first + self.routes.len() as u32),
                latency: route.latency,
                timeout: route.timeout,
                tries: route.tries,
            };
            self.routes.insert(self.families[name.as_str()].first, draft);
        }
    }

    /// Whether the way to a service by its router can be.
    fn check_route(&mut self, name: &str, service: &'a Service) -> bool {
        let errors = self.problems.errors();
        let path = exposure_path(name, service);
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        let Some(platform) = self.orchestrator_of(service) else { return false };
        let Some(route) = exposed(name, service, platform).and_then(Exposure::route) else {
            return false;
        };
        let kind = self.root.at(&path).and_then(|node| node.entries().first());
        let kind = kind.map_or("ingress", |(key, _)| &key.name).to_owned();
        let path = [&path[..], &[&kind, "router"]].concat();
        let Some(router) = self.scenario.service.get(route.router) else {
            let known = self.service_names();
            self.unknown(&path, "service", route.router, &known);
            return false;
        };
        let router_name = route.router;
        self.expect(
            router.platform == service.platform && router.has_replicas(),
            &path,
            &format!("`{router_name}` has no replicas on `{}`", service.platform),
            "a router is a service with `replicas` on the same cluster",
        );
        self.expect(
            router.calls.is_empty() && router.family.is_none() && !self.is_version(router_name),
            &path,
            &format!("`{router_name}` is a family, a version or calls others"),
            "a router is one service that hands on what comes to it, and nothing else",
        );
        self.expect(
            exposed(router_name, router, platform).and_then(Exposure::route).is_none(),
            &path,
            &format!("`{router_name}` is behind a router itself"),
            "give its `pod` another `exposure`, such as \"load-balancer\"",
        );
        let is_released = self.scenario.release.values().any(|form| form.service == router_name);
        self.expect(
            !is_released,
            &path,
            &format!("`{router_name}` has a release, and new versions of routers are not modelled"),
            "leave its `release` out",
        );
        self.expect(
            self.families[name].count == 1,
            &path,
            &format!("`{name}` is a family, and a router knows one service"),
            "give its `pod` another `exposure`, such as \"load-balancer\"",
        );
        self.problems.errors() == errors
    }

    /// Where a request goes that is sent from a platform, or by a client: by the router of the service, if it comes from
    /// outside.
    pub(super) fn by_route(&self, target: Target, from: Option<&str>) -> Target {
        let Target::Service(service) = target else { return target };
        match self.routes.get(&service) {
            Some(route) if from != Some(route.platform) => Target::Service(route.id),
            _ => target,
        }
    }

    /// Where the requests of a client go, by routers or at once.
    pub(super) fn by_routes(
        &mut self,
        name: &str,
        client: &Client,
        targets: &[Target],
    ) -> Vec<Target> {
        let routed: Vec<Target> =
            targets.iter().map(|target| self.by_route(*target, None)).collect();
        let tells = match &client.arrivals {
            Some(ArrivalsForm::Trace(trace)) => trace.format != TraceFormat::Rate,
            _ => false,
        };
        self.expect(
            routed == targets || !tells,
            &["client", name, "arrivals", "trace"],
            "a trace tells the work of requests that come by a router first, which has work of its own",
            "give the service another `exposure`, or the client other arrivals",
        );
        routed
    }

    /// The services that are ways by routers, in the order of their numbers, behind those of the file.
    pub(super) fn routes(
        &self,
        families: &[FamilySpec],
        applications: &Applications<'_>,
    ) -> Vec<FamilySpec> {
        let mut drafts: Vec<(ServiceId, &RouteDraft<'_>)> =
            self.routes.iter().map(|(service, draft)| (*service, draft)).collect();
        drafts.sort_by_key(|(_, draft)| draft.id);
        let route = |(service, draft): (ServiceId, &RouteDraft<'_>)| {
            let router: FamilyId = self.families[draft.router].family;
            let router = &families[router.index()];
            // Half of it there, half of it back.
            let latency = Variate::constant(Span::from_nanos(draft.latency.as_nanos() / 2));
            let call = CallSpec {
                target: Target::Service(service),
                probability: 1.0,
                exchange: Exchange {
                    latency: Some(latency),
                    timeout: draft.timeout,
                    abandoned: Abandoned::Finish,
                    backoff: Backoff::NEVER,
                    tries: draft.tries.get(),
                },
            };
            FamilySpec {
                name: format!("{} via {}", draft.service, draft.router),
                version_of: None,
                first: draft.id,
                count: 1,
                member_names: None,
                platform: router.platform,
                applications: applications.of(draft.router).to_vec(),
                stretches: Vec::new(),
                demand: router.demand.clone(),
                cold_demand: None,
                priority: router.priority.clone(),
                failure: router.failure.clone(),
                poison: router.poison.clone(),
                popularity: None,
                plan: vec![vec![call]],
                jobs: Vec::new(),
                keeps_addresses: false,
            }
        };
        drafts.into_iter().map(route).collect()
    }
}

/// How a service is exposed, by its pods or its cluster.
fn exposed<'a>(
    name: &str,
    service: &'a Service,
    platform: &'a OrchestratorForm,
) -> Option<&'a dyn Exposure> {
    let own = service.pod.as_ref().and_then(|form| form.exposure.as_ref());
    let ExposureChoice(exposure) = own.or(platform.exposure.as_ref())?;
    // What stands for all services of a cluster does not hold for those without a virtual IP.
    let is_direct = own.is_none() && service.pod.as_ref().is_some_and(|form| form.dns.is_some());
    let is_router = own.is_none() && exposure.route().is_some_and(|route| route.router == name);
    (!is_router && !is_direct).then_some(&**exposure)
}

/// Where it stands how a service is exposed.
fn exposure_path(name: &str, service: &Service) -> Vec<String> {
    let own = service.pod.as_ref().is_some_and(|pod| pod.exposure.is_some());
    let path: &[&str] = if own {
        &["service", name, "pod", "exposure"]
    } else {
        &["platform", &service.platform, "exposure"]
    };
    path.iter().map(|&key| key.to_owned()).collect()
}
