//! Which nodes a pod wants by their labels and names (component-helpers `nodeaffinity`).

use super::labels::{Labels, Requirement};
use super::names::{Names, Symbol};
use super::node::NodeSpec;

/// A condition on the name of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldTest {
    /// Whether the name must be `name` (`In`) or must not be (`NotIn`).
    pub equal: bool,
    /// The name.
    pub name: Symbol,
}

/// One of the terms of which a node must meet one: all its conditions together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeTerm {
    /// Conditions on labels.
    pub labels: Vec<Requirement>,
    /// Conditions on the name.
    pub fields: Vec<FieldTest>,
    /// Whether the API's rules forbid one of its conditions: then it matches no node.
    pub malformed: bool,
}

impl NodeTerm {
    /// Whether it asks nothing; such a term matches no node.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty() && self.fields.is_empty() && !self.malformed
    }

    /// Whether a node meets it.
    pub fn matches(&self, node: &NodeSpec, names: &Names) -> bool {
        if self.malformed || self.is_empty() {
            return false;
        }
        // A node without a name has no fields, and conditions on fields are then not looked at.
        self.labels.iter().all(|one| one.holds(&node.labels, names))
            && (node.name == Names::EMPTY
                || self.fields.iter().all(|test| (test.name == node.name) == test.equal))
    }

    /// The only names that it allows, if it says so.
    fn names(&self) -> Option<Vec<Symbol>> {
        let mut allowed: Option<Vec<Symbol>> = None;
        for test in self.fields.iter().filter(|test| test.equal) {
            match &mut allowed {
                None => allowed = Some(vec![test.name]),
                Some(allowed) => allowed.retain(|&name| name == test.name),
            }
        }
        allowed
    }
}

/// Which nodes a pod needs, and which it prefers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeAffinity {
    /// Labels that a node must have (`nodeSelector`).
    pub selector: Labels,
    /// Terms of which a node must meet one; a list without terms matches no node.
    pub required: Option<Vec<NodeTerm>>,
    /// Terms that add their weight to the score of nodes that meet them.
    pub preferred: Vec<(i64, NodeTerm)>,
}

impl NodeAffinity {
    /// Whether it needs nothing of a node.
    pub fn needs_nothing(&self) -> bool {
        self.selector.is_empty() && self.required.is_none()
    }

    /// Whether a node meets what is needed.
    #[inline]
    pub fn allows(&self, node: &NodeSpec, names: &Names) -> bool {
        let labelled = |&(key, value): &(Symbol, Symbol)| node.labels.get(key) == Some(value);
        self.selector.pairs().iter().all(labelled)
            && self
                .required
                .as_ref()
                .is_none_or(|terms| terms.iter().any(|term| term.matches(node, names)))
    }

    /// The only names of nodes that it allows, if every term says so; perhaps none.
    pub fn only(&self) -> Option<Vec<Symbol>> {
        let terms = self.required.as_deref().filter(|terms| !terms.is_empty())?;
        let mut all = Vec::new();
        for term in terms {
            all.extend(term.names()?);
        }
        all.sort_unstable();
        all.dedup();
        Some(all)
    }
}

/// The sum of the weights of the terms that a node meets.
pub(super) fn preference(terms: &[(i64, NodeTerm)], node: &NodeSpec, names: &Names) -> i64 {
    terms.iter().filter(|(_, term)| term.matches(node, names)).map(|(weight, _)| weight).sum()
}
