//! What stands around the data: heading, legend, axes with their ticks and titles.

use super::label;
use super::palette::{FAINT, GRID, INK};
use super::scale::Scale;
use super::scene::{Anchor, Colour, Place, Scene, Text, WIDTH, cut, width, wrapped};

/// Room at the edges of a picture.
pub(super) const EDGE: f64 = 18.0;
/// The size of labels of ticks.
pub(super) const SMALL: f64 = 11.0;
/// The size of titles of axes, and of a legend.
pub(super) const NORMAL: f64 = 12.0;
const TITLE: f64 = 15.0;
/// From one line of labels to the next, over their size.
const LEADING: f64 = 1.25;
/// Between labels that stand side by side.
const GAP: f64 = 9.0;
/// From an axis to its labels.
const TICK: f64 = 5.0;
/// The longest label that runs upwards.
const LONGEST: f64 = 210.0;
/// The widest label at the left.
const WIDEST: f64 = 150.0;

/// How a legend shows something.
#[derive(Clone, Copy, Debug)]
pub(super) enum Mark {
    /// A line.
    Line(Colour),
    /// A filled box.
    Box(Colour),
    /// A dot with an outline.
    Dot(Colour, Colour),
}

/// Draws title, subtitle and legend; where what follows may begin.
pub(super) fn heading(
    scene: &mut Scene,
    title: &str,
    subtitle: &str,
    legend: &[(Mark, String)],
) -> f64 {
    title.clone_into(&mut scene.title);
    subtitle.clone_into(&mut scene.subtitle);
    let room = WIDTH - 2.0 * EDGE;
    let mut y = EDGE + 10.0;
    scene.text(Text::new(title, (EDGE, y), TITLE).bold().within(room));
    let lines = wrapped(subtitle, SMALL, room).unwrap_or_else(|| vec![cut(subtitle, SMALL, room)]);
    for line in lines.into_iter().filter(|line| !line.is_empty()) {
        y += SMALL * 1.5;
        scene.text(Text::new(line, (EDGE, y), SMALL).coloured(FAINT));
    }
    y += 10.0;
    let mut x = EDGE;
    for (number, (mark, name)) in legend.iter().enumerate() {
        let name = cut(name, NORMAL, room - 28.0);
        let marked = match mark {
            Mark::Line(_) => 22.0,
            Mark::Box(_) => 14.0,
            Mark::Dot(..) => 11.0,
        };
        let wide = marked + 6.0 + width(&name, NORMAL, false);
        if number == 0 || x + wide > WIDTH - EDGE {
            (x, y) = (EDGE, y + NORMAL * 1.5);
        }
        let middle = y - NORMAL * 0.36;
        match *mark {
            Mark::Line(colour) => scene.line(vec![(x, middle), (x + marked, middle)], colour, 2.5),
            Mark::Box(colour) => scene.bar((x, middle - 6.0), (x + marked, middle + 6.0), colour),
            Mark::Dot(colour, outline) => scene.dot((x + 5.5, middle), 4.5, colour, outline),
        }
        scene.text(Text::new(name, (x + marked + 6.0, y), NORMAL));
        x += wide + 18.0;
    }
    y + 14.0
}

/// A tick of an axis.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tick {
    pub(super) at: f64,
    /// Its label.
    pub(super) lines: Vec<String>,
}

/// An axis: where values are, and what it says.
#[derive(Clone, Debug)]
pub(super) struct Axis {
    pub(super) scale: Scale,
    pub(super) ticks: Vec<Tick>,
    pub(super) title: String,
    /// Whether labels run upwards.
    turned: bool,
    /// Whether there is a line at each tick.
    grid: bool,
}

impl Axis {
    /// An upright axis of numbers, `tall`.
    pub(super) fn upright(scale: Scale, tall: f64, title: impl Into<String>) -> Self {
        let ticks = scale.ticks((tall / 40.0).max(2.0) as usize);
        Self::of_numbers(scale, ticks, title)
    }

    /// An axis of numbers along a width, with as many ticks as have room.
    pub(super) fn along(scale: Scale, wide: f64, title: impl Into<String>) -> Self {
        let fits = |ticks: &Vec<f64>| {
            let half = |tick: f64| width(&label::tick(tick), SMALL, false) / 2.0;
            ticks.windows(2).all(|pair| {
                let apart = (scale.share(pair[1]) - scale.share(pair[0])) * wide;
                apart >= half(pair[0]) + half(pair[1]) + GAP
            })
        };
        let counts = (2..=9).rev().map(|count| scale.ticks(count));
        let ticks = counts.into_iter().find(fits).unwrap_or_else(|| vec![scale.low]);
        Self::of_numbers(scale, ticks, title)
    }

    fn of_numbers(scale: Scale, ticks: Vec<f64>, title: impl Into<String>) -> Self {
        let tick = |at| Tick { at, lines: vec![label::tick(at)] };
        let ticks = ticks.into_iter().map(tick).collect();
        Self { scale, ticks, title: title.into(), turned: false, grid: true }
    }

    /// An axis of numbers with a tick at each of `values`, from small to large, where its label has
    /// room.
    pub(super) fn at(scale: Scale, values: &[f64], wide: f64, title: impl Into<String>) -> Self {
        let mut axis = Self::of_numbers(scale, values.to_vec(), title);
        let ends = |tick: &Tick| {
            let half = f64::midpoint(width(&tick.lines[0], SMALL, false), GAP);
            let middle = scale.share(tick.at) * wide;
            (middle - half, middle + half)
        };
        // The last is what an axis leads to: it stays, and others give way.
        let last = axis.ticks.last().map(|tick| (tick.at, ends(tick).0));
        let mut free = f64::NEG_INFINITY;
        axis.ticks.retain(|tick| {
            let (start, end) = ends(tick);
            let before_last = last.is_none_or(|(at, last)| tick.at == at || end <= last);
            let room = start >= free && before_last;
            if room {
                free = end;
            }
            room
        });
        axis
    }

    /// An axis of names along a width: wrapped if that is enough, or else upwards.
    pub(super) fn names(names: &[String], wide: f64, title: impl Into<String>) -> Self {
        let room = wide / names.len().max(1) as f64 - GAP;
        let lines: Option<Vec<Vec<String>>> =
            names.iter().map(|name| wrapped(name, SMALL, room)).collect();
        let fits = lines.filter(|all| all.iter().all(|lines| lines.len() <= 3));
        let turned = fits.is_none();
        let lines = fits
            .unwrap_or_else(|| names.iter().map(|name| vec![cut(name, SMALL, LONGEST)]).collect());
        Self { turned, ..Self::of_names(lines, title) }
    }

    /// An upright axis of names, the first at the bottom, in one line or two.
    pub(super) fn rows(names: &[String], title: impl Into<String>) -> Self {
        let lines = |name: &String| {
            let lines = wrapped(name, SMALL, WIDEST).filter(|lines| lines.len() <= 2);
            lines.unwrap_or_else(|| vec![cut(name, SMALL, WIDEST)])
        };
        Self::of_names(names.iter().map(lines).collect(), title)
    }

    fn of_names(lines: Vec<Vec<String>>, title: impl Into<String>) -> Self {
        let scale = Scale::new(0.0, lines.len().max(1) as f64);
        let tick = |(number, lines)| Tick { at: number as f64 + 0.5, lines };
        let ticks = lines.into_iter().enumerate().map(tick).collect();
        Self { scale, ticks, title: title.into(), turned: false, grid: false }
    }

    /// The same axis without labels and title.
    pub(super) fn silent(mut self) -> Self {
        self.title.clear();
        for tick in &mut self.ticks {
            tick.lines.clear();
        }
        self
    }

    /// The same axis, which shows its labels through `show`.
    pub(super) fn shown(mut self, show: impl Fn(f64) -> String) -> Self {
        for tick in &mut self.ticks {
            tick.lines = vec![show(tick.at)];
        }
        self
    }

    fn widest(&self) -> f64 {
        let lines = self.ticks.iter().flat_map(|tick| &tick.lines);
        lines.map(|line| width(line, SMALL, false)).fold(0.0, f64::max)
    }

    /// Its title in lines of at most `room`.
    fn title_lines(&self, room: f64) -> Vec<String> {
        let lines = wrapped(&self.title, NORMAL, room).filter(|lines| lines.len() <= 2);
        let lines = lines.unwrap_or_else(|| vec![cut(&self.title, NORMAL, room)]);
        lines.into_iter().filter(|line| !line.is_empty()).collect()
    }

    /// Room that it takes at the left of a panel that is `tall`.
    pub(super) fn left(&self, tall: f64) -> f64 {
        let lines = self.title_lines(tall).len() as f64;
        EDGE + lines * NORMAL * LEADING + self.widest() + TICK + 6.0
    }

    /// Room that it takes below a panel.
    pub(super) fn below(&self) -> f64 {
        let most = self.ticks.iter().map(|tick| tick.lines.len()).max().unwrap_or(0);
        let labels = if self.turned { self.widest() } else { most as f64 * SMALL * LEADING };
        let title = if self.title.is_empty() { 0.0 } else { NORMAL * 1.7 };
        TICK + labels + title + 6.0
    }
}

/// The right edge of panels: the last label of a tick is not cut.
pub(super) fn right_edge(x: &Axis) -> f64 {
    let last = x.ticks.last().and_then(|tick| tick.lines.first());
    let half = last.map_or(0.0, |label| width(label, SMALL, false) / 2.0);
    WIDTH - EDGE.max(half + 6.0)
}

/// A rectangle with axes.
#[derive(Clone, Debug)]
pub(super) struct Panel {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) right: f64,
    pub(super) bottom: f64,
    pub(super) x: Axis,
    pub(super) y: Axis,
}

impl Panel {
    /// Where two values are.
    pub(super) fn place(&self, x: f64, y: f64) -> Place {
        let (x, y) = (self.x.scale.share(x), self.y.scale.share(y));
        (self.left + x * (self.right - self.left), self.bottom - y * (self.bottom - self.top))
    }

    /// Draws grid, axes, labels and titles.
    pub(super) fn draw(&self, scene: &mut Scene) {
        self.draw_lines(scene);
        for tick in &self.x.ticks {
            let (x, _) = self.place(tick.at, self.y.scale.low);
            let mut y = self.bottom + TICK + if self.x.turned { 0.0 } else { SMALL };
            for line in &tick.lines {
                let text = Text::new(line, (x, y), SMALL);
                scene.text(if self.x.turned {
                    text.turned().anchored(Anchor::End).centred()
                } else {
                    text.anchored(Anchor::Middle)
                });
                y += SMALL * LEADING;
            }
        }
        for tick in &self.y.ticks {
            let (_, y) = self.place(self.x.scale.low, tick.at);
            let mut y = y - (tick.lines.len().max(1) - 1) as f64 * SMALL * LEADING / 2.0;
            for line in &tick.lines {
                let text = Text::new(line, (self.left - TICK - 2.0, y), SMALL);
                scene.text(text.anchored(Anchor::End).centred());
                y += SMALL * LEADING;
            }
        }
        self.draw_titles(scene);
    }

    fn draw_lines(&self, scene: &mut Scene) {
        for tick in self.x.ticks.iter().filter(|_| self.x.grid) {
            let (x, _) = self.place(tick.at, self.y.scale.low);
            scene.line(vec![(x, self.top), (x, self.bottom + 3.0)], GRID, 1.0);
        }
        for tick in self.y.ticks.iter().filter(|_| self.y.grid) {
            let (_, y) = self.place(self.x.scale.low, tick.at);
            scene.line(vec![(self.left - 3.0, y), (self.right, y)], GRID, 1.0);
        }
        let corner = (self.left, self.bottom);
        scene.line(vec![(self.left, self.top), corner, (self.right, self.bottom)], INK, 1.0);
    }

    fn draw_titles(&self, scene: &mut Scene) {
        let (across, tall) = (self.right - self.left, self.bottom - self.top);
        let title = cut(&self.x.title, NORMAL, WIDTH - 2.0 * EDGE);
        // A long title is centred upon the picture, where there is more room.
        let fits = width(&title, NORMAL, false) <= across;
        let x = if fits { f64::midpoint(self.left, self.right) } else { WIDTH / 2.0 };
        let y = self.bottom + self.x.below() - 8.0;
        scene.text(Text::new(title, (x, y), NORMAL).anchored(Anchor::Middle));
        let lines = self.y.title_lines(tall);
        let y = f64::midpoint(self.top, self.bottom);
        for (number, line) in lines.iter().enumerate() {
            let x = EDGE + NORMAL * (0.8 + LEADING * number as f64);
            scene.text(Text::new(line, (x, y), NORMAL).turned().anchored(Anchor::Middle));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_along_a_width_do_not_touch() {
        for wide in [60.0, 150.0, 400.0, 760.0] {
            for (low, high) in [(0.0, 1e5), (1e-3, 2e-3), (1.0, 1e9)] {
                let axis = Axis::along(Scale::linear([low, high], false, 9), wide, "");
                let mut free = f64::NEG_INFINITY;
                for tick in &axis.ticks {
                    let half = width(&tick.lines[0], SMALL, false) / 2.0;
                    let middle = axis.scale.share(tick.at) * wide;
                    assert!(middle - half >= free, "{wide}: {:?}", axis.ticks);
                    free = middle + half;
                }
            }
        }
    }

    #[test]
    fn names_are_wrapped_or_turned() {
        let names = ["none", "hybrid-histogram", "fixed 10m"].map(str::to_owned);
        assert!(!Axis::names(&names, 600.0, "").turned);
        let narrow = Axis::names(&names, 120.0, "");
        assert!(narrow.turned && narrow.below() > 80.0, "{narrow:?}");
        let long = Axis::names(&["x".repeat(200)], 300.0, "");
        assert!(long.turned && long.widest() <= LONGEST);
    }

    #[test]
    fn ticks_at_values_give_way() {
        let scale = Scale::new(0.0, 100.0);
        let axis = Axis::at(scale, &[0.0, 1.0, 50.0, 100.0], 300.0, "");
        let kept: Vec<f64> = axis.ticks.iter().map(|tick| tick.at).collect();
        assert_eq!(kept, [0.0, 50.0, 100.0]);
    }

    #[test]
    fn a_legend_stays_inside() {
        let mut scene = Scene::default();
        let entry = |n: usize| (Mark::Line(INK), format!("entry {n} {}", "word ".repeat(n * 4)));
        let legend: Vec<_> = (0..8).map(entry).collect();
        let bottom = heading(&mut scene, &"title ".repeat(50), &"text ".repeat(90), &legend);
        for text in scene.texts() {
            let (x, y) = text.at;
            assert!(x + text.width() <= WIDTH && y < bottom, "{text:?}");
        }
    }
}
