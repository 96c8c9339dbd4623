//! An axis of a sweep: a path of the scenario and the values that stand there, or named cases.

use std::collections::BTreeSet;

use super::cases::{self, Case};
use super::range::Range;
use crate::quantity::suggest::did_you_mean;
use crate::scenario::sweep;
use crate::scenario::{Assignment, Key, Node, Problem, Problems, Span, Value, dotted, read_all};

/// A path and its values, or cases.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// In the one form that `--set` would be shown in, whatever quotes and blanks the file has; `case` of cases.
    path: String,
    /// What varies.
    places: Vec<Place>,
    values: Values,
}

/// A path that varies.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Place {
    parts: Vec<String>,
    /// Where it is written.
    key: Span,
}

#[derive(Clone, Debug, PartialEq)]
enum Values {
    List(Vec<Node>),
    /// All between two ends, and where they are written.
    Range(Range, Span),
    Cases(Vec<Case>),
}

/// Tables that do not vary: each point of a sweep belongs to the same one, and meets the same luck.
const FIXED: &[(&str, &str)] = &[
    ("sweep", "the sweep itself cannot vary"),
    ("seed", "the seed cannot vary: each replication has one of its own, the same at each point"),
    ("name", "the name cannot vary: all points have the same"),
];

impl Axis {
    /// The axis that stands in `[sweep.vary]`; what is wrong is added to `problems`.
    pub(super) fn read((key, node): &(Key, Node), problems: &mut Problems) -> Option<Self> {
        let (place, _) = Place::read(key, node, problems)?;
        let path = place.path();
        let mut wrong = |message: &str, help: String| {
            problems.push(Problem::error(node.span.clone(), message).with_help(help));
            None
        };
        let values = match &node.value {
            Value::List(items) if items.is_empty() => {
                return wrong("an axis has at least one value", "or leave it out".to_owned());
            }
            Value::List(items) => Values::List(items.clone()),
            Value::Table(_) if node.get("from").is_none() && node.get("to").is_none() => {
                let help =
                    format!("write the whole path in quotes, as in vary.\"{path}.KEY\" = [1, 2]");
                return wrong("expected a list of values, found a table", help);
            }
            Value::Table(_) => {
                let scale = read_all::<sweep::Range>(node, problems)?.scale;
                let range = Range::new(node.get("from")?, node.get("to")?, scale, problems)?;
                Values::Range(range, node.span.clone())
            }
            value => {
                return wrong("expected a list of values", format!("write [{value}]"));
            }
        };
        Some(Self { path, places: vec![place], values })
    }

    /// The axis whose values are the cases of `[sweep.cases]`, if there are any; what is wrong is added to `problems`.
    pub(super) fn of_cases(node: &Node, problems: &mut Problems) -> Option<Self> {
        let (cases, places) = cases::read(node, problems)?;
        Some(Self { path: cases::AXIS.to_owned(), places, values: Values::Cases(cases) })
    }

    /// The path, as `--set` takes it; `case` of cases.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What of its paths leads to a service, a platform or the like that the scenario has not, but for a slip of the pen.
    pub(super) fn stray(&self, root: &Node) -> impl Iterator<Item = Problem> {
        self.places.iter().filter_map(|place| place.stray(root))
    }

    /// Whether one of its values is written at `span`.
    pub(super) fn wrote(&self, span: &Span) -> bool {
        match &self.values {
            Values::List(items) => {
                items.iter().any(|item| item.span.start <= span.start && span.end <= item.span.end)
            }
            Values::Range(_, written) => written == span,
            Values::Cases(cases) => cases.iter().any(|case| case.wrote(span)),
        }
    }

    /// How many values it lists; `None` of a range.
    pub fn listed(&self) -> Option<u64> {
        match &self.values {
            Values::List(items) => Some(items.len() as u64),
            Values::Cases(cases) => Some(cases.len() as u64),
            Values::Range(..) => None,
        }
    }

    /// What is wrong if `other` stands behind it: one would put its values over the other's.
    pub(super) fn clash(&self, other: &Self) -> Option<Problem> {
        other.places.iter().find_map(|place| self.places.iter().find_map(|own| own.clash(place)))
    }

    /// What is wrong with a value that it lists twice: both would be the same point.
    pub(super) fn repeated(&self) -> Option<Problem> {
        let Values::List(items) = &self.values else { return None };
        let mut known = BTreeSet::new();
        let again = items.iter().find(|item| !known.insert(item.value.to_string()))?;
        let message = format!("{} is listed twice", again.value);
        Some(Problem::error(again.span.clone(), message).with_help("leave it out here"))
    }

    /// Where its values are written.
    pub(super) fn span(&self) -> Span {
        match &self.values {
            Values::List(items) => items[0].span.start..items[items.len() - 1].span.end,
            Values::Range(_, span) => span.clone(),
            Values::Cases(cases) => cases[0].span().start..cases[cases.len() - 1].span().end,
        }
    }

    /// The value with this number; of a case its name.
    ///
    /// # Panics
    /// If it is a range, or lists no such value.
    pub(super) fn value(&self, number: u64) -> Node {
        match &self.values {
            Values::List(items) => items[number as usize].clone(),
            Values::Cases(cases) => cases[number as usize].name(),
            Values::Range(..) => unreachable!("only samples take from a range"),
        }
    }

    /// The value at `share` of the axis, from 0 up to but not including 1.
    pub(super) fn at(&self, share: f64) -> Node {
        match &self.values {
            Values::Range(range, span) => Node::new(span.clone(), range.at(share)),
            Values::List(_) | Values::Cases(_) => {
                let len = self.listed().unwrap_or(1);
                self.value(((share * len as f64) as u64).min(len - 1))
            }
        }
    }

    /// The changes of the scenario that put `value` there.
    pub(super) fn changes(&self, value: Node) -> Vec<Assignment> {
        if let Values::Cases(cases) = &self.values {
            return cases.iter().find(|case| case.is(&value)).map_or_else(Vec::new, Case::changes);
        }
        let span = value.span.clone();
        vec![Assignment::new(&self.path, &span, value).expect("its path was read before")]
    }
}

impl Place {
    /// The path that `key` is, and the change that puts `node` there; what is wrong with it is added to `problems`.
    pub(super) fn read(
        key: &Key,
        node: &Node,
        problems: &mut Problems,
    ) -> Option<(Self, Assignment)> {
        let change = Assignment::new(&key.name, &key.span, node.clone());
        let change = change.map_err(|problem| problems.push(problem)).ok()?;
        let parts = change.path();
        if let Some((_, why)) = FIXED.iter().find(|(fixed, _)| parts.first() == Some(fixed)) {
            problems.push(Problem::error(key.span.clone(), *why));
            return None;
        }
        let parts = parts.into_iter().map(str::to_owned).collect();
        Some((Self { parts, key: key.span.clone() }, change))
    }

    /// The path, as `--set` takes it.
    fn path(&self) -> String {
        dotted(&self.parts.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// That it leads to a service, a platform or the like that the scenario has not, but for a slip of the pen.
    fn stray(&self, root: &Node) -> Option<Problem> {
        let [table, name, _, ..] = &self.parts[..] else { return None };
        let names: Vec<&str> =
            root.get(table)?.entries().iter().map(|(key, _)| &*key.name).collect();
        let meant = did_you_mean(name, &names).filter(|_| !names.contains(&name.as_str()))?;
        let help = format!("did you mean `{meant}`?");
        Some(
            Problem::error(self.key.clone(), format!("there is no {table} `{name}`"))
                .with_help(help),
        )
    }

    /// What is wrong if `other` stands behind it in another axis, or in the same case.
    pub(super) fn clash(&self, other: &Self) -> Option<Problem> {
        let (one, two) = (&self.parts, &other.parts);
        if !one.starts_with(two) && !two.starts_with(one) {
            return None;
        }
        let message = format!("`{}` and `{}` vary the same values", other.path(), self.path());
        let help = "leave one out, or write whole tables as the values of the upper one";
        Some(Problem::error(other.key.clone(), message).with_help(help))
    }
}
