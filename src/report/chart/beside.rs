//! Names beside points, where they cover nothing.

use super::frame::{Panel, SMALL};
use super::palette::FAINT;
use super::scene::{Anchor, Place, Scene, Text, WIDTH, cut, width};

const LONGEST: f64 = 210.0;
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
    mut taken: Vec<Taken>,
    names: &[(Place, String)],
) -> usize {
    let mut left_out = 0;
    for (place, name) in names {
        let name = cut(name, SMALL, LONGEST);
        let wide = width(&name, SMALL, false);
        let free = |candidate: &Taken| {
            let [left, top, right, bottom] = *candidate;
            let inside = left > panel.left + 2.0
                && right < WIDTH - 4.0
                && top > panel.top - 6.0
                && bottom < panel.bottom - 2.0;
            inside && !taken.iter().any(|other| overlap(candidate, other))
        };
        let Some(found) = candidates(*place, wide).find(free) else {
            left_out += 1;
            continue;
        };
        let middle = found[1] + HALF;
        let near = if found[0] > place.0 { found[0] } else { found[2] };
        if (middle - place.1).abs() > 12.0 || (near - place.0).abs() > 12.0 {
            scene.line(vec![*place, (near, middle)], FAINT, 0.8);
        }
        let text = Text::new(name, ((found[0] + found[2]) / 2.0, middle), SMALL);
        scene.text(text.anchored(Anchor::Middle).centred());
        taken.push(found);
    }
    left_out
}

/// Where a name may stand, the best first: close by, at the right, then farther away.
fn candidates((x, y): Place, wide: f64) -> impl Iterator<Item = Taken> {
    const STEPS: [(f64, f64); 6] =
        [(8.0, 0.0), (8.0, 10.0), (12.0, 20.0), (18.0, 34.0), (26.0, 52.0), (30.0, 76.0)];
    STEPS.into_iter().flat_map(move |(aside, far)| {
        [(1.0, -1.0), (-1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)].map(move |(side, down)| {
            let near = x + side * aside;
            let start = if side < 0.0 { near - wide } else { near };
            let middle = y + down * far;
            [start - 1.0, middle - HALF, start + wide + 1.0, middle + HALF]
        })
    })
}
