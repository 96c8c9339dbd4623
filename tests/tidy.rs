//! House rules that a compiler does not keep: the order of floors, sizes, words that promise work
//! for later, and catalogues that name all there is.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Modules that stand side by side, and which of them may use which other.
type Floor = (&'static [&'static str], &'static [(&'static str, &'static str)]);

/// The floors from the ground, by the folder they stand in. A `use crate::X` names the floor of its
/// own file or an earlier one.
const FLOORS: &[Floor] = &[
    (&["kernel"], &[]),
    (&["stats", "quantity", "variate"], &[("variate", "quantity"), ("variate", "stats")]),
    (&["preset"], &[]),
    (&["model"], &[]),
    (&["workload"], &[]),
    (&["policy"], &[]),
    (&["pricing"], &[]),
    (&["platform/fleet"], &[]),
    (&["platform"], &[]),
    (&["metric"], &[]),
    (&["world"], &[]),
    (&["scenario"], &[]),
    (&["experiment"], &[]),
    (&["report"], &[]),
    (&["cli"], &[]),
];

const MOST_LINES_OF_A_FILE: usize = 410;
const MOST_LINES_OF_A_FUNCTION: usize = 70;

/// Work for later, and places on the machine of whoever wrote it.
const BANNED: &[&str] = &[
    "TODO",
    "FIXME",
    "XXX",
    "HACK",
    "todo!(",
    "unimplemented!(",
    "\"/work",
    "\"/tmp",
    "\"/root",
    "\"/home",
    " /work/",
    " /tmp/",
    " /root/",
    " /home/",
];

fn project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The Rust files under a folder: path from the project, and text.
fn files(folder: &str) -> Vec<(String, String)> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(project(&folder)).unwrap() {
            let entry = entry.unwrap();
            let path = format!("{folder}/{}", entry.file_name().into_string().unwrap());
            if entry.file_type().unwrap().is_dir() {
                folders.push(path);
            } else if Path::new(&path).extension().is_some_and(|extension| extension == "rs") {
                files.push((path.clone(), fs::read_to_string(project(&path)).unwrap()));
            }
        }
    }
    files.sort_unstable();
    files
}

/// Where a module stands: the number of its floor, and the name it has there. The more particular
/// name counts: `platform/fleet` before `platform`.
fn floor(module: &str) -> Option<(usize, &'static str)> {
    let mut found: Option<(usize, &'static str)> = None;
    for (number, (names, _)) in FLOORS.iter().enumerate() {
        for name in *names {
            let inside = module.strip_prefix(name).is_some_and(|rest| {
                rest.is_empty() || rest.starts_with('/') || rest.starts_with(".rs")
            });
            if inside && found.is_none_or(|(_, other)| other.len() < name.len()) {
                found = Some((number, name));
            }
        }
    }
    found
}

/// What a file names of its own crate after `crate::`, as paths with `/`, with their lines.
fn names(text: &str) -> Vec<(usize, String)> {
    let mut names = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let code = line.split("//").next().unwrap_or("");
        for (at, _) in code.match_indices("crate::") {
            if code[..at].ends_with("pub(in ") {
                continue;
            }
            let path: String = code[at + "crate::".len()..]
                .chars()
                .take_while(|letter| letter.is_alphanumeric() || matches!(letter, '_' | ':'))
                .collect();
            names.push((number + 1, path.trim_end_matches(':').replace("::", "/")));
        }
    }
    names
}

fn floor_violations(file: &str, text: &str) -> Vec<String> {
    let module = file.strip_prefix("src/").unwrap();
    let Some((own, own_name)) = floor(module) else { return Vec::new() };
    let forbidden = |(line, path): (usize, String)| {
        let (number, name) = floor(&path)?;
        let sibling = FLOORS[own].1.contains(&(own_name, name));
        let allowed = number < own || name == own_name || (number == own && sibling);
        (!allowed).then(|| format!("{file}:{line}: `{own_name}` uses `{path}` of a later floor"))
    };
    names(text).into_iter().filter_map(forbidden).collect()
}

#[test]
fn floors_are_in_order() {
    let files = files("src");
    let told: Vec<_> = files.iter().flat_map(|(file, text)| floor_violations(file, text)).collect();
    assert!(told.is_empty(), "{}", told.join("\n"));
}

#[test]
fn every_file_stands_on_a_floor() {
    for (file, _) in files("src") {
        let module = file.strip_prefix("src/").unwrap();
        let known = matches!(module, "lib.rs" | "main.rs") || floor(module).is_some();
        assert!(known, "{file} stands on no floor of tests/tidy.rs");
    }
}

#[test]
fn a_step_down_the_stairs_is_seen() {
    let told = |file, text| floor_violations(file, text).len();
    assert_eq!(told("src/kernel/time.rs", "use crate::model::Id;"), 1);
    assert_eq!(told("src/model/mod.rs", "use crate::{kernel::Time};\nlet a = crate::world::A;"), 1);
    assert_eq!(told("src/stats/level.rs", "use crate::quantity::Bytes;"), 1);
    assert_eq!(told("src/variate/level.rs", "use crate::quantity::Bytes;"), 0);
    assert_eq!(told("src/platform/fleet/mod.rs", "use crate::platform::Servers;"), 1);
    assert_eq!(told("src/platform/faas.rs", "use crate::platform::fleet::Fleet;"), 0);
    assert_eq!(told("src/kernel/time.rs", "// as crate::model does"), 0);
}

/// `use crate::{a, b}`, or a `super` that leaves its floor, would hide from the scan what is named.
#[test]
fn imports_can_be_read() {
    let mut told = Vec::new();
    for (file, text) in files("src") {
        let module = file.strip_prefix("src/").unwrap().strip_suffix(".rs").unwrap();
        let module = module.strip_suffix("/mod").unwrap_or(module);
        let Some((_, own)) = floor(module) else { continue };
        let depth = module.matches('/').count() - own.matches('/').count();
        for (number, line) in text.lines().enumerate() {
            let climbs = line.matches("super::").count();
            let inner = text.lines().take(number).any(|line| line.starts_with("mod tests {"));
            if line.contains("use crate::{") || climbs > depth + usize::from(inner) {
                told.push(format!("{file}:{}: {}", number + 1, line.trim()));
            }
        }
    }
    assert!(told.is_empty(), "write one `use crate::NAME` a line:\n{}", told.join("\n"));
}

#[test]
fn files_are_short() {
    let mut told = Vec::new();
    for (file, text) in files("src").iter().chain(&files("tests")) {
        let lines = text.lines().count();
        if lines > MOST_LINES_OF_A_FILE {
            told.push(format!("{file} has {lines} lines"));
        }
    }
    assert!(told.is_empty(), "{}", told.join("\n"));
}

/// The functions of a file, by first line, name and number of lines. The text is as rustfmt writes
/// it: a function ends at the line of its closing brace, indented as its first line is.
fn functions(text: &str) -> Vec<(usize, String, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let indent = |line: &str| line.len() - line.trim_start().len();
    let mut functions = Vec::new();
    for (start, line) in lines.iter().enumerate() {
        let code = line.trim_start();
        let Some((before, rest)) = code.split_once("fn ") else { continue };
        let outer = before.trim_end();
        if !(outer.is_empty() || outer == "const" || outer.starts_with("pub")) {
            continue;
        }
        let name = rest.split('(').next().unwrap_or("");
        let body = &lines[start..];
        let end = body.iter().position(|other| {
            indent(other) == indent(line)
                && (other.trim_start().starts_with('}')
                    || other.ends_with(';')
                    || other.ends_with('}'))
        });
        if let Some(end) = end {
            functions.push((start + 1, name.to_owned(), end + 1));
        }
    }
    functions
}

#[test]
fn functions_are_short() {
    let (mut told, mut lengths) = (Vec::new(), Vec::new());
    for (file, text) in files("src").iter().chain(&files("tests")) {
        for (line, name, length) in functions(text) {
            lengths.push(length);
            if length > MOST_LINES_OF_A_FUNCTION {
                told.push(format!("{file}:{line}: `{name}` has {length} lines"));
            }
        }
    }
    assert!(told.is_empty(), "{}", told.join("\n"));
    lengths.sort_unstable();
    assert!(lengths.len() > 500, "the scan sees only {} functions", lengths.len());
    let median = lengths[lengths.len() / 2];
    assert!(median <= 10, "the median function has {median} lines");
}

#[test]
fn the_scan_counts_lines_of_functions() {
    let text = "impl A {\n    pub(super) fn a(\n        b: u8,\n    ) -> u8 {\n        b\n    }\n\n\
                \x20   fn c();\n    fn d() {}\n}\n// fn e()\nconst fn f<T>() {\n    let fn_g = 1;\n}\n";
    let found = functions(text);
    let expected = [(2, "a", 5), (8, "c", 1), (9, "d", 1), (12, "f<T>", 3)];
    assert_eq!(found, expected.map(|(at, name, n)| (at, name.to_owned(), n)));
}

#[test]
fn nothing_is_left_for_later() {
    let mut told = Vec::new();
    for (file, text) in files("src").iter().chain(&files("tests")) {
        if file == "tests/tidy.rs" {
            continue;
        }
        for (number, line) in text.lines().enumerate() {
            let banned = BANNED.iter().find(|banned| line.contains(**banned));
            told.extend(banned.map(|banned| format!("{file}:{}: {banned}", number + 1)));
        }
    }
    assert!(told.is_empty(), "{}", told.join("\n"));
}

#[test]
fn exceptions_have_reasons() {
    let mut told = Vec::new();
    for (file, text) in files("src").iter().chain(&files("tests")) {
        if file == "tests/tidy.rs" {
            continue;
        }
        for mark in ["[allow(", "[expect(", "[ignore"] {
            for (at, _) in text.match_indices(mark) {
                let end = text[at..].find(']').map_or(text.len(), |end| at + end);
                let ignored = mark == "[ignore" && text[at..end].contains("= \"");
                if !text[at..end].contains("reason = \"") && !ignored {
                    let line = text[..at].lines().count();
                    told.push(format!("{file}:{line}: {} without a reason", &text[at..end]));
                }
            }
        }
    }
    assert!(told.is_empty(), "{}", told.join("\n"));
}

/// Every file of a policy is in the catalogue of its kind: what a file describes can be found.
#[test]
fn every_policy_is_in_its_catalogue() {
    let mut policies = 0;
    for (file, text) in files("src/policy") {
        let names = text.lines().filter_map(|line| {
            line.trim().strip_prefix("const NAME: &'static str = \"")?.strip_suffix("\";")
        });
        for name in names {
            let kind = file.split('/').nth(2).unwrap();
            let module = fs::read_to_string(project(&format!("src/policy/{kind}/mod.rs"))).unwrap();
            assert!(module.contains("catalogue!"), "{kind} has no catalogue");
            let entries = cloudsched::policy::CATALOGUES.iter().flat_map(|c| c.entries);
            let known = entries.filter(|entry| entry.name == name).count();
            assert!(known > 0, "{file}: `{name}` is in no catalogue");
            policies += 1;
        }
    }
    // One that serves two kinds is in both catalogues.
    let entries = cloudsched::policy::CATALOGUES.iter().flat_map(|c| c.entries);
    let listed: BTreeSet<_> = entries.map(|entry| (entry.name, entry.summary)).collect();
    assert_eq!(policies, listed.len(), "files of policies, and policies in catalogues");
}
