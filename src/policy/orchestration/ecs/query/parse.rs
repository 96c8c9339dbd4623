//! Reads expressions of the cluster query language, letter by letter.

use regex::Regex;

use super::{Comparison, Malformed, Subject, Term, Test};
use crate::quantity::suggest::did_you_mean;

/// Expressions in parentheses may stand this deep in each other.
const DEEPEST: usize = 100;

const ATTRIBUTE: &str = "attribute:";

/// The subjects, as one writes them.
const SUBJECTS: [&str; 4] = ["attribute:NAME", "ec2InstanceId", "runningTasksCount", "task:group"];
/// Subjects of the original of which nothing is known here.
const NOT_KNOWN: [&str; 3] = ["agentConnected", "agentVersion", "registeredAt"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Exists(bool),
    In(bool),
    Matches(bool),
    Is(bool),
    Compares(Comparison),
}

/// Each operator as a sign and as a word; a sign before those that it begins with.
const OPERATORS: [(&[&str], Operator); 12] = [
    (&["!exists", "not_exists"], Operator::Exists(false)),
    (&["exists"], Operator::Exists(true)),
    (&["!in", "not_in"], Operator::In(false)),
    (&["in"], Operator::In(true)),
    (&["=~", "matches"], Operator::Matches(true)),
    (&["!~", "not_matches"], Operator::Matches(false)),
    (&["==", "equals"], Operator::Is(true)),
    (&["!=", "not_equals"], Operator::Is(false)),
    (&[">=", "greater_than_equal"], Operator::Compares(Comparison::GreaterOrEqual)),
    (&[">", "greater_than"], Operator::Compares(Comparison::Greater)),
    (&["<=", "less_than_equal"], Operator::Compares(Comparison::LessOrEqual)),
    (&["<", "less_than"], Operator::Compares(Comparison::Less)),
];

impl Operator {
    /// Whether a subject takes it: the number of tasks is compared only, a name is not compared and is always
    /// there (so the guide's list of valid operators).
    fn suits(self, subject: &Subject) -> bool {
        match subject {
            Subject::Running => matches!(self, Self::Is(_) | Self::Compares(_)),
            Subject::Instance => !matches!(self, Self::Exists(_) | Self::Compares(_)),
            Subject::Attribute(_) | Subject::Group => true,
        }
    }
}

/// Reads the whole of a text.
pub(super) fn expression(text: &str) -> Result<Term, Malformed> {
    let mut reader = Reader { text, at: 0, depth: 0 };
    let term = reader.any()?;
    reader.skip();
    if !reader.rest().is_empty() {
        let found = reader.found();
        return Err(reader.wrong(format!("expected `&&`, `||` or the end, found {found}")));
    }
    Ok(term)
}

struct Reader<'a> {
    text: &'a str,
    /// The next byte.
    at: usize,
    depth: usize,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn skip(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    /// An error at the next letter.
    fn wrong(&self, problem: String) -> Malformed {
        let column = self.text[..self.at].chars().count() + 1;
        Malformed { text: self.text.to_owned(), column, problem }
    }

    /// What stands next, in words.
    fn found(&self) -> String {
        let end = self.rest().find(char::is_whitespace).unwrap_or(self.rest().len());
        match &self.rest()[..end] {
            "" => "the end".to_owned(),
            word => format!("`{word}`"),
        }
    }

    /// Takes a sign, or a word that ends where it does.
    fn take(&mut self, word: &str) -> bool {
        self.skip();
        let Some(after) = self.rest().strip_prefix(word) else { return false };
        let goes_on = word.ends_with(is_of_word) && after.starts_with(is_of_word);
        if !goes_on {
            self.at += word.len();
        }
        !goes_on
    }

    fn any(&mut self) -> Result<Term, Malformed> {
        let mut terms = vec![self.all()?];
        while self.take("||") || self.take("or") {
            terms.push(self.all()?);
        }
        Ok(if terms.len() == 1 { terms.swap_remove(0) } else { Term::Any(terms) })
    }

    fn all(&mut self) -> Result<Term, Malformed> {
        let mut terms = vec![self.unary()?];
        while self.take("&&") || self.take("and") {
            terms.push(self.unary()?);
        }
        Ok(if terms.len() == 1 { terms.swap_remove(0) } else { Term::All(terms) })
    }

    fn unary(&mut self) -> Result<Term, Malformed> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.wrong(format!("more than {DEEPEST} expressions in each other")));
        }
        let term = if self.take("!") || self.take("not") {
            Term::Not(Box::new(self.unary()?))
        } else if self.take("(") {
            let term = self.any()?;
            if !self.take(")") {
                let found = self.found();
                return Err(self.wrong(format!("expected `)`, found {found}")));
            }
            term
        } else {
            self.single()?
        };
        self.depth -= 1;
        Ok(term)
    }

    /// A subject, an operator and its argument.
    fn single(&mut self) -> Result<Term, Malformed> {
        let subject = self.subject()?;
        self.skip();
        let (before, found) = (self.at, self.found());
        let operator = OPERATORS.iter().find(|(words, _)| words.iter().any(|word| self.take(word)));
        let Some(&(words, operator)) = operator else {
            return Err(self.wrong(format!(
                "expected an operator (`==`, `!=`, `in`, `not_in`, `=~`, `!~`, `exists`, `!exists`, `<`, `<=`, \
                 `>`, `>=`), found {found}"
            )));
        };
        if !operator.suits(&subject) {
            self.at = before;
            let subject =
                if matches!(subject, Subject::Running) { SUBJECTS[2] } else { SUBJECTS[1] };
            return Err(self.wrong(format!("`{subject}` does not take `{}`", words[0])));
        }
        let test = match operator {
            Operator::Exists(wanted) => Test::Exists(wanted),
            Operator::In(wanted) => Test::In(self.list()?, wanted),
            Operator::Matches(wanted) => Test::Matches(self.pattern()?, wanted),
            Operator::Is(wanted) if matches!(subject, Subject::Running) => {
                let comparison = if wanted { Comparison::Equal } else { Comparison::NotEqual };
                Test::Compares(comparison, self.integer()?)
            }
            Operator::Is(wanted) => Test::In(vec![self.argument("a value", "")?], wanted),
            Operator::Compares(comparison) => Test::Compares(comparison, self.integer()?),
        };
        Ok(Term::Single(subject, test))
    }

    fn subject(&mut self) -> Result<Subject, Malformed> {
        self.skip();
        let end = self.rest().find(|letter| !is_of_word(letter)).unwrap_or(self.rest().len());
        let word = &self.rest()[..end];
        let subject = match word {
            "ec2InstanceId" => Subject::Instance,
            "runningTasksCount" => Subject::Running,
            "task:group" => Subject::Group,
            _ => match word.strip_prefix(ATTRIBUTE) {
                Some(name) if !name.is_empty() => Subject::Attribute(name.to_owned()),
                _ => return Err(self.no_subject(word)),
            },
        };
        self.at += end;
        Ok(subject)
    }

    fn no_subject(&self, word: &str) -> Malformed {
        if NOT_KNOWN.contains(&word) {
            return self.wrong(format!("`{word}` is not modelled: instances have no agents here"));
        }
        if word.is_empty() {
            let found = self.found();
            return self
                .wrong(format!("expected a subject such as `attribute:NAME`, found {found}"));
        }
        let known = SUBJECTS.join("`, `");
        let meant = did_you_mean(word, &SUBJECTS)
            .map_or_else(String::new, |meant| format!("did you mean `{meant}`? "));
        self.wrong(format!("`{word}` is no subject; {meant}there are `{known}`"))
    }

    /// A value: in quotation marks, or up to a space, a parenthesis, `&&`, `||` or one of `stops`.
    fn argument(&mut self, what: &str, stops: &str) -> Result<String, Malformed> {
        self.skip();
        let rest = self.rest();
        if let Some(mark) = rest.chars().next().filter(|&mark| mark == '\'' || mark == '"') {
            let Some(length) = rest[1..].find(mark) else {
                return Err(self.wrong(format!("the `{mark}` that begins here has no end")));
            };
            self.at += length + 2;
            return Ok(rest[1..=length].to_owned());
        }
        let ends = |&(at, letter): &(usize, char)| {
            letter.is_whitespace()
                || matches!(letter, '(' | ')')
                || stops.contains(letter)
                || rest[at..].starts_with("&&")
                || rest[at..].starts_with("||")
        };
        let end = rest.char_indices().find(ends).map_or(rest.len(), |(at, _)| at);
        if end == 0 {
            let found = self.found();
            return Err(self.wrong(format!("expected {what}, found {found}")));
        }
        self.at += end;
        Ok(rest[..end].to_owned())
    }

    fn list(&mut self) -> Result<Vec<String>, Malformed> {
        if !self.take("[") {
            let found = self.found();
            return Err(self.wrong(format!("expected a list such as `[a, b]`, found {found}")));
        }
        let mut values = Vec::new();
        loop {
            values.push(self.argument("a value of the list", ",]")?);
            if self.take("]") {
                return Ok(values);
            }
            if !self.take(",") {
                let found = self.found();
                return Err(self.wrong(format!("expected `,` or `]`, found {found}")));
            }
        }
    }

    fn integer(&mut self) -> Result<i64, Malformed> {
        self.skip();
        let before = self.at;
        let value = self.argument("an integer", "")?;
        value.parse().map_err(|_| {
            self.at = before;
            self.wrong(format!("expected an integer, found `{value}`"))
        })
    }

    fn pattern(&mut self) -> Result<Regex, Malformed> {
        self.skip();
        let before = self.at;
        let pattern = self.argument("a pattern", "")?;
        // Alone first: a parenthesis too many must not close what is put around it.
        let whole = Regex::new(&pattern).and_then(|_| Regex::new(&format!("^(?:{pattern})$")));
        whole.map_err(|error| {
            self.at = before;
            let told = error.to_string();
            let reason = told.lines().last().unwrap_or("").trim_start_matches("error: ");
            self.wrong(format!("`{pattern}` is no pattern: {reason}"))
        })
    }
}

/// Whether a letter may stand in a name or a word.
fn is_of_word(letter: char) -> bool {
    letter.is_alphanumeric() || "-_./\\:".contains(letter)
}
