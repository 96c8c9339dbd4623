//! Releases: new versions of services.

use super::super::schema::{AlarmForm, Application, GateForm, ReleaseForm, Service};
use super::super::versions::{MOST_VERSIONS, bad_name, releases_before, version_name};
use super::Compiler;
use crate::kernel::{Span, Time};
use crate::model::{FamilyId, ReleaseNumber};
use crate::policy::release::{Alarm, Gate};
use crate::variate::Variate;
use crate::world::ReleaseSpec;

/// Gates do not look more often; a guess, below which nothing can have changed.
const SHORTEST_LOOK: Span = Span::from_millis(1);

impl<'a> Compiler<'a> {
    /// Notes which services are versions of which others.
    pub(super) fn note_versions(&mut self) {
        for (name, form) in &self.scenario.release {
            let versions = self.times(form).len();
            for number in 0..versions {
                let version = version_name(&form.service, name, number, versions);
                for version in [bad_name(&version), version] {
                    if let Some((version, _)) = self.scenario.service.get_key_value(&version) {
                        self.versions.insert(version, &form.service);
                    }
                }
            }
            let Some((group, _)) = self.application_of(&form.service) else { continue };
            for number in 0..versions {
                let version = version_name(group, name, number, versions);
                for version in [bad_name(&version), version] {
                    if let Some((version, _)) = self.scenario.application.get_key_value(&version) {
                        self.versions.insert(version, group);
                    }
                }
            }
        }
    }

    /// The application whose instances a service shares, if it does.
    fn application_of(&self, service: &str) -> Option<(&'a String, &'a Application)> {
        let mut groups = self.scenario.application.iter();
        groups.find(|(_, group)| group.services.iter().any(|of| of == service))
    }

    /// The services that share instances with one, and change to those of its versions together with it.
    fn neighbours(&self, service: &str) -> Vec<FamilyId> {
        let group = self.application_of(service);
        let all = group.into_iter().flat_map(|(_, group)| &group.services);
        let others = all.filter(|of| *of != service);
        others.filter_map(|of| self.families.get(of.as_str())).map(|range| range.family).collect()
    }

    /// When the changes of a release are made.
    fn times(&self, form: &ReleaseForm) -> Vec<Span> {
        match (&form.at, form.every, self.scenario.horizon) {
            (Some(at), ..) => at.values().to_vec(),
            (None, Some(every), Some(horizon)) => {
                let number = releases_before(horizon, every).min(MOST_VERSIONS + 1);
                (1..=number as u64).map(|number| every * number).collect()
            }
            (None, ..) => Vec::new(),
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

    /// Whether `name` at `path` is that of a version, which is told: the file speaks of services.
    pub(super) fn names_version(&mut self, path: &[&str], name: &str) -> bool {
        let is_version = self.is_version(name);
        if is_version {
            let asked = self.asked(name);
            self.error_with(
                path,
                format!("this is a version of `{asked}`, and which of them serves a request its release says"),
                format!("name `{asked}`"),
            );
        }
        is_version
    }

    /// Speaks of a version as of its service, which is the name that the file has for it.
    pub(super) fn rename_versions(&mut self) {
        for (version, asked) in self.versions.iter().rev() {
            self.problems.rename(version, asked);
        }
    }

    /// The names of services that the file may use.
    pub(super) fn service_names(&self) -> Vec<&'a str> {
        let services = self.scenario.service.keys().map(String::as_str);
        services.filter(|name| !self.is_version(name)).collect()
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
        let happen = all.iter().filter(|(_, form)| form.enabled);
        happen.filter_map(|(name, form)| self.release(name, form)).collect()
    }

    fn release(&mut self, name: &str, form: &ReleaseForm) -> Option<ReleaseSpec> {
        self.check_times(name, form);
        self.check_replicas(name, form);
        if self.names_version(&["release", name, "service"], &form.service) {
            return None;
        }
        if !self.scenario.service.contains_key(&form.service) {
            let known = self.service_names();
            self.unknown(&["release", name, "service"], "service", &form.service, &known);
            return None;
        }
        let times = self.times(form);
        let called = |number| version_name(&form.service, name, number, times.len());
        let family = |name: &str| self.families.get(name).map(|range| range.family);
        let all = |called: &dyn Fn(usize) -> String| -> Vec<FamilyId> {
            (0..times.len()).filter_map(|number| family(&called(number))).collect()
        };
        let (versions, otherwise) = match form.bad {
            Some(bad) => (all(&|number| bad_name(&called(number))), Some((bad, all(&called)))),
            None => (all(&called), None),
        };
        let service = family(&form.service)?;
        Some(ReleaseSpec {
            name: name.to_owned(),
            service,
            neighbours: self.neighbours(&form.service),
            at: times.iter().map(|at| Time::ZERO + *at).collect(),
            versions,
            otherwise,
            pipeline: self.pipeline(name, form),
            strategy: self.strategy(name, form),
            replicas: self.is_kept_running(form),
            gate: form.gate.as_ref().map(|gate| self.gate(name, gate)),
        })
    }

    /// That a release says when it is, and the run can hold all its versions.
    fn check_times(&mut self, name: &str, form: &ReleaseForm) {
        let path = ["release", name];
        self.expect(
            form.at.is_some() != form.every.is_some(),
            &path,
            "a release says when it is: `at` some times, or `every` so often",
            "as in `at = \"10m\"` or `every = \"36m\"`",
        );
        self.positive(&["release", name, "every"], form.every);
        let endless = form.every.is_some() && self.scenario.horizon.is_none();
        self.expect(
            !endless,
            &["release", name, "every"],
            "there are as many releases as fit before the horizon, and there is none",
            "add `horizon = \"1d\"` at the top of the file, or write `at` some times",
        );
        let times = self.times(form);
        let key = if form.at.is_some() { "at" } else { "every" };
        self.expect(
            times.windows(2).all(|pair| pair[0] < pair[1]),
            &["release", name, key],
            "the times of a release ascend",
            "write them in order",
        );
        self.expect(
            times.len() <= MOST_VERSIONS,
            &["release", name, key],
            "there are more than 1000 versions",
            "release less often, or in a shorter run",
        );
        self.warn_of_what_never_comes(name, form, &times);
    }

    /// Warns of versions that the run does not see, and of a chance that decides nothing.
    fn warn_of_what_never_comes(&mut self, name: &str, form: &ReleaseForm, times: &[Span]) {
        if let Some(horizon) = self.scenario.horizon {
            if let Some(late) = times.iter().find(|at| **at >= horizon) {
                self.warning(
                    &["release", name, "at"],
                    format!(
                        "the run is over at {horizon}, before {late}: this version never comes"
                    ),
                    "write an earlier time, or a longer `horizon`",
                );
            }
            if form.every.is_some_and(|every| every > Span::ZERO) && times.is_empty() {
                self.warning(
                    &["release", name, "every"],
                    format!("the run is over at {horizon}, before the first version comes"),
                    "write a shorter time, or a longer `horizon`",
                );
            }
        }
        let differs = self.root.at(&["release", name, "version"]);
        if form.bad.is_some() && differs.is_none_or(|version| version.entries().is_empty()) {
            self.warning(
                &["release", name, "bad"],
                "a version that is bad differs in nothing from one that is not".to_owned(),
                "say in `version` in what it differs, or leave out `bad`",
            );
        }
    }

    /// The stages between a change and its release.
    fn pipeline(&mut self, name: &str, form: &ReleaseForm) -> Vec<Variate> {
        let mut stages = Vec::new();
        for (key, stage) in form.pipeline.stages() {
            // A stage that takes no time has a stream of its own all the same.
            stages.push(match stage {
                Some(stage) => self.variate(&["release", name, "pipeline", key], stage),
                None => Some(Variate::constant(Span::ZERO)),
            });
        }
        stages.into_iter().flatten().collect()
    }

    /// What holds a release up, or takes it back.
    fn gate(&mut self, name: &str, form: &GateForm) -> Gate {
        let path = ["release", name, "gate"];
        self.positive(&[&path[..], &["every"]].concat(), Some(form.every));
        self.expect(
            form.every == Span::ZERO || form.every >= SHORTEST_LOOK,
            &[&path[..], &["every"]].concat(),
            &format!("a gate that looks every {} does hardly anything else", form.every),
            &format!("write at least \"{SHORTEST_LOOK}\""),
        );
        self.expect(
            form.significance > 0.0 && form.significance < 1.0,
            &[&path[..], &["significance"]].concat(),
            "the significance of a test is a probability between 0 and 1",
            "0.05 takes one of twenty good versions back, at most",
        );
        self.expect(
            form.least_requests > 0,
            &[&path[..], &["least_requests"]].concat(),
            "of no attempts nothing can be said",
            "write at least 1; with fewer than some hundreds little is noticed",
        );
        let approval = form.approval.as_ref();
        let alarms = (0..).zip(&form.alarms).map(|(number, alarm)| self.alarm(name, number, alarm));
        Gate {
            alarms: alarms.collect(),
            every: form.every,
            significance: form.significance,
            least_requests: form.least_requests,
            bake: form.bake,
            approval: approval
                .and_then(|approval| self.variate(&[&path[..], &["approval"]].concat(), approval)),
        }
    }

    fn alarm(&mut self, name: &str, number: usize, form: &AlarmForm) -> Alarm {
        let number = number.to_string();
        let path = ["release", name, "gate", "alarms", &number];
        self.expect(
            form.period >= SHORTEST_LOOK,
            &[&path[..], &["period"]].concat(),
            &format!("an alarm that looks every {} does hardly anything else", form.period),
            &format!("write at least \"{SHORTEST_LOOK}\""),
        );
        self.expect(
            form.periods > 0,
            &[&path[..], &["periods"]].concat(),
            "an alarm goes off after at least one period",
            "write 1 or more",
        );
        self.positive(&[&path[..], &["slower_than"]].concat(), form.slower_than);
        Alarm {
            above: form.above.get(),
            slower_than: form.slower_than.unwrap_or(Span::MAX),
            period: form.period,
            periods: form.periods,
        }
    }

    /// That a version has replicas only where its service has: requests go to either in the same way.
    fn check_replicas(&mut self, name: &str, form: &ReleaseForm) {
        let good = version_name(&form.service, name, 0, self.times(form).len());
        let version = if form.bad.is_some() { bad_name(&good) } else { good };
        let service = &self.scenario.service;
        let has = |name: &str| service.get(name).is_some_and(Service::has_replicas);
        if has(&version) && !has(&form.service) {
            self.error_with(
                &["release", name, "version"],
                format!(
                    "a version of `{}` has replicas, and the service itself none",
                    form.service
                ),
                "give the service `replicas`, too, or leave them out here",
            );
        }
    }

    /// Whether a cluster keeps replicas of the service of a release running.
    pub(super) fn is_kept_running(&self, form: &ReleaseForm) -> bool {
        let service = self.scenario.service.get(&form.service);
        service.is_some_and(|service| {
            self.orchestrator_of(service).is_some() && service.has_replicas()
        })
    }
}
