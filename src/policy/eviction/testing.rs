//! What the tests of all eviction policies share.

use super::InstanceView;
use crate::kernel::{Span, Time};
use crate::model::{ApplicationId, HostId, InstanceId};
use crate::quantity::Bytes;

/// An instance of 128 MiB on host 0.
pub(in crate::policy) fn instance(id: u32, application: u32) -> InstanceView {
    InstanceView {
        id: InstanceId::new(id),
        application: ApplicationId::new(application),
        host: HostId::new(0),
        memory: Bytes::mib(128),
        cold_start: Span::from_millis(400),
        idle_since: Time::ZERO,
        uses: 1,
    }
}
