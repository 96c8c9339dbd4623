//! Reading a preset.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use toml::Value;

use super::{Evidence, Fact, Row};

/// Values, alone and in tables.
#[derive(Clone, Debug, PartialEq)]
pub struct Preset {
    /// What it is called: its file.
    pub name: String,
    /// What it is about, in a sentence.
    pub summary: String,
    /// What kind of thing it is one of, where there are several.
    pub base: Option<String>,
    /// The preset that has all values that this one does not have.
    pub like: Option<String>,
    /// The values, in order of their names.
    pub values: Vec<Fact>,
    /// What else is known, and computed with by nothing; in order of the names.
    pub facts: Vec<Fact>,
    /// By name of a table: its rows, in the order of the file.
    pub tables: BTreeMap<String, Vec<Row>>,
}

/// What is wrong with the file of a preset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PresetError(String);

impl fmt::Display for PresetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for PresetError {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    summary: String,
    base: Option<String>,
    like: Option<String>,
    source: Option<String>,
    as_of: Option<String>,
    #[serde(default)]
    values: BTreeMap<String, Entry>,
    #[serde(default)]
    facts: BTreeMap<String, Entry>,
    #[serde(default)]
    tables: BTreeMap<String, TableFile>,
}

/// A value, or the column that says what a cell does not.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    value: Option<Value>,
    unit: Option<String>,
    evidence: Option<Evidence>,
    source: Option<String>,
    as_of: Option<String>,
    note: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TableFile {
    columns: BTreeMap<String, Entry>,
    rows: Vec<BTreeMap<String, Value>>,
}

impl Entry {
    /// This entry, with what it leaves open from `other`.
    fn or(self, other: Self) -> Self {
        Self {
            value: self.value.or(other.value),
            unit: self.unit.or(other.unit),
            evidence: self.evidence.or(other.evidence),
            source: self.source.or(other.source),
            as_of: self.as_of.or(other.as_of),
            note: self.note.or(other.note),
        }
    }

    fn fact(self, name: &str) -> Result<Fact, PresetError> {
        let missing = |key: &str| PresetError(format!("`{name}` has no `{key}`"));
        Ok(Fact {
            name: name.to_owned(),
            unit: self.unit.ok_or_else(|| missing("unit"))?,
            evidence: self.evidence.ok_or_else(|| missing("evidence"))?,
            source: self.source.ok_or_else(|| missing("source"))?,
            as_of: self.as_of.ok_or_else(|| missing("as_of"))?,
            note: self.note.unwrap_or_default(),
            value: self.value,
        })
    }
}

impl Preset {
    /// The preset called `name` that `text` holds.
    ///
    /// # Errors
    /// If it is no TOML, has unknown keys, or a value lacks its unit, evidence, source or date.
    ///
    /// ```
    /// use cloudsched::preset::Preset;
    /// let text = "summary = 'A test.'\nsource = 'me'\nas_of = '2026'\n\
    ///             [values]\nrequests = { value = 0.2, unit = 'USD', evidence = 'recalled' }";
    /// let preset = Preset::read("test", text)?;
    /// assert_eq!(preset.value("requests").unwrap().shown(), "0.2 USD");
    /// # Ok::<(), cloudsched::preset::PresetError>(())
    /// ```
    pub fn read(name: &str, text: &str) -> Result<Self, PresetError> {
        let file: File = toml::from_str(text).map_err(|error| PresetError(error.to_string()))?;
        let header =
            Entry { source: file.source.clone(), as_of: file.as_of.clone(), ..Entry::default() };
        let fact = |(name, entry): (String, Entry)| entry.or(header.clone()).fact(&name);
        let table = |(name, table): (String, TableFile)| {
            let rows: Result<_, _> = table.rows.iter().map(|row| table.row(row, &header)).collect();
            Ok((name, rows?))
        };
        Ok(Self {
            name: name.to_owned(),
            summary: file.summary,
            base: file.base,
            like: file.like,
            values: file.values.into_iter().map(fact).collect::<Result<_, _>>()?,
            facts: file.facts.into_iter().map(fact).collect::<Result<_, _>>()?,
            tables: file.tables.into_iter().map(table).collect::<Result<_, _>>()?,
        })
    }

    /// The value with this name.
    pub fn value(&self, name: &str) -> Option<&Fact> {
        self.values.iter().find(|fact| fact.name == name)
    }

    /// The rows of the table with this name; none if there is none.
    pub fn table(&self, name: &str) -> &[Row] {
        self.tables.get(name).map_or(&[], Vec::as_slice)
    }

    /// Every value, those of tables included, and what else is known.
    pub fn everything(&self) -> impl Iterator<Item = &Fact> {
        let rows = self.tables.values().flatten();
        self.values.iter().chain(&self.facts).chain(rows.flat_map(|row| &row.facts))
    }
}

impl TableFile {
    /// A row: its cells are values, or entries of their own.
    fn row(&self, cells: &BTreeMap<String, Value>, header: &Entry) -> Result<Row, PresetError> {
        let name = cells.get("name").and_then(Value::as_str);
        let name = name.ok_or_else(|| PresetError("a row has no `name`".to_owned()))?;
        let mut facts = Vec::new();
        for (column, cell) in cells.iter().filter(|(column, _)| *column != "name") {
            let Some(of_column) = self.columns.get(column) else {
                return Err(PresetError(format!("`{name}` has no column `{column}`")));
            };
            let entry = match cell {
                Value::Table(_) => cell.clone().try_into().map_err(|error: toml::de::Error| {
                    PresetError(format!("`{name}`, `{column}`: {}", error.message()))
                })?,
                value => Entry { value: Some(value.clone()), ..Entry::default() },
            };
            facts.push(entry.or(of_column.clone()).or(header.clone()).fact(column)?);
        }
        Ok(Row { name: name.to_owned(), facts })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "summary = 'A test.'\nsource = 'a page'\nas_of = '2025-05'\n";

    fn read(text: &str) -> Result<Preset, String> {
        Preset::read("test", &format!("{HEAD}{text}")).map_err(|error| error.to_string())
    }

    #[test]
    fn values_take_from_the_header_what_they_do_not_say() {
        let text = "[values]\na = { value = 2, unit = 'USD', evidence = 'documented' }\n\
                    b = { unit = 'USD', evidence = 'unknown', source = 'nowhere', note = 'ask' }";
        let preset = read(text).unwrap();
        let told: Vec<_> = preset.values.iter().map(|f| (f.shown(), f.provenance())).collect();
        let told: Vec<_> = told.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        let expected = [
            ("2 USD", "documented, 2025-05: a page"),
            ("not known (USD)", "unknown, 2025-05: nowhere; ask"),
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn cells_take_from_their_column_what_they_do_not_say() {
        let text = "[tables.types]\ncolumns.cpu = { unit = 'vCPU', evidence = 'source' }\n\
                    rows = [{ name = 'b', cpu = 2 },\n\
                    { name = 'a', cpu = { value = 4.5, evidence = 'recalled' } }]";
        let preset = read(text).unwrap();
        let rows = preset.table("types");
        assert_eq!([&*rows[0].name, &*rows[1].name], ["b", "a"], "in the order of the file");
        assert_eq!(rows[0].facts[0].evidence, Evidence::Source);
        assert_eq!(rows[1].facts[0].evidence, Evidence::Recalled);
        assert_eq!((rows[0].number("cpu"), rows[1].number("cpu")), (Some(2.0), Some(4.5)));
    }

    #[test]
    fn says_what_is_wrong() {
        let error = |text: &str| read(text).unwrap_err();
        assert_eq!(error("[values]\na = { value = 1, unit = 'x' }"), "`a` has no `evidence`");
        let text = "[values]\na = { value = 1, unit = 'x', evidence = 'heard' }";
        assert!(error(text).contains("unknown variant `heard`"));
        let text = "[tables.t]\ncolumns.a = { unit = 'x', evidence = 'source' }\nrows = ";
        assert_eq!(error(&format!("{text}[{{ a = 1 }}]")), "a row has no `name`");
        assert_eq!(error(&format!("{text}[{{ name = 'n', b = 1 }}]")), "`n` has no column `b`");
        assert!(error(&format!("{text}[{{ name = 'n', a = {{ worth = 1 }} }}]")).contains("worth"));
    }
}
