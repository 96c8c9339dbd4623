//! A value with its evidence.

use toml::Value;

use super::Evidence;

/// A value of a preset, and how it is known.
#[derive(Clone, Debug, PartialEq)]
pub struct Fact {
    /// Its key.
    pub name: String,
    /// What it is; `None` if nobody knows and the user has to say.
    pub value: Option<Value>,
    /// Its unit, or what kind of thing it is.
    pub unit: String,
    /// How well it is known.
    pub evidence: Evidence,
    /// Where it was read.
    pub source: String,
    /// When that was true: a date or a part of one.
    pub as_of: String,
    /// What else a reader should know; empty if nothing.
    pub note: String,
}

/// A thing of a table, with its values in order of their names.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// What it is called.
    pub name: String,
    /// The values it has.
    pub facts: Vec<Fact>,
}

impl Fact {
    /// The value, if it is a number.
    pub fn number(&self) -> Option<f64> {
        match self.value.as_ref()? {
            Value::Integer(whole) => Some(*whole as f64),
            Value::Float(real) => Some(*real),
            _ => None,
        }
    }

    /// The value and its unit as a reader is told: `0.2 USD per million`.
    pub fn shown(&self) -> String {
        match &self.value {
            Some(flag @ Value::Boolean(_)) => shown(flag),
            Some(value @ (Value::String(_) | Value::Array(_) | Value::Table(_))) => {
                format!("{} ({})", shown(value), self.unit)
            }
            Some(value) => format!("{} {}", shown(value), self.unit),
            None => format!("not known ({})", self.unit),
        }
    }

    /// How it is known: `second-hand, 2025-05: modal.com`.
    pub fn provenance(&self) -> String {
        let words = match self.value {
            Some(_) => self.evidence.words(),
            None => "unknown",
        };
        let note = if self.note.is_empty() { String::new() } else { format!("; {}", self.note) };
        format!("{words}, {}: {}{note}", self.as_of, self.source)
    }
}

/// How many of these values are known how well, the strongest evidence first.
pub fn evidence(facts: &[Fact]) -> Vec<(Evidence, usize)> {
    let mut counts: Vec<(Evidence, usize)> = Vec::new();
    let mut known: Vec<Evidence> = facts.iter().map(|fact| fact.evidence).collect();
    known.sort_unstable();
    for evidence in known {
        match counts.last_mut() {
            Some((last, count)) if *last == evidence => *count += 1,
            _ => counts.push((evidence, 1)),
        }
    }
    counts
}

impl Row {
    /// The number in column `name`.
    pub fn number(&self, name: &str) -> Option<f64> {
        self.facts.iter().find(|fact| fact.name == name)?.number()
    }
}

/// A whole number with commas between thousands.
fn grouped(whole: i64) -> String {
    let digits = whole.unsigned_abs().to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if whole < 0 { format!("-{text}") } else { text }
}

/// A value as a reader is told: numbers in decimals, never with an exponent.
pub fn shown(value: &Value) -> String {
    match value {
        Value::Integer(whole) => grouped(*whole),
        Value::Float(real) => real.to_string(),
        Value::Boolean(flag) => if *flag { "yes" } else { "no" }.to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            let item = |item: &Value| match item {
                Value::Array(pair) => {
                    format!("[{}]", pair.iter().map(shown).collect::<Vec<_>>().join(", "))
                }
                item => shown(item),
            };
            items.iter().map(item).collect::<Vec<_>>().join(", ")
        }
        Value::Datetime(date) => date.to_string(),
        Value::Table(entries) => {
            let entry = |(key, value): (&String, &Value)| format!("{key} {}", shown(value));
            entries.iter().map(entry).collect::<Vec<_>>().join(", ")
        }
    }
}
