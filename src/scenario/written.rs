//! Values as TOML writes them on one line.

use std::fmt::{self, Write as _};

use super::{Value, dotted};

/// `text` as a basic string of TOML.
///
/// ```
/// assert_eq!(cloudsched::scenario::quoted("a \"b\""), r#""a \"b\"""#);
/// ```
pub fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            c if c.is_control() => {
                write!(quoted, "\\u{:04x}", u32::from(c)).expect("a String takes all");
            }
            c => quoted.push(c),
        }
    }
    quoted + "\""
}

/// The value as TOML on one line: `{ fixed = { window = "10m" } }`. Read again, it is the same.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(&quoted(text)),
            Self::Integer(number) => write!(f, "{number}"),
            Self::Float(number) => write!(f, "{number:?}"),
            Self::Boolean(value) => write!(f, "{value}"),
            Self::List(items) => {
                f.write_str("[")?;
                for (number, item) in items.iter().enumerate() {
                    write!(f, "{}{}", if number == 0 { "" } else { ", " }, item.value)?;
                }
                f.write_str("]")
            }
            Self::Table(entries) if entries.is_empty() => f.write_str("{}"),
            Self::Table(entries) => {
                for (number, (key, node)) in entries.iter().enumerate() {
                    let before = if number == 0 { "{ " } else { ", " };
                    write!(f, "{before}{} = {}", dotted(&[&key.name]), node.value)?;
                }
                f.write_str(" }")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::scenario::{Node, Problems};

    #[test]
    fn a_value_is_read_again_as_it_was_written() {
        for text in [
            r#""none""#,
            r#"{ fixed = { window = "10m" } }"#,
            r#"[1, -2.5, 1e-7, 1e300, true, [], {}, { "a b" = "c\"d\\\u0007\n" }]"#,
        ] {
            let text = format!("x = {text}\n");
            let root = Node::parse(&text, &mut Problems::default()).unwrap();
            let shown = root.get("x").unwrap().value.to_string();
            assert_eq!(format!("x = {shown}\n"), text);
        }
    }
}
