//! The filters of a profile, ready for a pod (`framework/runtime/framework.go`).

use std::borrow::Borrow;

use super::cluster::Cluster;
use super::filter::{Check, Filter, Prepared, Verdict};
use super::gpu::tightest;
use super::names::Symbol;
use super::node::{Load, Node, Site};
use super::pod::Pod;
use crate::kernel::Id;

/// What keeps a pod from a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// The name of the filter.
    pub filter: &'static str,
    /// What it says, which is not [`Verdict::Fits`].
    pub verdict: Verdict,
}

/// The first of some nodes that takes a pod, as it is.
pub fn first_that_takes(
    cluster: &Cluster,
    filters: &[Box<dyn Filter>],
    nodes: &[Id<Node>],
    pod: Id<Pod>,
) -> Option<Id<Node>> {
    if nodes.is_empty() {
        return None;
    }
    let checks = Checks::prepare(filters, cluster, pod).ok()?;
    let takes =
        |&node: &Id<Node>| checks.admits(node) && checks.plainly(cluster.at(node).site()).is_ok();
    nodes.iter().copied().find(takes)
}

/// Filters that are ready for a pod: those that have something to say of it.
#[derive(Clone, Debug)]
pub struct Checks<'a> {
    cluster: &'a Cluster,
    pod: Id<Pod>,
    ready: Vec<(&'static str, Box<dyn Check + 'a>)>,
    /// The names of the only nodes that can do, by name, with the filter that says so.
    within: Option<(&'static str, Vec<Symbol>)>,
}

impl<'a> Checks<'a> {
    /// Makes filters ready for a pod.
    ///
    /// # Errors
    /// If one of them says that no node will do.
    pub fn prepare<F: Borrow<dyn Filter>>(
        filters: &'a [F],
        cluster: &'a Cluster,
        pod: Id<Pod>,
    ) -> Result<Self, Rejection> {
        let ready = Vec::with_capacity(filters.len());
        let mut all = Self { cluster, pod, ready, within: None };
        for filter in filters.iter().map(F::borrow) {
            match filter.prepare(cluster, pod) {
                Prepared::Skip => {}
                Prepared::Reject(verdict) => {
                    return Err(Rejection { filter: filter.name(), verdict });
                }
                Prepared::Check(check) => all.ready.push((filter.name(), check)),
                Prepared::Within(names, check) => {
                    all.ready.push((filter.name(), check));
                    let names = match all.within.take() {
                        None => names,
                        Some((_, others)) => {
                            names.into_iter().filter(|name| others.contains(name)).collect()
                        }
                    };
                    all.within = Some((filter.name(), names));
                }
            }
        }
        Ok(all)
    }

    /// Whether a node is not left out from the start, without being looked at.
    pub fn admits(&self, node: Id<Node>) -> bool {
        let named = |names: &[Symbol]| names.contains(&self.cluster.node(node).name);
        self.within.as_ref().is_none_or(|(_, names)| named(names))
    }

    /// The last filter that left nodes out from the start, if one did.
    pub fn leaves_out(&self) -> Option<&'static str> {
        self.within.as_ref().map(|(filter, _)| *filter)
    }

    /// Whether every node is looked at.
    pub fn admits_all(&self) -> bool {
        self.within.is_none()
    }

    /// The first filter that keeps the pod from a node, as it is.
    ///
    /// # Errors
    /// If there is one.
    pub fn plainly(&self, site: Site<'_>) -> Result<(), Rejection> {
        for &(filter, ref check) in &self.ready {
            let verdict = check.check(site);
            if !verdict.fits() {
                return Err(Rejection { filter, verdict });
            }
        }
        Ok(())
    }

    /// The first filter that keeps the pod from a node, as it is or as it will be with the pods of no
    /// lower priority for which room is being made there.
    ///
    /// # Errors
    /// If there is one.
    pub fn fits(&self, site: Site<'_>) -> Result<(), Rejection> {
        let priority = self.cluster.template_of(self.pod).priority;
        let expected = |pod: &&Id<Pod>| {
            **pod != self.pod && self.cluster.template_of(**pod).priority >= priority
        };
        let nominated = self.cluster.nominated(site.id);
        if nominated.iter().any(|pod| expected(&pod)) {
            let mut then = self.clone();
            let mut load = site.load.clone();
            for &pod in nominated.iter().filter(expected) {
                then.add(pod, site.id, &mut load);
            }
            then.plainly(Site { load: &load, ..site })?;
        }
        self.plainly(site)
    }

    /// Thinks a pod onto a node, whose load is `load`; on the tightest GPUs, unless it has some already.
    pub fn add(&mut self, pod: Id<Pod>, node: Id<Node>, load: &mut Load) {
        let (template, spec) = (self.cluster.template_of(pod), self.cluster.node(node));
        let Pod { node: bound, devices, .. } = *self.cluster.pod(pod);
        let devices = match bound {
            Some(_) => devices,
            None => tightest(Site { id: node, spec, load }, &template.gpus),
        };
        load.add(pod, template, devices);
        let site = Site { id: node, spec, load };
        for (_, check) in &mut self.ready {
            check.added(pod, site);
        }
    }

    /// Thinks a pod away from a node, whose load is `load`.
    pub fn remove(&mut self, pod: Id<Pod>, node: Id<Node>, load: &mut Load) {
        load.remove(pod, self.cluster.template_of(pod), self.cluster.pod(pod).devices);
        let site = Site { id: node, spec: self.cluster.node(node), load };
        for (_, check) in &mut self.ready {
            check.removed(pod, site);
        }
    }
}
