//! All charts that a folder has data for, inside the page.

use std::path::Path;

use super::text::escaped;
use super::{ReportError, Section};
use crate::report::chart::{CHARTS, Chart, ChartError, Picture};

/// How wide a chart is, in pixels, where there is room.
const WIDTH: u32 = 800;

/// The charts of `folder`; none if it has data for none.
pub(super) fn section(folder: &Path) -> Result<Option<Section>, ReportError> {
    let mut html = String::new();
    for chart in CHARTS {
        match chart.draw(folder, None) {
            Ok(drawn) => {
                let pictures = drawn.pictures.iter().enumerate();
                html.extend(pictures.map(|(number, picture)| figure(chart, number, picture)));
                html.extend(drawn.notes.iter().map(|note| note_on(chart, note)));
            }
            Err(ChartError::NoData(_)) => {}
            Err(ChartError::Broken(text)) => return Err(ReportError::Broken(text)),
        }
    }
    Ok((!html.is_empty()).then(|| Section::new("charts", "Charts", html)))
}

/// A picture, with its heading for those who do not see it.
fn figure(chart: &Chart, number: usize, picture: &Picture) -> String {
    let id = format!("chart-{}-{}", chart.name, number + 1);
    let [title, subtitle] = picture.heading().map(escaped);
    let summary = escaped(chart.summary);
    let svg = picture.svg(WIDTH);
    let (open, rest) = svg.split_once('>').unwrap_or((&svg, ""));
    format!(
        "<figure class=\"chart\" id=\"{id}\">\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" \
         aria-label=\"{title}\">\n{open} role=\"img\" aria-labelledby=\"{id}-title {id}-desc\">\n\
         <title id=\"{id}-title\">{title}</title>\n\
         <desc id=\"{id}-desc\">{}</desc>{rest}</div>\n<figcaption>{summary}</figcaption>\n</figure>\n",
        if subtitle.is_empty() { summary.clone() } else { format!("{subtitle}. {summary}") },
    )
}

fn note_on(chart: &Chart, note: &str) -> String {
    format!("<p class=\"note\">{}: {}.</p>\n", chart.name, escaped(note))
}
