//! The texts that a scenario is read from, laid end to end so that a span alone tells the place.

use super::Span;

/// A scenario file and the arguments that change it, in one space of byte offsets: the file from 0
/// on, each argument after it.
#[derive(Clone, Debug)]
pub struct Sources {
    texts: Vec<Source>,
}

#[derive(Clone, Debug)]
struct Source {
    name: String,
    text: String,
    start: usize,
}

/// Where an offset is: the text, its line and column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place<'a> {
    /// The name of the file, or the option whose argument it is.
    pub name: &'a str,
    /// Counted from 1.
    pub line: usize,
    /// Counted from 1, in characters.
    pub column: usize,
    /// The text of the line, without its end.
    pub line_text: &'a str,
    /// The offset of the first byte of the line.
    pub line_start: usize,
}

impl Sources {
    /// The file called `name`, which holds `text`.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self { texts: vec![Source { name: name.into(), text: text.into(), start: 0 }] }
    }

    /// The name of the file.
    pub fn file_name(&self) -> &str {
        &self.texts[0].name
    }

    /// The text of the file.
    pub fn file(&self) -> &str {
        &self.texts[0].text
    }

    /// Adds the argument of an option (`--set`) and gives the offset of its first byte.
    pub fn add(&mut self, option: impl Into<String>, argument: impl Into<String>) -> usize {
        // One byte between two texts, so that the end of one is not the start of the next.
        let start = self.texts.iter().map(|source| source.text.len() + 1).sum();
        self.texts.push(Source { name: option.into(), text: argument.into(), start });
        start
    }

    /// Where `offset` is; past the end of a text stands for its end.
    pub fn place(&self, offset: usize) -> Place<'_> {
        let index = self.texts.partition_point(|source| source.start <= offset) - 1;
        let source = &self.texts[index];
        let text = source.text.as_str();
        let at = text.floor_char_boundary(offset - source.start);
        let line_start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
        let line_text = text[line_start..].split('\n').next().unwrap_or_default();
        Place {
            name: &source.name,
            line: text[..line_start].matches('\n').count() + 1,
            column: text[line_start..at].chars().count() + 1,
            line_text: line_text.strip_suffix('\r').unwrap_or(line_text),
            line_start: source.start + line_start,
        }
    }

    /// The bytes that `span` covers; nothing if it is not within one text.
    pub fn text(&self, span: &Span) -> &str {
        let index = self.texts.partition_point(|source| source.start <= span.start) - 1;
        let source = &self.texts[index];
        let within = span.start - source.start..span.end.saturating_sub(source.start);
        source.text.get(within).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_alone_tells_the_place() {
        let mut sources = Sources::new("a.toml", "x = 1\r\ngrüße = 2\n");
        let start = sources.add("--set", "y.z=3");
        let place = sources.place(7 + "grüß".len());
        assert_eq!((place.name, place.line, place.column), ("a.toml", 2, 5));
        assert_eq!((place.line_text, place.line_start), ("grüße = 2", 7));
        let first = sources.place(3);
        assert_eq!((first.line, first.column, first.line_text), (1, 4, "x = 1"));
        let set = sources.place(start + 2);
        assert_eq!((set.name, set.line, set.column, set.line_text), ("--set", 1, 3, "y.z=3"));
        assert_eq!(sources.text(&(start + 2..start + 3)), "z");
        assert_eq!(sources.text(&(0..start + 3)), "");
    }

    #[test]
    fn the_ends_of_texts_are_places() {
        let mut sources = Sources::new("a.toml", "");
        let start = sources.add("--set", "ü");
        assert_eq!(sources.place(0).name, "a.toml");
        // Within a character stands for its start.
        assert_eq!(sources.place(start + 1).column, 1);
        assert_eq!(sources.place(start + 2).column, 2);
        assert_eq!(sources.place(start + 99).column, 2);
    }
}
