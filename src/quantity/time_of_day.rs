//! Times of day: `07:30`.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::measure::{Measure, QuantityError, Words, read_as_text};
use super::span::UNITS;
use crate::kernel::{Span, Time};

/// A time of day, as a clock shows it or as the time since midnight.
///
/// ```
/// use cloudsched::kernel::Span;
/// use cloudsched::quantity::TimeOfDay;
/// assert_eq!("07:30".parse::<TimeOfDay>().unwrap(), "7h30m".parse().unwrap());
/// assert_eq!("07:30:15".parse::<TimeOfDay>().unwrap().since_midnight(), Span::from_secs(27_015));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimeOfDay(Span);

impl TimeOfDay {
    /// So long after midnight.
    pub const fn new(since_midnight: Span) -> Self {
        Self(since_midnight)
    }

    /// The time since midnight.
    pub const fn since_midnight(self) -> Span {
        self.0
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanos = self.0.as_nanos();
        let minutes = nanos / 60_000_000_000;
        if nanos.is_multiple_of(60_000_000_000) && minutes <= 24 * 60 {
            f.pad(&format!("{:02}:{:02}", minutes / 60, minutes % 60))
        } else {
            self.0.fmt(f)
        }
    }
}

const WORDS: Words = Words { noun: "a time of day", example: r#""07:30", "07:30:15" or "7h30m""# };

const SINCE_MIDNIGHT: Measure = Measure {
    words: WORDS,
    units: &UNITS,
    finest: "a nanosecond",
    largest: (Time::MAX.as_nanos(), "73 years"),
};

/// The number of two digits that `part` of a clock shows, at most `most`.
fn of_clock(text: &str, part: &str, what: &str, most: u64) -> Result<u64, QuantityError> {
    let digits = part.len() == 2 && part.bytes().all(|digit| digit.is_ascii_digit());
    let number = part.parse().ok().filter(|_| digits);
    let number: u64 = number.ok_or_else(|| {
        WORDS.malformed(text, &format!("its {what} are two digits, not `{part}`"))
    })?;
    if number > most {
        let why = format!("its {what} are at most {most}, and are {part}");
        return Err(WORDS.malformed(text, &why));
    }
    Ok(number)
}

/// Hours and minutes, with seconds if need be, up to `24:00`; or the time since midnight.
impl FromStr for TimeOfDay {
    type Err = QuantityError;
    fn from_str(text: &str) -> Result<Self, QuantityError> {
        let mut parts = text.split(':');
        let (hours, Some(minutes)) = (parts.next().unwrap_or_default(), parts.next()) else {
            return SINCE_MIDNIGHT.read_sum(text).map(|nanos| Self(Span::from_nanos(nanos)));
        };
        let seconds = parts.next().unwrap_or("00");
        if let Some(more) = parts.next() {
            return Err(WORDS.malformed(text, &format!("`:{more}` follows its seconds")));
        }
        let hours = of_clock(text, hours, "hours", 24)?;
        let minutes = of_clock(text, minutes, "minutes", 59)?;
        let seconds = of_clock(text, seconds, "seconds", 59)?;
        let all = (hours * 60 + minutes) * 60 + seconds;
        if all > 24 * 3600 {
            return Err(WORDS.malformed(text, "a day ends at 24:00"));
        }
        Ok(Self(Span::from_secs(all)))
    }
}

read_as_text!(TimeOfDay, WORDS);

impl JsonSchema for TimeOfDay {
    fn schema_name() -> Cow<'static, str> {
        "TimeOfDay".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": r"^(([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?|24:00(:00)?|([0-9]+(\.[0-9]+)?(ns|us|ms|s|m|min|h|d))+)$",
            "description": "A time of day: hours and minutes, or the time since midnight with its unit",
            "examples": ["07:30", "07:30:15", "7h30m", "24:00"],
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn secs(text: &str) -> u64 {
        text.parse::<TimeOfDay>().unwrap().0.as_nanos() / 1_000_000_000
    }

    fn error(text: &str) -> String {
        text.parse::<TimeOfDay>().unwrap_err().to_string()
    }

    #[test]
    fn reads_clocks_and_times_since_midnight() {
        assert_eq!(secs("07:00"), 7 * 3600);
        assert_eq!(secs("23:59:59"), 86_399);
        assert_eq!((secs("00:00"), secs("24:00"), secs("0s")), (0, 86_400, 0));
        assert_eq!(secs("1h30m"), 5400);
        assert_eq!(secs("36h"), 36 * 3600, "where a day is longer");
    }

    #[test]
    fn says_what_is_wrong() {
        let end = r#"; write "07:30", "07:30:15" or "7h30m""#;
        let is = |text: &str, why: &str| format!("`{text}` is not a time of day: {why}{end}");
        assert_eq!(error("7:00"), is("7:00", "its hours are two digits, not `7`"));
        assert_eq!(error("07:5"), is("07:5", "its minutes are two digits, not `5`"));
        assert_eq!(error("07:60"), is("07:60", "its minutes are at most 59, and are 60"));
        assert_eq!(error("25:00"), is("25:00", "its hours are at most 24, and are 25"));
        assert_eq!(error("24:01"), is("24:01", "a day ends at 24:00"));
        assert_eq!(error("07:00:00:0"), is("07:00:00:0", "`:0` follows its seconds"));
        assert_eq!(error("07:00pm"), is("07:00pm", "its minutes are two digits, not `00pm`"));
        assert_eq!(error("7"), format!("a time of day needs a unit: `7` has none{end}"));
        assert!(error("7am").starts_with("`7am` has the unknown unit `am`"));
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_back(nanos in 0..=Time::MAX.as_nanos(), minutes in 0..2000_u64) {
            for span in [Span::from_nanos(nanos), Span::from_secs(minutes * 60)] {
                let time = TimeOfDay::new(span);
                prop_assert_eq!(time.to_string().parse(), Ok(time));
            }
        }

        #[test]
        fn no_text_panics(text in "[0-9:.a-z-]{0,40}|\\PC*") {
            let _ = text.parse::<TimeOfDay>();
        }
    }
}
