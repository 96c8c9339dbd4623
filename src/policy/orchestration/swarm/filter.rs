//! Which nodes can take a task (`manager/scheduler/filter.go`), without volumes of the cluster.

use super::group::{Group, Platform, Plugin};
use super::node::Node;

/// Why a node cannot take a task: the first filter that objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Objection {
    /// It is not ready, or takes no tasks.
    Unavailable,
    /// It has too little left.
    Resources,
    /// A plugin is missing.
    Plugin,
    /// It does not meet a constraint.
    Constraint,
    /// The task does not run on what it is.
    Platform,
    /// A port is taken.
    Port,
    /// It has as many tasks of the service as it may.
    Replicas,
}

/// Whether a node can take a task.
///
/// # Errors
/// The first filter that objects.
pub fn fits(group: &Group, node: &Node) -> Result<(), Objection> {
    let filters = [
        (node.available, Objection::Unavailable),
        (node.free.holds(&group.reservation), Objection::Resources),
        (has_plugins(&group.plugins, node), Objection::Plugin),
        (group.constraints.iter().all(|one| one.matches(node)), Objection::Constraint),
        (runs(&group.platforms, node), Objection::Platform),
        (!group.ports.iter().any(|port| port.number > 0 && node.uses(port)), Objection::Port),
        (has_place(group, node), Objection::Replicas),
    ];
    match filters.into_iter().find(|(holds, _)| !holds) {
        None => Ok(()),
        Some((_, objection)) => Err(objection),
    }
}

/// Whether the engine has the plugins. One that tells of none is not asked; one that tells of no driver of
/// logs at all is an old one, and is not asked for these. The volumes `local` and the log `none` need no plugin.
fn has_plugins(wanted: &[Plugin], node: &Node) -> bool {
    let Some(plugins) = &node.plugins else { return true };
    wanted.iter().all(|wanted| {
        let mut of_kind = plugins.iter().filter(|plugin| plugin.kind == wanted.kind).peekable();
        let built_in = matches!(
            (wanted.kind.as_str(), wanted.name.as_str()),
            (_, "") | ("Volume", "local") | ("Log", "none")
        );
        let told = of_kind.peek().is_some();
        built_in
            || (wanted.kind == "Log" && !told)
            || of_kind.any(|plugin| is_called(plugin, &wanted.name))
    })
}

fn is_called(plugin: &Plugin, name: &str) -> bool {
    plugin.name.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest == ":latest")
}

fn runs(platforms: &[Platform], node: &Node) -> bool {
    let runs_on = |own: &Platform| platforms.iter().any(|platform| platform.runs_on(own));
    platforms.is_empty() || node.platform.as_ref().is_some_and(runs_on)
}

fn has_place(group: &Group, node: &Node) -> bool {
    let tasks = node.tasks_of(group.service);
    group.most_replicas == 0 || u64::try_from(tasks).is_ok_and(|tasks| tasks < group.most_replicas)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An engine that tells of one plugin, a driver of volumes.
    #[test]
    fn what_is_built_in_is_no_plugin() {
        let plugin =
            |kind: &str, name: &str| Plugin { kind: kind.to_owned(), name: name.to_owned() };
        let mut node = Node::new("a");
        node.plugins = Some(vec![plugin("Volume", "nfs:latest"), plugin("Log", "syslog")]);
        let has = |kind, name| has_plugins(&[plugin(kind, name)], &node);
        assert!(has("Volume", "local") && has("Volume", "") && has("Volume", "nfs"));
        assert!(has("Log", "none") && !has("Volume", "none") && !has("Log", "local"));
    }
}
