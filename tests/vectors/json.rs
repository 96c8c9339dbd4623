//! Reading values of which the schema says what they are.

use serde_json::Value;

/// The elements of a list; none if it is missing.
pub fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}

/// The pairs of an object; none if it is missing.
pub fn pairs(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value.as_object().into_iter().flatten().map(|(key, value)| (key.as_str(), value))
}

/// The text at `key`; empty if it is missing.
pub fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or("")
}

/// The texts of a list.
pub fn texts<'a>(value: &'a Value, key: &str) -> Vec<&'a str> {
    list(value, key).iter().map(|text| text.as_str().unwrap()).collect()
}

/// The number at `key`.
pub fn number(value: &Value, key: &str) -> i64 {
    value[key].as_i64().unwrap_or_else(|| panic!("no number `{key}` in {value}"))
}

/// The value at `key`, whose first letter may be upper case.
pub fn either<'a>(value: &'a Value, key: &str) -> &'a Value {
    let upper = format!("{}{}", key[..1].to_uppercase(), &key[1..]);
    if value[key].is_null() { &value[upper.as_str()] } else { &value[key] }
}

/// `Ok` if both are equal.
pub fn same<T: PartialEq + std::fmt::Debug>(found: &T, expected: &T) -> Result<(), String> {
    if found == expected {
        return Ok(());
    }
    Err(format!("found    {found:?}\n    expected {expected:?}"))
}
