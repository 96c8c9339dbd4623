//! bill.csv as a table: what each platform charges, in the mean over the runs.

use std::collections::BTreeSet;
use std::path::Path;

use super::Section;
use super::table::{Cell, Column, Kind, table};
use super::text::escaped;
use crate::metric::Value;
use crate::report::cell;
use crate::report::chart::ChartError;
use crate::report::chart::sheet::Sheet;
use crate::report::number::{count, dollars, significant};

const FILE: &str = "bill.csv";

/// A line of the bill, summed over the runs.
struct Line {
    platform: String,
    item: String,
    unit: String,
    quantity: f64,
    price: f64,
    cost: f64,
}

/// The bill in `folder`.
pub(super) fn section(folder: &Path) -> Result<Section, ChartError> {
    let (mut lines, runs) = read(folder)?;
    if lines.is_empty() {
        return Err(ChartError::NoData(format!("{FILE} has no lines")));
    }
    for line in &mut lines {
        line.quantity /= runs as f64;
        line.cost /= runs as f64;
    }
    let total = dollars(lines.iter().map(|line| line.cost).sum());
    let mean = match runs {
        1 => String::new(),
        runs => format!(" a run, in the mean over {} runs", count(runs)),
    };
    let words = format!("<p><strong>{total} USD</strong>{mean}, for the measured time.</p>\n");
    let rows: Vec<Vec<Cell>> = lines.iter().map(cells).collect();
    Ok(Section::new("bill", "Bill", words + &table("Lines of the bill", &columns(), &rows)))
}

/// The lines, and how many runs they are summed over.
fn read(folder: &Path) -> Result<(Vec<Line>, u64), ChartError> {
    let mut sheet = Sheet::open(folder, FILE)?;
    let column = |name| sheet.column(name);
    let texts = [column("platform")?, column("item")?, column("unit")?];
    let numbers = [column("quantity")?, column("price_usd")?, column("cost_usd")?];
    let replication = sheet.find("replication");
    let (mut lines, mut runs): (Vec<Line>, _) = (Vec::new(), BTreeSet::new());
    while sheet.next()? {
        let [platform, item, unit] = texts.map(|column| sheet.text(column).to_owned());
        let number = |column| sheet.number(column).map(|number| number.unwrap_or(0.0));
        let [quantity, price, cost] = numbers.map(number);
        let (quantity, price, cost) = (quantity?, price?, cost?);
        runs.insert(replication.map(|column| sheet.text(column).to_owned()));
        let known = |line: &&mut Line| line.platform == platform && line.item == item;
        match lines.iter_mut().find(known) {
            Some(line) => {
                line.quantity += quantity;
                line.cost += cost;
            }
            None => lines.push(Line { platform, item, unit, quantity, price, cost }),
        }
    }
    Ok((lines, runs.len() as u64))
}

fn columns() -> Vec<Column> {
    vec![
        Column::new("platform", "platform", Kind::Name),
        Column::new("item", "item", Kind::Name),
        Column::new("quantity", "quantity", Kind::Figures),
        Column::new("unit", "unit", Kind::Words),
        Column::new("price_usd", "price of a unit (USD)", Kind::Figures),
        Column::new("cost_usd", "cost (USD)", Kind::Figures),
    ]
}

fn cells(line: &Line) -> Vec<Cell> {
    let number = |value: f64, shown: String| Cell::number(escaped(&shown), value);
    vec![
        Cell::words(&line.platform),
        Cell::words(&line.item),
        number(line.quantity, significant(line.quantity, 4)),
        Cell::words(&line.unit),
        number(line.price, cell(Some(Value::Real(line.price)))),
        number(line.cost, dollars(line.cost)),
    ]
}
