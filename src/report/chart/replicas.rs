//! Replicas of services on clusters over time: wanted, ready and without a node, over the nodes of the cluster; when
//! something was decided or went wrong.

use std::path::Path;

use super::frame::{Axis, Mark, Panel, heading, right_edge};
use super::grid::{SPANS, unit_of};
use super::palette::{BLUE, FAINT, GREEN, INK, ORANGE, PAPER, PURPLE, REST, VERMILION};
use super::scale::Scale;
use super::scene::{Colour, Place, Scene, WIDTH};
use super::sheet::Sheet;
use super::{Chart, ChartError, Drawn, FirstRun, label, thinned};

const FILE: &str = "services.csv";
const LEVELS: &str = "series.csv";
const EVENTS: &str = "events.csv";

pub(super) const CHART: Chart = Chart {
    name: "replicas",
    summary: "How many replicas of a service on a cluster are wanted, ready and without a node over time, the nodes of \
              the cluster, and when something was decided or failed.",
    files: &[FILE],
    needs: "services on a cluster, which a scenario asks for with [output] series",
    chooses: false,
    draw,
};

/// How tall the panels are: replicas, nodes.
const TALL: [f64; 2] = [180.0, 110.0];
const BETWEEN: f64 = 22.0;
/// Above the first panel, for the marks.
const ABOVE: f64 = 14.0;

/// What is drawn of a service: the column, what it is called, its colour and width.
type Line = (&'static str, &'static str, Colour, f64);

const REPLICAS: [Line; 3] = [
    ("wanted", "wanted", FAINT, 1.2),
    ("ready", "ready", GREEN, 2.0),
    ("pending", "without a node", PURPLE, 1.6),
];

/// The same of the nodes of its cluster.
const NODES: [Line; 3] = [
    ("nodes", "nodes", BLUE, 1.8),
    ("nodes_booting", "nodes that boot", ORANGE, 1.4),
    ("nodes_failed", "nodes that have failed", VERMILION, 1.4),
];

/// What is marked: the event, what it is called, its colour and that of its outline; from what matters most.
const MARKS: [(&str, &str, Colour, Colour); 5] = [
    ("node_failed", "node fails", VERMILION, INK),
    ("node_noticed", "node will be taken away", ORANGE, INK),
    ("container_ended", "container ends", BLUE, INK),
    ("pod_evicted", "pod is evicted", PAPER, INK),
    ("scaled", "scaled", REST, FAINT),
];

/// Levels over time, (second, value) of each.
#[derive(Default)]
struct Levels {
    platform: String,
    service: String,
    of: [Vec<Place>; 3],
}

/// Something that happened, in seconds.
struct Event {
    time: f64,
    platform: String,
    /// Whose; empty if it is of a node.
    service: String,
    mark: usize,
}

fn draw(folder: &Path, _: Option<&str>) -> Result<Drawn, ChartError> {
    let mut sheet = Sheet::open(folder, FILE)?;
    let mut first = FirstRun::new(sheet.column("time_s")?);
    let service = sheet.column("service")?;
    let services = read(&mut sheet, Some(service), &mut first, REPLICAS)?;
    if services.is_empty() {
        return Err(ChartError::NoData(format!("{FILE} has no samples")));
    }
    let (clusters, events) = (nodes(folder)?, events(folder)?);
    let mut drawn = Drawn::each(&services, |service| {
        let cluster = clusters.iter().find(|cluster| cluster.platform == service.platform);
        let cluster = cluster.filter(|cluster| cluster.of.iter().any(|level| !level.is_empty()));
        let is_meant = |event: &&Event| {
            event.platform == service.platform
                && (event.service.is_empty() || event.service == service.service)
        };
        let events: Vec<&Event> = events.iter().filter(is_meant).collect();
        Ok(picture(service, cluster, &events, &first.subtitle()))
    })?;
    drawn.notes.extend(first.note());
    Ok(drawn)
}

/// The levels of the first run, by platform, and by what stands in the column `service`, if there is one.
fn read(
    sheet: &mut Sheet,
    service: Option<usize>,
    first: &mut FirstRun,
    lines: [Line; 3],
) -> Result<Vec<Levels>, ChartError> {
    let (time, platform) = (sheet.column("time_s")?, sheet.column("platform")?);
    let mut columns = [0; 3];
    for (column, (name, ..)) in columns.iter_mut().zip(lines) {
        *column = sheet.column(name)?;
    }
    let mut all: Vec<Levels> = Vec::new();
    while first.next(sheet)? {
        let of = |column: Option<usize>| column.map_or("", |column| sheet.text(column));
        let names = [of(Some(platform)), of(service)];
        let known = all.iter().position(|one| [&*one.platform, &*one.service] == names);
        let number = known.unwrap_or_else(|| {
            let [platform, service] = names.map(str::to_owned);
            all.push(Levels { platform, service, ..Levels::default() });
            all.len() - 1
        });
        let at = sheet.needed(time)?;
        for (level, column) in all[number].of.iter_mut().zip(columns) {
            level.extend(sheet.number(column)?.map(|value| (at, value)));
        }
    }
    Ok(all)
}

/// The nodes of clusters; none if there is no file that tells of them.
fn nodes(folder: &Path) -> Result<Vec<Levels>, ChartError> {
    let mut sheet = match Sheet::open(folder, LEVELS) {
        Err(ChartError::NoData(_)) => return Ok(Vec::new()),
        other => other?,
    };
    if sheet.find(NODES[0].0).is_none() {
        return Ok(Vec::new());
    }
    let mut first = FirstRun::new(sheet.column("time_s")?);
    read(&mut sheet, None, &mut first, NODES)
}

/// What is marked; nothing if there is no file of events.
fn events(folder: &Path) -> Result<Vec<Event>, ChartError> {
    let mut sheet = match Sheet::open(folder, EVENTS) {
        Err(ChartError::NoData(_)) => return Ok(Vec::new()),
        other => other?,
    };
    let mut columns = [0; 4];
    for (column, name) in columns.iter_mut().zip(["time_s", "platform", "event", "service"]) {
        *column = sheet.column(name)?;
    }
    let [time, platform, event, service] = columns;
    let mut first = FirstRun::new(time);
    let mut events = Vec::new();
    while first.next(&mut sheet)? {
        let mark = MARKS.iter().position(|(name, ..)| *name == sheet.text(event));
        let Some(mark) = mark else { continue };
        events.push(Event {
            time: sheet.needed(time)?,
            platform: sheet.text(platform).to_owned(),
            service: sheet.text(service).to_owned(),
            mark,
        });
    }
    Ok(events)
}

fn picture(service: &Levels, cluster: Option<&Levels>, events: &[&Event], subtitle: &str) -> Scene {
    let mut scene = Scene::default();
    let panels: Vec<(&Levels, [Line; 3], &str)> = [(service, REPLICAS, "replicas")]
        .into_iter()
        .chain(cluster.map(|cluster| (cluster, NODES, "nodes")))
        .collect();
    let mut legend = legend(&panels);
    let marks = MARKS.iter().enumerate();
    let marks = marks.filter(|(number, _)| events.iter().any(|event| event.mark == *number));
    legend.extend(
        marks.map(|(_, (_, name, inside, edge))| (Mark::Dot(*inside, *edge), (*name).to_owned())),
    );
    let title = format!("Replicas of {}", label::short(&service.service));
    let on = format!("on {}", label::short(&service.platform));
    let top = heading(&mut scene, &title, &super::joined([subtitle, &on]), &legend) + ABOVE;
    let end = service.of[0].last().map_or(0.0, |(at, _)| *at);
    let (unit, size) = unit_of(end, &SPANS);
    let time = Scale::new(0.0, if end > 0.0 { end / size } else { 1.0 });
    let axis = |number: usize| {
        let (levels, _, name) = &panels[number];
        let values = levels.of.iter().flatten().map(|(_, value)| *value);
        Axis::upright(Scale::linear(values, true, 4), TALL[number], *name)
    };
    let all = 0..panels.len();
    let left = all.map(|number| axis(number).left(TALL[number])).fold(0.0, f64::max);
    let x = Axis::along(time, WIDTH - left - 40.0, format!("time ({unit})"));
    let right = right_edge(&x);
    let mut panel = Panel { left, top, right, bottom: top, x: x.clone(), y: axis(0) };
    for (number, (levels, lines, _)) in panels.iter().enumerate() {
        panel.bottom = panel.top + TALL[number];
        panel.y = axis(number);
        panel.x = if number + 1 == panels.len() { x.clone() } else { x.clone().silent() };
        panel.draw(&mut scene);
        for (samples, (.., colour, wide)) in levels.of.iter().zip(lines) {
            let at = |(at, value): Place| panel.place(at / size, value);
            let through = level_over(samples).map(at);
            scene.line(thinned(through), *colour, *wide);
        }
        scene.height = panel.bottom + panel.x.below();
        panel.top = panel.bottom + BETWEEN;
    }
    // What matters most comes last, over the others.
    let mut ranked: Vec<&&Event> = events.iter().filter(|event| event.time <= end).collect();
    ranked.sort_by_key(|event| std::cmp::Reverse(event.mark));
    for event in ranked {
        let (.., inside, edge) = MARKS[event.mark];
        let (x, _) = panel.place(event.time / size, 0.0);
        scene.dot((x, top - 7.0), 3.6, inside, edge);
    }
    scene
}

/// What the lines of the panels are.
fn legend(panels: &[(&Levels, [Line; 3], &str)]) -> Vec<(Mark, String)> {
    let entries = panels.iter().flat_map(|(levels, lines, _)| {
        let shown = levels.of.iter().zip(lines).filter(|(level, _)| !level.is_empty());
        shown.map(|(_, (_, name, colour, _))| (Mark::Line(*colour), (*name).to_owned()))
    });
    entries.collect()
}

/// Samples as a line that is level from each to the next.
fn level_over(samples: &[Place]) -> impl Iterator<Item = Place> {
    let first = samples.first().copied();
    let steps = samples.windows(2).flat_map(|pair| [(pair[1].0, pair[0].1), pair[1]]);
    first.into_iter().chain(steps)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_lasts_until_the_next_sample() {
        let through: Vec<Place> = level_over(&[(0.0, 1.0), (10.0, 3.0)]).collect();
        assert_eq!(through, [(0.0, 1.0), (10.0, 1.0), (10.0, 3.0)]);
        assert_eq!(level_over(&[]).count(), 0);
    }
}
