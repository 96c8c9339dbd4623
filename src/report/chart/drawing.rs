//! How a scene is drawn on any backend of plotters, whose places are whole numbers: in units so
//! small that it does not show.

use plotters::prelude::{Color as _, DrawingBackend, RGBAColor, RGBColor, ShapeStyle};

use super::scene::{Colour, Place, Scene, Shape, Text};

/// What is drawn into memory cannot fail.
pub(super) const IN_MEMORY: &str = "a picture in memory can be drawn";

/// A backend, and what each kind does in its own way.
pub(super) trait Surface: DrawingBackend {
    /// Writes a text, `scale` units of the backend to one of its own.
    fn write(&mut self, text: &Text, scale: f64);

    /// Draws a line through places.
    fn line(&mut self, through: Vec<(i32, i32)>, style: &ShapeStyle);
}

/// Draws `scene`, `scale` units of the backend to one of its own, on white.
pub(super) fn draw<B: Surface>(backend: &mut B, scene: &Scene, scale: f64) {
    let (width, height) = backend.get_size();
    let corner = (width.cast_signed(), height.cast_signed());
    let white = style(Colour(255, 255, 255), 1.0, 0.0);
    backend.draw_rect((0, 0), corner, &white, true).expect(IN_MEMORY);
    for shape in &scene.shapes {
        match shape {
            Shape::Area { corners, colour, opacity } => {
                let places = corners.iter().map(|place| scaled(*place, scale));
                backend.fill_polygon(places, &style(*colour, *opacity, 0.0)).expect(IN_MEMORY);
            }
            Shape::Line { through, colour, width } => {
                let places = through.iter().map(|place| scaled(*place, scale)).collect();
                backend.line(places, &style(*colour, 1.0, width * scale));
            }
            Shape::Dot { centre, radius, colour, outline } => {
                // A circle in another is the same on every backend, an outline is not.
                for (radius, colour) in [(radius + 0.75, outline), (radius - 0.75, colour)] {
                    let radius = (radius * scale).round() as u32;
                    let style = style(*colour, 1.0, 0.0);
                    let centre = scaled(*centre, scale);
                    backend.draw_circle(centre, radius, &style, true).expect(IN_MEMORY);
                }
            }
            Shape::Text(text) => backend.write(text, scale),
        }
    }
    backend.present().expect(IN_MEMORY);
}

/// `place` in units of a backend.
pub(super) fn scaled((x, y): Place, scale: f64) -> (i32, i32) {
    ((x * scale).round() as i32, (y * scale).round() as i32)
}

/// A colour as plotters has it.
pub(super) fn rgba(Colour(red, green, blue): Colour, opacity: f64) -> RGBAColor {
    RGBColor(red, green, blue).mix(opacity)
}

fn style(colour: Colour, opacity: f64, width: f64) -> ShapeStyle {
    let stroke_width = (width.round() as u32).max(1);
    ShapeStyle { color: rgba(colour, opacity), filled: true, stroke_width }
}
