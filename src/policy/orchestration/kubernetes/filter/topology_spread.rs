//! Hard spread constraints (`plugins/podtopologyspread/filtering.go`).

use std::collections::BTreeMap;

use super::super::cluster::Cluster;
use super::super::names::Symbol;
use super::super::node::Site;
use super::super::pod::{Pod, Template};
use super::super::spread::{Spread, constraints, has_all_keys};
use super::{Check, Filter, Prepared, Reason, Verdict};
use crate::kernel::Id;

/// Leaves out nodes whose domain would have too many more pods than the least one.
#[derive(Clone, Debug)]
pub struct TopologySpread {
    /// Constraints of pods that have none.
    pub defaults: Vec<Spread>,
}

impl Default for TopologySpread {
    fn default() -> Self {
        Self { defaults: Spread::system_defaults() }
    }
}

/// The two domains with the fewest pods. Enough as long as only the count of one domain changes, which is
/// how room is looked for on one node.
#[derive(Clone, Copy, Debug)]
struct Fewest([(Option<Symbol>, i64); 2]);

impl Fewest {
    const NONE: Self = Self([(None, i32::MAX as i64); 2]);

    fn update(&mut self, domain: Symbol, count: i64) {
        let [first, second] = &mut self.0;
        if first.0 == Some(domain) {
            first.1 = count;
        } else if second.0 == Some(domain) {
            second.1 = count;
        } else if count < first.1 {
            *second = *first;
            *first = (Some(domain), count);
        } else if count < second.1 {
            *second = (Some(domain), count);
        }
        if self.0[0].1 > self.0[1].1 {
            self.0.swap(0, 1);
        }
    }
}

/// A constraint, and its domains.
#[derive(Clone, Debug)]
struct Domains {
    spread: Spread,
    /// Whether the pod itself is counted.
    own: i64,
    counts: BTreeMap<Symbol, i64>,
    fewest: Fewest,
}

#[derive(Clone, Debug)]
struct Balance<'a> {
    cluster: &'a Cluster,
    template: &'a Template,
    constraints: Vec<Spread>,
    domains: Vec<Domains>,
}

impl Filter for TopologySpread {
    fn name(&self) -> &'static str {
        "PodTopologySpread"
    }

    fn prepare<'a>(&'a self, cluster: &'a Cluster, pod: Id<Pod>) -> Prepared<'a> {
        let template = cluster.template_of(pod);
        let constraints = constraints(cluster, template, &self.defaults, true);
        if constraints.is_empty() {
            return Prepared::Skip;
        }
        let own =
            |spread: &Spread| i64::from(spread.selector.matches(&template.labels, &cluster.names));
        let mut domains: Vec<Domains> = constraints
            .iter()
            .map(|spread| Domains {
                own: own(spread),
                spread: spread.clone(),
                counts: BTreeMap::new(),
                fewest: Fewest::NONE,
            })
            .collect();
        for Domains { spread, counts, .. } in &mut domains {
            find(spread, &constraints, cluster, template, counts);
            for (node, pods) in spread.meant(cluster, template.namespace) {
                let node = cluster.node(node);
                if has_all_keys(&node.labels, &constraints)
                    && spread.counts(template, node, &cluster.names)
                    && let Some(domain) = node.labels.get(spread.key)
                {
                    *counts.entry(domain).or_default() += pods;
                }
            }
        }
        for Domains { counts, fewest, .. } in &mut domains {
            for (&domain, &count) in &*counts {
                fewest.update(domain, count);
            }
        }
        Prepared::Check(Box::new(Balance { cluster, template, constraints, domains }))
    }

    /// Where there are no constraints.
    fn is_local(&self, cluster: &Cluster, pod: Id<Pod>) -> bool {
        constraints(cluster, cluster.template_of(pod), &self.defaults, true).is_empty()
    }
}

/// Finds the domains of the nodes that count for a constraint, of which some may have no pods.
fn find(
    spread: &Spread,
    constraints: &[Spread],
    cluster: &Cluster,
    template: &Template,
    counts: &mut BTreeMap<Symbol, i64>,
) {
    let everywhere = |spread: &Spread| cluster.domains_of_all(spread.key).is_some();
    if spread.counts_all(template)
        && constraints.iter().all(everywhere)
        && let Some(domains) = cluster.domains_of_all(spread.key)
    {
        counts.extend(domains.map(|domain| (domain, 0)));
        return;
    }
    for node in cluster.present() {
        if has_all_keys(&node.spec.labels, constraints)
            && spread.counts(template, &node.spec, &cluster.names)
            && let Some(domain) = node.spec.labels.get(spread.key)
        {
            counts.entry(domain).or_default();
        }
    }
}

impl Balance<'_> {
    fn change(&mut self, pod: Id<Pod>, site: Site<'_>, by: i64) {
        let (cluster, changed) = (self.cluster, self.cluster.template_of(pod));
        if changed.namespace != self.template.namespace
            || !has_all_keys(&site.spec.labels, &self.constraints)
        {
            return;
        }
        for Domains { spread, counts, fewest, .. } in &mut self.domains {
            if spread.selector.matches(&changed.labels, &cluster.names)
                && spread.counts(self.template, site.spec, &cluster.names)
                && let Some(domain) = site.spec.labels.get(spread.key)
            {
                let count = counts.entry(domain).or_default();
                *count += by;
                fewest.update(domain, *count);
            }
        }
    }
}

impl Check for Balance<'_> {
    fn check(&self, site: Site<'_>) -> Verdict {
        for Domains { spread, own, counts, fewest } in &self.domains {
            let Some(domain) = site.spec.labels.get(spread.key) else {
                return Verdict::Unresolvable(Reason::NoDomain);
            };
            let few = usize::try_from(spread.least_domains).is_ok_and(|least| counts.len() < least);
            let least = if few { 0 } else { fewest.0[0].1 };
            let count = counts.get(&domain).copied().unwrap_or(0);
            if count + own - least > i64::from(spread.most_skew) {
                return Verdict::Unschedulable(Reason::Skew);
            }
        }
        Verdict::Fits
    }

    fn added(&mut self, pod: Id<Pod>, site: Site<'_>) {
        self.change(pod, site, 1);
    }

    fn removed(&mut self, pod: Id<Pod>, site: Site<'_>) {
        self.change(pod, site, -1);
    }
}
