//! What is told of clusters on the way: what was decided and happened, and how their services stand.

use super::World;
use super::platform::Platform;
use crate::kernel::Time;
use crate::metric::{EventRow, ServiceRow};
use crate::platform::Orchestrator;

impl Platform {
    /// The cluster that it is, if it is one.
    pub(super) fn orchestrator(&mut self) -> Option<&mut Orchestrator> {
        self.kind.asked_mut().orchestrator()
    }
}

impl World<'_> {
    /// From now on clusters keep what happens until it is told. Says whether there are any.
    pub(super) fn keep_events(platforms: &mut [Platform]) -> bool {
        let clusters = platforms.iter_mut().filter_map(Platform::orchestrator);
        clusters.map(Orchestrator::keep_events).count() > 0
    }

    /// Tells the recorder what was decided and happened on clusters, where it is kept.
    pub(super) fn tell_events(&mut self) {
        let Some(recorder) = &mut self.recorder else { return };
        for (platform, spec) in self.platforms.iter_mut().zip(&self.spec.platforms) {
            for of in platform.orchestrator().map_or_else(Vec::new, Orchestrator::take_events) {
                recorder.event(&EventRow { platform: &spec.name, of: &of });
            }
        }
    }

    /// Tells the recorder how the services on clusters stand, where what happens is kept.
    pub(super) fn tell_services(&mut self, time: Time) {
        let Some(recorder) = &mut self.recorder else { return };
        for (platform, spec) in self.platforms.iter_mut().zip(&self.spec.platforms) {
            let Some(cluster) = platform.orchestrator() else { continue };
            for of in cluster.take_services(time) {
                recorder.service(&ServiceRow { time, platform: &spec.name, of: &of });
            }
        }
    }
}
