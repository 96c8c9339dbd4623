//! Text of others in HTML.

/// `text` so that HTML shows it as it is, in elements and in quoted attributes.
pub(super) fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            '\n' | '\t' => html.push(c),
            c if c.is_control() => html.push('\u{fffd}'),
            c => html.push(c),
        }
    }
    html
}

/// A block of text in lines, as it is.
pub(super) fn block(text: &str) -> String {
    // A line break behind the tag is dropped by browsers; one more keeps those of the text.
    format!("<pre tabindex=\"0\">\n{}</pre>\n", escaped(text.trim_end()))
}

/// What opens on demand.
pub(super) fn details(summary: &str, html: &str) -> String {
    format!("<details>\n<summary>{}</summary>\n{html}</details>\n", escaped(summary))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_text_is_markup() {
        assert_eq!(
            escaped("<script>alert('a' & \"b\")</script>\u{0}\n"),
            "&lt;script&gt;alert(&#39;a&#39; &amp; &quot;b&quot;)&lt;/script&gt;\u{fffd}\n"
        );
        assert_eq!(block("\na\n"), "<pre tabindex=\"0\">\n\na</pre>\n");
    }
}
