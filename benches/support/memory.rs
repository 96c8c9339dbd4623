//! Peak memory of work, in a process of its own.

use std::process::Command;

/// The argument of the process that measures memory.
const MEMORY: &str = "--memory-of";

/// Runs this benchmark in a process of its own, whose [`tell_peak_memory`] does the work that these
/// numbers mean; its peak resident memory in MB, where the system tells it (Linux).
pub fn peak_memory_of(numbers: &[u64]) -> Option<f64> {
    let this = std::env::current_exe().expect("the benchmark knows its own path");
    let mut child = Command::new(this);
    child.arg(MEMORY).args(numbers.iter().map(u64::to_string));
    let output = child.output().expect("the benchmark can run itself");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8_lossy(&output.stdout);
    text.trim().parse().ok().map(|bytes: f64| bytes / 1e6)
}

/// In the process that measures memory: does `work` and tells the peak; whether it is that process.
pub fn tell_peak_memory(work: impl FnOnce(&[u64])) -> bool {
    let mut arguments = std::env::args().skip_while(|argument| argument != MEMORY);
    if arguments.next().is_none() {
        return false;
    }
    let number = |text: String| text.parse().expect("the parent gives numbers");
    work(&arguments.map(number).collect::<Vec<u64>>());
    println!("{}", peak_memory().map_or("unknown".to_owned(), |bytes| bytes.to_string()));
    true
}

/// Peak resident memory of this process in bytes, where the system tells it (Linux).
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
}
