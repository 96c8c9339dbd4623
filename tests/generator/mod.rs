//! Random scenarios over the whole schema, as text. Small ones: a few hundred requests.
//!
//! Services stand in layers, one platform a layer, and call only services of later layers: so no
//! request can wait for a server that its own caller holds. Where idle instances are never evicted
//! they expire. Nothing then waits for ever.

mod cluster;
mod faults;
mod orchestrators;
mod servers;

use std::fmt::Write as _;

use proptest::prelude::*;
use proptest::sample::select;

pub(crate) use orchestrators::busy_cluster;

use cluster::{balance, cluster, of_pods, of_replicas};

/// A scenario whose clients stop sending after some seconds.
pub(crate) fn finite() -> impl Strategy<Value = String> {
    (1..4_usize, 1..4_usize).prop_flat_map(|(platforms, clients)| {
        let layers: Vec<_> =
            (0..platforms).map(|number| (layer(number), workflow(number, platforms))).collect();
        let clients: Vec<_> = (0..clients).map(move |number| client(number, platforms)).collect();
        let top = select(vec!["", "horizon = \"3h\"\n", "warm_up = \"2s\"\nhorizon = \"3h\"\n"]);
        let members = select(vec!["", "output.members = true\n"]);
        (top, members, 0..1000_u64, layers, clients).prop_map(
            move |(top, members, seed, layers, clients)| {
                let mut text = format!("{top}{members}seed = {seed}\n{}", clients.concat());
                for (number, (layer, jobs)) in layers.iter().enumerate() {
                    layer.write(number, platforms, &mut text);
                    writeln!(text, "[workflow.w{number}]\njobs = [{jobs}]").unwrap();
                }
                text
            },
        )
    })
}

/// A platform and the services on it.
#[derive(Clone, Debug)]
struct Layer {
    platform: String,
    services: Vec<(String, Vec<String>)>,
    application: bool,
    has_instances: bool,
    /// What is released, each with the place of its service.
    releases: Vec<(usize, String)>,
}

impl Layer {
    fn write(&self, number: usize, layers: usize, text: &mut String) {
        let (platform, fault) = self.platform.split_once("FAULT").unwrap_or((&self.platform, ""));
        writeln!(text, "[platform.p{number}]\n{platform}").unwrap();
        if !fault.is_empty() {
            writeln!(text, "[fault.f{number}]\nplatform = \"p{number}\"\n{fault}").unwrap();
        }
        for (place, (body, calls)) in self.services.iter().enumerate() {
            writeln!(text, "[service.s{number}x{place}]\nplatform = \"p{number}\"\n{body}")
                .unwrap();
            if number + 1 < layers && !calls.is_empty() {
                writeln!(text, "calls = [{}]", calls.join(", ")).unwrap();
            }
        }
        for (release, (place, keys)) in self.releases.iter().enumerate() {
            let place = place % self.services.len();
            writeln!(
                text,
                "[release.r{number}x{release}]\nservice = \"s{number}x{place}\"\n{keys}"
            )
            .unwrap();
        }
        if self.application && self.has_instances && self.services.len() > 1 {
            writeln!(
                text,
                "[application.a{number}]\nservices = [\"s{number}x0\", \"s{number}x1\"]"
            )
            .unwrap();
        }
    }
}

fn layer(number: usize) -> impl Strategy<Value = Layer> {
    let services = |room| prop::collection::vec(service(number, room), 1..4);
    let instances = (of_instances(), worn("")).prop_map(|(room, worn)| room + &worn);
    let faas = (faas(), services(instances.boxed()), any::<bool>()).prop_map(
        |(platform, services, application)| (platform, services, application, true, Vec::new()),
    );
    let servers =
        (servers::servers(), services(worn("memory = \"32MiB\"\n").boxed()), servers::releases())
            .prop_map(|(platform, services, releases)| {
                // A central line has no rotation that a server could leave.
                let rotates = platform.contains("balance") || platform.contains("sharing");
                let releases = if rotates { releases } else { Vec::new() };
                (platform, services, false, false, releases)
            });
    let jobs = (cluster(), services(of_pods().boxed())).prop_map(|(platform, services)| {
        let asks = services.iter().any(|(body, _)| asks_kubernetes(body));
        let platform = if asks { cluster::as_kubernetes(&platform) } else { platform };
        (platform, services, false, false, Vec::new())
    });
    // Jobs beside replicas could wait for ever for their room.
    let replicas = (cluster(), balance(), faults::of_containers(), services(of_replicas().boxed()))
        .prop_map(|(platform, balance, fault, services)| {
            let fault = if platform.contains("FAULT") { "" } else { fault };
            (balance + &platform + fault, services, false, false, Vec::new())
        });
    prop_oneof![3 => faas, 2 => servers, 2 => jobs, 2 => replicas].prop_map(
        |(platform, services, application, has_instances, releases)| Layer {
            platform,
            services,
            application,
            has_instances,
            releases,
        },
    )
}

/// How what serves a service wears out, with this limit of its memory.
fn worn(limit: &'static str) -> impl Strategy<Value = String> {
    let ageing = of(&["{ after = \"1s\", slower = \"10%/s\", slower_per_request = \"1%\" }"]);
    let memory = of(&[
        "{ base = \"2MiB\", per_request = \"1MiB\", leak = \"9MiB/s\", leak_per_request = \"1MiB\" }",
        "{ leak_per_request = \"5MiB\" }",
    ]);
    let memory = maybe("memory_use", memory).prop_map(move |memory| match memory.as_str() {
        "" => memory,
        _ => limit.to_owned() + &memory,
    });
    prop_oneof![3 => Just(String::new()), 1 => maybe("ageing", ageing), 2 => memory]
}

fn span() -> impl Strategy<Value = String> {
    select(vec![
        "{ constant = \"100ms\" }",
        "{ constant = \"1s\" }",
        "{ constant = \"0s\" }",
        "{ exponential = { mean = \"150ms\" } }",
        "{ uniform = { low = \"0s\", high = \"400ms\" } }",
        "{ lognormal = { mean = \"200ms\", cv = 2.0 } }",
        "{ mixture = [{ weight = 1, of.constant = \"0s\" }, { weight = 1, of.constant = \"700ms\" }] }",
    ])
    .prop_map(str::to_owned)
}

/// Whether pods ask for places that ECS and Swarm do not know.
fn asks_kubernetes(keys: &str) -> bool {
    ["topology_spread", "affinity"].iter().any(|key| keys.contains(key))
}

/// `key = VALUE`, or nothing.
fn maybe(
    key: &'static str,
    value: impl Strategy<Value = String> + 'static,
) -> impl Strategy<Value = String> {
    prop::option::of(value)
        .prop_map(move |value| value.map_or(String::new(), |value| format!("{key} = {value}\n")))
}

fn words(values: &'static [&'static str]) -> impl Strategy<Value = String> {
    select(values).prop_map(|value| format!("\"{value}\""))
}

fn of(values: &'static [&'static str]) -> impl Strategy<Value = String> {
    select(values).prop_map(str::to_owned)
}

fn limit() -> impl Strategy<Value = String> {
    maybe("queue.limit", of(&["0", "1", "5"]))
}

fn faas() -> impl Strategy<Value = String> {
    let placements = &[
        "first-fit",
        "best-fit",
        "worst-fit",
        "round-robin",
        "random",
        "least-loaded",
        "least-allocated",
        "hashed",
    ];
    let hosts = &[
        "[{ count = 1, cpu = 1, memory = \"1GiB\" }]",
        "[{ count = 2, cpu = 2, memory = \"600MiB\" }, { count = 1, cpu = 4, memory = \"512MiB\" }]",
        "[{ count = 9, cpu = 1, memory = \"512MiB\" }]",
    ];
    // Without eviction an instance has to expire, or others could wait for its room for ever.
    let rest = prop_oneof![
        of(&["eviction = \"none\"\nkeep_alive = \"none\"\n"]),
        of(&["eviction = \"none\"\nkeep_alive.fixed.window = \"700ms\"\n"]),
        (
            maybe("eviction", words(&["lru", "greedy-dual"])),
            of(&[
                "",
                "keep_alive = \"none\"\n",
                "keep_alive = \"infinite\"\n",
                "keep_alive.fixed.window = \"100ms\"\n",
                "keep_alive.fixed.window = \"10s\"\n",
                "keep_alive.sampled.lifetime.exponential.mean = \"2s\"\n",
                "keep_alive.least-instances = { instances = 2, window = \"1s\" }\n",
                "keep_alive.forecast = { window = \"500ms\", period = \"1s\" }\n",
                "keep_alive.scheduled = { window = \"1s\", every = \"5s\", times = [\
                 { from = \"1s\", to = \"2s\", instances = 3 }] }\n",
                "keep_alive.hybrid-histogram = { range = \"2s\", bin = \"100ms\", \
                 least_idle_times = 1, least_cv = 0.5 }\n",
            ]),
        )
            .prop_map(|(eviction, keep_alive)| eviction + &keep_alive),
    ];
    (
        select(vec![1, 2, 4]),
        maybe("max_instances", of(&["1", "2", "5"])),
        limit(),
        maybe("binding", words(&["early", "late"])),
        maybe("which_idle", words(&["newest", "oldest", "most-recent", "least-recent"])),
        maybe("cold_start", span()),
        rest,
        maybe("placement", words(placements)),
        maybe("hosts", of(hosts)),
        (bounds(), faults::of_hosts()),
    )
        .prop_map(
            |(concurrency, most, limit, binding, which, cold, rest, placement, hosts, rest_of)| {
                let (bounds, fault) = rest_of;
                // What a floor keeps is nobody else's: where rooms are few, others wait for ever.
                let floor =
                    rest.contains("least-instances") || bounds.contains("provisioned_concurrency");
                let [most, hosts] =
                    [most, hosts].map(|key| if floor { String::new() } else { key });
                let fault = if hosts.is_empty() { "" } else { fault };
                format!(
                    "kind = \"faas\"\nconcurrency = {concurrency}\n{most}{limit}{binding}{which}\
                 {cold}{rest}{placement}{hosts}{bounds}{fault}"
                )
            },
        )
}

/// What keeps functions from starting and from waiting.
fn bounds() -> impl Strategy<Value = String> {
    (
        maybe(
            "scaling",
            of(&[
                "{ token-bucket = { refill = \"1/s\" } }",
                "{ token-bucket = { capacity = 3, refill = \"5/s\", scope = \"platform\" } }",
                "{ target-concurrency = { window = \"1s\", every = \"200ms\", cpu_target = 0.7 } }",
                "{ target-based = { target = 2, every = \"500ms\" } }",
            ]),
        ),
        maybe("queue.patience", words(&["200ms", "3s"])),
        maybe("quota.concurrency", of(&["1", "4", "20"])),
        maybe("quota.requests_per_minute", of(&["5", "60"])),
        maybe("max_lifetime.exponential.mean", words(&["2s", "30s"])),
        maybe("max_duration", words(&["50ms", "1s"])),
        maybe(
            "provisioned_concurrency",
            of(&["1", "3", "[{ from = \"1s\", to = \"00:00:02\", instances = 3 }]"]),
        ),
        maybe("provisioned_ramp", of(&["\"2/s\""])),
    )
        .prop_map(|(scaling, patience, concurrency, requests, life, longest, held, ramp)| {
            scaling + &patience + &concurrency + &requests + &life + &longest + &held + &ramp
        })
}

/// What instances have, and how many there may be.
fn of_instances() -> impl Strategy<Value = String> {
    (
        maybe("memory", words(&["128MiB", "256MiB", "512MiB"])),
        maybe("cpu", of(&["\"250m\"", "1"])),
        maybe("cold_demand", span()),
        maybe("max_instances", of(&["1", "3"])),
        maybe("reserved_concurrency", of(&["1", "2"])),
    )
        .prop_map(|(memory, cpu, cold, most, reserved)| memory + &cpu + &cold + &most + &reserved)
}

/// A service of layer `layer` with these keys of its platform, and the calls it makes unless that is the
/// last layer.
fn service(
    layer: usize,
    room: BoxedStrategy<String>,
) -> impl Strategy<Value = (String, Vec<String>)> {
    let family = maybe(
        "family",
        of(&["{ count = 3 }", "{ count = 7, popularity.zipf = { s = 1.1 } }", "{ count = 1 }"]),
    );
    let calls = prop::collection::vec(call(layer + 1), 0..3);
    (span(), maybe("priority", of(&["-1", "4"])), room, family, calls).prop_map(
        |(demand, priority, room, family, calls)| {
            (format!("demand = {demand}\n{priority}{room}{family}"), calls)
        },
    )
}

fn exchange() -> impl Strategy<Value = String> {
    let retries = &[
        "{ attempts = 3 }",
        "{ attempts = 2, backoff = \"300ms\", jitter = \"full\", fresh_demand = true }",
        "{ attempts = 5, backoff = \"10ms\", max_backoff = \"50ms\", jitter = \"equal\" }",
    ];
    let line =
        |key: &'static str, value| maybe(key, value).prop_map(|text| text.replace('\n', ", "));
    (
        line("timeout", words(&["100ms", "400ms", "2s"]).boxed()),
        line("abandoned", words(&["cancel", "finish"]).boxed()),
        line("latency", span().boxed()),
        line("retries", of(retries).boxed()),
    )
        .prop_map(|(timeout, abandoned, latency, retries)| {
            timeout + &abandoned + &latency + &retries
        })
}

/// A call to a service of layer `layer`, which has one at least.
fn call(layer: usize) -> impl Strategy<Value = String> {
    let one = (exchange(), select(vec!["", "probability = 0.5, ", "count = 2, "]), target(layer))
        .prop_map(|(exchange, more, target)| {
            format!("{{ {exchange}{more}service = \"{target}\" }}")
        })
        .boxed();
    let several = prop::collection::vec(one.clone(), 1..4)
        .prop_map(|calls| format!("{{ parallel = [{}] }}", calls.join(", ")));
    prop_oneof![2 => one, 1 => several]
}

/// The first service of a layer, or its workflow.
fn target(layer: usize) -> impl Strategy<Value = String> {
    prop_oneof![4 => Just(format!("s{layer}x0")), 1 => Just(format!("w{layer}"))]
}

/// Jobs of layer `first` and later ones, each after some of those before it.
fn workflow(first: usize, layers: usize) -> impl Strategy<Value = String> {
    let more = select(vec!["", "", "count = 2, ", "depends_on_errors = \"ignore\", "]);
    let after = prop::collection::vec(prop::bool::weighted(0.4), 4);
    prop::collection::vec((exchange(), more, first..layers, after), 1..5).prop_map(|jobs| {
        let jobs = jobs.into_iter().enumerate().map(|(number, (exchange, more, layer, after))| {
            let after = (0..number).filter(|&before| after[before]);
            let after: Vec<String> = after.map(|before| format!("\"j{before}\"")).collect();
            let after = after.join(", ");
            format!("{{ {exchange}{more}name = \"j{number}\", service = \"s{layer}x0\", after = [{after}] }}")
        });
        jobs.collect::<Vec<_>>().join(", ")
    })
}

/// A client that stops by itself; it sends to the first service of some layer, or its workflow.
fn client(number: usize, layers: usize) -> impl Strategy<Value = String> {
    let arrivals = &[
        "[{ duration = \"5s\", target = \"20/s\" }]",
        "[{ duration = \"1ms\", target = \"40/s\" }, { duration = \"2s\", target = \"30/s\" }]",
        "[{ duration = \"10s\", target = \"6/s\" }, { duration = \"10s\", target = \"0/s\" }]",
    ];
    let priority = maybe("priority", of(&["7", "-3"]));
    ((0..layers).prop_flat_map(target), of(arrivals), exchange(), priority).prop_map(
        move |(target, stages, exchange, priority)| {
            let lines = lines(&exchange);
            format!(
                "[client.c{number}]\nservice = \"{target}\"\narrivals.stages = {stages}\n\
                 {lines}{priority}"
            )
        },
    )
}

/// Keys of an inline table, each on a line of its own: a comma outside of braces ends one.
fn lines(inline: &str) -> String {
    let (mut depth, mut lines) = (0, String::new());
    for letter in inline.chars() {
        match letter {
            '{' | '[' => depth += 1,
            '}' | ']' => depth -= 1,
            _ => {}
        }
        lines.push(if letter == ',' && depth == 0 { '\n' } else { letter });
    }
    lines.lines().map(|line| line.trim_start().to_owned() + "\n").collect()
}
