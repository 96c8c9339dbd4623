//! Lists of instances or machines: those with room of each application, those idle on each host.

use std::marker::PhantomData;

use crate::kernel::Id;

/// Doubly linked lists of things with an id, one for each of a number of owners; a thing stands in
/// one at most. All operations take constant time.
///
/// The links stand in a table of their own, apart from the things: a change touches 8 bytes of
/// each neighbour. Each list is a ring that begins and ends at the node of its owner, so its ends
/// are no special case.
#[derive(Debug)]
pub(in crate::platform) struct Lists<T> {
    /// Those of the owners, then those of the things.
    nodes: Vec<Node>,
    owners: usize,
    of: PhantomData<fn() -> T>,
}

#[derive(Clone, Copy, Debug)]
struct Node {
    previous: u32,
    next: u32,
}

impl<T> Lists<T> {
    /// An empty list for each owner.
    pub(in crate::platform) fn new(owners: usize) -> Self {
        let ring = |owner| Node { previous: owner, next: owner };
        let owners_32 = u32::try_from(owners).expect("owners have ids");
        Self { nodes: (0..owners_32).map(ring).collect(), owners, of: PhantomData }
    }

    /// Sees to it that there are so many owners at least; the lists stay as they are. Their number is
    /// at least doubled, for all nodes move.
    pub(in crate::platform) fn make_room(&mut self, owners: usize) {
        if owners <= self.owners {
            return;
        }
        let (before, after) = (self.owners as u32, owners.next_power_of_two());
        let more = u32::try_from(after).expect("owners have ids") - before;
        let moved = |node: u32| if node < before { node } else { node + more };
        for node in &mut self.nodes {
            *node = Node { previous: moved(node.previous), next: moved(node.next) };
        }
        let ring = |owner| Node { previous: owner, next: owner };
        self.nodes.splice(self.owners..self.owners, (before..before + more).map(ring));
        self.owners = after;
    }

    /// The thing of a node; `None` for that of an owner.
    #[inline(always)]
    fn thing(&self, node: u32) -> Option<Id<T>> {
        node.checked_sub(self.owners as u32).map(Id::new)
    }

    /// The first in the list of `owner`.
    #[inline(always)]
    pub(in crate::platform) fn first(&self, owner: usize) -> Option<Id<T>> {
        self.thing(self.nodes[owner].next)
    }

    /// The last in the list of `owner`.
    #[inline(always)]
    pub(in crate::platform) fn last(&self, owner: usize) -> Option<Id<T>> {
        self.thing(self.nodes[owner].previous)
    }

    /// Puts a thing that stands in no list at the end of that of `owner`.
    #[inline(always)]
    pub(in crate::platform) fn push_back(&mut self, owner: usize, id: Id<T>) {
        let node = self.owners + id.index();
        if node >= self.nodes.len() {
            self.nodes.resize(node + 1, Node { previous: 0, next: 0 });
        }
        let last = std::mem::replace(&mut self.nodes[owner].previous, node as u32);
        self.nodes[last as usize].next = node as u32;
        self.nodes[node] = Node { previous: last, next: owner as u32 };
    }

    /// Takes a thing out of the list it stands in.
    #[inline(always)]
    pub(in crate::platform) fn unlink(&mut self, id: Id<T>) {
        let Node { previous, next } = self.nodes[self.owners + id.index()];
        self.nodes[previous as usize].next = next;
        self.nodes[next as usize].previous = previous;
    }

    /// The list of `owner`, from the first on.
    pub(in crate::platform) fn iter(&self, owner: usize) -> impl Iterator<Item = Id<T>> {
        let next = |id: &Id<T>| self.thing(self.nodes[self.owners + id.index()].next);
        std::iter::successors(self.first(owner), next)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Each step puts a thing at the end of the list of an owner, or takes it out. There is one
        /// owner at first, and more when one is asked for.
        #[test]
        fn lists_keep_the_order_of_joining(
            steps in prop::collection::vec((0_usize..3, 0_u32..8), 0..100),
        ) {
            let mut lists = Lists::<()>::new(1);
            let mut model = vec![VecDeque::new(); 3];
            for (owner, number) in steps {
                let id = Id::new(number);
                let place = model.iter().position(|list| list.contains(&id));
                if let Some(place) = place {
                    lists.unlink(id);
                    model[place].retain(|other| *other != id);
                } else {
                    lists.make_room(owner + 1);
                    lists.push_back(owner, id);
                    model[owner].push_back(id);
                }
                for (owner, list) in model.iter().enumerate().take(lists.owners) {
                    prop_assert!(lists.iter(owner).eq(list.iter().copied()));
                    prop_assert_eq!(lists.first(owner), list.front().copied());
                    prop_assert_eq!(lists.last(owner), list.back().copied());
                }
            }
        }
    }
}
