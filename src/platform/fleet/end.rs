//! How an instance goes.

use super::{Fleet, Standing, State};
use crate::kernel::Time;
use crate::model::InstanceId;

/// Why an instance goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// Another needs its room.
    Evicted,
    /// Its window is over.
    Expired,
    /// It was provisioned, and is one too many.
    Surplus,
    /// It has lived for as long as it may.
    Spent,
    /// It was killed, as it used more memory than it may.
    Killed,
    /// Its host goes.
    Lost,
    /// The same before it was ready: its row is kept for the event that says so.
    LostUnready,
}

impl Fleet {
    /// Takes an idle instance away.
    pub(super) fn go(&mut self, id: InstanceId, now: Time, end: End) {
        let instance = &mut self.instances[id];
        debug_assert!(instance.rests(), "{id:?} goes while it serves");
        self.periods.end(instance, now);
        self.periods.gone(instance, now);
        if instance.state == State::Paused {
            self.figures.paused.sub(now, 1);
        }
        instance.state = State::Gone;
        self.pools.remove(&mut self.instances, id);
        let instance = &self.instances[id];
        let application = &mut self.applications[instance.application.index()];
        application.live -= 1;
        let need = &application.need;
        self.hosts.give_back(instance.seat(id), need);
        self.eviction.gone(&instance.view(id, need.memory), end == End::Evicted);
        self.figures.instances.sub(now, 1);
        self.figures.memory.sub(now, need.memory.get());
        match end {
            End::Evicted => self.figures.evictions += 1,
            End::Expired => self.figures.expirations += 1,
            End::Spent => self.figures.recycled += 1,
            End::Lost | End::LostUnready => self.figures.lost += 1,
            End::Killed => self.figures.oom_kills += 1,
            End::Surplus => {}
        }
        let instance = &self.instances[id];
        // One that was started before is not among those that were counted.
        let counted = instance.ready_at >= self.since + instance.cold_start;
        let unused = instance.ahead && instance.uses == 0;
        self.figures.pre_warms_unused += u64::from(counted && unused);
        let (application, standing) = (instance.application, instance.standing);
        if end == End::LostUnready {
            self.instances.keep(id);
        } else {
            self.instances.remove(id);
        }
        let row = &mut self.applications[application.index()];
        match standing {
            Standing::OnDemand | Standing::Aside | Standing::Doomed => return,
            Standing::Kept => row.kept -= 1,
            Standing::Provisioned => {
                row.provisioned -= 1;
                self.figures.provisioned.sub(now, 1);
            }
        }
        self.keep_promise(application);
    }
}
