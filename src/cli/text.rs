//! Text in columns.

/// `head`, then `text` broken at blanks into lines of at most `columns`, each `indent` columns in.
/// Where `head` leaves no room, the text starts on the next line.
pub(super) fn hanging(head: &str, indent: usize, text: &str, columns: usize) -> String {
    let mut lines = vec![head.to_owned()];
    let mut used = width(head);
    if used + 1 > indent && !head.is_empty() {
        lines.push(String::new());
        used = 0;
    }
    let mut blank = indent.saturating_sub(used);
    for word in text.split_whitespace() {
        let line = lines.last_mut().expect("there is a line from the start");
        if used > indent && used + blank + width(word) > columns {
            lines.push(" ".repeat(indent) + word);
            used = indent + width(word);
        } else {
            line.push_str(&" ".repeat(blank));
            line.push_str(word);
            used += blank + width(word);
        }
        blank = 1;
    }
    lines.join("\n").trim_end().to_owned() + "\n"
}

/// The first paragraph of `text`, on one line.
pub(super) fn paragraph(text: &str) -> String {
    let first = text.split("\n\n").next().unwrap_or_default();
    first.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Columns of `text`, which is the program's own and has no wide characters.
pub(super) fn width(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_hangs_under_its_first_line() {
        let text = hanging("  fifo", 10, "the first to come is the first to be served", 30);
        assert_eq!(
            text,
            "  fifo    the first to come is\n          the first to be\n          served\n"
        );
        assert!(text.lines().all(|line| width(line) <= 30));
    }

    #[test]
    fn a_long_head_stands_alone() {
        assert_eq!(hanging("a-long-name", 4, "x y", 30), "a-long-name\n    x y\n");
        assert_eq!(hanging("", 2, "x y", 30), "  x y\n");
        assert_eq!(hanging("head", 6, "", 30), "head\n");
    }

    #[test]
    fn a_word_that_is_too_long_has_a_line_of_its_own() {
        assert_eq!(hanging("", 2, "a bbbbbbbbbbbbbbbb c", 8), "  a\n  bbbbbbbbbbbbbbbb\n  c\n");
    }
}
