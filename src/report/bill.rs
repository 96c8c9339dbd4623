//! bill.csv: what each platform charges, line by line.

use super::row::{cell, written};
use super::{Folder, FolderError};
use crate::metric::{RunOutcome, Value};

/// The columns of bill.csv, after `replication` where there are several.
pub const BILL_COLUMNS: &[&str] =
    &["platform", "item", "quantity", "unit", "price_usd", "cost_usd"];

/// The lines of the bill of a run, as rows of bill.csv.
pub fn bill_rows(outcome: &RunOutcome) -> Vec<Vec<String>> {
    let real = |value: f64| cell(Some(Value::Real(value)));
    let lines = outcome.platforms.iter().flat_map(|platform| {
        platform.of.1.lines.iter().map(|line| {
            vec![
                platform.name.clone(),
                line.item.to_owned(),
                real(line.quantity()),
                line.unit.to_string(),
                real(line.price.as_usd()),
                real(line.cost.as_usd()),
            ]
        })
    });
    lines.collect()
}

/// Writes bill.csv if there are lines: those of each run, with its number where there are several.
///
/// # Errors
/// If it cannot be written.
pub fn write_bill<'a>(
    runs: impl Iterator<Item = (Option<u64>, &'a [Vec<String>])>,
    folder: &mut Folder,
) -> Result<(), FolderError> {
    let mut runs = runs.filter(|(_, lines)| !lines.is_empty()).peekable();
    let Some((first, _)) = runs.peek() else { return Ok(()) };
    let mut csv = csv::Writer::from_writer(folder.part()?);
    let head = first.map(|_| "replication").into_iter().chain(BILL_COLUMNS.iter().copied());
    let head = csv.write_record(head).map_err(written);
    let filled = head.and_then(|()| {
        runs.try_for_each(|(replication, lines)| {
            lines.iter().try_for_each(|line| {
                let replication = replication.map(|number| number.to_string());
                csv.write_record(replication.iter().chain(line)).map_err(written)
            })
        })
    });
    filled.map_err(|error| folder.failed(error))?;
    let part = csv.into_inner().map_err(|error| folder.failed(error.into_error()))?;
    folder.add("bill.csv", part.into_temp_path());
    Ok(())
}
