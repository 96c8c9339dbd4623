//! Tables that can be sorted.

use super::text::escaped;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// What a row is called.
    Name,
    /// Words.
    Words,
    /// Numbers.
    Figures,
}

/// A column.
#[derive(Clone, Debug)]
pub(super) struct Column {
    /// Its name in the address.
    pub(super) key: String,
    /// What stands above it.
    pub(super) title: String,
    /// What that means; empty if it goes without saying.
    pub(super) meaning: String,
    pub(super) kind: Kind,
}

impl Column {
    pub(super) fn new(key: &str, title: &str, kind: Kind) -> Self {
        let (key, title) = (key.to_owned(), title.to_owned());
        Self { key, title, meaning: String::new(), kind }
    }

    pub(super) fn meaning(self, meaning: &str) -> Self {
        Self { meaning: meaning.to_owned(), ..self }
    }
}

/// By what a cell is sorted.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Order {
    /// By what it says.
    Text,
    Number(f64),
    /// Last, whichever way.
    Missing,
}

/// A cell.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    html: String,
    order: Order,
}

impl Cell {
    /// Words.
    pub(super) fn words(text: &str) -> Self {
        Self { html: escaped(text), order: Order::Text }
    }

    /// A number, shown as `html`.
    pub(super) fn number(html: String, number: f64) -> Self {
        Self { html, order: Order::Number(number) }
    }

    /// No value.
    pub(super) fn missing() -> Self {
        Self { html: "–".to_owned(), order: Order::Missing }
    }

    /// Markup in place of what the cell shows; it is sorted as before.
    pub(super) fn marked(self, class: &str) -> Self {
        Self { html: format!("<span class=\"{class}\">{}</span>", self.html), ..self }
    }

    /// The cell in a column of this kind.
    pub(super) fn html(&self, kind: Kind) -> String {
        let value = match self.order {
            Order::Text => String::new(),
            Order::Number(number) => format!(" data-value=\"{number}\""),
            Order::Missing => " data-value=\"\"".to_owned(),
        };
        let html = &self.html;
        match kind {
            Kind::Name => format!("<th scope=\"row\"{value}>{html}</th>"),
            Kind::Words => format!("<td{value}>{html}</td>"),
            Kind::Figures => format!("<td class=\"figure\"{value}>{html}</td>"),
        }
    }
}

/// A table under `caption`, in a box of its own that scrolls.
pub(super) fn table(caption: &str, columns: &[Column], rows: &[Vec<Cell>]) -> String {
    let heads: String = columns.iter().map(head).collect();
    let row = |row: &Vec<Cell>| {
        let cells = row.iter().zip(columns).map(|(cell, column)| cell.html(column.kind));
        format!("<tr>{}</tr>\n", cells.collect::<String>())
    };
    let rows: String = rows.iter().map(row).collect();
    boxed(
        caption,
        "sortable",
        &format!("<thead>\n<tr>{heads}</tr>\n</thead>\n<tbody>\n{rows}</tbody>\n"),
    )
}

/// A table of `html` in a box that scrolls, by keyboard too.
pub(super) fn boxed(caption: &str, class: &str, html: &str) -> String {
    let caption = escaped(caption);
    format!(
        "<div class=\"scroll\" role=\"region\" aria-label=\"{caption}\" tabindex=\"0\">\n\
         <table class=\"{class}\">\n<caption>{caption}</caption>\n{html}</table>\n</div>\n"
    )
}

fn head(column: &Column) -> String {
    let (key, title) = (escaped(&column.key), titled(&column.title));
    let class = if column.kind == Kind::Figures { " class=\"figure\"" } else { "" };
    let meaning = match column.meaning.as_str() {
        "" => String::new(),
        meaning => format!(" title=\"{}\"", escaped(meaning)),
    };
    format!("<th scope=\"col\"{class} data-key=\"{key}\"{meaning}>{title}</th>")
}

/// A title whose unit is not broken.
pub(super) fn titled(title: &str) -> String {
    match title.rsplit_once(" (").filter(|(_, unit)| unit.ends_with(')')) {
        Some((name, unit)) => {
            format!("{} <span class=\"unit\">({}</span>", escaped(name), escaped(unit))
        }
        None => escaped(title),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_say_by_what_they_are_sorted() {
        let columns =
            [Column::new("a", "A & B", Kind::Name), Column::new("b", "b (ms)", Kind::Figures)];
        let rows = [
            vec![Cell::words("<b>"), Cell::number("1,000 ± 2".to_owned(), 1000.25)],
            vec![Cell::words("c"), Cell::missing()],
        ];
        let html = table("All", &columns, &rows);
        for part in [
            "<caption>All</caption>",
            "<th scope=\"col\" data-key=\"a\">A &amp; B</th>",
            ">b <span class=\"unit\">(ms)</span></th>",
            "<tr><th scope=\"row\">&lt;b&gt;</th>\
             <td class=\"figure\" data-value=\"1000.25\">1,000 ± 2</td></tr>",
            "<td class=\"figure\" data-value=\"\">–</td>",
        ] {
            assert!(html.contains(part), "{part} is not in {html}");
        }
    }
}
