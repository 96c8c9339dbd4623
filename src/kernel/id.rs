//! Typed ids: a number that knows what it counts.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::num::NonZeroU32;

/// The number of a `T` in the arena or table that holds it. Four bytes, even if it may be missing, and
/// an id of one kind is not an id of another.
///
/// ```
/// use cloudsched::kernel::Id;
/// struct Host;
/// let host: Id<Host> = Id::new(3);
/// assert_eq!(host.index(), 3);
/// ```
pub struct Id<T>(
    /// The number plus one, so that `Option<Id<T>>` takes no more room.
    NonZeroU32,
    PhantomData<fn() -> T>,
);

const _: () = assert!(size_of::<Option<Id<()>>>() == 4);

/// What is said of an id that no row can have.
const TOO_MANY: &str = "fewer than 2^32 - 1 things of one kind exist at once";

impl<T> Id<T> {
    /// The id with this number.
    ///
    /// # Panics
    /// If it is 2^32 - 1.
    #[inline]
    pub const fn new(number: u32) -> Self {
        Self(NonZeroU32::new(number.wrapping_add(1)).expect(TOO_MANY), PhantomData)
    }

    /// The id of the element at `index`.
    ///
    /// # Panics
    /// If `index` is 2^32 - 1 or more.
    pub fn from_index(index: usize) -> Self {
        Self::new(u32::try_from(index).expect(TOO_MANY))
    }

    /// The number as an index into a slice.
    pub const fn index(self) -> usize {
        self.number() as usize
    }

    /// The number.
    pub const fn number(self) -> u32 {
        self.0.get() - 1
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
        write!(f, "{name}#{}", self.number())
    }
}
