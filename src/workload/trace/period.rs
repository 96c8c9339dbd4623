//! The start of a period: a number of seconds, or a date and time of day.

/// How the periods of a file are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Clockwork {
    /// Seconds.
    Seconds,
    /// `YYYY-MM-DD HH:MM:SS`.
    Date,
}

impl Clockwork {
    /// How `text` is written, going by its first dash.
    pub(super) fn of(text: &[u8]) -> Self {
        if text.iter().skip(1).any(|b| *b == b'-') && text.contains(&b':') {
            Self::Date
        } else {
            Self::Seconds
        }
    }
}

/// Seconds from 1970-01-01 00:00:00 to `text`, `YYYY-MM-DD HH:MM:SS` (a `T` may stand for the
/// blank); `None` if it is no date.
pub(super) fn date_secs(text: &[u8]) -> Option<i64> {
    let shape = text.len() == 19
        && text[4] == b'-'
        && text[7] == b'-'
        && matches!(text[10], b' ' | b'T')
        && text[13] == b':'
        && text[16] == b':';
    if !shape {
        return None;
    }
    let number = |from: usize, to: usize| {
        text[from..to].iter().try_fold(0_i64, |value, byte| {
            byte.is_ascii_digit().then(|| value * 10 + i64::from(byte - b'0'))
        })
    };
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    let exists = (1..=12).contains(&month)
        && (1..=days_in(year, month)).contains(&day)
        && hour < 24
        && minute < 60
        && second < 60;
    exists.then(|| ((days_to(year, month, day) * 24 + hour) * 60 + minute) * 60 + second)
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 => 28 + i64::from(is_leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 to the date, in the Gregorian calendar.
fn days_to(year: i64, month: i64, day: i64) -> i64 {
    let before = |year: i64| {
        let past = year - 1;
        past * 365 + past.div_euclid(4) - past.div_euclid(100) + past.div_euclid(400)
    };
    let months: i64 = (1..month).map(|month| days_in(year, month)).sum();
    before(year) - before(1970) + months + day - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_count_from_1970() {
        assert_eq!(date_secs(b"1970-01-01 00:00:00"), Some(0));
        assert_eq!(date_secs(b"1970-01-02T00:00:01"), Some(86_401));
        assert_eq!(date_secs(b"1998-04-30 21:30:00"), Some(893_971_800));
        assert_eq!(date_secs(b"2000-02-29 00:00:00"), Some(951_782_400));
        assert_eq!(date_secs(b"2024-12-31 23:59:59"), Some(1_735_689_599));
        assert_eq!(date_secs(b"1969-12-31 23:59:59"), Some(-1));
    }

    #[test]
    fn what_no_calendar_has_is_no_date() {
        for text in [
            "1900-02-29 00:00:00",
            "2023-13-01 00:00:00",
            "2023-04-31 00:00:00",
            "2023-01-00 00:00:00",
            "2023-01-01 24:00:00",
            "2023-01-01 00:60:00",
            "2023-01-01 00:00",
            "2023/01/01 00:00:00",
            "2023-01-01 00:0x:00",
            "",
        ] {
            assert_eq!(date_secs(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn the_way_it_is_written_is_seen() {
        assert_eq!(Clockwork::of(b"-60"), Clockwork::Seconds);
        assert_eq!(Clockwork::of(b"1.5e-3"), Clockwork::Seconds);
        assert_eq!(Clockwork::of(b"1998-04-30 21:30:00"), Clockwork::Date);
    }
}
