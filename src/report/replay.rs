//! The line that does a run again.

use crate::kernel::Seed;

/// The line that runs `file` with this seed, changed by `sets`, in a POSIX shell.
///
/// ```
/// use cloudsched::kernel::Seed;
/// let line = cloudsched::report::replay_line("a.toml", Seed::new(7), ["name=\"x\"".to_owned()]);
/// assert_eq!(line, "cloudsched run a.toml --seed 7 --set 'name=\"x\"'");
/// ```
pub fn replay_line(file: &str, seed: Seed, sets: impl IntoIterator<Item = String>) -> String {
    let head = format!("cloudsched run {} --seed {}", quoted(file), seed.number());
    sets.into_iter().fold(head, |line, set| line + " --set " + &quoted(&set))
}

/// `word` as a POSIX shell takes it for one.
///
/// ```
/// use cloudsched::report::quoted;
/// assert_eq!(quoted("results/a-1"), "results/a-1");
/// assert_eq!(quoted("it's $1"), r"'it'\''s $1'");
/// ```
pub fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}
