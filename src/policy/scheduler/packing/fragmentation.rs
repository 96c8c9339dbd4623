//! Fragmentation: how much of the free GPUs pods of the workload could not use.

use std::collections::BTreeMap;

use super::dimension::left_of;
use crate::policy::orchestration::kubernetes::{
    Cluster, GpuRequest, MOST_DEVICES, Names, Resource, Site, Symbol, Template,
};

/// CPU, share of a device, number of devices, names of models.
type Ask<'a> = (i64, i64, u8, Vec<&'a str>);

/// The typical pods of a workload, given as templates and how many pods are of each: the most frequent kinds
/// of pods, by CPU and GPUs, that together are at least `percent` of all pods, the most frequent first, with
/// how many there are of each. Of equally frequent ones the larger comes first: by CPU, share of a device,
/// number of devices, names of models.
pub fn typical<'a>(
    pods: impl IntoIterator<Item = (&'a Template, u64)>,
    percent: u8,
    names: &Names,
) -> Vec<(i64, GpuRequest, u64)> {
    let mut counts: BTreeMap<Ask<'_>, (&GpuRequest, u64)> = BTreeMap::new();
    let mut all = 0;
    for (template, count) in pods {
        let request = &template.gpus;
        let models = request.models.iter().map(|&model| names.text(model)).collect();
        let cpu = template.request.get(Resource::CPU);
        let key = (cpu, request.milli, request.count, models);
        counts.entry(key).or_insert((request, 0)).1 += count;
        all += count;
    }
    let mut kinds: Vec<_> = counts.into_iter().collect();
    kinds.sort_by(|(a, (_, few)), (b, (_, many))| many.cmp(few).then_with(|| b.cmp(a)));
    let mut taken = 0;
    let needed = u64::from(percent) * all;
    let typical = kinds.into_iter().take_while(|&(_, (_, count))| {
        let goes_on = taken * 100 < needed;
        taken += count;
        goes_on
    });
    typical.map(|((cpu, ..), (request, count))| (cpu, request.clone(), count)).collect()
}

/// Measures fragmentation by the typical pods of a workload.
///
/// For one kind of pods, all that is idle of a node's GPUs is lost where a pod of that kind cannot go there,
/// by CPU, devices or model, or asks for no GPU; else what is idle on devices that have too little left for
/// it. The fragmentation of a node is the mean of this over typical pods. Source: Weng et al., USENIX ATC
/// 2023, section 3. Sums are of integers, exact whatever their order.
#[derive(Clone, Debug)]
pub struct Fragmentation {
    /// For the models that a pod names.
    named: BTreeMap<Symbol, Kinds>,
    /// For all other models.
    other: Kinds,
    /// How many typical pods there are.
    pods: i64,
}

/// Kinds of pods, seen from a node with one model of GPU.
#[derive(Clone, Debug, Default)]
struct Kinds {
    /// How many pods are of kinds that ask for no GPU, or not for this model.
    elsewhere: i64,
    /// The others in order of their share of a device.
    kinds: Vec<Kind>,
}

#[derive(Clone, Copy, Debug)]
struct Kind {
    cpu: i64,
    milli: i64,
    devices: usize,
    pods: i64,
}

/// What is left of the devices of a node, in ascending order.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rest {
    left: [i64; MOST_DEVICES],
    devices: usize,
}

impl Rest {
    /// What is left now.
    pub fn of(site: Site<'_>) -> Self {
        let mut rest = Self { left: [0; MOST_DEVICES], devices: site.spec.gpus.count.into() };
        for (own, left) in rest.left.iter_mut().zip(site.gpus_left()) {
            *own = left;
        }
        rest.left[..rest.devices].sort_unstable();
        rest
    }

    /// `milli` less on one device that has `left` left.
    pub fn without(mut self, milli: i64, left: i64) -> Self {
        let devices = &mut self.left[..self.devices];
        let mut at = devices.partition_point(|&other| other < left);
        while at > 0 && devices[at - 1] > left - milli {
            devices[at] = devices[at - 1];
            at -= 1;
        }
        devices[at] = left - milli;
        self
    }
}

impl Fragmentation {
    /// By these kinds of pods, with how many there are of each.
    pub fn new(typical: &[(i64, GpuRequest, u64)]) -> Self {
        let models = typical.iter().flat_map(|(_, request, _)| &request.models);
        let kinds = |model| {
            let mut all = Kinds::default();
            for (cpu, request, pods) in typical {
                let (pods, devices) = (pods.cast_signed(), request.count.into());
                if devices == 0 || !request.allows(model) {
                    all.elsewhere += pods;
                } else {
                    all.kinds.push(Kind { cpu: *cpu, milli: request.milli, devices, pods });
                }
            }
            all.kinds.sort_by_key(|kind| kind.milli);
            all
        };
        let named = models.map(|&model| (model, kinds(Some(model)))).collect();
        let pods = typical.iter().map(|&(_, _, pods)| pods.cast_signed()).sum();
        Self { named, other: kinds(None), pods }
    }

    /// The fragmentation of a node with this rest, times the number of typical pods.
    pub(super) fn sum(&self, model: Option<Symbol>, cpu_left: i64, rest: &Rest) -> i64 {
        let kinds = model.and_then(|model| self.named.get(&model)).unwrap_or(&self.other);
        let left = &rest.left[..rest.devices];
        let idle: i64 = left.iter().sum();
        let (mut smaller, mut lost) = (0, 0);
        let mut sum = kinds.elsewhere * idle;
        for kind in &kinds.kinds {
            while smaller < left.len() && left[smaller] < kind.milli {
                lost += left[smaller];
                smaller += 1;
            }
            let fits = kind.cpu <= cpu_left && left.len() - smaller >= kind.devices;
            sum += kind.pods * if fits { lost } else { idle };
        }
        sum
    }

    /// From a sum over typical pods to their mean.
    pub(super) fn mean(&self, sum: i64) -> f64 {
        sum as f64 / self.pods.max(1) as f64
    }

    /// The fragmentation of a node, in thousandths of a device.
    pub fn of(&self, site: Site<'_>) -> f64 {
        self.mean(self.sum_of(site))
    }

    fn sum_of(&self, site: Site<'_>) -> i64 {
        self.sum(site.spec.gpus.model, left_of(site, Resource::CPU), &Rest::of(site))
    }

    /// The fragmentation of all nodes together, in thousandths of a device. Looks at every node.
    pub fn total(&self, cluster: &Cluster) -> f64 {
        self.mean(cluster.present().map(|node| self.sum_of(node.site())).sum())
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{take, template, with_gpus};
    use super::*;

    /// Of 100 pods 60 are of the first kind, whose two templates differ in memory alone, 30 and 6 of the next
    /// two, which come in front of the larger 4: 96 are at least 95, 90 are not.
    #[test]
    fn the_most_frequent_kinds_are_typical() {
        let pods = [
            (template(1, 5, 1, 500), 25),
            (template(9, 0, 8, 1000), 4),
            (template(1, 6, 1, 500), 35),
            (template(2, 0, 0, 0), 30),
            (template(1, 0, 2, 1000), 6),
        ];
        let pods = pods.iter().map(|(template, count)| (template, *count));
        let typical: Vec<_> = typical(pods, 95, &Names::default())
            .into_iter()
            .map(|(cpu, request, count)| (cpu, request.count, count))
            .collect();
        assert_eq!(typical, [(1, 1, 60), (2, 0, 30), (1, 2, 6)]);
    }

    /// Three shares of 500 with 1 of CPU to one pod without GPUs. With 1000 and 400 left the shares lose 400 and
    /// the other all: (3 · 400 + 1400) / 4. Without CPU all lose all. The second node has a whole device left and
    /// one that is full: (0 + 1000) / 4.
    #[test]
    fn what_typical_pods_cannot_use_is_lost() {
        let mut cluster = with_gpus(&[(10, 2), (10, 2)]);
        take(&mut cluster, 0, 1, 600);
        take(&mut cluster, 1, 0, 1000);
        let kinds = [(1, template(1, 0, 1, 500).gpus, 3), (1, template(1, 0, 0, 0).gpus, 1)];
        let fragmentation = Fragmentation::new(&kinds);
        let of = |node: usize| fragmentation.of(cluster.nodes()[node].site());
        assert_eq!((of(0), of(1), fragmentation.total(&cluster)), (650.0, 250.0, 900.0));
        let rest = Rest::of(cluster.nodes()[0].site());
        assert_eq!(fragmentation.mean(fragmentation.sum(None, 0, &rest)), 1400.0);
    }

    /// 300 of the 700 of one device leave 400, which comes in front of 500.
    #[test]
    fn a_rest_stays_in_order() {
        let rest = Rest { left: std::array::from_fn(|at| [500, 700, 1000][at.min(2)]), devices: 3 };
        assert_eq!(rest.without(300, 700).left[..3], [400, 500, 1000]);
        assert_eq!(rest.without(100, 1000).left[..3], [500, 700, 900]);
    }
}
