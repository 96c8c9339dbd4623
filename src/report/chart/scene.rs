//! What a picture is made of, before it is written as SVG or PNG: shapes and texts in units of which
//! a picture is [`WIDTH`] wide, and how wide a text is.

use std::sync::LazyLock;

use ab_glyph::{Font as _, FontRef, ScaleFont as _};

/// How wide a picture is in its own units, whatever its number of pixels.
pub(super) const WIDTH: f64 = 800.0;

/// A place: to the right, and down.
pub(super) type Place = (f64, f64);

/// Red, green, blue.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Colour(pub(super) u8, pub(super) u8, pub(super) u8);

impl Colour {
    /// This colour, `share` of the way to `other`.
    pub(super) fn towards(self, other: Self, share: f64) -> Self {
        let mix = |a: u8, b: u8| {
            (f64::from(a) + (f64::from(b) - f64::from(a)) * share.clamp(0.0, 1.0)).round() as u8
        };
        Self(mix(self.0, other.0), mix(self.1, other.1), mix(self.2, other.2))
    }
}

/// On which side of its place a text stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Anchor {
    /// Its place is where it starts.
    Start,
    /// Its place is in the middle.
    Middle,
    /// Its place is where it ends.
    End,
}

/// A line of text.
#[derive(Clone, Debug)]
pub(super) struct Text {
    /// What it says.
    pub(super) says: String,
    /// Where its base line is, by `anchor`.
    pub(super) at: Place,
    pub(super) anchor: Anchor,
    /// The size of the font.
    pub(super) size: f64,
    pub(super) bold: bool,
    pub(super) colour: Colour,
    /// Whether it runs upwards.
    pub(super) turned: bool,
}

/// Something drawn.
#[derive(Clone, Debug)]
pub(super) enum Shape {
    /// A filled polygon, and how opaque it is.
    Area { corners: Vec<Place>, colour: Colour, opacity: f64 },
    /// A line through places.
    Line { through: Vec<Place>, colour: Colour, width: f64 },
    /// A filled circle with an outline.
    Dot { centre: Place, radius: f64, colour: Colour, outline: Colour },
    /// A text.
    Text(Text),
}

/// A picture: [`WIDTH`] by `height`, on white.
#[derive(Clone, Debug, Default)]
pub(super) struct Scene {
    pub(super) height: f64,
    /// What its heading says, whole, however much of it has room.
    pub(super) title: String,
    pub(super) subtitle: String,
    pub(super) shapes: Vec<Shape>,
}

impl Scene {
    pub(super) fn line(&mut self, through: Vec<Place>, colour: Colour, width: f64) {
        self.shapes.push(Shape::Line { through, colour, width });
    }

    pub(super) fn area(&mut self, corners: Vec<Place>, colour: Colour, opacity: f64) {
        self.shapes.push(Shape::Area { corners, colour, opacity });
    }

    /// A filled rectangle between two corners.
    pub(super) fn bar(&mut self, (x0, y0): Place, (x1, y1): Place, colour: Colour) {
        self.area(vec![(x0, y0), (x1, y0), (x1, y1), (x0, y1)], colour, 1.0);
    }

    pub(super) fn dot(&mut self, centre: Place, radius: f64, colour: Colour, outline: Colour) {
        self.shapes.push(Shape::Dot { centre, radius, colour, outline });
    }

    pub(super) fn text(&mut self, text: Text) {
        self.shapes.push(Shape::Text(text));
    }

    /// All texts.
    #[cfg(test)]
    pub(super) fn texts(&self) -> impl Iterator<Item = &Text> {
        self.shapes.iter().filter_map(|shape| match shape {
            Shape::Text(text) => Some(text),
            _ => None,
        })
    }
}

impl Text {
    /// `text` at `at`, in the colour of ink.
    pub(super) fn new(text: impl Into<String>, at: Place, size: f64) -> Self {
        let (says, anchor) = (text.into(), Anchor::Start);
        Self { says, at, anchor, size, bold: false, colour: super::palette::INK, turned: false }
    }

    /// The same text, on another side of its place.
    pub(super) fn anchored(self, anchor: Anchor) -> Self {
        Self { anchor, ..self }
    }

    pub(super) fn coloured(self, colour: Colour) -> Self {
        Self { colour, ..self }
    }

    pub(super) fn bold(self) -> Self {
        Self { bold: true, ..self }
    }

    pub(super) fn turned(self) -> Self {
        Self { turned: true, ..self }
    }

    /// The same text, moved down so that the middle of its capitals is where its base line was.
    pub(super) fn centred(mut self) -> Self {
        let down = self.size * 0.36;
        if self.turned {
            self.at.0 += down;
        } else {
            self.at.1 += down;
        }
        self
    }

    /// The same text as far as it is at most `most` wide.
    pub(super) fn within(mut self, most: f64) -> Self {
        self.says = shortened(&self.says, most, |text| width(text, self.size, self.bold));
        self
    }

    /// How wide it is.
    pub(super) fn width(&self) -> f64 {
        width(&self.says, self.size, self.bold)
    }
}

/// The font of all charts, in the binary: `DejaVu` Sans, plain and bold.
static FONTS: LazyLock<[FontRef<'static>; 2]> = LazyLock::new(|| {
    [dejavu::sans::regular(), dejavu::sans::bold()]
        .map(|bytes| FontRef::try_from_slice(bytes).expect("the font in the binary is one"))
});

/// The font.
pub(super) fn font(bold: bool) -> &'static FontRef<'static> {
    &FONTS[usize::from(bold)]
}

/// The size that `ab_glyph` gives a font, top to bottom, for a font of `size`.
pub(super) fn height_of(size: f64, bold: bool) -> f32 {
    let font = font(bold);
    let units = font.units_per_em().expect("the font in the binary has a grid");
    size as f32 * font.height_unscaled() / units
}

/// How wide `text` is in a font of `size`.
pub(super) fn width(text: &str, size: f64, bold: bool) -> f64 {
    let font = font(bold).as_scaled(height_of(size, bold));
    text.chars().map(|c| f64::from(font.h_advance(font.glyph_id(c)))).sum()
}

/// `text` in a plain font of `size` as far as it is at most `most` wide, with an ellipsis for what is
/// left out.
pub(super) fn cut(text: &str, size: f64, most: f64) -> String {
    shortened(text, most, |text| width(text, size, false))
}

fn shortened(text: &str, most: f64, width: impl Fn(&str) -> f64) -> String {
    if width(text) <= most {
        return text.to_owned();
    }
    let mut kept = String::new();
    for c in text.chars() {
        if width(&format!("{kept}{c}…")) > most {
            break;
        }
        kept.push(c);
    }
    kept.trim_end().to_owned() + "…"
}

/// `text` in lines of at most `most`, broken behind blanks and, if need be, behind `-`, `/` and
/// `_`; `None` if a part between those is wider.
pub(super) fn wrapped(text: &str, size: f64, most: f64) -> Option<Vec<String>> {
    let mut lines = vec![String::new()];
    for part in text.split_inclusive([' ', '-', '/', '_']) {
        if width(part.trim_end(), size, false) > most {
            return None;
        }
        let line = lines.last_mut().expect("there is a line from the start");
        if width(format!("{line}{part}").trim_end(), size, false) <= most {
            line.push_str(part);
        } else {
            lines.push(part.to_owned());
        }
    }
    Some(lines.into_iter().map(|line| line.trim_end().to_owned()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_are_those_of_the_font() {
        // Advances of DejaVu Sans in 2048ths of its size: i 569, W 2025, blank 651.
        let em = |units: f64| units / 2048.0 * 100.0;
        assert!((width("i", 100.0, false) - em(569.0)).abs() < 0.01);
        assert!((width("W i", 100.0, false) - em(2025.0 + 651.0 + 569.0)).abs() < 0.01);
        assert!(width("i", 100.0, true) > width("i", 100.0, false));
    }

    #[test]
    fn texts_are_cut_and_wrapped_to_a_width() {
        assert_eq!(cut("short", 12.0, 100.0), "short");
        let long = cut("a name that is far too long", 12.0, 100.0);
        assert!(long.ends_with('…') && width(&long, 12.0, false) <= 100.0, "{long}");
        let lines = wrapped("hybrid-histogram 10m", 12.0, 70.0).unwrap();
        assert_eq!(lines, ["hybrid-", "histogram", "10m"]);
        assert_eq!(wrapped("fixed 10m", 12.0, 100.0).unwrap(), ["fixed 10m"]);
        assert_eq!(wrapped("indivisible", 12.0, 30.0), None);
    }
}
