//! A day of counts, packed.

use std::mem;

/// More invocations than this in one minute are an error: a run holds 16 bytes for each invocation
/// of its busiest minute. The public trace has 801,572 in its busiest.
pub(super) const MOST_A_MINUTE: u64 = 50_000_000;

/// For each minute the functions that were invoked in it, in order of their numbers, and how
/// often: pairs (distance from the function before, count), each number in seven bits a byte.
///
/// A cell that is not zero costs one byte for its distance, and one more for at most one in 127
/// functions (the distances of a minute add up to the number of functions); and one byte for a
/// count below 128, two below 16,384. So a function costs two bytes for each minute in which it is
/// invoked, at most 2.9 kB a day if it never is invoked more than 127 times a minute, and nothing
/// if it is not invoked.
#[derive(Clone, Default)]
pub(super) struct Day {
    /// The number of each minute, as the file has it.
    numbers: Vec<u32>,
    /// Where the bytes of each minute end.
    ends: Vec<usize>,
    bytes: Vec<u8>,
    pub requests: u64,
    /// Requests of the busiest minute.
    pub busiest: usize,
    /// Minutes up to the end of the last that has a request, from the first.
    pub length: u64,
}

/// A cell that is not zero: a function and its count in one minute.
type Cell = (u32, u64);

impl Day {
    /// How many minutes there are.
    pub(super) fn minutes(&self) -> usize {
        self.numbers.len()
    }

    /// The number of minute `minute` in the file, and its distance from the first.
    pub(super) fn number(&self, minute: usize) -> (u32, u64) {
        (self.numbers[minute], u64::from(self.numbers[minute] - self.numbers[0]))
    }

    /// The cells of minute `minute` in order of functions.
    pub(super) fn cells(&self, minute: usize) -> Cells<'_> {
        let start = if minute == 0 { 0 } else { self.ends[minute - 1] };
        Cells { bytes: &self.bytes[start..self.ends[minute]], function: 0 }
    }

    /// Bytes held for the counts.
    pub(super) fn bytes(&self) -> usize {
        self.bytes.len()
    }
}

/// Unpacks the cells of one minute.
pub(super) struct Cells<'a> {
    bytes: &'a [u8],
    function: u32,
}

impl Cells<'_> {
    fn number(&mut self) -> Option<u64> {
        let (mut value, mut shift) = (0, 0);
        loop {
            let (byte, rest) = self.bytes.split_first()?;
            self.bytes = rest;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
            shift += 7;
        }
    }
}

impl Iterator for Cells<'_> {
    type Item = Cell;
    fn next(&mut self) -> Option<Cell> {
        self.function += self.number()? as u32;
        Some((self.function, self.number()?))
    }
}

/// Cells of one minute while the day is built.
#[derive(Clone, Default)]
struct Minute {
    bytes: Vec<u8>,
    last: u32,
}

impl Minute {
    fn push(&mut self, (function, count): Cell) {
        self.number(u64::from(function - self.last));
        self.number(count);
        self.last = function;
    }

    fn number(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.bytes.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.bytes.push(value as u8);
    }
}

/// Builds a [`Day`] from one row of counts after another.
pub(super) struct Builder {
    numbers: Vec<u32>,
    minutes: Vec<Minute>,
    totals: Vec<u64>,
    /// Counts of functions that already have a row: minute, function, count.
    late: Vec<(usize, u32, u64)>,
}

impl Builder {
    /// A day of the minutes with these ascending numbers.
    pub(super) fn new(numbers: impl Iterator<Item = u32>) -> Self {
        let numbers: Vec<u32> = numbers.collect();
        let minutes = vec![Minute::default(); numbers.len()];
        Self { totals: vec![0; numbers.len()], numbers, minutes, late: Vec::new() }
    }

    /// Adds a function, numbered above those before it; one count a minute.
    pub(super) fn add(&mut self, function: u32, counts: &[u64]) {
        for (minute, count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            self.minutes[minute].push((function, *count));
            self.totals[minute] += count;
        }
    }

    /// Adds further counts of a function that has been added before.
    pub(super) fn add_late(&mut self, function: u32, counts: &[u64]) {
        for (minute, count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            self.late.push((minute, function, *count));
            self.totals[minute] += count;
        }
    }

    /// The day; an error if a minute has more requests than a run can hold.
    pub(super) fn finish(mut self) -> Result<Day, String> {
        self.late.sort_unstable();
        let late = mem::take(&mut self.late);
        for cells in late.chunk_by(|a, b| a.0 == b.0) {
            self.merge(cells);
        }
        let busiest = self.totals.iter().copied().max().unwrap_or(0);
        if let Some(minute) = self.totals.iter().position(|total| *total > MOST_A_MINUTE) {
            let (number, total) = (self.numbers[minute], self.totals[minute]);
            return Err(format!(
                "minute {number} has {total} invocations: more than {MOST_A_MINUTE}, all that a \
                 minute can have"
            ));
        }
        let mut day = Day { busiest: busiest as usize, ..Day::default() };
        day.requests = self.totals.iter().sum();
        for (minute, total) in self.minutes.iter_mut().zip(&self.totals) {
            day.bytes.extend_from_slice(&mem::take(&mut minute.bytes));
            day.ends.push(day.bytes.len());
            let number = self.numbers[day.ends.len() - 1];
            if *total > 0 {
                day.length = u64::from(number - self.numbers[0]) + 1;
            }
        }
        day.bytes.shrink_to_fit();
        day.numbers = self.numbers;
        Ok(day)
    }

    /// Adds late cells, all of one minute.
    fn merge(&mut self, late: &[(usize, u32, u64)]) {
        let packed = mem::take(&mut self.minutes[late[0].0]);
        let mut cells: Vec<Cell> = Cells { bytes: &packed.bytes, function: 0 }.collect();
        cells.extend(late.iter().map(|(_, function, count)| (*function, *count)));
        cells.sort_unstable();
        let mut merged = Minute::default();
        for of_one in cells.chunk_by(|a, b| a.0 == b.0) {
            merged.push((of_one[0].0, of_one.iter().map(|(_, count)| count).sum()));
        }
        self.minutes[late[0].0] = merged;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn late_counts_join_those_before() {
        let mut builder = Builder::new([540, 541].into_iter());
        builder.add(0, &[1, 0]);
        builder.add(300, &[0, 2]);
        builder.add_late(0, &[4, 5]);
        builder.add_late(0, &[0, 6]);
        let day = builder.finish().unwrap();
        assert_eq!(day.cells(0).collect::<Vec<_>>(), [(0, 5)]);
        assert_eq!(day.cells(1).collect::<Vec<_>>(), [(0, 11), (300, 2)]);
        assert_eq!((day.requests, day.busiest, day.length), (18, 13, 2));
        assert_eq!(day.number(1), (541, 1));
    }

    #[test]
    fn a_minute_with_too_much_is_an_error() {
        let mut builder = Builder::new([1, 2].into_iter());
        builder.add(0, &[0, MOST_A_MINUTE]);
        builder.add(1, &[0, 1]);
        let error = builder.finish().err().unwrap();
        assert!(error.starts_with("minute 2 has 50000001 invocations"), "{error}");
    }

    proptest! {
        #[test]
        fn what_is_packed_is_unpacked(
            rows in prop::collection::vec(prop::array::uniform3(0..40_000_u64), 0..400),
        ) {
            let mut builder = Builder::new(1..=3);
            for (function, counts) in rows.iter().enumerate() {
                builder.add(function as u32, counts);
            }
            let day = builder.finish().unwrap();
            for minute in 0..3 {
                let due: Vec<Cell> = (0_u32..)
                    .zip(&rows)
                    .map(|(function, counts)| (function, counts[minute]))
                    .filter(|(_, count)| *count > 0)
                    .collect();
                prop_assert_eq!(day.cells(minute).collect::<Vec<_>>(), due);
            }
        }
    }
}
