//! Which version of each service a server has, where a release replaces them server by server.

use super::spec::SlotId;
use crate::model::ApplicationId;
use crate::platform::Handover;

/// Services of which a version ever took the place of another. Of all others there is one version, on every server.
#[derive(Debug, Default)]
pub(super) struct Versions {
    /// By application: the place of the service that it is a version of, if that is one of these.
    services: Vec<Option<usize>>,
    released: Vec<Released>,
    /// How many slots there are.
    slots: usize,
}

/// A service with versions.
#[derive(Debug)]
struct Released {
    /// The version of servers that are started.
    settled: ApplicationId,
    /// By slot: the version of the server there.
    on: Vec<ApplicationId>,
}

impl Versions {
    fn of(&self, application: ApplicationId) -> Option<&Released> {
        let place = *self.services.get(application.index())?;
        place.map(|place| &self.released[place])
    }

    fn of_mut(&mut self, application: ApplicationId) -> Option<&mut Released> {
        let place = *self.services.get(application.index())?;
        place.map(|place| &mut self.released[place])
    }

    /// Whether the service that an application is a version of has several.
    pub(super) fn differ(&self, application: ApplicationId) -> bool {
        self.of(application).is_some()
    }

    /// The version on a server of the service that an application is a version of, if there are several.
    pub(super) fn on(&self, slot: SlotId, application: ApplicationId) -> Option<ApplicationId> {
        self.of(application).map(|of| of.on[slot.index()])
    }

    /// Both applications are versions of one service, of which the old one is on every server unless one is known to
    /// have another.
    pub(super) fn add(&mut self, Handover { old, new }: Handover) {
        let most = old.index().max(new.index());
        if self.services.len() <= most {
            self.services.resize(most + 1, None);
        }
        let place = self.services[old.index()].unwrap_or(self.released.len());
        if place == self.released.len() {
            self.released.push(Released { settled: old, on: vec![old; self.slots] });
        }
        self.services[old.index()] = Some(place);
        self.services[new.index()] = Some(place);
    }

    /// There is one slot more.
    pub(super) fn add_slot(&mut self) {
        self.slots += 1;
        for of in &mut self.released {
            of.on.push(of.settled);
        }
    }

    /// The server in a slot has this version of its service from now on.
    pub(super) fn install(&mut self, slot: SlotId, application: ApplicationId) {
        if let Some(of) = self.of_mut(application) {
            of.on[slot.index()] = application;
        }
    }

    /// All servers that are there have this version, and those that are started from now on.
    pub(super) fn settle(&mut self, application: ApplicationId) {
        if let Some(of) = self.of_mut(application) {
            of.settled = application;
        }
    }

    /// A server is started: it has what all had last, of every service but, if it is the one that was there before, of
    /// that whose version is `kept`, which is on its way to servers.
    pub(super) fn start(&mut self, slot: SlotId, kept: Option<ApplicationId>) {
        let kept = kept.and_then(|of| self.services.get(of.index()).copied().flatten());
        for (place, of) in self.released.iter_mut().enumerate() {
            if Some(place) != kept {
                of.on[slot.index()] = of.settled;
            }
        }
    }
}
