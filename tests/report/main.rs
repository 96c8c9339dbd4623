//! `report`: the page that it writes, what it says where there is nothing to show, and what browsers
//! make of the page.
#![expect(clippy::unwrap_used, reason = "the helpers of tests are tests, too")]

mod browser;
mod errors;
mod page;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// A manifest with all that there may be in one, and markup wherever others write text.
const MANIFEST: &str = r#"
version = "0.1.0"
name = "<script>alert('name')</script>"
command = ["sweep", "it's <b>.toml", "--seed", "7"]
files = ["summary.csv"]
confidence = 0.9
warnings = ["a.toml:1:2: <img src=x onerror=alert(1)>"]
file = "it's <b>.toml"
sets = ["name=\"</pre><script>alert(2)</script>\""]
digest = "0123456789abcdef"
scenario = '''
# Which is <better>?
#
#   cloudsched run <b>.toml
name = "</pre><script>alert('scenario')</script>"
'''
fingerprint = "fedcba9876543210"

[[run]]
point = 0
replication = 0
seed = "18446744073709551615"
digest = "a1"
events = 12345

[[run]]
point = 0
replication = 1
seed = 5
panicked = "<i>overflow</i>"
replay = "cloudsched run '<b>.toml' --seed 5"
"#;

/// The bill of two runs.
const BILL: &str = "\
replication,platform,item,quantity,unit,price_usd,cost_usd
0,<u>lambda,requests,1000000,request,2e-7,0.2
0,<u>lambda,memory,60000,GiB-s,0.0000166667,1.000002
1,<u>lambda,requests,3000000,request,2e-7,0.6
1,<u>lambda,memory,80000,GiB-s,0.0000166667,1.333336
";

fn project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// A folder with the results of a run, a sweep and a comparison, so that all there is can be shown, but for what
/// a sweep over releases tells.
fn everything() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for part in ["cluster", "releases", "run", "sweep", "compare"] {
        for entry in fs::read_dir(project("tests/charts").join(part)).unwrap() {
            let entry = entry.unwrap();
            fs::copy(entry.path(), folder.path().join(entry.file_name())).unwrap();
        }
    }
    fs::write(folder.path().join("manifest.toml"), MANIFEST).unwrap();
    fs::write(folder.path().join("bill.csv"), BILL).unwrap();
    folder
}

fn cloudsched<'a>(words: impl IntoIterator<Item = &'a str>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cloudsched"));
    command.current_dir(project("")).args(words).output().unwrap()
}

fn report(folder: &Path) -> Output {
    cloudsched(["report", folder.to_str().unwrap()])
}

/// The page of `folder`, which can be made.
fn page(folder: &Path) -> String {
    let output = report(folder);
    assert!(output.status.success(), "{output:?}");
    fs::read_to_string(folder.join("report.html")).unwrap()
}
