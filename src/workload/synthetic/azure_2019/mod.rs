//! A synthetic day in the format of the Azure Functions trace of 2019.
//!
//! The day is made in proportion to the published one: of 46,412 functions, each of `functions` stands
//! for the same number and has the mean of their invocations. `minutes` cuts it off: the first minutes
//! of a day are the same however many follow.
//!
//! 1. [`population`]: how often each function is invoked, by what, how long it takes; which
//!    functions make an application.
//! 2. [`times`]: the minutes of the invocations, an application at a time.
//! 3. [`rows`]: the rows of the three files.
//!
//! What is held is a few tens of bytes a function, and the minutes of one application.

mod curve;
mod population;
mod published;
mod rows;
mod times;

use std::fmt;
use std::io::{self, Write};

use crate::kernel::Seed;
use times::Times;

/// A synthetic day in the format `azure-2019`.
///
/// ```
/// use cloudsched::workload::synthetic::{Azure2019, Azure2019Files};
/// let day = Azure2019::new(100, 60, 1).expect("both are within the published day");
/// let mut files = Azure2019Files::<Vec<u8>>::default();
/// let made = day.write(&mut files).expect("memory can be written to");
/// assert_eq!((made.functions, made.applications), (100, 38));
/// assert_eq!(files.invocations.iter().filter(|byte| **byte == b'\n').count(), 101);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Azure2019 {
    functions: usize,
    minutes: usize,
    seed: Seed,
}

/// Why there is no such day: a sentence without a full stop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Azure2019Error(String);

impl fmt::Display for Azure2019Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Azure2019Error {}

/// Where the three files are written to.
#[derive(Clone, Debug, Default)]
pub struct Azure2019Files<W> {
    /// Invocations a minute of each function.
    pub invocations: W,
    /// Durations of each function.
    pub durations: W,
    /// Memory of each application.
    pub memory: W,
}

/// How much was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Azure2019Made {
    /// Functions: rows of invocations and of durations.
    pub functions: usize,
    /// Applications: rows of memory.
    pub applications: usize,
    /// All invocations.
    pub invocations: u64,
}

impl Azure2019 {
    /// Functions of the published day: the most that a synthetic one can have.
    pub const MOST_FUNCTIONS: usize = published::FUNCTIONS;

    /// Minutes of a day: the most that a synthetic one can have.
    pub const MOST_MINUTES: usize = times::MINUTES;

    /// The first `minutes` of a day of `functions` functions.
    ///
    /// # Errors
    /// If there are none of either, or more than in the published day.
    pub fn new(functions: usize, minutes: usize, seed: u64) -> Result<Self, Azure2019Error> {
        let check = |number: usize, most: usize, what: &str| {
            if (1..=most).contains(&number) {
                return Ok(());
            }
            Err(Azure2019Error(format!("{number} {what}: a synthetic day has 1 to {most}")))
        };
        check(functions, Self::MOST_FUNCTIONS, "functions")?;
        check(minutes, Self::MOST_MINUTES, "minutes")?;
        Ok(Self { functions, minutes, seed: Seed::new(seed) })
    }

    /// Writes the three files.
    ///
    /// # Errors
    /// If they cannot be written.
    pub fn write<W: Write>(&self, files: &mut Azure2019Files<W>) -> io::Result<Azure2019Made> {
        rows::invocations_header(&mut files.invocations, self.minutes)?;
        rows::durations_header(&mut files.durations)?;
        rows::memory_header(&mut files.memory)?;
        let mut times = Times::new(self.seed.key("azure-2019.times"));
        let durations = self.seed.key("azure-2019.spreads");
        let (mut counts, mut made) = (Vec::new(), Azure2019Made::default());
        for (number, application) in
            population::applications(self.functions, self.seed).iter().enumerate()
        {
            times.fill(number as u64, application, &mut counts);
            let name = rows::application_name(number);
            let mut together = 0;
            for (place, function) in application.functions.iter().enumerate() {
                let of_function = &counts[place];
                let sum = rows::sum(of_function, self.minutes);
                let name = rows::function_name(&name, number, place);
                let key = durations.part(made.functions as u64);
                let minutes = &of_function[..self.minutes];
                rows::invocations(&mut files.invocations, &name, function, minutes)?;
                rows::durations(&mut files.durations, &name, function, sum, key)?;
                (together, made.functions) = (together + sum, made.functions + 1);
            }
            rows::memory(&mut files.memory, &name, application, together)?;
            (made.invocations, made.applications) =
                (made.invocations + together, made.applications + 1);
        }
        Ok(made)
    }
}
