//! The tree of a TOML text, in the order of the file, with the place of every key and value.

use toml::de::{DeArray, DeInteger, DeTable, DeValue};

use super::{Problem, Problems, Span};

/// A value of a scenario file and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// The bytes of the value; of a table with a header, the header.
    pub span: Span,
    /// What stands there.
    pub value: Value,
    /// Whether an error in it was told already, so that readers pass over it.
    pub(super) spoiled: bool,
}

/// What a [`Node`] holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A text.
    Text(String),
    /// An integer that fits `i64` or `u64`.
    Integer(i128),
    /// A finite number.
    Float(f64),
    /// True or false.
    Boolean(bool),
    /// A list.
    List(Vec<Node>),
    /// A table; no key stands in it twice.
    Table(Vec<(Key, Node)>),
}

/// A key of a table and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// The key, without quotes.
    pub name: String,
    /// The bytes of the key.
    pub span: Span,
}

impl Node {
    /// `value` at `span`.
    pub const fn new(span: Span, value: Value) -> Self {
        Self { span, value, spoiled: false }
    }

    /// The tree of a TOML text; none if it has errors, all of which are added to `problems`.
    pub fn parse(text: &str, problems: &mut Problems) -> Option<Self> {
        let (table, errors) = DeTable::parse_recoverable(text);
        let mut found = Problems::default();
        for error in errors {
            found.push(Problem::error(error.span().unwrap_or(0..0), error.message()));
        }
        let root = if found.is_empty() {
            let value = from_table(table.into_inner(), 0, &mut found);
            Some(Self::new(0..0, value))
        } else {
            None
        };
        let root = root.filter(|_| found.is_empty());
        problems.append(found);
        root
    }

    /// The value that a TOML text is, its spans moved by `start`; none if it has errors, all of
    /// which are added to `problems`.
    pub(super) fn parse_value(text: &str, start: usize, problems: &mut Problems) -> Option<Self> {
        let (value, errors) = DeValue::parse_recoverable(text);
        let mut found = Problems::default();
        for error in errors {
            let span = error.span().unwrap_or(0..0);
            found.push(Problem::error(start + span.start..start + span.end, error.message()));
        }
        let root = if found.is_empty() {
            let span = value.span();
            from_value(value.into_inner(), span, start, &mut found)
        } else {
            None
        };
        let root = root.filter(|_| found.is_empty());
        problems.append(found);
        root
    }

    /// The entries of a table; none of anything else.
    pub fn entries(&self) -> &[(Key, Self)] {
        match &self.value {
            Value::Table(entries) => entries,
            _ => &[],
        }
    }

    /// The entries of a table, to be changed; none of anything else.
    pub fn entries_mut(&mut self) -> &mut [(Key, Self)] {
        match &mut self.value {
            Value::Table(entries) => entries,
            _ => &mut [],
        }
    }

    /// The text that stands here.
    pub fn as_text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The value of a key of this table, or the item of this list whose number `part` is.
    pub fn get(&self, part: &str) -> Option<&Self> {
        self.step(part).map(|(_, node)| node)
    }

    /// The node that `path` leads to from here: each part a key of a table or the number of an
    /// item in a list.
    pub fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |node, part| node.get(part))
    }

    /// One step down: the place of the key (of the item itself in a list), and the value.
    pub(super) fn step(&self, part: &str) -> Option<(&Span, &Self)> {
        match &self.value {
            Value::Table(entries) => {
                let entry = entries.iter().find(|(key, _)| key.name == part);
                entry.map(|(key, node)| (&key.span, node))
            }
            Value::List(items) => {
                let item = items.get(part.parse::<usize>().ok()?)?;
                Some((&item.span, item))
            }
            _ => None,
        }
    }

    /// The node at a position: at each level the number of the entry or item.
    pub(super) fn at_position(&mut self, position: &[usize]) -> Option<&mut Self> {
        position.iter().try_fold(self, |node, index| match &mut node.value {
            Value::Table(entries) => entries.get_mut(*index).map(|(_, node)| node),
            Value::List(items) => items.get_mut(*index),
            _ => None,
        })
    }

    /// Takes the entry `name` out of this table.
    pub(super) fn remove(&mut self, name: &str) {
        if let Value::Table(entries) = &mut self.value {
            entries.retain(|(key, _)| key.name != name);
        }
    }

    /// Marks an error in this node as told: [`read_all`](super::read_all) passes over it, and over
    /// what is missing because of it.
    pub fn spoil(&mut self) {
        self.spoiled = true;
    }

    /// Whether an error in this node or below was told.
    pub fn is_spoiled(&self) -> bool {
        self.spoiled
            || match &self.value {
                Value::Table(entries) => entries.iter().any(|(_, node)| node.is_spoiled()),
                Value::List(items) => items.iter().any(Self::is_spoiled),
                _ => false,
            }
    }

    /// Turns a table `{ kind = "faas", … }` with the key `tag` for `kind` into `{ faas = { … } }`,
    /// which an externally tagged enum reads with the place of every error.
    ///
    /// # Errors
    ///
    /// A table without the key, a value that is no text or none of `kinds`. The node is then
    /// [spoiled](Self::spoil).
    pub fn externally_tag(&mut self, tag: &str, kinds: &[&str]) -> Result<(), Problem> {
        let result = self.take_tag(tag, kinds);
        match result {
            Ok(key) => {
                let inner = std::mem::replace(&mut self.value, Value::Table(Vec::new()));
                self.value = Value::Table(vec![(key, Self::new(self.span.clone(), inner))]);
                Ok(())
            }
            Err(problem) => {
                self.spoil();
                Err(problem)
            }
        }
    }

    /// Takes the entry `tag` out of this table and makes a key of its text.
    fn take_tag(&mut self, tag: &str, kinds: &[&str]) -> Result<Key, Problem> {
        let found = self.value.described();
        let Value::Table(entries) = &mut self.value else {
            let message = format!("expected a table with the key `{tag}`, found {found}");
            return Err(Problem::error(self.span.clone(), message));
        };
        let Some(index) = entries.iter().position(|(key, _)| key.name == tag) else {
            let message = format!("missing key `{tag}`");
            let problem = Problem::error(self.span.clone(), message);
            return Err(problem.with_help(super::error::one_of(kinds)));
        };
        let node = &entries[index].1;
        let span = node.span.clone();
        let Value::Text(kind) = &node.value else {
            let message = format!("expected a text, found {}", node.value.described());
            return Err(Problem::error(span, message).with_help(super::error::one_of(kinds)));
        };
        if !kinds.contains(&kind.as_str()) {
            return Err(Problem::unknown(span, tag, kind, kinds));
        }
        let name = kind.clone();
        entries.remove(index);
        Ok(Key { name, span })
    }
}

impl Value {
    /// What stands here, as an error tells it: `the text "four"`.
    pub(super) fn described(&self) -> String {
        match self {
            Self::Text(text) => format!("the text {text:?}"),
            Self::Integer(number) => format!("the number {number}"),
            Self::Float(number) => format!("the number {number:?}"),
            Self::Boolean(value) => value.to_string(),
            Self::List(_) => "a list".to_owned(),
            Self::Table(_) => "a table".to_owned(),
        }
    }
}

fn from_table(table: DeTable<'_>, start: usize, problems: &mut Problems) -> Value {
    let mut entries: Vec<_> = table.into_iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    let entries = entries.into_iter().filter_map(|(key, value)| {
        let (key_span, span) = (key.span(), value.span());
        let node = from_value(value.into_inner(), span, start, problems)?;
        let key_span = start + key_span.start..start + key_span.end;
        Some((Key { name: key.into_inner().into_owned(), span: key_span }, node))
    });
    Value::Table(entries.collect())
}

fn from_list(list: DeArray<'_>, start: usize, problems: &mut Problems) -> Value {
    let items = list.into_iter().filter_map(|item| {
        let span = item.span();
        from_value(item.into_inner(), span, start, problems)
    });
    Value::List(items.collect())
}

/// The node of a value; what no scenario can hold is a problem.
fn from_value(
    value: DeValue<'_>,
    span: Span,
    start: usize,
    problems: &mut Problems,
) -> Option<Node> {
    let span = start + span.start..start + span.end;
    let value = match value {
        DeValue::String(text) => Ok(Value::Text(text.into_owned())),
        DeValue::Boolean(value) => Ok(Value::Boolean(value)),
        DeValue::Array(list) => Ok(from_list(list, start, problems)),
        DeValue::Table(table) => Ok(from_table(table, start, problems)),
        DeValue::Integer(number) => from_integer(&number),
        DeValue::Float(number) => match number.as_str().parse::<f64>() {
            Ok(float) if float.is_finite() => Ok(Value::Float(float)),
            _ => Err(format!("expected a finite number, found `{number}`")),
        },
        DeValue::Datetime(date) if date.date.is_none() => {
            Err(format!("a time of day stands in quotes: \"{date}\""))
        }
        DeValue::Datetime(date) => Err(format!("a scenario holds no dates: `{date}`")),
    };
    match value {
        Ok(value) => Some(Node::new(span, value)),
        Err(message) => {
            problems.push(Problem::error(span, message));
            None
        }
    }
}

fn from_integer(number: &DeInteger<'_>) -> Result<Value, String> {
    i128::from_str_radix(number.as_str(), number.radix())
        .ok()
        .filter(|number| (i128::from(i64::MIN)..=i128::from(u64::MAX)).contains(number))
        .map(Value::Integer)
        .ok_or_else(|| format!("the number {number} does not fit 64 bits"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(text: &str) -> Node {
        Node::parse(text, &mut Problems::default()).unwrap()
    }

    fn messages(text: &str) -> Vec<String> {
        let mut problems = Problems::default();
        assert!(Node::parse(text, &mut problems).is_none());
        problems.iter().map(|problem| problem.message.clone()).collect()
    }

    #[test]
    fn keeps_order_and_places() {
        let text = "z = 1\n[b.y]\nq = [true, { r = 0.5 }]\n[a]\n";
        let root = parse(text);
        let names: Vec<_> = root.entries().iter().map(|(key, _)| key.name.as_str()).collect();
        assert_eq!(names, ["z", "b", "a"]);
        let r = root.at(&["b", "y", "q", "1", "r"]).unwrap();
        assert_eq!((&text[r.span.clone()], &r.value), ("0.5", &Value::Float(0.5)));
        assert_eq!(&text[root.at(&["b", "y"]).unwrap().span.clone()], "[b.y]");
        assert_eq!(root.at(&["b", "y", "q", "2"]), None);
        assert_eq!(root.at(&["z", "x"]), None);
    }

    #[test]
    fn integers_span_both_64_bit_types() {
        let root = parse("a = 18446744073709551615\nb = -9223372036854775808\nc = 0xff\nd = 1_000");
        assert_eq!(root.get("a").unwrap().value, Value::Integer(u64::MAX.into()));
        assert_eq!(root.get("b").unwrap().value, Value::Integer(i64::MIN.into()));
        assert_eq!(root.get("c").unwrap().value, Value::Integer(255));
        assert_eq!(root.get("d").unwrap().value, Value::Integer(1000));
    }

    #[test]
    fn tells_every_value_that_no_scenario_holds() {
        assert_eq!(
            messages("a = nan\nb = [2020-01-01]\nc = 18446744073709551616\nd = -inf\ne = 1e999"),
            [
                "expected a finite number, found `nan`",
                "a scenario holds no dates: `2020-01-01`",
                "the number 18446744073709551616 does not fit 64 bits",
                "expected a finite number, found `-inf`",
                "expected a finite number, found `1e999`",
            ]
        );
    }

    #[test]
    fn depth_is_bounded() {
        for deep in [format!("{}x = 1", "a.".repeat(50_000)), format!("a = {}", "[".repeat(50_000))]
        {
            assert!(!messages(&deep).is_empty());
        }
    }

    #[test]
    fn a_tag_becomes_a_key() {
        let text = "[p]\nkind = \"faas\"\nx = 1\n[q]\nkind = \"fas\"\n[r]\n[s]\nkind = 1\n";
        let mut root = parse(text);
        let kinds = ["faas", "servers"];
        let mut told = Vec::new();
        for (_, node) in root.entries_mut() {
            told.extend(node.externally_tag("kind", &kinds).err());
        }
        assert_eq!(root.at(&["p", "faas", "x"]).unwrap().value, Value::Integer(1));
        assert_eq!(root.at(&["p", "faas", "kind"]), None);
        let key = &root.get("p").unwrap().entries()[0].0;
        assert_eq!(&text[key.span.clone()], "\"faas\"");
        let messages: Vec<_> = told.iter().map(|problem| problem.message.as_str()).collect();
        assert_eq!(
            messages,
            ["unknown kind `fas`", "missing key `kind`", "expected a text, found the number 1"]
        );
        assert_eq!(
            told[0].help.as_deref(),
            Some("did you mean `faas`? (expected one of `faas`, `servers`)")
        );
        assert!(!root.get("p").unwrap().is_spoiled());
        assert!(root.get("q").unwrap().is_spoiled());
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "[a-c0-9.='\"\\[\\]{},\n# \u{e9}-]{0,60}|\\PC*") {
            let mut problems = Problems::default();
            let root = Node::parse(&text, &mut problems);
            prop_assert_eq!(root.is_none(), !problems.is_empty());
            problems.render(&crate::scenario::Sources::new("x.toml", text), false);
        }
    }
}
