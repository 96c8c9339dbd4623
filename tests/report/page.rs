//! What is on the page.

use std::fs;
use std::path::Path;

use cloudsched::report::{CHARTS, Chart};

use super::{cloudsched, everything, page, project, report};

fn has(html: &str, parts: &[&str]) {
    for part in parts {
        assert!(html.contains(part), "{part} is not in {html}");
    }
}

#[test]
fn all_that_a_folder_tells_is_there() {
    let folder = everything();
    let html = page(folder.path());
    has(
        &html,
        &[
            "<p class=\"kind\">sweep</p>",
            "<p class=\"question\">Which is &lt;better&gt;?</p>",
            "cloudsched sweep &#39;it&#39;\\&#39;&#39;s &lt;b&gt;.toml&#39; --seed 7",
            "1 of 2 runs failed",
            "cloudsched run &#39;&lt;b&gt;.toml&#39; --seed 5",
            "<code>0123456789abcdef</code>",
            "<code>fedcba9876543210</code>",
            "data-value=\"18446744073709552000\">18446744073709551615</td>",
            "the 90\u{a0}% interval",
            "<th scope=\"col\" class=\"figure\" data-key=\"response_ms_p99\" \
         title=\"99th percentile of the response time.\">p99 response time \
         <span class=\"unit\">(ms)</span></th>",
            "data-value=\"760\">760<span class=\"half-width\"> ± 46</span></td>",
            "data-value=\"0.2\">20.0<span class=\"half-width\"> ± 1.2</span></td>",
            "<span class=\"verdict better\">better</span>",
            "−110<span class=\"half-width\"> ± 20</span>",
            "<strong>1.57 USD</strong> a run, in the mean over 2 runs",
        ],
    );
    let told = |chart: &&Chart| chart.name != "exposure";
    for chart in CHARTS.iter().filter(told) {
        let drawn = chart.draw(folder.path(), None).unwrap();
        for number in 1..=drawn.pictures.len() {
            has(
                &html,
                &[&format!("<figure class=\"chart\" id=\"chart-{}-{number}\">", chart.name)],
            );
        }
    }
    let charts = html.matches("<figure ").count();
    for part in ["<svg ", " role=\"img\"", "-title\">", "<desc "] {
        assert_eq!(html.matches(part).count(), charts, "{part}");
    }
}

#[test]
fn nothing_of_others_is_markup_and_nothing_is_loaded() {
    let folder = everything();
    for file in ["summary.csv", "quantiles.csv", "compare.csv"] {
        let path = folder.path().join(file);
        let text =
            fs::read_to_string(&path).unwrap().replace("none,", "<script>alert(3)</script>,");
        fs::write(path, text.replace("10m", "<svg onload=alert(4)>")).unwrap();
    }
    for file in ["requests.csv", "series.csv", "instances.csv"] {
        let path = folder.path().join(file);
        let text = fs::read_to_string(&path).unwrap();
        fs::write(path, text.replace("web", "<img src=x>").replace("lambda", "<b>")).unwrap();
    }
    let html = page(folder.path());
    let (head, body) = html.split_once("<body>").unwrap();
    assert!(body.contains("&lt;svg onload=alert(4)") && body.contains("&lt;b&gt;"));
    assert!(!head.contains("<script") && body.matches("<script").count() == 1);
    for markup in ["<svg onload", "<img", "<b>", "<i>", "<u>", " style=", " src=\"", "javascript:"]
    {
        assert!(!body.contains(markup), "{markup}");
    }
    // The name of SVG is no address, and links lead to places of the page.
    let plain = html.replace("xmlns=\"http://www.w3.org/2000/svg\"", "");
    assert!(!plain.contains("http:") && !plain.contains("https:"));
    assert_eq!(plain.matches("href=\"").count(), plain.matches("href=\"#").count());
    assert!(head.contains("content=\"default-src 'none'; style-src 'sha256-"));
    assert!(head.find("Content-Security-Policy").unwrap() < head.find("<style>").unwrap());
}

/// Elements that have no end.
const VOID: [&str; 3] = ["meta", "!DOCTYPE", "link"];

#[test]
fn elements_are_nested_and_tables_have_names() {
    let html = page(everything().path());
    let mut open: Vec<&str> = Vec::new();
    let mut rest = html.as_str();
    while let Some((_, after)) = rest.split_once('<') {
        let (tag, behind) = after.split_once('>').unwrap();
        rest = behind;
        let name = tag.split([' ', '\n']).next().unwrap();
        match name.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop(), Some(name), "{tag} after {open:?}"),
            None if tag.ends_with('/') || VOID.contains(&name) => {}
            None => open.push(name),
        }
        // What is in them is no markup.
        if name == "style" || name == "script" {
            rest = &rest[rest.find("</").unwrap()..];
        }
    }
    assert!(open.is_empty(), "{open:?}");
    assert_eq!(html.matches("<table ").count(), html.matches("<caption>").count());
    assert_eq!(
        html.matches("<th").count(),
        html.matches("<th scope=").count() + html.matches("<thead>").count()
    );
    let mut ids: Vec<&str> =
        html.split(" id=\"").skip(1).map(|rest| rest.split_once('"').unwrap().0).collect();
    ids.sort_unstable();
    assert!(ids.windows(2).all(|pair| pair[0] != pair[1]), "{ids:?}");
}

#[test]
fn the_same_files_give_the_same_bytes() {
    let (one, other) = (everything(), everything());
    let html = page(one.path());
    assert_eq!(html, page(one.path()));
    assert_eq!(html, page(other.path()));
}

#[test]
fn the_page_goes_where_it_is_wanted() {
    let folder = everything();
    let output = report(folder.path());
    let page = folder.path().join("report.html");
    assert_eq!(String::from_utf8(output.stdout).unwrap(), format!("{}\n", page.display()));
    assert!(output.stderr.is_empty());
    let other = folder.path().join("pages/x.html");
    let words = ["report", folder.path().to_str().unwrap(), "--out", other.to_str().unwrap()];
    assert!(cloudsched(words).status.success());
    assert_eq!(fs::read(page).unwrap(), fs::read(other).unwrap());
}

#[test]
fn a_folder_without_a_manifest_has_a_page() {
    let output = report_of(&project("tests/charts/sweep"));
    assert!(output.1.contains("note: there is no manifest.toml"), "{}", output.1);
    assert!(output.0.contains("<h1>") && output.0.contains("id=\"results\""));
    assert!(!output.0.contains("id=\"origin\""));
}

/// The page of a copy of `from`, and what was told of it.
fn report_of(from: &Path) -> (String, String) {
    let folder = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), folder.path().join(entry.file_name())).unwrap();
    }
    let html = page(folder.path());
    (html, String::from_utf8(report(folder.path()).stderr).unwrap())
}

/// Each command writes a folder that `report` reads.
#[test]
fn every_command_makes_a_folder_that_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let out = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let scenario = "scenarios/quickstart.toml";
    let vary = "platform.lambda.keep_alive=none,infinite";
    let commands: [(&str, Vec<&str>); 4] = [
        ("one", vec!["run", scenario, "--set", "horizon=11m"]),
        ("several", vec!["run", scenario, "--set", "horizon=11m", "--replications", "2"]),
        (
            "compare",
            vec![
                "compare",
                scenario,
                "--set",
                "horizon=11m",
                "--replications",
                "3",
                "--vary",
                vary,
            ],
        ),
        (
            "sweep",
            vec![
                "sweep",
                "scenarios/keep-alive-sweep.toml",
                "--set",
                "sweep.replications=2",
                "--set",
                "horizon=35m",
            ],
        ),
    ];
    for (name, words) in commands {
        let out = out(name);
        let words = words.into_iter().chain(["--out", out.as_str()]);
        let done = cloudsched(words);
        assert!(done.status.success(), "{done:?}");
        let html = page(Path::new(&out));
        has(
            &html,
            &["<p class=\"question\">", "id=\"results\"", "id=\"scenario\"", "id=\"origin\""],
        );
        has(&html, &["cloudsched "]);
        assert_eq!(html.contains("95\u{a0}% interval"), name != "one", "{name}");
        assert_eq!(html.contains("id=\"comparison\""), name == "compare");
        assert_eq!(html.contains("id=\"bill\""), matches!(name, "one" | "several"));
        assert_eq!(html.contains("data-key=\"replications\""), matches!(name, "compare" | "sweep"));
    }
}
