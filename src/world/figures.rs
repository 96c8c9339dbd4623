//! Where observations of requests are kept: a cell for each origin and family, or each origin and
//! service where the scenario asks for members, so that a request is recorded once and every other
//! total is a sum of cells.

use super::{FamilySpec, Specification};
use crate::kernel::Span;
use crate::metric::{Named, RequestFigures};
use crate::model::{Attempt, CellId, ClientNumber, FamilyId, ServiceId};

/// The cells: by origin (the clients, then calls) and column; opened when first used.
pub(super) struct Cells {
    opened: Vec<RequestFigures>,
    /// By origin and column: which cell, if it is opened.
    table: Vec<Option<CellId>>,
    /// How many columns there are: one a family, or one a service.
    columns: usize,
    /// Whether each service has a column of its own: the scenario asks for members.
    by_member: bool,
    clients: usize,
    /// Requests that take longer count as slow.
    slow: Option<Span>,
}

impl Cells {
    pub(super) fn new(spec: &Specification, services: usize) -> Self {
        let by_member = spec.output.members;
        let columns = if by_member { services } else { spec.families.len() };
        let clients = spec.clients.len();
        let table = vec![None; (clients + 1) * columns];
        Self { opened: Vec::new(), table, columns, by_member, clients, slow: spec.output.slow }
    }

    /// The cell for requests of `client`, or of calls, to `service`, one of `family`.
    #[inline]
    pub(super) fn open(
        &mut self,
        client: Option<ClientNumber>,
        family: FamilyId,
        service: ServiceId,
    ) -> CellId {
        let origin = client.map_or(self.clients, usize::from);
        let column = if self.by_member { service.index() } else { family.index() };
        *self.table[origin * self.columns + column].get_or_insert_with(|| {
            self.opened.push(RequestFigures { slow: self.slow, ..RequestFigures::default() });
            CellId::from_index(self.opened.len() - 1)
        })
    }

    /// The figures in which a request is recorded; none during the warm-up.
    #[inline(always)]
    pub(super) fn of(&mut self, cell: Option<CellId>) -> Option<&mut RequestFigures> {
        cell.map(|cell| &mut self.opened[cell.index()])
    }

    /// Records how the service of an attempt began.
    #[inline(always)]
    pub(super) fn began(&mut self, attempt: &Attempt) {
        if let Some(figures) = self.of(attempt.cell) {
            figures.began(attempt.waited(), attempt.cold);
        }
    }

    fn sum(&self, entries: impl Iterator<Item = usize>) -> RequestFigures {
        let mut total = RequestFigures::default();
        for entry in entries {
            if let Some(cell) = self.table[entry] {
                total.merge(&self.opened[cell.index()]);
            }
        }
        total
    }

    /// What all clients sent.
    pub(super) fn total(&self) -> RequestFigures {
        self.sum(0..self.clients * self.columns)
    }

    /// By client: what it sent.
    pub(super) fn clients(&self, spec: &Specification) -> Vec<Named<RequestFigures>> {
        let client = |(client, spec): (usize, &super::ClientSpec)| Named {
            name: spec.name.clone(),
            of: self.sum(client * self.columns..(client + 1) * self.columns),
        };
        spec.clients.iter().enumerate().map(client).collect()
    }

    /// By family that is no version of another: what was sent to it.
    pub(super) fn services(&self, spec: &Specification) -> Vec<Named<RequestFigures>> {
        let family = |(number, family): (usize, &FamilySpec)| {
            let columns =
                if self.by_member { (family.first.index(), family.count) } else { (number, 1) };
            Named { name: family.name.clone(), of: self.column_sum(columns.0, columns.1) }
        };
        let families = spec.families.iter().enumerate();
        families.filter(|(_, family)| family.version_of.is_none()).map(family).collect()
    }

    /// Whoever sent them: the requests in `count` columns from `first` on.
    fn column_sum(&self, first: usize, count: u32) -> RequestFigures {
        let columns = first..first + count as usize;
        let row = |origin| columns.clone().map(move |column| origin * self.columns + column);
        self.sum((0..=self.clients).flat_map(row))
    }

    /// By service: what was sent to it; empty if the scenario does not ask for members.
    pub(super) fn members(&self, spec: &Specification) -> Vec<Named<RequestFigures>> {
        if !self.by_member {
            return Vec::new();
        }
        let member = |(family, member): (&FamilySpec, u32)| {
            let service = ServiceId::new(family.first.number() + member);
            let name = family.member_name(service).into_owned();
            Named { name, of: self.column_sum(service.index(), 1) }
        };
        let families = spec.families.iter().filter(|family| family.version_of.is_none());
        let members = families.flat_map(|family| (0..family.count).map(move |m| (family, m)));
        members.map(member).collect()
    }
}
