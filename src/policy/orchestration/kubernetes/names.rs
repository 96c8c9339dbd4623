//! Strings that have become numbers: comparing labels costs what comparing integers costs.

use std::collections::BTreeMap;

use crate::kernel::Id;

/// A string of a cluster: a name, a key, a value.
#[derive(Debug)]
pub enum Text {}

/// A string as a number; equal strings have equal symbols.
pub type Symbol = Id<Text>;

/// The strings of a cluster.
///
/// ```
/// use cloudsched::policy::orchestration::kubernetes::Names;
/// let mut names = Names::default();
/// let zone = names.symbol("zone");
/// assert_eq!(names.symbol("zone"), zone);
/// assert_eq!(names.text(zone), "zone");
/// ```
#[derive(Clone, Debug)]
pub struct Names {
    by_text: BTreeMap<String, Symbol>,
    texts: Vec<String>,
    /// What each string is as a decimal integer, for `Gt` and `Lt`.
    integers: Vec<Option<i64>>,
}

/// Strings that the scheduler itself knows, in the order of their symbols.
const KNOWN: [&str; 6] = [
    "",
    "kubernetes.io/hostname",
    "topology.kubernetes.io/zone",
    "topology.kubernetes.io/region",
    "node.kubernetes.io/unschedulable",
    "0.0.0.0",
];

impl Names {
    /// The empty string.
    pub const EMPTY: Symbol = Id::new(0);
    /// The label with the name of a node's host.
    pub const HOSTNAME: Symbol = Id::new(1);
    /// The label with the zone of a node.
    pub const ZONE: Symbol = Id::new(2);
    /// The label with the region of a node.
    pub const REGION: Symbol = Id::new(3);
    /// The taint of a node that takes no more pods.
    pub const UNSCHEDULABLE: Symbol = Id::new(4);
    /// The address that stands for all of a node.
    pub const ANY_ADDRESS: Symbol = Id::new(5);

    /// The symbol of `text`, a new one if it was not known.
    pub fn symbol(&mut self, text: &str) -> Symbol {
        if let Some(&symbol) = self.by_text.get(text) {
            return symbol;
        }
        let symbol = Id::from_index(self.texts.len());
        self.by_text.insert(text.to_owned(), symbol);
        self.texts.push(text.to_owned());
        self.integers.push(text.parse().ok());
        symbol
    }

    /// The symbol of `text` if it is known.
    pub fn known(&self, text: &str) -> Option<Symbol> {
        self.by_text.get(text).copied()
    }

    /// The string of a symbol.
    pub fn text(&self, symbol: Symbol) -> &str {
        &self.texts[symbol.index()]
    }

    /// The string of a symbol as a decimal integer, if it is one.
    pub fn integer(&self, symbol: Symbol) -> Option<i64> {
        self.integers[symbol.index()]
    }
}

impl Default for Names {
    fn default() -> Self {
        let mut names = Self { by_text: BTreeMap::new(), texts: Vec::new(), integers: Vec::new() };
        for text in KNOWN {
            names.symbol(text);
        }
        names
    }
}
