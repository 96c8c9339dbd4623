//! A scene as PNG: drawn several times too large and averaged down, since plotters draws to whole
//! pixels.

use ab_glyph::{Font as _, ScaleFont as _, point};
use plotters::backend::BitMapBackend;
use plotters::prelude::{DrawingBackend as _, ShapeStyle};
use plotters_backend::BackendColor;

use super::drawing::{IN_MEMORY, Surface, draw};
use super::scene::{Anchor, Colour, Scene, Text, WIDTH, font, height_of};

/// How many times as wide and high a scene is drawn as its picture is.
const FINE: u32 = 3;

/// `scene` as a picture `width` pixels wide.
pub(super) fn png(scene: &Scene, width: u32) -> Vec<u8> {
    let height = super::pixels(scene.height, width);
    let size = (width * FINE, height * FINE);
    let mut large = vec![0; 3 * size.0 as usize * size.1 as usize];
    let scale = f64::from(size.0) / WIDTH;
    draw(&mut BitMapBackend::with_buffer(&mut large, size), scene, scale);
    encoded(&averaged(&large, width as usize, height as usize), width, height)
}

/// Each pixel as the mean of those it was drawn as.
fn averaged(large: &[u8], width: usize, height: usize) -> Vec<u8> {
    let fine = FINE as usize;
    let mut small = Vec::with_capacity(3 * width * height);
    for (row, column) in (0..height).flat_map(|row| (0..width).map(move |column| (row, column))) {
        for channel in 0..3 {
            let sum: u32 = (0..fine)
                .map(|down| 3 * ((row * fine + down) * width * fine + column * fine) + channel)
                .map(|at| (0..fine).map(|right| u32::from(large[at + 3 * right])).sum::<u32>())
                .sum();
            small.push(((sum + FINE * FINE / 2) / (FINE * FINE)) as u8);
        }
    }
    small
}

fn encoded(pixels: &[u8], width: u32, height: u32) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let written = encoder.write_header().and_then(|mut png| png.write_image_data(pixels));
    written.expect(IN_MEMORY);
    file
}

impl Surface for BitMapBackend<'_> {
    /// Writes a text letter by letter: plotters' own way leaves out the space before each.
    fn write(&mut self, text: &Text, scale: f64) {
        let face = font(text.bold);
        let height = height_of(text.size * scale, text.bold);
        let scaled = face.as_scaled(height);
        let width = (text.width() * scale) as f32;
        let mut along = match text.anchor {
            Anchor::Start => 0.0,
            Anchor::Middle => -width / 2.0,
            Anchor::End => -width,
        };
        let (x, y) = ((text.at.0 * scale) as f32, (text.at.1 * scale) as f32);
        let (columns, rows) = self.get_size();
        let Colour(red, green, blue) = text.colour;
        for letter in text.says.chars() {
            let id = face.glyph_id(letter);
            let (start_x, start_y) = if text.turned { (along, 0.0) } else { (x + along, y) };
            let glyph = id.with_scale_and_position(height, point(start_x, start_y));
            along += scaled.h_advance(id);
            let Some(outline) = face.outline_glyph(glyph) else { continue };
            let corner = outline.px_bounds().min;
            outline.draw(|right, down, alpha| {
                let (right, down) =
                    (corner.x as i32 + right.cast_signed(), corner.y as i32 + down.cast_signed());
                let place = if text.turned {
                    (x.round() as i32 + down, y.round() as i32 - right)
                } else {
                    (right, down)
                };
                let inside = place.0 >= 0 && place.1 >= 0;
                if alpha > 0.0
                    && inside
                    && place.0 < columns.cast_signed()
                    && place.1 < rows.cast_signed()
                {
                    let alpha = f64::from(alpha.min(1.0));
                    let colour = BackendColor { rgb: (red, green, blue), alpha };
                    self.draw_pixel(place, colour).expect(IN_MEMORY);
                }
            });
        }
    }

    /// Piece by piece with round joints: plotters' own way of a whole line bends at its corners.
    fn line(&mut self, through: Vec<(i32, i32)>, style: &ShapeStyle) {
        for piece in through.windows(2) {
            self.draw_line(piece[0], piece[1], style).expect(IN_MEMORY);
        }
        for joint in through.iter().skip(1).rev().skip(1) {
            self.draw_circle(*joint, style.stroke_width / 2, style, true).expect(IN_MEMORY);
        }
    }
}
