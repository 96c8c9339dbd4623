//! The language of placement constraints (`manager/constraint`).

use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use super::node::Node;

/// A condition on a node, such as `node.labels.zone == east`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Constraint {
    key: String,
    /// Whether it asks for the value (`==`), or for another (`!=`).
    equal: bool,
    value: String,
}

/// A constraint that is not written as it must be, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed(pub String);

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Constraint {
    type Error = Malformed;
    fn try_from(text: String) -> Result<Self, Malformed> {
        Self::read(&text)
    }
}

impl From<Constraint> for String {
    fn from(Constraint { key, equal, value }: Constraint) -> Self {
        format!("{key} {} {value}", if equal { "==" } else { "!=" })
    }
}

impl JsonSchema for Constraint {
    fn schema_name() -> Cow<'static, str> {
        "SwarmConstraint".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "`KEY == VALUE` or `KEY != VALUE`.",
            "examples": ["node.labels.zone == east"],
        })
    }
}

const OF_NODE: &str = "node.labels.";
const OF_ENGINE: &str = "engine.labels.";

/// What the language says of a node beside its labels.
const WORDS: [&str; 6] =
    ["node.id", "node.hostname", "node.role", "node.ip", "node.platform.os", "node.platform.arch"];

impl Constraint {
    /// Reads `KEY == VALUE` or `KEY != VALUE`.
    ///
    /// # Errors
    /// If there is no operator, or key or value have letters that the original does not take.
    pub fn read(text: &str) -> Result<Self, Malformed> {
        let split = |operator| text.split_once(operator);
        let (key, value, equal) = match (split("=="), split("!=")) {
            (Some((key, value)), _) => (key.trim(), value.trim(), true),
            (None, Some((key, value))) => (key.trim(), value.trim(), false),
            (None, None) => return Err(Malformed(format!("`{text}` has neither `==` nor `!=`"))),
        };
        if !is_key(key) {
            return Err(Malformed(format!("`{key}` is no key of a constraint")));
        }
        if value.is_empty() || !value.chars().all(is_letter_of_value) {
            return Err(Malformed(format!("`{value}` is no value of a constraint")));
        }
        Ok(Self { key: key.to_owned(), equal, value: value.to_owned() })
    }

    /// That a node has this value of a label, or has not, whatever letters they have: a label for which the language has words of
    /// its own (`node.role`, `engine.labels.NAME`) is meant by them, any other is the swarm's.
    pub fn of_label(key: &str, equal: bool, value: &str) -> Self {
        let of_node = !WORDS.contains(&key) && !key.starts_with(OF_ENGINE);
        let key = if of_node { format!("{OF_NODE}{key}") } else { key.to_owned() };
        Self { key, equal, value: value.to_owned() }
    }

    /// Whether a node meets it. A key that there is not matches no node, whatever the operator.
    pub fn matches(&self, node: &Node) -> bool {
        if same(&self.key, "node.ip") {
            return self.matches_address(node.address);
        }
        let found = match self.key.to_ascii_lowercase().as_str() {
            "node.id" => &node.id,
            "node.hostname" => &node.hostname,
            "node.role" => {
                if node.manager {
                    "manager"
                } else {
                    "worker"
                }
            }
            "node.platform.os" => node.platform.as_ref().map_or("", |platform| &platform.os),
            "node.platform.arch" => node.platform.as_ref().map_or("", |platform| &platform.arch),
            _ => match label(&self.key, node) {
                Some(value) => value,
                None => return false,
            },
        };
        same(found, &self.value) == self.equal
    }

    fn matches_address(&self, address: Option<IpAddr>) -> bool {
        let address = address.map(|address| address.to_canonical());
        if let Ok(wanted) = self.value.parse::<IpAddr>() {
            return (address == Some(wanted.to_canonical())) == self.equal;
        }
        match network(&self.value) {
            Some(network) => address.is_some_and(|own| within(own, network)) == self.equal,
            None => false,
        }
    }
}

/// The value of the label that a key names, empty if the node has no such label; `None` if the key names no
/// label.
pub(super) fn label<'a>(key: &str, node: &'a Node) -> Option<&'a str> {
    let name = |prefix: &str| {
        let (start, name) = key.split_at_checked(prefix.len())?;
        (!name.is_empty() && same(start, prefix)).then_some(name)
    };
    let labels = match (name(OF_NODE), name(OF_ENGINE)) {
        (Some(name), _) => node.labels.get(name),
        (None, Some(name)) => node.engine_labels.get(name),
        (None, None) => return None,
    };
    Some(labels.map_or("", String::as_str))
}

/// Whether two texts are the same but for the case of letters.
fn same(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other) || one.to_lowercase() == other.to_lowercase()
}

/// A letter or `_`, then at least one letter, digit, `-`, `_` or `.`.
fn is_key(key: &str) -> bool {
    let first = |letter: char| letter.is_ascii_alphabetic() || letter == '_';
    let rest = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.');
    key.len() > 1 && key.starts_with(first) && key.chars().all(rest)
}

fn is_letter_of_value(letter: char) -> bool {
    letter.is_ascii_alphanumeric()
        || r":-_ .*()?+[]\^$|/".contains(letter)
        || "\t\n\r\x0c".contains(letter)
}

/// An address and how many bits of it make the network. An IPv4 network may be written as one of IPv6.
fn network(text: &str) -> Option<(IpAddr, u32)> {
    let (address, bits) = text.split_once('/')?;
    let address: IpAddr = address.parse().ok()?;
    let bits: u32 = bits.parse().ok()?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    if bits > most {
        return None;
    }
    let canonical = address.to_canonical();
    match bits.checked_sub(128 - 32) {
        Some(bits) if address.is_ipv6() && canonical.is_ipv4() => Some((canonical, bits)),
        _ => Some((address, bits)),
    }
}

fn within(address: IpAddr, (network, bits): (IpAddr, u32)) -> bool {
    match (address, network) {
        (IpAddr::V4(one), IpAddr::V4(other)) => {
            let differ = one.to_bits() ^ other.to_bits();
            differ.checked_shr(32 - bits).unwrap_or(0) == 0
        }
        (IpAddr::V6(one), IpAddr::V6(other)) => {
            let differ = one.to_bits() ^ other.to_bits();
            differ.checked_shr(128 - bits).unwrap_or(0) == 0
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_written_right_is_told() {
        for text in ["node.id", "n == a", "1key == a", "node.id == ", "node.id == a~b"] {
            assert!(Constraint::read(text).is_err(), "{text}");
        }
        assert!(Constraint::read("node.labels.x==Ubuntu 14.04").is_ok());
    }

    #[test]
    fn labels_that_look_like_words_are_labels() {
        let mut node = Node::new("n");
        node.labels.insert("node.tier".to_owned(), "gold".to_owned());
        assert!(Constraint::of_label("node.tier", true, "gold").matches(&node));
        assert!(!Constraint::of_label("node.tier", true, "tin").matches(&node));
        assert!(Constraint::of_label("node.role", true, "worker").matches(&node));
    }

    #[test]
    fn networks_hold_their_addresses() {
        let within = |address: &str, text| within(address.parse().unwrap(), network(text).unwrap());
        assert!(within("10.1.2.3", "10.1.0.0/16") && !within("10.2.2.3", "10.1.0.0/16"));
        assert!(within("10.1.2.3", "0.0.0.0/0") && !within("::1", "0.0.0.0/0"));
        assert!(within("2001:db8::2", "2001:db8::/64") && !within("10.1.2.3", "10.1.2.4/32"));
        // The first 96 bits stand for IPv4, 8 more are the network's.
        assert!(
            within("10.1.2.3", "::ffff:10.0.0.0/104") && !within("11.1.2.3", "::ffff:10.0.0.0/104")
        );
        assert!(within("11.1.2.3", "::ffff:0:0/96") && !within("10.1.2.3", "::ffff:10.0.0.0/95"));
        assert_eq!(network("10.0.0.0/33"), None);
        assert_eq!(network("::ffff:10.0.0.0/129"), None);
    }
}
