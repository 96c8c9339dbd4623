//! What a scenario may say of phases, and what it is told.

use super::{outcome, read, warnings};

const PHASES: &str = "kind = 'faas'\n[platform.p.cold_start.phases]\nplacement.constant = '10ms'\n\
    [platform.p.cold_start.phases.runtime]\nnode = { own.constant = '1s' }\n\
    ruby = { own.constant = '2s' }\n";

fn error(platform: &str, sets: &[&str]) -> String {
    read(platform, sets).map(drop).expect_err("it is wrong")
}

/// The mean start in seconds.
fn start(platform: &str, sets: &[&str]) -> f64 {
    outcome(platform, sets).total().cold_start.mean().unwrap()
}

#[test]
fn a_runtime_is_one_of_the_platform() {
    assert_eq!(start(PHASES, &["service.f.runtime=ruby"]), 2.01);
    let told = error(PHASES, &["service.f.runtime=rubi"]);
    assert!(told.contains("unknown runtime `rubi`") && told.contains("`ruby`"), "{told}");
    let told = error(PHASES, &[]);
    assert!(told.contains("service `f` has no `runtime`, and `p` no default"), "{told}");
    let told = error(PHASES, &["platform.p.cold_start.phases.default_runtime=nod"]);
    assert!(told.contains("unknown runtime `nod`") && told.contains("`node`"), "{told}");
}

#[test]
fn phases_are_checked() {
    let base = "platform.p.cold_start.phases";
    let told = |set: &str| error(PHASES, &["service.f.runtime=node", &format!("{base}.{set}")]);
    assert!(told("runtime.go.load_per_mb=1ms").contains("runtime `go` says not how long it takes"));
    assert!(told("code.zip.bandwidth=0MB/s").contains("with no bandwidth no package ever comes"));
    assert!(told("sandbox.constant=-1s").contains("negative"));
    assert!(told("sandbo.constant=1s").contains("did you mean `sandbox`"));
    let image = "code.image={ chunk = '0B', read = 1, local = { share = 0.7, \
        latency.constant = '1ms' }, zone = { share = 0.4, latency.constant = '1ms' }, \
        origin.latency.constant = '1ms' }";
    let wrong = told(image);
    assert!(wrong.contains("a chunk has some bytes"), "{wrong}");
    assert!(wrong.contains("the caches have more than all chunks"), "{wrong}");
    let packages = "runtime.java={ total.constant = '1s', packages = [['2MB', \
        { constant = '1s' }], ['1MB', { constant = '2s' }]] }";
    assert!(told(packages).contains("the sizes of packages must ascend"));
    let chunks = "code.image={ chunk = '1B', read = 1, local = { share = 0.7, \
        latency.constant = '1ms' }, zone = { share = 0.3, latency.constant = '1ms' }, \
        origin.latency.constant = '1ms' }";
    let sets = [&format!("{base}.{chunks}"), "service.f.image=1GB", "service.f.runtime=node"];
    assert!(error(PHASES, &sets).contains("more than 1000000 chunks"));
    let both = ["service.f.package=1MB", "service.f.image=1MB", "service.f.runtime=node"];
    assert!(error(PHASES, &both).contains("a function is a package or an image, not both"));
}

#[test]
fn a_cold_start_is_a_distribution_or_phases() {
    let told = error("kind = 'faas'\ncold_start.phase.placement.constant = '1s'", &[]);
    assert!(told.contains("did you mean `phases`"), "{told}");
    let told = error("kind = 'faas'\ncold_start.lognormal.mean = '1s'", &[]);
    assert!(told.contains("lognormal"), "{told}");
    let told = error("kind = 'faas'\ncold_start.constnt = '1s'", &[]);
    assert!(told.contains("did you mean `constant`"), "{told}");
    assert_eq!(start("kind = 'faas'\ncold_start = { constant = '3s' }", &[]), 3.0);
}

#[test]
fn keys_that_nothing_looks_at_are_told() {
    let keys = [
        "service.f.runtime=node",
        "service.f.package=1MB",
        "service.f.init.constant=1s",
        "service.f.snapshot=true",
    ];
    let told = warnings("kind = 'faas'\ncold_start.constant = '1s'", &keys);
    for key in ["runtime", "package", "init", "snapshot"] {
        let warning = format!("`{key}` is not used: a cold start on `p` has no phases");
        assert!(told.contains(&warning), "{told}");
    }
    let told = warnings(
        "kind = 'servers'\nservers = 1",
        &["platform.p={ kind = 'servers', servers = 1 }", keys[0]],
    );
    assert!(told.contains("`runtime` is not used: `p` is a platform of servers"), "{told}");
    let told = warnings(PHASES, &keys);
    assert!(told.contains("`package` is not used: on `p` the size"), "{told}");
    assert!(told.contains("`snapshot` is not used: `p` restores no snapshots"), "{told}");
    assert!(!told.contains("`init`") && !told.contains("`runtime`"), "{told}");
    let restore = "platform.p.cold_start.phases.restore.constant=1s";
    let told = warnings(PHASES, &[&keys[..], &[restore]].concat());
    for key in ["package", "init"] {
        let warning = format!("`{key}` is not used: what it takes is in the snapshot");
        assert!(told.contains(&warning), "{told}");
    }
    let price = "platform.p.price={ aws-lambda = { snapstart = true } }";
    let told = warnings(PHASES, &[restore, price, keys[0]]);
    assert!(told.contains("snapshots are charged, and no service starts from one"), "{told}");
    let told = warnings(PHASES, &[restore, price, keys[0], keys[3]]);
    assert!(!told.contains("snapshots are charged"), "{told}");
    let told = warnings(PHASES, &["service.f.image=1MB", keys[0]]);
    assert!(told.contains("`image` is not used"), "{told}");
    let own = "platform.p.cold_start.phases.runtime.node.total.constant=1s";
    let told = warnings(PHASES, &[own, keys[0]]);
    assert!(told.contains("`total` is not used: `own` says"), "{told}");
    assert_eq!(warnings(PHASES, &[keys[0]]), "");
}

/// The keys of an application hold for its instances, those of its services are told to be idle.
#[test]
fn an_application_starts_as_one() {
    let group = "[application.a]\nservices = ['f']\nruntime = 'ruby'\ninit.constant = '1s'";
    let platform = format!("{PHASES}{group}");
    assert_eq!(start(&platform, &[]), 3.01);
    let told = warnings(&platform, &["service.f.runtime=node"]);
    assert!(told.contains("`runtime` is not used: the instances are those of `a`"), "{told}");
}

/// Parts of a named platform are replaced one by one, its cold start as a whole by another.
#[test]
fn named_platforms_give_way() {
    let lambda = "kind = 'aws-lambda'";
    let phases = "platform.p.cold_start.phases";
    assert_eq!(start(lambda, &["platform.p.cold_start.constant=3s"]), 3.0);
    let own = format!("{phases}.runtime.nodejs.own.constant=1s");
    let placement = format!("{phases}.placement.constant=1s");
    let sandbox = format!("{phases}.sandbox.constant=1s");
    assert_eq!(start(lambda, &[&own, &placement, &sandbox]), 3.0);
    let restored = [&format!("{phases}.restore.constant=1s"), "service.f.snapshot=true"];
    assert_eq!(start(lambda, &[restored[0], restored[1], &placement]), 2.0);
    let oci = "kind = 'oci-functions'";
    assert_eq!(start(oci, &[&sandbox]), 1.0);
    assert_eq!(warnings(lambda, &["service.f.runtime=python"]), "");
    let told = error(lambda, &["service.f.runtime=phyton"]);
    assert!(told.contains("did you mean `python`"), "{told}");
}
