//! What stopped a reading: the one error of serde that keeps its kind and place.

use std::fmt::{self, Display};

use serde::de;

use super::error::listed;
use super::{Node, Problem, Span};
use crate::kernel;
use crate::quantity::Rate;

/// The keys or names that a type knows.
type Names = &'static [&'static str];

/// Why a tree is not what was expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    UnknownKey {
        key: String,
        expected: Names,
    },
    UnknownName {
        name: String,
        expected: Names,
    },
    MissingKey(&'static str),
    /// A choice that needs parameters stands as a name alone.
    MissingParameter {
        choice: String,
        missing: &'static str,
        parameters: Names,
    },
    /// A choice that needs a value of another kind stands as a name alone.
    NeedsValue(String),
    WrongType {
        found: String,
        expected: String,
    },
    Invalid(String),
}

/// An error of a reading. The innermost node that it passes on its way out is its place.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    pub kind: Kind,
    /// The bytes at fault, once known.
    span: Option<Span>,
    /// The numbers of entries and items that lead to the node at fault, the innermost first.
    reversed: Vec<usize>,
    /// How many levels above it the node is that makes no sense without it: a choice whose
    /// parameters are wrong as a whole is no choice.
    pub up: usize,
}

impl Fault {
    pub(super) const fn new(kind: Kind) -> Self {
        Self { kind, span: None, reversed: Vec::new(), up: 0 }
    }

    pub(super) fn wrong_type(node: &Node, expected: impl Into<String>) -> Self {
        let found = node.value.described();
        Self::new(Kind::WrongType { found, expected: expected.into() }).at(&node.span)
    }

    /// At `span`, unless a place further in is known.
    pub(super) fn at(mut self, span: &Span) -> Self {
        self.span.get_or_insert_with(|| span.clone());
        self
    }

    /// Within the entry or item number `index` of the node around.
    pub(super) fn under(mut self, index: usize) -> Self {
        self.reversed.push(index);
        self
    }

    /// Within the value of a choice, which is its entry number `index`.
    pub(super) fn under_choice(mut self, index: usize) -> Self {
        if self.reversed.len() == self.up {
            self.up += 1;
        }
        self.under(index)
    }

    /// The numbers of entries and items that lead to the node at fault from the root.
    pub(super) fn position(&self) -> Vec<usize> {
        self.reversed.iter().rev().copied().collect()
    }

    /// The fault as the user is told.
    pub(super) fn problem(&self) -> Problem {
        let span = self.span.clone().unwrap_or(0..0);
        match &self.kind {
            Kind::UnknownKey { key, expected: [] } => {
                Problem::error(span, format!("unknown key `{key}`")).with_help("no key is expected")
            }
            Kind::UnknownKey { key, expected } => Problem::unknown(span, "key", key, expected),
            Kind::UnknownName { name, expected } => {
                let problem = Problem::unknown(span, "name", name, expected);
                match bare_value(name, expected) {
                    Some(help) => problem.with_help(help),
                    None => problem,
                }
            }
            Kind::MissingParameter { choice, missing, parameters } => {
                let all = match parameters {
                    [] | [_] => String::new(),
                    all => format!(" (parameters: {})", listed(all)),
                };
                Problem::error(span, self.to_string())
                    .with_help(format!("write `{choice} = {{ {missing} = … }}`{all}"))
            }
            Kind::NeedsValue(choice) => Problem::error(span, self.to_string())
                .with_help(format!("write `{{ {choice} = … }}`")),
            _ => Problem::error(span, self.to_string()),
        }
    }
}

impl Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::UnknownKey { key, .. } => write!(f, "unknown key `{key}`"),
            Kind::UnknownName { name, .. } => write!(f, "unknown name `{name}`"),
            Kind::MissingKey(key) => write!(f, "missing key `{key}`"),
            Kind::MissingParameter { choice, missing, .. } => {
                write!(f, "`{choice}` needs parameters: `{missing}`")
            }
            Kind::NeedsValue(choice) => write!(f, "`{choice}` needs a value"),
            Kind::WrongType { found, expected } => write!(f, "expected {expected}, found {found}"),
            Kind::Invalid(message) => f.write_str(message),
        }
    }
}

impl std::error::Error for Fault {}

impl de::Error for Fault {
    fn custom<T: Display>(message: T) -> Self {
        Self::new(Kind::Invalid(message.to_string()))
    }

    fn invalid_type(found: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        let expected = wanted(&expected.to_string());
        Self::new(Kind::WrongType { found: described(found), expected })
    }

    fn invalid_value(found: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::invalid_type(found, expected)
    }

    fn invalid_length(found: usize, expected: &dyn de::Expected) -> Self {
        let expected = wanted(&expected.to_string());
        Self::custom(format_args!("expected {expected}, found {found}"))
    }

    fn unknown_variant(name: &str, expected: Names) -> Self {
        Self::new(Kind::UnknownName { name: name.to_owned(), expected })
    }

    fn unknown_field(key: &str, expected: Names) -> Self {
        Self::new(Kind::UnknownKey { key: key.to_owned(), expected })
    }

    fn missing_field(key: &'static str) -> Self {
        Self::new(Kind::MissingKey(key))
    }

    fn duplicate_field(key: &'static str) -> Self {
        Self::custom(format_args!("the key `{key}` stands here twice, once under another name"))
    }
}

/// What to write where a choice is asked for and a quantity stands that one of the choices takes.
fn bare_value(text: &str, choices: Names) -> Option<String> {
    let has = |choice: &str| choices.contains(&choice);
    if has("poisson") && text.parse::<Rate>().is_ok() {
        return Some(format!(
            "write `poisson = {{ rate = \"{text}\" }}` in a table, or another of {}",
            listed(choices)
        ));
    }
    let is_time = has("constant") && text.parse::<kernel::Span>().is_ok();
    is_time
        .then(|| format!("write `{{ constant = \"{text}\" }}`, or another of {}", listed(choices)))
}

/// A value as the user wrote it.
fn described(found: de::Unexpected<'_>) -> String {
    use de::Unexpected::{Bool, Float, Map, Seq, Signed, Str, Unsigned};
    match found {
        Bool(value) => value.to_string(),
        Unsigned(number) => format!("the number {number}"),
        Signed(number) => format!("the number {number}"),
        Float(number) => format!("the number {number:?}"),
        Str(text) => format!("the text {text:?}"),
        Seq => "a list".to_owned(),
        Map => "a table".to_owned(),
        other => other.to_string(),
    }
}

/// What serde expected, in the words of a scenario file.
fn wanted(expected: &str) -> String {
    let words = match expected {
        "a string" | "a borrowed string" => "a text",
        "a boolean" => "true or false",
        "a sequence" => "a list",
        "a map" => "a table",
        "f32" | "f64" => "a number",
        "i64" | "isize" => "a whole number",
        "u64" | "usize" => "a whole number, zero or more",
        "u8" => "a whole number from 0 to 255",
        "u16" => "a whole number from 0 to 65535",
        "u32" => "a whole number from 0 to 4294967295",
        "i32" => "a whole number from -2147483648 to 2147483647",
        "a nonzero u16" | "a nonzero u32" | "a nonzero u64" | "a nonzero usize" => {
            "a whole number, one or more"
        }
        other if other.starts_with("struct ") => "a table",
        other if other.starts_with("enum ") => CHOICE,
        other => match other.strip_prefix("a tuple of size ") {
            Some(size) => return format!("a list of {size} items"),
            None => other,
        },
    };
    words.to_owned()
}

/// How a choice is written.
pub(super) const CHOICE: &str = "a name, or a name with its parameters";
