//! Selectors, taints and tolerations as kubectl writes them (apimachinery `pkg/labels`, `selector.go`).

use super::labels::{Malformed, Operator, Requirement};
use super::names::{Names, Symbol};
use super::taint::{Effect, Taint, Toleration};

/// The requirements of a selector: `a=b`, `a!=b`, `a in (b, c)`, `a notin (b, c)`, `a`, `!a`, `a>1`, `a<1`, with
/// commas between them.
///
/// # Errors
/// If it is none, or a key or a value is forbidden.
///
/// ```
/// use cloudsched::policy::orchestration::kubernetes::{Names, requirements};
/// let mut names = Names::default();
/// assert_eq!(requirements("disk in (ssd, nvme), !spot, cores > 4", &mut names).unwrap().len(), 3);
/// assert!(requirements("disk in ssd", &mut names).is_err());
/// ```
pub fn requirements(text: &str, names: &mut Names) -> Result<Vec<Requirement>, Malformed> {
    parts(text).map(|part| requirement(part.trim(), names)).collect()
}

/// The parts between commas that stand in no parentheses.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0_i32;
    text.split(move |c| {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        c == ',' && depth == 0
    })
}

fn requirement(text: &str, names: &mut Names) -> Result<Requirement, Malformed> {
    if let Some(key) = text.strip_prefix('!') {
        return Requirement::new(key.trim(), Operator::DoesNotExist, &[], names);
    }
    for (sign, operator) in [
        ("!=", Operator::NotIn),
        ("==", Operator::In),
        ("=", Operator::In),
        (">", Operator::Gt),
        ("<", Operator::Lt),
    ] {
        if let Some((key, value)) = text.split_once(sign) {
            return Requirement::new(key.trim(), operator, &[value.trim()], names);
        }
    }
    let Some((key, rest)) = text.split_once(char::is_whitespace) else {
        return Requirement::new(text, Operator::Exists, &[], names);
    };
    let rest = rest.trim();
    let (word, list) = rest.split_at(rest.find('(').unwrap_or(rest.len()));
    let operator = match word.trim() {
        "in" => Operator::In,
        "notin" => Operator::NotIn,
        other => return Err(Malformed(format!("`{other}` is neither `in` nor `notin`"))),
    };
    let inner = list.strip_prefix('(').and_then(|list| list.strip_suffix(')'));
    let Some(inner) = inner else {
        return Err(Malformed(format!("`{word}` needs values in parentheses, as in `(a, b)`")));
    };
    let values: Vec<&str> = inner.split(',').map(str::trim).collect();
    Requirement::new(key, operator, &values, names)
}

/// A taint: `KEY=VALUE:EFFECT` or `KEY:EFFECT`.
///
/// # Errors
/// If it is none.
pub fn taint(text: &str, names: &mut Names) -> Result<Taint, Malformed> {
    let Some((key, effect)) = text.rsplit_once(':') else {
        return Err(Malformed(format!("`{text}` has no effect")));
    };
    let (key, value) = key.split_once('=').unwrap_or((key, ""));
    Ok(Taint { key: key_of(key, names)?, value: names.symbol(value), effect: effect_of(effect)? })
}

/// A toleration: `KEY=VALUE:EFFECT`, without value for any, without effect for all, or `*` for all taints.
///
/// # Errors
/// If it is none.
pub fn toleration(text: &str, names: &mut Names) -> Result<Toleration, Malformed> {
    if text == "*" {
        return Ok(Toleration { key: Names::EMPTY, value: None, effect: None });
    }
    let (key, effect) = match text.rsplit_once(':') {
        Some((key, effect)) => (key, Some(effect_of(effect)?)),
        None => (text, None),
    };
    let (key, value) = match key.split_once('=') {
        Some((key, value)) => (key, Some(names.symbol(value))),
        None => (key, None),
    };
    Ok(Toleration { key: key_of(key, names)?, value, effect })
}

fn key_of(key: &str, names: &mut Names) -> Result<Symbol, Malformed> {
    // The same rules as for the key of a label.
    Requirement::new(key, Operator::Exists, &[], names)?;
    Ok(names.symbol(key))
}

fn effect_of(effect: &str) -> Result<Effect, Malformed> {
    Effect::named(effect).ok_or_else(|| {
        Malformed(format!("`{effect}` is none of NoSchedule, PreferNoSchedule and NoExecute"))
    })
}

#[cfg(test)]
mod tests {
    use super::super::labels::{Labels, Selector};
    use super::*;

    /// Whether a node with the labels disk=ssd, cores=8 is meant.
    fn meant(text: &str) -> bool {
        let mut names = Names::default();
        let pair = [("disk", "ssd"), ("cores", "8")];
        let pair = pair.map(|(key, value)| (names.symbol(key), names.symbol(value)));
        let labels = Labels::new(pair);
        let selector = Selector::All(requirements(text, &mut names).unwrap());
        selector.matches(&labels, &names)
    }

    #[test]
    fn selectors_as_kubectl_writes_them() {
        for text in ["disk", "!spot", "disk=ssd", "disk == ssd", "disk!=hdd", "disk in (ssd,nvme)"]
        {
            assert!(meant(text), "{text}");
        }
        for text in ["spot", "!disk", "disk=hdd", "disk notin (a, ssd)", "cores>8", "disk,spot"] {
            assert!(!meant(text), "{text}");
        }
        assert!(meant("cores > 7, cores < 9, disk"));
    }

    #[test]
    fn what_is_no_selector_is_told() {
        let mut names = Names::default();
        let mut wrong = |text: &str| requirements(text, &mut names).unwrap_err().to_string();
        assert_eq!(wrong("disk on (a)"), "`on` is neither `in` nor `notin`");
        assert_eq!(wrong("disk in a"), "`in a` is neither `in` nor `notin`");
        assert_eq!(wrong("disk in (a"), "`in ` needs values in parentheses, as in `(a, b)`");
        assert_eq!(wrong(""), "`` is no key of a label");
    }

    #[test]
    fn taints_and_tolerations() {
        let mut names = Names::default();
        let one = taint("dedicated=batch:NoSchedule", &mut names).unwrap();
        let tolerates =
            |text: &str, names: &mut Names| toleration(text, names).unwrap().tolerates(&one);
        for text in ["dedicated=batch:NoSchedule", "dedicated", "dedicated:NoSchedule", "*"] {
            assert!(tolerates(text, &mut names), "{text}");
        }
        for text in ["dedicated=web", "other", "dedicated:NoExecute"] {
            assert!(!tolerates(text, &mut names), "{text}");
        }
        assert!(taint("dedicated", &mut names).is_err() && taint("a:Never", &mut names).is_err());
    }
}
