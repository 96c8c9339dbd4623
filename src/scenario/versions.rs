//! Versions of services: the keys of a release are laid over those of its service, and what comes of that is
//! a service of its own, `SERVICE@RELEASE`.

use super::named::{leaves, node_mut, part, replace};
use super::schema::FIXED;
use super::{Assignment, Key, Node, Problem, Span, Value};
use crate::kernel;

/// What stands between the name of a service and that of a release.
const MARK: char = '@';

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
    let mut changed: Option<Node> = None;
    for number in 0..count {
        let version = version_name(&service, name, number, count);
        let differs = if by_chance {
            add(root, (&service, &version), old.clone(), &span)?;
            bad_name(&version)
        } else {
            version
        };
        add(root, (&service, &differs), changed.as_ref().unwrap_or(&old).clone(), &span)?;
        if changed.is_none() {
            over(root, &differs, own.as_ref(), &span)?;
            changed = root.at(&["service", &differs]).cloned();
        }
    }
    Ok(())
}

/// Lays the keys of a version over those that it has from its service.
fn over(root: &mut Node, version: &str, own: Option<&Node>, span: &Span) -> Result<(), Problem> {
    let Some(own) = own.filter(|own| !own.entries().is_empty()) else { return Ok(()) };
    let Some(old) = root.at(&["service", version]).cloned() else { return Ok(()) };
    let mut path = vec![part("service", span), part(version, span)];
    let mut laid = vec![Assignment::at(path.clone(), old)];
    leaves(&mut path, own, &mut laid);
    replace(root, &["service", version], &laid)
}

/// Adds a version of a service, which is also in the accounts of that.
fn add(
    root: &mut Node,
    (service, version): (&str, &str),
    table: Node,
    span: &Span,
) -> Result<(), Problem> {
    if root.at(&["service", version]).is_some() {
        let message = format!("there is a service `{version}`, as this version would be called");
        return Err(Problem::error(span.clone(), message).with_help("call one of them otherwise"));
    }
    if let Some(Node { value: Value::Table(services), .. }) = node_mut(root, &["service"]) {
        services.push((Key { name: version.to_owned(), span: span.clone() }, table));
    }
    let accounts = node_mut(root, &["account"]).map_or(&mut [][..], Node::entries_mut);
    for (_, account) in accounts {
        let Some(Node { value: Value::List(services), .. }) = node_mut(account, &["services"])
        else {
            continue;
        };
        if let Some(own) = services.iter().find(|own| own.as_text() == Some(service)).cloned() {
            services.push(Node::new(own.span, Value::Text(version.to_owned())));
        }
    }
    Ok(())
}
