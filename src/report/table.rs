//! Tables of text that fit into a number of columns whatever they hold.

/// On which side of its column a cell stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// A name; cut if the table is too wide.
    Left,
    /// A figure; never cut.
    Right,
}

/// A table under a header.
///
/// ```
/// use cloudsched::report::{Align, Table};
/// let mut table = Table::new(&[("service", Align::Left), ("requests", Align::Right)]);
/// table.row(["a-service-with-a-long-name", "12"]);
/// assert_eq!(table.render(20), "service     requests\na-service…        12\n");
/// ```
#[derive(Clone, Debug)]
pub struct Table {
    align: Vec<Align>,
    rows: Vec<Vec<String>>,
}

/// Columns between two cells.
pub(super) const GAP: usize = 2;
/// A name is not cut below so many columns.
const LEAST: usize = 6;

impl Table {
    /// A table with these columns.
    pub fn new(columns: &[(&str, Align)]) -> Self {
        Self {
            align: columns.iter().map(|(_, align)| *align).collect(),
            rows: vec![columns.iter().map(|(name, _)| (*name).to_owned()).collect()],
        }
    }

    /// A table of rows alone.
    pub fn without_header(align: &[Align]) -> Self {
        Self { align: align.to_vec(), rows: Vec::new() }
    }

    /// Adds a row.
    ///
    /// # Panics
    /// If it has not one cell a column.
    pub fn row<S: Into<String>>(&mut self, cells: impl IntoIterator<Item = S>) {
        let cells: Vec<String> = cells.into_iter().map(|cell| printable(&cell.into())).collect();
        assert_eq!(cells.len(), self.align.len(), "a row has a cell for each column");
        self.rows.push(cells);
    }

    /// The table in at most `columns` columns, as far as cutting names can make it so. Lines end
    /// with a line break and without blanks.
    pub fn render(&self, columns: usize) -> String {
        let widths = self.widths(columns);
        let mut text = String::new();
        for row in &self.rows {
            let mut line = String::new();
            for ((cell, align), width) in row.iter().zip(&self.align).zip(&widths) {
                let cell = cut(cell, *width);
                let blanks = " ".repeat(width - width_of(&cell));
                match align {
                    Align::Left => line.extend([cell.as_str(), &blanks]),
                    Align::Right => line.extend([blanks.as_str(), &cell]),
                }
                line.push_str(&" ".repeat(GAP));
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }

    /// The width of each column; of the columns of names, the widest gives way first.
    fn widths(&self, columns: usize) -> Vec<usize> {
        let widest = |column: usize| self.rows.iter().map(|row| width_of(&row[column])).max();
        let mut widths: Vec<usize> =
            (0..self.align.len()).map(|column| widest(column).unwrap_or(0)).collect();
        let total = |widths: &[usize]| widths.iter().sum::<usize>() + GAP * (widths.len() - 1);
        while total(&widths) > columns {
            let names = (0..widths.len()).filter(|column| self.align[*column] == Align::Left);
            match names.max_by_key(|column| widths[*column]) {
                Some(column) if widths[column] > LEAST => widths[column] -= 1,
                _ => break,
            }
        }
        widths
    }
}

/// `text` with what would move the cursor of a terminal shown as `?`.
pub fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '?' } else { c }).collect()
}

/// Columns that `text` takes on a terminal.
pub(super) fn width_of(text: &str) -> usize {
    text.chars().map(columns_of).sum()
}

/// Columns of a character: two for the wide ones of Unicode's East Asian Width, else one.
fn columns_of(c: char) -> usize {
    let wide = matches!(u32::from(c),
        0x1100..=0x115f | 0x2e80..=0xa4cf | 0xac00..=0xd7a3 | 0xf900..=0xfaff | 0xfe30..=0xfe6f
        | 0xff00..=0xff60 | 0xffe0..=0xffe6 | 0x1f300..=0x1faff | 0x20000..=0x3fffd);
    1 + usize::from(wide)
}

/// `text` in at most `columns` columns, with an ellipsis for what is left out.
pub(super) fn cut(text: &str, columns: usize) -> String {
    if width_of(text) <= columns {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut used = 1;
    for c in text.chars() {
        used += columns_of(c);
        if used > columns {
            break;
        }
        kept.push(c);
    }
    kept.push('…');
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_give_way_and_figures_do_not() {
        let columns =
            [("platform", Align::Left), ("item", Align::Left), ("quantity", Align::Right)];
        let mut table = Table::new(&columns);
        table.row(["pool", "server-hours", "7.33"]);
        table.row([&"long".repeat(50), "memory", "1,234,567.89"]);
        for line in table.render(50).lines() {
            assert!(line.chars().count() <= 50, "{line}");
        }
        assert!(table.render(50).contains("server-hours"));
        assert!(table.render(10).contains("1,234,567.89"));
    }

    #[test]
    fn wide_and_unprintable_characters_are_counted() {
        let mut table = Table::new(&[("name", Align::Left), ("n", Align::Right)]);
        table.row(["東京", "1"]);
        table.row(["a\nb\u{1b}[31m", "2"]);
        assert_eq!(table.render(80), "name      n\n東京      1\na?b?[31m  2\n");
        assert_eq!(cut("東京都", 5), "東京…");
        assert_eq!(cut("東京都", 4), "東…");
    }
}
