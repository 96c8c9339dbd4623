//! The memory of each application.

use std::path::Path;

use super::{Functions, Table, TraceError, Warnings, key};
use crate::quantity::Bytes;

pub(super) fn read(
    path: &Path,
    functions: &Functions,
    warnings: &mut Warnings,
) -> Result<Vec<Option<Bytes>>, TraceError> {
    let mut table = Table::open("memory", path, None)?;
    let [owner, app, allocated] = table.places(["HashOwner", "HashApp", "AverageAllocatedMb"])?;
    // A file with a row a function has several rows an application; one without has not.
    let by_function = table.find("HashFunction")?.is_some();
    let mut memory: Vec<Option<Bytes>> = vec![None; functions.application_names.len()];
    let (mut unknown, mut repeated) = (0, 0);
    while table.next()? {
        let key = key(&table, &[owner, app])?;
        let bytes = mebibytes(&table, allocated)?;
        let Some(application) = functions.application_numbers.get(&key) else {
            unknown += 1;
            continue;
        };
        let place = &mut memory[*application as usize];
        repeated += u64::from(place.is_some() && !by_function);
        *place = (*place).max(bytes);
    }
    let missing = memory.iter().filter(|bytes| bytes.is_none()).count();
    warnings.add(
        missing as u64,
        "application has no memory: it takes that of the service or, without, the median of the others",
        "applications have no memory: they take that of the service or, without, the median of the others",
    );
    warnings.add(
        repeated,
        "row of memory is of an application that has one already: the larger counts",
        "rows of memory are of applications that have one already: the largest counts",
    );
    warnings.add(
        unknown,
        "row of memory is of an application without a function: it is left out",
        "rows of memory are of applications without a function: they are left out",
    );
    Ok(memory)
}

/// The field as an amount of memory, rounded to a byte; `None` if it is empty, zero or negative,
/// as where nothing was measured.
fn mebibytes(table: &Table, column: usize) -> Result<Option<Bytes>, TraceError> {
    const MIB: f64 = 1_048_576.0;
    let field = table.field(column);
    if field.is_empty() || field.eq_ignore_ascii_case(b"nan") {
        return Ok(None);
    }
    let number = std::str::from_utf8(field).ok().and_then(|text| text.parse::<f64>().ok());
    match number.filter(|number| number.is_finite()) {
        Some(number) if number > 0.0 => Ok(Some(Bytes::new((number * MIB).round() as u64))),
        Some(_) => Ok(None),
        None => Err(table.unexpected(column, "a number of MiB")),
    }
}
