//! Numbers as a person wants to see them: three digits that count, and a unit.

use crate::kernel::Span;
use crate::metric::Value;
use crate::quantity::Money;

/// What stands for a value that is not defined.
pub(super) const NONE: &str = "-";

/// The units of time, in milliseconds, from short to long, and where the next one takes over.
const UNITS: [(&str, f64, f64); 6] = [
    ("µs", 1e-3, 1e3),
    ("ms", 1.0, 1e3),
    ("s", 1e3, 600.0),
    ("min", 60e3, 600.0),
    ("h", 3.6e6, 240.0),
    ("d", 86.4e6, f64::INFINITY),
];

/// 595471 as 595,471.
pub(super) fn count(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `x` rounded to `digits` digits that count, and the power of ten of the first of them.
fn rounded(x: f64, digits: usize) -> (f64, i32) {
    let text = format!("{x:.*e}", digits.saturating_sub(1));
    let power = text.split_once('e').and_then(|(_, power)| power.parse().ok());
    (text.parse().unwrap_or(x), power.unwrap_or(0))
}

/// `x` with `decimals` decimals and commas between thousands.
pub(super) fn fixed(x: f64, decimals: usize) -> String {
    let text = format!("{:.*}", decimals, x.abs());
    let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
    // Numbers past the whole numbers of 64 bits stay without commas.
    let whole = whole.parse().map_or(whole.to_owned(), count);
    let zero = text.bytes().all(|byte| matches!(byte, b'0' | b'.'));
    let sign = if x < 0.0 && !zero { "-" } else { "" };
    let point = if part.is_empty() { "" } else { "." };
    format!("{sign}{whole}{point}{part}")
}

/// `x` with `digits` digits that count, or all those before the point: 0.0123, 12.3, 12,346.
/// Below a millionth as 1.23e-7.
pub(super) fn significant(x: f64, digits: usize) -> String {
    if x == 0.0 {
        return "0".to_owned();
    }
    if !x.is_finite() {
        return NONE.to_owned();
    }
    let (x, power) = rounded(x, digits.max(if x.abs() < 1e15 { whole_digits(x) } else { 0 }));
    if power < -6 {
        return format!("{x:.*e}", digits.saturating_sub(1));
    }
    let digits = i32::try_from(digits).expect("a number has few digits");
    fixed(x, usize::try_from(digits - 1 - power).unwrap_or(0))
}

/// How many digits `x` has before the point.
fn whole_digits(x: f64) -> usize {
    usize::try_from(rounded(x, 16).1 + 1).unwrap_or(0)
}

/// The unit in which milliseconds are easy to read: its name, and how many they are.
fn unit_of(ms: f64) -> (&'static str, f64) {
    let fits = |(_, unit, end): &&(&str, f64, f64)| rounded(ms / unit, 3).0 < *end;
    let (name, unit, _) = UNITS.iter().find(fits).unwrap_or(&UNITS[5]);
    (name, *unit)
}

/// Milliseconds in the unit in which they are easy to read: 12.3 ms, 1.24 s.
pub(super) fn millis(ms: f64) -> String {
    if ms == 0.0 {
        return "0 ms".to_owned();
    }
    let (name, unit) = unit_of(ms);
    format!("{} {name}", significant(ms / unit, 3))
}

/// The half-width of milliseconds, to two digits in the unit of what they are the half-width of.
pub(super) fn half_width_millis(half_width: f64, ms: f64) -> String {
    let (name, unit) = unit_of(if ms == 0.0 { half_width } else { ms });
    format!("± {} {name}", significant(half_width / unit, 2))
}

/// A span: as a scenario writes it if that is short, or else as [`millis`].
pub(super) fn span(span: Span) -> String {
    let text = span.to_string();
    if text.len() <= 8 { text } else { millis(span.as_millis_f64()) }
}

/// A share as a percentage.
pub(super) fn percent(share: f64) -> String {
    format!("{} %", significant(share * 100.0, 3))
}

/// An amount of money: dollars and cents, or four digits that count below a dollar.
pub(super) fn usd(amount: Money) -> String {
    dollars(amount.as_usd())
}

/// Dollars, as [`usd`].
pub(super) fn dollars(usd: f64) -> String {
    if usd.abs() >= 1.0 { fixed(usd, 2) } else { significant(usd, 4) }
}

/// The value of a metric, as `show` shows numbers; [`NONE`] if there is none.
pub(super) fn shown(value: Option<Value>, show: impl Fn(f64) -> String) -> String {
    match value {
        None => NONE.to_owned(),
        Some(Value::Real(real)) if !real.is_finite() => NONE.to_owned(),
        Some(value) => show(value.as_f64()),
    }
}

/// A mean and its half-width, with two digits of the half-width and the mean as fine as that.
pub(super) fn mean_and_half_width(mean: f64, half_width: f64) -> (String, String) {
    if half_width == 0.0 {
        return (significant(mean, 4), "0".to_owned());
    }
    let (half_width, power) = rounded(half_width, 2);
    match usize::try_from(1 - power).unwrap_or(0) {
        decimals @ 0..=9 => (fixed(mean, decimals), fixed(half_width, decimals)),
        _ => (significant(mean, 4), significant(half_width, 2)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_digits_count() {
        let show = |x| significant(x, 3);
        let shown = [0.0, 0.012_345, 1.0, 12.345, 123.45, 999.96, 12_345.6, -1234.5, 1.25e-7]
            .map(show)
            .join(" ");
        assert_eq!(shown, "0 0.0123 1.00 12.3 123 1,000 12,346 -1,234 1.25e-7");
        assert_eq!(show(f64::NAN), "-");
        assert_eq!(show(1.5e16), "15,000,000,000,000,000");
        assert_eq!(show(1.5e22), "15000000000000000000000");
        assert_eq!([0, 999, 1000, 595_471, 1 << 40].map(count).join(" "), {
            "0 999 1,000 595,471 1,099,511,627,776"
        });
    }

    #[test]
    fn times_have_units() {
        let shown = [0.0, 0.012_34, 0.999_96, 12.34, 999.4, 999.6, 1236.0, 599_900.0, 3.7e6, 1e10]
            .map(millis)
            .join(", ");
        assert_eq!(
            shown,
            "0 ms, 12.3 µs, 1.00 ms, 12.3 ms, 999 ms, 1.00 s, 1.24 s, 10.0 min, 61.7 min, 116 d"
        );
        assert_eq!(half_width_millis(0.666, 50.0), "± 0.67 ms");
        assert_eq!(half_width_millis(63.2, 1510.0), "± 0.063 s");
        assert_eq!(span(Span::from_secs(6600)), "110m");
        assert_eq!(span(Span::from_nanos(1_234_567_891)), "1.23 s");
    }

    #[test]
    fn money_and_shares() {
        let money = [0.0, 0.704, 0.011_902_34, 12.345_6, 12_345.6].map(dollars).join(" ");
        assert_eq!(money, "0 0.7040 0.01190 12.35 12,345.60");
        assert_eq!([0.0, 0.5523, 1.0].map(percent).join(" "), "0 % 55.2 % 100 %");
        assert_eq!(shown(None, percent), "-");
        assert_eq!(shown(Some(Value::Real(f64::NAN)), percent), "-");
    }

    #[test]
    fn a_mean_is_as_fine_as_its_half_width() {
        let both = |mean, half| {
            let (mean, half) = mean_and_half_width(mean, half);
            format!("{mean} ± {half}")
        };
        assert_eq!(both(21.342_345, 0.018_23), "21.342 ± 0.018");
        assert_eq!(both(595_312.4, 312.5), "595,312 ± 310");
        assert_eq!(both(4.0, 0.0), "4.000 ± 0");
        assert_eq!(both(0.0, 0.0), "0 ± 0");
        assert_eq!(both(1.5e-12, 2.5e-13), "1.500e-12 ± 2.5e-13");
        assert_eq!(both(12.0, 0.996), "12.0 ± 1.0");
    }
}
