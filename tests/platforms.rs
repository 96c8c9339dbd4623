//! Named platforms: each is a scenario by itself, and each keeps its own rules.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::path::Path;

use cloudsched::metric::RunOutcome;
use cloudsched::preset::{Evidence, PLATFORMS};
use cloudsched::scenario::load_text;
use cloudsched::world::run;

/// A steady minute of one function on the platform, with `more` lines.
fn scenario(kind: &str, more: &str) -> String {
    format!(
        "[client.c]\nservice = 'f'\n[service.f]\nplatform = 'p'\n[platform.p]\nkind = '{kind}'\n\
         {more}\n"
    )
}

fn outcome(scenario: &str, sets: &[&str]) -> RunOutcome {
    let sets: Vec<String> = sets.iter().map(|&set| set.to_owned()).collect();
    let loaded = load_text("test.toml", scenario, Path::new(""), "test", &sets)
        .unwrap_or_else(|error| panic!("{}\n{scenario}", error.render(false)));
    run(&loaded.specification, loaded.seed, None, None)
}

/// Requests of `f` on platform `kind`, served in a second, sent as `arrivals` says for so long.
fn sent(kind: &str, arrivals: &str, horizon: &str, sets: &[&str]) -> RunOutcome {
    let arrivals = format!("client.c.arrivals={arrivals}");
    let horizon = format!("horizon={horizon}");
    let own = [arrivals.as_str(), horizon.as_str(), "service.f.demand.constant=1s"];
    outcome(&scenario(kind, ""), &[&own, sets].concat())
}

fn refused(outcome: &RunOutcome) -> u64 {
    outcome.total().refused
}

fn started(outcome: &RunOutcome) -> u64 {
    outcome.platforms[0].of.0.instances.unwrap().starts
}

/// One request after a pause: was its start cold?
fn cold_after(kind: &str, minutes: f64) -> bool {
    let arrivals = format!("{{ constant = {{ rate = '{}/h' }} }}", 60.0 / minutes);
    let outcome = sent(kind, &arrivals, "30h", &["requests=2"]);
    outcome.total().cold_start.count() == 2
}

#[test]
fn each_is_a_scenario_by_itself() {
    for platform in PLATFORMS.iter().filter(|platform| platform.base == "faas") {
        let name = &platform.preset.name;
        let outcome = sent(name, "{ constant = { rate = '2/s' } }", "1m", &[]);
        assert_eq!(outcome.total().completed + outcome.total().in_flight(), 120, "{name}");
        let charged = outcome.platforms[0].of.1.total();
        assert!(charged.as_usd() > 0.0, "{name} charges nothing");
    }
}

/// 11.5 requests of a second are there at any time: at 60 % they want 20 instances of one each. On demand
/// 12 would do.
#[test]
fn the_second_generation_of_google_keeps_instances_ahead_of_need() {
    let steady = |sets: &[&str]| {
        started(&sent("gcf-gen2", "{ constant = { rate = '11.5/s' } }", "3m", sets))
    };
    let none = "platform.p.cold_start={ constant = '0s' }";
    assert_eq!(steady(&[none]), 20);
    assert_eq!(steady(&[none, "platform.p.scaling=on-demand"]), 12);
}

/// The same of eighty on an instance: at 60 % of what it takes one would do. But each computes all the time, on the one core
/// of an instance: 11.5 cores, which are 60 % of 20. Of a tenth of the time it is 1.15 of 2.
#[test]
fn the_second_generation_of_google_scales_by_cpu_too() {
    let steady = |sets: &[&str]| {
        let own = [
            "platform.p.cold_start={ constant = '0s' }",
            "platform.p.concurrency=80",
            "service.f.cpu=1",
        ];
        let sets = [&own, sets].concat();
        started(&sent("gcf-gen2", "{ constant = { rate = '11.5/s' } }", "3m", &sets))
    };
    assert_eq!(steady(&[]), 20);
    assert_eq!(steady(&["service.f.cpu_share=0.1"]), 2);
    assert_eq!(steady(&["platform.p.scaling={ target-concurrency = {} }"]), 1);
}

/// Requests that take a second come 0.4 s apart, so that three are there when one comes, each on an instance of its own:
/// one is always ready, and one more than the three is warmed. A request at a time: the one that is always ready and one
/// more. Two always ready are enough for one request.
#[test]
fn the_premium_plan_of_azure_keeps_one_instance_more_than_requests_fill() {
    let instances = |rate: &str, sets: &[&str]| {
        let own = ["platform.p.cold_start={ constant = '0s' }", "platform.p.concurrency=1"];
        let arrivals = format!("{{ constant = {{ rate = '{rate}' }} }}");
        started(&sent("azure-premium", &arrivals, "2m", &[&own, sets].concat()))
    };
    assert_eq!(instances("2.5/s", &[]), 4);
    assert_eq!(instances("30/min", &[]), 2);
    assert_eq!(instances("30/min", &["platform.p.keep_alive={ fixed = { window = '20m' } }"]), 1);
    assert_eq!(instances("30/min", &["platform.p.provisioned_concurrency=2"]), 2);
}

/// Requests that go on come one a second. For seven of them an instance: after 10 s, 20 s and so on that is 2, 3, 5, 6, 8 and 9,
/// at most two more each time. At most one more each time it is one for each look; none starts before the first.
#[test]
fn target_based_scaling_adds_a_few_instances_at_a_time() {
    let instances = |scaling: &str| {
        let scaling =
            format!("platform.p.scaling={{ target-based = {{ target = 7, {scaling} }} }}");
        let sets = ["service.f.demand.constant=500s", scaling.as_str()];
        started(&sent("azure-consumption", "{ constant = { rate = '1/s' } }", "65s", &sets))
    };
    assert_eq!(instances("most = 2, every = '10s'"), 9);
    assert_eq!(instances("most = 1, every = '10s'"), 6);
    assert_eq!(instances("most = 4, every = '66s'"), 0);
}

/// What is not known is never said to be documented.
#[test]
fn guesses_have_no_source_in_documents() {
    for fact in PLATFORMS.iter().flat_map(|platform| &platform.keys) {
        if matches!(fact.evidence, Evidence::Unknown | Evidence::Recalled) {
            assert!(!fact.source.contains("ocumentation"), "{fact:?}");
            assert!(!fact.source.contains("Guide"), "{fact:?}");
        }
    }
}

/// 2,500 requests in the first half second find no instance. AWS Lambda starts 1,000 at once, and of
/// those that the bucket gets in 0.5 s, 50, each as soon as it may; the account has 1,000 requests
/// at once, so that it is the account that refuses. With a larger account the bucket does.
#[test]
fn lambda_starts_a_thousand_and_then_a_hundred_a_second() {
    let burst = "{ constant = { rate = '5000/s' } }";
    let small = sent("aws-lambda", burst, "1h", &["requests=2500", "horizon=500ms"]);
    assert_eq!((started(&small), refused(&small)), (1000, 1500));
    let large = sent("aws-lambda", burst, "500ms", &["platform.p.quota.concurrency=100000"]);
    let starts = started(&large);
    assert!((1049..=1051).contains(&starts), "{starts}");
    assert_eq!(refused(&large), 2500 - starts);
}

/// Before 2023-11 the functions of a region shared one bucket, of 3,000 and then 500 a minute.
#[test]
fn lambda_of_2021_shares_its_burst() {
    let two = "[client.d]\nservice = 'g'\narrivals.constant = { rate = '5000/s' }\n[service.g]\n\
               platform = 'p'\ndemand.constant = '1s'\n";
    let run = |kind: &str| {
        let sets = [
            "client.c.arrivals={ constant = { rate = '5000/s' } }",
            "horizon=400ms",
            "service.f.demand.constant=1s",
            "platform.p.quota.concurrency=100000",
        ];
        started(&outcome(&format!("{two}{}", scenario(kind, "")), &sets))
    };
    // 4,000 requests: 3,000 instances at once and 8.33 a second for 0.4 s.
    let shared = run("aws-lambda-2021");
    assert!((3000..=3004).contains(&shared), "{shared}");
    // Two buckets of 1,000 and 100 a second each.
    let own = run("aws-lambda");
    assert!((2076..=2084).contains(&own), "{own}");
}

/// By year: 5 to 7 minutes in 2021, 10 in 2019; others 15 and, mostly, more than 20.
#[test]
fn instances_are_kept_as_long_as_was_seen() {
    assert!(!cold_after("aws-lambda", 4.0));
    assert!(cold_after("aws-lambda", 8.0));
    assert!(!cold_after("aws-lambda-2019", 9.0));
    assert!(cold_after("aws-lambda-2019", 11.0));
    assert!(!cold_after("gcf-gen1", 14.0));
    assert!(cold_after("gcf-gen1", 17.0));
    assert!(cold_after("azure-consumption", 62.0));
    assert!(!cold_after("azure-premium", 600.0));
}

/// A thousand requests at once on an application that has no instance: an instance takes 100, and one
/// may start each second, so that after 3.5 s there are 4.
#[test]
fn azure_starts_an_instance_a_second() {
    let sets = [
        "service.f.demand.constant=1h",
        "platform.p.queue.limit=100000",
        "platform.p.cold_start.constant=1ms",
    ];
    let outcome = sent("azure-consumption", "{ constant = { rate = '10000/s' } }", "3500ms", &sets);
    assert_eq!(started(&outcome), 4);
}

/// The 2nd generation lets a request wait for a minute at most, then refuses it.
#[test]
fn cloud_run_refuses_after_a_minute() {
    let sets = ["service.f.demand.constant=10min", "platform.p.max_instances=1"];
    let outcome = sent("gcf-gen2", "{ constant = { rate = '1/s' } }", "90s", &sets);
    // Those of the first 30 s, but the one that is served, have waited for a minute at 90 s.
    assert!((28..=30).contains(&refused(&outcome)), "{}", refused(&outcome));
    let now = sent("gcf-gen1", "{ constant = { rate = '1/s' } }", "90s", &sets);
    assert_eq!(refused(&now), 89, "the 1st refuses at once");
}

#[test]
fn memory_is_what_the_platform_offers() {
    let error = |kind: &str, memory: &str| {
        let sets = [
            "client.c.arrivals={ constant = { rate = '1/s' } }".to_owned(),
            "horizon=1s".to_owned(),
            "service.f.demand.constant=1s".to_owned(),
            format!("service.f.memory={memory}"),
        ];
        load_text("test.toml", &scenario(kind, ""), Path::new(""), "test", &sets)
            .err()
            .map(|error| error.render(false))
    };
    assert_eq!(error("aws-lambda", "129MiB"), None);
    let told = error("aws-lambda", "127MiB").unwrap();
    assert!(told.contains("write at least 128MiB, at most 10GiB, a multiple of 1MiB"), "{told}");
    assert_eq!(error("gcf-gen1", "256MiB"), None);
    let told = error("gcf-gen1", "300MiB").unwrap();
    assert!(told.contains("one of 128MiB, 256MiB"), "{told}");
    assert_eq!(error("oci-functions", "3GiB"), None);
    assert!(error("oci-functions", "4GiB").is_some());
    assert!(error("azure-consumption", "2GiB").is_some());
}

/// Every second request takes 150 ms, which cost 200 when Lambda billed by 100 ms.
#[test]
fn lambda_of_2019_bills_by_a_tenth_of_a_second() {
    let cost = |kind: &str| {
        let sets = [
            "service.f.demand.constant=150ms",
            "service.f.cpu_share=0",
            "platform.p.cold_start.constant=0s",
        ];
        let outcome = sent(kind, "{ constant = { rate = '1/s' } }", "100s", &sets);
        outcome.platforms[0].of.1.lines[0].cost.as_usd()
    };
    // 100 requests of 0.125 GB at 0.0000166667 USD a GB-s.
    let expected = |seconds: f64| 100.0 * 0.125 * 0.000_016_666_7 * seconds;
    assert!((cost("aws-lambda") - expected(0.150)).abs() < 1e-12);
    assert!((cost("aws-lambda-2019") - expected(0.200)).abs() < 1e-12);
}

/// What a request of a second of computing takes and costs with so much memory, without its price as a
/// request.
fn computed(memory: &str, more: &[&str]) -> (f64, f64) {
    let memory = format!("service.f.memory={memory}");
    let sets = [&[memory.as_str(), "platform.p.cold_start.constant=0s"], more].concat();
    let outcome = sent("aws-lambda", "{ constant = { rate = '1/min' } }", "30s", &sets);
    let bill = &outcome.platforms[0].of.1;
    (outcome.total().response.mean().unwrap(), bill.lines[0].cost.as_usd())
}

/// 1,769 MiB are a virtual CPU. Below, a function that computes pays the same for any memory and is
/// slower in proportion; above, it is no faster and pays for what it does not use.
#[test]
fn memory_buys_speed_up_to_a_core() {
    let second_of_a_core = 1769.0 / 1024.0 * 0.000_016_666_7;
    for mib in [128.0, 512.0, 1024.0, 1769.0] {
        let (time, cost) = computed(&format!("{mib}MiB"), &[]);
        assert!((time - 1769.0 / mib).abs() < 1e-6, "{mib} MiB: {time} s");
        // Billed to the millisecond, rounded up.
        let most = second_of_a_core * (1.0 + 0.001 * mib / 1769.0);
        assert!((second_of_a_core - 1e-9..most + 1e-9).contains(&cost), "{mib} MiB: {cost} USD");
    }
    for mib in [3538.0, 10240.0] {
        let (time, cost) = computed(&format!("{mib}MiB"), &[]);
        assert!((time - 1.0).abs() < 1e-6, "{mib} MiB: {time} s");
        assert!((cost - mib / 1024.0 * 0.000_016_666_7).abs() < 1e-9, "{mib} MiB: {cost} USD");
    }
}

/// Two threads use two cores; what is not computed takes as long on any instance.
#[test]
fn threads_and_shares_say_what_cores_are_worth() {
    let time = |memory, more: &[&str]| computed(memory, more).0;
    assert!((time("3538MiB", &["service.f.threads=2"]) - 0.5).abs() < 1e-6);
    assert!((time("1769MiB", &["service.f.threads=2"]) - 1.0).abs() < 1e-6);
    assert!((time("10240MiB", &["service.f.threads=100"]) - 1769.0 / 10240.0).abs() < 1e-6);
    assert!((time("128MiB", &["service.f.cpu_share=0"]) - 1.0).abs() < 1e-6);
    let half = 0.5 + 0.5 * 1769.0 / 128.0;
    assert!((time("128MiB", &["service.f.cpu_share=0.5"]) - half).abs() < 1e-6);
}

/// Since 2025-08 the start of an instance is billed with its first request.
#[test]
fn lambda_of_earlier_years_bills_no_starts() {
    let billed = |kind: &str| {
        let sets = ["service.f.demand.constant=200ms", "service.f.cpu_share=0"];
        let start = ["platform.p.cold_start.constant=300ms"];
        let outcome =
            sent(kind, "{ constant = { rate = '1/h' } }", "30m", &[&sets[..], &start].concat());
        outcome.platforms[0].of.1.lines[0].cost.as_usd() / (0.125 * 0.000_016_666_7)
    };
    for (kind, seconds) in [("aws-lambda", 0.5), ("aws-lambda-2021", 0.2), ("aws-lambda-2019", 0.2)]
    {
        assert!((billed(kind) - seconds).abs() < 1e-6, "{kind}: {} s", billed(kind));
    }
}
