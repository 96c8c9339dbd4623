//! `--set PATH=VALUE`: changes one value of a scenario.

use std::fmt;

pub(super) use super::path::Part;
use super::path::{self, dotted};
use super::{Key, Node, Problem, Problems, Sources, Span, Value};
use crate::pricing::sheet::FLAT_KEYS;

/// The paths whose value is a choice: a name, or a name with its parameters, as a policy or a
/// distribution is. `*` stands for any one part: `platform.*.keep_alive`.
///
/// Setting a parameter of one choice replaces another choice that stood there.
///
/// ```
/// use cloudsched::scenario::Choices;
/// let choices = Choices(&["service.*.demand"]);
/// assert!(choices.contain(&["service", "web", "demand"]));
/// assert!(!choices.contain(&["service", "demand"]));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Choices<'a>(pub &'a [&'a str]);

impl Choices<'_> {
    /// Whether the value at `path` is a choice.
    pub fn contain(&self, path: &[&str]) -> bool {
        self.0.iter().any(|pattern| {
            pattern.split('.').count() == path.len()
                && pattern.split('.').zip(path).all(|(part, name)| part == "*" || part == *name)
        })
    }
}

/// A path and the value to be put there.
#[derive(Clone, Debug, PartialEq)]
pub struct Assignment {
    path: Vec<Part>,
    value: Node,
}

/// Adds `argument` to `sources` as one of `--set` and puts its value into the tree of `root`. What
/// is wrong with it is added to `problems`, and then the tree stays as it is.
pub fn set(
    root: &mut Node,
    argument: &str,
    choices: &Choices<'_>,
    sources: &mut Sources,
    problems: &mut Problems,
) {
    let start = sources.add("--set", argument);
    match Assignment::parse(argument, start) {
        Ok(assignment) => {
            if let Err(problem) = assignment.apply(root, choices) {
                problems.push(problem);
            }
        }
        Err(found) => problems.append(found),
    }
}

impl fmt::Display for Assignment {
    /// As `--set` takes it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", dotted(&self.path()), self.value.value)
    }
}

const USAGE: &str = "write PATH=VALUE, as in platform.lambda.keep_alive.fixed.window=5m";

impl Assignment {
    /// `value` for the value at `path`, all of which is written at `span`.
    ///
    /// # Errors
    ///
    /// The path is malformed.
    pub fn new(path: &str, span: &Span, value: Node) -> Result<Self, Problem> {
        let malformed = |message: String| Problem::error(span.clone(), message);
        let (mut parts, end) = path::parse(path).map_err(|(_, message)| malformed(message))?;
        if end < path.len() {
            return Err(malformed(format!("expected a path, found `{path}`")));
        }
        for part in &mut parts {
            part.span = span.clone();
        }
        Ok(Self { path: parts, value })
    }

    /// `value` for the value at `path`.
    pub(super) const fn at(path: Vec<Part>, value: Node) -> Self {
        Self { path, value }
    }

    /// Reads `PATH=VALUE`, which starts at `start` in the sources. The value is one of TOML or else
    /// a text, so that `keep_alive=infinite` and `window=5m` need no quotes.
    ///
    /// # Errors
    ///
    /// All that is wrong with the path or, if it opens as a quoted text, a list or a table, with the
    /// value.
    pub fn parse(argument: &str, start: usize) -> Result<Self, Problems> {
        let moved = |span: Span| start + span.start..start + span.end;
        let only = |span: Span, message: String| {
            let mut problems = Problems::default();
            problems.push(Problem::error(moved(span), message).with_help(USAGE));
            problems
        };
        let (mut path, end) =
            path::parse(argument).map_err(|(span, message)| only(span, message))?;
        for part in &mut path {
            part.span = moved(part.span.clone());
        }
        let value = argument[end..].strip_prefix('=').unwrap_or_default();
        let value_start = argument.len() - value.trim_start().len();
        match value.trim() {
            "" => Err(only(end..argument.len(), "expected `=` and a value".to_owned())),
            value => Ok(Self { path, value: parse_value(value, start + value_start)? }),
        }
    }

    /// The parts of its path.
    pub fn path(&self) -> Vec<&str> {
        self.path.iter().map(|part| part.name.as_str()).collect()
    }

    /// Puts the value into the tree of `root`. Tables on the way are made where there are none; a
    /// text on the way, or another choice where `choices` says so, gives way to a table.
    ///
    /// # Errors
    ///
    /// The path leads through a number, or to an item that a list does not have. The tree then stays
    /// as it was.
    pub fn apply(&self, root: &mut Node, choices: &Choices<'_>) -> Result<(), Problem> {
        let names: Vec<_> = self.path.iter().map(|part| part.name.as_str()).collect();
        let mut node = root;
        for (depth, part) in self.path.iter().enumerate() {
            let above = names[..depth].last().copied().unwrap_or_default();
            let other = node.get(&part.name).is_none() && !stands_beside(node, &part.name);
            if choices.contain(&names[..depth]) && other {
                drop_other_choice(node);
            }
            let is_last = depth + 1 == self.path.len();
            node = open(node, part, above, is_last)?;
        }
        *node = self.value.clone();
        Ok(())
    }
}

/// Whether `name` and all keys of a table are flat prices, which exclude each other not.
fn stands_beside(node: &Node, name: &str) -> bool {
    let flat = |name: &str| FLAT_KEYS.contains(&name);
    flat(name) && node.entries().iter().all(|(key, _)| flat(&key.name))
}

/// Empties a table.
fn drop_other_choice(node: &mut Node) {
    if let Value::Table(entries) = &mut node.value {
        entries.clear();
    }
}

/// The slot for `part` in `node`, whose own name is `above`.
fn open<'a>(
    node: &'a mut Node,
    part: &Part,
    above: &str,
    is_last: bool,
) -> Result<&'a mut Node, Problem> {
    let Part { name, span } = part;
    let error = |message| Err(Problem::error(span.clone(), message));
    if let Value::Text(_) = node.value {
        *node = Node::new(span.clone(), Value::Table(Vec::new()));
    }
    let described = node.value.described();
    match &mut node.value {
        Value::List(items) => {
            let len = items.len();
            match name.parse::<usize>().ok().and_then(|index| items.get_mut(index)) {
                Some(item) => Ok(item),
                None => error(format!("no item `{name}` in `{above}`: it has {len}, from 0 on")),
            }
        }
        Value::Table(entries) => {
            let index = entries.iter().position(|(key, _)| key.name == *name);
            let index = index.unwrap_or_else(|| {
                let key = Key { name: name.clone(), span: span.clone() };
                entries.push((key, Node::new(span.clone(), Value::Table(Vec::new()))));
                entries.len() - 1
            });
            let (key, slot) = &mut entries[index];
            if is_last {
                key.span = span.clone();
            }
            Ok(slot)
        }
        _ => error(format!("no `{name}` in `{above}`: it is {described}")),
    }
}

/// The node of a value of TOML; of a text, if the value is not one of TOML and does not open as one
/// that has an end of its own.
pub(super) fn parse_value(text: &str, start: usize) -> Result<Node, Problems> {
    let mut problems = Problems::default();
    match Node::parse_value(text, start, &mut problems) {
        Some(node) => Ok(node),
        None if text.starts_with(['"', '\'', '[', '{']) => Err(problems),
        None => Ok(Node::new(start..start + text.len(), Value::Text(text.to_owned()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FILE: &str = "
horizon = \"1h\"
[platform.lambda]
max = 4
keep_alive.fixed = { window = \"10m\", jitter = 1 }
placement = \"best-fit\"
hosts = [{ count = 1 }]
[service.demand]
memory = \"1MB\"
";

    /// The file after `--set argument` as the debug text of what stands at `path`, or the error.
    fn after(argument: &str, path: &[&str]) -> String {
        let mut problems = Problems::default();
        let mut root = Node::parse(FILE, &mut problems).unwrap();
        let before = root.clone();
        let mut sources = Sources::new("x.toml", FILE);
        let choices = Choices(&["platform.*.keep_alive", "service.*.demand", "service.*.x"]);
        set(&mut root, argument, &choices, &mut sources, &mut problems);
        if let Some(problem) = problems.iter().next() {
            assert_eq!(root, before);
            return format!("{}: {}", sources.text(&problem.span), problem.message);
        }
        plain(root.at(path).unwrap())
    }

    /// A node as JSON without quotes.
    fn plain(node: &Node) -> String {
        match &node.value {
            Value::Text(text) => text.clone(),
            Value::Integer(number) => number.to_string(),
            Value::Float(number) => format!("{number:?}"),
            Value::Boolean(value) => value.to_string(),
            Value::List(items) => format!("{:?}", items.iter().map(plain).collect::<Vec<_>>()),
            Value::Table(entries) => {
                let entries: Vec<_> = entries
                    .iter()
                    .map(|(key, node)| format!("{}:{}", key.name, plain(node)))
                    .collect();
                format!("{{{}}}", entries.join(" "))
            }
        }
    }

    #[test]
    fn a_value_is_one_of_toml_or_a_text() {
        let horizon = |value: &str| after(&format!("horizon={value}"), &["horizon"]);
        assert_eq!(horizon("5m"), "5m");
        assert_eq!(horizon(" 5 "), "5");
        assert_eq!(horizon("0.5"), "0.5");
        assert_eq!(horizon("true"), "true");
        assert_eq!(horizon("\"5\""), "5");
        assert_eq!(horizon("90/s"), "90/s");
        assert_eq!(horizon("infinite"), "infinite");
        assert_eq!(horizon("2019-07-15"), "2019-07-15");
        assert_eq!(horizon("inf"), "inf");
        assert_eq!(horizon("a=b"), "a=b");
        assert_eq!(horizon("{ a = [1, 'x'] }"), "{a:[\"1\", \"x\"]}");
    }

    #[test]
    fn a_parameter_is_set_among_the_others() {
        let path = ["platform", "lambda", "keep_alive"];
        let set = |argument| after(&format!("platform.lambda.keep_alive{argument}"), &path);
        assert_eq!(set(".fixed.window=5m"), "{fixed:{window:5m jitter:1}}");
        assert_eq!(set(".\"fixed\" . 'window' = 5m"), "{fixed:{window:5m jitter:1}}");
        assert_eq!(set("=infinite"), "infinite");
        assert_eq!(set(".hybrid.range=4h"), "{hybrid:{range:4h}}");
        assert_eq!(set(".hybrid={}"), "{hybrid:{}}");
    }

    #[test]
    fn a_text_gives_way_to_a_table() {
        let path = ["platform", "lambda", "placement"];
        assert_eq!(after("platform.lambda.placement.hashed.seed=1", &path), "{hashed:{seed:1}}");
    }

    #[test]
    fn what_is_no_choice_keeps_its_other_keys() {
        assert_eq!(after("service.demand.cpu=1", &["service", "demand"]), "{memory:1MB cpu:1}");
        assert_eq!(after("client.a.users=3", &["client"]), "{a:{users:3}}");
    }

    #[test]
    fn an_item_of_a_list_is_set_by_its_number() {
        let hosts = ["platform", "lambda", "hosts"];
        assert_eq!(after("platform.lambda.hosts.0.count=9", &hosts), "[\"{count:9}\"]");
        assert_eq!(
            after("platform.lambda.hosts.1.count=9", &hosts),
            "1: no item `1` in `hosts`: it has 1, from 0 on"
        );
    }

    #[test]
    fn says_what_is_wrong() {
        assert_eq!(after("platform.lambda.max.x=1", &[]), "x: no `x` in `max`: it is the number 4");
        assert_eq!(after("horizon", &[]), ": expected `=` and a value");
        assert_eq!(after("horizon=  ", &[]), "=  : expected `=` and a value");
        assert_eq!(after("=5", &[]), ": expected a key of the scenario");
        assert_eq!(after("horizon=[1, 2", &[]), ": unclosed array, expected `]`");
        assert_eq!(after("horizon=[nan]", &[]), "nan: expected a finite number, found `nan`");
    }

    #[test]
    fn a_value_from_elsewhere_is_put_at_a_path() {
        let mut root = Node::parse(FILE, &mut Problems::default()).unwrap();
        let value = Node::new(3..4, Value::Text("none".into()));
        let axis = Assignment::new("platform.lambda.keep_alive", &(1..2), value).unwrap();
        axis.apply(&mut root, &Choices(&[])).unwrap();
        let (key, node) =
            root.get("platform").unwrap().get("lambda").unwrap().step("keep_alive").unwrap();
        assert_eq!((key, &node.span), (&(1..2), &(3..4)));
        let value = Node::new(3..4, Value::Boolean(true));
        assert!(Assignment::new("a=b", &(1..2), value.clone()).is_err());
        assert_eq!(Assignment::new("a..b", &(1..2), value).unwrap_err().span, 1..2);
    }

    proptest! {
        #[test]
        fn no_argument_panics(argument in "[a-c0.='\"\\[{ \u{e9}]{0,16}|horizon=\\PC*|platform.lambda.\\PC*") {
            let mut problems = Problems::default();
            let mut root = Node::parse(FILE, &mut problems).unwrap();
            let mut sources = Sources::new("x.toml", FILE);
            set(&mut root, &argument, &Choices(&[]), &mut sources, &mut problems);
            problems.render(&sources, false);
        }
    }
}
