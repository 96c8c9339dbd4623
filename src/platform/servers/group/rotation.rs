//! To which server a request goes: those in rotation, behind a balancer.

use super::spec::SlotId;
use crate::kernel::Stream;
use crate::policy::balance::Balance;

/// A place in rotation of a server that is not in it.
const OUT: u32 = u32::MAX;

/// The servers in rotation, in order of their slots.
#[derive(Debug)]
pub(super) struct Rotation {
    balance: Box<dyn Balance>,
    stream: Stream,
    slots: Vec<SlotId>,
    /// By place in rotation: the requests of the server.
    outstanding: Vec<u32>,
    /// By slot: the place in rotation, and the requests of its server, in rotation or not.
    places: Vec<u32>,
    requests: Vec<u32>,
}

impl Rotation {
    /// With no server.
    pub(super) fn new(balance: Box<dyn Balance>, stream: Stream) -> Self {
        Self {
            balance,
            stream,
            slots: Vec::new(),
            outstanding: Vec::new(),
            places: Vec::new(),
            requests: Vec::new(),
        }
    }

    /// There is one slot more.
    pub(super) fn add_slot(&mut self) {
        self.places.push(OUT);
        self.requests.push(0);
    }

    /// The servers in rotation.
    pub(super) fn iter(&self) -> impl Iterator<Item = &SlotId> {
        self.slots.iter()
    }

    /// How many servers are in rotation.
    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether a server is in rotation.
    pub(super) fn contains(&self, slot: SlotId) -> bool {
        self.places[slot.index()] != OUT
    }

    /// The requests of a server, waiting and in service.
    pub(super) fn requests(&self, slot: SlotId) -> u32 {
        self.requests[slot.index()]
    }

    /// The server for a request, if there is any.
    pub(super) fn choose(&mut self, affinity: u64) -> Option<SlotId> {
        if self.slots.is_empty() {
            return None;
        }
        let place = self.balance.choose(&self.outstanding, affinity, &mut self.stream);
        Some(self.slots[place])
    }

    /// A server has so many requests.
    pub(super) fn set_requests(&mut self, slot: SlotId, requests: u32) {
        self.requests[slot.index()] = requests;
        let place = self.places[slot.index()];
        if place != OUT {
            self.outstanding[place as usize] = requests;
            self.balance.observe(place as usize, requests);
        }
    }

    /// A server has a request more.
    pub(super) fn joined(&mut self, slot: SlotId) {
        self.set_requests(slot, self.requests(slot) + 1);
    }

    /// A server has a request less.
    pub(super) fn left(&mut self, slot: SlotId) {
        self.set_requests(slot, self.requests(slot) - 1);
    }

    /// Requests go to the servers of all slots from now on, which have none yet.
    pub(super) fn set_all(&mut self) {
        self.slots = (0..self.places.len()).map(SlotId::from_index).collect();
        self.places = self.slots.iter().map(|slot| slot.number()).collect();
        self.outstanding = vec![0; self.slots.len()];
        self.balance.start(self.slots.len());
    }

    /// Requests go to a server from now on, or no longer. Costs as much as there are servers.
    pub(super) fn set(&mut self, slot: SlotId, is_in: bool) {
        if self.contains(slot) == is_in {
            return;
        }
        let place = match self.slots.binary_search(&slot) {
            Ok(place) => {
                self.slots.remove(place);
                self.outstanding.remove(place);
                self.places[slot.index()] = OUT;
                self.balance.leaves(place);
                place
            }
            Err(place) => {
                self.slots.insert(place, slot);
                self.outstanding.insert(place, self.requests(slot));
                self.balance.joins(place, u64::from(slot.number()));
                self.balance.observe(place, self.outstanding[place]);
                place
            }
        };
        for (place, slot) in self.slots.iter().enumerate().skip(place) {
            self.places[slot.index()] = place as u32;
        }
    }
}
