//! A metric for each of several names, such as policies.

use std::path::Path;

use super::frame::{Axis, Mark, Panel, SMALL, heading, right_edge};
use super::grid::Held;
use super::label;
use super::palette::{INK, MOST_LINES, line};
use super::scale::Scale;
use super::scene::{Anchor, Scene, Text, WIDTH, width};
use super::summary::{Estimate, FILE, Summary};
use super::{Chart, ChartError, Drawn};

pub(super) const CHART: Chart = Chart {
    name: "bars",
    summary: "A metric with its interval for each value of an axis of names, such as policies.",
    files: &[FILE],
    needs: "an axis of two names or more",
    chooses: true,
    draw,
};

const TALL: f64 = 310.0;
/// The part of a slot that its bars fill.
const FILLED: f64 = 0.78;
/// Room above the highest bar, for its value.
const HEADROOM: f64 = 1.08;

/// What is shown: the axis of names, and another that groups its bars.
struct Bars<'a> {
    summary: &'a Summary,
    metric: String,
    estimates: Vec<Option<Estimate>>,
    names: usize,
    groups: Option<usize>,
    scale: Scale,
}

fn draw(folder: &Path, metric: Option<&str>) -> Result<Drawn, ChartError> {
    let summary = &Summary::read(folder)?;
    let grid = &summary.grid;
    let varied = grid.varied();
    let names = varied.iter().copied().find(|axis| !grid.axis(*axis).is_numeric());
    let names =
        names.ok_or_else(|| ChartError::NoData(format!("{FILE} has no axis of several names")))?;
    let (metric, estimates) = summary.choose(metric)?;
    let few = |axis: &usize| *axis != names && grid.axis(*axis).len() <= MOST_LINES;
    let groups = varied.into_iter().find(few);
    let ends = estimates.iter().flatten().flat_map(|estimate| [estimate.low(), estimate.high()]);
    let scale = Scale::linear(ends.map(|end| end.max(0.0) * HEADROOM), true, 7);
    let bars = Bars { summary, metric, estimates, names, groups, scale };
    let shown: Vec<usize> = [names].into_iter().chain(groups).collect();
    let mut parts = grid.held(&shown);
    parts.retain(|part| part.points.iter().any(|point| bars.estimates[*point].is_some()));
    Drawn::each(&parts, |part| Ok(bars.picture(part)))
}

impl Bars<'_> {
    fn picture(&self, part: &Held) -> Scene {
        let mut scene = Scene::default();
        let grid = &self.summary.grid;
        let (subtitle, legend) = match self.groups {
            None => (part.text.clone(), Vec::new()),
            Some(axis) => {
                let axis = grid.axis(axis);
                let entry =
                    |(place, value): (usize, &usize)| (Mark::Box(line(place)), axis.label(*value));
                let legend = axis.order().iter().enumerate().map(entry).collect();
                (
                    super::joined([part.text.as_str(), &format!("colours: {}", axis.caption())]),
                    legend,
                )
            }
        };
        let title = label::metric(&self.metric);
        let top =
            heading(&mut scene, &super::capital(label::without_unit(&title)), &subtitle, &legend);
        let names = grid.axis(self.names);
        let order = names.order();
        let labels: Vec<String> = order.iter().map(|value| names.label(*value)).collect();
        let y = Axis::upright(self.scale, TALL, title);
        let left = y.left(TALL);
        let x = Axis::names(&labels, WIDTH - left - 18.0, names.caption());
        let right = right_edge(&x).max(WIDTH - 18.0);
        let panel = Panel { left, top, right, bottom: top + TALL, x, y };
        panel.draw(&mut scene);
        let shown = |point: &usize| self.estimates[*point].map(|estimate| (*point, estimate));
        let shown: Vec<(usize, Estimate)> = part.points.iter().filter_map(shown).collect();
        let size = self.size_of_values(&panel, &shown);
        for (point, estimate) in shown {
            self.bar(&mut scene, &panel, point, estimate, size);
        }
        scene.height = panel.bottom + panel.x.below();
        scene
    }

    /// How many bars stand in a slot.
    fn members(&self) -> usize {
        self.groups.map_or(1, |axis| self.summary.grid.axis(axis).len())
    }

    /// The size in which the values of all bars have room above them, if there is one.
    fn size_of_values(&self, panel: &Panel, shown: &[(usize, Estimate)]) -> Option<f64> {
        let bar = panel.place(FILLED / self.members() as f64, 0.0).0 - panel.left;
        let fits = |size: &f64| {
            shown.iter().all(|(_, it)| width(&label::value(it.mean), *size, false) < bar - 1.0)
        };
        [SMALL, 10.0, 9.0].into_iter().find(fits)
    }

    /// The bar of a point, its interval, and its value in a font of `size`.
    fn bar(
        &self,
        scene: &mut Scene,
        panel: &Panel,
        point: usize,
        estimate: Estimate,
        size: Option<f64>,
    ) {
        let grid = &self.summary.grid;
        let place = |axis: usize| grid.axis(axis).place(grid.value(point, axis));
        let member = self.groups.map_or(0, place);
        let thick = FILLED / self.members() as f64;
        let start =
            place(self.names) as f64 + (1.0 - FILLED) / 2.0 + (member as f64 + 0.04) * thick;
        let (x0, foot) = panel.place(start, 0.0);
        let (x1, head) = panel.place(start + thick * 0.92, estimate.mean);
        scene.bar((x0, head), (x1, foot), line(member));
        let middle = f64::midpoint(x0, x1);
        let (_, low) = panel.place(start, estimate.low());
        let (_, high) = panel.place(start, estimate.high());
        if estimate.half_width > 0.0 {
            let cap = ((x1 - x0) / 4.0).min(5.0);
            scene.line(vec![(middle, low), (middle, high)], INK, 1.2);
            for end in [low, high] {
                scene.line(vec![(middle - cap, end), (middle + cap, end)], INK, 1.2);
            }
        }
        if let Some(size) = size {
            let above = (middle, high.min(head) - 4.0);
            let value = Text::new(label::value(estimate.mean), above, size);
            scene.text(value.anchored(Anchor::Middle));
        }
    }
}
