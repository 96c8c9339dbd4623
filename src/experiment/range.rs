//! A range of values of an axis.

use crate::kernel::Span;
use crate::scenario::sweep::Scale;
use crate::scenario::{Node, Problem, Problems, Value};

/// All values from one end to the other.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Range {
    from: f64,
    to: f64,
    scale: Scale,
    form: Form,
}

/// How the values of a range are written.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Form {
    /// As whole numbers, both ends among them.
    Whole,
    /// As numbers.
    Number,
    /// As a number and this unit.
    Unit(String),
    /// As times; the ends are in nanoseconds.
    Time,
}

impl Range {
    /// The range between two values of a scenario; what is wrong is added to `problems`.
    pub(super) fn new(
        from: &Node,
        to: &Node,
        scale: Scale,
        problems: &mut Problems,
    ) -> Option<Self> {
        let mut wrong = |node: &Node, message: &str, help: &str| {
            problems.push(Problem::error(node.span.clone(), message).with_help(help));
            None
        };
        let Some((form, low, high)) = ends(&from.value, &to.value) else {
            return wrong(
                to,
                "the ends of a range are two numbers, two times, or two quantities in one unit",
                "write as in { from = \"10ms\", to = \"1s\" } or { from = 1, to = 64 }",
            );
        };
        if low >= high {
            return wrong(to, "a range ends above its beginning", "write the lower end as `from`");
        }
        if scale == Scale::Log && low <= 0.0 {
            return wrong(from, "a logarithmic range begins above 0", "or leave `scale` out");
        }
        Some(Self { from: low, to: high, scale, form })
    }

    /// The value at `share` of the range, 0 up to but not including 1; quantities to six digits.
    pub(super) fn at(&self, share: f64) -> Value {
        // Whole numbers each have a part of the range, the last one as the others.
        let end = if self.form == Form::Whole { self.to + 1.0 } else { self.to };
        let exact = match self.scale {
            Scale::Linear => self.from + share * (end - self.from),
            Scale::Log => self.from * libm::exp(share * libm::log(end / self.from)),
        };
        let rounded = format!("{exact:.5e}").parse().unwrap_or(exact).clamp(self.from, self.to);
        match &self.form {
            Form::Whole => Value::Integer(exact.floor().clamp(self.from, self.to) as i128),
            Form::Number => Value::Float(rounded),
            Form::Unit(unit) => Value::Text(format!("{rounded}{unit}")),
            Form::Time => Value::Text(Span::from_nanos(rounded.round() as u64).to_string()),
        }
    }
}

/// The form that two values share, and their numbers in it.
fn ends(from: &Value, to: &Value) -> Option<(Form, f64, f64)> {
    match (from, to) {
        (Value::Integer(from), Value::Integer(to)) => Some((Form::Whole, *from as f64, *to as f64)),
        (Value::Text(from), Value::Text(to)) => match (split(from), split(to)) {
            (Some((low, unit)), Some((high, other))) if unit == other => {
                Some((Form::Unit(unit.to_owned()), low, high))
            }
            _ => {
                let nanos = |text: &str| Some(text.parse::<Span>().ok()?.as_nanos() as f64);
                Some((Form::Time, nanos(from)?, nanos(to)?))
            }
        },
        _ => Some((Form::Number, number(from)?, number(to)?)),
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Integer(number) => Some(*number as f64),
        Value::Float(number) => Some(*number),
        _ => None,
    }
}

/// A number and the one unit behind it.
fn split(text: &str) -> Option<(f64, &str)> {
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit() && c != '.')?);
    let one = !unit.contains(|c: char| c.is_ascii_digit());
    number.parse().ok().filter(|_| one).map(|number| (number, unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(from: &str, to: &str, scale: Scale) -> Result<Range, String> {
        let text = format!("from = {from}\nto = {to}");
        let mut problems = Problems::default();
        let root = Node::parse(&text, &mut problems).unwrap();
        let end = |name| root.get(name).unwrap();
        let range = Range::new(end("from"), end("to"), scale, &mut problems);
        range.ok_or_else(|| problems.iter().next().unwrap().message.clone())
    }

    fn at(from: &str, to: &str, scale: Scale, share: f64) -> String {
        range(from, to, scale).unwrap().at(share).to_string()
    }

    #[test]
    fn values_are_written_as_their_ends_are() {
        assert_eq!(at("1", "4", Scale::Linear, 0.0), "1");
        assert_eq!(at("1", "4", Scale::Linear, 0.999), "4");
        assert_eq!(at("0.5", "2", Scale::Linear, 0.5), "1.25");
        assert_eq!(at("\"1/s\"", "\"100/s\"", Scale::Log, 0.5), "\"10/s\"");
        assert_eq!(at("\"100m\"", "\"500m\"", Scale::Linear, 0.25), "\"200m\"");
        assert_eq!(at("\"10ms\"", "\"1s\"", Scale::Log, 0.5), "\"100ms\"");
        assert_eq!(at("\"1h30m\"", "\"2h30m\"", Scale::Linear, 0.5), "\"2h\"");
        assert_eq!(at("\"0B\"", "\"3B\"", Scale::Linear, 1.0 / 3.0), "\"1B\"");
    }

    #[test]
    fn each_whole_number_is_as_likely() {
        let range = range("3", "6", Scale::Linear).unwrap();
        let mut counts = [0; 4];
        for share in 0..100 {
            let Value::Integer(number) = range.at(f64::from(share) / 100.0) else { panic!() };
            counts[usize::try_from(number - 3).unwrap()] += 1;
        }
        assert_eq!(counts, [25; 4]);
    }

    #[test]
    fn ends_that_do_not_belong_together_are_told() {
        for (from, to) in [("1", "\"2s\""), ("\"1/s\"", "\"5/min\""), ("true", "false")] {
            assert!(range(from, to, Scale::Linear).unwrap_err().contains("one unit"), "{from}");
        }
        assert!(range("2", "1", Scale::Linear).unwrap_err().contains("above its beginning"));
        assert!(range("0", "1", Scale::Log).unwrap_err().contains("above 0"));
    }
}
