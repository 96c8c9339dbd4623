//! A scene as SVG.

use super::scene::{Anchor, Colour, Place, Scene, Shape, Text, WIDTH};

/// The families of a text: the font by which it was laid out, then one as wide, then any.
const FAMILIES: &str = "DejaVu Sans, Verdana, sans-serif";

/// `scene` as a document `width` pixels wide.
pub(super) fn svg(scene: &Scene, width: u32) -> String {
    let height = super::pixels(scene.height, width);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {} {}\" font-family=\"{FAMILIES}\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n",
        number(WIDTH),
        number(scene.height)
    );
    for shape in &scene.shapes {
        svg += &element(shape);
        svg.push('\n');
    }
    svg + "</svg>\n"
}

fn element(shape: &Shape) -> String {
    match shape {
        Shape::Area { corners, colour, opacity } => {
            let opacity = match *opacity {
                1.0 => String::new(),
                opacity => format!(" fill-opacity=\"{}\"", number(opacity)),
            };
            format!("<path d=\"{}Z\" fill=\"{}\"{opacity}/>", path(corners), hex(*colour))
        }
        Shape::Line { through, colour, width } => format!(
            "<path d=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{}\" \
             stroke-linejoin=\"round\"/>",
            path(through),
            hex(*colour),
            number(*width),
        ),
        Shape::Dot { centre: (x, y), radius, colour, outline } => format!(
            "<circle cx=\"{}\" cy=\"{}\" r=\"{}\" fill=\"{}\" stroke=\"{}\" stroke-width=\"1.5\"/>",
            number(*x),
            number(*y),
            number(*radius),
            hex(*colour),
            hex(*outline)
        ),
        Shape::Text(text) => written(text),
    }
}

fn written(text: &Text) -> String {
    let (x, y) = (number(text.at.0), number(text.at.1));
    let anchor = match text.anchor {
        Anchor::Start => "",
        Anchor::Middle => " text-anchor=\"middle\"",
        Anchor::End => " text-anchor=\"end\"",
    };
    let weight = if text.bold { " font-weight=\"bold\"" } else { "" };
    let turned =
        if text.turned { format!(" transform=\"rotate(-90 {x} {y})\"") } else { String::new() };
    format!(
        "<text x=\"{x}\" y=\"{y}\" font-size=\"{}\" fill=\"{}\"{anchor}{weight}{turned}>{}</text>",
        number(text.size),
        hex(text.colour),
        escaped(&text.says)
    )
}

fn path(places: &[Place]) -> String {
    let mut path = String::new();
    for (place, (x, y)) in places.iter().enumerate() {
        path.push_str(if place == 0 { "M" } else { "L" });
        path.push_str(&format!("{} {}", number(*x), number(*y)));
    }
    path
}

fn hex(Colour(red, green, blue): Colour) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

/// A number to a hundredth, as short as it can be.
fn number(x: f64) -> String {
    let text = format!("{x:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// `text` as XML holds it.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        assert_eq!([0.0, -0.001, 1.5, 2.0, 100.0, 1.0 / 3.0].map(number).join(" "), {
            "0 0 1.5 2 100 0.33"
        });
    }

    #[test]
    fn texts_are_escaped() {
        let mut scene = Scene { height: 10.0, ..Scene::default() };
        scene.text(Text::new("a < b & c > d", (1.0, 2.0), 12.0));
        assert!(svg(&scene, 800).contains(">a &lt; b &amp; c &gt; d</text>"));
    }
}
