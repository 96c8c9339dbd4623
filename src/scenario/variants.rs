//! `--vary PATH=V1,V2,…`, `--without PATH` and `--cases`: the values of one place of a scenario that are compared, a release and
//! what would be without it, or the cases of its sweep.

use super::set::parse_value;
use super::{Key, Node, Problem, Problems, Span, Value, path};

const USAGE: &str = "write PATH=V1,V2,…, as in platform.pool.discipline=fifo,lifo";

/// What is wrong with a release that is to be left out.
const NO_RELEASE: &str = "only a release can be left out";

/// An argument, and where it starts in the sources.
pub(super) type Argument<'a> = (&'a str, usize);

/// The table `[sweep]` of a comparison; what is wrong is added to `problems`, and then it lacks an axis. Its axes
/// are those of `vary`, `PATH=V1,V2,…`, and of `without`, the path of a release: first comes the scenario in which
/// that is not enabled, then it is with each of the values, or as it is.
pub(super) fn sweep(
    vary: Option<Argument<'_>>,
    without: Option<Argument<'_>>,
    replications: u64,
    releases: &[&str],
    problems: &mut Problems,
) -> Node {
    let (text, start) = without.or(vary).unwrap_or_default();
    let whole = start..start + text.len();
    let node = |value| Node::new(whole.clone(), value);
    let entry =
        |name: &str, value| (Key { name: name.to_owned(), span: whole.clone() }, node(value));
    let least = if without.is_some() { 1 } else { 2 };
    let mut varied = vary.and_then(|argument| found(axis(argument, least), problems));
    let release = without.and_then(|argument| found(release(argument, releases), problems));
    let mut points = 1;
    if let (Some(_), Some((_, Node { value: Value::List(values), .. }))) = (&release, &mut varied) {
        points = values.len();
        values.insert(0, values[0].clone());
    }
    let enabled = release.map(|path| {
        let values = [false].into_iter().chain(std::iter::repeat_n(true, points));
        let values = values.map(|enabled| node(Value::Boolean(enabled))).collect();
        entry(&format!("{path}.enabled"), Value::List(values))
    });
    let axes: Vec<_> = enabled.into_iter().chain(varied).collect();
    node(Value::Table(vec![
        entry("replications", Value::Integer(replications.into())),
        entry("pair", Value::Boolean(axes.len() > 1)),
        entry("vary", Value::Table(axes)),
    ]))
}

/// The table `[sweep]` of a comparison of `cases`, those of the scenario's own table, if it has any; what is wrong is added to
/// `problems`.
pub(super) fn cases(cases: Option<Node>, replications: u64, problems: &mut Problems) -> Node {
    let span = cases.as_ref().map_or(0..0, |cases| cases.span.clone());
    let entry = |name: &str, node| (Key { name: name.to_owned(), span: span.clone() }, node);
    if cases.as_ref().is_none_or(|cases| cases.entries().len() < 2) {
        let message =
            "a comparison needs two cases: the first is what the others are compared with";
        let help = "as in cases.small = { \"platform.pool.servers\" = 2 } in [sweep], and cases.large beside it; or use --vary";
        problems.push(Problem::error(span.clone(), message).with_help(help));
    }
    let replications = Node::new(span.clone(), Value::Integer(replications.into()));
    let entries = [entry("replications", replications)];
    let entries = entries.into_iter().chain(cases.map(|cases| entry("cases", cases)));
    Node::new(span.clone(), Value::Table(entries.collect()))
}

fn found<T>(read: Result<T, Problems>, problems: &mut Problems) -> Option<T> {
    read.map_err(|wrong| problems.append(wrong)).ok()
}

/// The path of a release, one of `releases`.
fn release<'a>((argument, start): Argument<'a>, releases: &[&str]) -> Result<&'a str, Problems> {
    let text = argument.trim();
    let span = start..start + argument.len();
    let parts = path::parse(text).ok().filter(|(_, end)| *end == text.len());
    let problem = match parts.as_ref().map(|(parts, _)| &parts[..]) {
        Some([table, name]) if table.name == "release" => {
            if releases.contains(&name.name.as_str()) {
                return Ok(text);
            }
            Problem::unknown(span, "release", &name.name, releases)
        }
        _ => Problem::error(span, NO_RELEASE).with_help("as in --without release.v2"),
    };
    let mut problems = Problems::default();
    problems.push(problem);
    Err(problems)
}

/// The path and the list of its values, as they would stand in `[sweep.vary]`.
fn axis((argument, start): Argument<'_>, least: usize) -> Result<(Key, Node), Problems> {
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
    if values.len() < least {
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
        match axis((argument, start), 2) {
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
        let (_, node) = axis(("a= fifo ,lifo", 100), 2).unwrap();
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

    /// The table `[sweep.vary]`, or what is wrong.
    fn without(vary: Option<&str>, without: &str) -> String {
        let mut problems = Problems::default();
        let vary = vary.map(|vary| (vary, 100));
        let node = sweep(vary, Some((without, 0)), 10, &["v2"], &mut problems);
        problems.iter().next().map_or_else(
            || node.get("vary").unwrap().value.to_string(),
            |problem| problem.message.clone(),
        )
    }

    #[test]
    fn a_release_is_left_out_first() {
        let alone = r#"{ "release.v2.enabled" = [false, true] }"#;
        assert_eq!(without(None, "release.v2"), alone);
        let with_values =
            r#"{ "release.v2.enabled" = [false, true, true], "a.b" = ["x", "x", "y"] }"#;
        assert_eq!(without(Some("a.b=x,y"), "release.v2"), with_values);
        assert!(without(None, "fault.v2").starts_with("only a release"));
        assert!(without(None, "release.v3").contains("v3"));
    }

    proptest! {
        #[test]
        fn no_argument_panics(argument in "[a=,'\"\\\\\\[\\]{}1 \u{e9}]{0,24}") {
            let mut sources = Sources::new("a.toml", "");
            let start = sources.add("--vary", argument.as_str());
            let mut problems = Problems::default();
            sweep(Some((&argument, start)), None, 10, &[], &mut problems);
            sweep(None, Some((&argument, start)), 10, &[], &mut problems);
            problems.render(&sources, false);
        }
    }
}
