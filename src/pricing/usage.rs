//! What was used of a platform, in whole numbers that add up.

use super::Lease;
use crate::kernel::Span;

/// The month of an extrapolation: 730 hours, a twelfth of 365 days.
pub const MONTH: Span = Span::from_secs(730 * 3600);

/// What was used of a platform in the measured time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Requests whose service began; a batch of messages is one.
    pub requests: u64,
    /// Those of them that came through a load balancer.
    pub balanced: u64,
    /// The requests, where each message of a batch counts.
    pub messages: u64,
    /// Memory of instances while they served, unrounded: bytes times nanoseconds.
    pub busy_memory: u128,
    /// The measured time.
    pub time: Span,
    /// By application: what a [`Meter`](super::Meter) counted; empty without one.
    pub counted: Vec<Counted>,
    /// The time for which hosts were there, by make in nanoseconds, each rounded by these rules; for rules that a
    /// tariff asks for.
    pub leased: Vec<(Lease, Vec<u128>)>,
    /// Time in which there was no instance, in nanoseconds, where a meter looked.
    pub empty: u128,
}

/// What a meter counts of an application.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// Time of instances on demand, rounded as the vendor does, in nanoseconds.
    pub on_demand: u128,
    /// The same of provisioned instances.
    pub provisioned: u128,
    /// Time for which instances were wanted to be provisioned, whether they were there or not, in
    /// nanoseconds. What has ended is rounded as the vendor does.
    pub wanted: u128,
    /// What rounding adds to those that have not ended; nothing in a month that goes on like that.
    pub wanted_rest: u128,
    /// Instances started.
    pub starts: u64,
}

impl Usage {
    /// What a month like the measured time would use; `None` if no time was measured.
    ///
    /// ```
    /// use cloudsched::kernel::Span;
    /// use cloudsched::pricing::Usage;
    /// let hour = Usage { requests: 10, time: Span::from_secs(3600), ..Usage::default() };
    /// assert_eq!(hour.month().unwrap().requests, 7300);
    /// assert_eq!(Usage::default().month(), None);
    /// ```
    pub fn month(&self) -> Option<Self> {
        let (time, month) = (u128::from(self.time.as_nanos()), u128::from(MONTH.as_nanos()));
        if time == 0 {
            return None;
        }
        // Whole and rest apart, so that no product is too wide.
        let scaled =
            |amount: u128| amount / time * month + (amount % time * month + time / 2) / time;
        let count = |count: u64| u64::try_from(scaled(count.into())).unwrap_or(u64::MAX);
        let counted = |counted: &Counted| Counted {
            on_demand: scaled(counted.on_demand),
            provisioned: scaled(counted.provisioned),
            wanted: scaled(counted.wanted),
            wanted_rest: 0,
            starts: count(counted.starts),
        };
        Some(Self {
            requests: count(self.requests),
            balanced: count(self.balanced),
            messages: count(self.messages),
            busy_memory: scaled(self.busy_memory),
            time: MONTH,
            counted: self.counted.iter().map(counted).collect(),
            leased: self
                .leased
                .iter()
                .map(|(lease, times)| (*lease, times.iter().copied().map(scaled).collect()))
                .collect(),
            empty: scaled(self.empty),
        })
    }
}
