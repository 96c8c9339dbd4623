//! Named platforms, deliveries and release strategies: `kind = "aws-lambda"` stands for a kind and the values that the platform
//! has, `delivery = "sqs"` for a policy and its parameters.

use super::schema::Platform;
use super::set::Part;
use super::{Assignment, CHOICES, Key, Node, Problem, Span, Value};
use crate::policy::catalogue::Choice as _;
use crate::policy::delivery::DeliveryChoice;
use crate::policy::release::StrategyChoice;
use crate::preset::{self, Fact, Preset};
use crate::variate::DISTRIBUTIONS;

/// The key that says what a platform is.
pub(super) const KIND: &str = "kind";

/// All that may stand as the kind of a platform.
pub(super) fn kinds() -> Vec<&'static str> {
    let named = preset::PLATFORMS.iter().map(|platform| platform.preset.name.as_str());
    let others = named.filter(|name| !Platform::KINDS.contains(name));
    Platform::KINDS.iter().copied().chain(others).collect()
}

/// Lays the values of a named platform under what the table of the platform `name` in `root` says
/// itself. What stands there replaces a policy of another name and any distribution, and goes into
/// tables beside what these have already. The values stand where the kind is named.
///
/// # Errors
/// If a key of the table leads through a value of the platform that is no table; the table of the
/// platform is then [spoiled](Node::spoil).
pub(super) fn lay(root: &mut Node, name: &str) -> Result<(), Problem> {
    let Some(table) = root.at(&["platform", name]) else { return Ok(()) };
    let Some(kind) = table.get(KIND) else { return Ok(()) };
    let Some(platform) = kind.as_text().and_then(preset::NamedPlatform::get) else {
        return Ok(());
    };
    let (span, own) = (kind.span.clone(), table.clone());
    let mut path = vec![part("platform", &span), part(name, &span)];
    let mut laid = under(&path, &platform.keys, &span);
    leaves(&mut path.clone(), &own, &mut laid);
    path.push(part(KIND, &span));
    laid.push(Assignment::at(path, Node::new(span, Value::Text(platform.base.clone()))));
    replace(root, &["platform", name], &laid)
}

/// A choice that may be a named preset, which stands for a policy and its parameters.
pub(super) struct NamedChoice {
    /// Where it stands: a table, and the key in each of its tables.
    pub(super) at: (&'static str, &'static str),
    presets: fn() -> &'static [Preset],
    policies: &'static [&'static str],
}

/// All of these.
pub(super) static NAMED_CHOICES: [NamedChoice; 2] = [
    NamedChoice {
        at: ("client", "delivery"),
        presets: || &preset::DELIVERIES,
        policies: DeliveryChoice::NAMES,
    },
    NamedChoice {
        at: ("release", "strategy"),
        presets: || &preset::STRATEGIES,
        policies: StrategyChoice::NAMES,
    },
];

/// Lays the values of a named choice under what the table `name` in `root` says of its own, as [`lay`] does for
/// platforms.
///
/// # Errors
/// As there, or if neither a preset nor a policy has that name.
pub(super) fn lay_choice(root: &mut Node, of: &NamedChoice, name: &str) -> Result<(), Problem> {
    let (table, key) = of.at;
    let at = [table, name, key];
    let Some(choice) = root.at(&at) else { return Ok(()) };
    let (named, span, own) = match (choice.as_text(), choice.entries()) {
        (Some(text), _) => (text, choice.span.clone(), None),
        (None, [(key, own)]) => (key.name.as_str(), key.span.clone(), Some(own.clone())),
        _ => return Ok(()),
    };
    let presets = (of.presets)();
    let Some(preset) = presets.iter().find(|preset| preset.name == named) else {
        let others = presets.iter().map(|preset| preset.name.as_str());
        let known: Vec<&str> = of.policies.iter().copied().chain(others).collect();
        if known.contains(&named) {
            return Ok(());
        }
        let problem = Problem::unknown(span, key, named, &known);
        node_mut(root, &at).into_iter().for_each(Node::spoil);
        return Err(problem);
    };
    let base = preset.base.iter().map(String::as_str);
    let mut path: Vec<Part> = at.into_iter().chain(base).map(|name| part(name, &span)).collect();
    let mut laid = under(&path, &preset.values, &span);
    // An empty table says nothing.
    if let Some(own) = own.filter(|own| !matches!(&own.value, Value::Table(all) if all.is_empty()))
    {
        leaves(&mut path, &own, &mut laid);
    }
    replace(root, &at, &laid)
}

/// An assignment at `span` for each value of a preset, whose keys stand under `path`.
fn under(path: &[Part], facts: &[Fact], span: &Span) -> Vec<Assignment> {
    let assignment = |fact: &Fact| {
        let keys = fact.name.split('.').map(|key| part(key, span));
        let path = path.iter().cloned().chain(keys).collect();
        Some(Assignment::at(path, tree(fact.value.as_ref()?, span)))
    };
    facts.iter().filter_map(assignment).collect()
}

/// Puts these values into the tree instead of what stands at `path`, or spoils that.
pub(super) fn replace(root: &mut Node, path: &[&str], laid: &[Assignment]) -> Result<(), Problem> {
    let mut filled = root.clone();
    if let Some(node) = node_mut(&mut filled, path) {
        node.value = Value::Table(Vec::new());
    }
    let result = laid.iter().try_for_each(|assignment| assignment.apply(&mut filled, &CHOICES));
    match (&result, node_mut(root, path)) {
        (Ok(()), _) => *root = filled,
        (Err(_), Some(node)) => node.spoil(),
        (Err(_), None) => {}
    }
    result
}

pub(super) fn part(name: &str, span: &Span) -> Part {
    Part { name: name.to_owned(), span: span.clone() }
}

/// What stands at `path`.
pub(super) fn node_mut<'a>(root: &'a mut Node, path: &[&str]) -> Option<&'a mut Node> {
    path.iter().try_fold(root, |node, part| {
        let mut entries = node.entries_mut().iter_mut();
        entries.find(|(key, _)| key.name == *part).map(|(_, node)| node)
    })
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

/// Whether `node`, which stands at `path`, is a distribution: its parameters depend on each other, so that
/// those of another are nothing to it.
fn is_distribution(path: &[Part], node: &Node) -> bool {
    let names: Vec<&str> = path.iter().map(|part| part.name.as_str()).collect();
    let known = |name: &str| DISTRIBUTIONS.iter().any(|entry| entry.name == name);
    CHOICES.contain(&names) && node.entries().iter().any(|(key, _)| known(&key.name))
}

/// An assignment for each value below `node`, which stands at `path`.
pub(super) fn leaves(path: &mut Vec<Part>, node: &Node, laid: &mut Vec<Assignment>) {
    match &node.value {
        Value::Table(entries) if !entries.is_empty() && !is_distribution(path, node) => {
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
    fn a_distribution_goes_before_as_a_whole() {
        let text = "kind = 'oci-functions'\ncold_start.lognormal = { mean = '1s', cv = 1 }";
        let expected = r#"{ lognormal = { mean = "1s", cv = 1 } }"#;
        assert_eq!(laid(text, &["cold_start"]).unwrap(), expected);
    }

    #[test]
    fn a_key_of_what_is_no_table_is_told_once() {
        let text = "[platform.p]\nkind = 'aws-lambda'\nqueue.limit.x = 3";
        let mut root = Node::parse(text, &mut Problems::default()).unwrap();
        let problem = lay(&mut root, "p").unwrap_err();
        assert_eq!(problem.message, "no `x` in `limit`: it is the number 0");
        assert_eq!(&text[problem.span], "x");
        assert!(root.at(&["platform", "p"]).unwrap().is_spoiled());
    }

    #[test]
    fn a_delivery_stands_for_a_policy_and_its_parameters() {
        let told = |text: &str, path: &[&str]| {
            let text = format!("[client.c]\n{text}");
            let mut root = Node::parse(&text, &mut Problems::default()).unwrap();
            lay_choice(&mut root, &NAMED_CHOICES[0], "c").unwrap();
            let path = [&["client", "c", "delivery", "queue"], path].concat();
            root.at(&path).map(|node| node.value.to_string())
        };
        assert_eq!(told("delivery = 'sqs'", &["batch"]).unwrap(), "10");
        assert_eq!(told("delivery.sqs.batch = 3", &["batch"]).unwrap(), "3");
        assert_eq!(told("delivery.sqs.batch = 3", &["visibility"]).unwrap(), "\"30s\"");
        assert_eq!(told("delivery.sqs = {}", &["batch"]).unwrap(), "10");
        let text = "delivery.sqs.pollers.ramp.most = 7";
        assert_eq!(told(text, &["pollers", "ramp", "first"]).unwrap(), "5");
        let text = "delivery.sqs.pollers = 'fixed'";
        assert_eq!(told(text, &["pollers"]).unwrap(), "\"fixed\"");
        assert_eq!(told("delivery.queue.batch = 3", &["visibility"]), None);
    }

    #[test]
    fn a_strategy_stands_for_another_and_its_parameters() {
        let told = |text: &str, path: &[&str]| {
            let text = format!("[release.r]\n{text}");
            let mut root = Node::parse(&text, &mut Problems::default()).unwrap();
            lay_choice(&mut root, &NAMED_CHOICES[1], "r").unwrap();
            let path = [&["release", "r", "strategy", "linear"], path].concat();
            root.at(&path).map(|node| node.value.to_string())
        };
        let named = "strategy = 'linear-10-percent-every-3-minutes'";
        assert_eq!(told(named, &["every"]).unwrap(), "\"3m\"");
        let own = "strategy.linear-10-percent-every-3-minutes.weight = 0.2";
        assert_eq!(told(own, &["weight"]).unwrap(), "0.2");
        assert_eq!(told(own, &["every"]).unwrap(), "\"3m\"");
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
