//! The block of a summary that shows what failed on platforms, and how that was made good.

use super::number::NONE;
use super::summary::{Figures, platforms};
use super::table::{Align, Table};
use crate::metric::{PlatformFigures, RunOutcome};

/// The columns: heads, and their cells of a platform.
type Column = (&'static str, fn(&PlatformFigures, &Figures) -> String);

const COLUMNS: [Column; 7] = [
    ("failed", failed),
    ("restarts", |_, of| of.count("restarts")),
    ("OOM", |_, of| of.count("oom_kills")),
    ("evicted", |_, of| of.count("pod_evictions")),
    ("detect", |_, of| of.millis("time_to_detect_ms_mean")),
    ("recover", |_, of| of.millis("time_to_recover_ms_mean")),
    ("pending", |_, of| of.count("pods_pending_max")),
];

/// Each platform on which something may fail, or nodes come and go: nodes, hosts or servers that failed, containers started again
/// and killed for their memory, pods evicted, the mean times to detect and to recover, and the most pods at once without a node. What
/// is defined on none of them is left out.
pub(super) fn failing(outcome: &RunOutcome, columns: usize) -> Option<String> {
    let mut rows = Vec::new();
    platforms(outcome, |name, figures, of| {
        if may_fail(figures) {
            rows.push((name.to_owned(), COLUMNS.map(|(_, cell)| cell(figures, of))));
        }
    });
    let kept: Vec<usize> = (0..COLUMNS.len())
        .filter(|column| rows.iter().any(|(_, cells)| cells[*column] != NONE))
        .collect();
    let heads = kept.iter().map(|column| (COLUMNS[*column].0, Align::Right));
    let heads: Vec<_> = [("platform", Align::Left)].into_iter().chain(heads).collect();
    let mut table = Table::new(&heads);
    for (name, cells) in &rows {
        table.row([name.as_str()].into_iter().chain(kept.iter().map(|at| cells[*at].as_str())));
    }
    (!kept.is_empty()).then(|| table.render(columns))
}

/// Whether something may fail on a platform, or its nodes come and go. Of a group of servers that is known once one has failed.
fn may_fail(figures: &PlatformFigures) -> bool {
    let pods = figures.pods.is_some_and(|pods| {
        pods.restarts.or(pods.evictions).is_some() || pods.detection.count() > 0
    });
    let varying = figures.instances.and_then(|instances| instances.hosts?.varying).is_some();
    let servers = figures.servers.is_some_and(|servers| servers.group.is_some());
    pods || figures.oom_kills.is_some()
        || figures.nodes.is_some() && varying
        || figures.host_failures.is_some()
        || servers && figures.node_failures > Some(0)
}

/// Nodes, hosts or servers that failed, where they may.
fn failed(figures: &PlatformFigures, of: &Figures) -> String {
    let nodes = figures.pods.is_none_or(|pods| pods.evictions.is_some());
    match (figures.host_failures, nodes) {
        (Some(_), _) => of.count("host_failures"),
        (None, true) => of.count("node_failures"),
        (None, false) => NONE.to_owned(),
    }
}
