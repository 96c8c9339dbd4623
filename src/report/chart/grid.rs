//! The points of a sweep: the axes, which of them vary, and what is held while others are shown.

use std::collections::BTreeMap;

use super::label;
use super::sheet::Sheet;
use crate::kernel::Span;
use crate::quantity::{Bytes, Millicpu, Rate};

/// An axis of a sweep.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::report) struct Dimension {
    /// The path in the scenario.
    path: String,
    /// Its values, as the file writes them.
    texts: Vec<String>,
    /// Its values in few words.
    names: Vec<String>,
    numbers: Option<Numbers>,
}

/// The values of an axis as numbers of one kind.
#[derive(Clone, Debug, PartialEq)]
struct Numbers {
    /// In `unit`.
    values: Vec<f64>,
    unit: &'static str,
}

impl Dimension {
    fn new(path: &str) -> Self {
        Self { path: path.to_owned(), texts: Vec::new(), names: Vec::new(), numbers: None }
    }

    /// The number of the value that is written as `text`.
    fn value(&mut self, text: &str) -> usize {
        let known = self.texts.iter().position(|known| known == text);
        known.unwrap_or_else(|| {
            self.texts.push(text.to_owned());
            self.texts.len() - 1
        })
    }

    /// How many values it has.
    pub(in crate::report) fn len(&self) -> usize {
        self.texts.len()
    }

    /// Whether its values are numbers.
    pub(super) fn is_numeric(&self) -> bool {
        self.numbers.is_some()
    }

    /// Its path in the scenario.
    pub(in crate::report) fn path(&self) -> &str {
        &self.path
    }

    /// Its name in words.
    pub(in crate::report) fn name_of_path(&self) -> String {
        label::path(&self.path)
    }

    /// Whether it is what clients do, or how good new versions are, which nobody chooses.
    pub(super) fn is_given(&self) -> bool {
        let parts: Vec<&str> = self.path.split('.').collect();
        matches!(parts[..], ["client", ..] | ["release", _, "version" | "bad", ..])
    }

    /// Its name in words, with the unit of its numbers.
    pub(super) fn title(&self) -> String {
        let name = label::path(&self.path);
        label::with_unit(&name, self.numbers.as_ref().map_or("", |numbers| numbers.unit))
    }

    /// A value as a number in the unit of the axis.
    pub(in crate::report) fn number(&self, value: usize) -> Option<f64> {
        self.numbers.as_ref().map(|numbers| numbers.values[value])
    }

    /// Its name in words, above its labels.
    pub(super) fn caption(&self) -> String {
        if self.labels_are_numbers() { self.title() } else { label::path(&self.path) }
    }

    /// A value in few words; a number without its unit, unless one unit is no good for all of them.
    pub(super) fn label(&self, value: usize) -> String {
        let number = self.number(value).filter(|_| self.labels_are_numbers());
        number.map_or_else(|| self.name(value), label::tick)
    }

    /// Whether all values are short in one unit.
    fn labels_are_numbers(&self) -> bool {
        const LONGEST: usize = 6;
        let values = self.numbers.iter().flat_map(|numbers| &numbers.values);
        values.map(|value| label::tick(*value)).all(|label| label.len() <= LONGEST)
    }

    /// A value in few words; a number with its unit, as the scenario writes it.
    pub(in crate::report) fn name(&self, value: usize) -> String {
        self.names[value].clone()
    }

    /// Where a value stands in the order of all.
    pub(super) fn place(&self, value: usize) -> usize {
        let place = self.order().into_iter().position(|other| other == value);
        place.expect("the order holds all values")
    }

    /// The numbers of its values: as numbers from small to large, names as they came.
    pub(super) fn order(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.len()).collect();
        if let Some(Numbers { values, .. }) = &self.numbers {
            order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
        }
        order
    }
}

/// The texts as numbers: plain ones, spans, rates, sizes or CPU; `None` if one of them is none.
fn numbers(path: &str, texts: &[String]) -> Option<Numbers> {
    let all = |read: &dyn Fn(&str) -> Option<f64>| -> Option<Vec<f64>> {
        texts.iter().map(|text| read(text)).collect()
    };
    let plain = |text: &str| text.parse().ok().filter(|number: &f64| number.is_finite());
    if let Some(values) = all(&plain) {
        return Some(Numbers { values, unit: "" });
    }
    if path.ends_with("cpu") {
        let cores = |cpu: Millicpu| cpu.get() as f64 / 1e3;
        let values = all(&|text| text.parse().ok().map(cores))?;
        return Some(Numbers { values, unit: "cores" });
    }
    if let Some(values) = all(&|text| text.parse().ok().map(Span::as_secs_f64)) {
        return Some(in_unit(values, &SPANS));
    }
    if let Some(values) = all(&|text| text.parse().ok().map(Rate::per_sec)) {
        return Some(Numbers { values, unit: "per s" });
    }
    let values = all(&|text| text.parse().ok().map(|bytes: Bytes| bytes.get() as f64))?;
    Some(in_unit(values, &SIZES))
}

/// Units of time in seconds, and the largest number that is shown in them.
pub(super) const SPANS: [(&str, f64, f64); 6] = [
    ("µs", 1e-6, 1e3),
    ("ms", 1e-3, 1e3),
    ("s", 1.0, 600.0),
    ("min", 60.0, 600.0),
    ("h", 3600.0, 240.0),
    ("d", 86_400.0, f64::INFINITY),
];

/// Units of size in bytes, and the largest number that is shown in them.
const SIZES: [(&str, f64, f64); 4] = [
    ("B", 1.0, 1023.0),
    ("KiB", 1024.0, 1023.0),
    ("MiB", 1_048_576.0, 16_384.0),
    ("GiB", 1_073_741_824.0, f64::INFINITY),
];

/// The unit in which the largest of `values` is easy to read: its name and size.
pub(super) fn unit_of(largest: f64, units: &[(&'static str, f64, f64)]) -> (&'static str, f64) {
    let fits = units.iter().find(|(_, size, most)| largest / size <= *most);
    let (name, size, _) = fits.unwrap_or(&units[units.len() - 1]);
    (name, *size)
}

fn in_unit(values: Vec<f64>, units: &[(&'static str, f64, f64)]) -> Numbers {
    let (unit, size) = unit_of(values.iter().copied().fold(0.0, f64::max), units);
    Numbers { values: values.into_iter().map(|value| value / size).collect(), unit }
}

/// Points of a sweep, by number, in the order in which they came.
#[derive(Clone, Debug, Default)]
pub(in crate::report) struct Grid {
    dimensions: Vec<Dimension>,
    points: Vec<Vec<usize>>,
    /// The number of each point.
    known: BTreeMap<Vec<usize>, usize>,
}

/// Points that differ in the axes that are shown only.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Held {
    /// What is held, in words; empty if nothing is.
    pub(super) text: String,
    /// The numbers of the points.
    pub(super) points: Vec<usize>,
}

impl Grid {
    /// No points yet, of the first `axes` columns of `sheet`.
    pub(super) fn new(sheet: &Sheet, axes: usize) -> Self {
        let dimensions = sheet.columns()[..axes].iter().map(|path| Dimension::new(path)).collect();
        Self { dimensions, ..Self::default() }
    }

    /// The number of the point with these values on its axes.
    pub(super) fn point(&mut self, texts: &[String]) -> usize {
        let dimensions = self.dimensions.iter_mut().zip(texts);
        let point: Vec<usize> = dimensions.map(|(axis, text)| axis.value(text)).collect();
        *self.known.entry(point).or_insert_with_key(|point| {
            self.points.push(point.clone());
            self.points.len() - 1
        })
    }

    /// Reads the values of axes as numbers, when all points are there.
    pub(super) fn finish(mut self) -> Self {
        for axis in &mut self.dimensions {
            axis.numbers = numbers(&axis.path, &axis.texts);
            axis.names = label::names(&axis.texts);
        }
        self
    }

    /// How many points there are.
    pub(in crate::report) fn len(&self) -> usize {
        self.points.len()
    }

    /// An axis.
    pub(in crate::report) fn axis(&self, axis: usize) -> &Dimension {
        &self.dimensions[axis]
    }

    /// All axes.
    pub(in crate::report) fn axes(&self) -> &[Dimension] {
        &self.dimensions
    }

    /// The number of the value of `point` on `axis`.
    pub(in crate::report) fn value(&self, point: usize, axis: usize) -> usize {
        self.points[point][axis]
    }

    /// The axes of several values, but for those that walk side by side with an earlier one.
    pub(super) fn varied(&self) -> Vec<usize> {
        let mut varied: Vec<usize> = Vec::new();
        for axis in 0..self.dimensions.len() {
            let paired = varied.iter().any(|earlier| self.paired(*earlier, axis));
            if self.axis(axis).len() > 1 && !paired {
                varied.push(axis);
            }
        }
        varied
    }

    /// Whether each value of one axis goes with one value of the other.
    fn paired(&self, a: usize, b: usize) -> bool {
        let mut pairs: Vec<_> = self.points.iter().map(|point| (point[a], point[b])).collect();
        pairs.sort_unstable();
        pairs.dedup();
        pairs.len() == self.axis(a).len() && pairs.len() == self.axis(b).len()
    }

    /// A point by its values on `axes`, in words.
    pub(super) fn name(&self, point: usize, axes: &[usize]) -> String {
        let name = |axis: &usize| self.axis(*axis).name(self.value(point, *axis));
        axes.iter().map(name).collect::<Vec<_>>().join(", ")
    }

    /// The points in groups in which only the axes `shown` vary.
    pub(super) fn held(&self, shown: &[usize]) -> Vec<Held> {
        let mut rest = self.varied();
        rest.retain(|axis| !shown.contains(axis));
        let mut groups: Vec<(Vec<usize>, Held)> = Vec::new();
        for point in 0..self.len() {
            let key: Vec<usize> = rest.iter().map(|axis| self.value(point, *axis)).collect();
            let group = groups.iter().position(|(known, _)| *known == key).unwrap_or_else(|| {
                let value = |axis: &usize| {
                    let axis_of = self.axis(*axis);
                    format!(
                        "{}: {}",
                        label::path(&axis_of.path),
                        axis_of.name(self.value(point, *axis))
                    )
                };
                let text = rest.iter().map(value).collect::<Vec<_>>().join(" · ");
                groups.push((key.clone(), Held { text, points: Vec::new() }));
                groups.len() - 1
            });
            groups[group].1.points.push(point);
        }
        groups.into_iter().map(|(_, held)| held).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn grid(text: &str) -> Grid {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("x.csv"), text).unwrap();
        let mut sheet = Sheet::open(folder.path(), "x.csv").unwrap();
        let axes = sheet.columns().len();
        let mut grid = Grid::new(&sheet, axes);
        while sheet.next().unwrap() {
            grid.point(&sheet.texts(axes));
        }
        grid.finish()
    }

    fn numbers_of(grid: &Grid) -> Vec<f64> {
        let axis = grid.axis(0);
        axis.order().into_iter().filter_map(|value| axis.number(value)).collect()
    }

    #[test]
    fn quantities_are_numbers_in_a_unit() {
        for (text, title, expected) in [
            ("client.users.arrivals.poisson.rate\n100/s\n30/min\n", "per s", vec![0.5, 100.0]),
            ("service.a.memory\n512MiB\n1GiB\n", "MiB", vec![512.0, 1024.0]),
            ("service.a.memory\n1GiB\n32GiB\n", "GiB", vec![1.0, 32.0]),
            ("platform.l.keep_alive.fixed.window\n10m\n30s\n", "s", vec![30.0, 600.0]),
            ("platform.l.keep_alive.fixed.window\n1h\n30m\n", "min", vec![30.0, 60.0]),
            ("service.a.cpu\n500m\n2\n", "cores", vec![0.5, 2.0]),
        ] {
            let grid = grid(text);
            assert!(grid.axis(0).title().ends_with(&format!(" ({title})")), "{text}");
            assert_eq!(numbers_of(&grid), expected, "{text}");
        }
        let plain = grid("platform.pool.servers\n8\n1\n");
        assert_eq!(
            (plain.axis(0).title().as_str(), numbers_of(&plain)),
            ("servers of pool", vec![1.0, 8.0])
        );
        assert!(!grid("platform.l.keep_alive\nnone\n10m\n").axis(0).is_numeric());
    }

    #[test]
    fn labels_have_their_units_where_one_is_no_good_for_all() {
        let labels = |text: &str| {
            let grid = grid(text);
            let axis = grid.axis(0);
            let labels = axis.order().into_iter().map(|value| axis.label(value));
            (axis.caption(), labels.collect::<Vec<_>>().join(" "))
        };
        assert_eq!(labels("horizon\n1d\n1s\n"), ("horizon".to_owned(), "1s 1d".to_owned()));
        assert_eq!(labels("horizon\n2h\n1h\n"), ("horizon (min)".to_owned(), "60 120".to_owned()));
    }

    #[test]
    fn long_names_go_without_parameters_where_that_is_enough() {
        let names = |text: &str| {
            let grid = grid(text);
            (0..grid.len()).map(|point| grid.name(point, &[0])).collect::<Vec<_>>()
        };
        let long = "\"{ hybrid-histogram = { range = \"\"4h\"\", head = 0.05, tail = 0.99 } }\"";
        let fixed = "\"{ fixed = { window = \"\"10m\"\" } }\"";
        assert_eq!(names(&format!("a\n{fixed}\n{long}\n")), ["fixed 10m", "hybrid-histogram"]);
        let other = long.replace("4h", "8h");
        let both = names(&format!("a\n{long}\n{other}\n"));
        assert!(both[0] != both[1] && both[0].len() > 24, "{both:?}");
    }

    #[test]
    fn what_is_not_shown_is_held() {
        let grid = grid("a,b,c,d\n1,x,7,p\n2,x,7,q\n1,y,7,p\n2,y,7,q\n");
        // c does not vary, and d walks with a.
        assert_eq!(grid.varied(), [0, 1]);
        let held = grid.held(&[0]);
        let texts: Vec<&str> = held.iter().map(|held| held.text.as_str()).collect();
        assert_eq!(texts, ["b: x", "b: y"]);
        assert_eq!(held[1].points, [2, 3]);
        assert_eq!(grid.held(&[0, 1]).len(), 1);
    }
}
