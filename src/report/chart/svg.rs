//! A scene as SVG.

use plotters::backend::SVGBackend;
use plotters::prelude::{DrawingBackend as _, FontFamily, FontStyle, FontTransform, ShapeStyle};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontDesc, TextStyle};

use super::drawing::{IN_MEMORY, Surface, draw, rgba, scaled};
use super::scene::{Anchor, Scene, Text, WIDTH};

/// The families of a text: the font by which it was laid out, then one as wide, then any.
const FAMILIES: &str = "DejaVu Sans, Verdana, sans-serif";

/// Units of the document to one of a scene: plotters writes whole ones.
const FINE: f64 = 10.0;

/// plotters writes a font of size 1.24 as one of size 1.
const SIZE: f64 = 1.24;

/// The height of small letters in a font of size 1: plotters puts the middle of a text half of it
/// above the base line. (`DejaVu` Sans: 1120 of 2048.)
const SMALL: f64 = 1120.0 / 2048.0;

/// `scene` as a document `width` pixels wide.
pub(super) fn svg(scene: &Scene, width: u32) -> String {
    let size = ((WIDTH * FINE) as u32, (scene.height * FINE).round() as u32);
    let mut svg = String::new();
    draw(&mut SVGBackend::with_string(&mut svg, size), scene, FINE);
    let [units, pixels] = [size, (width, super::pixels(scene.height, width))]
        .map(|(width, height)| format!("width=\"{width}\" height=\"{height}\""));
    svg.replacen(&units, &pixels, 1)
}

impl Surface for SVGBackend<'_> {
    fn write(&mut self, text: &Text, scale: f64) {
        let weight = if text.bold { FontStyle::Bold } else { FontStyle::Normal };
        let font = FontDesc::new(FontFamily::Name(FAMILIES), text.size * SIZE * scale, weight);
        let up = text.size * SMALL / 2.0;
        let (x, y) = text.at;
        let (font, middle) = if text.turned {
            (font.transform(FontTransform::Rotate270), (x - up, y))
        } else {
            (font, (x, y - up))
        };
        let side = match text.anchor {
            Anchor::Start => HPos::Left,
            Anchor::Middle => HPos::Center,
            Anchor::End => HPos::Right,
        };
        let colour = rgba(text.colour, 1.0);
        let style = TextStyle::from(font).color(&colour).pos(Pos::new(side, VPos::Center));
        self.draw_text(&text.says, &style, scaled(middle, scale)).expect(IN_MEMORY);
    }

    fn line(&mut self, through: Vec<(i32, i32)>, style: &ShapeStyle) {
        self.draw_path(through, style).expect(IN_MEMORY);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_has_the_size_asked_for_and_escaped_texts() {
        let mut scene = Scene { height: 10.0, ..Scene::default() };
        scene.text(Text::new("a < b & c > d", (1.0, 2.0), 12.0));
        let svg = svg(&scene, 400);
        assert!(
            svg.starts_with("<svg width=\"400\" height=\"5\" viewBox=\"0 0 8000 100\""),
            "{svg}"
        );
        assert!(svg.contains("a &lt; b &amp; c &gt; d"), "{svg}");
        let (_, size) = svg.split_once("font-size=\"").unwrap();
        let size: f64 = size.split_once('"').unwrap().0.parse().unwrap();
        assert!((size - 120.0).abs() < 1e-9, "{size}");
    }
}
