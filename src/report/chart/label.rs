//! Names and numbers as a chart shows them.

use std::collections::BTreeMap;

use toml::Value;

use crate::metric::Unit;
use crate::report::number::{fixed, significant};
use crate::report::table::printable;

/// The value of an axis in few words: `{ fixed = { window = "10m" } }` is `fixed 10m`. A text that is
/// no table of TOML is shown as it is.
pub(in crate::report) fn short(text: &str) -> String {
    let read: Option<toml::Table> =
        text.starts_with(['{', '[']).then(|| format!("x = {text}").parse().ok()).flatten();
    let words = read.and_then(|mut table| table.remove("x")).map(|value| words(&value));
    printable(&words.unwrap_or_else(|| text.to_owned()))
}

fn words(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => steps(items).unwrap_or_else(|| {
            format!("[{}]", items.iter().map(words).collect::<Vec<_>>().join(", "))
        }),
        Value::Table(table) => {
            // The parameter of a policy that has but one goes without saying.
            let inner = |value: &Value| match value {
                Value::Table(table) if table.len() == 1 => table.values().map(words).collect(),
                other => words(other),
            };
            let entry = |(key, value): (&String, &Value)| format!("{key} {}", inner(value));
            let entries: Vec<String> = table.iter().map(entry).collect();
            entries.join(", ").trim_end().to_owned()
        }
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Boolean(truth) => truth.to_string(),
        Value::Datetime(time) => time.to_string(),
    }
}

/// The steps of a release: each its share of the requests and for how long.
fn steps(items: &[Value]) -> Option<String> {
    let step = |item: &Value| {
        let weight = item.get("weight")?;
        let weight = weight.as_float().or(weight.as_integer().map(|whole| whole as f64))?;
        Some(format!("{} % {}", tick(100.0 * weight), item.get("hold")?.as_str()?))
    };
    let steps: Option<Vec<String>> = items.iter().map(step).collect();
    steps.filter(|steps| !steps.is_empty()).map(|steps| steps.join(", "))
}

/// A name that is longer goes without its parameters, if it is the only one of its kind.
const LONG: usize = 24;

/// The values of an axis in few words, all of them different.
pub fn names(texts: &[String]) -> Vec<String> {
    let bare: Vec<Option<String>> = texts.iter().map(|text| bare(text)).collect();
    let short = |(text, name): (&String, &Option<String>)| {
        let whole = short(text);
        let alone = bare.iter().filter(|other| *other == name).count() == 1;
        name.clone().filter(|_| alone && whole.chars().count() > LONG).unwrap_or(whole)
    };
    let names = texts.iter().zip(&bare).map(short);
    differences(texts).into_iter().zip(names).map(|(own, name)| own.unwrap_or(name)).collect()
}

/// What each of `texts`, which may come several times, is called, as [`names`] has it.
pub(in crate::report) fn named<'a>(
    texts: impl Iterator<Item = &'a str>,
) -> BTreeMap<String, String> {
    let mut all: Vec<String> = Vec::new();
    for text in texts {
        if !all.iter().any(|known| known == text) {
            all.push(text.to_owned());
        }
    }
    let names = names(&all);
    all.into_iter().zip(names).collect()
}

/// The value of an axis without its parameters, if it is a name with some: `fixed`.
fn bare(text: &str) -> Option<String> {
    let table: toml::Table = format!("x = {text}").parse().ok()?;
    let Value::Table(choice) = table.get("x")? else { return None };
    let (name, _) = choice.iter().next().filter(|_| choice.len() == 1)?;
    Some(printable(name))
}

/// For each of `texts` that is a table of several keys: its kind, if it is a whole platform, and what others of that kind
/// have otherwise. `{ kind = "servers", servers = 4, price = … }` is `servers 4`. `None` if that tells nothing.
fn differences(texts: &[String]) -> Vec<Option<String>> {
    let table = |text: &String| -> Option<toml::Table> {
        let mut whole: toml::Table = format!("x = {text}").parse().ok()?;
        let Value::Table(table) = whole.remove("x")? else { return None };
        (table.contains_key("kind") || table.len() > 1).then_some(table)
    };
    let tables: Vec<Option<toml::Table>> = texts.iter().map(table).collect();
    let name = |own: &toml::Table| {
        let alike = tables.iter().flatten().filter(|other| other.get("kind") == own.get("kind"));
        let differs = |key: &String| alike.clone().any(|other| other.get(key) != own.get(key));
        let others: toml::Table = own
            .iter()
            .filter(|(key, _)| differs(key))
            .map(|(k, v)| (k.clone(), v.clone()))
            .collect();
        let kind = own.get("kind").map(words).unwrap_or_default();
        // The number of servers says the kind by itself.
        let said = others.contains_key(&kind);
        let parts = [if said { String::new() } else { kind }, words(&Value::Table(others))];
        Some(printable(parts.join(" ").trim())).filter(|name| !name.is_empty())
    };
    tables.iter().map(|table| table.as_ref().and_then(name)).collect()
}

/// The path of an axis in words: `client.users.arrivals.poisson.rate` is "arrival rate of users".
pub(super) fn path(path: &str) -> String {
    let parts: Vec<&str> = path.split('.').collect();
    let named = matches!(
        parts[0],
        "client" | "service" | "platform" | "application" | "account" | "release" | "fault"
    );
    let words = |parts: &[&str]| parts.join(" ").replace('_', " ");
    printable(&match parts.as_slice() {
        [_, name, "arrivals", _, "rate"] if named => format!("arrival rate of {name}"),
        [_, name, rest @ ..] if named && !rest.is_empty() => {
            format!("{} of {name}", words(rest))
        }
        other => words(other),
    })
}

/// Statistics that end the name of a metric.
const STATISTICS: [&str; 8] = ["mean", "sd", "p50", "p90", "p95", "p99", "p999", "max"];

/// Metrics whose names are no words of a title.
const REWORDED: [(&str, &str); 9] = [
    ("lead time first", "time from a change to its first user"),
    ("lead time all", "time from a change to all users"),
    ("bad version attempts", "attempts at bad versions"),
    ("bad version failed", "failed attempts at bad versions"),
    ("bad version users", "users of bad versions"),
    ("new version attempts", "attempts at new versions"),
    ("new version failed", "failed attempts at new versions"),
    ("instance", "time of instances"),
    ("new version cold starts", "cold starts of new versions"),
];

/// A metric in words, with its unit: `response_ms_p99` is "p99 response time (ms)".
pub(in crate::report) fn metric(name: &str) -> String {
    let unit = Unit::of(name);
    let mut words: Vec<&str> = name.split('_').collect();
    let statistic = words.pop_if(|last| STATISTICS.contains(last));
    let mut text = words.join("_");
    if !unit.part.is_empty() {
        text = format!("_{text}_").replace(&format!("_{}_", unit.part), "_");
    }
    let mut text = text.trim_matches('_').replace('_', " ");
    if matches!(text.as_str(), "response" | "waiting" | "service") {
        text.push_str(" time");
    }
    if let Some((_, better)) = REWORDED.iter().find(|(name, _)| *name == text) {
        (*better).clone_into(&mut text);
    }
    let statistic = match statistic {
        Some("p999") => "p99.9 ".to_owned(),
        Some("sd") => "standard deviation of ".to_owned(),
        Some(statistic) => format!("{statistic} "),
        None => String::new(),
    };
    with_unit(&printable(&format!("{statistic}{text}")), unit.symbol)
}

/// `text` with a unit, if there is one.
pub(super) fn with_unit(text: &str, unit: &str) -> String {
    if unit.is_empty() { text.to_owned() } else { format!("{text} ({unit})") }
}

/// `title` without its unit.
pub(super) fn without_unit(title: &str) -> &str {
    title.rsplit_once(" (").map_or(title, |(name, _)| name)
}

/// A tick as short as it is exact: 0.05, 1,000, 2.5M.
pub(in crate::report) fn tick(x: f64) -> String {
    // What is left of a multiplication is no digit.
    let x: f64 = format!("{x:.9e}").parse().unwrap_or(x);
    let large = [(1e12, "T"), (1e9, "G"), (1e6, "M")];
    if let Some((size, letter)) = large.into_iter().find(|(size, _)| x.abs() >= *size) {
        return if x.abs() < 1e15 {
            format!("{}{letter}", tick(x / size))
        } else {
            format!("{x:e}")
        };
    }
    if x != 0.0 && x.abs() < 1e-4 {
        return format!("{x:e}");
    }
    let decimals = (0..7).find(|decimals| {
        let text = format!("{x:.decimals$}");
        text.parse::<f64>().is_ok_and(|read| (read - x).abs() <= x.abs() * 1e-9)
    });
    fixed(x, decimals.unwrap_or(7))
}

/// A value beside a mark: three digits that count.
pub(super) fn value(x: f64) -> String {
    if x.abs() >= 1e6 { tick(rounded(x)) } else { significant(x, 3) }
}

/// `x` to three digits that count.
fn rounded(x: f64) -> f64 {
    format!("{x:.2e}").parse().unwrap_or(x)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_axes_are_short() {
        for (text, expected) in [
            ("none", "none"),
            ("10/s", "10/s"),
            ("{ fixed = { window = \"10m\" } }", "fixed 10m"),
            ("{ fixed = {} }", "fixed"),
            ("{ exponential = { mean = \"7s\" } }", "exponential 7s"),
            ("{ lognormal = { mean = \"120ms\", cv = 1.5 } }", "lognormal cv 1.5, mean 120ms"),
            ("{ constant = \"5ms\" }", "constant 5ms"),
            ("[1, 2]", "[1, 2]"),
            ("[{ count = 2, cpu = 4 }]", "[count 2, cpu 4]"),
            (
                "{ canary = { steps = [{ weight = 0.05, hold = \"10m\" }, { weight = 0.5, hold = \"1h\" }] } }",
                "canary 5 % 10m, 50 % 1h",
            ),
            ("{ not toml", "{ not toml"),
            ("tab\there", "tab?here"),
        ] {
            assert_eq!(short(text), expected);
        }
    }

    #[test]
    fn names_go_without_parameters() {
        assert_eq!(bare("{ fixed = { window = \"10m\" } }"), Some("fixed".to_owned()));
        assert_eq!(bare("{ a = 1, b = 2 }"), None);
        assert_eq!(bare("none"), None);
    }

    #[test]
    fn platforms_go_by_their_kind_and_what_tells_them_apart() {
        let texts = [
            "{ kind = \"faas\", keep_alive = \"none\" }",
            "{ kind = \"servers\", servers = 2, price = { server_hour = 0.05 } }",
            "{ kind = \"servers\", servers = 8, price = { server_hour = 0.05 } }",
            "none",
        ];
        let expected = [Some("faas"), Some("servers 2"), Some("servers 8"), None];
        let named = differences(&texts.map(str::to_owned));
        assert_eq!(named, expected.map(|name| name.map(str::to_owned)));
        let texts = ["{ kind = \"faas\", concurrency = 1 }", "{ kind = \"faas\" }"];
        let named = differences(&texts.map(str::to_owned));
        assert_eq!(named, ["faas concurrency 1", "faas"].map(|name| Some(name.to_owned())));
    }

    #[test]
    fn parameters_that_all_have_go_without_saying() {
        let texts = [
            "{ base = \"1MiB\", leak = \"6MiB/h\" }",
            "{ base = \"1MiB\", per_request = \"1KiB\" }",
        ];
        assert_eq!(names(&texts.map(str::to_owned)), ["leak 6MiB/h", "per_request 1KiB"]);
    }

    #[test]
    fn paths_are_words() {
        for (text, expected) in [
            ("platform.lambda.keep_alive", "keep alive of lambda"),
            ("client.users.arrivals.poisson.rate", "arrival rate of users"),
            ("release.v2.strategy", "strategy of v2"),
            ("horizon", "horizon"),
            ("client.users", "client users"),
        ] {
            assert_eq!(path(text), expected);
        }
    }

    #[test]
    fn metrics_are_words_with_a_unit() {
        for (name, expected) in [
            ("response_ms_p99", "p99 response time (ms)"),
            ("response_ms_p999", "p99.9 response time (ms)"),
            ("response_ms_sd", "standard deviation of response time (ms)"),
            ("service_ms_mean", "mean service time (ms)"),
            ("cold_start_ms_mean", "mean cold start (ms)"),
            ("cold_start_fraction", "cold start fraction"),
            ("throughput_per_s", "throughput (per s)"),
            ("idle_instances_mean", "mean idle instances"),
            ("queue_length_max", "max queue length"),
            ("wasted_memory_gib_s", "wasted memory (GiB s)"),
            ("cost_usd", "cost (USD)"),
            ("cost_usd_per_million_requests", "cost per million requests (USD)"),
            ("bad_version_users", "users of bad versions"),
            ("new_version_failed", "failed attempts at new versions"),
            ("lead_time_all_seconds_mean", "mean time from a change to all users (s)"),
            ("instance_hours", "time of instances (h)"),
            ("requests", "requests"),
        ] {
            assert_eq!(metric(name), expected);
        }
    }

    #[test]
    fn ticks_are_exact_and_short() {
        let ticks = [0.0, 0.05, 0.1 + 0.2, -20.0, 1000.0, 250_000.0, 2.5e6, 3e9, 1e-6, 1e18];
        assert_eq!(ticks.map(tick).join(" "), "0 0.05 0.3 -20 1,000 250,000 2.5M 3G 1e-6 1e18");
        assert_eq!([12.345, 0.0123, 1_234_567.0].map(value).join(" "), "12.3 0.0123 1.23M");
    }
}
