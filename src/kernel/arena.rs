//! A table whose rows are used again.

use std::ops::{Index, IndexMut};

use super::Id;

/// Holds what is in flight: [`insert`](Arena::insert) gives an id, [`remove`](Arena::remove) frees
/// its row for the next. Its memory is the most that was ever in it at once. All operations take
/// constant time and, once warm, allocate nothing.
///
/// ```
/// use cloudsched::kernel::Arena;
/// let mut names = Arena::new();
/// let id = names.insert("first");
/// names.remove(id);
/// assert_eq!(names.iter().count(), 0);
/// assert_eq!(names.insert("second"), id);
/// assert_eq!(names[id], "second");
/// ```
#[derive(Clone, Debug)]
pub struct Arena<T> {
    rows: Vec<T>,
    free: Vec<Id<T>>,
}

impl<T> Default for Arena<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), free: Vec::new() }
    }
}

impl<T> Arena<T> {
    /// An empty arena.
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts `row` into a free place, the one freed last if there is one.
    #[inline(always)]
    pub fn insert(&mut self, row: T) -> Id<T> {
        if let Some(id) = self.free.pop() {
            self.rows[id.index()] = row;
            return id;
        }
        let id = Id::from_index(self.rows.len());
        self.rows.push(row);
        id
    }

    /// Frees the place of `id`. The row stays readable until the place is used again; an id must
    /// not be removed twice.
    #[inline(always)]
    pub fn remove(&mut self, id: Id<T>) {
        debug_assert!(self.free.len() > 64 || !self.free.contains(&id), "{id:?} removed twice");
        self.free.push(id);
    }

    /// How many rows are in use.
    pub fn len(&self) -> usize {
        self.rows.len() - self.free.len()
    }

    /// Whether no row is in use.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The rows in use. Costs as much as there are rows, used or free.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.iter_ids().map(|(_, row)| row)
    }

    /// The rows in use with their ids. Costs as much as [`iter`](Self::iter).
    pub fn iter_ids(&self) -> impl Iterator<Item = (Id<T>, &T)> {
        let mut used = vec![true; self.rows.len()];
        for id in &self.free {
            used[id.index()] = false;
        }
        let rows = self.rows.iter().enumerate().zip(used);
        rows.filter_map(|((index, row), used)| used.then_some((Id::from_index(index), row)))
    }

    /// How many rows there are, used or free: the most that were in use at once.
    pub fn capacity(&self) -> usize {
        self.rows.len()
    }
}

impl<T> Index<Id<T>> for Arena<T> {
    type Output = T;
    fn index(&self, id: Id<T>) -> &T {
        &self.rows[id.index()]
    }
}

impl<T> IndexMut<Id<T>> for Arena<T> {
    fn index_mut(&mut self, id: Id<T>) -> &mut T {
        &mut self.rows[id.index()]
    }
}
