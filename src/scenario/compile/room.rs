//! Room for instances: what they can have on a platform.

use super::super::schema::{CoresForm, Hosts, Memory, Platform, Service};
use super::Compiler;
use crate::kernel::Span;
use crate::platform::fleet::{ApplicationSpec, BOUNDLESS};
use crate::platform::fn_project;
use crate::policy::timetable::Provisioned;
use crate::quantity::{Bytes, Millicpu};

/// What instances can have on a platform, whatever its kind.
pub(super) struct Room<'a> {
    /// The memory that they can have.
    pub(super) memory: &'a Memory,
    /// Their cores, by their memory; a core at any size if it is `None`.
    pub(super) cores: Option<&'a CoresForm>,
    /// Whether instances may be provisioned, and how many are where a service says nothing.
    pub(super) provisions: bool,
    pub(super) provisioned: Option<&'a Provisioned>,
    /// How long a request is served at most where nothing says it; as long as any if it is `None`.
    pub(super) usual: Option<Span>,
    /// How long a request is served at most.
    pub(super) longest: Option<Span>,
    /// CPU and memory of a host of each make, as far as the file tells; no host is no limit.
    hosts: Vec<(Option<Millicpu>, Option<Bytes>)>,
}

impl Room<'_> {
    /// Whether some host can hold an instance.
    pub(super) fn fits(&self, spec: &ApplicationSpec) -> bool {
        if self.hosts.is_empty() {
            return spec.memory.get() <= BOUNDLESS && spec.cpu.get() <= BOUNDLESS;
        }
        self.hosts.iter().any(|(cpu, memory)| {
            // What is missing is told elsewhere.
            memory.is_none_or(|memory| memory >= spec.memory)
                && cpu.is_none_or(|cpu| cpu >= spec.cpu)
        })
    }
}

impl<'a> Compiler<'a> {
    /// What instances of a service can have; `None` on a platform without instances.
    pub(super) fn room_of(&self, service: &Service) -> Option<Room<'a>> {
        let host = |hosts: &Hosts| (hosts.cpu(), hosts.memory());
        match self.scenario.platform.get(&service.platform)? {
            Platform::Servers(_) | Platform::PiCloud(_) | Platform::Orchestrator(_) => None,
            Platform::Faas(form) => Some(Room {
                memory: &form.memory,
                cores: form.cores.as_ref(),
                provisions: true,
                provisioned: form.provisioned_concurrency.as_ref(),
                usual: None,
                longest: form.max_duration,
                hosts: form.hosts.iter().map(host).collect(),
            }),
            Platform::Fn(form) => {
                let runner =
                    |hosts: &Hosts| (hosts.cpu(), hosts.memory().map(fn_project::available));
                Some(Room {
                    memory: &form.memory,
                    cores: None,
                    provisions: false,
                    provisioned: None,
                    usual: Some(form.timeout),
                    longest: Some(form.max_duration),
                    hosts: form.hosts.iter().map(runner).collect(),
                })
            }
            Platform::Openwhisk(form) => Some(Room {
                memory: &form.memory,
                cores: None,
                provisions: false,
                provisioned: None,
                usual: Some(form.timeout),
                longest: Some(form.max_duration),
                hosts: vec![(None, Some(form.user_memory))],
            }),
        }
    }

    /// That instances of a platform can have the memory which is asked for.
    pub(super) fn check_memory(&mut self, path: &[&str], allowed: &Memory, asked: Bytes) {
        if !allowed.allows(asked) {
            self.error_with(
                path,
                format!("instances of this platform cannot have {asked} of memory"),
                format!("write {}", allowed.choices()),
            );
        }
    }

    /// An instance fits on no host.
    pub(super) fn too_large(&mut self, path: &[&str], spec: &ApplicationSpec, platform: &str) {
        let help = if spec.memory.get() > BOUNDLESS || spec.cpu.get() > BOUNDLESS {
            "give the service less: 4 EiB of memory are all that there is without `hosts`"
                .to_owned()
        } else {
            format!("give `[platform.{platform}]` a larger host, or the service less")
        };
        self.error_with(
            path,
            format!(
                "an instance of `{}` with {} of memory and {} CPU fits on no host",
                spec.name, spec.memory, spec.cpu
            ),
            help,
        );
    }

    /// How many instances of what stands at `path` are provisioned: as it says itself, or as its
    /// platform does, which is checked there.
    pub(super) fn provisioned(
        &mut self,
        path: &[&str],
        room: &Room<'_>,
        own: Option<&Provisioned>,
    ) -> Provisioned {
        let own = own.filter(|_| room.provisions);
        if let Some(own) = own {
            self.check_provisioned(path, own);
        }
        own.or(room.provisioned).cloned().unwrap_or_default()
    }

    /// How long a request of what stands at `path` is served at most.
    pub(super) fn timeout(&mut self, path: &[&str], room: &Room<'_>, own: Option<Span>) -> Span {
        let path = [path, &["timeout"]].concat();
        self.positive(&path, own);
        let longest = room.longest.unwrap_or(Span::MAX);
        if let Some(own) = own.filter(|own| *own > longest) {
            self.error_with(
                &path,
                format!("its platform cuts a request after {longest}, before {own}"),
                format!("write at most \"{longest}\", or leave it out"),
            );
        }
        own.or(room.usual).map_or(longest, |usual| usual.min(longest))
    }

    /// That the times of day are such.
    pub(super) fn check_provisioned(&mut self, path: &[&str], provisioned: &Provisioned) {
        if let Err(error) = provisioned.check() {
            self.parameter_error(&[path, &["provisioned_concurrency"]].concat(), &error);
        }
    }
}
