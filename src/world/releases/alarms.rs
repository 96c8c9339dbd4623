//! Alarms of a service while a release of it is under way.

use super::Lane;
use crate::kernel::{Span, Time};
use crate::model::LaneNumber;
use crate::policy::release::{Alarm, Watch};
use crate::world::{ReleaseSpec, World, WorldAgenda};

impl Lane {
    /// What the alarms of the release under way have seen, with what they are.
    fn watches<'a>(
        &'a mut self,
        releases: &'a [ReleaseSpec],
    ) -> impl Iterator<Item = (&'a Alarm, &'a mut (Watch, Time))> {
        let gate =
            self.rollout.and_then(|rollout| releases[usize::from(rollout.release)].gate.as_ref());
        gate.into_iter().flat_map(|gate| &gate.alarms).zip(&mut self.alarms)
    }

    /// An attempt at any version has ended after `took`; `None` if it did not end well. One that is given up while its answer is
    /// on the way ends once more, and not well.
    pub(super) fn watch(&mut self, releases: &[ReleaseSpec], took: Option<Span>) {
        for (alarm, (watch, _)) in self.watches(releases) {
            watch.record(alarm, took);
        }
    }
}

impl World<'_> {
    /// The alarms of the release that begins look from now on.
    pub(super) fn begin_alarms(&mut self, number: LaneNumber, agenda: &mut impl WorldAgenda) {
        let now = agenda.now();
        let Some(rollout) = self.lane(number).rollout else { return };
        let gate = self.spec.releases[usize::from(rollout.release)].gate.as_ref();
        let alarms = gate.map_or(&[][..], |gate| &gate.alarms);
        let ends = alarms.iter().map(|alarm| now + alarm.period);
        self.lane(number).alarms = ends.clone().map(|ends| (Watch::default(), ends)).collect();
        ends.for_each(|ends| Self::schedule_rollout(number, ends, agenda));
    }

    /// Whether an alarm of the release under way goes off at the end of a period, if one ends now.
    pub(super) fn is_alarmed(&mut self, number: LaneNumber, agenda: &mut impl WorldAgenda) -> bool {
        let (now, releases) = (agenda.now(), &self.spec.releases);
        let mut goes_off = false;
        for (alarm, (watch, ends)) in self.lane(number).watches(releases) {
            if *ends == now {
                goes_off |= watch.period_ends(alarm);
                *ends = now + alarm.period;
                Self::schedule_rollout(number, *ends, agenda);
            }
        }
        goes_off
    }
}
