//! Which idle container goes: the one whose last use began first.

use crate::policy::eviction::{Eviction, InstanceView, Victim};

/// The rule of `ContainerPool.remove`: the least `lastUsed`, which is set when a use begins.
#[derive(Clone, Debug, Default)]
pub(super) struct LastUsed {
    uses: u64,
    /// By number of the row: the last use.
    last: Vec<u64>,
}

impl Eviction for LastUsed {
    fn follows_uses(&self) -> bool {
        true
    }

    fn used(&mut self, instance: &InstanceView) {
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
