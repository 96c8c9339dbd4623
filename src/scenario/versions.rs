//! Versions of services: the keys of a release are laid over those of its service, and what comes of that is
//! a service of its own, `SERVICE@RELEASE`. Where it shares the instances of an application, there is a version of that, too,
//! `APPLICATION@RELEASE`.

use super::named::{leaves, node_mut, part, replace};
use super::schema::FIXED;
use super::{Assignment, Key, Node, Problem, Span, Value};
use crate::kernel;

/// What stands between the name of a service and that of a release.
const MARK: char = '@';

/// The keys of a service that belong to the application whose instances it shares, if it does.
const OF_INSTANCES: [&str; 12] = [
    "memory",
    "cpu",
    "runtime",
    "package",
    "image",
    "init",
    "snapshot",
    "max_instances",
    "provisioned_concurrency",
    "timeout",
    "ageing",
    "memory_use",
];

/// More versions of one release than this are taken for a slip.
pub(super) const MOST_VERSIONS: usize = 1000;

/// The name of version `number` of `versions` that a release makes of a service.
pub(super) fn version_name(service: &str, release: &str, number: usize, versions: usize) -> String {
    match versions {
        1 => format!("{service}{MARK}{release}"),
        _ => format!("{service}{MARK}{release}.{}", number + 1),
    }
}

/// The name of a version if it is bad, where that is left to chance.
pub(super) fn bad_name(version: &str) -> String {
    format!("{version}.bad")
}

/// How many releases there are before `horizon`, one each time that `every` has passed.
pub(super) fn releases_before(horizon: kernel::Span, every: kernel::Span) -> usize {
    let all = horizon.as_nanos().saturating_sub(1).checked_div(every.as_nanos());
    all.map_or(0, |all| usize::try_from(all).unwrap_or(usize::MAX))
}

/// How many versions a release has.
fn versions(root: &Node, release: &Node) -> usize {
    let span = |node: Option<&Node>| node?.as_text()?.parse::<kernel::Span>().ok();
    match (release.get("at").map(|at| &at.value), span(release.get("every"))) {
        (Some(Value::List(times)), _) => times.len(),
        (Some(_), _) => 1,
        (None, Some(every)) => {
            span(root.get("horizon")).map_or(0, |horizon| releases_before(horizon, every))
        }
        (None, None) => 0,
    }
}

/// Adds the versions of the service that release `name` in `root` makes to the services there, and to the
/// accounts that the service is in.
///
/// # Errors
/// If a key of the version is one in which it cannot differ or leads through a value that is no table, or if a
/// service is called as a version; the table of the release is then [spoiled](Node::spoil).
pub(super) fn lay(root: &mut Node, name: &str) -> Result<(), Problem> {
    let result = lay_all(root, name);
    if result.is_err() {
        node_mut(root, &["release", name]).into_iter().for_each(Node::spoil);
    }
    result
}

fn lay_all(root: &mut Node, name: &str) -> Result<(), Problem> {
    let Some(release) = root.at(&["release", name]) else { return Ok(()) };
    if release.get("enabled").is_some_and(|enabled| enabled.value == Value::Boolean(false)) {
        return Ok(());
    }
    let (span, count) = (release.span.clone(), versions(root, release).min(MOST_VERSIONS));
    let by_chance = release.get("bad").is_some();
    let own = release.get("version").cloned();
    let Some(service) = release.get("service").and_then(Node::as_text).map(str::to_owned) else {
        return Ok(());
    };
    let Some(old) = root.at(&["service", &service]).cloned() else { return Ok(()) };
    let keys = own.as_ref().map_or(&[][..], Node::entries);
    if let Some((key, _)) = keys.iter().find(|(key, _)| FIXED.contains(&key.name.as_str())) {
        let message = format!("a version has the `{}` of its service", key.name);
        return Err(Problem::error(key.span.clone(), message).with_help("leave it out"));
    }
    let (of_group, of_service) = split(own, application_of(root, &service).is_some());
    let mut bases = vec![Base::new("service", &service, old, of_service)];
    if let Some((group, table)) = application_of(root, &service) {
        bases.push(Base::new("application", &group, table, of_group));
    }
    for number in 0..count {
        let called = |base: &str| version_name(base, name, number, count);
        for base in &mut bases {
            let good = called(&base.name);
            if by_chance {
                base.add(root, (&good, &called(&service)), &span)?;
                base.add_other(root, (&bad_name(&good), &bad_name(&called(&service))), &span)?;
            } else {
                base.add_other(root, (&good, &called(&service)), &span)?;
            }
        }
    }
    Ok(())
}

/// The name and the table of the application whose instances a service shares, if it does.
fn application_of(root: &Node, service: &str) -> Option<(String, Node)> {
    let all = root.get("application").map_or(&[][..], Node::entries);
    let found = all.iter().find(|(_, table)| match table.get("services").map(|it| &it.value) {
        Some(Value::List(services)) => services.iter().any(|it| it.as_text() == Some(service)),
        _ => false,
    });
    found.map(|(key, table)| (key.name.clone(), table.clone()))
}

/// What a version says of the application whose instances it `shares`, and of the service itself.
fn split(own: Option<Node>, shares: bool) -> (Option<Node>, Option<Node>) {
    if !shares {
        return (None, own);
    }
    let part = |of_instances: bool| {
        let mut part = own.clone()?;
        if let Value::Table(keys) = &mut part.value {
            keys.retain(|(key, _)| OF_INSTANCES.contains(&key.name.as_str()) == of_instances);
        }
        Some(part)
    };
    (part(true), part(false))
}

/// What versions are made of: the table of a service, or that of the application whose instances it shares.
struct Base {
    above: &'static str,
    name: String,
    table: Node,
    /// In what a version differs.
    own: Option<Node>,
    /// The table of a version that does.
    changed: Option<Node>,
}

impl Base {
    fn new(above: &'static str, name: &str, table: Node, own: Option<Node>) -> Self {
        Self { above, name: name.to_owned(), table, own, changed: None }
    }

    /// Adds a version that differs in nothing.
    fn add(&self, root: &mut Node, names: (&str, &str), span: &Span) -> Result<(), Problem> {
        add(root, (self.above, &self.name), names, self.table.clone(), span)
    }

    /// Adds a version as it is to be.
    fn add_other(
        &mut self,
        root: &mut Node,
        names: (&str, &str),
        span: &Span,
    ) -> Result<(), Problem> {
        let table = self.changed.as_ref().unwrap_or(&self.table).clone();
        add(root, (self.above, &self.name), names, table, span)?;
        if self.changed.is_none() {
            over(root, (self.above, names.0), self.own.as_ref(), span)?;
            self.changed = root.at(&[self.above, names.0]).cloned();
        }
        Ok(())
    }
}

/// Lays the keys of a version over those that it has from its service, or application.
fn over(
    root: &mut Node,
    (above, version): (&str, &str),
    own: Option<&Node>,
    span: &Span,
) -> Result<(), Problem> {
    let Some(own) = own.filter(|own| !own.entries().is_empty()) else { return Ok(()) };
    let Some(old) = root.at(&[above, version]).cloned() else { return Ok(()) };
    let mut path = vec![part(above, span), part(version, span)];
    let mut laid = vec![Assignment::at(path.clone(), old)];
    leaves(&mut path, own, &mut laid);
    replace(root, &[above, version], &laid)
}

/// Adds a version of a service, which is also in the accounts of that, or of the application whose instances it shares, which
/// has that `service` alone: its neighbours come by themselves.
fn add(
    root: &mut Node,
    (above, base): (&str, &str),
    (version, service): (&str, &str),
    mut table: Node,
    span: &Span,
) -> Result<(), Problem> {
    if root.at(&[above, version]).is_some() {
        let article = if above == "application" { "an" } else { "a" };
        let message =
            format!("there is {article} {above} `{version}`, as this version would be called");
        return Err(Problem::error(span.clone(), message).with_help("call one of them otherwise"));
    }
    if above == "application"
        && let Some(services) = node_mut(&mut table, &["services"])
    {
        let alone = Node::new(services.span.clone(), Value::Text(service.to_owned()));
        services.value = Value::List(vec![alone]);
    }
    if let Some(Node { value: Value::Table(all), .. }) = node_mut(root, &[above]) {
        all.push((Key { name: version.to_owned(), span: span.clone() }, table));
    }
    let accounts = node_mut(root, &["account"]).map_or(&mut [][..], Node::entries_mut);
    for (_, account) in accounts.iter_mut().filter(|_| above == "service") {
        let Some(Node { value: Value::List(services), .. }) = node_mut(account, &["services"])
        else {
            continue;
        };
        if let Some(own) = services.iter().find(|own| own.as_text() == Some(base)).cloned() {
            services.push(Node::new(own.span, Value::Text(version.to_owned())));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::schema::Application;
    use super::*;

    /// All that an application says but which services it has, and what is no matter of versions.
    #[test]
    fn instances_have_the_keys_of_the_schema() {
        let schema = schemars::schema_for!(Application);
        let keys = schema.get("properties").unwrap().as_object().unwrap().keys();
        let mut known: Vec<&str> = keys
            .map(String::as_str)
            .filter(|key| *key != "services" && !FIXED.contains(key))
            .collect();
        let mut own = OF_INSTANCES;
        known.sort_unstable();
        own.sort_unstable();
        assert_eq!(known, own);
    }
}
