//! GPUs of nodes, whole and in shares (open-gpu-share, as FGD's simulator has it).

use super::super::cluster::Cluster;
use super::super::gpu::GpuRequest;
use super::super::node::Site;
use super::super::pod::Pod;
use super::{Check, Filter, Prepared, Reason, Verdict};
use crate::kernel::Id;

/// Leaves out nodes whose GPUs are of other models than the pod allows, or that have not so many devices
/// with so much left as it asks for. It has nothing to say of pods that ask for no GPU.
///
/// Source: Weng et al., Beware of Fragmentation, USENIX ATC 2023, and its simulator, where several shares
/// of one pod may come to lie on one device; here they are on devices of their own.
#[derive(Clone, Copy, Debug, Default)]
pub struct GpuShare;

#[derive(Clone, Debug)]
struct Wanted<'a>(&'a GpuRequest);

impl Filter for GpuShare {
    fn name(&self) -> &'static str {
        "GpuShare"
    }

    fn prepare<'a>(&'a self, cluster: &'a Cluster, pod: Id<Pod>) -> Prepared<'a> {
        match &cluster.template_of(pod).gpus {
            GpuRequest { count: 0, .. } => Prepared::Skip,
            request => Prepared::Check(Box::new(Wanted(request))),
        }
    }

    fn is_local(&self, _cluster: &Cluster, _pod: Id<Pod>) -> bool {
        true
    }
}

impl Check for Wanted<'_> {
    fn check(&self, site: Site<'_>) -> Verdict {
        let Self(request) = self;
        if !request.allows(site.spec.gpus.model) {
            return Verdict::Unresolvable(Reason::GpuModel);
        }
        if site.spec.gpus.count < request.count {
            return Verdict::Unresolvable(Reason::Gpus);
        }
        let fitting = site.gpus_left().filter(|&left| left >= request.milli).count();
        if fitting < request.count.into() {
            return Verdict::Unschedulable(Reason::Gpus);
        }
        Verdict::Fits
    }
}
