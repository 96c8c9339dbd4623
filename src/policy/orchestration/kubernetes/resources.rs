//! Amounts of resources: CPU, memory and storage side by side, whatever else there is in a short list.

use super::labels::is_qualified_name;
use super::names::{Names, Symbol};

/// A resource of a cluster, by its number there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Resource(u8);

/// How many resources stand side by side.
const BASE: usize = 3;

/// The most resources a cluster may know: each is a bit of [`Lacking`], the last stands for pods.
const MOST: usize = 63;

impl Resource {
    /// CPU in thousandths of a core.
    pub const CPU: Self = Self(0);
    /// Memory in bytes.
    pub const MEMORY: Self = Self(1);
    /// Local storage that is not kept, in bytes.
    pub const STORAGE: Self = Self(2);
    /// Places for pods; only [`Lacking`] names it.
    pub const PODS: Self = Self(MOST as u8);

    /// Its number, less than the number of resources.
    pub const fn index(self) -> usize {
        self.0 as usize
    }

    /// Whether it is neither CPU, memory nor storage: nodes then count in a score only if the pod asks
    /// for it.
    #[inline]
    pub const fn is_scalar(self) -> bool {
        self.index() >= BASE
    }
}

/// The names of resources.
#[derive(Clone, Debug)]
pub struct Resources(Vec<Symbol>);

impl Resources {
    /// CPU, memory and storage.
    pub fn new(names: &mut Names) -> Self {
        Self(["cpu", "memory", "ephemeral-storage"].map(|name| names.symbol(name)).into())
    }

    /// The resource called `name`, a new one if it was not known; `None` for names that the scheduler
    /// does not count.
    ///
    /// # Panics
    /// If there are more than 63.
    pub fn named(&mut self, name: &str, names: &mut Names) -> Option<Resource> {
        let symbol = names.symbol(name);
        let known = self.0.iter().position(|&other| other == symbol);
        if known.is_none() && !is_scalar_name(name) {
            return None;
        }
        let index = known.unwrap_or_else(|| {
            self.0.push(symbol);
            self.0.len() - 1
        });
        assert!(index < MOST, "a cluster has at most {MOST} kinds of resource");
        Some(Resource(index as u8))
    }

    /// The name of a resource; `None` for places of pods.
    pub fn name(&self, resource: Resource) -> Option<Symbol> {
        self.0.get(resource.index()).copied()
    }
}

/// Whether a name is one outside Kubernetes' own domain.
pub(super) fn is_extended_name(name: &str) -> bool {
    name.contains('/')
        && !name.contains("kubernetes.io/")
        && !name.starts_with("requests.")
        && is_qualified_name(&format!("requests.{name}"))
}

fn is_scalar_name(name: &str) -> bool {
    is_extended_name(name)
        || name.starts_with("hugepages-")
        || name.starts_with("attachable-volumes-")
        || name.contains("kubernetes.io/")
}

/// An amount of every resource, most of them 0.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Amounts {
    base: [i64; BASE],
    /// By resource.
    more: Vec<(Resource, i64)>,
}

impl Amounts {
    /// How much there is of a resource.
    #[inline]
    pub fn get(&self, resource: Resource) -> i64 {
        match self.base.get(resource.index()) {
            Some(&amount) => amount,
            None => self.more.iter().find(|other| other.0 == resource).map_or(0, |other| other.1),
        }
    }

    /// Sets how much there is of a resource.
    pub fn set(&mut self, resource: Resource, amount: i64) {
        *self.entry(resource) = amount;
    }

    fn entry(&mut self, resource: Resource) -> &mut i64 {
        if !resource.is_scalar() {
            return &mut self.base[resource.index()];
        }
        let at = self.more.binary_search_by_key(&resource, |other| other.0).unwrap_or_else(|at| {
            self.more.insert(at, (resource, 0));
            at
        });
        &mut self.more[at].1
    }

    /// All that are not base, and the base: every resource that may be other than 0.
    pub fn iter(&self) -> impl Iterator<Item = (Resource, i64)> + '_ {
        let base =
            self.base.iter().enumerate().map(|(index, &amount)| (Resource(index as u8), amount));
        base.chain(self.more.iter().copied())
    }

    /// Adds `times` times another.
    pub fn add(&mut self, other: &Self, times: i64) {
        for (own, amount) in self.base.iter_mut().zip(other.base) {
            *own += amount * times;
        }
        for &(resource, amount) in &other.more {
            *self.entry(resource) += amount * times;
        }
    }

    /// Takes the larger amount of each resource.
    pub fn raise_to(&mut self, other: &Self) {
        for (resource, amount) in other.iter() {
            let own = self.entry(resource);
            *own = (*own).max(amount);
        }
    }
}

/// A set of resources: of which a node has too little.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lacking(u64);

impl Lacking {
    /// Adds a resource.
    #[inline]
    pub fn insert(&mut self, resource: Resource) {
        self.0 |= 1 << resource.0;
    }

    /// Whether it has none.
    #[inline]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The resources in it, places for pods last.
    pub fn iter(self) -> impl Iterator<Item = Resource> {
        (0..64_u8).map(Resource).filter(move |resource| self.0 >> resource.0 & 1 == 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_the_scheduler_counts() {
        let (mut names, mut resources) = (Names::default(), {
            let mut names = Names::default();
            Resources::new(&mut names)
        });
        resources.0 = Resources::new(&mut names).0;
        assert_eq!(resources.named("cpu", &mut names), Some(Resource::CPU));
        let gpu = resources.named("nvidia.com/gpu", &mut names).unwrap();
        assert!(gpu.is_scalar() && resources.named("nvidia.com/gpu", &mut names) == Some(gpu));
        assert!(resources.named("hugepages-2Mi", &mut names).is_some());
        assert_eq!(resources.named("gpu", &mut names), None);
        assert!(!is_extended_name("kubernetes.io/thing") && is_scalar_name("kubernetes.io/thing"));
    }

    #[test]
    fn amounts_add_and_raise() {
        let (mut one, mut two) = (Amounts::default(), Amounts::default());
        one.set(Resource::CPU, 5);
        two.set(Resource(4), 7);
        one.add(&two, 2);
        two.set(Resource(4), 20);
        one.raise_to(&two);
        assert_eq!(
            (one.get(Resource::CPU), one.get(Resource(4)), one.get(Resource(5))),
            (5, 20, 0)
        );
    }
}
