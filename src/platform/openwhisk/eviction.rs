//! Which idle container goes: the one that was given its last request first.

use crate::policy::eviction::{Eviction, InstanceView, Victim};

/// The rule of `ContainerPool.remove`: the least `lastUsed`, which is set when a request is given to a container.
#[derive(Clone, Debug, Default)]
pub(super) struct LastUsed {
    uses: u64,
    /// By number of the row: the last use. What rests there was given a request, and so has its own.
    last: Vec<u64>,
}

impl Eviction for LastUsed {
    fn given(&mut self, instance: &InstanceView) {
        let row = instance.id.index();
        if row >= self.last.len() {
            self.last.resize(row + 1, 0);
        }
        self.uses += 1;
        self.last[row] = self.uses;
    }

    fn victim(&mut self, idle: &mut dyn Iterator<Item = InstanceView>) -> Option<Victim> {
        let last = |view: &InstanceView| self.last.get(view.id.index()).copied().unwrap_or(0);
        let first = idle.min_by_key(|view| (last(view), view.id.number()))?;
        Some(Victim { id: first.id, rank: last(&first) as f64 })
    }
}
