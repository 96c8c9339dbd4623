//! The simulator against queueing theory: whole scenarios, each quantity within four standard
//! errors of its formula, each standard error at most 1 % of the value.
//!
//! The table of docs/validation.md is made by
//! `CLOUDSCHED_WRITE_VALIDATION=1 cargo test --release --test queueing_theory`.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod case;
mod exact;
mod formula;
mod many_servers;
mod networks;
mod no_line;
mod one_server;
mod order;
mod page;
mod sharing;
mod text;

use std::fmt::Write;
use std::sync::OnceLock;

use case::{Case, Row, assert_all, rows};

/// Cases of one kind and what they gave, computed once.
struct Group {
    title: &'static str,
    cases: fn() -> Vec<Case>,
    rows: OnceLock<Vec<Vec<Row>>>,
}

impl Group {
    const fn new(title: &'static str, cases: fn() -> Vec<Case>) -> Self {
        Self { title, cases, rows: OnceLock::new() }
    }

    fn rows(&self) -> &[Vec<Row>] {
        self.rows.get_or_init(|| rows(&(self.cases)()))
    }

    fn holds(&self) {
        assert_all(&(self.cases)(), self.rows());
    }
}

static ONE_SERVER: Group = Group::new("One server", one_server::cases);
static MANY_SERVERS: Group = Group::new("Several servers", many_servers::cases);
static SHARING: Group = Group::new("Processor sharing", sharing::cases);
static NETWORKS: Group = Group::new("Networks", networks::cases);
static NO_LINE: Group = Group::new("Where nobody waits", no_line::cases);

#[test]
fn one_server_agrees_with_theory() {
    ONE_SERVER.holds();
}

#[test]
fn several_servers_agree_with_theory() {
    MANY_SERVERS.holds();
}

#[test]
fn processor_sharing_agrees_with_theory() {
    SHARING.holds();
}

#[test]
fn networks_agree_with_theory() {
    NETWORKS.holds();
}

#[test]
fn where_nobody_waits_theory_holds() {
    NO_LINE.holds();
}

/// The page lists all cases, with the numbers that theory gives now.
#[test]
fn the_page_lists_the_cases() {
    let groups = [&ONE_SERVER, &MANY_SERVERS, &SHARING, &NETWORKS, &NO_LINE];
    let mut table = String::from(
        "| case | quantity | theory | mean | standard error | difference, standard errors | source |\n\
         |---|---|---|---|---|---|---|\n",
    );
    let mut listed = Vec::new();
    for group in groups {
        writeln!(table, "| **{}** | | | | | | |", group.title).unwrap();
        for (number, case) in (group.cases)().iter().enumerate() {
            for (place, check) in case.checks.iter().enumerate() {
                let (name, quantity) = (&case.name, &check.quantity);
                let (theory, source) = (page::significant(check.theory), check.source);
                listed.push(format!("{name} | {quantity} | {theory} | {source}"));
                if !page::writing() {
                    continue;
                }
                let row = &group.rows()[number][place];
                let (mean, error) = (page::significant(row.mean), page::significant(row.error));
                let distance = check.distance(row);
                writeln!(
                    table,
                    "| {name} | {quantity} | {theory} | {mean} | {error} | {distance:+.2} | {source} |"
                )
                .unwrap();
            }
        }
    }
    page::section("theory", &table, &listed, &[1, 2, 3, 7]);
}
