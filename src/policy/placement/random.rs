//! A host at random.

use schemars::JsonSchema;
use serde::Deserialize;

use super::index::ById;
use super::{HostView, Need, Placement};
use crate::kernel::Stream;
use crate::kernel::stream::below;
use crate::model::HostId;
use crate::policy::catalogue::Described;

/// How often a host is drawn blindly before those that fit are counted.
const TRIES: u32 = 32;

/// Every host on which the instance fits is equally likely.
///
/// Hosts are drawn until one fits, at most 32 times; then those that fit are counted and one of
/// them is drawn, which is the same distribution.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Random {
    #[serde(skip)]
    hosts: ById,
}

impl Described for Random {
    const NAME: &'static str = "random";
    const SUMMARY: &'static str = "A host drawn uniformly from those on which the instance fits.";
    const SOURCE: &'static str = "Docker Swarm (standalone), strategy \"random\"";
}

impl Random {
    /// All hosts on which `need` fits, in order.
    fn fitting(&self, need: &Need) -> impl Iterator<Item = HostId> {
        let first = self.hosts.first_from(0, need);
        std::iter::successors(first, |host| self.hosts.first_from(host.index() + 1, need))
    }
}

impl Placement for Random {
    fn start(&mut self, hosts: &[HostView]) {
        self.hosts.start(hosts);
    }

    fn observe(&mut self, host: HostId, view: &HostView) {
        self.hosts.observe(host, view);
    }

    fn place(&mut self, need: &Need, hosts: &[HostView], stream: &mut Stream) -> Option<HostId> {
        self.hosts.first_from(0, need)?;
        for _ in 0..TRIES {
            let host = below(stream, hosts.len() as u64) as usize;
            if hosts[host].fits(need) {
                return Some(HostId::from_index(host));
            }
        }
        let count = self.fitting(need).count() as u64;
        self.fitting(need).nth(below(stream, count) as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Seed;
    use crate::policy::placement::testing::{agrees, host, need};

    /// Draws 40,000 times among hosts of which those in `fitting` fit, and compares the counts
    /// with the uniform distribution by chi-squared.
    fn uniform_over(hosts: usize, fitting: &[usize]) -> f64 {
        let view = |number| host(4, if fitting.contains(&number) { 100 } else { 99 });
        let hosts: Vec<HostView> = (0..hosts).map(view).collect();
        let mut policy = Random::default();
        policy.start(&hosts);
        let mut stream = Seed::new(3).key("test").stream();
        let mut counts = vec![0.0; hosts.len()];
        for _ in 0..40_000 {
            let chosen = policy.place(&need(1, 100), &hosts, &mut stream).unwrap();
            counts[chosen.index()] += 1.0;
        }
        let expected = 40_000.0 / fitting.len() as f64;
        let counts = fitting.iter().map(|&host| counts[host]);
        assert_eq!(counts.clone().sum::<f64>(), 40_000.0);
        counts.map(|count| (count - expected) * (count - expected) / expected).sum()
    }

    #[test]
    fn is_uniform_whether_drawn_blindly_or_counted() {
        // Chi-squared with 4 degrees of freedom: 18.5 is its 99.9 % point. Of 500 hosts with 5
        // that fit, 32 tries fail three times in four.
        for hosts in [10, 500] {
            let chi2 = uniform_over(hosts, &[0, 3, 5, 8, 9]);
            assert!(chi2 < 18.5, "chi2 {chi2} with {hosts} hosts");
        }
    }

    #[test]
    fn places_where_a_scan_would() {
        // Which of the hosts is chance; that there is one is not.
        agrees(&Random::default(), || {
            let mut twin = Random::default();
            let mut stream = Seed::new(1).key("test").stream();
            move |hosts: &[HostView], need: &Need| {
                twin.start(hosts);
                let chosen = twin.place(need, hosts, &mut stream).map(HostId::index);
                assert_eq!(chosen.is_some(), hosts.iter().any(|host| host.fits(need)));
                chosen
            }
        });
    }
}
