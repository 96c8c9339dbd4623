//! The Azure Functions trace of 2019: for each function how often it was invoked in each minute
//! of a day, what its invocations took and, for each application, its memory.
//!
//! What is held of a day is its counts, packed by minute ([`day::Day`] states the bound), and a few
//! tens of bytes a function. A run makes one minute at a time from them.

mod day;
mod durations;
mod memory;
mod replay;

use std::collections::BTreeMap;
use std::path::Path;

use super::table::Table;
use super::{Loaded, TraceEntry, TraceError, Warnings};
pub use durations::DurationTable;
use replay::Process;

pub(super) const ENTRY: TraceEntry = TraceEntry {
    name: "azure-2019",
    summary: "Invocations a minute of each function, in `invocations`, spread over the minute as a \
              Poisson process spreads that many, or evenly if a timer triggers them; percentiles \
              of their durations in `durations`, memory of each application in `memory`.",
    source: "Shahrad et al., Serverless in the Wild (USENIX ATC 2020); the public dataset \
             AzurePublicDataset, Azure Functions Trace 2019",
    columns: &[
        ("HashOwner, HashApp, HashFunction", "in all files: the function; memory has no function"),
        ("Trigger", "invocations: what triggers the function; may be missing"),
        ("1, 2, ...", "invocations: how many in this minute; time 0 is the smallest number"),
        ("percentile_Average_{0,1,25,50,75,99,100}", "durations: percentiles in milliseconds"),
        ("AverageAllocatedMb", "memory: in mebibytes; of several rows, the largest"),
    ],
};

/// Checks the three files.
pub(super) fn open(
    invocations: &Path,
    durations: Option<&Path>,
    memory: Option<&Path>,
) -> Result<Loaded, TraceError> {
    let mut warnings = Warnings::default();
    let functions = Functions::read(invocations, &mut warnings)?;
    let demands = durations.map(|path| durations::read(path, &functions, &mut warnings));
    let memory = memory.map(|path| memory::read(path, &functions, &mut warnings));
    let (demands, memory) = (demands.transpose()?, memory.transpose()?);
    let process = functions.process;
    Ok(Loaded {
        names: functions.names,
        applications: Some(functions.applications),
        application_names: functions.application_names,
        demands,
        memory,
        pods: Vec::new(),
        requests: process.requests(),
        last: process.last(),
        process: Box::new(process),
        warnings: warnings.0,
    })
}

/// Between the parts of a key: it occurs in no name.
const BETWEEN: char = '\u{1f}';

/// The names of `columns`, joined.
fn key(table: &Table, columns: &[usize]) -> Result<String, TraceError> {
    let mut key = String::new();
    for column in columns {
        key.push_str(table.text(*column)?);
        key.push(BETWEEN);
    }
    Ok(key)
}

/// The functions and applications of the invocations file, and their counts.
struct Functions {
    names: Vec<String>,
    numbers: BTreeMap<String, u32>,
    applications: Vec<u32>,
    application_names: Vec<String>,
    application_numbers: BTreeMap<String, u32>,
    process: Process,
}

/// Functions that a trace can have: their numbers share a word with a time within a minute.
const MOST_FUNCTIONS: usize = 1 << replay::FUNCTION_BITS;

impl Functions {
    fn read(path: &Path, warnings: &mut Warnings) -> Result<Self, TraceError> {
        let mut table = Table::open("invocations", path, None)?;
        let mut reader = Reader::new(&table)?;
        while table.next()? {
            reader.row(&table)?;
        }
        reader.finish(&table, warnings)
    }
}

/// What an invocations file is read into.
struct Reader {
    owner_app_function: [usize; 3],
    trigger: Option<usize>,
    /// The columns of the minutes, in order of time.
    minutes: Vec<usize>,
    day: day::Builder,
    functions: Functions,
    /// A hash of each row, to tell a row written twice from one that has more to say.
    rows: Vec<u64>,
    counts: Vec<u64>,
    repeated: u64,
    added: u64,
    idle: u64,
}

impl Reader {
    fn new(table: &Table) -> Result<Self, TraceError> {
        let owner_app_function = table.places(["HashOwner", "HashApp", "HashFunction"])?;
        let columns = table.columns().iter().enumerate();
        let mut minutes: Vec<(u32, usize)> =
            columns.filter_map(|(i, name)| Some((name.parse().ok()?, i))).collect();
        minutes.sort_unstable();
        if minutes.is_empty() {
            let message =
                "there is no column of a minute: their names are numbers, as in 1 to 1440";
            return Err(table.whole(message));
        }
        if let Some(two) = minutes.windows(2).find(|two| two[0].0 == two[1].0) {
            return Err(table.whole(format!("the column `{}` occurs twice", two[0].0)));
        }
        let functions = Functions {
            names: Vec::new(),
            numbers: BTreeMap::new(),
            applications: Vec::new(),
            application_names: Vec::new(),
            application_numbers: BTreeMap::new(),
            process: Process::default(),
        };
        Ok(Self {
            owner_app_function,
            trigger: table.find("Trigger")?,
            day: day::Builder::new(minutes.iter().map(|(number, _)| *number)),
            counts: Vec::with_capacity(minutes.len()),
            minutes: minutes.into_iter().map(|(_, column)| column).collect(),
            functions,
            rows: Vec::new(),
            repeated: 0,
            added: 0,
            idle: 0,
        })
    }

    fn row(&mut self, table: &Table) -> Result<(), TraceError> {
        self.counts.clear();
        for column in &self.minutes {
            let count = table.count(*column)?;
            if count > day::MOST_A_MINUTE {
                let most = day::MOST_A_MINUTE;
                let expected = format!("at most {most}, all that a minute can have,");
                return Err(table.unexpected(*column, &expected));
            }
            self.counts.push(count);
        }
        let key = key(table, &self.owner_app_function)?;
        let trigger = self.trigger.map_or(&b""[..], |column| table.field(column));
        let row = self.counts.iter().fold(replay::hash(trigger), |hash, count| {
            (hash.rotate_left(5) ^ count).wrapping_mul(0x9e37_79b9_7f4a_7c15)
        });
        if let Some(function) = self.functions.numbers.get(&key).copied() {
            if self.rows[function as usize] == row {
                self.repeated += 1;
            } else {
                self.added += 1;
                self.day.add_late(function, &self.counts);
            }
            return Ok(());
        }
        self.idle += u64::from(self.counts.iter().all(|count| *count == 0));
        self.rows.push(row);
        let function = self.functions.add(table, self.owner_app_function, key, trigger)?;
        self.day.add(function, &self.counts);
        Ok(())
    }

    fn finish(mut self, table: &Table, warnings: &mut Warnings) -> Result<Functions, TraceError> {
        warnings.add(
            self.repeated,
            "row of invocations is written twice: it counts once",
            "rows of invocations are written twice: they count once",
        );
        warnings.add(
            self.added,
            "further row of invocations is of a function seen before: its counts are added",
            "further rows of invocations are of functions seen before: their counts are added",
        );
        warnings.add(
            self.idle,
            "function has no invocation in its row",
            "functions have no invocation in their rows",
        );
        if self.functions.names.is_empty() {
            warnings.0.push("the trace has no function: it sends no request".to_owned());
        }
        self.functions.process.day = self.day.finish().map_err(|message| table.whole(message))?;
        Ok(self.functions)
    }
}

impl Functions {
    /// Adds the function of a row.
    fn add(
        &mut self,
        table: &Table,
        [owner, app, function]: [usize; 3],
        key: String,
        trigger: &[u8],
    ) -> Result<u32, TraceError> {
        if self.names.len() == MOST_FUNCTIONS {
            let message = format!("there are more than {MOST_FUNCTIONS} functions");
            return Err(table.error(message));
        }
        let number = self.names.len() as u32;
        let application_key = self::key(table, &[owner, app])?;
        let next = self.application_names.len() as u32;
        let application = *self.application_numbers.entry(application_key).or_insert(next);
        if application == next {
            self.application_names.push(table.text(app)?.to_owned());
        }
        self.applications.push(application);
        self.names.push(table.text(function)?.to_owned());
        self.process.add(key.as_bytes(), trigger.eq_ignore_ascii_case(b"timer"));
        self.numbers.insert(key, number);
        Ok(number)
    }
}
