//! docs/prices.md holds the values of every price sheet and machine type, as the data files do.
//! `CLOUDSCHED_BLESS=1` writes them.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use cloudsched::preset::{EC2_MACHINES, Fact, MACHINES, Preset};
use cloudsched::pricing::sheet::{SHEETS, preset};

/// The table of the values of a sheet.
fn sheet(preset: &Preset) -> String {
    let mut table = "| value | | how it is known | from |\n|---|---|---|---|\n".to_owned();
    let mut row = |of: &str, fact: &Fact| {
        let known = if fact.value.is_some() { fact.evidence.words() } else { "not known" };
        let value = fact.value.as_ref().map_or_else(|| fact.unit.clone(), |_| fact.shown());
        let note = if fact.note.is_empty() { String::new() } else { format!("; {}", fact.note) };
        let Fact { name, as_of, source, .. } = fact;
        writeln!(table, "| {of}`{name}` | {value} | {known}, {as_of} | {source}{note} |").unwrap();
    };
    preset.values.iter().for_each(|fact| row("", fact));
    for size in preset.tables.values().flatten() {
        size.facts.iter().for_each(|fact| row(&format!("{}, ", size.name), fact));
    }
    table
}

/// The table of machine types.
fn machines() -> String {
    let columns = ["ghz", "network", "disk", "gpu"];
    let mut table = "| type | vCPU | memory | USD an hour | GHz | Mbit/s | NVMe, GB | GPU |\n\
                     |---|---|---|---|---|---|---|---|\n"
        .to_owned();
    for machine in MACHINES.iter() {
        let (name, cpu, memory) = (machine.name, machine.cpu, machine.memory);
        write!(table, "| `{name}` | {cpu} | {memory} | {} |", machine.hour.as_usd()).unwrap();
        for column in columns {
            let fact = machine.row.facts.iter().find(|fact| fact.name == column);
            let value = fact.and_then(|fact| fact.value.as_ref());
            write!(table, " {} |", value.map(cloudsched::preset::shown).unwrap_or_default())
                .unwrap();
        }
        table.push('\n');
    }
    let fact = &EC2_MACHINES.everything().next().unwrap();
    let (known, as_of, source) = (fact.evidence.words(), &fact.as_of, &fact.source);
    format!("{known}, {as_of}: {source}\n\n{table}")
}

#[test]
fn the_page_of_prices_holds_the_data() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/prices.md");
    let page = fs::read_to_string(&path).unwrap();
    let sheets = SHEETS.entries.iter().filter_map(|entry| Some((entry.name, preset(entry.name)?)));
    let mut blocks: Vec<(&str, String)> = sheets.map(|(name, data)| (name, sheet(data))).collect();
    blocks.push(("machines", machines()));
    let mut written = page.clone();
    for (name, block) in &blocks {
        let (begin, end) = (format!("<!-- values of {name} -->\n"), "<!-- end -->");
        let at =
            written.find(&begin).unwrap_or_else(|| panic!("no place for the values of {name}"));
        let from = at + begin.len();
        let to = from + written[from..].find(end).unwrap();
        written.replace_range(from..to, &format!("\n{block}\n"));
    }
    if std::env::var_os("CLOUDSCHED_BLESS").is_some() {
        fs::write(&path, &written).unwrap();
    } else {
        let differs = written.lines().zip(page.lines()).find(|(data, page)| data != page);
        assert!(written == page, "CLOUDSCHED_BLESS=1 writes it anew; first: {differs:?}");
    }
}
