//! What is asked: the comment that opens a scenario.

use super::made::Made;
use super::text::{block, details, escaped};

/// The comment that opens the scenario: its first paragraph as the question, the rest on demand.
pub(super) fn question(made: &Made) -> String {
    let mut paragraphs = paragraphs(&made.scenario).into_iter();
    let Some(first) = paragraphs.next() else { return String::new() };
    let first = format!("<p class=\"question\">{}</p>\n", escaped(&one_line(&first)));
    let rest: String = paragraphs.map(|lines| paragraph(&lines)).collect();
    if rest.is_empty() {
        first
    } else {
        first + &details("What the scenario’s author says", &rest)
    }
}

/// The paragraphs of the comment that opens a scenario, each in lines without their `#`.
fn paragraphs(scenario: &str) -> Vec<Vec<&str>> {
    let opening = scenario
        .lines()
        .skip_while(|line| line.trim().is_empty() || line.starts_with("#:"))
        .map_while(|line| line.strip_prefix('#'))
        .map(|line| line.strip_prefix(' ').unwrap_or(line).trim_end());
    let mut paragraphs = vec![Vec::new()];
    for line in opening {
        match paragraphs.last_mut() {
            Some(last) if !line.is_empty() => last.push(line),
            _ => paragraphs.push(Vec::new()),
        }
    }
    paragraphs.retain(|lines| !lines.is_empty());
    paragraphs
}

fn one_line(lines: &[&str]) -> String {
    lines.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ")
}

/// A paragraph; one that is indented is shown line by line.
fn paragraph(lines: &[&str]) -> String {
    let indent = |line: &&str| line.len() - line.trim_start().len();
    match lines.iter().map(indent).min() {
        Some(indent @ 1..) => {
            block(&lines.iter().map(|line| &line[indent..]).collect::<Vec<_>>().join("\n"))
        }
        _ => format!("<p>{}</p>\n", escaped(&one_line(lines))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn html(scenario: &str) -> String {
        question(&Made { scenario: scenario.to_owned(), ..Made::default() })
    }

    #[test]
    fn the_first_paragraph_is_the_question() {
        assert_eq!(
            html("\n#:schema x.json\n# Which <b>\n# is it?\n\nname = \"x\"\n# no\n"),
            "<p class=\"question\">Which &lt;b&gt; is it?</p>\n"
        );
        let long = html("# Which?\n#\n#   run a\n#     run b\n#\n# The\n#second.\nname = 1");
        assert!(long.starts_with("<p class=\"question\">Which?</p>\n<details>"), "{long}");
        assert!(long.contains("<pre tabindex=\"0\">\nrun a\n  run b</pre>"), "{long}");
        assert!(long.contains("<p>The second.</p>"), "{long}");
    }

    #[test]
    fn a_scenario_may_ask_nothing() {
        assert_eq!(html("name = \"x\"\n# later\n"), "");
        assert_eq!(html("#\n#\nname = \"x\"\n"), "");
    }
}
