//! The documents and the scenarios are true: what they show is loaded by the program's own reader,
//! and what the program has is told.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::path::{Path, PathBuf};

use cloudsched::metric::METRICS;
use cloudsched::policy::CATALOGUES;
use cloudsched::policy::catalogue::Entry;
use cloudsched::pricing::sheet::SHEETS;
use cloudsched::report::{CHARTS, summary};
use cloudsched::scenario::{load, load_text};
use cloudsched::variate::DISTRIBUTIONS;
use cloudsched::workload::arrival::ARRIVALS;
use cloudsched::workload::trace::TRACES;
use cloudsched::world::run_watched;

fn project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn read(path: &str) -> String {
    fs::read_to_string(project(path)).unwrap()
}

/// The files of a folder with this extension, in order.
fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(project(folder)).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|e| e == extension)).collect();
    files.sort_unstable();
    files
}

/// The blocks of code of a text whose fence says `info`: number of the line, code.
fn blocks(text: &str, info: &str) -> Vec<(usize, String)> {
    let mut blocks = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        let Some(found) = line.strip_prefix("```").filter(|found| !found.is_empty()) else {
            continue;
        };
        let code: Vec<&str> =
            lines.by_ref().map(|(_, line)| line).take_while(|line| *line != "```").collect();
        if found == info {
            blocks.push((number + 2, code.join("\n")));
        }
    }
    blocks
}

#[test]
fn complete_scenarios_in_documents_are_right() {
    let mut pages = files("docs", "md");
    pages.extend(files("", "md"));
    let mut found = 0;
    for page in pages {
        let text = fs::read_to_string(&page).unwrap();
        for (line, code) in blocks(&text, "toml scenario") {
            let name = format!("{}:{line}", page.display());
            let loaded = load_text(&name, &code, &project("scenarios"), "page", &[])
                .unwrap_or_else(|error| panic!("{name}\n{}", error.render(false)));
            let told = loaded.problems.render(&loaded.sources, false);
            assert!(loaded.problems.is_empty(), "{name}\n{told}");
            found += 1;
        }
    }
    assert!(found > 0, "no page shows a complete scenario");
}

#[test]
fn scenarios_are_right_and_say_what_they_are_for() {
    let files = files("scenarios", "toml");
    assert!(files.len() >= 7, "only {} scenarios", files.len());
    for file in files {
        let loaded = load(&file, &[]).unwrap_or_else(|error| panic!("{}", error.render(false)));
        let told = loaded.problems.render(&loaded.sources, false);
        assert!(loaded.problems.is_empty(), "{told}");
        let name = file.file_stem().unwrap().to_str().unwrap();
        assert_eq!(loaded.specification.name, name);
        let text = fs::read_to_string(&file).unwrap();
        let opening: Vec<&str> = text.lines().take_while(|line| line.starts_with('#')).collect();
        let question = opening.iter().take(3).any(|line| line.contains('?'));
        assert!(question, "{name} opens with no question");
        let command = format!("#   cargo run --release -- run scenarios/{name}.toml");
        assert!(opening.contains(&command.as_str()), "{name} does not say: {command}");
    }
}

/// Every change that the comments of a scenario speak of can be made.
#[test]
fn changes_that_scenarios_speak_of_load() {
    let mut found = 0;
    for file in files("scenarios", "toml") {
        let text = fs::read_to_string(&file).unwrap();
        for line in text.lines().filter(|line| line.starts_with("#   ... --set ")) {
            let set = line.split_whitespace().nth(3).unwrap().to_owned();
            load(&file, std::slice::from_ref(&set))
                .unwrap_or_else(|error| panic!("{set}\n{}", error.render(false)));
            found += 1;
        }
    }
    assert!(found > 10, "only {found} changes");
}

#[test]
fn the_page_of_the_format_tells_all_there_is() {
    let page = read("docs/scenario.md");
    let catalogues = CATALOGUES.iter().copied().chain([&SHEETS]);
    let policies = catalogues.flat_map(|catalogue| catalogue.entries);
    let parameters = policies.clone().flat_map(Entry::parameters);
    let names = policies.map(|entry| entry.name).chain(DISTRIBUTIONS.iter().map(|d| d.name));
    let names = names.chain(ARRIVALS.iter().map(|a| a.name)).chain(TRACES.iter().map(|t| t.name));
    let names = names.chain(METRICS.iter().map(|metric| metric.name)).map(str::to_owned);
    for name in names.chain(parameters.map(|parameter| parameter.name)) {
        assert!(page.contains(&format!("`{name}`")), "docs/scenario.md does not tell `{name}`");
    }
}

#[test]
fn the_page_of_charts_tells_all_there_are() {
    let page = read("docs/charts.md");
    for chart in CHARTS {
        assert!(page.contains(&format!("| `{}` |", chart.name)), "{} is not told", chart.name);
        for file in chart.files {
            assert!(page.contains(&format!("`{file}`")), "{file} is not told");
        }
    }
}

#[test]
fn the_readme_shows_what_the_quickstart_gives() {
    let loaded = load(&project("scenarios/quickstart.toml"), &[]).unwrap();
    let outcome = run_watched(&loaded.specification, loaded.seed, None);
    let shown = summary(&loaded.specification.name, &outcome, 80, false);
    let readme = read("README.md");
    assert!(readme.contains(&shown), "README.md does not show:\n{shown}");
}

/// The paths in backquotes and in links of a page that look like files of this project.
fn paths(text: &str) -> impl Iterator<Item = &str> {
    let quoted = text.split('`').skip(1).step_by(2);
    let linked = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    quoted.chain(linked).filter(|word| {
        let plain = |c: char| c.is_ascii_alphanumeric() || "._-/".contains(c);
        let known = ["rs", "toml", "md", "csv"].iter().any(|e| word.ends_with(&format!(".{e}")));
        word.contains('/') && known && word.chars().all(plain)
    })
}

#[test]
fn files_that_documents_name_are_there() {
    for page in ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "results/README.md"] {
        for path in paths(&read(page)) {
            let own = Path::new(page).parent().unwrap().join(path);
            let there = project(path).exists() || project(own.to_str().unwrap()).exists();
            assert!(there, "{page} names {path}, which is not there");
        }
    }
}
