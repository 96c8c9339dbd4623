//! The highest priority.

use std::fmt;

use regex::bytes::{Regex, RegexBuilder};

use super::{Expander, Expansion};

/// `priority`: the node groups whose names match a pattern of the highest priority
/// (`priority/priority.go`). If no name matches any, all options are left.
#[derive(Clone, Debug)]
pub struct Priority(Vec<(i64, Vec<Regex>)>);

/// A pattern that is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// The pattern.
    pub pattern: String,
    /// What is wrong with it.
    pub fault: String,
}

impl fmt::Display for Malformed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "`{}` is no pattern: {}", self.pattern, self.fault)
    }
}

impl std::error::Error for Malformed {}

/// A priority must not be lower. Source: `maxPrio := -1`.
const LOWEST: i64 = -1;

impl Priority {
    /// Priorities with patterns of names, in the syntax that Go and Rust share; classes are those of ASCII. A
    /// pattern matches anywhere in a name. Priorities below -1 never count, as in the original.
    ///
    /// # Errors
    /// If a pattern is none.
    pub fn new<'a>(
        priorities: impl IntoIterator<Item = (i64, Vec<&'a str>)>,
    ) -> Result<Self, Malformed> {
        let compile = |pattern: &str| {
            RegexBuilder::new(pattern).unicode(false).build().map_err(|fault| Malformed {
                pattern: pattern.to_owned(),
                fault: fault.to_string(),
            })
        };
        let level = |(priority, patterns): (i64, Vec<&str>)| {
            let patterns: Result<Vec<Regex>, _> = patterns.into_iter().map(compile).collect();
            Ok((priority, patterns?))
        };
        Ok(Self(priorities.into_iter().map(level).collect::<Result<_, _>>()?))
    }

    /// The highest priority of a name.
    fn of(&self, group: &str) -> Option<i64> {
        let matches = |(priority, patterns): &&(i64, Vec<Regex>)| {
            *priority >= LOWEST && patterns.iter().any(|pattern| pattern.is_match(group.as_bytes()))
        };
        self.0.iter().filter(matches).map(|&(priority, _)| priority).max()
    }
}

impl Expander for Priority {
    fn name(&self) -> &'static str {
        "priority"
    }

    fn best(&self, options: &[Expansion], left: &[usize]) -> Vec<usize> {
        let priority = |&option: &usize| self.of(&options[option].group);
        let Some(highest) = left.iter().filter_map(priority).max() else { return left.to_vec() };
        left.iter().copied().filter(|option| priority(option) == Some(highest)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_anywhere() {
        let named = |name: &str| Expansion { group: name.to_owned(), ..Expansion::default() };
        let options = ["pool-small-1", "spot-large", "pool-large", "other"].map(named);
        let levels = [(10, vec!["large"]), (50, vec!["^spot", r"small-\d$"]), (-5, vec![".*"])];
        let priority = Priority::new(levels).unwrap();
        assert_eq!(priority.best(&options, &[0, 1, 2, 3]), [0, 1]);
        assert_eq!(priority.best(&options, &[2, 3]), [2]);
        assert_eq!(priority.best(&options, &[3]), [3], "nothing matches");
        let fault = Priority::new([(1, vec!["a", "("])]).unwrap_err();
        assert_eq!(fault.pattern, "(");
    }
}
