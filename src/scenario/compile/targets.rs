//! Names of services, and what they stand for.

use super::super::schema::ArrivalsForm;
use super::Compiler;
use crate::model::{FamilyId, ServiceId};
use crate::world::Target;

/// The services that a name stands for.
#[derive(Clone, Copy, Debug)]
pub(super) struct FamilyRange {
    pub(super) family: FamilyId,
    pub(super) first: ServiceId,
    pub(super) count: u32,
}

impl<'a> Compiler<'a> {
    /// Opens the trace of every client that replays one.
    pub(super) fn open_traces(&mut self) {
        for (name, client) in &self.scenario.client {
            let Some(ArrivalsForm::Trace(form)) = &client.arrivals else { continue };
            let path = ["client", name, "arrivals", "trace"];
            match form.open(self.base) {
                Ok(loaded) => {
                    for warning in &loaded.warnings {
                        let path = super::dotted(&path);
                        self.problems.warning_at(self.root, &path, warning.clone(), None);
                    }
                    self.traces.insert(name, loaded);
                }
                Err(error) if self.misspells(&path, error.key) => {}
                Err(error) => self.error(&path, error.to_string()),
            }
        }
    }

    /// The trace whose rows are the members of service `name`, if one is.
    pub(super) fn template_of(
        &self,
        name: &str,
    ) -> Option<(&'a str, &crate::workload::trace::Loaded)> {
        let name = self.asked(name);
        self.scenario.client.iter().find_map(|(client, form)| {
            let Some(ArrivalsForm::Trace(trace)) = &form.arrivals else { return None };
            if !trace.format.makes_members() || form.service.as_deref() != Some(name) {
                return None;
            }
            Some((client.as_str(), self.traces.get(client.as_str())?))
        })
    }

    /// Gives every service, in order of names, its range of numbers.
    pub(super) fn number_services(&mut self) {
        let mut first = 0_u32;
        for (number, (name, service)) in self.scenario.service.iter().enumerate() {
            let trace = self.template_of(name).map(|(client, loaded)| (client, loaded.names.len()));
            let count = match (&service.family, trace) {
                (Some(_), Some((client, _))) => {
                    self.error_with(
                        &["service", name, "family"],
                        format!("client `{client}` makes this service a family, a member a row"),
                        "leave out `family`, or give the client another service",
                    );
                    1
                }
                (Some(family), None) => {
                    self.expect(
                        family.count > 0,
                        &["service", name, "family", "count"],
                        "a family has at least one member",
                        "write how many services it stands for",
                    );
                    family.count
                }
                (None, Some((_, rows))) => u32::try_from(rows).unwrap_or(u32::MAX),
                (None, None) => 1,
            };
            let range = FamilyRange {
                family: FamilyId::from_index(number),
                first: ServiceId::new(first),
                count,
            };
            self.families.insert(name, range);
            let Some(next) = first.checked_add(count) else {
                self.error(&["service", name], "there are more than 2^32 services");
                return;
            };
            first = next;
        }
        self.number_workflows(first);
    }

    /// What the name of a service at `path` stands for: a service, a family, or a member.
    pub(super) fn target(&mut self, path: &[&str], name: &str) -> Option<Target> {
        let family = name.rsplit_once('.').map_or(name, |(family, _)| family);
        if self.names_version(path, name) || self.names_version(path, family) {
            return None;
        }
        if let Some(range) = self.families.get(name) {
            let (one, traced) = (range.count == 1, self.template_of(name).is_some());
            if traced && !one {
                self.error_with(
                    path,
                    format!(
                        "the members of `{name}` are those of a trace, which says who is sent to"
                    ),
                    format!("name a member, as in `{name}.0`, or another service"),
                );
                return None;
            }
            return Some(if one {
                Target::Service(range.first)
            } else {
                Target::Family(range.family)
            });
        }
        if let Some((family, member)) = name.rsplit_once('.')
            && let Some(range) = self.families.get(family)
            && let Ok(member) = member.parse::<u32>()
        {
            if self.scenario.workflow.contains_key(family) {
                self.error_with(
                    path,
                    format!("`{family}` is a workflow, which has no members"),
                    format!("write `{family}`"),
                );
                return None;
            }
            if member < range.count {
                return Some(Target::Service(ServiceId::new(range.first.number() + member)));
            }
            let count = range.count;
            self.error_with(
                path,
                format!("`{family}` has no member {member}"),
                format!("its members are `{family}.0` to `{family}.{}`", count.max(1) - 1),
            );
            return None;
        }
        let workflows = self.scenario.workflow.keys().map(String::as_str);
        let known: Vec<&str> = self.service_names().into_iter().chain(workflows).collect();
        self.unknown(path, "service", name, &known);
        None
    }
}
