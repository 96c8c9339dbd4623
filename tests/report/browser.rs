//! The page in a real browser: Chromium, which is found by the variable `CLOUDSCHED_CHROMIUM` or in
//! `PATH`. Without one these tests say that they are skipped.

use std::env;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{everything, page};

/// The browser, if there is one.
fn browser() -> Option<PathBuf> {
    if let Some(path) = env::var_os("CLOUDSCHED_CHROMIUM") {
        return Some(path.into());
    }
    let folders = env::split_paths(&env::var_os("PATH")?).collect::<Vec<_>>();
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let found = names.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    let found = found.into_iter().find(|path| path.is_file());
    if found.is_none() {
        let told = "skipped: the page of `report` in a browser, because there is no chromium\n";
        std::io::stderr().write_all(told.as_bytes()).unwrap();
    }
    found
}

/// A page as a browser left it.
struct Seen {
    /// The document after all scripts.
    html: String,
    /// What stands in the console.
    console: Vec<String>,
}

/// What `browser` makes of the file `page` at `place`.
fn seen(browser: &Path, page: &Path, place: &str) -> Seen {
    let profile = tempfile::tempdir().unwrap();
    let mut command = Command::new(browser);
    command.args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]);
    command.args(["--enable-logging=stderr", "--virtual-time-budget=3000", "--dump-dom"]);
    command.arg(format!("--user-data-dir={}", profile.path().display()));
    command.arg(format!("file://{}{place}", page.display()));
    let output = command.output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    let html = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && html.contains("</html>"), "{told}");
    let console = told.lines().filter(|line| line.contains(":CONSOLE"));
    Seen { console: console.map(str::to_owned).collect(), html }
}

/// The first table that can be sorted under `caption`.
fn table<'a>(html: &'a str, caption: &str) -> &'a str {
    let (_, table) = html.split_once(&format!("<caption>{caption}</caption>")).unwrap();
    table.split_once("</table>").unwrap().0
}

/// The texts of a column of the table under `caption`, without markup, from the top.
fn column(html: &str, caption: &str, key: &str) -> Vec<String> {
    let table = table(html, caption);
    let (head, body) = table.split_once("</thead>").unwrap();
    let heads = head.split("<th ").skip(1);
    let place = heads.into_iter().position(|head| head.contains(&format!("data-key=\"{key}\"")));
    let place = place.unwrap_or_else(|| panic!("no {key} in {head}"));
    let cell = |row: &str| {
        let cell = row.replace("<th ", "<td ").split("<td").nth(place + 1).unwrap().to_owned();
        let mut text = String::new();
        for part in cell.split('<') {
            text.push_str(part.split_once('>').map_or("", |(_, text)| text));
        }
        text.trim().to_owned()
    };
    body.split("<tr>").skip(1).map(cell).collect()
}

/// What the head of a column says of its order.
fn order<'a>(html: &'a str, caption: &str, key: &str) -> Option<&'a str> {
    let (head, _) = table(html, caption).split_once("</thead>").unwrap();
    let head = head.split("<th ").find(|head| head.contains(&format!("data-key=\"{key}\"")))?;
    Some(head.split_once("aria-sort=\"")?.1.split_once('"')?.0)
}

const P99: [&str; 6] = ["1,500 ± 90", "1,450 ± 87", "760 ± 46", "480 ± 29", "120.0 ± 7.2", "–"];

#[test]
fn a_browser_shows_it_without_a_complaint() {
    let Some(browser) = browser() else { return };
    let folder = everything();
    let html = page(folder.path());
    let seen = seen(&browser, &folder.path().join("report.html"), "");
    assert_eq!(seen.console, Vec::<String>::new());
    let charts = html.matches("<figure ").count();
    assert!(charts >= 8);
    assert_eq!(seen.html.matches("<svg ").count(), charts);
    assert!(seen.html.contains(
        "<button type=\"button\">p99 response time <span class=\"unit\">(ms)</span></button>"
    ));
    assert_eq!(column(&seen.html, "Points", "response_ms_p99"), P99);
}

#[test]
fn the_address_says_how_tables_are_sorted() {
    let Some(browser) = browser() else { return };
    let folder = everything();
    page(folder.path());
    let file = folder.path().join("report.html");
    let sorted = |key: &str, direction: &str| {
        let seen = seen(&browser, &file, &format!("#sort={key},{direction}"));
        assert_eq!(seen.console, Vec::<String>::new());
        assert_eq!(order(&seen.html, "Points", key), Some(direction));
        seen.html
    };
    let (p99, rate, policy) =
        ("response_ms_p99", "client.users.arrivals.poisson.rate", "platform.lambda.keep_alive");
    // Numbers as numbers, and what is missing last both ways.
    let up = ["120.0 ± 7.2", "480 ± 29", "760 ± 46", "1,450 ± 87", "1,500 ± 90", "–"];
    assert_eq!(column(&sorted(p99, "ascending"), "Points", p99), up);
    assert_eq!(column(&sorted(p99, "descending"), "Points", p99), P99);
    // What is equal stays in order.
    let by_rate = sorted(rate, "descending");
    let rates = ["10/s", "10/s", "10/s", "1/s", "1/s", "1/s"];
    assert_eq!(column(&by_rate, "Points", rate), rates);
    let policies = ["none", "fixed 10m", "infinite", "none", "fixed 10m", "infinite"];
    assert_eq!(column(&by_rate, "Points", policy), policies);
    // All tables that have the column follow.
    assert_eq!(column(&by_rate, "Times", policy), policies);
    let by_policy = column(&sorted(policy, "ascending"), "Points", policy);
    assert_eq!(by_policy[..3], ["fixed 10m", "fixed 10m", "infinite"]);
}

/// Runs in the page after its own script: presses the button of a heading, measures, and tells.
const DRIVER: &str = r#"<script>
  const head = document.querySelector('[data-key="response_ms_p99"]');
  const said = [];
  for (let press = 0; press < 3; press++) {
    head.querySelector("button").focus();
    said.push(document.activeElement.textContent);
    document.activeElement.click();
    const first = head.closest("table").tBodies[0].rows[0].cells[head.cellIndex];
    said.push(head.getAttribute("aria-sort"), first.textContent, location.hash);
  }
  const charts = [...document.querySelectorAll("svg")].map((svg) => svg.getBoundingClientRect());
  said.push(`small charts: ${charts.filter((box) => box.width < 300 || box.height < 60).length}`);
  const { scrollWidth, clientWidth } = document.documentElement;
  said.push(`${innerWidth} wide`, `too wide: ${scrollWidth - clientWidth}`);
  parent.postMessage(said.join("|"), "*");
</script></body>"#;

/// Shows the page as wide as a phone: windows of a browser have a width that they do not go below.
const PHONE: &str = r#"<html><pre id="told"></pre>
<script>onmessage = (told) => { document.getElementById("told").textContent = told.data; }</script>
<iframe width="375" height="800" src="driven.html"></iframe></html>"#;

#[test]
fn headings_are_pressed_and_nothing_is_wider_than_a_phone() {
    let Some(browser) = browser() else { return };
    let folder = everything();
    let html = page(folder.path());
    // The page itself takes no other script, so the copy has no policy.
    let (before, policy) = html.split_once("<meta http-equiv").unwrap();
    let open = before.to_owned() + policy.split_once('\n').unwrap().1;
    fs::write(folder.path().join("driven.html"), open.replace("</body>", DRIVER)).unwrap();
    let file = folder.path().join("phone.html");
    fs::write(&file, PHONE).unwrap();
    let seen = seen(&browser, &file, "");
    assert_eq!(seen.console, Vec::<String>::new());
    let (_, driven) = seen.html.split_once("<pre id=\"told\">").unwrap();
    let driven: Vec<&str> = driven.split_once("</pre>").unwrap().0.split('|').collect();
    let name = "p99 response time (ms)";
    let (up, down) = ("120.0 ± 7.2", "1,500 ± 90");
    let (ascending, descending) =
        ("#sort=response_ms_p99,ascending", "#sort=response_ms_p99,descending");
    let pressed_up = [name, "ascending", up, ascending];
    let pressed_down = [name, "descending", down, descending];
    let measured = ["small charts: 0", "375 wide", "too wide: 0"];
    let expected: Vec<&str> = [&pressed_up[..], &pressed_down, &pressed_up, &measured].concat();
    assert_eq!(driven, expected);
}

/// What the tests above would see if the page broke its own policy; all but the order is there without
/// its script.
#[test]
fn a_script_that_was_changed_is_refused() {
    let Some(browser) = browser() else { return };
    let folder = everything();
    let html = page(folder.path());
    let file = folder.path().join("changed.html");
    fs::write(&file, html.replacen("\"use strict\";", "\"use strict\"; ", 1)).unwrap();
    let seen = seen(&browser, &file, "");
    assert!(seen.console.iter().any(|line| line.contains("Content Security Policy")));
    assert!(!seen.html.contains("<button"));
    assert_eq!(column(&seen.html, "Points", "response_ms_p99"), P99);
    assert_eq!(seen.html.matches("<svg ").count(), html.matches("<figure ").count());
}
