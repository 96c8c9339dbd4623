//! Reads a tree into a type, and tells all that is wrong with it at once.

use serde::de::DeserializeOwned;

use super::fault::Kind;
use super::reader::Reader;
use super::{Node, Problem, Problems, Value};
use crate::quantity::suggest::did_you_mean;

/// Errors of one tree that are told, at most: each of them takes a new reading.
const MOST_ERRORS: usize = 100;

/// Reads the tree of `root` into a `T` and adds all that is wrong to `problems`.
///
/// After an error the node at fault is passed over (of an unknown key: the entry; of a missing key:
/// the table that lacks it) and the tree is read again, so that each error is told once and what
/// follows from an error told before is not told at all. If what remains is a `T`, it is the
/// result, so that its names can be checked as well; a result does not mean that there was no error.
/// What was passed over is still in `root`: whether a name is there is to be asked of the tree.
///
/// An enum is read from its name as a text, or from a table with its name as the only key; a name
/// alone stands for an empty table of parameters. Types that buffer what they read (`flatten`,
/// `untagged`, `tag = …` of serde) lose the places within.
pub fn read_all<T: DeserializeOwned>(root: &Node, problems: &mut Problems) -> Option<T> {
    let mut tree = root.clone();
    let mut told = 0;
    while told < MOST_ERRORS {
        let fault = match T::deserialize(Reader::new(&tree)) {
            Ok(value) if !tree.spoiled => return Some(value),
            Ok(_) => return None,
            Err(fault) => fault,
        };
        let position = fault.position();
        if !follows_from_told(&fault.kind, tree.at_position(&position)) {
            problems.push(fault.problem());
            told += 1;
        }
        let passed_over = &position[..position.len() - fault.up.min(position.len())];
        if passed_over.is_empty() {
            return None;
        }
        tree.at_position(passed_over)?.spoil();
    }
    let message = format!("{MOST_ERRORS} errors are told; there may be more");
    problems.push(Problem::warning(0..0, message));
    None
}

/// Whether a fault of this kind at `node` comes from one that was told before: a key is missing that
/// was passed over (or was misspelt), or a whole is wrong of which a part was passed over.
fn follows_from_told(kind: &Kind, node: Option<&mut Node>) -> bool {
    let Some(node) = node else { return false };
    match kind {
        Kind::MissingKey(missing) => node
            .entries()
            .iter()
            .filter(|(_, node)| node.spoiled)
            .any(|(key, _)| did_you_mean(&key.name, &[missing]).is_some()),
        Kind::UnknownKey { .. } => false,
        _ => match &node.value {
            Value::List(items) => items.iter().any(Node::is_spoiled),
            _ => node.entries().iter().any(|(_, node)| node.is_spoiled()),
        },
    }
}
