//! Named platforms: `kind = "aws-lambda"` stands for a kind and the values that the platform has.

use super::schema::Platform;
use super::set::Part;
use super::{Assignment, CHOICES, Key, Node, Problem, Span, Value};
use crate::preset;

/// The key that says what a platform is.
pub(super) const KIND: &str = "kind";

/// All that may stand as the kind of a platform.
pub(super) fn kinds() -> Vec<&'static str> {
    let named = preset::PLATFORMS.iter().map(|platform| platform.preset.name.as_str());
    Platform::KINDS.iter().copied().chain(named).collect()
}

/// Lays the values of a named platform under what the table of the platform `name` in `root` says
/// itself. What stands there replaces a policy or distribution of another name, and goes into
/// tables beside what these have already. The values stand where the kind is named.
///
/// # Errors
/// If a key of the table leads through a value of the platform that is no table.
pub(super) fn lay(root: &mut Node, name: &str) -> Result<(), Problem> {
    let Some(table) = root.at(&["platform", name]) else { return Ok(()) };
    let Some(kind) = table.get(KIND) else { return Ok(()) };
    let Some(platform) = kind.as_text().and_then(preset::Platform::named) else { return Ok(()) };
    let (span, own) = (kind.span.clone(), table.clone());
    let place = |key: &str| vec![part("platform", &span), part(name, &span), part(key, &span)];
    let base = Node::new(span.clone(), Value::Text(platform.base.clone()));
    let mut laid = Vec::new();
    for fact in &platform.keys {
        let Some(value) = &fact.value else { continue };
        let mut path = place("");
        path.pop();
        path.extend(fact.name.split('.').map(|key| part(key, &span)));
        laid.push(Assignment::at(path, tree(value, &span)));
    }
    for (key, node) in own.entries() {
        if key.name == KIND {
            laid.push(Assignment::at(place(KIND), base.clone()));
        } else {
            let mut path = place(&key.name);
            path[2].span = key.span.clone();
            leaves(&mut path, node, &mut laid);
        }
    }
    let mut filled = root.clone();
    empty(&mut filled, name);
    for assignment in &laid {
        assignment.apply(&mut filled, &CHOICES)?;
    }
    *root = filled;
    Ok(())
}

fn part(name: &str, span: &Span) -> Part {
    Part { name: name.to_owned(), span: span.clone() }
}

/// Takes all out of the table of a platform.
fn empty(root: &mut Node, name: &str) {
    let platforms = root.entries_mut().iter_mut().find(|(key, _)| key.name == "platform");
    let Some((_, platforms)) = platforms else { return };
    let table = platforms.entries_mut().iter_mut().find(|(key, _)| key.name == name);
    if let Some((_, table)) = table {
        table.value = Value::Table(Vec::new());
    }
}

/// The tree of a value of a preset, all of it at `span`.
fn tree(value: &toml::Value, span: &Span) -> Node {
    let value = match value {
        toml::Value::String(text) => Value::Text(text.clone()),
        toml::Value::Integer(number) => Value::Integer((*number).into()),
        toml::Value::Float(number) => Value::Float(*number),
        toml::Value::Boolean(value) => Value::Boolean(*value),
        toml::Value::Datetime(date) => Value::Text(date.to_string()),
        toml::Value::Array(items) => {
            Value::List(items.iter().map(|item| tree(item, span)).collect())
        }
        toml::Value::Table(entries) => {
            let key = |name: &String| Key { name: name.clone(), span: span.clone() };
            let entry = |(name, value)| (key(name), tree(value, span));
            Value::Table(entries.iter().map(entry).collect())
        }
    };
    Node::new(span.clone(), value)
}

/// An assignment for each value below `node`, which stands at `path`.
fn leaves(path: &mut Vec<Part>, node: &Node, laid: &mut Vec<Assignment>) {
    match &node.value {
        Value::Table(entries) if !entries.is_empty() => {
            for (Key { name, span }, inner) in entries {
                path.push(part(name, span));
                leaves(path, inner, laid);
                path.pop();
            }
        }
        _ => laid.push(Assignment::at(path.clone(), node.clone())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Problems;

    /// The table of platform `p` that `text` says, with what its kind stands for, at `path`.
    fn laid(text: &str, path: &[&str]) -> Option<String> {
        let mut root = Node::parse(&format!("[platform.p]\n{text}"), &mut Problems::default());
        let root = root.as_mut().unwrap();
        lay(root, "p").unwrap();
        let path = [&["platform", "p"], path].concat();
        root.at(&path).map(|node| node.value.to_string())
    }

    #[test]
    fn a_name_stands_for_a_kind_and_values() {
        assert_eq!(laid("kind = 'aws-lambda'", &["kind"]).unwrap(), "\"faas\"");
        assert_eq!(laid("kind = 'aws-lambda'", &["concurrency"]).unwrap(), "1");
        assert_eq!(laid("kind = 'faas'", &["concurrency"]), None);
    }

    #[test]
    fn what_the_file_says_goes_before() {
        let bucket = ["scaling", "token-bucket"];
        let told = |text: &str, path: &[&str]| laid(&format!("kind = 'aws-lambda'\n{text}"), path);
        assert_eq!(told("concurrency = 2", &["concurrency"]).unwrap(), "2");
        let text = "scaling.token-bucket.capacity = 7";
        assert_eq!(told(text, &bucket).unwrap(), r#"{ capacity = 7, refill = "100/s" }"#);
        assert_eq!(told("scaling = 'on-demand'", &["scaling"]).unwrap(), r#""on-demand""#);
        let text = "keep_alive.fixed = { window = '1m' }";
        assert_eq!(told(text, &["keep_alive"]).unwrap(), r#"{ fixed = { window = "1m" } }"#);
        assert_eq!(told("hosts = []", &["hosts"]).unwrap(), "[]");
    }

    #[test]
    fn every_named_platform_is_one_of_a_kind() {
        for platform in preset::PLATFORMS.iter() {
            assert!(Platform::KINDS.contains(&platform.base.as_str()), "{}", platform.preset.name);
            assert!(
                !Platform::KINDS.contains(&platform.preset.name.as_str())
                    || platform.base == platform.preset.name
            );
        }
    }
}
