//! Releases: new versions of services.

use super::super::schema::ReleaseForm;
use super::super::versions::version_name;
use super::Compiler;
use crate::kernel::Time;
use crate::model::{FamilyId, ReleaseNumber};
use crate::policy::release::{AllAtOnce, Rolling, Strategy, StrategyChoice};
use crate::world::ReleaseSpec;

/// More versions of one release than this are taken for a slip.
const MOST_VERSIONS: usize = 10_000;

impl<'a> Compiler<'a> {
    /// Notes which services are versions of which others.
    pub(super) fn note_versions(&mut self) {
        for (name, form) in &self.scenario.release {
            let versions = form.at.values().len();
            for number in 0..versions {
                let version = version_name(&form.service, name, number, versions);
                if let Some((version, _)) = self.scenario.service.get_key_value(&version) {
                    self.versions.insert(version, &form.service);
                }
            }
        }
    }

    /// The service of which `name` is a version, or itself: what requests to it name.
    pub(super) fn asked<'n>(&self, name: &'n str) -> &'n str
    where
        'a: 'n,
    {
        self.versions.get(name).copied().unwrap_or(name)
    }

    /// The family of which a service is a version.
    pub(super) fn version_of(&self, name: &str) -> Option<FamilyId> {
        self.versions.get(name).map(|asked| self.families[asked].family)
    }

    /// Whether a service is a version of another.
    pub(super) fn is_version(&self, name: &str) -> bool {
        self.versions.contains_key(name)
    }

    /// Speaks of a version as of its service, which is the name that the file has for it.
    pub(super) fn rename_versions(&mut self) {
        for (version, asked) in self.versions.iter().rev() {
            self.problems.rename(version, asked);
        }
    }

    /// The names of services that the file may use.
    pub(super) fn service_names(&self) -> Vec<&'a str> {
        self.families.keys().copied().filter(|name| !self.is_version(name)).collect()
    }

    /// The releases, in the order of their names.
    pub(super) fn releases(&mut self) -> Vec<ReleaseSpec> {
        let all = &self.scenario.release;
        self.expect(
            all.len() <= usize::from(ReleaseNumber::MAX),
            &["release"],
            "there are more than 65535 releases",
            "write fewer, or one `at` several times",
        );
        all.iter().filter_map(|(name, form)| self.release(name, form)).collect()
    }

    fn release(&mut self, name: &str, form: &ReleaseForm) -> Option<ReleaseSpec> {
        let at = form.at.values();
        self.expect(
            at.windows(2).all(|pair| pair[0] < pair[1]) && at.len() <= MOST_VERSIONS,
            &["release", name, "at"],
            "the times of a release ascend, and are no more than 10000",
            "write them in order",
        );
        if !self.scenario.service.contains_key(&form.service) {
            let known = self.service_names();
            self.unknown(&["release", name, "service"], "service", &form.service, &known);
            return None;
        }
        let shared = self.scenario.application.iter();
        if let Some((group, _)) =
            shared.into_iter().find(|(_, group)| group.services.contains(&form.service))
        {
            self.error_with(
                &["release", name, "service"],
                format!("`{}` shares the instances of `{group}`", form.service),
                "release a service that has instances of its own",
            );
        }
        let family = |name: &str| self.families.get(name).map(|range| range.family);
        let versions = (0..at.len())
            .filter_map(|number| family(&version_name(&form.service, name, number, at.len())));
        Some(ReleaseSpec {
            name: name.to_owned(),
            service: family(&form.service)?,
            at: at.iter().map(|at| Time::ZERO + *at).collect(),
            versions: versions.collect(),
            strategy: self.strategy(name, form),
        })
    }

    /// How requests go over to the new version.
    fn strategy(&mut self, name: &str, form: &ReleaseForm) -> Box<dyn Strategy> {
        let path = ["release", name, "strategy"];
        let service = self.scenario.service.get(&form.service);
        let replicas = service.is_some_and(|service| {
            self.orchestrator_of(service).is_some() && service.replicas.is_some()
        });
        let Some(StrategyChoice(mut strategy)) = form.strategy.clone() else {
            return if replicas { Box::new(Rolling {}) } else { Box::new(AllAtOnce {}) };
        };
        if let Err(error) = strategy.prepare() {
            self.parameter_error(&path, &error);
        }
        if replicas != strategy.replaces_instances() {
            let (what, which) = if replicas {
                ("replicas, which its cluster replaces", "\"rolling\"")
            } else {
                ("no replicas that could be replaced", "another, such as \"all-at-once\"")
            };
            let message = format!("`{}` has {what}", form.service);
            self.error_with(&path, message, format!("write {which}, or leave it out"));
        }
        strategy
    }
}
