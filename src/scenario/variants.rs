//! `--vary PATH=V1,V2,…`: the values of one place of a scenario that are compared.

use super::set::parse_value;
use super::{Key, Node, Problem, Problems, Span, Value, path};

const USAGE: &str = "write PATH=V1,V2,…, as in platform.pool.discipline=fifo,lifo";

/// The table `[sweep]` whose one axis is `argument`, which starts at `start` in the sources; what is
/// wrong is added to `problems`, and then it has no axis.
pub(super) fn sweep(
    argument: &str,
    start: usize,
    replications: u64,
    problems: &mut Problems,
) -> Node {
    let whole = start..start + argument.len();
    let axis = axis(argument, start).map_err(|found| problems.append(found)).ok();
    let node = |value| Node::new(whole.clone(), value);
    let entry =
        |name: &str, value| (Key { name: name.to_owned(), span: whole.clone() }, node(value));
    node(Value::Table(vec![
        entry("replications", Value::Integer(replications.into())),
        entry("vary", Value::Table(axis.into_iter().collect())),
    ]))
}

/// The path and the list of its values, as they would stand in `[sweep.vary]`.
fn axis(argument: &str, start: usize) -> Result<(Key, Node), Problems> {
    let wrong = |span: Span, message: &str| {
        let mut problems = Problems::default();
        let span = start + span.start..start + span.end;
        problems.push(Problem::error(span, message).with_help(USAGE));
        problems
    };
    let (_, end) = path::parse(argument).map_err(|(span, message)| wrong(span, &message))?;
    let Some(list) = argument[end..].strip_prefix('=') else {
        return Err(wrong(end..argument.len(), "expected `=` and values"));
    };
    let first = end + 1;
    let mut values = Vec::new();
    for part in split(list) {
        let text = list[part.clone()].trim();
        let at = first + part.end - list[part.clone()].trim_start().len();
        if text.is_empty() {
            return Err(wrong(first + part.start..first + part.end, "expected a value"));
        }
        values.push(parse_value(text, start + at)?);
    }
    if values.len() < 2 {
        let message =
            "a comparison needs two values: the first is what the others are compared with";
        return Err(wrong(first..argument.len(), message));
    }
    let name = argument[..end].trim();
    let at = start + argument.len() - argument.trim_start().len();
    let key = Key { name: name.to_owned(), span: at..at + name.len() };
    Ok((key, Node::new(start + first..start + argument.len(), Value::List(values))))
}

/// The parts of `text` between commas outside of lists, tables and quotes. An apostrophe within a
/// bare word is none of these.
fn split(text: &str) -> Vec<Span> {
    let (mut parts, mut from, mut depth) = (Vec::new(), 0, 0_usize);
    let mut quote: Option<char> = None;
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some(_), _) if escaped => escaped = false,
            (Some('"'), '\\') => escaped = true,
            (Some(open), _) if c == open => quote = None,
            (None, '"' | '\'') if depth > 0 || text[from..at].trim().is_empty() => quote = Some(c),
            (None, '[' | '{') => depth += 1,
            (None, ']' | '}') => depth = depth.saturating_sub(1),
            (None, ',') if depth == 0 => {
                parts.push(from..at);
                from = at + 1;
            }
            _ => {}
        }
    }
    parts.push(from..text.len());
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Sources;
    use proptest::prelude::*;

    /// The path and its values, or what is wrong and where.
    fn read(argument: &str) -> String {
        let mut sources = Sources::new("a.toml", "x = 1");
        let start = sources.add("--vary", argument);
        match axis(argument, start) {
            Ok((key, node)) => {
                assert_eq!(sources.text(&key.span), key.name);
                format!("{} {}", key.name, node.value)
            }
            Err(problems) => {
                let problem = problems.iter().next().unwrap();
                format!("{}: {}", sources.text(&problem.span), problem.message)
            }
        }
    }

    #[test]
    fn commas_outside_brackets_and_quotes_part_values() {
        assert_eq!(read("a.b=fifo, 2,0.5"), r#"a.b ["fifo", 2, 0.5]"#);
        assert_eq!(read("a=[1, 2],{ b = 'x,y' }"), r#"a [[1, 2], { b = "x,y" }]"#);
        assert_eq!(read(r#"a="x\",y",'z\',it's,5m"#), r#"a ["x\",y", "z\\", "it's", "5m"]"#);
        assert_eq!(read("'a.b' . c=1,2"), "'a.b' . c [1, 2]");
    }

    #[test]
    fn a_value_knows_its_place() {
        let (_, node) = axis("a= fifo ,lifo", 100).unwrap();
        let Value::List(values) = node.value else { panic!("it is a list") };
        let spans: Vec<Span> = values.into_iter().map(|value| value.span).collect();
        assert_eq!(spans, [103..107, 109..113]);
    }

    #[test]
    fn says_what_is_wrong() {
        assert_eq!(read("a"), ": expected `=` and values");
        assert_eq!(read("=1,2"), ": expected a key of the scenario");
        assert_eq!(read("a=1,,2"), ": expected a value");
        assert_eq!(read("a=1,2,"), ": expected a value");
        assert_eq!(read("a=[1,2"), ": unclosed array, expected `]`");
        assert!(read("a=1").starts_with("1: a comparison needs two values"));
    }

    proptest! {
        #[test]
        fn no_argument_panics(argument in "[a=,'\"\\\\\\[\\]{}1 \u{e9}]{0,24}") {
            let mut sources = Sources::new("a.toml", "");
            let start = sources.add("--vary", argument.as_str());
            let mut problems = Problems::default();
            sweep(&argument, start, 10, &mut problems);
            problems.render(&sources, false);
        }
    }
}
