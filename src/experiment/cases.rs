//! Named cases of a sweep: what else one of several ways to run a scenario says, all of it together.

use super::axis::Place;
use crate::scenario::{Assignment, Key, Node, Problem, Problems, Span, Value};

/// The name of the axis that cases are.
pub(super) const AXIS: &str = "case";

/// Tables of a scenario that hold more than one case is about: those of things with names.
const NAMED: [&str; 8] =
    ["account", "application", "client", "fault", "platform", "release", "service", "workflow"];

/// A name and the changes of the scenario that it stands for.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Case {
    name: String,
    /// Where the name is written.
    key: Span,
    changes: Vec<Assignment>,
    /// Where the changes are written.
    written: Vec<Span>,
}

/// The cases of the table `node` and all the places that they change; what is wrong is added to `problems`.
pub(super) fn read(node: &Node, problems: &mut Problems) -> Option<(Vec<Case>, Vec<Place>)> {
    let mut wrong = |node: &Node, message: &str| {
        let help =
            "as in cases.small = { \"platform.pool.servers\" = 2 }, and cases.large beside it";
        problems.push(Problem::error(node.span.clone(), message).with_help(help));
    };
    let entries = node.entries();
    if entries.is_empty() {
        wrong(node, "expected a table of cases, each a table of paths and their values");
        return None;
    }
    if let Some((_, odd)) = entries.iter().find(|(_, case)| !matches!(case.value, Value::Table(_)))
    {
        wrong(odd, "a case is a table of paths and their values");
        return None;
    }
    let (mut cases, mut places) = (Vec::new(), Vec::new());
    for (key, case) in entries {
        let (case, own) = Case::read(key, case, problems)?;
        cases.push(case);
        places.extend(own);
    }
    Some((cases, places))
}

/// A path of a case and its value; what is wrong is added to `problems`.
fn one((key, value): &(Key, Node), problems: &mut Problems) -> Option<(Place, Assignment)> {
    if matches!(value.value, Value::Table(_)) && NAMED.contains(&key.name.as_str()) {
        let message = format!("this would be all of `{}`", key.name);
        let help = format!("write the whole path in quotes, as in \"{}.NAME.KEY\" = …", key.name);
        problems.push(Problem::error(key.span.clone(), message).with_help(help));
        return None;
    }
    Place::read(key, value, problems)
}

impl Case {
    fn read(key: &Key, node: &Node, problems: &mut Problems) -> Option<(Self, Vec<Place>)> {
        let read: Option<Vec<_>> =
            node.entries().iter().map(|entry| one(entry, problems)).collect();
        let (places, changes): (Vec<Place>, Vec<Assignment>) = read?.into_iter().unzip();
        for (number, place) in places.iter().enumerate() {
            places[..number]
                .iter()
                .filter_map(|above| above.clash(place))
                .for_each(|p| problems.push(p));
        }
        let written = node.entries().iter().map(|(_, value)| value.span.clone()).collect();
        let case = Self { name: key.name.clone(), key: key.span.clone(), changes, written };
        Some((case, places))
    }

    /// Where its name is written.
    pub(super) const fn span(&self) -> &Span {
        &self.key
    }

    /// Its name, as a value of the axis.
    pub(super) fn name(&self) -> Node {
        Node::new(self.key.clone(), Value::Text(self.name.clone()))
    }

    /// Whether a value of the axis is its name.
    pub(super) fn is(&self, value: &Node) -> bool {
        matches!(&value.value, Value::Text(name) if *name == self.name)
    }

    /// Whether one of its values is written at `span`.
    pub(super) fn wrote(&self, span: &Span) -> bool {
        self.written.iter().any(|value| value.start <= span.start && span.end <= value.end)
    }

    /// What it changes.
    pub(super) fn changes(&self) -> Vec<Assignment> {
        self.changes.clone()
    }
}
