//! Numbers as traces write them, read in integers.

use crate::kernel::Time;

/// Why a field is not the number that was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NumberError {
    /// It is no number: a word, nothing, not finite.
    Unreadable,
    /// It is past the range.
    TooLarge,
}

/// `text`, a decimal number of a unit that is 10^`digits` nanoseconds (9: seconds, 6:
/// milliseconds), to the nearest nanosecond, halves away from zero. Exact but for numbers with an
/// exponent, which pass through an f64. At most [`Time::MAX`] either way.
pub(super) fn nanos(text: &[u8], digits: u32) -> Result<i64, NumberError> {
    let (negative, number) = match text {
        [b'-', number @ ..] => (true, number),
        [b'+', number @ ..] | number => (false, number),
    };
    let size = if number.iter().any(|b| matches!(b, b'e' | b'E')) {
        through_float(number, digits)?
    } else {
        decimal(number, digits)?
    };
    let size = i64::try_from(size).ok().filter(|size| *size <= Time::MAX.as_nanos().cast_signed());
    let size = size.ok_or(NumberError::TooLarge)?;
    Ok(if negative { -size } else { size })
}

fn decimal(number: &[u8], digits: u32) -> Result<u64, NumberError> {
    let (mut value, mut places, mut seen_digit, mut seen_point) = (0_u64, 0, false, false);
    let mut round_up = false;
    for &byte in number {
        match byte {
            b'0'..=b'9' => {
                seen_digit = true;
                if places < digits {
                    let digit = u64::from(byte - b'0');
                    value = value.saturating_mul(10).saturating_add(digit);
                } else if places == digits {
                    round_up = byte >= b'5';
                }
                places += u32::from(seen_point && places <= digits);
            }
            b'.' if !seen_point => seen_point = true,
            _ => return Err(NumberError::Unreadable),
        }
    }
    if !seen_digit {
        return Err(NumberError::Unreadable);
    }
    let missing = digits.saturating_sub(places);
    Ok(value.saturating_mul(10_u64.pow(missing)).saturating_add(u64::from(round_up)))
}

fn through_float(number: &[u8], digits: u32) -> Result<u64, NumberError> {
    let digit_first = number.first().is_some_and(|b| b.is_ascii_digit() || *b == b'.');
    let text = std::str::from_utf8(number).ok().filter(|_| digit_first);
    let value: f64 = text.and_then(|text| text.parse().ok()).ok_or(NumberError::Unreadable)?;
    Ok((value * 10_u64.pow(digits) as f64 + 0.5) as u64)
}

/// `text`, a whole number, zero or more; `12.0` counts as one.
pub(super) fn count(text: &[u8]) -> Result<u64, NumberError> {
    let (whole, fraction) = match text.iter().position(|b| *b == b'.') {
        Some(point) => (&text[..point], &text[point + 1..]),
        None => (text, &b""[..]),
    };
    if whole.is_empty() || fraction.iter().any(|b| *b != b'0') {
        return Err(NumberError::Unreadable);
    }
    whole.iter().try_fold(0_u64, |value, byte| match byte {
        b'0'..=b'9' => value
            .checked_mul(10)
            .and_then(|value| value.checked_add(u64::from(byte - b'0')))
            .ok_or(NumberError::TooLarge),
        _ => Err(NumberError::Unreadable),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn secs(text: &str) -> Result<i64, NumberError> {
        nanos(text.as_bytes(), 9)
    }

    #[test]
    fn decimals_are_exact() {
        assert_eq!(secs("12"), Ok(12_000_000_000));
        assert_eq!(secs("0.1"), Ok(100_000_000));
        assert_eq!(secs(".5"), Ok(500_000_000));
        assert_eq!(secs("3."), Ok(3_000_000_000));
        assert_eq!(secs("0.07949090003967285"), Ok(79_490_900));
        assert_eq!(secs("0.0000000005"), Ok(1));
        assert_eq!(secs("0.00000000049999"), Ok(0));
        assert_eq!(secs("1.9999999999"), Ok(2_000_000_000));
        assert_eq!(secs("-2.5"), Ok(-2_500_000_000));
        assert_eq!(secs("-0"), Ok(0));
        assert_eq!(secs("+1"), Ok(1_000_000_000));
        assert_eq!(secs("1.5e-3"), Ok(1_500_000));
        assert_eq!(nanos(b"99.5", 6), Ok(99_500_000));
        assert_eq!(nanos(b"0.0000005", 6), Ok(1));
    }

    #[test]
    fn what_is_no_number_is_told_from_what_is_too_much() {
        for text in ["", "-", ".", "NaN", "inf", "1.2.3", "1,5", "1 2", "e5", "--1", "einfe", "1e"]
        {
            assert_eq!(secs(text), Err(NumberError::Unreadable), "{text}");
        }
        for text in ["2305843010", "99999999999999999999999", "1e300", "-2305843010"] {
            assert_eq!(secs(text), Err(NumberError::TooLarge), "{text}");
        }
    }

    #[test]
    fn counts_are_whole() {
        assert_eq!(count(b"0"), Ok(0));
        assert_eq!(count(b"120"), Ok(120));
        assert_eq!(count(b"120.00"), Ok(120));
        for text in ["", "-1", "1.5", "abc", "NaN", ".0", "1e3"] {
            assert_eq!(count(text.as_bytes()), Err(NumberError::Unreadable), "{text}");
        }
        assert_eq!(count(b"99999999999999999999999"), Err(NumberError::TooLarge));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(value in 0..=Time::MAX.as_nanos()) {
            let text = format!("{}.{:09}", value / 1_000_000_000, value % 1_000_000_000);
            prop_assert_eq!(secs(&text), Ok(value.cast_signed()));
        }

        #[test]
        fn no_text_panics(text in "[-+0-9.eE]{0,30}|\\PC*") {
            let _ = (secs(&text), count(text.as_bytes()));
        }
    }
}
