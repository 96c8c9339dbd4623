//! Problems as text: message, place, the line with what is at fault underlined, help.

use std::fmt::Write as _;

use super::{Problem, Severity, Sources};

/// Columns of a line of source with its number, at most.
const WIDTH: usize = 100;
/// Columns of a tab in an excerpt.
const TAB: &str = "    ";

/// The styles of ANSI terminals.
struct Palette {
    error: &'static str,
    warning: &'static str,
    bold: &'static str,
    frame: &'static str,
    reset: &'static str,
}

const PLAIN: Palette = Palette { error: "", warning: "", bold: "", frame: "", reset: "" };
const COLOURED: Palette = Palette {
    error: "\x1b[1;31m",
    warning: "\x1b[1;33m",
    bold: "\x1b[1m",
    frame: "\x1b[1;34m",
    reset: "\x1b[0m",
};

/// `problems` one after another, and how many there are.
pub(super) fn all(problems: &[&Problem], sources: &Sources, colour: bool) -> String {
    let palette = if colour { &COLOURED } else { &PLAIN };
    let mut text = String::new();
    for problem in problems {
        one(&mut text, problem, sources, palette).expect("a String takes all that is written");
        text.push('\n');
    }
    text.push_str(&summary(problems, sources, palette));
    text
}

/// One problem with its excerpt.
fn one(
    text: &mut String,
    problem: &Problem,
    sources: &Sources,
    palette: &Palette,
) -> std::fmt::Result {
    let Palette { bold, frame, reset, .. } = palette;
    let (word, style) = match problem.severity {
        Severity::Error => ("error", palette.error),
        Severity::Warning => ("warning", palette.warning),
    };
    let place = sources.place(problem.span.start);
    let number = place.line.to_string();
    let margin = " ".repeat(number.len());
    let from = problem.span.start - place.line_start;
    let to = problem.span.end.saturating_sub(place.line_start);
    let excerpt = Excerpt::new(place.line_text, from, to, WIDTH - number.len() - " | ".len());
    writeln!(text, "{style}{word}{reset}{bold}: {}{reset}", shown(&problem.message))?;
    let (name, line, column) = (shown(place.name), place.line, place.column);
    writeln!(text, "{margin}{frame}-->{reset} {name}:{line}:{column}")?;
    writeln!(text, "{margin} {frame}|{reset}")?;
    writeln!(text, "{}", format!("{frame}{number} |{reset} {}", excerpt.line).trim_end())?;
    let (before, under) = (" ".repeat(excerpt.before), "^".repeat(excerpt.under));
    writeln!(text, "{margin} {frame}|{reset} {before}{style}{under}{reset}")?;
    if let Some(help) = &problem.help {
        writeln!(text, "{margin} {frame}={reset} {bold}help{reset}: {}", shown(help))?;
    }
    Ok(())
}

/// `2 errors, 1 warning in a.toml and --set`.
fn summary(problems: &[&Problem], sources: &Sources, palette: &Palette) -> String {
    let count = |severity| problems.iter().filter(|problem| problem.severity == severity).count();
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    let counted = |number: usize, word| match number {
        0 => None,
        1 => Some(format!("1 {word}")),
        _ => Some(format!("{number} {word}s")),
    };
    let counts: Vec<_> =
        [counted(errors, "error"), counted(warnings, "warning")].into_iter().flatten().collect();
    let mut names: Vec<_> =
        problems.iter().map(|problem| sources.place(problem.span.start).name).collect();
    names.dedup();
    let Palette { bold, reset, .. } = palette;
    match counts.as_slice() {
        [] => String::new(),
        counts => {
            let names = shown(&names.join(" and "));
            format!("{bold}{} in {names}{reset}\n", counts.join(", "))
        }
    }
}

/// The part of a line that is shown, and what of it is underlined.
struct Excerpt {
    line: String,
    /// Columns before the underline.
    before: usize,
    /// Columns of the underline, at least one.
    under: usize,
}

impl Excerpt {
    /// Shows `line` in `room` columns and underlines its bytes `from..to`.
    fn new(line: &str, from: usize, to: usize, room: usize) -> Self {
        let from = line.floor_char_boundary(from);
        let to = line.ceil_char_boundary(to).max(from);
        let (before, at, after) =
            (shown(&line[..from]), shown(&line[from..to]), shown(&line[to..]));
        let (at_width, line_width) = (width(&at), width(&before) + width(&at) + width(&after));
        if line_width <= room {
            let under = at_width.max(1);
            return Self { before: width(&before), under, line: before + &at + &after };
        }
        Self::cut(&before, &at, &after, room)
    }

    /// The same for a line that is too wide: what stands before may take a third of the room.
    fn cut(before: &str, at: &str, after: &str, room: usize) -> Self {
        let kept_before = keep_end(before, room / 3);
        let start = width(&kept_before);
        let rest = keep_start(&format!("{at}{after}"), room - start);
        let under = width(at).min(width(&rest)).max(1);
        Self { line: kept_before + &rest, before: start, under }
    }
}

/// The end of `text` in at most `room` columns, with `…` for what is cut.
fn keep_end(text: &str, room: usize) -> String {
    if width(text) <= room {
        return text.to_owned();
    }
    let mut start = text.len();
    for (index, _) in text.char_indices().rev() {
        if width(&text[index..]) + 1 > room {
            break;
        }
        start = index;
    }
    format!("…{}", &text[start..])
}

/// The start of `text` in at most `room` columns, with `…` for what is cut.
fn keep_start(text: &str, room: usize) -> String {
    if width(text) <= room {
        return text.to_owned();
    }
    let mut used = 1;
    let fitting = text.chars().take_while(|c| {
        used += columns(*c);
        used <= room
    });
    fitting.collect::<String>() + "…"
}

/// `text` with tabs as spaces, and without characters that would steer a terminal.
fn shown(text: &str) -> String {
    let text = text.replace('\t', TAB);
    text.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

fn width(text: &str) -> usize {
    text.chars().map(columns).sum()
}

/// The columns that a terminal gives a character: none to marks on the one before, two to those of
/// East Asian scripts and to pictographs (the main blocks of Unicode's annex 11).
fn columns(c: char) -> usize {
    match u32::from(c) {
        0x0300..=0x036F | 0x200B..=0x200F | 0xFE00..=0xFE0F => 0,
        0x1100..=0x115F
        | 0x2E80..=0xA4CF
        | 0xAC00..=0xD7A3
        | 0xF900..=0xFAFF
        | 0xFE30..=0xFE6F
        | 0xFF00..=0xFF60
        | 0xFFE0..=0xFFE6
        | 0x1_F300..=0x1_FAFF
        | 0x2_0000..=0x3_FFFD => 2,
        _ => 1,
    }
}
