//! `compare`, as a user meets it.

use std::fs;
use std::process::{Command, Output};

fn compare(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cloudsched"));
    command
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .arg("compare")
        .args(arguments)
        .output()
        .expect("it can be run")
}

const SCENARIO: &str = "scenarios/smoke/servers-fifo.toml";

#[test]
fn variants_are_compared_and_written() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let disciplines = "platform.pool.discipline=fifo,lifo,random";
    let arguments = [SCENARIO, "--vary", disciplines, "--out", out.to_str().unwrap()];
    let output = compare(&arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let shown = String::from_utf8(output.stdout).unwrap();
    for part in ["response_ms_mean", "fifo", "lifo", "±", "no difference shown"] {
        assert!(shown.contains(part), "{part} is not in\n{shown}");
    }
    assert!(shown.lines().all(|line| line.chars().count() <= 80), "{shown}");
    let csv = fs::read_to_string(out.join("compare.csv")).unwrap();
    assert!(csv.starts_with("metric,a,b,mean_a,mean_b,difference,"), "{csv}");
    assert!(csv.lines().any(|line| line.starts_with("response_ms_p99,fifo,random,")), "{csv}");
    assert_eq!(compare(&arguments).stdout, shown.as_bytes(), "the same again");
}

#[test]
fn statuses_tell_what_happened() {
    let vary = |more: &[&str]| {
        let mut arguments = vec![SCENARIO, "--vary", "platform.pool.discipline=fifo,lifo"];
        arguments.extend(more);
        let output = compare(&arguments);
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    assert_eq!(vary(&["--fail-if", "requests < 0"]), (Some(0), String::new()));
    let (status, told) = vary(&["--fail-if", "requests > 0"]);
    assert_eq!(status, Some(3));
    assert!(told.starts_with("failed: with fifo, requests is ") && told.contains("lifo"), "{told}");
    assert_eq!(vary(&["--fail-if", "request > 0"]).0, Some(2));
    assert_eq!(vary(&["--metric", "latency"]).0, Some(2));
    let unknown = compare(&[SCENARIO, "--vary", "platform.pool.discipline=fifo,fastest"]);
    assert_eq!(unknown.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("fastest"));
}
