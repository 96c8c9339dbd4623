//! Scenario files: read into a tree whose nodes know their place, changed by `--set`, read into
//! types with all errors told at once, each with file, line, column and what was meant.
//!
//! ```
//! use cloudsched::scenario::{Choices, Node, Problems, Sources, read_all};
//!
//! #[derive(serde::Deserialize)]
//! struct File {
//!     servers: u32,
//! }
//!
//! let mut problems = Problems::default();
//! let mut sources = Sources::new("pool.toml", "servers = 4");
//! let mut root = Node::parse(sources.file(), &mut problems).unwrap();
//! cloudsched::scenario::set(&mut root, "servers=five", &Choices(&[]), &mut sources, &mut problems);
//! assert!(read_all::<File>(&root, &mut problems).is_none());
//! let told = problems.render(&sources, false);
//! assert!(told.contains("--set:1:9"), "{told}");
//! ```

mod choice;
mod compile;
mod draft;
mod error;
mod fault;
mod load;
mod named;
mod node;
mod one_or_many;
mod path;
mod read;
mod reader;
mod render;
pub mod schema;
mod set;
mod source;
pub mod sweep;
#[cfg(test)]
mod tests;
mod variants;
mod versions;
mod written;

pub use draft::Draft;
pub use error::{Problem, Problems, Severity};
pub use load::{CHOICES, LoadError, Loaded, load, load_text};
pub use node::{Key, Node, Value};
pub use one_or_many::OneOrMany;
pub use path::dotted;
pub use read::read_all;
pub use set::{Assignment, Choices, set};
pub use source::{Place, Sources};
pub use written::quoted;

/// A range of bytes in [`Sources`].
pub type Span = std::ops::Range<usize>;
