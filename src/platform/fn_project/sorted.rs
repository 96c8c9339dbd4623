//! A small set in order, which allocates nothing once it has been as large before.

use std::collections::VecDeque;

/// Values in ascending order, each at most once. A look costs O(log n); a change moves at most half of them.
#[derive(Debug)]
pub(super) struct Sorted<T>(VecDeque<T>);

impl<T> Default for Sorted<T> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

impl<T: Ord + Copy> Sorted<T> {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn first(&self) -> Option<T> {
        self.0.front().copied()
    }

    /// The least of at least `value`.
    pub(super) fn from(&self, value: T) -> Option<T> {
        self.0.get(self.0.partition_point(|other| *other < value)).copied()
    }

    pub(super) fn insert(&mut self, value: T) {
        if let Err(place) = self.0.binary_search(&value) {
            self.0.insert(place, value);
        }
    }

    /// Takes a value out, if it is there.
    pub(super) fn remove(&mut self, value: T) {
        if let Ok(place) = self.0.binary_search(&value) {
            self.0.remove(place);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_is_a_set_in_order(steps in prop::collection::vec((any::<bool>(), 0..20_u8), 0..100)) {
            let (mut sorted, mut model) = (Sorted::default(), BTreeSet::new());
            for (joins, value) in steps {
                if joins {
                    sorted.insert(value);
                    model.insert(value);
                } else {
                    sorted.remove(value);
                    model.remove(&value);
                }
                prop_assert_eq!(sorted.first(), model.first().copied());
                prop_assert_eq!(sorted.from(value), model.range(value..).next().copied());
                prop_assert_eq!((sorted.len(), sorted.is_empty()), (model.len(), model.is_empty()));
            }
        }
    }
}
