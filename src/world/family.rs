//! What a run knows of a service, and of a family of services.

use super::workflow::Shape;
use super::{CallSpec, FamilySpec, Specification, World};
use crate::kernel::{Seed, Span, StreamKey};
use crate::model::{ApplicationId, FamilyId, Request, ServiceId, Stretch};

/// What a run knows of a service.
#[derive(Clone, Copy, Debug)]
pub(super) struct Service {
    pub(super) family: FamilyId,
    /// On a platform with instances; 0 elsewhere.
    pub(super) application: ApplicationId,
    /// By how much its demands take longer on its instances.
    pub(super) stretch: Stretch,
}

/// What a run knows of a family beside its specification.
#[derive(Debug)]
pub(super) struct Family<'a> {
    pub(super) spec: &'a FamilySpec,
    /// The first of the services that requests to it name: of a version, those of its service.
    pub(super) first: ServiceId,
    pub(super) demand: StreamKey,
    pub(super) cold_demand: StreamKey,
    pub(super) failure: StreamKey,
    pub(super) poison: StreamKey,
    pub(super) popularity: StreamKey,
    /// The calls of the plan, in order.
    pub(super) calls: Vec<&'a CallSpec>,
    /// How its jobs depend on each other, if it is a workflow.
    pub(super) shape: Shape,
}

impl<'a> Family<'a> {
    /// The work of a request with this lineage, on an instance that does not stretch it: told by its trace,
    /// or drawn.
    #[inline(always)]
    pub(super) fn demand_of(&self, request: &Request, lineage: StreamKey) -> Span {
        match (request.demand, &self.spec.demand) {
            (Request::UNTOLD, Some(demand)) => {
                let index = request.service.number() - self.first.number();
                demand.get(index).span(&mut self.demand.draws_for(lineage))
            }
            (Request::UNTOLD, None) => Span::ZERO,
            (demand, _) => demand,
        }
    }

    pub(super) fn new(spec: &'a FamilySpec, all: &Specification, seed: Seed) -> Self {
        let asked = spec.version_of.map_or(spec, |asked| &all.families[asked.index()]);
        let key = |purpose: &str| seed.key(&format!("service.{}.{purpose}", asked.name));
        Self {
            demand: key("demand"),
            cold_demand: key("cold_demand"),
            failure: key("failure"),
            poison: key("poison"),
            popularity: key("popularity"),
            calls: spec.plan.iter().flatten().collect(),
            shape: Shape::of(spec),
            first: asked.first,
            spec,
        }
    }
}

impl<'a> World<'a> {
    /// A family of services.
    #[inline(always)]
    pub(super) fn family(&self, family: FamilyId) -> &Family<'a> {
        &self.families[family.index()]
    }
}
