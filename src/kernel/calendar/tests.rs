//! The order of the calendar, against a sorted list.

use proptest::prelude::*;

use super::super::{ShiftingTimer, Span, Timer};
use super::*;

/// The model: a list sorted by (time, class, order of scheduling).
#[derive(Default)]
struct SortedList {
    pending: Vec<(u64, u64, u32)>,
    now: u64,
}

impl SortedList {
    fn schedule(&mut self, at: u64, class: u64, event: u32) {
        self.pending.push((at.max(self.now), class, event));
    }

    fn pop(&mut self) -> Option<u32> {
        let first = *self.pending.iter().min()?;
        self.pending.retain(|&entry| entry != first);
        self.now = self.now.max(first.0);
        Some(first.2)
    }
}

const CLASSES: [Class; 4] = [Class::Completion, Class::Arrival, Class::Expiry, Class::Control];

/// Delays of all magnitudes, with many ties.
fn delay() -> impl Strategy<Value = u64> {
    prop_oneof![
        4 => 0..3_u64,
        3 => 0..40_u64,
        2 => (0..12_u64).prop_map(|n| n * 1000),
        2 => 0..1_u64 << 33,
        1 => (0..48_u32).prop_map(|bits| 1 << bits),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn pops_as_a_sorted_list_does(
        steps in prop::collection::vec((delay(), 0..4_usize, 0..5_u8), 1..600),
    ) {
        let (mut calendar, mut model) = (Calendar::<u32>::new(), SortedList::default());
        for (event, (delay, class, pops)) in (0_u32..).zip(steps) {
            let at = calendar.now() + Span::from_nanos(delay);
            calendar.schedule(at, CLASSES[class], event);
            model.schedule(at.as_nanos(), class as u64, event);
            // Two pushes in three leave the list growing, so that long buckets occur.
            if pops == 0 {
                prop_assert_eq!(calendar.pop(), model.pop());
                prop_assert_eq!(calendar.pop(), model.pop());
                prop_assert_eq!(calendar.now().as_nanos(), model.now);
            }
        }
        prop_assert_eq!(calendar.len(), model.pending.len());
        while let Some(event) = model.pop() {
            prop_assert_eq!(calendar.pop(), Some(event));
        }
        prop_assert!(calendar.is_empty());
    }
}

#[test]
fn a_long_instant_is_served_in_order() {
    let mut calendar = Calendar::<u32>::new();
    for event in 0..1000_u32 {
        calendar.schedule(Time::from_nanos(5), Class::Arrival, event);
    }
    for event in 0..1000_u32 {
        assert_eq!(calendar.pop(), Some(event));
        // What an arrival causes at once comes before the next arrival.
        calendar.schedule(Time::from_nanos(5), Class::Completion, event + 5000);
        calendar.schedule(Time::from_nanos(5), Class::Arrival, event + 9000);
        assert_eq!(calendar.pop(), Some(event + 5000));
    }
    assert_eq!(calendar.pop(), Some(9000_u32));
    assert_eq!(calendar.len(), 999);
}

#[test]
fn a_timer_keeps_one_event_and_knows_stale_ones() {
    let mut calendar = Calendar::<u8>::new();
    let mut timer = Timer::default();
    timer.arm(&mut calendar, Time::from_nanos(10), Class::Expiry, 1_u8);
    timer.arm(&mut calendar, Time::from_nanos(30), Class::Expiry, 1_u8);
    assert_eq!(calendar.len(), 1);
    timer.arm(&mut calendar, Time::from_nanos(5), Class::Expiry, 1_u8);
    assert_eq!(calendar.pop(), Some(1));
    assert!(timer.fired(calendar.now()));
    assert_eq!(calendar.pop(), Some(1));
    assert!(!timer.fired(calendar.now()));
    assert!(calendar.is_empty());
}

/// Short work a thousand times while long work computes, and work in between: an event for each that there is.
#[test]
fn a_shifting_timer_keeps_an_event_a_deadline() {
    let mut calendar = Calendar::<u8>::new();
    let mut timer = ShiftingTimer::default();
    let (long, between) = (Time::from_nanos(9_000), Time::from_nanos(5_000));
    for short in 1..=1000 {
        for deadline in [long, between, Time::from_nanos(short)] {
            timer.arm(&mut calendar, deadline, Class::Completion, 1_u8);
        }
        assert_eq!(calendar.len(), 3, "at {short}");
        assert_eq!(calendar.pop(), Some(1));
        assert_eq!(calendar.now(), Time::from_nanos(short));
        assert!(timer.fired(calendar.now()) && !timer.fired(calendar.now()));
    }
    for deadline in [between, long] {
        assert_eq!(calendar.pop(), Some(1));
        assert_eq!(calendar.now(), deadline);
        assert!(timer.fired(deadline));
    }
    assert!(calendar.is_empty());
}
