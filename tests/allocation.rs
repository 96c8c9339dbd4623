//! Requests cost no allocation once a run is warm.
//!
//! Each scenario is driven by hand until it is warm; then allocations are counted over many events.
//! What is left is growth to a new record: a line, a list of idle instances or a bucket of the
//! calendar that was never so long, a response time in a range of the histogram that was empty.
//! Capacity stays, so records become rare: [`growth_dies_down`] shows it.

use std::path::Path;

use cloudsched::kernel::{Agenda, Calendar, Class, Clock, Time};
use cloudsched::scenario::load_text;
use cloudsched::world::{Event, World};

/// Events before the first count.
const WARM: u64 = 200_000;
/// Events in a count, about half as many requests.
const COUNTED: u64 = 100_000;
/// New records of the world in a count, at most.
const RECORDS: u64 = 20;
/// New records of world and calendar in a count, at most. The calendar has 2,048 buckets, each
/// with a capacity of its own.
const RECORDS_WITH_CALENDAR: u64 = 150;

/// A calendar whose own allocations count, or do not.
struct Watched {
    calendar: Calendar<Event>,
    counts: bool,
}

impl Watched {
    fn touch(&mut self, mut change: impl FnMut(&mut Calendar<Event>)) {
        if self.counts {
            change(&mut self.calendar);
        } else {
            allocation_counter::opt_out(|| change(&mut self.calendar));
        }
    }
}

impl Clock for Watched {
    fn now(&self) -> Time {
        self.calendar.now()
    }
}

impl<X: Copy> Agenda<X> for Watched
where
    Calendar<Event>: Agenda<X>,
{
    fn schedule(&mut self, at: Time, class: Class, event: X) {
        self.touch(|calendar| calendar.schedule(at, class, event));
    }
}

/// Lets so many events happen, and tells how many allocations they cost.
fn run(world: &mut World<'_>, agenda: &mut Watched, events: u64) -> u64 {
    let spent = allocation_counter::measure(|| {
        for _ in 0..events {
            let mut event = None;
            agenda.touch(|calendar| event = calendar.pop());
            world.handle(event.expect("the clients send for ever"), agenda);
        }
    });
    spent.count_total
}

/// Runs a scenario in steps of so many events, with and without its calendar counted, and tells
/// how many allocations each step cost.
#[track_caller]
fn count<const N: usize>(scenario: &str, steps: [(u64, bool); N]) -> [u64; N] {
    let loaded = match load_text("test.toml", scenario, Path::new("."), "test", &[]) {
        Ok(loaded) => loaded,
        Err(error) => panic!("{}", error.render(false)),
    };
    let mut world = World::new(&loaded.specification, loaded.seed, None);
    let mut agenda = Watched { calendar: Calendar::new(), counts: true };
    world.start(&mut agenda);
    steps.map(|(events, counts)| {
        agenda.counts = counts;
        run(&mut world, &mut agenda, events)
    })
}

#[track_caller]
fn check(scenario: &str) {
    let steps = [(WARM, true), (COUNTED, false), (COUNTED, true)];
    let [warming, world, all] = count(scenario, steps);
    assert!(warming > 0, "allocations are not counted");
    assert!(world <= RECORDS, "{world} allocations of the world\n{scenario}");
    assert!(all <= RECORDS_WITH_CALENDAR, "{all} allocations with the calendar\n{scenario}");
}

/// A scenario of one client, one service and one platform.
fn simple(client: &str, service: &str, platform: &str) -> String {
    format!(
        "horizon = \"1000d\"\n[client.users]\nservice = \"web\"\n{client}\n\
         [service.web]\nplatform = \"pool\"\n{service}\n[platform.pool]\n{platform}\n"
    )
}

const OPEN: &str = "arrivals.poisson = { rate = \"300/s\" }";
const SHORT: &str = "demand.exponential = { mean = \"10ms\" }";

#[test]
fn servers_with_a_central_line() {
    let disciplines = ["fifo", "lifo", "random", "priority", "shortest-job", "processor-sharing"];
    for discipline in disciplines {
        let platform = format!("kind = \"servers\"\nservers = 4\ndiscipline = \"{discipline}\"");
        check(&simple(OPEN, SHORT, &platform));
    }
}

#[test]
fn servers_behind_balancers() {
    let balancers = [
        ("\"round-robin\"", "fifo"),
        ("\"random\"", "processor-sharing"),
        ("\"least-outstanding\"", "fifo"),
        ("{ choose-d = { d = 2 } }", "processor-sharing"),
        ("\"join-idle-queue\"", "fifo"),
        ("\"consistent-hash\"", "fifo"),
    ];
    for (balance, discipline) in balancers {
        let platform = format!(
            "kind = \"servers\"\nservers = 10\ndiscipline = \"{discipline}\"\nbalance = {balance}"
        );
        check(&simple(OPEN, SHORT, &platform));
    }
}

#[test]
fn a_closed_loop() {
    let client = "users = 100\nthink_time.exponential = { mean = \"1s\" }";
    check(&simple(client, SHORT, "kind = \"servers\"\nservers = 2"));
}

/// Fifty functions on ten hosts under these policies.
fn functions(policies: &str) -> String {
    let service = "family = { count = 50, popularity.zipf = { s = 1.0 } }\n\
                   memory = [\"128MiB\", \"256MiB\"]\n\
                   demand.exponential = { mean = \"100ms\" }";
    let platform = format!(
        "kind = \"faas\"\ncold_start.constant = \"50ms\"\n{policies}\n\
         hosts = [{{ count = 10, cpu = 4, memory = \"2GiB\" }}]"
    );
    simple(OPEN, service, &platform)
}

#[test]
fn functions_on_hosts() {
    // Memory is short: instances are evicted for each other.
    check(&functions("keep_alive = \"infinite\"\neviction = \"lru\""));
    check(&functions("keep_alive = \"infinite\"\neviction = \"greedy-dual\""));
    // Instances run out, and start anew.
    check(&functions("keep_alive.fixed = { window = \"1s\" }\nplacement = \"best-fit\""));
    check(&functions(
        "keep_alive.fixed = { window = \"1s\" }\nwhich_idle = \"newest\"\nconcurrency = 4",
    ));
    check(&functions("keep_alive = \"none\"\nbinding = \"early\"\nplacement = \"hashed\""));
}

#[test]
fn functions_on_runners_of_fn() {
    let service = "family = { count = 20, popularity.zipf = { s = 1.0 } }\n\
                   demand.exponential = { mean = \"100ms\" }";
    for placer in ["ch", "naive"] {
        // Requests sleep at the load balancer, and containers go for each other.
        let platform = format!(
            "kind = \"fn\"\nplacer = \"{placer}\"\ncold_start.constant = \"50ms\"\n\
             hosts = [{{ count = 8, cpu = 4, memory = \"1GiB\" }}]"
        );
        check(&simple(OPEN, service, &platform));
    }
}

#[test]
fn jobs_on_rented_cores() {
    let service = "family.count = 5\npriority = [1, 2]\ndemand.exponential = { mean = \"100ms\" }";
    for capacity in ["capacity.fixed.nodes = 2", "capacity = \"hour-ahead\""] {
        check(&simple(OPEN, service, &format!("kind = \"picloud\"\n{capacity}")));
    }
}

#[test]
fn messages_in_batches() {
    for delivery in [
        "asynchronous = { pauses = [\"100ms\"] }",
        "queue = { batch = 5, window = \"20ms\", visibility = \"1s\", pollers.fixed.count = 8 }",
        "stream = { partitions = 8, batch = 5, bisect = true, attempts = 3, pause = \"1ms\" }",
    ] {
        let client = format!("{OPEN}\ndelivery.{delivery}");
        let service = format!("{SHORT}\nfailure = 0.1");
        check(&simple(&client, &service, "kind = \"servers\"\nservers = 20"));
    }
}

#[test]
fn calls_timeouts_and_retries() {
    for abandoned in ["finish", "cancel"] {
        check(&format!(
            r#"
            horizon = "1000d"
            [client.users]
            service = "web"
            arrivals.poisson = {{ rate = "90/s" }}
            timeout = "60ms"
            abandoned = "{abandoned}"
            latency.constant = "5ms"
            retries = {{ attempts = 3, backoff = "100ms", jitter = "full" }}
            [service.web]
            platform = "pool"
            demand.exponential = {{ mean = "10ms" }}
            calls = [
                {{ parallel = [{{ service = "a" }}, {{ service = "b", count = 2 }}] }},
                {{ service = "a", probability = 0.5, timeout = "20ms", abandoned = "{abandoned}" }},
            ]
            [service.a]
            platform = "functions"
            memory = "512MiB"
            demand.exponential = {{ mean = "5ms" }}
            [service.b]
            platform = "pool"
            demand.exponential = {{ mean = "5ms" }}
            [platform.pool]
            kind = "servers"
            servers = 20
            queue = {{ limit = 100 }}
            [platform.functions]
            kind = "faas"
            cold_start.constant = "50ms"
            keep_alive.fixed = {{ window = "1s" }}
            "#
        ));
    }
}

#[test]
fn growth_dies_down() {
    let scenario = functions("keep_alive.fixed = { window = \"1s\" }");
    let steps = [WARM, WARM, 2 * WARM, 4 * WARM].map(|events| (events, true));
    let [_, early, late, last] = count(&scenario, steps);
    println!("{early}, {late}, {last}");
}
