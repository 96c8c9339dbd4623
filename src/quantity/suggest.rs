//! "Did you mean": the known name nearest to one that is not known.

/// The candidate that `name` most likely stands for: the same but for case, `-`, `_` and spaces, or
/// within one slip of the pen in three letters (insertions, deletions, substitutions and swaps of
/// neighbours: the distance of Damerau and Levenshtein). The first of equals; `None` if all are far.
///
/// ```
/// use cloudsched::quantity::suggest::did_you_mean;
/// let policies = ["best-fit", "worst-fit", "random"];
/// assert_eq!(did_you_mean("bestfit", &policies), Some("best-fit"));
/// assert_eq!(did_you_mean("wrost-fit", &policies), Some("worst-fit"));
/// assert_eq!(did_you_mean("round-robin", &policies), None);
/// ```
pub fn did_you_mean<'a, S: AsRef<str>>(name: &str, candidates: &'a [S]) -> Option<&'a str> {
    let plain_name = plain(name);
    candidates
        .iter()
        .map(AsRef::as_ref)
        .map(|candidate| {
            let plain_candidate = plain(candidate);
            let slips = strsim::damerau_levenshtein(&plain_name, &plain_candidate);
            let letters = plain_name.chars().count().max(plain_candidate.chars().count());
            (slips, letters, candidate)
        })
        .filter(|(slips, letters, _)| slips * 3 <= *letters)
        .min_by_key(|(slips, ..)| *slips)
        .map(|(.., candidate)| candidate)
}

/// `name` in lower case, without what joins words.
fn plain(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '-' | '_' | ' ')).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_was_meant() {
        let keys = ["keep_alive", "placement", "price", "max_instances"];
        assert_eq!(did_you_mean("keepalive", &keys), Some("keep_alive"));
        assert_eq!(did_you_mean("Keep-Alive", &keys), Some("keep_alive"));
        assert_eq!(did_you_mean("max-instance", &keys), Some("max_instances"));
        assert_eq!(did_you_mean("pirce", &keys), Some("price"));
    }

    #[test]
    fn stays_silent_when_nothing_is_near() {
        assert_eq!(did_you_mean("colour", &["placement", "price"]), None);
        assert_eq!(did_you_mean("", &["ms", "s"]), None);
        assert_eq!(did_you_mean("x", &[] as &[&str]), None);
    }

    #[test]
    fn one_wrong_letter_in_a_short_name_is_near() {
        assert_eq!(did_you_mean("fito", &["fifo", "lifo"]), Some("fifo"));
        assert_eq!(did_you_mean("mb", &["kB", "MB"]), Some("MB"));
        assert_eq!(did_you_mean("q", &["s", "m"]), None);
    }
}
