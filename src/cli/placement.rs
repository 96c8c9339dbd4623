//! The life of a pod with its turns, as text and as an object.

use std::cmp::Reverse;

use serde_json::{Map, Value, json};

use super::text::{hanging, width};
use crate::kernel::Time;
use crate::platform::orchestrator::{PodLife, Turn};
use crate::policy::scheduler::Scored;
use crate::report::{Align, Table, printable};

/// Nodes of a table at most; the object has all.
const SHOWN_NODES: usize = 20;

/// The life of a pod as text.
pub(super) fn page(pod: &PodLife, columns: usize) -> String {
    let mut parts = vec!["\n".to_owned(), life(pod).render(columns)];
    let mut number = 1;
    for (index, turn) in pod.turns.iter().enumerate() {
        parts.push(format!("\n{}\n", head(turn, number)));
        parts.push(body(turn, &pod.turns[..index], columns));
        number += turn.times;
    }
    parts.concat()
}

/// When it came, was bound, was evicted and went.
fn life(pod: &PodLife) -> Table {
    let mut table = Table::without_header(&[Align::Left; 3]);
    table.row(["came".to_owned(), clock(pod.came), String::new()]);
    if let Some((at, node)) = &pod.bound {
        table.row(["bound".to_owned(), clock(*at), format!("to {node}")]);
    }
    if let Some((at, other)) = &pod.evicted {
        table.row(["evicted".to_owned(), clock(*at), format!("for {other}")]);
    }
    let (what, how) = match (pod.gone, &pod.successor, &pod.bound) {
        (Some(_), Some(other), _) => ("stopped", format!("begins anew in {other}")),
        (Some(_), None, Some(_)) => ("gone", String::new()),
        (Some(_), None, None) => ("gone", "without a node".to_owned()),
        (None, _, Some(_)) => ("end", "still runs".to_owned()),
        (None, _, None) => ("end", "still waits".to_owned()),
    };
    table.row([what.to_owned(), pod.gone.map(clock).unwrap_or_default(), how]);
    table
}

/// Which turn it was, when, and what came out.
fn head(turn: &Turn, number: u64) -> String {
    let when = match turn.times {
        1 => format!("Turn {number} at {}", clock(turn.first)),
        times => {
            let last = number + times - 1;
            format!("Turns {number} to {last}, {} to {}", clock(turn.first), clock(turn.last))
        }
    };
    match &turn.chosen {
        Some(node) => format!("{when}: to {}", printable(node)),
        None => format!("{when}: no node"),
    }
}

/// What was said of each node.
fn body(turn: &Turn, earlier: &[Turn], columns: usize) -> String {
    let mut parts = vec![hanging("", 2, &printable(&turn.message()), columns)];
    if !turn.refused.is_empty() {
        parts.push("\n".to_owned() + &refused(turn, columns));
        parts.push(more(turn.refused.len()));
    }
    if !turn.left.is_empty() {
        parts.push("\n".to_owned() + &indented(&scores(turn).render(columns.saturating_sub(2))));
        parts.push(more(turn.left.len()));
        parts.push(legend(turn, columns));
        parts.extend(why_not_the_best(turn, earlier).map(|why| format!("\n  {why}\n")));
    }
    if let Some(room) = &turn.room {
        let victims = room.victims.join(", ");
        let text = format!("Room is made on {} by evicting {victims}.", room.node);
        parts.push("\n".to_owned() + &hanging("", 2, &printable(&text), columns));
    }
    parts.concat()
}

fn indented(text: &str) -> String {
    text.lines().flat_map(|line| ["  ", line, "\n"]).collect()
}

fn more(nodes: usize) -> String {
    match nodes.saturating_sub(SHOWN_NODES) {
        0 => String::new(),
        more => format!("  … and {more} more (all: --format json)\n"),
    }
}

/// The nodes that would not do, with the filter that says so; what it says goes on in the next line where it
/// is long.
fn refused(turn: &Turn, columns: usize) -> String {
    let shown = || turn.refused.iter().take(SHOWN_NODES);
    let rows = shown().map(|(node, why)| (printable(node), why.filter, why.words.join(", ")));
    let head = ("node".to_owned(), "filter", "why".to_owned());
    let rows: Vec<_> = [head].into_iter().chain(rows).collect();
    let widest = |of: fn(&(String, &str, String)) -> usize| rows.iter().map(of).max().unwrap_or(0);
    let nodes = widest(|(node, ..)| width(node));
    let filters = widest(|(_, filter, _)| width(filter));
    let line = |(node, filter, why): &(String, &str, String)| {
        let head = format!("  {node:nodes$}  {filter:filters$}");
        hanging(&head, 6 + nodes + filters, &printable(why), columns)
    };
    rows.iter().map(line).collect()
}

/// The nodes that would do with what each score adds: the chosen one, then the best.
fn scores(turn: &Turn) -> Table {
    let scored: Vec<(String, &Scored, &Vec<i64>)> = speaking(turn)
        .map(|(short, scored, of)| (format!("{short}×{}", scored.weight), scored, of))
        .collect();
    let mut columns = vec![("node", Align::Left)];
    columns.extend(scored.iter().map(|(head, ..)| (head.as_str(), Align::Right)));
    if !scored.is_empty() {
        columns.push(("total", Align::Right));
    }
    columns.push(("", Align::Left));
    let totals = turn.totals();
    let mut order: Vec<usize> = (0..turn.left.len()).collect();
    let chosen = |place: usize| turn.chosen.as_ref() == Some(&turn.left[place]);
    order.sort_by_key(|&place| (!chosen(place), Reverse(totals[place])));
    let mut table = Table::new(&columns);
    for place in order.into_iter().take(SHOWN_NODES) {
        let mut row = vec![turn.left[place].clone()];
        row.extend(scored.iter().map(|(.., of)| of[place].to_string()));
        row.extend((!scored.is_empty()).then(|| totals[place].to_string()));
        row.push(if chosen(place) { "chosen" } else { "" }.to_owned());
        table.row(row);
    }
    table
}

/// The scores that have something to say of the pod, each with its short name.
fn speaking(turn: &Turn) -> impl Iterator<Item = (String, &Scored, &Vec<i64>)> {
    let short = |name: &'static str| {
        let same = turn.scores.iter().filter(|other| initials(other.name) == initials(name));
        if same.count() == 1 { initials(name) } else { name.to_owned() }
    };
    turn.scores
        .iter()
        .filter_map(move |scored| scored.of.as_ref().map(|of| (short(scored.name), scored, of)))
}

/// The capitals of a name, or all of it if these are fewer than two.
fn initials(name: &str) -> String {
    let capitals: String = name.chars().filter(char::is_ascii_uppercase).collect();
    if capitals.len() < 2 { name.to_owned() } else { capitals }
}

/// What the heads of the scores stand for, and which have nothing to say.
fn legend(turn: &Turn, columns: usize) -> String {
    let known: Vec<String> = speaking(turn)
        .filter(|(short, scored, _)| short != scored.name)
        .map(|(short, scored, _)| format!("{short}={}", scored.name))
        .collect();
    let silent = turn.scores.iter().filter(|scored| scored.of.is_none());
    let silent: Vec<&str> = silent.map(|scored| scored.name).collect();
    let mut text = String::new();
    if !known.is_empty() {
        text += &("\n".to_owned() + &hanging("", 2, &known.join(", "), columns));
    }
    if !silent.is_empty() {
        text += &hanging("", 2, &format!("nothing to say: {}", silent.join(", ")), columns);
    }
    text
}

/// Why another node than one of the best was taken, if it was.
fn why_not_the_best(turn: &Turn, earlier: &[Turn]) -> Option<String> {
    let chosen = turn.chosen.as_ref()?;
    let totals = turn.totals();
    let place = turn.left.iter().position(|node| node == chosen)?;
    if totals.iter().max() == Some(&totals[place]) {
        return None;
    }
    let made = earlier.iter().filter_map(|turn| turn.room.as_ref()).next_back();
    if made.is_some_and(|room| room.node == *chosen) {
        return Some(format!("{} is taken because room was made there.", printable(chosen)));
    }
    Some("The search ends when enough nodes are found that will do.".to_owned())
}

/// A time as hours, minutes and seconds, down to milliseconds.
fn clock(time: Time) -> String {
    let millis = time.as_nanos() / 1_000_000;
    let (seconds, rest) = (millis / 1000, millis % 1000);
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let part = if rest == 0 { String::new() } else { format!(".{rest:03}") };
    format!("{hours}:{minutes:02}:{seconds:02}{part}")
}

/// The life of a pod as an object; times in seconds.
pub(super) fn object(scenario: &str, seed: u64, platform: &str, pod: &PodLife) -> Value {
    let at = |event: &Option<(Time, String)>, of: &str| {
        event.as_ref().map(|(at, name)| json!({ "at_s": at.as_secs_f64(), of: name }))
    };
    json!({
        "scenario": scenario,
        "seed": seed,
        "version": env!("CARGO_PKG_VERSION"),
        "platform": platform,
        "service": pod.service,
        "pod": pod.name,
        "came_s": pod.came.as_secs_f64(),
        "bound": at(&pod.bound, "node"),
        "evicted": at(&pod.evicted, "for"),
        "gone_s": pod.gone.map(Time::as_secs_f64),
        "begins_anew_in": pod.successor,
        "turns": pod.turns.iter().map(turn_object).collect::<Vec<_>>(),
    })
}

fn turn_object(turn: &Turn) -> Value {
    let refused: Vec<Value> = turn
        .refused
        .iter()
        .map(|(node, why)| json!({ "node": node, "filter": why.filter, "reasons": why.words }))
        .collect();
    let totals = turn.totals();
    let left = turn.left.iter().zip(&totals).enumerate().map(|(place, (node, total))| {
        let said = turn.scores.iter().filter_map(|scored| {
            let of = scored.of.as_ref()?;
            Some((scored.name.to_owned(), of[place].into()))
        });
        json!({ "node": node, "scores": said.collect::<Map<_, _>>(), "total": total })
    });
    let weights = turn.scores.iter().map(|scored| (scored.name.to_owned(), scored.weight.into()));
    json!({
        "first_s": turn.first.as_secs_f64(),
        "last_s": turn.last.as_secs_f64(),
        "times": turn.times,
        "chosen": turn.chosen,
        "message": turn.message(),
        "forbidden_by": turn.before.as_ref().map(|why| why.filter),
        "refused": refused,
        "weights": weights.collect::<Map<_, _>>(),
        "left": left.collect::<Vec<_>>(),
        "room": turn.room.as_ref().map(|r| json!({ "node": r.node, "victims": r.victims })),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_a_clock() {
        assert_eq!(clock(Time::ZERO), "0:00:00");
        assert_eq!(clock(Time::from_nanos(3_661_005_999_999)), "1:01:01.005");
        assert_eq!(clock(Time::from_nanos(360_000_000_000_000)), "100:00:00");
    }

    /// Two of a kind of the same initials keep their names.
    #[test]
    fn scores_are_called_by_their_initials_where_these_are_their_own() {
        let scored = |name| Scored { name, weight: 1, of: Some(vec![1]) };
        let turn = Turn {
            first: Time::ZERO,
            last: Time::ZERO,
            times: 1,
            nodes: 1,
            before: None,
            refused: Vec::new(),
            left: vec!["a".to_owned()],
            scores: ["NodeAffinity", "TaintToleration", "TotalTime", "cost"].map(scored).to_vec(),
            chosen: None,
            room: None,
        };
        let heads: Vec<String> = speaking(&turn).map(|(short, ..)| short).collect();
        assert_eq!(heads, ["NA", "TaintToleration", "TotalTime", "cost"]);
    }
}
