//! Resources of nodes (`plugins/noderesources/fit.go`).

use super::super::cluster::Cluster;
use super::super::node::Site;
use super::super::pod::Pod;
use super::super::resources::{Lacking, Resource, is_extended_name};
use super::{Check, Filter, Prepared, Reason, Verdict};
use crate::kernel::Id;

/// Leaves out nodes that have too little left of what the pod asks for, or no place for a pod.
#[derive(Clone, Debug, Default)]
pub struct ResourceFit {
    /// Extended resources that are not looked at.
    pub ignored: Vec<String>,
    /// Domains (what stands before the slash) whose extended resources are not looked at.
    pub ignored_groups: Vec<String>,
}

#[derive(Clone, Debug)]
struct Needs(Vec<(Resource, i64)>);

impl ResourceFit {
    fn ignores(&self, cluster: &Cluster, resource: Resource) -> bool {
        if self.ignored.is_empty() && self.ignored_groups.is_empty() {
            return false;
        }
        let name = cluster.resources.name(resource).map_or("", |name| cluster.names.text(name));
        let group = name.split('/').next().unwrap_or("");
        let listed = |list: &[String], name: &str| list.iter().any(|other| other == name);
        is_extended_name(name)
            && (listed(&self.ignored, name) || listed(&self.ignored_groups, group))
    }
}

impl Filter for ResourceFit {
    fn name(&self) -> &'static str {
        "NodeResourcesFit"
    }

    fn prepare<'a>(&'a self, cluster: &'a Cluster, pod: Id<Pod>) -> Prepared<'a> {
        let wanted = cluster.template_of(pod).request.iter();
        let needs = wanted.filter(|&(resource, amount)| {
            amount != 0 && (resource.is_scalar() || amount > 0) && !self.ignores(cluster, resource)
        });
        Prepared::Check(Box::new(Needs(needs.collect())))
    }

    fn is_local(&self, _cluster: &Cluster, _pod: Id<Pod>) -> bool {
        true
    }
}

impl Check for Needs {
    fn check(&self, site: Site<'_>) -> Verdict {
        let (mut lacking, mut never) = (Lacking::default(), false);
        if site.load.pods().len() + 1 > site.spec.most_pods {
            lacking.insert(Resource::PODS);
        }
        for &(resource, amount) in &self.0 {
            let all = site.spec.allocatable.get(resource);
            if amount > all - site.load.requested().get(resource) {
                lacking.insert(resource);
                never |= amount > all;
            }
        }
        if lacking.is_empty() {
            Verdict::Fits
        } else if never {
            Verdict::Unresolvable(Reason::Lacking(lacking))
        } else {
            Verdict::Unschedulable(Reason::Lacking(lacking))
        }
    }
}
