//! How requests come from outside to replicas: what each hop adds, what a lost node costs, who is charged for what.

use cloudsched::metric::{InstanceRow, Recorder, RequestRow, SeriesRow};
use cloudsched::model::Outcome;

use super::{metric, run_text};

/// A request: its client, seconds of its sending, how it ended, milliseconds until then.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) client: String,
    pub(super) sent: f64,
    pub(super) outcome: Outcome,
    pub(super) took: f64,
}

#[derive(Default)]
struct Rows(Vec<Row>);

impl Recorder for Rows {
    fn request(&mut self, row: &RequestRow<'_>) {
        self.0.push(Row {
            client: row.client.to_owned(),
            sent: row.sent.as_secs_f64(),
            outcome: row.outcome,
            took: row.response.as_secs_f64() * 1e3,
        });
    }

    fn sample(&mut self, _: &SeriesRow<'_>) {}

    fn period(&mut self, _: &InstanceRow<'_>) {}

    fn levels(&mut self, _: &SeriesRow<'_>) {}
}

/// The requests of a run with this seed, in order of their sending.
pub(super) fn rows(scenario: &str, seed: u64) -> Vec<Row> {
    let text = format!("output.requests = true\nseed = {seed}\n{scenario}");
    let loaded =
        cloudsched::scenario::load_text("t.toml", &text, std::path::Path::new("."), "t", &[])
            .unwrap_or_else(|error| panic!("{}", error.render(false)));
    let mut rows = Rows::default();
    cloudsched::world::run(&loaded.specification, loaded.seed, Some(&mut rows), None);
    rows.0.sort_by(|a, b| a.sent.total_cmp(&b.sent));
    rows.0
}

/// A request each tenth of a second for five minutes to a replica on node `a` of four, of which `d` fails at 101 s for ever.
fn four_nodes(exposure: &str) -> Vec<Row> {
    let node = |name| format!("{{ cpu = 1, memory = '1GiB', labels.node = '{name}' }}");
    let nodes = ["a", "b", "c", "d"].map(node).join(", ");
    rows(
        &format!(
            "horizon = '301s'\nclient.c = {{ service = 's', arrivals.constant.rate = '10/s' }}\n\
             service.s = {{ platform = 'p', cpu = 1, replicas = 1, demand.constant = '1ms', pod.node_selector.node = 'a' }}\n\
             platform.p = {{ kind = 'kubernetes', endpoint_delay = '0s', nodes = [{nodes}], exposure = {exposure} }}\n\
             fault.d = {{ platform = 'p', match = 'node=d', at = ['101s'] }}\n"
        ),
        7,
    )
    .into_iter()
    .filter(|row| row.sent > 1.0)
    .collect()
}

/// The share of rows for which something holds.
fn share(rows: &[Row], holds: impl Fn(&Row) -> bool) -> f64 {
    rows.iter().filter(|row| holds(row)).count() as f64 / rows.len() as f64
}

/// A request comes to any of four nodes. A quarter is served where it came to, in 1 ms, the others take 3 ms more. When `d` has
/// failed, a quarter is refused for ever. Of 1,000 and 2,000 draws a quarter is 0.25 +- 0.055 and 0.039 (four standard errors).
#[test]
fn a_lost_node_keeps_its_share_of_a_node_port() {
    let rows = four_nodes("{ node-port = { forward = '3ms' } }");
    let (before, after): (Vec<Row>, Vec<Row>) = rows.into_iter().partition(|row| row.sent < 101.0);
    assert!(before.iter().all(|row| [1.0, 4.0].iter().any(|ms| (row.took - ms).abs() < 1e-6)));
    let local = share(&before, |row| row.took < 2.0);
    assert!((local - 0.25).abs() < 0.055, "{local}");
    let refused = share(&after, |row| row.outcome == Outcome::Refused);
    assert!((refused - 0.25).abs() < 0.039, "{refused}");
    let last = after.iter().rfind(|row| row.outcome == Outcome::Refused).unwrap();
    assert!(last.sent > 295.0, "{last:?}");
}

/// The same behind a balancer that adds 2 ms and looks at nodes every 10 s: the looks at 110, 120 and 130 fail, the last after
/// 2 s. Of the 310 requests from 101 to 132 a quarter is lost: 77 +- 31.
#[test]
fn a_load_balancer_finds_a_lost_node_by_its_looks() {
    let rows = four_nodes(
        "{ load-balancer = { latency = '2ms', nodes = { forward = '3ms', \
         health_check = { period = '10s', timeout = '2s', failures = 3 } } } }",
    );
    let refused: Vec<&Row> = rows.iter().filter(|row| row.outcome == Outcome::Refused).collect();
    let (first, last) = (refused[0].sent, refused.last().unwrap().sent);
    assert!(first >= 101.0 && (128.0..132.0).contains(&last), "{first} to {last}");
    assert!((46..=108).contains(&refused.len()), "{}", refused.len());
    let served = rows.iter().filter(|row| row.outcome == Outcome::Completed);
    assert!(served.clone().all(|row| [3.0, 6.0].iter().any(|ms| (row.took - ms).abs() < 1e-6)));
    // Of the three that are left, one is that of the replica.
    let after: Vec<Row> = served.filter(|row| row.sent > 132.0).cloned().collect();
    let local = share(&after, |row| row.took < 4.0);
    assert!((local - 1.0 / 3.0).abs() < 0.046, "{local}");
}

/// The replica is on the first of two nodes, the second is away from 101 to 150.5 s. The looks at 110, 120 and 130 fail, so that it gets
/// no requests from 132 s on; those at 160, 170, 180, 190 and 200 are answered, and it gets half of them again, 3 ms later each. Of 10
/// requests in a row all go to the first with probability 1/1024.
#[test]
fn a_node_that_is_back_gets_requests_after_five_good_looks() {
    let node = |name| format!("{{ cpu = 1, memory = '1GiB', labels.node = '{name}' }}");
    let rows = rows(
        &format!(
            "horizon = '301s'\nclient.c = {{ service = 's', arrivals.constant.rate = '10/s' }}\n\
             service.s = {{ platform = 'p', cpu = 1, replicas = 1, demand.constant = '1ms', pod.node_selector.node = 'a' }}\n\
             platform.p = {{ kind = 'kubernetes', endpoint_delay = '0s', nodes = [{}, {}], exposure.load-balancer = {{ \
             latency = '2ms', nodes = {{ forward = '3ms', health_check = {{ period = '10s', timeout = '2s', failures = 3 }} }} }} }}\n\
             fault.b = {{ platform = 'p', match = 'node=b', at = ['101s'], lasts.constant = '49500ms' }}\n",
            node("a"),
            node("b")
        ),
        3,
    );
    let lost = rows.iter().filter(|row| row.sent > 1.0 && row.outcome != Outcome::Completed);
    assert!(lost.clone().count() > 100 && lost.clone().all(|row| row.sent < 132.0));
    let by_b = |from: f64| rows.iter().find(|row| row.sent > from && row.took > 5.0).unwrap().sent;
    let back = by_b(133.0);
    assert!((200.0..201.0).contains(&back), "{back}");
}

/// `front` takes 10 ms and calls `back`, which takes 5 ms. Who comes from outside has a hop of 2 ms more and a way of 4 ms there
/// and back, the call inside has none; `back` itself, asked from outside, has a balancer of its own that adds 7 ms.
#[test]
fn each_hop_adds_its_latency_once() {
    let scenario = "horizon = '10s'\n\
        client.front = { service = 'front', latency.constant = '2ms', arrivals.constant.rate = '1/s' }\n\
        client.back = { service = 'back', arrivals.constant = { rate = '1/s' } }\n\
        service.front = { platform = 'p', replicas = 2, demand.constant = '10ms', calls = [{ service = 'back' }] }\n\
        service.back = { platform = 'p', replicas = 2, demand.constant = '5ms', pod.exposure.load-balancer.latency = '7ms' }\n\
        platform.p = { kind = 'kubernetes', endpoint_delay = '0s', nodes = [{ cpu = 64, memory = '1GiB' }], \
        exposure.load-balancer.latency = '2ms' }\n";
    let rows = rows(scenario, 1);
    let seen = |client: &str| {
        let of = rows.iter().filter(|row| row.client == client && row.sent > 0.5);
        of.map(|row| row.took).collect::<Vec<f64>>()
    };
    for (client, took) in [("front", 4.0 + 2.0 + 10.0 + 5.0), ("back", 7.0 + 5.0)] {
        let seen = seen(client);
        assert!(seen.len() >= 8 && seen.iter().all(|ms| (ms - took).abs() < 1e-6), "{seen:?}");
    }
}

/// A port that is published on the only host leads to no other node.
#[test]
fn a_published_port_of_one_host_adds_nothing() {
    let scenario = "horizon = '10s'\nclient.c = { service = 's', arrivals.constant.rate = '1/s' }\n\
        service.s = { platform = 'p', replicas = 2, demand.constant = '5ms' }\n\
        platform.p = { kind = 'docker', nodes = [{ cpu = 4, memory = '1GiB' }], exposure = 'node-port' }\n";
    let rows = rows(scenario, 1);
    assert!(rows.iter().filter(|row| row.sent > 0.5).all(|row| (row.took - 5.0).abs() < 1e-6));
}

/// A load balancer for an hour at 2 USD. A capacity unit is 25 new connections a second, 90,000 in an hour: at 90,000 USD each
/// request costs 1. Of the two requests that each user sends behind the balancer, to `front` and from there to `back`, the first
/// goes through it; without an exposure all requests to the platform are taken to do so.
#[test]
fn a_balancer_is_paid_for_by_what_goes_through_it() {
    for (exposure, each) in [("exposure = 'load-balancer', ", 1.0), ("", 2.0)] {
        let outcome = run_text(&format!(
            "horizon = '1h'\nclient.c = {{ service = 'front', arrivals.constant.rate = '1/s' }}\n\
             service.front = {{ platform = 'p', replicas = 2, demand.constant = '1ms', calls = [{{ service = 'back' }}] }}\n\
             service.back = {{ platform = 'p', replicas = 2, demand.constant = '1ms' }}\n\
             platform.p = {{ kind = 'kubernetes', endpoint_delay = '0s', nodes = [{{ cpu = 4, memory = '1GiB' }}], {exposure}\
             price.alb.values = {{ hour = 2, lcu = 90000 }} }}\n"
        ));
        let requests = metric(&outcome, "requests");
        let begun = requests - metric(&outcome, "refused");
        let cost = metric(&outcome, "cost_usd");
        assert!(requests > 3590.0 && (cost - 2.0 - each * begun).abs() < 1.5, "{cost}: {begun}");
    }
}

/// Who gives up within the hop is gone before it reaches a replica: these serve nobody.
#[test]
fn who_gives_up_on_the_way_reaches_nobody() {
    let outcome = run_text(
        "horizon = '100s'\n\
         client.c = { service = 's', arrivals.constant.rate = '1/s', timeout = '300ms', abandoned = 'cancel' }\n\
         service.s = { platform = 'p', replicas = 2, demand.constant = '1ms' }\n\
         platform.p = { kind = 'kubernetes', nodes = [{ cpu = 4, memory = '1GiB' }], exposure.load-balancer.latency = '500ms', \
         price.request = 1 }\n",
    );
    assert!(metric(&outcome, "timed_out") > 95.0);
    assert_eq!(metric(&outcome, "cost_usd"), 0.0);
}
