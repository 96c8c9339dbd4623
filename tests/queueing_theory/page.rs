//! The sections of docs/validation.md that tests write and check.

use std::fs;
use std::path::PathBuf;

/// Whether sections are to be written.
pub fn writing() -> bool {
    std::env::var_os("CLOUDSCHED_WRITE_VALIDATION").is_some()
}

/// A number with five significant digits.
pub fn significant(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let magnitude = libm::floor(libm::log10(value.abs())) as i32;
    let decimals = usize::try_from(4 - magnitude).unwrap_or(0);
    format!("{value:.decimals$}")
}

/// The section between the markers of `name`: written, or else checked to list in these columns
/// (the first is 1) what is `listed`, row for row.
pub fn section(name: &str, table: &str, listed: &[String], columns: &[usize]) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/validation.md");
    let text = fs::read_to_string(&path).expect("docs/validation.md is there");
    let (start, end) = (format!("<!-- {name}: begin -->\n"), format!("<!-- {name}: end -->"));
    let from = text.find(&start).expect("the page has the marker") + start.len();
    let to = from + text[from..].find(&end).expect("the page has the second marker");
    if writing() {
        let page = format!("{}{table}{}", &text[..from], &text[to..]);
        fs::write(&path, page).expect("docs/validation.md can be written");
        return;
    }
    let cells = |row: &str| {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        columns.iter().map(|&column| cells[column]).collect::<Vec<_>>().join(" | ")
    };
    let rows = text[from..to].lines().skip(2).filter(|row| !row.starts_with("| **"));
    let found: Vec<String> = rows.map(cells).collect();
    assert_eq!(
        found, listed,
        "docs/validation.md is of another time: make it anew with the command that it names"
    );
}
