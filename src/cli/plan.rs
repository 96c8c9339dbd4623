//! `plan`: what a sweep would run.

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::Failure;
use super::output::{Terminal, many, print};
use super::sweep::{ScenarioArguments, check};
use crate::experiment::{Axis, Plan};
use crate::metric::METRICS;
use crate::report::{Align, SHOWN_POINTS, Table, fingerprint, printable};

/// The arguments of `plan`.
#[derive(Debug, Args)]
pub(super) struct PlanArguments {
    #[command(flatten)]
    scenario: ScenarioArguments,
    /// How the plan is shown
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

/// How a plan is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Table,
    /// One object
    Json,
}

pub(super) fn plan(arguments: &PlanArguments, terminal: &Terminal) -> Result<(), Failure> {
    let plan = arguments.scenario.plan(terminal)?;
    check(&plan, terminal)?;
    let fingerprint = fingerprint(&plan, plan.sources(), &arguments.scenario.sets).to_string();
    let text = match arguments.format {
        Format::Table => table(&plan, &fingerprint, terminal),
        Format::Json => object(&plan, &fingerprint).to_string() + "\n",
    };
    Ok(print(|out| out.write_all(text.as_bytes()))?)
}

/// The plan as text: how many runs, then the points.
fn table(plan: &Plan, fingerprint: &str, terminal: &Terminal) -> String {
    let stopping = plan.stopping();
    let times = match stopping.narrow() {
        None => format!("{} replications, {} runs", stopping.most(), plan.most_runs()),
        Some(narrow) => format!(
            "{} to {} replications, until {} is within {} %, {} runs at most",
            stopping.least(),
            stopping.most(),
            METRICS[narrow.column].name,
            narrow.relative_half_width * 100.0,
            plan.most_runs()
        ),
    };
    let name = terminal.bold(&printable(plan.name()));
    let (seed, points) = (plan.seed().number(), plan.points());
    let sum = many(points, "point");
    let head = format!("{name}, seed {seed}: {sum}, {times}\nfingerprint {fingerprint}\n");
    let axes = plan.axes().iter().map(|axis| (axis.path(), Align::Left));
    let columns: Vec<_> = [("point", Align::Right)].into_iter().chain(axes).collect();
    let mut table = Table::new(&columns);
    for point in 0..points.min(SHOWN_POINTS as u64) {
        table.row([point.to_string()].into_iter().chain(plan.cells(point)));
    }
    let more = match points.saturating_sub(SHOWN_POINTS as u64) {
        0 => String::new(),
        more => format!("… and {more} more (all: --format json)\n"),
    };
    format!("{head}\n{}{more}", table.render(terminal.columns))
}

/// The plan as a JSON object.
fn object(plan: &Plan, fingerprint: &str) -> Value {
    let stopping = plan.stopping();
    let paths: Vec<&str> = plan.axes().iter().map(Axis::path).collect();
    let points: Vec<Value> = (0..plan.points())
        .map(|point| json!({ "point": point, "values": plan.cells(point), "sets": plan.sets(point) }))
        .collect();
    let until = stopping.narrow().map(|narrow| {
        json!({
            "metric": METRICS[narrow.column].name,
            "relative_half_width": narrow.relative_half_width,
        })
    });
    json!({
        "scenario": plan.name(),
        "version": env!("CARGO_PKG_VERSION"),
        "seed": plan.seed().number(),
        "confidence": plan.confidence(),
        "fingerprint": fingerprint,
        "axes": paths,
        "points": points,
        "replications": { "least": stopping.least(), "most": stopping.most(), "until": until },
        "most_runs": plan.most_runs(),
    })
}
