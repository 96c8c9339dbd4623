//! Timetables: so many instances at certain times of the day. The run begins at midnight.

use std::borrow::Cow;
use std::fmt;
use std::num::NonZeroU32;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::MOST;
use crate::kernel::{Span, Time};
use crate::quantity::TimeOfDay;
use crate::variate::ParameterError;

/// How long a day is.
pub const DAY: Span = Span::from_secs(86_400);

/// A day, as what `every` is by default.
pub(super) fn day() -> Span {
    DAY
}

/// A part of the day and its instances.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Shift {
    /// When it begins.
    pub from: TimeOfDay,
    /// When it ends; before `from` is on the next day.
    pub to: TimeOfDay,
    /// Instances that each application then has at least.
    pub instances: NonZeroU32,
}

impl Shift {
    /// The morning, as an example.
    pub(super) fn example() -> Self {
        let hours = |hours: u64| TimeOfDay::new(Span::from_secs(hours * 3600));
        Self { from: hours(7), to: hours(9), instances: NonZeroU32::MIN }
    }

    fn holds(&self, clock: TimeOfDay) -> bool {
        if self.from < self.to {
            (self.from..self.to).contains(&clock)
        } else {
            clock >= self.from || clock < self.to
        }
    }
}

/// Looks that instances are not so many that their number is a slip.
pub(super) fn check_most(instances: u32) -> Result<(), ParameterError> {
    if instances > MOST {
        let message = format!("{instances} instances are taken for a slip; write at most {MOST}");
        return Err(ParameterError::new("instances", message));
    }
    Ok(())
}

/// The shifts of a day.
#[derive(Clone, Copy, Debug)]
pub struct Timetable<'a> {
    /// In any order; where several hold, the largest counts.
    pub shifts: &'a [Shift],
    /// How long the day is: after so long the shifts come again.
    pub every: Span,
}

impl Timetable<'_> {
    /// How many instances there are at `now`, and when that may change next.
    pub fn at(&self, now: Time) -> (u32, Option<Time>) {
        let clock = Span::from_nanos(now.as_nanos() % self.every.as_nanos());
        let holding = self.shifts.iter().filter(|shift| shift.holds(TimeOfDay::new(clock)));
        let instances = holding.map(|shift| shift.instances.get()).max().unwrap_or(0);
        let marks = self.shifts.iter().flat_map(|shift| [shift.from, shift.to]);
        let until = marks.map(|mark| {
            let mark = mark.since_midnight();
            let ahead = if mark > clock { Span::ZERO } else { self.every };
            (mark + ahead).as_nanos() - clock.as_nanos()
        });
        (instances, until.min().map(|until| now + Span::from_nanos(until)))
    }

    /// Checks each shift.
    ///
    /// # Errors
    /// One that is not within the day, or that ends when it begins, by its place and key.
    pub fn check(&self) -> Result<(), ParameterError> {
        for (place, shift) in self.shifts.iter().enumerate() {
            for (key, mark) in [("from", shift.from), ("to", shift.to)] {
                if mark.since_midnight() > self.every {
                    let message = format!("a time of day is at most {}, and is {mark}", self.every);
                    return Err(ParameterError::new(key, message).under(&place));
                }
            }
            check_most(shift.instances.get()).map_err(|error| error.under(&place))?;
            if shift.from == shift.to {
                let message = "it ends when it begins; for all day write 00:00 and 24:00";
                return Err(ParameterError::new("to", message).under(&place));
            }
        }
        Ok(())
    }
}

/// How many instances are provisioned: a number, or a list of shifts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Provisioned {
    /// So many, always.
    Always(u32),
    /// By the time of day.
    Daily(Vec<Shift>),
}

impl Default for Provisioned {
    fn default() -> Self {
        Self::Always(0)
    }
}

impl Provisioned {
    /// How many there are at `now`, and when that may change next.
    pub fn at(&self, now: Time) -> (u32, Option<Time>) {
        match self {
            Self::Always(instances) => (*instances, None),
            Self::Daily(shifts) => Timetable { shifts, every: DAY }.at(now),
        }
    }

    /// Whether there are any at any time.
    pub fn any(&self) -> bool {
        *self != Self::Always(0)
    }

    /// Whether it is another number at another time of the day.
    pub fn follows_clock(&self) -> bool {
        matches!(self, Self::Daily(_))
    }

    /// The most there are at once.
    pub fn most(&self) -> u32 {
        match self {
            Self::Always(instances) => *instances,
            Self::Daily(shifts) => shifts.iter().map(|s| s.instances.get()).max().unwrap_or(0),
        }
    }

    /// Checks the number, or the shifts.
    ///
    /// # Errors
    /// As [`Timetable::check`].
    pub fn check(&self) -> Result<(), ParameterError> {
        match self {
            Self::Always(instances) => {
                check_most(*instances).map_err(|error| ParameterError { key: Vec::new(), ..error })
            }
            Self::Daily(shifts) => Timetable { shifts, every: DAY }.check(),
        }
    }
}

impl<'de> Deserialize<'de> for Provisioned {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Form)
    }
}

struct Form;

impl<'de> Visitor<'de> for Form {
    type Value = Provisioned;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "how many instances, as in 50, or when, as in \
             [{ from = \"07:00\", to = \"09:00\", instances = 50 }]",
        )
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Provisioned, E> {
        let number = u32::try_from(number);
        number.map(Provisioned::Always).map_err(|_| E::custom("more than 4294967295 instances"))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Provisioned, E> {
        let number = u64::try_from(number);
        number.map_or_else(|_| Err(E::custom("fewer than no instances")), |n| self.visit_u64(n))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Provisioned, A::Error> {
        let mut shifts = Vec::new();
        while let Some(shift) = items.next_element()? {
            shifts.push(shift);
        }
        if shifts.is_empty() {
            return Err(de::Error::custom("there is no time of day in the list; 0 is none"));
        }
        Ok(Provisioned::Daily(shifts))
    }
}

impl JsonSchema for Provisioned {
    fn schema_name() -> Cow<'static, str> {
        "Provisioned".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let shift = generator.subschema_for::<Shift>();
        json_schema!({
            "description": "So many instances, or a list of when how many",
            "anyOf": [
                { "type": "integer", "minimum": 0, "maximum": u32::MAX },
                { "type": "array", "items": shift, "minItems": 1 },
            ],
            "examples": [50],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Provisioned, String> {
        serde_json::from_str(json).map_err(|error| error.to_string())
    }

    fn hours(hours: u64) -> Time {
        Time::from_nanos(hours * 3_600_000_000_000)
    }

    #[test]
    fn is_a_number_or_a_list() {
        assert_eq!(read("50"), Ok(Provisioned::Always(50)));
        assert_eq!(read("50").unwrap().at(hours(3)), (50, None));
        let rush = r#"[{ "from": "07:00", "to": "9h", "instances": 100 }]"#;
        let rush = read(rush).unwrap();
        assert_eq!(rush.at(hours(0)), (0, Some(hours(7))));
        assert_eq!(rush.at(hours(7)), (100, Some(hours(9))));
        assert_eq!(rush.at(hours(33)), (0, Some(hours(55))), "a day is 24 h long");
        assert_eq!((rush.most(), rush.follows_clock(), rush.any()), (100, true, true));
        assert!(!read("0").unwrap().any());
    }

    #[test]
    fn says_what_is_wrong() {
        let error = |json| read(json).unwrap_err();
        assert!(error("[]").starts_with("there is no time of day in the list; 0 is none"));
        assert!(error("-1").starts_with("fewer than no instances"));
        assert!(error(r#""07:00""#).contains("expected how many instances, as in 50, or when"));
        let late = r#"[{ "from": "25h", "to": "09:00", "instances": 1 }]"#;
        assert_eq!(read(late).unwrap().check().unwrap_err().key, ["0", "from"]);
        let many = r#"[{ "from": "0h", "to": "24h", "instances": 1000001 }]"#;
        assert_eq!(read(many).unwrap().check().unwrap_err().key, ["0", "instances"]);
        assert!(
            read("1000000").unwrap().check().is_ok() && read("1000001").unwrap().check().is_err()
        );
    }

    #[test]
    fn its_schema_allows_both() {
        let schema = schemars::schema_for!(Provisioned);
        let validator = jsonschema::validator_for(schema.as_value()).unwrap();
        let shift = r#"[{ "from": "07:00", "to": "09:00", "instances": 1 }]"#;
        for json in ["0", "50", shift, "[]", "-1", r#""5""#, "1.5"] {
            let value = serde_json::from_str(json).unwrap();
            assert_eq!(validator.is_valid(&value), read(json).is_ok(), "{json}");
        }
    }
}
