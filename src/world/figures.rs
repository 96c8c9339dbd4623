//! Where observations of requests are kept: a cell for each origin and family, so that a request
//! is recorded once and every other total is a sum of cells.

use super::{FamilySpec, Specification};
use crate::kernel::Id;
use crate::metric::{Named, RequestFigures};
use crate::model::{ClientNumber, FamilyId, ServiceId};

/// The cells: by origin (the clients, then calls) and family; opened when first used.
pub(super) struct Cells {
    opened: Vec<RequestFigures>,
    /// By origin and family: which cell, `u32::MAX` if not opened.
    table: Vec<u32>,
    families: usize,
    clients: usize,
    /// By service, where the scenario asks for members.
    members: Option<Vec<RequestFigures>>,
}

const UNOPENED: u32 = u32::MAX;

impl Cells {
    pub(super) fn new(spec: &Specification, services: usize) -> Self {
        let (families, clients) = (spec.families.len(), spec.clients.len());
        Self {
            opened: Vec::new(),
            table: vec![UNOPENED; (clients + 1) * families],
            families,
            clients,
            members: spec
                .output
                .members
                .then(|| (0..services).map(|_| RequestFigures::default()).collect()),
        }
    }

    /// The cell for requests of `client`, or of calls, to `family`.
    pub(super) fn open(&mut self, client: Option<ClientNumber>, family: FamilyId) -> u32 {
        let origin = client.map_or(self.clients, usize::from);
        let entry = &mut self.table[origin * self.families + family.index()];
        if *entry == UNOPENED {
            *entry = Id::<RequestFigures>::from_index(self.opened.len()).number();
            self.opened.push(RequestFigures::default());
        }
        *entry
    }

    /// Records something of a request to `service` in its cell, and in the figures of the member
    /// where the scenario asks for them; nothing during the warm-up.
    #[inline]
    pub(super) fn record(
        &mut self,
        cell: Option<u32>,
        service: ServiceId,
        record: impl Fn(&mut RequestFigures),
    ) {
        let Some(cell) = cell else { return };
        record(&mut self.opened[cell as usize]);
        if let Some(members) = &mut self.members {
            record(&mut members[service.index()]);
        }
    }

    fn sum(&self, entries: impl Iterator<Item = usize>) -> RequestFigures {
        let mut total = RequestFigures::default();
        for entry in entries {
            if self.table[entry] != UNOPENED {
                total.merge(&self.opened[self.table[entry] as usize]);
            }
        }
        total
    }

    /// What all clients sent.
    pub(super) fn total(&self) -> RequestFigures {
        self.sum(0..self.clients * self.families)
    }

    /// By client: what it sent.
    pub(super) fn clients(&self, spec: &Specification) -> Vec<Named<RequestFigures>> {
        let client = |(client, spec): (usize, &super::ClientSpec)| Named {
            name: spec.name.clone(),
            of: self.sum(client * self.families..(client + 1) * self.families),
        };
        spec.clients.iter().enumerate().map(client).collect()
    }

    /// By family: what was sent to it.
    pub(super) fn services(&self, spec: &Specification) -> Vec<Named<RequestFigures>> {
        let family = |(family, spec): (usize, &FamilySpec)| Named {
            name: spec.name.clone(),
            of: self.sum((0..=self.clients).map(|origin| origin * self.families + family)),
        };
        spec.families.iter().enumerate().map(family).collect()
    }

    /// By service: what was sent to it; empty if the scenario does not ask for members.
    pub(super) fn members(&mut self, spec: &Specification) -> Vec<Named<RequestFigures>> {
        let Some(members) = self.members.take() else { return Vec::new() };
        let names = spec.families.iter().flat_map(|family| {
            (0..family.count).map(|member| {
                family.member_name(ServiceId::new(family.first.number() + member)).into_owned()
            })
        });
        names.zip(members).map(|(name, of)| Named { name, of }).collect()
    }
}
