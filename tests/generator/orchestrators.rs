//! One random cluster with all that an orchestrator has: services with replicas that call each other, daemons, jobs that
//! evict, autoscalers, new versions, and several faults at once.
//!
//! Here pods may wait for ever, so every caller has a timeout: requests end, work that nobody waits for may not.

use std::fmt::Write as _;

use proptest::prelude::*;
use proptest::sample::select;

use super::{maybe, of, words};

/// A scenario whose clients stop sending long before it ends.
pub(crate) fn busy_cluster() -> impl Strategy<Value = String> {
    let fault = (fault(), any::<u8>());
    (
        (0..1000_u64, platform()),
        (front(), back(), daemon(), job()),
        prop::collection::vec(fault, 0..4),
        prop::collection::vec(release(), 0..3),
        prop::collection::vec(client(), 1..3),
        select(vec!["", "warm_up = \"4s\"\n"]),
    )
        .prop_map(|((seed, platform), services, faults, releases, clients, warm_up)| {
            let mut text = format!("horizon = \"150s\"\nseed = {seed}\n{warm_up}");
            for (number, client) in clients.iter().enumerate() {
                writeln!(text, "[client.c{number}]\n{client}").unwrap();
            }
            let (front, back, mut daemon, job) = services;
            if platform.contains("fargate") {
                daemon = daemon
                    .replace("pod = { daemon = true", "replicas = 2\npod = { concurrency = 9");
            }
            for (name, keys) in [("front", front), ("back", back), ("daemon", daemon), ("job", job)]
            {
                writeln!(text, "[service.{name}]\nplatform = \"p\"\n{keys}").unwrap();
            }
            if platform.contains("router") {
                text.push_str("[service.router]\nplatform = \"p\"\nreplicas = 2\ndemand.constant = \"10ms\"\ncpu = \"50m\"\n");
            }
            let others = ["\"ecs\"", "\"docker-swarm\""].iter().any(|kind| platform.contains(kind));
            let asks = super::asks_kubernetes(&text) && others;
            let scheduler = if asks { "scheduler = \"kubernetes\"\n" } else { "" };
            writeln!(text, "[platform.p]\n{platform}{scheduler}").unwrap();
            for (number, (fault, of)) in faults.iter().enumerate() {
                let service = ["front", "back"][usize::from(of % 2)];
                let of_nodes = !fault.contains("hang") && !fault.contains("container-crash");
                if of_nodes && platform.contains("fargate") {
                    continue;
                }
                let whom =
                    if of_nodes { String::new() } else { format!("service = \"{service}\"\n") };
                writeln!(text, "[fault.f{number}]\nplatform = \"p\"\n{whom}{fault}").unwrap();
            }
            for (number, release) in releases.iter().enumerate() {
                let service = ["front", "back"][number % 2];
                writeln!(text, "[release.r{number}]\nservice = \"{service}\"\n{release}").unwrap();
            }
            text
        })
}

/// Whatever the kind is, with periods short enough for a run of two minutes.
fn platform() -> impl Strategy<Value = String> {
    let several = &[
        "[{ count = 1, cpu = 3, memory = \"2GiB\" }]",
        "[{ count = 3, cpu = 2, memory = \"1GiB\", zone = \"a\", labels = { \"ecs.availability-zone\" = \"a\" } }, \
         { count = 2, cpu = 1, memory = \"1GiB\", zone = \"b\", taints = [\"spot:NoSchedule\"] }]",
        "[{ count = 4, cpu = 1, memory = \"700MiB\", pods = 4 }]",
    ];
    let varying = &[
        "[{ max = 4, cpu = 2, memory = \"1GiB\", boot.exponential.mean = \"2s\" }, \
         { count = 1, min = 1, max = 3, cpu = 4, memory = \"2GiB\", zone = \"b\" }]\n\
         node_autoscaling.cluster-autoscaler = { scan_interval = \"1s\", max_node_provision_time = \"4s\", \
         scale_down_unneeded_time = \"3s\", scale_down_unready_time = \"5s\", scale_down_delay_after_add = \"2s\" }",
        "[{ max = 5, cpu = 2, memory = \"1GiB\", boot.constant = \"1s\", price_hour = 1 }, \
         { max = 2, cpu = 4, memory = \"4GiB\", boot.exponential.mean = \"3s\", price_hour = 3 }]\n\
         node_autoscaling.karpenter = { batch_idle_duration = \"300ms\", consolidate_after = \"2s\", disruption_budget = 0.5 }",
        "[{ min = 1, max = 5, cpu = 2, memory = \"1GiB\", boot.constant = \"2s\" }]\nnode_autoscaling = \"managed-scaling\"",
    ];
    let managed = &[
        "[{ count = 4, managers = 3, cpu = 2, memory = \"1GiB\" }]\nelection = { least = \"1s\", most = \"3s\" }",
        "[{ count = 2, managers = 1, cpu = 2, memory = \"1GiB\" }, { count = 2, managers = 1, cpu = 1, memory = \"1GiB\" }]\n\
         election = { least = \"0s\", most = \"500ms\" }",
    ];
    let nodes = |kind: &'static str, nodes| {
        (Just(kind), of(nodes)).prop_map(|(kind, nodes)| format!("\"{kind}\"\nnodes = {nodes}\n"))
    };
    let kinds = prop_oneof![
        3 => nodes("kubernetes", several),
        3 => nodes("kubernetes", varying),
        1 => nodes("openshift", several),
        2 => nodes("ecs", several),
        1 => nodes("ecs", &varying[2..]),
        2 => nodes("docker-swarm", several),
        2 => nodes("docker-swarm", managed),
        1 => nodes("docker", &several[..1]),
        1 => of(&["\"ecs-fargate\"\nserverless.boot.exponential.mean = \"2s\"\n"]),
    ];
    (
        kinds,
        maybe("balance", words(&["round-robin", "random", "least-outstanding", "join-idle-queue"])),
        maybe("endpoint_delay", words(&["0s", "300ms", "3s"])),
        maybe("heartbeat", of(&["{ period = \"1s\", timeout = \"3s\", check = \"500ms\" }"])),
        both(
            maybe("eviction_delay", words(&["0s", "2s", "20s"])),
            maybe("node_eviction", of(&[
                "{ rate = \"0.5/s\", secondary_rate = \"0.1/s\", unhealthy_zone = 0.4, large_zone = 2 }",
            ])),
        ),
        both(
            maybe("termination_grace", words(&["0s", "1s", "5s"])),
            maybe("deregistration_delay", words(&["0s", "2s", "10s"])),
        ),
        maybe("image_bandwidth", words(&["50MB/s"])),
        maybe("rollout", rollout()),
        restart("restart"),
        maybe("exposure", exposure()),
        maybe("memory_pressure", of(&[
            "{ hard = \"50MiB\", soft = \"200MiB\", soft_grace = \"3s\", period = \"1s\", transition = \"6s\" }",
            "{ hard = \"0B\", period = \"7s\", transition = \"0s\" }",
        ])),
    )
        .prop_map(|(kind, balance, delay, heartbeat, eviction, grace, images, rollout, restart, exposure, pressure)| {
            let by_nodes = exposure.contains("node");
            let exposure = if by_nodes && kind.contains("fargate") { String::new() } else { exposure };
            format!(
                "kind = {kind}{balance}{delay}{heartbeat}{eviction}{grace}{images}{rollout}{restart}{exposure}{pressure}"
            )
        })
}

/// The keys of both.
fn both(
    one: impl Strategy<Value = String>,
    other: impl Strategy<Value = String>,
) -> impl Strategy<Value = String> {
    (one, other).prop_map(|(one, other)| one + &other)
}

fn exposure() -> impl Strategy<Value = String> {
    of(&[
        "\"load-balancer\"",
        "\"node-port\"",
        "{ load-balancer = { latency = \"300ms\", nodes = { forward = \"200ms\", health_check = { period = \"2s\", failures = 1 } } } }",
        "{ node-port = { forward = \"500ms\" } }",
        "{ ingress = { router = \"router\", latency = \"100ms\" } }",
        "{ route = { router = \"router\", timeout = \"1s\", reload = \"500ms\", connect_timeout = \"400ms\" } }",
    ])
}

fn rollout() -> impl Strategy<Value = String> {
    of(&[
        "\"recreate\"",
        "{ rolling-update = { max_surge = 1, max_unavailable = 0, min_ready = \"1s\" } }",
        "{ rolling-update = { max_surge = 0, max_unavailable = 1, progress_deadline = \"5s\" } }",
        "{ ecs = { minimum_healthy_percent = 50, maximum_percent = 200, circuit_breaker = true } }",
        "{ ecs = { minimum_healthy_percent = 0, maximum_percent = 200, circuit_breaker = true, rollback = false } }",
        "{ swarm = { parallelism = 2, delay = \"1s\", order = \"start-first\", failure_action = \"rollback\" } }",
        "{ swarm = { parallelism = 0, monitor = \"3s\", failure_action = \"continue\" } }",
    ])
}

fn restart(key: &'static str) -> impl Strategy<Value = String> {
    let short = &[
        "{ first_at_once = true, delay = \"500ms\", most = \"4s\", reset = \"5s\" }",
        "{ in_new_pod = true, after_end = true, first_at_once = false, delay = \"1s\", most = \"2s\" }",
        "{ in_new_pod = true, after_end = false, first_at_once = true, delay = \"1s\", most = \"8s\", unready = true }",
        "{ policy = \"on-failure\", in_new_pod = false, unready = true }",
        "{ policy = \"never\", unhealthy = false }",
    ];
    maybe(key, of(short))
}

/// What the pods of a service with replicas are like, as the keys of an inline table.
fn pod() -> impl Strategy<Value = String> {
    let check = &[
        "{ period = \"1s\", timeout = \"300ms\", failures = 2 }",
        "{ initial_delay = \"700ms\", period = \"500ms\", timeout = \"1s\", failures = 3, after_answer = true }",
        "{ period = \"2s\", timeout = \"100ms\", failures = 1, start_period = \"3s\" }",
    ];
    let parts = [
        maybe("readiness", of(check)).boxed(),
        maybe("liveness", of(check)).boxed(),
        maybe("startup", of(&["{ period = \"400ms\", failures = 4 }"])).boxed(),
        // A start that fails at once could be tried again at once, for ever.
        of(&[
            "start.constant = \"800ms\"",
            "start.exponential.mean = \"2s\"",
            "start.constant = \"800ms\"\nstart_failure = 0.3",
        ])
        .boxed(),
        maybe("pull_failure", of(&["0.4"])).boxed(),
        maybe("concurrency", of(&["1", "3"])).boxed(),
        maybe("cpu_limit", of(&["1"])).boxed(),
        of(&[
            "",
            "memory_use = { base = \"330MiB\", per_request = \"9MiB\", leak = \"3MiB/s\", leak_per_request = \"500KiB\" }\n\
             memory_limit = \"400MiB\"\n",
            "memory_use = { base = \"60MiB\", per_request = \"5MiB\", leak = \"20MiB/s\" }\n",
            "memory_use = { base = \"90MiB\", leak = \"300MiB/s\" }\n",
        ])
        .boxed(),
        maybe("min_available", of(&["1", "2", "9"])).boxed(),
        maybe("safe_to_evict", of(&["false", "true"])).boxed(),
        restart("restart").boxed(),
        maybe("rollout", rollout()).boxed(),
        prop_oneof![
            2 => both(
                maybe("session_affinity", of(&["true"])),
                maybe("balance", words(&["consistent-hash", "least-outstanding"])),
            ),
            1 => of(&["dns = {}\n", "dns.cache = \"2s\"\n"]),
        ]
        .boxed(),
        maybe(
            "topology_spread",
            of(&["[{ topology = \"host\" }]", "[{ topology = \"zone\", when_unsatisfiable = \"schedule-anyway\" }]"]),
        )
        .boxed(),
        maybe("anti_affinity", of(&["[{ match = \"tier=x\" }]"]))
            .prop_map(|of| if of.is_empty() { of } else { of + "labels = { tier = \"x\" }\n" })
            .boxed(),
    ];
    let keep = prop::collection::vec(any::<bool>(), parts.len());
    (Vec::from(parts), keep).prop_map(|(parts, keep)| {
        let kept = parts.iter().zip(keep).filter(|(_, keep)| *keep).map(|(part, _)| part.as_str());
        let keys: Vec<String> = kept.map(|part| part.trim().replace('\n', ", ")).collect();
        let keys: Vec<String> = keys.into_iter().filter(|key| !key.is_empty()).collect();
        format!("{{ {} }}", keys.join(", "))
    })
}

/// A service with replicas, as many as these or those.
fn replicated() -> impl Strategy<Value = String> {
    (
        of(&["1", "2", "5", "0"]),
        maybe("cpu", of(&["\"250m\"", "1", "\"100m\""])),
        maybe("memory", words(&["128MiB", "400MiB"])),
        maybe("image", words(&["20MB", "100MB"])),
        maybe("priority", of(&["-1", "4"])),
        pod(),
        maybe(
            "autoscaling",
            of(&[
                "{ min_replicas = 1, max_replicas = 6, cpu_utilisation = 0.3 }",
                "{ min_replicas = 2, max_replicas = 4, cpu_utilisation = 0.5, autoscaler = \"target-tracking\" }",
            ]),
        ),
    )
        .prop_map(|(replicas, cpu, memory, image, priority, pod, scaling)| {
            let fixed = format!("replicas = {replicas}\n");
            let (scaling, replicas) = if scaling.is_empty() || !cpu.is_empty() {
                (scaling, fixed)
            } else {
                // It goes by the CPU that they ask for.
                (String::new(), fixed)
            };
            let start = if replicas.contains('0') && !scaling.is_empty() { "replicas = 2\n".to_owned() } else { replicas };
            format!("{start}{cpu}{memory}{image}{priority}{scaling}pod = {pod}\n")
        })
}

fn front() -> impl Strategy<Value = String> {
    let calls = &[
        "",
        "calls = [{ service = \"back\", timeout = \"2s\", abandoned = \"cancel\" }]\n",
        "calls = [{ service = \"back\", timeout = \"800ms\", retries = { attempts = 3 } }, \
         { parallel = [{ service = \"daemon\", timeout = \"1s\" }, { service = \"back\", timeout = \"1s\" }] }]\n",
        "calls = [{ service = \"job\", timeout = \"9s\", abandoned = \"cancel\" }]\n",
    ];
    (replicated(), of(calls), of(&["\"20ms\"", "\"300ms\""])).prop_map(|(keys, calls, demand)| {
        format!("{keys}demand.exponential.mean = {demand}\n{calls}")
    })
}

fn back() -> impl Strategy<Value = String> {
    (replicated(), of(&["\"10ms\"", "\"500ms\""]))
        .prop_map(|(keys, demand)| format!("{keys}demand.constant = {demand}\n"))
}

fn daemon() -> impl Strategy<Value = String> {
    (
        of(&["", "priority = 9\n"]),
        of(&["{ daemon = true }", "{ daemon = true, tolerations = [\"*\"], start.constant = \"1s\" }"]),
        of(&["\"50m\"", "\"600m\""]),
    )
        .prop_map(|(priority, pod, cpu)| {
            format!("{priority}cpu = {cpu}\nmemory = \"32MiB\"\npod = {pod}\ndemand.constant = \"5ms\"\n")
        })
}

fn job() -> impl Strategy<Value = String> {
    (
        of(&["", "priority = 7\n", "priority = -3\n"]),
        of(&["\"500m\"", "1"]),
        of(&["{}", "{ never_preempts = true }", "{ safe_to_evict = false, tolerations = [\"spot\"] }"]),
        of(&["", "calls = [{ service = \"back\", timeout = \"1s\" }]\n"]),
    )
        .prop_map(|(priority, cpu, pod, calls)| {
            format!(
                "{priority}cpu = {cpu}\nmemory = \"200MiB\"\npod = {pod}\ndemand.exponential.mean = \"1s\"\n{calls}"
            )
        })
}

fn client() -> impl Strategy<Value = String> {
    (
        of(&["front", "back", "daemon", "job"]),
        of(&[
            "[{ duration = \"5s\", target = \"20/s\" }]",
            "[{ duration = \"20s\", target = \"6/s\" }]",
            "[{ duration = \"1ms\", target = \"3/s\" }, { duration = \"60s\", target = \"3/s\" }]",
        ]),
        of(&["400ms", "2s", "15s"]),
        maybe("abandoned", words(&["cancel", "finish"])),
        maybe("retries", of(&["{ attempts = 3, backoff = \"300ms\", jitter = \"full\" }"])),
        maybe("sessions", of(&["1", "7"])),
    )
        .prop_map(|(service, stages, timeout, abandoned, retries, sessions)| {
            format!(
                "service = \"{service}\"\narrivals.stages = {stages}\ntimeout = \"{timeout}\"\n{abandoned}{retries}{sessions}"
            )
        })
}

/// What may happen, to nodes or to replicas; it may happen again before it is over.
fn fault() -> impl Strategy<Value = String> {
    let kinds = prop_oneof![
        of(&["kind = \"crash\"\n"]),
        of(&["kind = \"partition\"\n"]),
        of(&["kind = \"slow\"\nspeed = 0.1\n", "kind = \"slow\"\nspeed = 0.001\n"]),
        of(&[
            "kind = \"spot\"\nnotice = \"1s\"\n",
            "kind = \"spot\"\nnotice = \"0s\"\n",
            "kind = \"spot\"\nnotice = \"8s\"\n"
        ]),
        of(&["kind = \"hang\"\n"]),
        of(&["kind = \"container-crash\"\n", "kind = \"container-crash\"\nexit_code = 0\n"]),
    ];
    let times = &[
        "at = [\"0s\", \"4s\", \"12s\"]\n",
        "at = [\"2s\", \"2500ms\", \"9s\", \"60s\"]\n",
        "between.exponential.mean = \"7s\"\n",
        "between.uniform = { low = \"1s\", high = \"20s\" }\n",
    ];
    let lasts = &[
        "lasts.constant = \"2s\"\n",
        "lasts.exponential.mean = \"4s\"\n",
        "lasts.uniform = { low = \"0s\", high = \"500ms\" }\n",
    ];
    (kinds, of(times), of(lasts)).prop_map(|(kind, times, lasts)| {
        if kind.contains("container-crash") { kind + &times } else { kind + &times + &lasts }
    })
}

fn release() -> impl Strategy<Value = String> {
    (
        of(&["at = \"3s\"\n", "at = [\"2s\", \"5s\", \"30s\"]\n", "every = \"25s\"\n"]),
        of(&[
            "",
            "version.image = \"60MB\"\n",
            "version.pod = { start_failure = 1.0, start.constant = \"600ms\" }\n",
            "version = { replicas = 3, cpu = \"300m\" }\n",
            "version.pod.start.constant = \"4s\"\nbad = 0.5\n",
        ]),
        of(&[
            "",
            "strategy = \"all-at-once\"\n",
            "strategy.blue-green.keep = \"2s\"\n",
            "strategy.canary.steps = [{ weight = 0.2, hold = \"1s\" }, { weight = 0.6, hold = \"3s\" }]\n",
            "strategy.linear = { weight = 0.3, every = \"1500ms\" }\n",
            "strategy.shadow = { copies = 0.5, hold = \"2s\" }\n",
        ]),
        of(&[
            "",
            "gate = { every = \"500ms\", least_requests = 5, significance = 0.9, bake = \"2s\" }\n",
            "gate = { every = \"2s\", approval.exponential.mean = \"2s\" }\n",
        ]),
    )
        .prop_map(|(times, version, strategy, gate)| times + &version + &strategy + &gate)
}
