//! Soft spread constraints (`plugins/podtopologyspread/scoring.go`).

use std::collections::BTreeMap;

use super::super::cluster::Cluster;
use super::super::names::{Names, Symbol};
use super::super::node::{Node, NodeSpec, Site};
use super::super::pod::{Pod, Template};
use super::super::spread::{Spread, constraints, has_all_keys};
use super::{BEST, Fault, Rank, Scope, Score};
use crate::kernel::Id;

/// Prefers nodes whose domains have fewer of the pods that are to be spread.
#[derive(Clone, Debug)]
pub struct TopologySpread {
    /// Constraints of pods that have none.
    pub defaults: Vec<Spread>,
    /// Whether those are upstream's: then a node need not be in a domain of each.
    pub system: bool,
}

impl Default for TopologySpread {
    fn default() -> Self {
        Self { defaults: Spread::system_defaults(), system: true }
    }
}

/// A constraint and what it has found.
#[derive(Debug)]
struct Domains {
    spread: Spread,
    /// Pods by domain, for the domains of nodes that are left; none for hosts.
    counts: BTreeMap<Symbol, i64>,
    /// Pods by node, for hosts.
    hosts: BTreeMap<Id<Node>, i64>,
    weight: f64,
}

#[derive(Debug)]
struct Evenness<'a> {
    cluster: &'a Cluster,
    template: &'a Template,
    domains: Vec<Domains>,
    constraints: Vec<Spread>,
    /// Whether nodes that are not in a domain of each constraint are left out.
    needs_all: bool,
}

impl Score for TopologySpread {
    fn name(&self) -> &'static str {
        "PodTopologySpread"
    }

    fn prepare<'a>(
        &'a self,
        cluster: &'a Cluster,
        pod: Id<Pod>,
        left: &[Id<Node>],
    ) -> Result<Option<Box<dyn Rank + 'a>>, Fault> {
        let template = cluster.template_of(pod);
        let constraints = constraints(cluster, template, &self.defaults, false);
        if constraints.is_empty() || cluster.order().is_empty() {
            return Ok(None);
        }
        let needs_all = !template.spread.is_empty() || !self.system;
        let domains = constraints
            .iter()
            .map(|spread| Domains {
                spread: spread.clone(),
                counts: BTreeMap::new(),
                hosts: BTreeMap::new(),
                weight: 0.0,
            })
            .collect();
        let mut all = Evenness { cluster, template, domains, constraints, needs_all };
        all.weigh(left);
        all.count();
        Ok(Some(Box::new(all)))
    }

    fn scope(&self, cluster: &Cluster, pod: Id<Pod>) -> Scope {
        let template = cluster.template_of(pod);
        let none = constraints(cluster, template, &self.defaults, false).is_empty();
        if none { Scope::Node } else { Scope::Cluster }
    }
}

impl Evenness<'_> {
    fn ignores(&self, node: &NodeSpec) -> bool {
        self.needs_all && !has_all_keys(&node.labels, &self.constraints)
    }

    /// Finds the domains of the nodes that are left. A constraint weighs the more the more it has, so that
    /// few hosts with many pods do not outweigh many with few: ln(n + 2).
    fn weigh(&mut self, left: &[Id<Node>]) {
        let mut hosts = 0;
        for &id in left {
            let node = self.cluster.node(id);
            if self.ignores(node) {
                continue;
            }
            hosts += 1;
            for Domains { spread, counts, .. } in &mut self.domains {
                if spread.key != Names::HOSTNAME {
                    counts.insert(node.labels.get(spread.key).unwrap_or(Names::EMPTY), 0);
                }
            }
        }
        for Domains { spread, counts, weight, .. } in &mut self.domains {
            let size = if spread.key == Names::HOSTNAME { hosts } else { counts.len() };
            *weight = libm::log((size + 2) as f64);
        }
    }

    /// Counts the pods in these domains, on whatever nodes of them, and on hosts.
    fn count(&mut self) {
        let (cluster, template) = (self.cluster, self.template);
        for number in 0..self.domains.len() {
            for (id, pods) in self.constraints[number].meant(cluster, template.namespace) {
                let (node, spread) = (cluster.node(id), &self.constraints[number]);
                let ignored = self.ignores(node) || !spread.counts(template, node, &cluster.names);
                let domain = node.labels.get(spread.key).unwrap_or(Names::EMPTY);
                let Domains { counts, hosts, .. } = &mut self.domains[number];
                if spread.key == Names::HOSTNAME {
                    *hosts.entry(id).or_default() += pods;
                } else if !ignored && let Some(count) = counts.get_mut(&domain) {
                    *count += pods;
                }
            }
        }
    }
}

impl Rank for Evenness<'_> {
    fn rank(&self, site: Site<'_>) -> i64 {
        if self.ignores(site.spec) {
            return 0;
        }
        let mut score = 0.0;
        for Domains { spread, counts, hosts, weight } in &self.domains {
            let Some(domain) = site.spec.labels.get(spread.key) else { continue };
            let count = if spread.key == Names::HOSTNAME {
                hosts.get(&site.id)
            } else {
                counts.get(&domain)
            };
            let count = count.copied().unwrap_or(0);
            score += count as f64 * weight + f64::from(spread.most_skew - 1);
        }
        score.round() as i64
    }

    fn normalise(&self, left: &[Id<Node>], scores: &mut [i64]) {
        let ignored: Vec<bool> =
            left.iter().map(|&id| self.ignores(self.cluster.node(id))).collect();
        let counted = || scores.iter().zip(&ignored).filter(|(_, ignored)| !**ignored);
        let least = counted().map(|(&score, _)| score).min().unwrap_or(i64::MAX);
        let most = counted().map(|(&score, _)| score).max().unwrap_or(0).max(0);
        for (score, ignored) in scores.iter_mut().zip(ignored) {
            *score = match most {
                _ if ignored => 0,
                0 => BEST,
                most => BEST * (most + least - *score) / most,
            };
        }
    }
}
