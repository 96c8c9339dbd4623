//! The document around the sections: head, style, script, and what it may load, which is nothing.

use super::Section;
use super::text::escaped;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// SHA-256 of [`STYLE`] and [`SCRIPT`] in base 64: the only ones that a browser takes.
const STYLE_HASH: &str = "qgsp1xN22zRxzbNpaa/lPUpWaNj12Yu1XBmV6uPYyKI=";
const SCRIPT_HASH: &str = "sgnc/Ms3Ptbyd/Z1GikufKUq+q2ngZo6cT7JfNwiJVw=";

/// The page called `title`, with `head` above `sections`.
pub(super) fn document(title: &str, head: &str, sections: &[Section]) -> String {
    let title = escaped(title);
    let version = env!("CARGO_PKG_VERSION");
    let links = sections.iter().map(|section| {
        format!("<li><a href=\"#{}\">{}</a></li>\n", section.id, escaped(section.title))
    });
    let links: String = links.collect();
    let sections: String = sections.iter().map(shown).collect();
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; \
         style-src 'sha256-{STYLE_HASH}'; script-src 'sha256-{SCRIPT_HASH}'; base-uri 'none'; \
         form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{title} – cloudsched</title>\n<style>{STYLE}</style>\n</head>\n<body>\n\
         <header>\n{head}</header>\n<nav aria-label=\"Sections\">\n<ul>\n{links}</ul>\n</nav>\n\
         <main>\n{sections}</main>\n\
         <footer>\n<p>Written by cloudsched {version} from the files of one folder of results.</p>\n\
         </footer>\n<script>{SCRIPT}</script>\n</body>\n</html>\n"
    )
}

fn shown(section: &Section) -> String {
    let Section { id, title, html } = section;
    format!(
        "<section id=\"{id}\" aria-labelledby=\"{id}-heading\">\n\
         <h2 id=\"{id}-heading\">{}</h2>\n{html}</section>\n",
        escaped(title)
    )
}

#[cfg(test)]
mod tests {
    use sha2::{Digest as _, Sha256};

    use super::*;

    /// The hash of `text` as a content policy writes it (RFC 4648, section 4).
    fn hash(text: &str) -> String {
        const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let mut base64 = String::new();
        for bytes in Sha256::digest(text).chunks(3) {
            let byte = |place: usize| u32::from(bytes.get(place).copied().unwrap_or(0));
            let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
            let letters = (0..4).map(|n| LETTERS[(bits >> (18 - 6 * n)) as usize & 63] as char);
            base64.extend(letters.take(bytes.len() + 1));
            base64.extend(['='].repeat(3 - bytes.len()));
        }
        base64
    }

    #[test]
    fn browsers_take_style_and_script() {
        // The empty text, and one that is not padded by two.
        assert_eq!(hash(""), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
        assert_eq!(hash(STYLE), STYLE_HASH, "page.css has changed: this is its hash");
        assert_eq!(hash(SCRIPT), SCRIPT_HASH, "page.js has changed: this is its hash");
    }

    #[test]
    fn style_and_script_end_where_they_should() {
        assert!(!STYLE.contains("</") && !SCRIPT.contains("</") && !SCRIPT.contains("<!--"));
        for text in [STYLE, SCRIPT] {
            assert!(!text.contains("http") && !text.contains("url(") && !text.contains("@import"));
        }
    }
}
