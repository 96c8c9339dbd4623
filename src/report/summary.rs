//! A run as a person reads it: blocks of text, one after another.

use std::collections::BTreeSet;

use super::failing::failing;
use super::number::{
    self, count, dollars, half_width_millis, millis, percent, shown, significant, usd,
};
use super::precision::Precision;
use super::table::{Align, Table, cut, printable};
use super::{cell, own_members};
use crate::kernel::Time;
use crate::metric::{Bill, Named, PlatformFigures, RequestFigures, RunOutcome, Value};
use crate::pricing::Line;

/// Rows of a block at most; of more services, those with most requests are shown.
const MOST_ROWS: usize = 20;

/// The metrics of one thing, by name.
pub(super) struct Figures(Vec<(&'static str, Option<Value>)>);

impl Figures {
    fn get(&self, name: &str) -> Option<Value> {
        let found = self.0.iter().find(|(known, _)| *known == name);
        found.expect("the name of a metric of the catalogue").1
    }

    pub(super) fn count(&self, name: &str) -> String {
        match self.get(name) {
            Some(Value::Count(value)) => count(value),
            other => shown(other, |value| significant(value, 3)),
        }
    }

    fn number(&self, name: &str) -> String {
        shown(self.get(name), |value| significant(value, 3))
    }

    pub(super) fn millis(&self, name: &str) -> String {
        shown(self.get(name), millis)
    }

    fn seconds(&self, name: &str) -> String {
        shown(self.get(name), |value| millis(value * 1000.0))
    }

    fn percent(&self, name: &str) -> String {
        shown(self.get(name), percent)
    }
}

/// The outcome of a run of the scenario `name` in at most `columns` columns (names are cut, figures
/// are not); with `colour`, the heads of blocks are bold on ANSI terminals.
pub fn summary(name: &str, outcome: &RunOutcome, columns: usize, colour: bool) -> String {
    let blocks = [
        Some(head(name, outcome, columns)),
        Some(all_requests(outcome, columns)),
        clients(outcome, columns),
        messages(outcome, columns),
        services(outcome, columns),
        servers(outcome, columns),
        instances(outcome, columns),
        failing(outcome, columns),
        releases(outcome, columns),
        bill(outcome, columns),
        month(outcome, columns),
    ];
    let blocks: Vec<String> = blocks.into_iter().flatten().collect();
    if !colour {
        return blocks.join("\n");
    }
    let bold = |block: &String| match block.split_once('\n') {
        Some((head, rest)) => format!("\x1b[1m{head}\x1b[0m\n{rest}"),
        None => block.clone(),
    };
    blocks.iter().map(bold).collect::<Vec<_>>().join("\n")
}

/// What ran, for how long.
fn head(name: &str, outcome: &RunOutcome, columns: usize) -> String {
    let rest = format!(
        ", seed {}: {} simulated, {} measured, {} events",
        outcome.seed.number(),
        number::span(outcome.end - Time::ZERO),
        number::span(outcome.measured),
        count(outcome.digest.events())
    );
    cut(&printable(name), columns.saturating_sub(rest.len())) + &rest + "\n"
}

/// What became of the requests of all clients, and how long they took.
fn all_requests(outcome: &RunOutcome, columns: usize) -> String {
    let all = Figures(outcome.metrics());
    let counts =
        ["requests", "completed", "refused", "timed_out", "failed", "in_flight", "attempts"];
    let times = [
        ("response mean", "response_ms_mean"),
        ("p50", "response_ms_p50"),
        ("p90", "response_ms_p90"),
        ("p99", "response_ms_p99"),
        ("p99.9", "response_ms_p999"),
        ("max", "response_ms_max"),
    ];
    let precision = Precision::of(outcome);
    let mut table = Table::without_header(&[
        Align::Left,
        Align::Right,
        Align::Right,
        Align::Right,
        Align::Left,
    ]);
    let times = times.map(|(label, name)| {
        let value = all.get(name).map_or(0.0, Value::as_f64);
        (label, all.millis(name), precision.shown(name, |half| half_width_millis(half, value)))
    });
    let rate = shown(all.get("throughput_per_s"), |rate| format!("{} /s", significant(rate, 3)));
    let half = precision.shown("throughput_per_s", |half| format!("± {} /s", significant(half, 2)));
    let throughput = ("throughput", rate, half);
    for (name, (label, value, half)) in counts.iter().zip(times.into_iter().chain([throughput])) {
        let indented = format!("  {}", name.replace('_', " "));
        table.row([indented, all.count(name), format!("    {label}"), value, half]);
    }
    let told = precision.told(outcome.measured);
    let told = if told.is_empty() { told } else { cut(&told, columns) + "\n" };
    format!("all clients\n{}{told}", table.render(columns))
}

/// Each client, if there are several.
fn clients(outcome: &RunOutcome, columns: usize) -> Option<String> {
    if outcome.clients.len() < 2 {
        return None;
    }
    let clients: Vec<_> = outcome.clients.iter().collect();
    let table = Table::new(&[
        ("client", Align::Left),
        ("requests", Align::Right),
        ("completed", Align::Right),
        ("mean", Align::Right),
        ("p50", Align::Right),
        ("p99", Align::Right),
        ("max", Align::Right),
    ]);
    busiest(&clients, table, columns, |client| {
        let of = Figures(outcome.request_metrics(&client.of));
        let [mean, p50, p99, max] = ["mean", "p50", "p99", "max"]
            .map(|statistic| of.millis(&format!("response_ms_{statistic}")));
        vec![of.count("requests"), of.count("completed"), mean, p50, p99, max]
    })
}

/// Each client that sends messages.
fn messages(outcome: &RunOutcome, columns: usize) -> Option<String> {
    let clients = outcome.clients.iter().filter(|client| client.of.messages.is_some());
    let table = Table::new(&[
        ("client", Align::Left),
        ("messages", Align::Right),
        ("mean batch", Align::Right),
        ("redelivered", Align::Right),
        ("dead", Align::Right),
        ("p99 age", Align::Right),
        ("mean backlog", Align::Right),
        ("max", Align::Right),
    ]);
    busiest(&clients.collect::<Vec<_>>(), table, columns, |client| {
        let of = Figures(outcome.request_metrics(&client.of));
        vec![
            of.count("messages"),
            of.number("batch_size_mean"),
            of.count("redeliveries"),
            of.count("dead_letters"),
            of.millis("message_age_ms_p99"),
            of.number("backlog_mean"),
            of.count("backlog_max"),
        ]
    })
}

/// Each service, and each member if they were asked for.
fn services(outcome: &RunOutcome, columns: usize) -> Option<String> {
    let services: Vec<_> = outcome.services.iter().chain(own_members(outcome)).collect();
    let table = Table::new(&[
        ("service", Align::Left),
        ("requests", Align::Right),
        ("p50", Align::Right),
        ("p99", Align::Right),
        ("mean waiting", Align::Right),
        ("mean service", Align::Right),
        ("cold", Align::Right),
    ]);
    busiest(&services, table, columns, |service| {
        let of = Figures(outcome.request_metrics(&service.of));
        vec![
            of.count("requests"),
            of.millis("response_ms_p50"),
            of.millis("response_ms_p99"),
            of.millis("waiting_ms_mean"),
            of.millis("service_ms_mean"),
            of.percent("cold_start_fraction"),
        ]
    })
}

/// `table` with a row of each of `list`, in their order; of many, those with most requests.
fn busiest(
    list: &[&Named<RequestFigures>],
    mut table: Table,
    columns: usize,
    cells: impl Fn(&Named<RequestFigures>) -> Vec<String>,
) -> Option<String> {
    let mut numbers: Vec<usize> = (0..list.len()).collect();
    numbers.sort_by_key(|number| std::cmp::Reverse(list[*number].of.requests));
    let kept: BTreeSet<usize> = numbers.into_iter().take(MOST_ROWS).collect();
    for number in &kept {
        let named = list[*number];
        table.row([named.name.clone()].into_iter().chain(cells(named)));
    }
    let left = list.len() - kept.len();
    let more = match left {
        0 => String::new(),
        _ => format!("… and {} with fewer requests (all: --format json)\n", count(left as u64)),
    };
    (!kept.is_empty()).then(|| table.render(columns) + &more)
}

/// Each release.
fn releases(outcome: &RunOutcome, columns: usize) -> Option<String> {
    let mut table = Table::new(&[
        ("release", Align::Left),
        ("due", Align::Right),
        ("done", Align::Right),
        ("back", Align::Right),
        ("attempts", Align::Right),
        ("failed", Align::Right),
        ("to first", Align::Right),
        ("to all", Align::Right),
        ("restored", Align::Right),
    ]);
    for release in &outcome.releases {
        let of = Figures(outcome.release_metrics(&release.of));
        table.row([
            release.name.clone(),
            of.count("releases"),
            of.count("releases_completed"),
            of.count("releases_rolled_back"),
            of.count("new_version_attempts"),
            of.count("new_version_failed"),
            of.seconds("lead_time_first_seconds_mean"),
            of.seconds("lead_time_all_seconds_mean"),
            of.seconds("new_version_restore_seconds_mean"),
        ]);
    }
    (!outcome.releases.is_empty()).then(|| table.render(columns))
}

/// Each platform of servers.
fn servers(outcome: &RunOutcome, columns: usize) -> Option<String> {
    let mut table = Table::new(&[
        ("platform", Align::Left),
        ("servers", Align::Right),
        ("utilisation", Align::Right),
        ("mean queue", Align::Right),
        ("max", Align::Right),
    ]);
    let mut any = false;
    platforms(outcome, |name, figures, of| {
        let Some(servers) = figures.servers else { return };
        any = true;
        table.row([
            name.to_owned(),
            match servers.group {
                None => count(servers.fixed),
                Some(_) => of.number("servers_mean"),
            },
            of.percent("utilisation"),
            of.number("queue_length_mean"),
            of.count("queue_length_max"),
        ]);
    });
    any.then(|| table.render(columns))
}

/// Each platform of instances, and its hosts if any has some.
fn instances(outcome: &RunOutcome, columns: usize) -> Option<String> {
    let hosted = outcome
        .platforms
        .iter()
        .any(|platform| platform.of.0.instances.is_some_and(|instances| instances.hosts.is_some()));
    let names = ["instances", "max", "busy", "idle", "evictions", "mean queue", "max"];
    let memory = hosted.then_some("host memory");
    let figures = names.into_iter().chain(memory).map(|name| (name, Align::Right));
    let mut table =
        Table::new(&[("platform", Align::Left)].into_iter().chain(figures).collect::<Vec<_>>());
    let mut any = false;
    platforms(outcome, |name, figures, of| {
        if figures.instances.is_none() {
            return;
        }
        any = true;
        let cells = [
            name.to_owned(),
            of.number("instances_mean"),
            of.count("instances_max"),
            of.number("busy_instances_mean"),
            of.number("idle_instances_mean"),
            of.count("evictions"),
            of.number("queue_length_mean"),
            of.count("queue_length_max"),
        ];
        let memory = hosted.then(|| of.percent("host_memory_utilisation"));
        table.row(cells.into_iter().chain(memory));
    });
    any.then(|| table.render(columns))
}

/// Shows each platform to `row`.
pub(super) fn platforms(
    outcome: &RunOutcome,
    mut row: impl FnMut(&str, &PlatformFigures, &Figures),
) {
    for platform in &outcome.platforms {
        let of = Figures(outcome.platform_metrics(&platform.of));
        row(&platform.name, &platform.of.0, &of);
    }
}

/// What is charged.
fn bill(outcome: &RunOutcome, columns: usize) -> Option<String> {
    let all = Figures(outcome.metrics());
    let totals = [("total", "cost_usd"), ("per million requests", "cost_usd_per_million_requests")]
        .map(|(label, name)| (label, shown(all.get(name), dollars)));
    bill_table(outcome, "bill", |bill| &bill.lines, &totals).map(|table| table.render(columns))
}

/// What a month like this would be charged, where a price sheet is charged by.
fn month(outcome: &RunOutcome, columns: usize) -> Option<String> {
    let totals = [("total, extrapolated", usd(outcome.cost_of_month()?))];
    let table = bill_table(outcome, "a month like this", |bill| &bill.month, &totals);
    table.map(|table| table.render(columns))
}

/// The table of a bill; `None` if it has no lines.
fn bill_table(
    outcome: &RunOutcome,
    head: &str,
    of: fn(&Bill) -> &[Line],
    totals: &[(&str, String)],
) -> Option<Table> {
    let mut table = Table::new(&[
        (head, Align::Left),
        ("item", Align::Left),
        ("quantity", Align::Right),
        ("unit", Align::Left),
        ("price", Align::Right),
        ("USD", Align::Right),
    ]);
    let mut lines = 0;
    for platform in &outcome.platforms {
        for line in of(&platform.of.1) {
            lines += 1;
            table.row([
                platform.name.clone(),
                line.item.to_owned(),
                significant(line.quantity(), 4),
                line.unit.clone().into_owned(),
                cell(Some(Value::Real(line.price.as_usd()))),
                usd(line.cost),
            ]);
        }
    }
    for (label, amount) in totals {
        let blank = String::new;
        table.row([(*label).to_owned(), blank(), blank(), blank(), blank(), amount.clone()]);
    }
    (lines > 0).then_some(table)
}
