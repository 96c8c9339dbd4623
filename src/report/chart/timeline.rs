//! Instances over time: when they started, served and rested.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::frame::{Axis, Mark, Panel, heading, right_edge};
use super::grid::{SPANS, unit_of};
use super::palette::{BLUE, REST, VERMILION};
use super::scale::Scale;
use super::scene::{Colour, Place, Scene, WIDTH};
use super::sheet::Sheet;
use super::{Chart, ChartError, Drawn, label};

const FILE: &str = "instances.csv";

pub(super) const CHART: Chart = Chart {
    name: "timeline",
    summary: "Instances over time, coloured by what they did: starting, serving or idle.",
    files: &[FILE],
    needs: "the states of instances",
    chooses: false,
    draw,
};

/// At most this many instances are shown.
const MOST_ROWS: usize = 60;
/// Height of a row: of few, of many.
const ROW: (f64, f64) = (20.0, 13.0);
/// What lies closer together than this is drawn as one.
const CLOSE: f64 = 0.4;

/// The states that are drawn upon the life of an instance, from the one below up. One that is paused is
/// idle here, and one that resumes starts.
const STATES: [(&str, &str, Colour); 3] =
    [("idle", "idle", REST), ("busy", "serving", BLUE), ("cold", "starting", VERMILION)];

/// An instance: its name, and from when to when it was in each state.
struct Row {
    name: String,
    states: [Vec<Place>; 3],
}

/// The instances that started first, by their number, of which each platform has its own, and their platform.
type Rows = BTreeMap<(u64, String), Row>;

fn draw(folder: &Path, _: Option<&str>) -> Result<Drawn, ChartError> {
    let mut sheet = Sheet::open(folder, FILE)?;
    let names = ["platform", "instance", "application", "state", "from_s", "to_s"];
    let mut columns = [0; 6];
    for (column, name) in columns.iter_mut().zip(names) {
        *column = sheet.column(name)?;
    }
    let [platform, instance, application, state, from, to] = columns;
    let mut rows = Rows::new();
    let mut known: BTreeSet<(u64, String)> = BTreeSet::new();
    let mut end: f64 = 0.0;
    let mut first = super::FirstRun::new(platform);
    while first.next(&mut sheet)? {
        let shown = match sheet.text(state) {
            "paused" => "idle",
            "resuming" => "cold",
            other => other,
        };
        let state = STATES.iter().position(|(name, ..)| *name == shown).ok_or_else(|| {
            sheet.wrong(columns[3], "`cold`, `busy`, `idle`, `paused` or `resuming`")
        })?;
        let span = (sheet.needed(from)?, sheet.needed(to)?);
        end = end.max(span.1);
        let number = sheet.text(instance).parse();
        let number = number.map_err(|_| sheet.wrong(instance, "the number of an instance"))?;
        let id = (number, sheet.text(platform).to_owned());
        if known.insert(id.clone()) {
            let of = label::short(sheet.text(application));
            let name = if of.is_empty() { number.to_string() } else { format!("{of} #{number}") };
            rows.insert(id.clone(), Row { name, states: [const { Vec::new() }; 3] });
            if rows.len() > MOST_ROWS {
                rows.pop_last();
            }
        }
        if let Some(row) = rows.get_mut(&id) {
            row.states[state].push(span);
        }
    }
    if rows.is_empty() {
        return Err(ChartError::NoData(format!("{FILE} has no instances")));
    }
    let left = known.len() - rows.len();
    let rows = rows.into_values().rev().collect();
    let mut drawn = Drawn::one(picture(rows, end, left, &first.subtitle()));
    drawn.notes.extend(first.note());
    Ok(drawn)
}

/// The picture of `rows`, which stand from the bottom up.
fn picture(mut rows: Vec<Row>, end: f64, left: usize, subtitle: &str) -> Scene {
    let mut scene = Scene::default();
    let more = match left {
        0 => String::new(),
        left => format!("the first {} of {} instances", rows.len(), rows.len() + left),
    };
    let born = |row: &Row| row.states.iter().flatten().map(|(from, _)| *from).fold(end, f64::min);
    rows.sort_by(|a, b| born(b).total_cmp(&born(a)));
    let entry = |(_, name, colour): &(_, &str, Colour)| (Mark::Box(*colour), (*name).to_owned());
    let legend: Vec<(Mark, String)> = STATES.iter().rev().map(entry).collect();
    let subtitle = super::joined([subtitle, &more]);
    let top = heading(&mut scene, "Instances over time", &subtitle, &legend);
    let names: Vec<String> = rows.iter().map(|row| row.name.clone()).collect();
    let high = if rows.len() > 25 { ROW.1 } else { ROW.0 };
    let tall = high * rows.len() as f64;
    let (unit, size) = unit_of(end, &SPANS);
    let y = Axis::rows(&names, if tall > 120.0 { "instance" } else { "" });
    let left = y.left(tall);
    let time = Scale::new(0.0, if end > 0.0 { end / size } else { 1.0 });
    let x = Axis::along(time, WIDTH - left - 40.0, format!("time ({unit})"));
    let panel = Panel { left, top, right: right_edge(&x), bottom: top + tall, x, y };
    panel.draw(&mut scene);
    for (number, row) in rows.iter().enumerate() {
        for (spans, (_, _, colour)) in row.states.iter().zip(STATES) {
            for (from, to) in merged(spans.iter().map(|(from, to)| {
                let x = |at: f64| panel.place(at / size, 0.0).0;
                (x(*from), x(*to))
            })) {
                let (_, middle) = panel.place(0.0, number as f64 + 0.5);
                let half = high * 0.36;
                scene.bar((from, middle - half), (to, middle + half), colour);
            }
        }
    }
    scene.height = panel.bottom + panel.x.below();
    scene
}

/// Spans along a row, where those that nearly touch are one; none is too short to be seen.
fn merged(spans: impl Iterator<Item = Place>) -> Vec<Place> {
    let mut merged: Vec<Place> = Vec::new();
    for (from, to) in spans {
        let to = to.max(from + CLOSE);
        match merged.last_mut() {
            Some(last) if from <= last.1 + CLOSE => last.1 = last.1.max(to),
            _ => merged.push((from, to)),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_that_nearly_touch_are_one() {
        let spans = [(0.0, 1.0), (1.1, 2.0), (5.0, 5.0), (9.0, 10.0)];
        assert_eq!(merged(spans.into_iter()), [(0.0, 2.0), (5.0, 5.4), (9.0, 10.0)]);
    }
}
