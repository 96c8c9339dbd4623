//! GPUs: the devices of a node, which pods take whole or in shares.

use std::fmt::Debug;

use dyn_clone::DynClone;

use super::names::Symbol;
use super::node::Site;
use super::pod::Template;
use crate::kernel::Stream;

/// A whole device, in thousandths.
pub const WHOLE: i64 = 1000;

/// The most devices that a node may have.
pub const MOST_DEVICES: usize = 16;

/// The GPUs that a node has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gpus {
    /// How many devices, at most [`MOST_DEVICES`].
    pub count: u8,
    /// What they are.
    pub model: Option<Symbol>,
}

/// The GPUs that a pod asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GpuRequest {
    /// On how many devices.
    pub count: u8,
    /// How much of each, in thousandths.
    pub milli: i64,
    /// The models that will do; any if there is none.
    pub models: Vec<Symbol>,
}

impl GpuRequest {
    /// What it asks for in all, in thousandths of a device.
    #[inline]
    pub fn total(&self) -> i64 {
        i64::from(self.count) * self.milli
    }

    /// Whether it is a part of one device.
    #[inline]
    pub fn is_share(&self) -> bool {
        self.count == 1 && self.milli < WHOLE
    }

    /// Whether devices of this model will do.
    #[inline]
    pub fn allows(&self, model: Option<Symbol>) -> bool {
        self.models.is_empty() || model.is_some_and(|model| self.models.contains(&model))
    }

    /// Pods that ask alike: 0 for a part of a device, else the number of devices.
    #[inline]
    pub fn class(&self) -> usize {
        if self.is_share() { 0 } else { self.count.into() }
    }
}

/// Some of the devices of a node.
///
/// ```
/// use cloudsched::policy::orchestration::kubernetes::Devices;
/// let devices: Devices = [0, 3].into_iter().collect();
/// assert_eq!(devices.iter().collect::<Vec<_>>(), [0, 3]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Devices(u16);

impl Devices {
    /// None.
    pub const NONE: Self = Self(0);

    /// The devices, by number.
    #[inline]
    pub fn iter(self) -> impl Iterator<Item = usize> {
        (0..MOST_DEVICES).filter(move |device| self.0 >> device & 1 == 1)
    }

    /// How many they are.
    #[inline]
    pub const fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// Whether there is none.
    #[inline]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl FromIterator<usize> for Devices {
    fn from_iter<I: IntoIterator<Item = usize>>(devices: I) -> Self {
        Self(devices.into_iter().fold(0, |all, device| all | 1 << device))
    }
}

/// What the pods of a node have of its devices.
#[derive(Clone, Debug, Default)]
pub struct GpuLoad {
    /// By device, in thousandths.
    taken: [u16; MOST_DEVICES],
    /// How many pods there are of each [class](GpuRequest::class).
    pods: [u16; MOST_DEVICES + 1],
}

impl GpuLoad {
    /// Pods that take `request` of `devices` have come, or gone with `times` of -1.
    pub(super) fn count(&mut self, request: &GpuRequest, devices: Devices, times: i64) {
        if request.count == 0 {
            return;
        }
        let by = (request.milli * times) as i16;
        for device in devices.iter() {
            let taken = &mut self.taken[device];
            *taken = taken.wrapping_add_signed(by);
            debug_assert!(i64::from(*taken) <= WHOLE, "a device is given away once");
        }
        let pods = &mut self.pods[request.class()];
        *pods = pods.wrapping_add_signed(times as i16);
    }

    /// How many pods there are of a class.
    #[inline]
    pub fn of_class(&self, class: usize) -> u16 {
        self.pods[class]
    }

    /// How many classes of pods there are.
    #[inline]
    pub fn classes(&self) -> usize {
        self.pods.iter().filter(|&&pods| pods > 0).count()
    }
}

impl Site<'_> {
    /// What is left of each device, in order of their numbers.
    #[inline]
    pub fn gpus_left(&self) -> impl ExactSizeIterator<Item = i64> + '_ {
        let taken = &self.load.gpus().taken[..self.spec.gpus.count.into()];
        taken.iter().map(|&taken| WHOLE - i64::from(taken))
    }
}

/// Which devices of a node a pod takes: part of a profile.
pub trait DeviceChoice: DynClone + Debug + Send + Sync {
    /// As many devices as the template asks for, each with enough left. The filters have found the node
    /// to have them.
    fn choose(&self, site: Site<'_>, template: &Template, stream: &mut Stream) -> Devices;
}

dyn_clone::clone_trait_object!(DeviceChoice);

/// The devices on which a request leaves the least, and of those the first: whole devices by number.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tightest;

impl DeviceChoice for Tightest {
    fn choose(&self, site: Site<'_>, template: &Template, _stream: &mut Stream) -> Devices {
        tightest(site, &template.gpus)
    }
}

/// The tightest devices for a request; fewer than it asks for if the node has no more.
pub fn tightest(site: Site<'_>, request: &GpuRequest) -> Devices {
    let mut chosen = Devices::NONE;
    for _ in 0..request.count {
        let fitting = site.gpus_left().enumerate().filter(|&(device, left)| {
            left >= request.milli && chosen.iter().all(|other| other != device)
        });
        let Some((device, _)) = fitting.min_by_key(|&(_, left)| left) else { break };
        chosen.0 |= 1 << device;
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::super::names::Names;
    use super::super::node::{Load, NodeSpec};
    use super::*;
    use crate::kernel::Id;

    /// 1000, 400, 600 and 1000 are left: 300 go to device 1, two of 500 to 2 and 0, two whole to 0 and 3.
    #[test]
    fn the_tightest_device_is_the_first_of_those_that_leave_least() {
        let mut spec = NodeSpec::new(Names::EMPTY);
        spec.gpus.count = 4;
        let mut load = Load::default();
        let mut template = Template::new(Names::EMPTY);
        for (device, milli) in [(1, 600), (2, 400)] {
            template.gpus = GpuRequest { count: 1, milli, models: Vec::new() };
            load.add(Id::new(device), &template, [device as usize].into_iter().collect());
        }
        let site = Site { id: Id::new(0), spec: &spec, load: &load };
        let devices = |count, milli| {
            let request = GpuRequest { count, milli, models: Vec::new() };
            tightest(site, &request).iter().collect::<Vec<_>>()
        };
        assert_eq!(devices(1, 300), [1]);
        assert_eq!(devices(2, 500), [0, 2]);
        assert_eq!(devices(2, 1000), [0, 3]);
        assert_eq!(site.load.gpus().of_class(0), 2);
        assert_eq!(site.load.gpus().classes(), 1);
    }
}
