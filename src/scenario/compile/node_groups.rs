//! Nodes of clusters that come and go, and what nodes cost.

use std::ops::Range;

use super::super::schema::{NodesForm, OrchestratorForm};
use super::Compiler;
use crate::platform::orchestrator::ProvisioningSpec;
use crate::policy::node_autoscaling::Group;
use crate::pricing::sheet::{Billed, Make};
use crate::pricing::{HOUR, Lease, Rate, Tariff};
use crate::quantity::Money;

/// The name of the nodes of a make.
fn name(number: usize, form: &NodesForm) -> String {
    form.name.clone().unwrap_or_else(|| format!("nodes-{number}"))
}

/// The numbers of the nodes of each make that come and go.
pub(super) fn groups(form: &OrchestratorForm, makes: &[Range<usize>]) -> Vec<Range<usize>> {
    let all = form.nodes.iter().zip(makes).filter(|_| form.node_autoscaling.is_some());
    all.filter(|(nodes, _)| nodes.varies()).map(|(_, slots)| slots.clone()).collect()
}

/// A make of nodes as price sheets see it.
pub(super) fn billed_make((form, slots): (&NodesForm, &Range<usize>)) -> Make {
    let count = if form.openb.is_some() { slots.len() as u32 } else { form.first() };
    let machine = form.machine.map(|name| name.0);
    Make { count, machine, priced: form.price_hour.is_some() }
}

/// What is charged for the makes of which the scenario says what they cost.
pub(super) fn own_prices(form: &OrchestratorForm, billed: &Billed) -> Option<Tariff> {
    let rate = |(number, nodes): (usize, &NodesForm)| {
        let price = nodes.price_hour.filter(|price| *price > Money::ZERO)?;
        let time = billed.host_time(Lease::EXACT, |make| u128::from(make == number));
        Some(Rate::new("hosts", format!("{} hour", name(number, nodes)), (price, HOUR), time))
    };
    let rates: Vec<Rate> = form.nodes.iter().enumerate().filter_map(rate).collect();
    (!rates.is_empty()).then(|| Tariff { rates, ..Tariff::default() })
}

impl Compiler<'_> {
    /// That the numbers of nodes of a make agree with each other.
    pub(super) fn check_counts(&mut self, path: &[&str], form: &NodesForm) {
        if form.openb.is_some() {
            return;
        }
        if !form.varies() {
            self.expect(
                form.count != Some(0),
                &[path, &["count"]].concat(),
                "there is at least one node of a make",
                "write how many there are, or leave the entry out",
            );
            let boot = form.boot.is_some();
            self.expect(
                !boot,
                &[path, &["boot"]].concat(),
                "these nodes are there from the start",
                "write how many there are at most, as in `max = 10`, or leave it out",
            );
            return;
        }
        self.expect(
            form.max.is_some_and(|max| max > 0),
            path,
            "of nodes that come and go, there is at least one at most",
            "write how many, as in `max = 10`",
        );
        let (least, first, most) = (form.min.unwrap_or(0), form.first(), form.most());
        self.expect(
            form.max.is_none() || (least..=most).contains(&first),
            path,
            &format!("there are {first} nodes at the start, of {least} to {most}"),
            "write a `count` from `min` to `max`",
        );
    }

    /// How nodes come and go, if they do. What a node costs is what the tariffs charge for it.
    pub(super) fn provisioning(
        &mut self,
        path: &[&str],
        form: &OrchestratorForm,
        makes: &[Range<usize>],
        tariffs: &[Tariff],
    ) -> Option<ProvisioningSpec> {
        let varies = form.nodes.iter().any(NodesForm::varies);
        let Some(autoscaler) = &form.node_autoscaling else {
            self.expect(
                !varies,
                path,
                "nodes have `min` or `max`, and nobody says when they come and go",
                "add `node_autoscaling = \"cluster-autoscaler\"`",
            );
            return None;
        };
        let key = [path, &["node_autoscaling"]].concat();
        self.expect(
            varies,
            &key,
            "no nodes come and go",
            "write how many there are of a make, as in `nodes = [{ min = 1, max = 10, … }]`",
        );
        let allowed = form.scheduler.as_ref().is_none_or(|of| of.0.allows_node_autoscaling());
        self.expect(
            allowed,
            &key,
            "nodes do not come and go under this scheduler, whose constraints an autoscaler does not know",
            "leave it out, or write another `scheduler`",
        );
        if let Some((message, help)) = autoscaler.0.fault() {
            self.error_with(&key, message, help);
        }
        let (mut groups, mut boots) = (Vec::new(), Vec::new());
        for (number, (nodes, slots)) in form.nodes.iter().zip(makes).enumerate() {
            if !nodes.varies() {
                continue;
            }
            let at = number.to_string();
            let path = [path, &["nodes", &at]].concat();
            let prices = || tariffs.iter().filter_map(|tariff| tariff.hour_of(number));
            let price = prices().reduce(|a, b| a + b).or(nodes.price_hour);
            self.expect(
                price.is_some() || !autoscaler.0.needs_prices(),
                &path,
                "nobody says what these nodes cost, which the node autoscaler has to know",
                "add `price_hour`, or a `machine` and a `price` such as \"ec2\"",
            );
            groups.push(Group {
                name: name(number, nodes),
                slots: slots.clone(),
                least: nodes.min.unwrap_or(0) as usize,
                first: nodes.first() as usize,
                price,
            });
            let boot = nodes.boot.as_ref();
            boots.push(boot.and_then(|boot| self.variate(&[&path[..], &["boot"]].concat(), boot)));
        }
        Some(ProvisioningSpec { autoscaler: autoscaler.0.clone(), groups, boots })
    }
}
