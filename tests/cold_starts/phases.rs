//! Each phase by hand, in milliseconds.

use cloudsched::metric::RunOutcome;

use super::outcome;

/// The value of a metric of platform `p`.
fn metric(outcome: &RunOutcome, name: &str) -> Option<f64> {
    let metrics = outcome.platform_metrics(&outcome.platforms[0].of);
    let found = metrics.iter().find(|(known, _)| *known == name).unwrap();
    found.1.map(cloudsched::metric::Value::as_f64)
}

/// The phases of one start (placement, sandbox, code, runtime, init, restore), and the whole of it as
/// the request waited.
fn phases(platform: &str, sets: &[&str]) -> ([Option<f64>; 6], f64) {
    let outcome = outcome(platform, sets);
    let of = |phase| metric(&outcome, &format!("cold_start_{phase}_ms_mean"));
    let phases = ["placement", "sandbox", "code", "runtime", "init", "restore"].map(of);
    (phases, outcome.total().cold_start.mean().unwrap() * 1e3)
}

const OWN: &str = "kind = 'faas'\n[platform.p.cold_start.phases]\n\
    placement.constant = '10ms'\nsandbox.constant = '125ms'\nrestore.constant = '80ms'\n\
    code.zip = { first_byte.constant = '20ms', bandwidth = '100MB/s' }\n\
    default_runtime = 'node'\nruntime.node = { own.constant = '200ms' }\n";

/// 25 MB at 100 MB/s are 250 ms after the first byte; the start is the sum of its phases.
#[test]
fn a_package_comes_at_its_bandwidth() {
    let (phases, whole) = phases(OWN, &["service.f.package=25MB"]);
    assert_eq!(phases, [Some(10.0), Some(125.0), Some(270.0), Some(200.0), None, None]);
    assert!((whole - 605.0).abs() < 1e-6, "{whole}");
}

/// 14 x 103 ms to load the package and 50 ms of the function's own.
#[test]
fn loading_takes_so_long_for_each_megabyte() {
    let load = "platform.p.cold_start.phases.runtime.node.load_per_mb=103ms";
    let (phases, whole) =
        phases(OWN, &[load, "service.f.package=14MB", "service.f.init.constant=50ms"]);
    assert_eq!(phases[4], Some(1492.0));
    assert_eq!(phases[2], Some(160.0));
    assert!((whole - (10.0 + 125.0 + 160.0 + 200.0 + 1492.0)).abs() < 1e-6, "{whole}");
}

/// A quarter of a core: the computed half takes four times as long, 200 x (0.5 x 4 + 0.5) = 500; of the
/// function's 100 ms as much. With two cores a start is no faster than with one.
#[test]
fn what_is_computed_stretches_with_memory() {
    let at = |memory| {
        let memory = format!("service.f.memory={memory}");
        let sets = [
            "platform.p.cores.linear.memory_per_core=1000MiB",
            "platform.p.cold_start.phases.runtime.node.init_cpu_share=0.5",
            "service.f.init.constant=100ms",
            memory.as_str(),
        ];
        let (phases, _) = phases(OWN, &sets);
        (phases[1], phases[2], phases[3], phases[4])
    };
    assert_eq!(at("250MiB"), (Some(125.0), Some(20.0), Some(500.0), Some(250.0)));
    assert_eq!(at("1000MiB"), (Some(125.0), Some(20.0), Some(200.0), Some(100.0)));
    assert_eq!(at("2000MiB"), at("1000MiB"));
}

/// A snapshot needs a place, and what it is restored from; nothing else.
#[test]
fn a_snapshot_replaces_all_but_the_placement() {
    let sets = ["service.f.snapshot=true", "service.f.package=25MB", "service.f.init.constant=9s"];
    let (phases, whole) = phases(OWN, &sets);
    assert_eq!(phases, [Some(10.0), None, None, None, None, Some(80.0)]);
    assert!((whole - 90.0).abs() < 1e-6, "{whole}");
}

/// Of a measured whole of 300 ms, 10 + 125 + 20 are known and 145 are the runtime's; the transfer of
/// 25 MB comes on top. Of a whole of 100 ms the sandbox gets the 90 that are left.
#[test]
fn the_runtime_takes_what_is_left_of_a_whole() {
    let platform = OWN.replace("own", "total");
    let of = |total: &str| {
        let total = format!("platform.p.cold_start.phases.runtime.node.total.constant={total}");
        phases(&platform, &[&total, "service.f.package=25MB"])
    };
    let (parts, whole) = of("300ms");
    assert_eq!(parts[..4], [Some(10.0), Some(125.0), Some(270.0), Some(145.0)]);
    assert!((whole - 550.0).abs() < 1e-6, "{whole}");
    let (parts, whole) = of("100ms");
    assert_eq!(parts[..4], [Some(10.0), Some(90.0), Some(250.0), Some(0.0)]);
    assert!((whole - 350.0).abs() < 1e-6, "{whole}");
}

/// Wholes of 200 ms empty, 1,200 with 10 MB and 3,200 with 20: half-way between them 700 and 2,200; 10 MB
/// beyond at 100 ms each 4,200. Without fetching of its own, what a package adds is loading.
#[test]
fn measured_packages_are_joined_by_lines() {
    let platform = "kind = 'faas'\n[platform.p.cold_start.phases]\ndefault_runtime = 'node'\n\
        [platform.p.cold_start.phases.runtime.node]\ntotal.constant = '200ms'\n\
        packages = [['10MB', { constant = '1200ms' }], ['20MB', { constant = '3200ms' }]]\n\
        load_per_mb = '100ms'\n";
    for (size, init) in [("0B", 0.0), ("5MB", 500.0), ("10MB", 1000.0), ("15MB", 2000.0)] {
        let (phases, whole) = phases(platform, &[&format!("service.f.package={size}")]);
        assert_eq!((phases[3], phases[4]), (Some(200.0), Some(init)), "{size}");
        assert!((whole - 200.0 - init).abs() < 1e-6, "{size}: {whole}");
    }
    let (beyond, _) = phases(platform, &["service.f.package=30MB"]);
    assert_eq!(beyond[4], Some(4000.0));
    // Of the 500 ms that 5 MB add, a bandwidth of 50 MB/s explains 100.
    let fetched = "platform.p.cold_start.phases.code.zip.bandwidth=50MB/s";
    let (fetched, whole) = phases(platform, &[fetched, "service.f.package=5MB"]);
    assert_eq!((fetched[2], fetched[4]), (Some(100.0), Some(400.0)));
    assert!((whole - 700.0).abs() < 1e-6, "{whole}");
}

const IMAGE: &str = "kind = 'faas'\n[platform.p.cold_start.phases]\n\
    sandbox.constant = '100ms'\n[platform.p.cold_start.phases.code.image]\n\
    chunk = '1MiB'\nread = 0.1\nlocal = { share = 0.67, latency.constant = '1ms' }\n\
    zone = { share = 0.32, latency.constant = '10ms' }\norigin.latency.constant = '100ms'\n";

/// A tenth of 1,000 chunks is read, each for 0.67 x 1 + 0.32 x 10 + 0.01 x 100 = 4.87 ms in the mean: 487 ms.
/// A chunk has a standard deviation of 10.4 ms, so the mean of 400 starts one of 5.2; four of these are
/// allowed.
#[test]
fn chunks_come_from_caches_by_their_shares() {
    let outcome = outcome(IMAGE, &["service.f.image=1000MiB", "requests=400"]);
    let mean = metric(&outcome, "cold_start_code_ms_mean").unwrap();
    assert!((mean - 487.0).abs() < 21.0, "{mean}");
    let p99 = metric(&outcome, "cold_start_code_ms_p99").unwrap();
    assert!((600.0..1000.0).contains(&p99), "{p99}");
    let (phases, _) = phases(IMAGE, &["service.f.image=0B"]);
    assert_eq!(phases[2], Some(0.0));
}

/// The whole start of an image was measured: what is read is a part of it.
#[test]
fn reads_are_a_part_of_a_measured_image() {
    let runtime = "default_runtime = 'node'\n\
        runtime.node = { total.constant = '300ms', image_total.constant = '800ms' }\n";
    let platform = IMAGE.replace("sandbox", &format!("{runtime}sandbox"));
    let local = "platform.p.cold_start.phases.code.image.local.share=1";
    let zone = "platform.p.cold_start.phases.code.image.zone.share=0";
    let (parts, whole) = phases(&platform, &[local, zone, "service.f.image=1000MiB"]);
    assert_eq!(parts[1..4], [Some(100.0), Some(100.0), Some(600.0)]);
    assert!((whole - 800.0).abs() < 1e-6, "{whole}");
    let (parts, whole) = phases(&platform, &[local, zone]);
    assert_eq!(parts[1..4], [Some(100.0), None, Some(200.0)]);
    assert!((whole - 300.0).abs() < 1e-6, "{whole}");
}

/// Each phase has draws of its own: those of the runtime are those of a start of one time, and a sandbox
/// that takes a random time shifts no other.
#[test]
fn phases_share_no_luck() {
    let whole = |outcome: &RunOutcome| outcome.total().cold_start.mean().unwrap() * 1e3;
    let random = "{ exponential = { mean = '1s' } }";
    let sets = ["requests=50", "platform.p.kind=faas"];
    let plain = outcome(&format!("kind = 'faas'\ncold_start = {random}"), &sets);
    let runtime = format!(
        "kind = 'faas'\n[platform.p.cold_start.phases]\ndefault_runtime = 'node'\n\
         runtime.node.own = {random}\n"
    );
    let alone = outcome(&runtime, &sets);
    assert_eq!(whole(&plain), whole(&alone));
    let beside = outcome(&format!("{runtime}sandbox = {random}"), &sets);
    let runtime = |outcome| metric(outcome, "cold_start_runtime_ms_mean").unwrap();
    assert_eq!(runtime(&beside), runtime(&alone));
    let sandbox = metric(&beside, "cold_start_sandbox_ms_mean").unwrap();
    assert!((whole(&beside) - sandbox - runtime(&beside)).abs() < 1e-6);
    assert!((sandbox - runtime(&beside)).abs() > 1.0, "they are the same draws");
}

/// What was sent before the end of the warm-up is in no figure, and without phases there are none.
#[test]
fn figures_are_of_starts_after_the_warm_up() {
    let counted = outcome(OWN, &["warm_up=90m", "requests=2"]);
    assert_eq!(metric(&counted, "cold_start_runtime_ms_mean"), Some(200.0));
    let phases = counted.platforms[0].of.0.phases.as_ref().unwrap();
    assert_eq!(phases.of(cloudsched::platform::faas::Phase::Runtime).count(), 2);
    let plain = outcome("kind = 'faas'\ncold_start.constant = '1s'", &[]);
    assert!(plain.platforms[0].of.0.phases.is_none());
    assert_eq!(metric(&plain, "cold_start_runtime_ms_p99"), None);
}
