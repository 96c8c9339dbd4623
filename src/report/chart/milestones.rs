//! When releases begin, shift and are over, along an axis of time.

use std::path::Path;

use super::frame::{Mark, Panel, SMALL};
use super::palette::{BLUE, FAINT, GREEN, INK, ORANGE, PAPER, REST, VERMILION};
use super::scene::{Anchor, Colour, Scene, Text, WIDTH, width};
use super::sheet::Sheet;
use super::{ChartError, FirstRun, label};

const FILE: &str = "releases.csv";

/// What happened to a release.
#[derive(Debug)]
pub(super) struct Milestone {
    service: String,
    /// In seconds.
    time: f64,
    /// The version without the name of its service.
    version: String,
    kind: usize,
    /// The share of the requests that goes to the new version from then on.
    weight: Option<f64>,
}

/// What may happen: its name in the file and in a legend, the colours within and of the outline.
type Kind = (&'static str, &'static str, Colour, Colour);

/// What may happen, from what matters most.
const KINDS: [Kind; 7] = [
    ("taken_back", "taken back", VERMILION, INK),
    ("stalled", "stalls", ORANGE, INK),
    ("begun", "begins", PAPER, INK),
    ("completed", "complete", GREEN, INK),
    ("shifted", "shifts", REST, FAINT),
    ("restored", "back to the old version", BLUE, INK),
    ("overtaken", "gives way to the next", PAPER, ORANGE),
];
const TAKEN_BACK: usize = 0;
const BEGUN: usize = 2;
const COMPLETED: usize = 3;
const SHIFTED: usize = 4;
const RESTORED: usize = 5;

/// What lies closer together than this share of the time is one.
const CLOSE: f64 = 0.006;
/// Half of what is between two names.
const APART: f64 = 6.0;
/// Lines of names.
const ROWS: usize = 2;
const ROW: f64 = SMALL * 1.35;
/// From the names to the panel, with room for the dots.
const BELOW: f64 = 16.0;
/// Of more groups than this, steps between have no lines.
const FEW: usize = 24;

/// The milestones of the first run; none if there is no file of them.
pub(super) fn read(folder: &Path) -> Result<Vec<Milestone>, ChartError> {
    let mut sheet = match Sheet::open(folder, FILE) {
        Err(ChartError::NoData(_)) => return Ok(Vec::new()),
        other => other?,
    };
    let mut columns = [0; 5];
    let names = ["time_s", "service", "version", "milestone", "weight"];
    for (column, name) in columns.iter_mut().zip(names) {
        *column = sheet.column(name)?;
    }
    let [time, service, version, kind, weight] = columns;
    let mut first = FirstRun::new(time);
    let mut milestones = Vec::new();
    while first.next(&mut sheet)? {
        let known = KINDS.iter().position(|(name, ..)| *name == sheet.text(kind));
        let expected =
            "`begun`, `shifted`, `stalled`, `overtaken`, `taken_back`, `restored` or `completed`";
        let kind = known.ok_or_else(|| sheet.wrong(kind, expected))?;
        let name = sheet.text(version);
        milestones.push(Milestone {
            service: sheet.text(service).to_owned(),
            time: sheet.needed(time)?,
            version: label::short(name.rsplit_once('@').map_or(name, |(_, version)| version)),
            kind,
            weight: sheet.number(weight)?,
        });
    }
    Ok(milestones)
}

/// Milestones at about one time, in their order.
pub(super) struct Group<'a> {
    /// The time of the first, in seconds.
    time: f64,
    of: Vec<&'a Milestone>,
}

/// The milestones of a service in groups that can be told apart along an axis that ends at `end` seconds.
pub(super) fn groups<'a>(milestones: &'a [Milestone], service: &str, end: f64) -> Vec<Group<'a>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for milestone in milestones.iter().filter(|milestone| milestone.service == service) {
        match groups.last_mut() {
            Some(group) if milestone.time - group.time < end * CLOSE => group.of.push(milestone),
            _ => groups.push(Group { time: milestone.time, of: vec![milestone] }),
        }
    }
    groups
}

impl Group<'_> {
    /// What matters most of it.
    fn kind(&self) -> usize {
        self.of.iter().map(|milestone| milestone.kind).min().unwrap_or(SHIFTED)
    }

    fn has(&self, kind: usize) -> bool {
        self.of.iter().any(|milestone| milestone.kind == kind)
    }

    /// What is written above it. That all requests go to a version which is complete, or none to one that was
    /// taken back, goes without saying.
    fn says(&self) -> String {
        let mut words: Vec<String> = Vec::new();
        for milestone in &self.of {
            let word = match (milestone.kind, milestone.weight) {
                (SHIFTED, Some(weight)) if weight >= 1.0 && self.has(COMPLETED) => continue,
                (RESTORED, _) if self.has(TAKEN_BACK) => continue,
                (SHIFTED, Some(weight)) => format!("{} %", label::tick(100.0 * weight)),
                (BEGUN, _) => format!("{} begins", milestone.version),
                (kind, _) => KINDS[kind].1.to_owned(),
            };
            if !words.contains(&word) {
                words.push(word);
            }
        }
        words.join(", ")
    }

    /// Where it is in a panel whose times are in units of `size` seconds.
    fn place(&self, panel: &Panel, size: f64) -> f64 {
        panel.place(self.time / size, 0.0).0
    }
}

/// How a legend shows what there is.
pub(super) fn legend(groups: &[Group<'_>]) -> Vec<(Mark, String)> {
    let there = |kind: usize| groups.iter().any(|group| group.kind() == kind);
    let kinds = KINDS.iter().enumerate().filter(|(kind, _)| there(*kind));
    let entry = |(_, (_, name, inside, edge)): (usize, &Kind)| {
        (Mark::Dot(*inside, *edge), (*name).to_owned())
    };
    kinds.map(entry).collect()
}

/// Writes what happened above a panel that begins here, as far as there is room, what matters most first; how much
/// room it took.
pub(super) fn names(scene: &mut Scene, panel: &Panel, groups: &[Group<'_>], size: f64) -> f64 {
    if groups.is_empty() {
        return 0.0;
    }
    let mut ranked: Vec<&Group<'_>> = groups.iter().collect();
    ranked.sort_by_key(|group| group.kind());
    let mut rows: [Vec<(f64, f64)>; ROWS] = [const { Vec::new() }; ROWS];
    let mut written = Vec::new();
    for group in ranked {
        let text = group.says();
        let half = width(&text, SMALL, false) / 2.0;
        let (least, most) = (panel.left + half, WIDTH - half - 4.0);
        let middle = group.place(panel, size).min(most).max(least);
        let (start, end) = (middle - half - APART, middle + half + APART);
        let free = |row: &[(f64, f64)]| row.iter().all(|(a, b)| end <= *a || *b <= start);
        let found = rows.iter().position(|row| middle <= most && free(row));
        if let Some(row) = found {
            rows[row].push((start, end));
            written.push((middle, row, text));
        }
    }
    // The lowest line stands nearest to the panel.
    let used = rows.iter().filter(|row| !row.is_empty()).count();
    for (middle, row, text) in written {
        let y = panel.top + (used - row) as f64 * ROW - 2.0;
        scene.text(Text::new(text, (middle, y), SMALL).anchored(Anchor::Middle).coloured(FAINT));
    }
    used as f64 * ROW + BELOW
}

/// Draws a line through a panel at each.
pub(super) fn lines(scene: &mut Scene, panel: &Panel, groups: &[Group<'_>], size: f64) {
    let few = groups.len() <= FEW;
    for group in groups.iter().filter(|group| few || group.kind() != SHIFTED) {
        let x = group.place(panel, size);
        scene.line(vec![(x, panel.top), (x, panel.bottom)], REST, 1.0);
    }
}

/// Draws a dot at each above the panel that begins at `top`: of those in one place what matters most.
pub(super) fn dots(scene: &mut Scene, panel: &Panel, top: f64, groups: &[Group<'_>], size: f64) {
    for group in groups {
        let (.., inside, edge) = KINDS[group.kind()];
        scene.dot((group.place(panel, size), top - 7.0), 3.6, inside, edge);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn milestone(time: f64, kind: usize, weight: Option<f64>) -> Milestone {
        Milestone { service: "web".to_owned(), time, version: "v2".to_owned(), kind, weight }
    }

    #[test]
    fn what_goes_without_saying_is_not_said() {
        let said = |of: &[(f64, usize, Option<f64>)]| {
            let all: Vec<Milestone> = of.iter().map(|(t, k, w)| milestone(*t, *k, *w)).collect();
            groups(&all, "web", 100.0).iter().map(Group::says).collect::<Vec<_>>()
        };
        let storm = [(50.0, BEGUN, None), (50.0, SHIFTED, Some(1.0)), (50.0, COMPLETED, None)];
        assert_eq!(said(&storm), ["v2 begins, complete"]);
        let canary = [(50.0, BEGUN, None), (50.0, SHIFTED, Some(0.05)), (60.0, TAKEN_BACK, None)];
        assert_eq!(said(&canary), ["v2 begins, 5 %", "taken back"]);
        let back = [(60.0, TAKEN_BACK, None), (60.0, RESTORED, None), (80.0, RESTORED, None)];
        assert_eq!(said(&back), ["taken back", "back to the old version"]);
    }
}
