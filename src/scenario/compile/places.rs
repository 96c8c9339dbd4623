//! What pods say of the places where they shall be, against what their scheduler knows.

use super::super::schema::{AffinityForm, OrchestratorForm, PodForm};
use super::Compiler;
use super::pods::{APP, topology};
use crate::policy::orchestration::kubernetes::{Names, Operator, Requirement, requirements};
use crate::policy::scheduler::Places;

/// What is told of a key that a scheduler does not know: what is wrong, and the mend.
type Words = (&'static str, &'static str);

/// What is told of the keys that one of them does not know.
struct Unknown {
    /// Labels that are preferred.
    preferred: Words,
    /// Pods near others.
    near: Words,
    /// Pods apart from others than those of their service, or elsewhere than on nodes of their own.
    apart: Words,
    /// Pods that are spread.
    spread: Words,
}

const OF_ECS: Unknown = Unknown {
    preferred: (
        "Amazon ECS prefers no instance for its labels",
        "leave `weight` out, so that they are needed, or write `strategies` of `scheduler.ecs`",
    ),
    near: (
        "Amazon ECS puts tasks beside others by its constraints",
        "write `scheduler.ecs.constraints`, such as \"task:group == service:NAME\", instead",
    ),
    apart: (
        "Amazon ECS keeps tasks apart from those of their own service, each on an instance of its own (`distinctInstance`)",
        "write `anti_affinity = [{ match = \"app=NAME\" }]` with the name of the service, or `scheduler.ecs.constraints`",
    ),
    spread: (
        "Amazon ECS spreads tasks by its strategies",
        "write `scheduler.ecs.strategies`, such as { spread = \"attribute:ecs.availability-zone\" }, instead",
    ),
};

const OF_SWARM: Unknown = Unknown {
    preferred: (
        "Docker Swarm prefers no node for its labels",
        "leave `weight` out, so that they are needed, or write `scheduler.swarm.spread`",
    ),
    near: (
        "Docker Swarm puts no task beside others",
        "leave it out, or name the same nodes for both by `node_selector`",
    ),
    apart: (
        "Docker Swarm keeps tasks apart from those of their own service, one on a node (`max_replicas_per_node`)",
        "write `anti_affinity = [{ match = \"app=NAME\" }]` with the name of the service",
    ),
    spread: (
        "Docker Swarm spreads tasks by its placement preferences",
        "write `scheduler.swarm.spread`, such as [\"node.labels.zone\"], instead",
    ),
};

impl Compiler<'_> {
    /// Warns of places that a pod asks for and its scheduler does not know: one cluster may be tried under several.
    pub(super) fn check_asked(
        &mut self,
        name: &str,
        form: &PodForm,
        platform: &OrchestratorForm,
        names: &mut Names,
    ) {
        let places = platform.scheduler.as_ref().map_or(Places::Kubernetes, |of| of.0.places());
        let unknown = match places {
            Places::Kubernetes => return,
            Places::Ecs => &OF_ECS,
            Places::Swarm => &OF_SWARM,
        };
        let own = form.labels.get(APP).map_or_else(|| self.asked(name), String::as_str).to_owned();
        let mut told: Vec<(&str, usize, Option<&str>, Words)> = Vec::new();
        for (number, node) in form.node_affinity.iter().enumerate() {
            if node.weight.is_some() {
                told.push(("node_affinity", number, Some("weight"), unknown.preferred));
            }
        }
        told.extend(form.affinity.first().map(|_| ("affinity", 0, None, unknown.near)));
        for (number, of) in form.anti_affinity.iter().enumerate() {
            if !is_of_own(of, &own, names) {
                told.push(("anti_affinity", number, None, unknown.apart));
            }
        }
        told.extend(
            form.topology_spread.first().map(|_| ("topology_spread", 0, None, unknown.spread)),
        );
        for (key, number, inner, (problem, mend)) in told {
            let number = number.to_string();
            let path = ["service", name, "pod", key, &number];
            let message = format!("`{key}` is not used: {problem}");
            self.warning(&[&path[..], inner.as_slice()].concat(), message, mend);
        }
        if places == Places::Swarm {
            self.check_swarm_labels(name, form, names);
        }
    }

    /// That what a task of a swarm needs of labels are constraints, all of which hold.
    fn check_swarm_labels(&mut self, name: &str, form: &PodForm, names: &mut Names) {
        let needed = form.node_affinity.iter().enumerate().filter(|(_, of)| of.weight.is_none());
        for (place, (number, of)) in needed.enumerate() {
            let number = number.to_string();
            let path = ["service", name, "pod", "node_affinity", &number, "match"];
            self.expect(
                place == 0,
                &path,
                "all constraints of Docker Swarm hold together, and here one of several would do",
                "write one `match`, with commas between what is needed",
            );
            let is_constraint = |one: &Requirement| match one.operator() {
                Operator::In => one.values().len() == 1,
                Operator::NotIn => true,
                Operator::Exists | Operator::DoesNotExist | Operator::Gt | Operator::Lt => false,
            };
            let all = requirements(&of.selector, names);
            self.expect(
                all.is_err() || all.is_ok_and(|all| all.iter().all(is_constraint)),
                &path,
                "a constraint of Docker Swarm says that a label has a value, or that it has not",
                "write it as in \"disk=ssd, zone!=a\"",
            );
        }
    }
}

/// Whether pods are to be on other nodes than those of their own service, called so.
fn is_of_own(form: &AffinityForm, own: &str, names: &mut Names) -> bool {
    let Ok(meant) = requirements(&form.selector, names) else { return true };
    let own = Requirement::equals(names.symbol(APP), names.symbol(own));
    let is_host = topology(&form.topology, names) == Names::HOSTNAME;
    form.weight.is_none() && is_host && meant == [own]
}
