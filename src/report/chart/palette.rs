//! The colours of charts: those of Okabe and Ito, which people with any colour vision tell apart
//! (<https://jfly.uni-koeln.de/color/>, 2008), without the yellow, which is weak on white.

use super::scene::Colour;

/// Text and axes.
pub(super) const INK: Colour = Colour(0x22, 0x22, 0x22);
/// Text that matters less.
pub(super) const FAINT: Colour = Colour(0x5a, 0x5a, 0x5a);
/// Lines of the grid.
pub(super) const GRID: Colour = Colour(0xe4, 0xe4, 0xe4);
/// What is there and does nothing.
pub(super) const REST: Colour = Colour(0xc4, 0xc8, 0xcc);
/// The ground.
pub(super) const PAPER: Colour = Colour(0xff, 0xff, 0xff);

pub(super) const BLUE: Colour = Colour(0x00, 0x72, 0xb2);
pub(super) const VERMILION: Colour = Colour(0xd5, 0x5e, 0x00);
pub(super) const GREEN: Colour = Colour(0x00, 0x9e, 0x73);
pub(super) const PURPLE: Colour = Colour(0xcc, 0x79, 0xa7);
pub(super) const ORANGE: Colour = Colour(0xe6, 0x9f, 0x00);
const SKY: Colour = Colour(0x56, 0xb4, 0xe9);
const BLACK: Colour = Colour(0x00, 0x00, 0x00);
const GREY: Colour = Colour(0x8c, 0x8c, 0x8c);

/// The colours of lines, in the order in which they are taken.
const LINES: [Colour; MOST_LINES] = [BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, BLACK, GREY];

/// How many lines a chart tells apart.
pub(super) const MOST_LINES: usize = 8;

/// The colour of the line of this number.
pub(super) fn line(number: usize) -> Colour {
    LINES[number % MOST_LINES]
}

/// The colour of a share from 0 (pale) to 1 (dark).
pub(super) fn heat(share: f64) -> Colour {
    let (pale, dark) = (Colour(0xee, 0xf4, 0xf9), Colour(0x06, 0x2c, 0x4e));
    if share < 0.6 {
        pale.towards(BLUE, share / 0.6)
    } else {
        BLUE.towards(dark, (share - 0.6) / 0.4)
    }
}

/// The colour of a text upon [`heat`]; neither is that of ink or paper, since these change places on
/// a dark page, and heat does not.
pub(super) fn on_heat(share: f64) -> Colour {
    if share < 0.52 { Colour(0x1a, 0x1a, 0x1a) } else { Colour(0xfa, 0xfa, 0xfa) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// WCAG's relative luminance.
    fn luminance(Colour(r, g, b): Colour) -> f64 {
        let linear = |part: u8| {
            let part = f64::from(part) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { libm::pow((part + 0.055) / 1.055, 2.4) }
        };
        0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
    }

    fn contrast(a: Colour, b: Colour) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    /// The page of `report` shows the same charts on a dark ground.
    #[test]
    fn a_dark_page_knows_the_colours_that_change() {
        let style = include_str!("../html/page.css");
        for Colour(red, green, blue) in [INK, FAINT, GRID, REST, PAPER, BLUE, SKY, BLACK] {
            for attribute in ["fill", "stroke"] {
                let rule = format!(".chart [{attribute}=\"#{red:02X}{green:02X}{blue:02X}\"]");
                assert!(style.contains(&rule), "{rule}");
            }
        }
    }

    #[test]
    fn colours_are_seen_on_white_and_texts_on_heat() {
        for number in 0..MOST_LINES {
            assert!(contrast(line(number), PAPER) > 2.0, "{number}");
        }
        for step in 0..=100 {
            let share = f64::from(step) / 100.0;
            let contrast = contrast(heat(share), on_heat(share));
            assert!(contrast > 3.6, "{share}: {contrast}");
        }
        assert!(contrast(FAINT, PAPER) > 4.5);
    }
}
