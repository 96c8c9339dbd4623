//! The language in which ECS selects instances (cluster query language).
//!
//! `attribute:ecs.instance-type =~ m5.* and not (task:group == database)`: a subject, an operator and an
//! argument, joined by `&&`, `||`, `!` (`and`, `or`, `not`) and parentheses.
//!
//! Source: Amazon ECS developer guide, "Cluster query language" (documented): subjects, operators and examples.
//! A subject that an instance does not have meets no operator but `!exists`: the guide says so of `!=` in
//! "Task placement constraints" (`attribute:stack != prod` lists instances with that attribute). That a pattern has to
//! match the whole value, that `task:group` asks whether one of the tasks is such a one, and that attributes are
//! compared as integers are guesses.

mod parse;

use std::collections::BTreeSet;
use std::fmt;

use regex::Regex;

use super::super::kubernetes::{Cluster, Kind, Node, Site};
use super::attribute::{Attribute, Groups};
use crate::kernel::Id;

/// An expression that an instance meets or not.
///
/// ```
/// use cloudsched::policy::orchestration::ecs::Expression;
/// let error = Expression::read("attribute:zone in [a, b").unwrap_err();
/// assert_eq!(error.column, 24);
/// assert!(Expression::read("attribute:zone in [a, b] && !(task:group == service:db)").is_ok());
/// ```
#[derive(Clone, Debug)]
pub struct Expression {
    text: String,
    term: Term,
}

/// What is wrong with an expression, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// The expression.
    pub text: String,
    /// The column, counted in letters from 1.
    pub column: usize,
    /// What is wrong there.
    pub problem: String,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { text, column, problem } = self;
        write!(f, "column {column} of `{text}`: {problem}")
    }
}

/// An expression, or a part of it.
#[derive(Clone, Debug)]
enum Term {
    All(Vec<Term>),
    Any(Vec<Term>),
    Not(Box<Term>),
    Single(Subject, Test),
}

impl Term {
    fn asks_for_tasks(&self) -> bool {
        match self {
            Self::All(terms) | Self::Any(terms) => terms.iter().any(Self::asks_for_tasks),
            Self::Not(term) => term.asks_for_tasks(),
            Self::Single(subject, _) => matches!(subject, Subject::Group | Subject::Running),
        }
    }
}

/// What is looked at.
#[derive(Clone, Debug)]
enum Subject {
    /// An attribute of the instance.
    Attribute(String),
    /// The name of the instance.
    Instance,
    /// How many tasks it has.
    Running,
    /// The groups of its tasks.
    Group,
}

/// What is asked of it.
#[derive(Clone, Debug)]
enum Test {
    Exists(bool),
    /// Whether it is one of these, or none of them.
    In(Vec<String>, bool),
    /// Whether the whole matches, or does not.
    Matches(Regex, bool),
    Compares(Comparison, i64),
}

/// How integers are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparison {
    fn holds(self, one: i64, other: i64) -> bool {
        match self {
            Self::Equal => one == other,
            Self::NotEqual => one != other,
            Self::Less => one < other,
            Self::LessOrEqual => one <= other,
            Self::Greater => one > other,
            Self::GreaterOrEqual => one >= other,
        }
    }
}

impl Test {
    /// Whether a subject meets it that may not be there.
    fn holds(&self, value: Option<&str>) -> bool {
        match (self, value) {
            (Self::Exists(wanted), _) => value.is_some() == *wanted,
            (_, None) => false,
            (Self::In(list, wanted), Some(value)) => {
                list.iter().any(|other| other == value) == *wanted
            }
            (Self::Matches(pattern, wanted), Some(value)) => pattern.is_match(value) == *wanted,
            (Self::Compares(comparison, bound), Some(value)) => {
                value.parse().is_ok_and(|value| comparison.holds(value, *bound))
            }
        }
    }
}

impl Expression {
    /// Reads an expression.
    ///
    /// # Errors
    /// The first thing that is wrong, with its column.
    pub fn read(text: &str) -> Result<Self, Malformed> {
        Ok(Self { text: text.to_owned(), term: parse::expression(text)? })
    }

    /// The expression as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it asks for the tasks that an instance has.
    pub(super) fn asks_for_tasks(&self) -> bool {
        self.term.asks_for_tasks()
    }

    /// Makes ready for a cluster as it is: what costs as much as there are kinds of tasks is done once.
    pub(super) fn ready<'a>(&'a self, cluster: &'a Cluster) -> Ready<'a> {
        Ready { cluster, rule: Rule::of(&self.term, cluster) }
    }
}

/// An expression whose names have been looked up in a cluster.
#[derive(Clone, Debug)]
pub(super) struct Ready<'a> {
    cluster: &'a Cluster,
    rule: Rule<'a>,
}

#[derive(Clone, Debug)]
enum Rule<'a> {
    All(Vec<Rule<'a>>),
    Any(Vec<Rule<'a>>),
    Not(Box<Rule<'a>>),
    Attribute(Attribute, &'a Test),
    Instance(&'a Test),
    Running(&'a Test),
    /// Whether it is one of these instances, or none of them.
    Among(BTreeSet<Id<Node>>, bool),
}

impl<'a> Rule<'a> {
    fn of(term: &'a Term, cluster: &Cluster) -> Self {
        let each = |terms: &'a [Term]| terms.iter().map(|term| Self::of(term, cluster)).collect();
        match term {
            Term::All(terms) => Self::All(each(terms)),
            Term::Any(terms) => Self::Any(each(terms)),
            Term::Not(term) => Self::Not(Box::new(Self::of(term, cluster))),
            Term::Single(Subject::Attribute(name), test) => {
                Self::Attribute(Attribute::named(name, cluster), test)
            }
            Term::Single(Subject::Instance, test) => Self::Instance(test),
            Term::Single(Subject::Running, test) => Self::Running(test),
            // An instance without such a task is the contrary of one that has one.
            Term::Single(Subject::Group, Test::Exists(false)) => {
                Self::Among(with_tasks(cluster, &Test::Exists(true)), false)
            }
            Term::Single(Subject::Group, test) => Self::Among(with_tasks(cluster, test), true),
        }
    }

    fn holds(&self, site: Site<'_>, cluster: &Cluster) -> bool {
        match self {
            Self::All(rules) => rules.iter().all(|rule| rule.holds(site, cluster)),
            Self::Any(rules) => rules.iter().any(|rule| rule.holds(site, cluster)),
            Self::Not(rule) => !rule.holds(site, cluster),
            Self::Attribute(attribute, test) => {
                let value = attribute.of(site.spec);
                test.holds(value.map(|value| cluster.names.text(value)))
            }
            Self::Instance(test) => test.holds(Some(cluster.names.text(site.spec.name))),
            Self::Running(Test::Compares(comparison, bound)) => {
                let tasks = i64::try_from(site.load.pods().len()).unwrap_or(i64::MAX);
                comparison.holds(tasks, *bound)
            }
            Self::Running(test) => test.holds(Some("")),
            Self::Among(nodes, wanted) => nodes.contains(&site.id) == *wanted,
        }
    }
}

impl Ready<'_> {
    /// Whether an instance meets it.
    pub(super) fn holds(&self, site: Site<'_>) -> bool {
        self.rule.holds(site, self.cluster)
    }
}

/// The instances that have a task whose group meets a test.
fn with_tasks(cluster: &Cluster, test: &Test) -> BTreeSet<Id<Node>> {
    let groups = Groups::of(cluster);
    let meets = |kind: &&Kind| {
        groups.name(&kind.labels, cluster).is_some_and(|name| test.holds(Some(&name)))
    };
    let placed = cluster.kinds().filter(meets).flat_map(Kind::placed);
    placed.filter(|(_, placed)| placed.staying > 0).map(|(node, _)| node).collect()
}
