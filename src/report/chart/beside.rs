//! Names beside points, where they cover nothing.

use super::frame::{Panel, SMALL};
use super::palette::FAINT;
use super::scene::{Anchor, Place, Scene, Text, WIDTH, cut, width};

/// The widest name beside a point.
const WIDEST: f64 = 210.0;
/// Half the height of a name.
const HALF: f64 = 7.5;

/// What a name must not cover: left, top, right, bottom.
pub(super) type Taken = [f64; 4];

/// The room of a point.
pub(super) fn point((x, y): Place) -> Taken {
    [x - 6.0, y - 6.0, x + 6.0, y + 6.0]
}

/// The room of a line that is level or upright.
pub(super) fn line((x0, y0): Place, (x1, y1): Place) -> Taken {
    [x0.min(x1) - 1.0, y0.min(y1) - 1.0, x0.max(x1) + 1.0, y0.max(y1) + 1.0]
}

fn overlap(a: &Taken, b: &Taken) -> bool {
    a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3]
}

/// Writes each name beside its place, with a thin line to it where it has to stand farther away. How
/// many names had no room.
pub(super) fn names(
    scene: &mut Scene,
    panel: &Panel,
    taken: &[Taken],
    names: &[(Place, String)],
) -> usize {
    let mut left_out = 0;
    let mut leaders: Vec<Taken> = Vec::new();
    let mut written: Vec<Taken> = Vec::new();
    for (place, name) in names {
        let name = cut(name, SMALL, WIDEST);
        let wide = width(&name, SMALL, false);
        let free = |candidate: &Taken| {
            let [left, top, right, bottom] = *candidate;
            let inside = left > panel.left + 2.0
                && right < WIDTH - 4.0
                && top > panel.top - 6.0
                && bottom < panel.bottom - 2.0;
            let covers = |others: &[Taken]| others.iter().any(|other| overlap(candidate, other));
            let crossed = leader(*place, candidate)
                .iter()
                .any(|step| written.iter().any(|name| overlap(step, name)));
            inside && !covers(taken) && !covers(&leaders) && !covers(&written) && !crossed
        };
        let Some(found) = candidates(*place, wide).find(free) else {
            left_out += 1;
            continue;
        };
        let [near, middle] = edge(*place, &found);
        if (middle - place.1).abs() > 12.0 || (near - place.0).abs() > 12.0 {
            scene.line(vec![*place, (near, middle)], FAINT, 0.8);
        }
        let text = Text::new(name, (f64::midpoint(found[0], found[2]), middle), SMALL);
        scene.text(text.anchored(Anchor::Middle).centred());
        leaders.extend(leader(*place, &found));
        written.push(found);
    }
    left_out
}

/// Where the line from `place` meets a name.
fn edge(place: Place, name: &Taken) -> [f64; 2] {
    [if name[0] > place.0 { name[0] } else { name[2] }, name[1] + HALF]
}

/// The line from `place` to a name, in steps.
fn leader(place: Place, name: &Taken) -> [Taken; 8] {
    let [x, y] = edge(place, name);
    std::array::from_fn(|step| {
        let share = step as f64 / 8.0;
        let at = (place.0 + (x - place.0) * share, place.1 + (y - place.1) * share);
        line(at, at)
    })
}

/// Where a name may stand, the best first: close by, at the right, then farther away.
fn candidates((x, y): Place, wide: f64) -> impl Iterator<Item = Taken> {
    const STEPS: [(f64, f64); 10] = [
        (8.0, 0.0),
        (8.0, 10.0),
        (12.0, 20.0),
        (18.0, 34.0),
        (26.0, 52.0),
        (30.0, 76.0),
        (60.0, 24.0),
        (70.0, 48.0),
        (110.0, 30.0),
        (120.0, 70.0),
    ];
    STEPS.into_iter().flat_map(move |(aside, far)| {
        [(1.0, -1.0), (-1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)].map(move |(side, down)| {
            let near = x + side * aside;
            let start = if side < 0.0 { near - wide } else { near };
            let middle = y + down * far;
            [start - 1.0, middle - HALF, start + wide + 1.0, middle + HALF]
        })
    })
}

#[cfg(test)]
mod tests {
    use super::super::frame::Axis;
    use super::super::scale::Scale;
    use super::*;

    #[test]
    fn names_cover_neither_points_nor_each_other() {
        let axis = || Axis::along(Scale::new(0.0, 1.0), 700.0, "");
        let panel =
            Panel { left: 50.0, top: 50.0, right: 780.0, bottom: 400.0, x: axis(), y: axis() };
        let places: Vec<Place> =
            (0..8).map(|n| (300.0 + f64::from(n) * 9.0, 200.0 + f64::from(n) * 5.0)).collect();
        let taken: Vec<Taken> = places.iter().map(|place| point(*place)).collect();
        let wanted: Vec<(Place, String)> =
            places.iter().map(|place| (*place, "a name of a point".to_owned())).collect();
        let mut scene = Scene::default();
        let left_out = names(&mut scene, &panel, &taken, &wanted);
        let boxes: Vec<Taken> = scene
            .texts()
            .map(|text| {
                let (half, (x, y)) = (text.width() / 2.0, text.at);
                [x - half, y - 9.0, x + half, y + 2.0]
            })
            .collect();
        assert!(boxes.len() >= 4 && boxes.len() + left_out == 8, "{boxes:?}");
        for (number, name) in boxes.iter().enumerate() {
            assert!(!taken.iter().any(|point| overlap(name, point)), "{name:?}");
            assert!(!boxes[..number].iter().any(|other| overlap(name, other)), "{name:?}");
        }
    }
}
