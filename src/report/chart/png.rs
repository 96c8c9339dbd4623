//! A scene as PNG. All its mathematics is the program's own, so its bytes are the same everywhere.

use ab_glyph::{Font as _, Glyph, OutlineCurve, Point, ScaleFont as _};
use tiny_skia::{
    Color, FillRule, LineCap, LineJoin, Paint, Path, PathBuilder, Pixmap, Stroke, Transform,
};

use super::scene::{Anchor, Colour, Place, Scene, Shape, Text, WIDTH, font, height_of};

/// `scene` as a picture `width` pixels wide.
pub(super) fn png(scene: &Scene, width: u32) -> Vec<u8> {
    let height = super::pixels(scene.height, width);
    let mut picture = Pixmap::new(width, height).expect("a picture has a width and a height");
    picture.fill(Color::WHITE);
    let scale = (f64::from(width) / WIDTH) as f32;
    let transform = Transform::from_scale(scale, scale);
    for shape in &scene.shapes {
        draw(&mut picture, shape, transform);
    }
    picture.encode_png().expect("a picture in memory is written into memory")
}

fn draw(picture: &mut Pixmap, shape: &Shape, transform: Transform) {
    match shape {
        Shape::Area { corners, colour, opacity } => {
            if let Some(path) = polygon(corners, true) {
                fill(picture, &path, &paint(*colour, *opacity), transform);
            }
        }
        Shape::Line { through, colour, width } => {
            let stroke = Stroke {
                width: *width as f32,
                line_cap: LineCap::Butt,
                line_join: LineJoin::Round,
                ..Stroke::default()
            };
            if let Some(path) = polygon(through, false) {
                picture.stroke_path(&path, &paint(*colour, 1.0), &stroke, transform, None);
            }
        }
        Shape::Dot { centre: (x, y), radius, colour, outline } => {
            let circle = PathBuilder::from_circle(*x as f32, *y as f32, *radius as f32);
            if let Some(path) = circle {
                let stroke = Stroke { width: 1.5, ..Stroke::default() };
                fill(picture, &path, &paint(*colour, 1.0), transform);
                picture.stroke_path(&path, &paint(*outline, 1.0), &stroke, transform, None);
            }
        }
        Shape::Text(text) => {
            if let Some(path) = letters(text) {
                let (x, y) = (text.at.0 as f32, text.at.1 as f32);
                let turned = if text.turned {
                    Transform::from_row(0.0, -1.0, 1.0, 0.0, x, y)
                } else {
                    Transform::from_translate(x, y)
                };
                let transform = transform.pre_concat(turned);
                fill(picture, &path, &paint(text.colour, 1.0), transform);
            }
        }
    }
}

fn fill(picture: &mut Pixmap, path: &Path, paint: &Paint<'_>, transform: Transform) {
    picture.fill_path(path, paint, FillRule::Winding, transform, None);
}

fn paint(Colour(red, green, blue): Colour, opacity: f64) -> Paint<'static> {
    let mut paint = Paint { anti_alias: true, ..Paint::default() };
    paint.set_color_rgba8(red, green, blue, (opacity * 255.0).round() as u8);
    paint
}

fn polygon(places: &[Place], close: bool) -> Option<Path> {
    let mut path = PathBuilder::new();
    for (number, (x, y)) in places.iter().enumerate() {
        let (x, y) = (*x as f32, *y as f32);
        if number == 0 { path.move_to(x, y) } else { path.line_to(x, y) }
    }
    if close {
        path.close();
    }
    path.finish()
}

/// The outlines of a text whose place is at zero.
fn letters(text: &Text) -> Option<Path> {
    let face = font(text.bold);
    let height = height_of(text.size, text.bold);
    let scaled = face.as_scaled(height);
    let scale = scaled.h_scale_factor();
    let width = text.width() as f32;
    let mut at = match text.anchor {
        Anchor::Start => 0.0,
        Anchor::Middle => -width / 2.0,
        Anchor::End => -width,
    };
    let mut path = PathBuilder::new();
    for letter in text.says.chars() {
        let glyph: Glyph = face.glyph_id(letter).with_scale(height);
        // Outlines are in units of the font, upwards.
        let place = |point: Point| (at + point.x * scale, -point.y * scale);
        let outline = face.outline(glyph.id);
        trace(&mut path, outline.map(|outline| outline.curves).unwrap_or_default(), place);
        at += scaled.h_advance(glyph.id);
    }
    path.finish()
}

/// Adds curves that follow each other in closed contours.
fn trace(path: &mut PathBuilder, curves: Vec<OutlineCurve>, place: impl Fn(Point) -> (f32, f32)) {
    let mut last = None;
    for curve in curves {
        let (OutlineCurve::Line(start, end)
        | OutlineCurve::Quad(start, _, end)
        | OutlineCurve::Cubic(start, _, _, end)) = curve;
        if last != Some(start) {
            let (x, y) = place(start);
            path.move_to(x, y);
        }
        last = Some(end);
        let (x, y) = place(end);
        match curve {
            OutlineCurve::Line(..) => path.line_to(x, y),
            OutlineCurve::Quad(_, a, _) => {
                let a = place(a);
                path.quad_to(a.0, a.1, x, y);
            }
            OutlineCurve::Cubic(_, a, b, _) => {
                let (a, b) = (place(a), place(b));
                path.cubic_to(a.0, a.1, b.0, b.1, x, y);
            }
        }
    }
}
