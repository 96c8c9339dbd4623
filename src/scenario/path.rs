//! Paths into a scenario: parts joined by dots, in quotes where a part holds a dot.

use super::Span;

/// Parts of a path, at most: what walks the tree recurses this deep.
const MOST_PARTS: usize = 100;

/// One part of a path and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub name: String,
    pub span: Span,
}

/// The path that `parts` make: a part that is not of letters, digits, `-` and `_` stands in quotes.
///
/// ```
/// assert_eq!(cloudsched::scenario::dotted(&["service", "v1.2", "calls", "0"]), r#"service."v1.2".calls.0"#);
/// ```
pub fn dotted(parts: &[&str]) -> String {
    let plain = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    let quoted = parts.iter().map(|part| {
        if !part.is_empty() && part.chars().all(plain) {
            (*part).to_owned()
        } else if part.contains('"') {
            format!("'{part}'")
        } else {
            format!("\"{part}\"")
        }
    });
    quoted.collect::<Vec<_>>().join(".")
}

/// The parts of the path that opens `text`, up to a `=` outside quotes or the end, and how many
/// bytes it takes. An error says what is wrong at which bytes. Spaces round a part do not count.
pub(super) fn parse(text: &str) -> Result<(Vec<Part>, usize), (Span, String)> {
    let mut parts = Vec::new();
    let mut at = 0;
    loop {
        let part = parse_part(text, at)?;
        at = skip_spaces(text, part.1);
        if parts.len() == MOST_PARTS {
            return Err((part.0.span, format!("a path has at most {MOST_PARTS} parts")));
        }
        parts.push(part.0);
        match text[at..].chars().next() {
            Some('.') => at += 1,
            None | Some('=') => return Ok((parts, at)),
            Some(other) => {
                let message =
                    format!("expected `.` or `=` after a part of the path, found `{other}`");
                return Err((at..at + other.len_utf8(), message));
            }
        }
    }
}

/// The part that starts at `at`, and where it ends.
fn parse_part(text: &str, at: usize) -> Result<(Part, usize), (Span, String)> {
    let start = skip_spaces(text, at);
    let rest = &text[start..];
    if let Some(quote) = rest.chars().next().filter(|c| matches!(c, '"' | '\'')) {
        let Some(len) = rest[1..].find(quote) else {
            return Err((start..text.len(), format!("the quote {quote} is not closed")));
        };
        let end = start + len + 2;
        return Ok((Part { name: text[start + 1..end - 1].to_owned(), span: start..end }, end));
    }
    let len = rest.find(['.', '=', '"', '\'']).unwrap_or(rest.len());
    let name = rest[..len].trim_end();
    if name.is_empty() {
        return Err((start..start, "expected a key of the scenario".to_owned()));
    }
    let end = start + name.len();
    Ok((Part { name: name.to_owned(), span: start..end }, end))
}

fn skip_spaces(text: &str, at: usize) -> usize {
    text.len() - text[at..].trim_start().len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn names(text: &str) -> Vec<String> {
        parse(text).unwrap().0.into_iter().map(|part| part.name).collect()
    }

    fn error(text: &str) -> String {
        parse(text).unwrap_err().1
    }

    #[test]
    fn splits_at_dots_outside_quotes() {
        assert_eq!(names("a.b-c.0=x.y"), ["a", "b-c", "0"]);
        assert_eq!(names(r#"service."v1.2=" . 'x"y' = 3"#), ["service", "v1.2=", "x\"y"]);
        assert_eq!(parse("ab . c =").unwrap().0[1].span, 5..6);
        assert_eq!(parse("ab . c =").unwrap().1, 7);
    }

    #[test]
    fn says_what_is_wrong() {
        assert_eq!(error(""), "expected a key of the scenario");
        assert_eq!(error("a..b"), "expected a key of the scenario");
        assert_eq!(error("a.=1"), "expected a key of the scenario");
        assert_eq!(error("a.'b"), "the quote ' is not closed");
        assert_eq!(error(&"a.".repeat(101)), "a path has at most 100 parts");
        assert_eq!(error("'a'b=1"), "expected `.` or `=` after a part of the path, found `b`");
    }

    proptest! {
        #[test]
        fn what_is_dotted_is_split(parts in prop::collection::vec("[a-z]+|[^\"]*|[^']*", 1..5)) {
            let path = dotted(&parts.iter().map(String::as_str).collect::<Vec<_>>());
            prop_assert_eq!(names(&path), parts);
        }

        #[test]
        fn no_text_panics(text in "[a.'\"= \u{e9}]{0,12}|\\PC*") {
            let _ = parse(&text);
        }
    }
}
