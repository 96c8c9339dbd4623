//! A metric over two axes.

use std::path::Path;

use super::frame::{Axis, Panel, SMALL, heading};
use super::grid::Held;
use super::label;
use super::palette::{FAINT, heat, on_heat};
use super::scale::Scale;
use super::scene::{Anchor, Scene, Text, WIDTH, width};
use super::summary::{Estimate, FILE, Summary};
use super::{Chart, ChartError, Drawn};

pub(super) const CHART: Chart = Chart {
    name: "heatmap",
    summary: "A metric over two axes, as colours and numbers.",
    files: &[FILE],
    needs: "two axes of two values or more",
    chooses: true,
    draw,
};

/// Height of a row, at least, and of all rows, at least and at most.
const ROW: f64 = 34.0;
const TALL: (f64, f64) = (170.0, 460.0);
/// Room for the scale of colours.
const SCALE: f64 = 96.0;

struct Heat<'a> {
    summary: &'a Summary,
    metric: String,
    estimates: Vec<Option<Estimate>>,
    /// Along and upright.
    axes: [usize; 2],
    scale: Scale,
}

fn draw(folder: &Path, metric: Option<&str>) -> Result<Drawn, ChartError> {
    let summary = &Summary::read(folder)?;
    let grid = &summary.grid;
    let varied = grid.varied();
    let [first, second, ..] = varied[..] else {
        return Err(ChartError::NoData(format!("{FILE} has fewer than two axes that vary")));
    };
    let (metric, estimates) = summary.choose(metric)?;
    // Numbers read best along, names upright.
    let turn = !grid.axis(first).is_numeric() && grid.axis(second).is_numeric();
    let axes = if turn { [second, first] } else { [first, second] };
    let means: Vec<f64> = estimates.iter().flatten().map(|estimate| estimate.mean).collect();
    let scale = Scale::fitting(&means, false, 6);
    let heat = Heat { summary, metric, estimates, axes, scale };
    let mut parts = grid.held(&axes);
    parts.retain(|part| part.points.iter().any(|point| heat.estimates[*point].is_some()));
    Drawn::each(&parts, |part| Ok(heat.picture(part)))
}

impl Heat<'_> {
    fn picture(&self, part: &Held) -> Scene {
        let mut scene = Scene::default();
        let title = label::metric(&self.metric);
        let top =
            heading(&mut scene, &super::capital(label::without_unit(&title)), &part.text, &[]);
        let grid = &self.summary.grid;
        let [along, upright] = self.axes.map(|axis| grid.axis(axis));
        let tall = (upright.len() as f64 * ROW).clamp(TALL.0, TALL.1);
        let names = |axis: &super::grid::Dimension| -> Vec<String> {
            axis.order().iter().map(|value| axis.label(*value)).collect()
        };
        let mut rows = names(upright);
        if !upright.is_numeric() {
            rows.reverse();
        }
        let y = Axis::rows(&rows, upright.caption());
        let left = y.left(tall);
        let right = WIDTH - SCALE;
        let x = Axis::names(&names(along), right - left, along.caption());
        let panel = Panel { left, top, right, bottom: top + tall, x, y };
        for point in &part.points {
            self.cell(&mut scene, &panel, *point);
        }
        panel.draw(&mut scene);
        self.colours(&mut scene, &panel, &title);
        scene.height = panel.bottom + panel.x.below();
        scene
    }

    fn cell(&self, scene: &mut Scene, panel: &Panel, point: usize) {
        let grid = &self.summary.grid;
        let place = |axis: usize| grid.axis(axis).place(grid.value(point, axis)) as f64;
        let [column, row] = self.axes.map(place);
        // Numbers rise, names are read from the top.
        let upright = grid.axis(self.axes[1]);
        let row = if upright.is_numeric() { row } else { upright.len() as f64 - 1.0 - row };
        let (low, high) = (panel.place(column, row), panel.place(column + 1.0, row + 1.0));
        let middle = (f64::midpoint(low.0, high.0), f64::midpoint(low.1, high.1));
        let Some(Estimate { mean, .. }) = self.estimates[point] else {
            let none = Text::new("-", middle, SMALL).coloured(FAINT);
            scene.text(none.anchored(Anchor::Middle).centred());
            return;
        };
        let share = self.scale.share(mean);
        scene.bar((low.0 + 0.5, high.1 + 0.5), (high.0 - 0.5, low.1 - 0.5), heat(share));
        let value = label::value(mean);
        let room = (high.0 - low.0 - 4.0).min(if low.1 - high.1 > SMALL { WIDTH } else { 0.0 });
        if width(&value, SMALL, false) <= room {
            let text = Text::new(value, middle, SMALL).anchored(Anchor::Middle).centred();
            scene.text(text.coloured(on_heat(share)));
        }
    }

    /// The scale of colours, at the right.
    fn colours(&self, scene: &mut Scene, panel: &Panel, title: &str) {
        const STEPS: u32 = 60;
        let (x0, x1) = (panel.right + 14.0, panel.right + 28.0);
        let tall = panel.bottom - panel.top;
        let y = |share: f64| panel.bottom - share * tall;
        // From the top, each down to the bottom, so that no seam is seen between them.
        for step in (0..STEPS).rev() {
            let share = |step: u32| f64::from(step) / f64::from(STEPS);
            let colour = heat(f64::midpoint(share(step), share(step + 1)));
            scene.bar((x0, y(share(step + 1))), (x1, panel.bottom), colour);
        }
        for tick in self.scale.ticks((tall / 40.0) as usize) {
            let at = y(self.scale.share(tick));
            scene.line(vec![(x1, at), (x1 + 3.0, at)], FAINT, 1.0);
            scene.text(Text::new(label::tick(tick), (x1 + 5.0, at), SMALL).centred());
        }
        let unit = title.rsplit_once(" (").map(|(_, unit)| unit.trim_end_matches(')'));
        if let Some(unit) = unit {
            let at = (x0, panel.bottom + SMALL * 1.6);
            scene.text(Text::new(unit, at, SMALL).coloured(FAINT));
        }
    }
}
