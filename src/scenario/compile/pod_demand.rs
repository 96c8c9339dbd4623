//! What the pods of a member ask for.

use super::super::schema::Service;
use super::applications::nth;
use crate::policy::orchestration::kubernetes::{
    Amounts, Container, GpuRequest, Names, Resource, Template, toleration,
};
use crate::quantity::{Bytes, Millicpu};
use crate::workload::trace::TracedPod;

/// What members of a service may differ in.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Demand {
    pub(super) cpu: Option<Millicpu>,
    pub(super) memory: Option<Bytes>,
    pub(super) priority: i32,
    /// What the trace tells that makes the members, which holds before the others.
    pub(super) traced: Option<TracedPod>,
}

/// The taint of nodes with too little memory.
pub(super) const MEMORY_PRESSURE: &str = "node.kubernetes.io/memory-pressure:NoSchedule";

impl Demand {
    /// What a member of a service asks for.
    pub(super) fn of(service: &Service, member: usize, traced: Option<TracedPod>) -> Self {
        let pod = traced.as_ref();
        Self {
            cpu: pod.map(|pod| pod.cpu).or(nth(service.cpu.as_ref(), member)),
            memory: pod.map(|pod| pod.memory).or(nth(service.memory.as_ref(), member)),
            priority: nth(service.priority.as_ref(), member).unwrap_or(0),
            traced,
        }
    }

    /// The same without CPU and memory.
    pub(super) fn without_room(&self) -> Self {
        Self { cpu: None, memory: None, ..self.clone() }
    }

    /// Whether pods ask for nothing and have no limit, so that they are kept away from nodes with too little memory
    /// (Kubernetes documentation, taints and tolerations: all others are given the toleration, and so are those of daemon sets).
    fn is_best_effort(&self, service: &Service) -> bool {
        let asks = self.cpu.is_some_and(|cpu| cpu > Millicpu::ZERO)
            || self.memory.is_some_and(|memory| memory > Bytes::ZERO);
        let limits = service.pod.as_ref().map(|pod| (pod.cpu_limit, pod.memory_limit));
        !asks && limits.is_none_or(|limits| limits == (None, None))
    }

    /// A template that asks for so much.
    pub(super) fn template(
        &self,
        common: &Template,
        service: &Service,
        names: &mut Names,
    ) -> Template {
        let mut template = common.clone();
        let amount = |amount: u64| i64::try_from(amount).unwrap_or(i64::MAX);
        let Demand { cpu, memory, priority, traced } = self;
        let mut container = Container {
            request: template.request.clone(),
            names_cpu: service.cpu.is_some() || traced.is_some(),
            names_memory: service.memory.is_some() || traced.is_some(),
            stays: false,
        };
        container.request.set(Resource::CPU, amount(cpu.map_or(0, Millicpu::get)));
        container.request.set(Resource::MEMORY, amount(memory.map_or(0, Bytes::get)));
        template.demand(&[container], &[], &Amounts::default());
        template.priority = *priority;
        if template.daemon || !self.is_best_effort(service) {
            template.tolerations.extend(toleration(MEMORY_PRESSURE, names));
        }
        if let Some(TracedPod { gpus, gpu_milli, models, .. }) = traced {
            let models = models.iter().map(|model| names.symbol(model)).collect();
            template.gpus = GpuRequest { count: *gpus, milli: (*gpu_milli).into(), models };
        }
        template
    }
}
