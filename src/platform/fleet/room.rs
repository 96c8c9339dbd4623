//! Room for instances: where one goes, which goes for it, and which may not.

use super::Fleet;
use super::end::End;
use super::instance::{Standing, view};
use crate::kernel::Time;
use crate::model::{ApplicationId, HostId, InstanceId};
use crate::policy::eviction::Victim;
use crate::policy::placement::Need;

impl Fleet {
    /// A host for `need`, making room by eviction if there is none.
    pub(super) fn find_room(&mut self, need: &Need, now: Time) -> Option<HostId> {
        if self.instances.len() as u64 >= self.most && !self.evicts {
            return None;
        }
        // The host comes first: where the need fits on none, nobody goes in vain.
        let host = match self.hosts.place(need) {
            Some(host) => host,
            None => self.hosts.place_reclaiming(need)?,
        };
        while !self.hosts.fits(host, need) {
            let victim = self.victim(host)?;
            self.go(victim.id, now, End::Evicted);
        }
        if self.instances.len() as u64 >= self.most {
            let victim = (0..self.hosts.count())
                .filter_map(|host| self.victim(HostId::from_index(host)))
                .min_by(|a, b| a.rank.total_cmp(&b.rank))?;
            self.go(victim.id, now, End::Evicted);
        }
        Some(host)
    }

    pub(super) fn victim(&mut self, host: HostId) -> Option<Victim> {
        if !self.evicts {
            return None;
        }
        let (applications, instances) = (&self.applications, &self.instances);
        let mut idle = self.hosts.idle(host).map(|id| view(applications, instances, id));
        self.eviction.victim(&mut idle)
    }

    /// The plan of an application, or what it has, has changed: eviction leaves alone as many of its
    /// instances as the plan promises, idle ones first. One that is busy now is looked at when it
    /// [rests](Self::rest).
    pub(super) fn keep_promise(&mut self, application: ApplicationId) {
        if !self.promises {
            return;
        }
        let row = &self.applications[application.index()];
        let rises = row.safe() < row.least;
        let change = row.safe().abs_diff(row.least.min(row.live)) as usize;
        let standing = if rises { Standing::OnDemand } else { Standing::Kept };
        let mut changing = std::mem::take(&mut self.going);
        let idle = |id: &InstanceId| {
            let instance = &self.instances[*id];
            instance.rests() && instance.standing == standing
        };
        changing.extend(self.pools.members(application, &self.instances).filter(idle).take(change));
        for id in changing.drain(..) {
            self.keep_or_release(id);
        }
        self.going = changing;
    }

    /// An idle instance is left alone by eviction from now on if the plan of its application keeps
    /// more than are, and no more if it keeps fewer.
    pub(super) fn keep_or_release(&mut self, id: InstanceId) {
        let instance = &mut self.instances[id];
        let row = &mut self.applications[instance.application.index()];
        if instance.standing == Standing::OnDemand && row.safe() < row.least {
            self.hosts.leaves_idle(instance.seat(id), &row.need);
            instance.standing = Standing::Kept;
            row.kept += 1;
        } else if instance.standing == Standing::Kept && row.safe() > row.least {
            instance.standing = Standing::OnDemand;
            row.kept -= 1;
            self.hosts.joins_idle(instance.seat(id), &row.need);
        }
    }
}
