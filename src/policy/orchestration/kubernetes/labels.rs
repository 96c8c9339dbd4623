//! Labels and selectors of labels (apimachinery `pkg/labels`, `pkg/apis/meta/v1`).

use std::fmt;

use super::names::{Names, Symbol};

/// Labels by key.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Labels(Box<[(Symbol, Symbol)]>);

impl Labels {
    /// The labels with these keys and values; the last of equal keys counts.
    pub fn new(pairs: impl IntoIterator<Item = (Symbol, Symbol)>) -> Self {
        let mut labels: Vec<(Symbol, Symbol)> = Vec::new();
        for (key, value) in pairs {
            match labels.binary_search_by_key(&key, |pair| pair.0) {
                Ok(at) => labels[at].1 = value,
                Err(at) => labels.insert(at, (key, value)),
            }
        }
        Self(labels.into())
    }

    /// The value at `key`.
    #[inline]
    pub fn get(&self, key: Symbol) -> Option<Symbol> {
        let at = self.0.binary_search_by_key(&key, |pair| pair.0).ok()?;
        Some(self.0[at].1)
    }

    /// All keys with their values, by symbol of the key.
    pub fn pairs(&self) -> &[(Symbol, Symbol)] {
        &self.0
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// How a requirement compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operator {
    /// The label has one of the values.
    In,
    /// The label is missing or has none of the values.
    NotIn,
    /// There is such a label.
    Exists,
    /// There is no such label.
    DoesNotExist,
    /// The label is an integer above the value; for nodes only.
    Gt,
    /// The label is an integer below the value; for nodes only.
    Lt,
}

impl Operator {
    /// The operator with the name that the API gives it.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "In" => Self::In,
            "NotIn" => Self::NotIn,
            "Exists" => Self::Exists,
            "DoesNotExist" => Self::DoesNotExist,
            "Gt" => Self::Gt,
            "Lt" => Self::Lt,
            _ => return None,
        })
    }
}

/// A selector that the API's rules forbid, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed(pub String);

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One condition on a label.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Requirement {
    key: Symbol,
    operator: Operator,
    values: Box<[Symbol]>,
    /// The value of `Gt` and `Lt`.
    bound: i64,
}

impl Requirement {
    /// The condition that `key` has `value`, without looking whether the API allows them.
    pub fn equals(key: Symbol, value: Symbol) -> Self {
        Self { key, operator: Operator::In, values: Box::new([value]), bound: 0 }
    }

    /// A condition.
    ///
    /// # Errors
    /// If the API's rules for keys, values, or their number forbid it.
    pub fn new(
        key: &str,
        operator: Operator,
        values: &[&str],
        names: &mut Names,
    ) -> Result<Self, Malformed> {
        if !is_qualified_name(key) {
            return Err(Malformed(format!("`{key}` is no key of a label")));
        }
        let bound = values.first().and_then(|value| value.parse().ok());
        let right = match operator {
            Operator::In | Operator::NotIn => !values.is_empty(),
            Operator::Exists | Operator::DoesNotExist => values.is_empty(),
            Operator::Gt | Operator::Lt => values.len() == 1 && bound.is_some(),
        };
        if !right {
            return Err(Malformed(format!("{operator:?} on `{key}` cannot have {values:?}")));
        }
        if let Some(value) = values.iter().find(|value| !is_label_value(value)) {
            return Err(Malformed(format!("`{value}` is no value of a label")));
        }
        let values = values.iter().map(|value| names.symbol(value)).collect();
        Ok(Self { key: names.symbol(key), operator, values, bound: bound.unwrap_or(0) })
    }

    /// The key of the label.
    pub fn key(&self) -> Symbol {
        self.key
    }

    /// How it compares.
    pub fn operator(&self) -> Operator {
        self.operator
    }

    /// With which values.
    pub fn values(&self) -> &[Symbol] {
        &self.values
    }

    /// Whether labels meet it.
    #[inline]
    pub fn holds(&self, labels: &Labels, names: &Names) -> bool {
        let value = labels.get(self.key);
        let integer = || value.and_then(|value| names.integer(value));
        match self.operator {
            Operator::In => value.is_some_and(|value| self.values.contains(&value)),
            Operator::NotIn => value.is_none_or(|value| !self.values.contains(&value)),
            Operator::Exists => value.is_some(),
            Operator::DoesNotExist => value.is_none(),
            Operator::Gt => integer().is_some_and(|integer| integer > self.bound),
            Operator::Lt => integer().is_some_and(|integer| integer < self.bound),
        }
    }
}

/// Which labels are meant.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Selector {
    /// No labels at all: what a selector that is not given means.
    #[default]
    Nothing,
    /// The labels that meet all of these; all labels if there are none.
    All(Vec<Requirement>),
}

impl Selector {
    /// Whether it matches whatever labels there are.
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::All(requirements) if requirements.is_empty())
    }

    /// Whether it matches these labels.
    #[inline]
    pub fn matches(&self, labels: &Labels, names: &Names) -> bool {
        match self {
            Self::Nothing => false,
            Self::All(requirements) => requirements.iter().all(|one| one.holds(labels, names)),
        }
    }

    /// The selector with more requirements; one that matches nothing stays as it is.
    #[must_use]
    pub fn and(mut self, more: impl IntoIterator<Item = Requirement>) -> Self {
        if let Self::All(requirements) = &mut self {
            requirements.extend(more);
        }
        self
    }
}

/// At most 63 letters, digits, `-`, `_`, `.`, that begin and end with a letter or digit.
fn is_name(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric();
    let bytes = text.as_bytes();
    bytes.len() <= 63
        && bytes.first().is_some_and(|&byte| plain(byte))
        && bytes.last().is_some_and(|&byte| plain(byte))
        && bytes.iter().all(|&byte| plain(byte) || matches!(byte, b'-' | b'_' | b'.'))
}

/// Whether the API takes `text` as a label's value.
fn is_label_value(text: &str) -> bool {
    text.is_empty() || is_name(text)
}

/// A DNS-1123 subdomain.
fn is_subdomain(text: &str) -> bool {
    let plain = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    text.len() <= 253
        && text.split('.').all(|part| {
            let bytes = part.as_bytes();
            bytes.first().is_some_and(plain)
                && bytes.last().is_some_and(plain)
                && bytes.iter().all(|byte| plain(byte) || *byte == b'-')
        })
}

/// Whether the API takes `text` as a key: a name, perhaps after a domain and a slash.
pub(super) fn is_qualified_name(text: &str) -> bool {
    match text.split_once('/') {
        None => is_name(text),
        Some((domain, name)) => is_subdomain(domain) && is_name(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_of_the_api_for_keys_and_values() {
        for key in ["a", "example.com/gpu", "A_b.c-d", "9"] {
            assert!(is_qualified_name(key), "{key}");
        }
        for key in ["", "/a", "a/", "Example.com/a", "a/b/c", "-a", "a b", "a..b/c"] {
            assert!(!is_qualified_name(key), "{key}");
        }
        assert!(is_label_value("") && is_label_value(&"a".repeat(63)));
        assert!(!is_label_value(&"a".repeat(64)) && !is_label_value("{{.bad-value.}}"));
    }

    #[test]
    fn what_is_missing_is_not_in_and_not_above() {
        let mut names = Names::default();
        let (key, value) = (names.symbol("cores"), names.symbol("08"));
        let labels = Labels::new([(key, value)]);
        let mut holds = |key, operator, values: &[&str]| {
            Requirement::new(key, operator, values, &mut names).unwrap().holds(&labels, &names)
        };
        assert!(holds("cores", Operator::Gt, &["7"]) && !holds("cores", Operator::Gt, &["8"]));
        assert!(holds("cores", Operator::Lt, &["9"]) && !holds("other", Operator::Lt, &["9"]));
        assert!(holds("other", Operator::NotIn, &["8"]) && !holds("cores", Operator::In, &["8"]));
        assert!(Requirement::new("cores", Operator::Gt, &["x"], &mut names).is_err());
    }
}
