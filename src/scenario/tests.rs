//! A small schema read with errors of every kind; the snapshots are what a user sees.

mod schema;

use proptest::prelude::*;

use self::schema::{
    Distribution, Faas, File, Fixed, Host, Hosts, Infinite, KeepAlive, Mean, Placement, Platform,
    Servers,
};
use super::{Choices, Node, Problems, Sources, read_all, set};
use crate::kernel::Span;
use crate::quantity::{Millicpu, Probability};

/// The file and its arguments read, or what the user is told.
fn read_with(text: &str, arguments: &[&str]) -> Result<File, String> {
    let mut problems = Problems::default();
    let mut sources = Sources::new("scenarios/x.toml", text);
    let mut file = None;
    if let Some(mut root) = Node::parse(text, &mut problems) {
        let choices = Choices(&["platform.*.keep_alive", "service.*.demand"]);
        for argument in arguments {
            set(&mut root, argument, &choices, &mut sources, &mut problems);
        }
        for (key, platforms) in root.entries_mut() {
            for (_, platform) in
                platforms.entries_mut().iter_mut().filter(|_| key.name == "platform")
            {
                if let Err(problem) = platform.externally_tag("kind", &["servers", "faas"]) {
                    problems.push(problem);
                }
            }
        }
        file = read_all(&root, &mut problems);
    }
    if problems.is_empty() {
        Ok(file.expect("no problem, no lack"))
    } else {
        Err(problems.render(&sources, false))
    }
}

fn told(text: &str) -> String {
    read_with(text, &[]).unwrap_err()
}

#[test]
fn reads_every_form() {
    let file = read_with(
        r#"
        horizon = "1h30m"
        seed = 18446744073709551615
        service.a = { demand.constant = "5ms", window = ["1s", "2s"] }
        service.b.demand.exponential = { mean = "1s" }
        service.b.calls = [{ service = "a" }, { service = "a", probability = 1 }]
        service.c.demand.mixture = [{ constant = "1s" }, { exponential.mean = "2s" }]
        [platform.p]
        kind = "servers"
        servers = 4
        speed = 2
        [platform.q]
        kind = "faas"
        keep_alive = "none"
        placement = "best-fit"
        hosts = [{ cpu = 0.5 }, { cpu = "500m" }]
        [platform.r]
        kind = "faas"
        keep_alive.fixed.window = "10m"
        placement.first-fit = {}
        "#,
        &[],
    )
    .unwrap();
    let second = Span::from_secs(1);
    assert_eq!((file.horizon, file.seed), (second * 5400, Some(u64::MAX)));
    let a = &file.service["a"];
    assert_eq!(a.demand, Distribution::Constant(Span::from_millis(5)));
    assert_eq!(a.window, Some((second, second * 2)));
    assert_eq!(file.service["b"].calls[1].probability, Some(Probability::ONE));
    let mixture =
        vec![Distribution::Constant(second), Distribution::Exponential(Mean { mean: second * 2 })];
    assert_eq!(file.service["c"].demand, Distribution::Mixture(mixture));
    assert_eq!(file.platform["p"], Platform::Servers(Servers { servers: 4, speed: 2.0 }));
    let host = || Host { cpu: Millicpu::new(500) };
    let q = Faas {
        keep_alive: KeepAlive::None,
        placement: Some(Placement::BestFit),
        hosts: Hosts(vec![host(), host()]),
    };
    assert_eq!(file.platform["q"], Platform::Faas(q));
    let fixed = Fixed { window: Span::from_secs(600), jitter: 0.0 };
    let r = Faas {
        keep_alive: KeepAlive::Fixed(fixed),
        placement: Some(Placement::FirstFit),
        hosts: Hosts::default(),
    };
    assert_eq!(file.platform["r"], Platform::Faas(r));
}

#[test]
fn a_name_alone_stands_for_parameters_that_all_have_defaults() {
    let keep_alive = |value: &str| {
        let text =
            format!("horizon = \"1h\"\nplatform.p = {{ kind = \"faas\", keep_alive = {value} }}");
        match read_with(&text, &[]).unwrap().platform.remove("p") {
            Some(Platform::Faas(faas)) => faas.keep_alive,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(keep_alive("\"histogram\""), KeepAlive::Histogram { bins: 0 });
    assert_eq!(keep_alive("{ histogram = { bins = 3 } }"), KeepAlive::Histogram { bins: 3 });
    assert_eq!(keep_alive("\"infinite\""), KeepAlive::Infinite(Infinite));
    assert_eq!(keep_alive("{ infinite = {} }"), KeepAlive::Infinite(Infinite));
}

#[test]
fn unknown_key() {
    insta::assert_snapshot!(told(
        "horizon = \"1h\"\n[platform.p]\nkind = \"faas\"\nkeep_alive = \"none\"\nplacment = \"best-fit\"\n"
    ));
}

#[test]
fn wrong_units() {
    insta::assert_snapshot!(told(
        "horizon = 10\n[service.a]\ndemand.constant = \"5sec\"\nmemory = \"512mb\"\n"
    ));
}

#[test]
fn missing_keys() {
    insta::assert_snapshot!(told(
        "[service.a]\nmemory = \"1MB\"\n[service.b]\ndemand.exponential = {}\n[platform.p]\nservers = 4\n"
    ));
}

#[test]
fn wrong_types() {
    insta::assert_snapshot!(told(
        r#"horizon = ["1h"]
seed = -1
service = 4
[platform.p]
kind = "servers"
servers = 4.5
speed = "fast"
[platform.q]
kind = "faas"
keep_alive = true
hosts = { cpu = 4 }
placement = {}
"#
    ));
}

#[test]
fn unknown_names() {
    insta::assert_snapshot!(told(
        r#"horizon = "1h"
platform.p = { kind = "fas" }
platform.q = { kind = "faas", keep_alive = "forever", placement = "bestfit" }
service.a.demand.exponental.mean = "1s"
"#
    ));
}

#[test]
fn choices_that_are_none() {
    insta::assert_snapshot!(told(
        r#"horizon = "1h"
[platform.p]
kind = "faas"
keep_alive = "fixed"
[platform.q]
kind = "faas"
keep_alive = { none = {}, fixed = { window = "1s" } }
[platform.r]
kind = "faas"
keep_alive.infinite = { window = "1s" }
[service.a]
demand = "constant"
[service.b]
demand.mixture = [{ constant = "1s" }, { constant = "2" }]
"#
    ));
}

#[test]
fn what_follows_from_an_error_is_not_told() {
    // The parameter misspelt is missing, the list without its only item is empty, the pair is short.
    insta::assert_snapshot!(told(
        r#"horizn = "1h"
[platform.p]
kind = "faas"
keep_alive.fixed = { windw = "1s" }
hosts = [{ cpu = -1 }]
[service.a]
demand.constant = "1s"
window = ["1", "2s"]
"#
    ));
}

#[test]
fn a_list_that_is_too_long_or_empty() {
    insta::assert_snapshot!(told(
        r#"horizon = "1h"
[platform.p]
kind = "faas"
keep_alive = "none"
hosts = []
[service.a]
demand.constant = "1s"
window = ["1s", "2s", "3s"]
[service.b]
demand.constant = "1s"
window = ["1s"]
"#
    ));
}

#[test]
fn syntax_errors() {
    insta::assert_snapshot!(told(
        "horizon = 1h\nseed = 1\nseed = 2\n[service.a\ndemand = \"x\nlast = [1,\n"
    ));
}

#[test]
fn errors_in_arguments() {
    let text = "horizon = \"1h\"\n[platform.p]\nkind = \"faas\"\nkeep_alive = \"infinite\"\n\
                placement = \"worst\"\n";
    let arguments =
        ["platform.p.keep_alive.fixed.window=5q", "seed=[", "platform.p.hosts.0.cpu=1", "horizon"];
    insta::assert_snapshot!(read_with(text, &arguments).unwrap_err());
}

#[test]
fn arguments_change_the_file() {
    let text = "horizon = \"1h\"\n[platform.p]\nkind = \"faas\"\nkeep_alive = \"infinite\"\n";
    let arguments = ["platform.p.keep_alive.fixed.window=5m", "horizon=2h"];
    let file = read_with(text, &arguments).unwrap();
    assert_eq!(file.horizon, Span::from_secs(7200));
    let fixed = KeepAlive::Fixed(Fixed { window: Span::from_secs(300), jitter: 0.0 });
    assert!(matches!(&file.platform["p"], Platform::Faas(faas) if faas.keep_alive == fixed));
}

#[test]
fn an_item_deep_in_a_list() {
    insta::assert_snapshot!(told(
        r#"horizon = "1h"
[service.a]
demand.constant = "1s"
calls = [
    { service = "b" },
    { service = "c", probability = 1.5 },
    { servce = "d" },
]
"#
    ));
}

#[test]
fn lines_that_are_wide_or_not_of_ascii() {
    let wide = "x".repeat(120);
    insta::assert_snapshot!(told(&format!(
        "horizon = \"1h\" # grüße\n\
         service.\"größe 測試\" = {{ demand.constant = \"1s\",\tmemry = \"1MB\" }}\n\
         service.b = {{ demand.constant = \"1s\", {wide} = \"測試測試測試測試測試測試測試測試\" }}\n\
         service.c = {{ demand.constant = \"{wide}\" }} # {wide}\n"
    )));
}

#[test]
fn more_errors_than_are_told() {
    let keys: Vec<_> = (0..150).map(|number| format!("x{number} = 1")).collect();
    let told = told(&format!("horizon = \"1h\"\n{}", keys.join("\n")));
    assert!(told.ends_with("100 errors, 1 warning in scenarios/x.toml\n"), "{told}");
    assert!(told.contains("warning: 100 errors are told; there may be more"), "{told}");
}

#[test]
fn colours_are_shown_on_demand() {
    let mut problems = Problems::default();
    let sources = Sources::new("x.toml", "a = nan");
    assert_eq!(Node::parse(sources.file(), &mut problems), None);
    insta::assert_snapshot!(problems.render(&sources, true).replace('\x1b', "ESC"));
}

#[test]
fn a_path_of_the_user_leads_to_its_place() {
    let text = "[service.a]\ncalls = [{ service = \"x\" }]\n";
    let sources = Sources::new("x.toml", text);
    let mut problems = Problems::default();
    let root = Node::parse(text, &mut problems).unwrap();
    let help = Some("services: `a`".to_owned());
    problems.error_at(&root, "service.a.calls.0.service", "no service is called `x`", help);
    problems.warning_at(&root, "service.a.memory.high", "no memory is set", None);
    insta::assert_snapshot!(problems.render(&sources, false));
}

proptest! {
    /// Mutations of a sound file are read or refused in words, never a panic or a hang.
    #[test]
    fn no_file_panics(
        cut in 0_usize..240,
        len in 0_usize..12,
        graft in "[a-z0-9 .=\"{}\\[\\],\n-]{0,10}",
    ) {
        let sound = "horizon = \"1h\"\nseed = 3\n[service.a]\ndemand.exponential = { mean = \"1s\" }\n\
            calls = [{ service = \"b\", probability = 0.5 }]\nwindow = [\"1s\", \"2s\"]\n[platform.p]\n\
            kind = \"faas\"\nkeep_alive.fixed = { window = \"10m\" }\nhosts = [{ cpu = 4 }]\n";
        prop_assert!(read_with(sound, &[]).is_ok());
        let (from, to) = (cut.min(sound.len()), (cut + len).min(sound.len()));
        let text = format!("{}{graft}{}", &sound[..from], &sound[to..]);
        if let Err(told) = read_with(&text, &[]) {
            prop_assert!(told.contains("error"), "{told}");
        }
    }
}
