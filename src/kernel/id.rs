//! Typed ids: a number that knows what it counts.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;

/// The number of a `T` in the arena or table that holds it. Four bytes, and an id of one kind is
/// not an id of another.
///
/// ```
/// use cloudsched::kernel::Id;
/// struct Host;
/// let host: Id<Host> = Id::new(3);
/// assert_eq!(host.index(), 3);
/// ```
pub struct Id<T>(u32, PhantomData<fn() -> T>);

impl<T> Id<T> {
    /// The id with this number.
    pub const fn new(number: u32) -> Self {
        Self(number, PhantomData)
    }

    /// The id of the element at `index`.
    ///
    /// # Panics
    /// If `index` is 2^32 or more.
    pub fn from_index(index: usize) -> Self {
        Self::new(u32::try_from(index).expect("fewer than 2^32 things of one kind exist at once"))
    }

    /// The number as an index into a slice.
    pub const fn index(self) -> usize {
        self.0 as usize
    }

    /// The number.
    pub const fn number(self) -> u32 {
        self.0
    }
}

impl<T> Clone for Id<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Id<T> {}
impl<T> PartialEq for Id<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<T> Eq for Id<T> {}
impl<T> PartialOrd for Id<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<T> Ord for Id<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }
}
impl<T> Hash for Id<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}
impl<T> fmt::Debug for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = std::any::type_name::<T>().rsplit("::").next().unwrap_or("?");
        write!(f, "{name}#{}", self.0)
    }
}
