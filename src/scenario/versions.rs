//! Versions of services: the keys of a release are laid over those of its service, and what comes of that is
//! a service of its own, `SERVICE@RELEASE`.

use super::named::{leaves, node_mut, part, replace};
use super::schema::FIXED;
use super::{Assignment, Key, Node, Problem, Value};

/// What stands between the name of a service and that of a release.
pub(super) const MARK: char = '@';

/// The name of version `number` of `versions` that a release makes of a service.
pub(super) fn version_name(service: &str, release: &str, number: usize, versions: usize) -> String {
    match versions {
        1 => format!("{service}{MARK}{release}"),
        _ => format!("{service}{MARK}{release}.{}", number + 1),
    }
}

/// Adds the versions of the service that release `name` in `root` makes to the services there, and to the
/// accounts that the service is in.
///
/// # Errors
/// If a key of the version is one in which it cannot differ or leads through a value that is no table, or if a
/// service is called as a version; the table of the release is then [spoiled](Node::spoil).
pub(super) fn lay(root: &mut Node, name: &str) -> Result<(), Problem> {
    let at = ["release", name];
    let Some(release) = root.at(&at) else { return Ok(()) };
    let versions = match release.get("at").map(|at| &at.value) {
        Some(Value::List(times)) => times.len(),
        _ => 1,
    };
    let Some(service) = release.get("service").and_then(Node::as_text).map(str::to_owned) else {
        return Ok(());
    };
    let Some(old) = root.at(&["service", &service]).cloned() else { return Ok(()) };
    let span = release.span.clone();
    let own = release.get("version").cloned();
    if let Some((key, _)) = own
        .as_ref()
        .and_then(|own| own.entries().iter().find(|(key, _)| FIXED.contains(&key.name.as_str())))
    {
        let message = format!("a version has the `{}` of its service", key.name);
        let problem = Problem::error(key.span.clone(), message).with_help("leave it out");
        node_mut(root, &at).into_iter().for_each(Node::spoil);
        return Err(problem);
    }
    for number in 0..versions {
        let version = version_name(&service, name, number, versions);
        if root.at(&["service", &version]).is_some() {
            let message =
                format!("there is a service `{version}`, as this version would be called");
            node_mut(root, &at).into_iter().for_each(Node::spoil);
            return Err(Problem::error(span, message).with_help("call one of them otherwise"));
        }
        let mut path = vec![part("service", &span), part(&version, &span)];
        let mut laid = vec![Assignment::at(path.clone(), old.clone())];
        if let Some(own) = own.as_ref().filter(|own| !own.entries().is_empty()) {
            leaves(&mut path, own, &mut laid);
        }
        add_service(root, &version, &span);
        replace(root, &["service", &version], &laid)?;
        join_accounts(root, &service, &version);
    }
    Ok(())
}

/// Adds an empty table for a service.
fn add_service(root: &mut Node, name: &str, span: &super::Span) {
    if let Some(Node { value: Value::Table(services), .. }) = node_mut(root, &["service"]) {
        let key = Key { name: name.to_owned(), span: span.clone() };
        services.push((key, Node::new(span.clone(), Value::Table(Vec::new()))));
    }
}

/// A version is in the accounts of its service.
fn join_accounts(root: &mut Node, service: &str, version: &str) {
    let Some(accounts) = node_mut(root, &["account"]) else { return };
    for (_, account) in accounts.entries_mut() {
        let Some(Node { value: Value::List(services), .. }) = node_mut(account, &["services"])
        else {
            continue;
        };
        if let Some(own) = services.iter().find(|own| own.as_text() == Some(service)).cloned() {
            services.push(Node::new(own.span, Value::Text(version.to_owned())));
        }
    }
}
