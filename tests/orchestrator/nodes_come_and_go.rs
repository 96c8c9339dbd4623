//! Nodes that come and go: when, for whom, and what they cost.

use cloudsched::metric::RunOutcome;
use cloudsched::model::Outcome;
use cloudsched::scenario::load_text;

use super::{Told, load, metric, told};

/// A cluster under the Cluster Autoscaler with these groups and parameters, and one service of jobs of a core each.
fn cluster(nodes: &str, parameters: &str) -> String {
    under("cluster-autoscaler", nodes, parameters)
}

/// The same under another node autoscaler.
pub(super) fn under(autoscaler: &str, nodes: &str, parameters: &str) -> String {
    format!(
        "horizon = '3h'\n\
         service.job = {{ platform = 'c', cpu = 1, memory = '1GiB' }}\n\
         [platform.c]\nkind = 'kubernetes'\nnodes = [{nodes}]\n\
         node_autoscaling.{autoscaler} = {{ {parameters} }}\n"
    )
}

pub(super) fn run(jobs: &[(f64, &str, f64)], scenario: &str) -> (Told, RunOutcome) {
    let (told, outcome) = told(&load(jobs, scenario));
    assert!(told.jobs.iter().all(|job| job.2 == Outcome::Completed), "{:?}", told.jobs);
    (told, outcome)
}

/// What the lines of the bill come to, in picodollars, by their units.
pub(super) fn bill(outcome: &RunOutcome) -> Vec<(String, i128)> {
    let lines = outcome.platforms.iter().flat_map(|platform| &platform.of.1.lines);
    lines.map(|line| (line.unit.to_string(), line.cost.as_picodollars())).collect()
}

/// No node is there. The pod of second 12 is seen by the scan of second 20, and its node, which takes 90 s to boot, is
/// there at 110. The job of 5 s ends at 115. At the scan of 120 the node is unneeded for the first time. The delay after
/// a node was ordered ends at 620; more than 10 minutes after 120 is the scan of 730: then it goes.
#[test]
fn a_pod_waits_for_a_scan_and_a_boot_and_an_idle_node_goes_after_ten_minutes() {
    let node = "{ max = 3, cpu = 2, memory = '8GiB', boot.constant = '90s', price_hour = 0.36 }";
    let (told, outcome) = run(&[(12.0, "job", 5.0)], &cluster(node, ""));
    assert_eq!(told.pods_of("job"), [(0, 110.0, 115.0)]);
    assert_eq!(metric(&outcome, "node_starts"), 1.0);
    assert_eq!(metric(&outcome, "node_removals"), 1.0);
    assert_eq!(metric(&outcome, "nodes_max"), 1.0);
    assert_eq!(metric(&outcome, "pod_waiting_ms_mean"), 98_000.0);
    // It is there from 110 to 730 of 10,800 s.
    assert!((metric(&outcome, "nodes_mean") - 620.0 / 10_800.0).abs() < 1e-12);
    // And is paid for from 20 to 730: 710 s at 0.36 USD an hour are 0.071 USD.
    assert_eq!(bill(&outcome), [("nodes-0 hour".to_owned(), 71_000_000_000)]);
}

/// As above, and again: the pod of second 1,001 is seen at 1,010 and has the node of the same slot at 1,100, beside it
/// that of 1,105. That of 1,105.5 has its place at 1,110, before the scan of then could order a node for it.
#[test]
fn a_node_comes_again_where_one_has_gone() {
    let node = "{ max = 3, cpu = 2, memory = '8GiB', boot.constant = '90s' }";
    let jobs =
        [(12.0, "job", 5.0), (1001.0, "job", 50.0), (1105.0, "job", 5.0), (1105.5, "job", 5.0)];
    let (told, outcome) = run(&jobs, &cluster(node, ""));
    let pods = told.pods_of("job");
    let expected =
        [(0, 110.0, 115.0), (0, 1105.0, 1110.0), (0, 1110.0, 1115.0), (0, 1100.0, 1150.0)];
    assert_eq!(pods, expected);
    assert_eq!(metric(&outcome, "nodes_max"), 1.0);
}

/// Two cores a node. Six pods of a core at second 1 need three nodes, of which two more may come: at 10 two are ordered,
/// which are there at 40. The first node has two pods from second 1 to 101, the others four from 40 to 140.
#[test]
fn as_many_nodes_come_as_pods_need_and_no_more_than_there_may_be() {
    let jobs = [(1.0, "job", 100.0); 8];
    let node = "{ count = 1, min = 1, max = 3, cpu = 2, memory = '8GiB', boot.constant = '30s' }";
    let (told, outcome) = run(&jobs, &cluster(node, ""));
    let mut starts: Vec<f64> = told.pods_of("job").iter().map(|pod| pod.1).collect();
    starts.sort_by(f64::total_cmp);
    assert_eq!(starts, [1.0, 1.0, 40.0, 40.0, 40.0, 40.0, 101.0, 101.0]);
    assert_eq!(metric(&outcome, "nodes_max"), 3.0);
    assert_eq!(metric(&outcome, "node_starts"), 2.0);
    // Only the least is left in the end.
    assert_eq!(metric(&outcome, "node_removals"), 2.0);
}

/// A job of one of two cores uses half of its node, which is not less than half: the node stays as long as the job, 2,000
/// s. Of four cores it is a quarter, but it has nowhere to go. A second node without pods goes, and then, also where half
/// is little, the first one stays.
#[test]
fn half_used_is_not_little_used() {
    let removed = |nodes: &str, parameters: &str| {
        let scenario = cluster(nodes, parameters).replace("'3h'", "'2000s'");
        let (_, outcome) = told(&load(&[(1.0, "job", 3000.0)], &scenario));
        metric(&outcome, "node_removals")
    };
    assert_eq!(removed("{ count = 1, max = 2, cpu = 2, memory = '8GiB' }", ""), 0.0);
    assert_eq!(removed("{ count = 1, max = 2, cpu = 4, memory = '8GiB' }", ""), 0.0);
    assert_eq!(removed("{ count = 2, max = 2, cpu = 2, memory = '8GiB' }", ""), 1.0);
    let one_stays = "scale_down_utilization_threshold = 0.51";
    assert_eq!(removed("{ count = 2, max = 2, cpu = 2, memory = '8GiB' }", one_stays), 1.0);
}

/// Two nodes of four cores with a job each since second 1: each could take the other's. At 10 the first is unneeded, and
/// so, as its pod would be on the second in that thought, only the first. At 620 it is drained: its job is told to stop,
/// is killed 30 s later, at 650, and begins anew on the other node, for all of its 1,000 s. One that must not be
/// evicted keeps its node.
#[test]
fn pods_of_a_node_that_goes_begin_anew_elsewhere() {
    let nodes = "{ count = 2, max = 2, cpu = 4, memory = '8GiB', labels.disk = 'a' }";
    let jobs = [(1.0, "job", 1000.0), (1.0, "job", 1000.0)];
    let scenario = cluster(nodes, "");
    let (told, outcome) = run(&jobs, &scenario);
    let pods = told.pods_of("job");
    assert_eq!(pods.len(), 3, "{pods:?}");
    assert_eq!(pods[0], (0, 1.0, 650.0));
    assert_eq!(pods[1], (1, 1.0, 1001.0));
    assert_eq!(pods[2], (1, 650.0, 1650.0));
    assert_eq!(metric(&outcome, "preemptions"), 0.0);
    let kept =
        scenario.replace("memory = '1GiB' }", "memory = '1GiB', pod.safe_to_evict = false }");
    assert_ne!(kept, scenario);
    assert_eq!(run(&jobs, &kept).0.pods_of("job").len(), 2);
}

/// Replicas of a service are behind its name until they are drained: of requests of 10 ms, 20 a second, none is lost
/// while nodes go from under them, and all are conserved. Two replicas of a node of four cores each find room on one.
#[test]
fn requests_are_conserved_while_nodes_go() {
    let scenario = |budget: &str| {
        format!(
            "horizon = '30m'\noutput = {{ instances = true, requests = true }}\n\
             client.c = {{ service = 's', arrivals.poisson.rate = '20/s' }}\n\
             service.s = {{ platform = 'c', cpu = '500m', memory = '1GiB', replicas = 2, demand.constant = '10ms', \
             pod = {{ start.constant = '5s', {budget} topology_spread = [{{ topology = 'host', when_unsatisfiable = 'schedule-anyway' }}] }} }}\n\
             platform.c = {{ kind = 'kubernetes', node_autoscaling = 'cluster-autoscaler', \
             nodes = [{{ count = 2, max = 2, cpu = 4, memory = '8GiB' }}] }}\n"
        )
    };
    let (_, outcome) = run_text(&scenario(""));
    assert_eq!(metric(&outcome, "node_removals"), 1.0);
    // Before the first replica is known, after 5 + 1 s, requests are refused.
    let refused = metric(&outcome, "refused");
    assert!((80.0..170.0).contains(&refused), "{refused}");
    assert_eq!(metric(&outcome, "failed"), 0.0);
    let ended = metric(&outcome, "completed") + refused + metric(&outcome, "in_flight");
    assert_eq!(ended, metric(&outcome, "requests"));
    // A budget that lets none of two go keeps both nodes.
    let (_, outcome) = run_text(&scenario("min_available = 2,"));
    assert_eq!(metric(&outcome, "node_removals"), 0.0);
}

fn run_text(scenario: &str) -> (Told, RunOutcome) {
    let loaded = load_text("t.toml", scenario, std::path::Path::new("."), "t", &[])
        .unwrap_or_else(|error| panic!("{}", error.render(false)));
    told(&loaded)
}

/// Own machines cost nothing by the hour and are taken first, by a priority of names; when the only one is used, others
/// are rented. By price alone the dear ones are never taken while the cheap ones will do.
#[test]
fn own_machines_go_before_rented_ones() {
    let nodes = "{ name = 'own', max = 1, cpu = 2, memory = '8GiB', price_hour = 0 }, \
                 { name = 'rented', max = 5, cpu = 2, memory = '8GiB', price_hour = 3.6 }, \
                 { name = 'dear', max = 5, cpu = 2, memory = '8GiB', price_hour = 7.2 }";
    let priority = "expander = ['priority', 'least-waste'], priorities = { 50 = ['^own'], 20 = ['^rented'], 1 = ['.*'] }";
    for parameters in [priority, "expander = ['price']"] {
        // Two are on own machines from 10 on, the third on a rented one from 50 on, until 1,050; it is unneeded at
        // 1,050 and goes at 1,660.
        let jobs = [(1.0, "job", 1000.0), (1.0, "job", 1000.0), (45.0, "job", 1000.0)];
        let (told, outcome) = run(&jobs, &cluster(nodes, parameters));
        let mut pods = told.pods_of("job");
        pods.sort_by(|a, b| a.1.total_cmp(&b.1));
        assert_eq!(pods[0].0, 0);
        assert_eq!(pods[2], (1, 50.0, 1050.0), "{parameters}");
        // 1,610 s at 3.6 USD an hour: 1.61 USD. What is priced and unused is on the bill with nothing.
        let expected = [("rented hour", 1_610_000_000_000), ("dear hour", 0)];
        assert_eq!(bill(&outcome), expected.map(|(unit, cost)| (unit.to_owned(), cost)));
    }
}

/// EC2 by the second, at least a minute: an m5.large (0.096 USD an hour) that is fixed, for 7,200 s, and another one for
/// 730 - 20 = 710 s, on one line: 7,910 s at 0.096 / 3600 = 0.210933333333 USD.
#[test]
fn ec2_charges_for_nodes_while_they_are_there() {
    let nodes = "{ machine = 'm5.large' }, { name = 'more', max = 1, machine = 'm5.large', boot.constant = '90s' }";
    let scenario = format!("{}price = 'ec2'\n", cluster(nodes, "")).replace("'3h'", "'2h'");
    let jobs = [(1.0, "job", 7000.0), (1.0, "job", 7000.0), (12.0, "job", 5.0)];
    let (_, outcome) = run(&jobs, &scenario);
    assert_eq!(bill(&outcome), [("m5.large hour".to_owned(), 210_933_333_333)]);
    // As much as without the other one if that never comes.
    let (_, outcome) = run(&jobs[..2], &scenario);
    assert_eq!(bill(&outcome), [("m5.large hour".to_owned(), 192_000_000_000)]);
}

/// A node that takes longer than 15 minutes to boot is not waited for: ordered at 10, given up at the first scan more than
/// 900 s later, 920. Its group rests for 5 minutes; the other one brings the node at 920 + 30 = 950.
#[test]
fn a_group_whose_nodes_do_not_come_is_left_alone() {
    let nodes = "{ name = 'small', max = 1, cpu = 1, memory = '1GiB', boot.constant = '20m' }, \
                 { name = 'large', max = 1, cpu = 2, memory = '8GiB', boot.constant = '30s' }";
    let (told, outcome) = run(&[(1.0, "job", 5.0)], &cluster(nodes, ""));
    assert_eq!(told.pods_of("job"), [(1, 950.0, 955.0)]);
    assert_eq!(metric(&outcome, "node_starts"), 2.0);
    // Where there is no other group nothing is left to do: the scan of 920 is all that happens then.
    let alone = nodes.split_once(", {").unwrap().0;
    let events = |horizon: &str| {
        let scenario = cluster(alone, "").replace("3h", horizon);
        super::told(&load(&[(1.0, "job", 5.0)], &scenario)).1.digest.events()
    };
    assert_eq!(events("925s") - events("915s"), 1);
}

/// Of four slots with faults of their own, those of a cluster of four nodes fail as often as those of a group of four at
/// most that are all there; and with one node, which is the first, as often as the first of four would.
#[test]
fn the_same_bad_luck_meets_every_autoscaler() {
    let failures = |nodes: &str, jobs: &str| {
        let (_, outcome) = run_text(&format!(
            "horizon = '100h'\nclient.c = {{ service = 's', arrivals.constant.rate = '1/h' }}\n\
             service.s = {{ platform = 'c', cpu = {jobs}, demand.constant = '1s' }}\n\
             platform.c = {{ kind = 'kubernetes', {nodes} }}\n\
             fault.f = {{ platform = 'c', between.exponential.mean = '10h', lasts.exponential.mean = '1h' }}\n"
        ));
        metric(&outcome, "node_failures")
    };
    let node = "cpu = 4, memory = '8GiB'";
    let scaled = "node_autoscaling = 'cluster-autoscaler'";
    let fixed = failures(&format!("nodes = [{{ count = 4, {node} }}]"), "1");
    let all =
        failures(&format!("{scaled}, nodes = [{{ count = 4, min = 4, max = 4, {node} }}]"), "1");
    assert_eq!(all, fixed);
    let first = failures(&format!("nodes = [{{ count = 1, {node} }}]"), "1");
    let one =
        failures(&format!("{scaled}, nodes = [{{ count = 1, min = 1, max = 1, {node} }}]"), "1");
    assert_eq!(one, first);
    assert!(0.0 < first && first < fixed);
}

#[test]
fn what_is_wrong_with_a_scenario_is_told() {
    let fault = |nodes: &str, rest: &str| {
        let text = format!(
            "client.c = {{ service = 's', arrivals.poisson.rate = '1/s' }}\nhorizon = '1s'\n\
             service.s = {{ platform = 'c', demand.constant = '1s' }}\n\
             platform.c = {{ kind = 'kubernetes', nodes = [{nodes}], {rest} }}\n"
        );
        let error = load_text("t.toml", &text, std::path::Path::new("."), "t", &[]).unwrap_err();
        error.render(false)
    };
    let node = |counts: &str| format!("{{ cpu = 1, memory = '1GiB', {counts} }}");
    let autoscaler = "node_autoscaling = 'cluster-autoscaler'";
    for (nodes, rest, told) in [
        (node("max = 3"), "", "nobody says when they come and go"),
        (node("count = 3"), autoscaler, "no nodes come and go"),
        (node("min = 3"), autoscaler, "there is at least one at most"),
        (node("min = 3, max = 2"), autoscaler, "there are 3 nodes at the start, of 3 to 2"),
        (node("count = 1, boot.constant = '1s'"), "", "there from the start"),
        (
            node("max = 3"),
            "scheduler = 'swarm', node_autoscaling = 'cluster-autoscaler'",
            "under this scheduler",
        ),
        (
            node("max = 3"),
            "node_autoscaling.cluster-autoscaler = { expander = ['price'] }",
            "nobody says what these nodes cost",
        ),
        (
            node("max = 3"),
            "node_autoscaling.cluster-autoscaler = { priorities = { high = ['a'] } }",
            "`high` is no priority",
        ),
        (
            node("max = 3"),
            "node_autoscaling.cluster-autoscaler = { scan_interval = '0s' }",
            "looks once in a while",
        ),
    ] {
        let error = fault(&nodes, rest);
        assert!(error.contains(told), "{nodes} {rest}\n{error}");
    }
}
