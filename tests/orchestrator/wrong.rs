//! What is wrong in a file is told with its place and the mend.

use cloudsched::scenario::load_text;

/// What is told of a scenario with these lines.
fn told(lines: &str) -> String {
    let text = format!(
        "horizon = '1h'\n[client.c]\nservice = 's'\narrivals.poisson.rate = '1/s'\n{lines}"
    );
    load_text("t.toml", &text, std::path::Path::new("."), "t", &[]).unwrap_err().render(false)
}

/// That this is told of a scenario with these lines, with its place.
pub(super) fn expect(lines: &str, expected: &str) {
    let text = told(lines);
    assert!(text.contains(expected), "{expected}\n{text}");
    assert!(text.contains("t.toml:"), "{text}");
}

#[test]
fn what_is_wrong_is_told() {
    let nodes = "[platform.p]\nkind = 'kubernetes'\nnodes = [{ cpu = 1, memory = '1GiB' }]\n";
    let service = "[service.s]\nplatform = 'p'\ncpu = 1\n";
    for (lines, expected) in [
        (
            format!("{service}[platform.p]\nkind = 'kubernetes'\n"),
            "a cluster has at least one node",
        ),
        (
            format!("{service}[platform.p]\nkind = 'kubernetes'\nnodes = [{{ cpu = 1 }}]\n"),
            "missing key `memory`",
        ),
        (
            format!(
                "{service}[platform.p]\nkind = 'kubernetes'\nnodes = [{{ cpu = 1, memory = '1GiB', count = 0 }}]\n"
            ),
            "there is at least one node of a make",
        ),
        (
            format!(
                "{service}[platform.p]\nkind = 'kubernetes'\nnodes = [{{ name = 'a', cpu = 1, memory = '1GiB' }}, {{ name = 'a', cpu = 1, memory = '1GiB' }}]\n"
            ),
            "there are two nodes called `a`",
        ),
        (
            format!(
                "{service}[platform.p]\nkind = 'kubernetes'\nnodes = [{{ cpu = 1, memory = '1GiB', taints = ['x'] }}]\n"
            ),
            "`x` has no effect",
        ),
        (
            format!("{service}pod.tolerations = ['a:Never']\n{nodes}"),
            "`Never` is none of NoSchedule",
        ),
        (
            format!("{service}pod.node_affinity = [{{ match = 'a on (b)' }}]\n{nodes}"),
            "`on` is neither `in` nor `notin`",
        ),
        (
            format!("{service}pod.affinity = [{{ match = 'a=b', weight = 101 }}]\n{nodes}"),
            "a weight is between 1 and 100",
        ),
        (
            format!("{service}pod.resources.gpu = 1\n{nodes}"),
            "`gpu` is no name of another resource",
        ),
        (
            format!(
                "{service}pod.topology_spread = [{{ topology = 'zone', max_skew = 0 }}]\n{nodes}"
            ),
            "`max_skew` is at least 1",
        ),
        (format!("{service}pod.lables = {{}}\n{nodes}"), "did you mean `labels`?"),
        (format!("{service}{nodes}scheduler = 'kubernets'\n"), "did you mean `kubernetes`?"),
        (format!("[service.s]\nplatform = 'p'\ncpu = 2\n{nodes}"), "a pod of `s` fits on no node"),
    ] {
        expect(&lines, expected);
    }
}

#[test]
fn what_is_wrong_with_health_and_faults_is_told() {
    let nodes = "[platform.p]\nkind = 'kubernetes'\nnodes = [{ cpu = 1, memory = '1GiB' }]\n";
    let service = "[service.s]\nplatform = 'p'\ncpu = 1\n";
    for (lines, expected) in [
        (
            format!("{service}replicas = 1\npod.liveness.failures = 0\n{nodes}"),
            "at least one look must fail",
        ),
        (
            format!(
                "{service}replicas = 1\npod.start_failure = 1.0\n{nodes}restart.delay = '0s'\n"
            ),
            "containers that fail at once are started again at once",
        ),
        (
            format!(
                "{service}replicas = 1\npod = {{ start.constant = '5s', liveness.failures = 1 }}\n{}",
                nodes.replace("kubernetes", "orchestrator")
            ),
            "containers are found sick as soon as they begin to start, and start again at once, for ever",
        ),
        (
            format!(
                "{service}replicas = 1\npod = {{ memory_limit = '1MiB', memory_use.base = '2MiB' }}\n{nodes}"
            ),
            "a replica is over its limit with its first request",
        ),
        (
            format!(
                "{service}{nodes}[fault.f]\nplatform = 'p'\nkind = 'hang'\nmatch = 'a'\nat = ['1s']\n"
            ),
            "a fault of this `kind` has no `match`",
        ),
        (
            format!("{service}{nodes}[fault.f]\nplatform = 'p'\nkind = 'slow'\nat = ['1s']\n"),
            "missing key `speed`",
        ),
        (
            format!(
                "{service}{nodes}[fault.f]\nplatform = 'p'\nkind = 'hang'\nservice = 's'\nat = ['1s']\n"
            ),
            "`s` has no replicas that could fail",
        ),
        (
            format!(
                "{service}{nodes}[fault.f]\nplatform = 'p'\nkind = 'hang'\nservice = 'ss'\nat = ['1s']\n"
            ),
            "unknown service `ss`",
        ),
        (
            "[service.s]\nplatform = 'p'\n[platform.p]\nkind = 'docker'\n\
             nodes = [{ cpu = 1, memory = '1GiB', count = 2 }]\n"
                .to_owned(),
            "this is a single host, and has no other nodes",
        ),
    ] {
        expect(&lines, expected);
    }
}

#[test]
fn what_is_wrong_with_daemons_is_told() {
    let nodes = "[platform.p]\nkind = 'kubernetes'\nnodes = [{ cpu = 1, memory = '1GiB' }]\n";
    let service = "[service.s]\nplatform = 'p'\ncpu = 1\n";
    for (lines, expected) in [
        (
            format!("{service}replicas = 2\npod.daemon = true\n{nodes}"),
            "leave out either `replicas` or `daemon`",
        ),
        (
            format!(
                "{service}pod.daemon = true\n{nodes}[release.r]\nservice = 's'\nat = '1m'\nversion.cpu = 2\n"
            ),
            "new versions of a daemon set are not modelled",
        ),
        (
            format!(
                "{service}replicas = 1\ndemand.constant = '1s'\n{nodes}[release.r]\nservice = 's'\nat = '1m'\nversion.pod.daemon = true\n"
            ),
            "new versions of a daemon set are not modelled",
        ),
        (
            format!(
                "{service}memory = '1GiB'\npod.daemon = true\n[platform.p]\nkind = 'ecs-fargate'\n"
            ),
            "each pod has a machine of its own here",
        ),
        (format!("{service}pod = {{ daemon = true }}\n{nodes}"), "service `s` has no `demand`"),
    ] {
        expect(&lines, expected);
    }
}

#[test]
fn what_is_wrong_with_an_exposure_is_told() {
    let nodes = "[platform.p]\nkind = 'kubernetes'\nnodes = [{ cpu = 1, memory = '1GiB' }]\n";
    let service = "[service.s]\nplatform = 'p'\ncpu = 1\n";
    for (lines, expected) in [
        (
            format!("{service}replicas = 1\npod.exposure.ingress = {{ router = 'r' }}\n{nodes}"),
            "unknown service `r`",
        ),
        (
            format!(
                "{service}replicas = 1\npod.exposure.ingress = {{ router = 'r' }}\n[service.r]\nplatform = 'p'\n{nodes}"
            ),
            "`r` has no replicas on `p`",
        ),
        (
            format!("{service}replicas = 1\npod.exposure.route = {{ router = 's' }}\n{nodes}"),
            "`s` is behind a router itself",
        ),
        (
            format!(
                "{service}replicas = 1\npod.exposure.route = {{ router = 'r' }}\ndemand.constant = '1s'\n\
                 [service.r]\nplatform = 'p'\nreplicas = 1\n{nodes}"
            ),
            "service `r` has no `demand`",
        ),
        (
            format!(
                "{service}replicas = 1\n{nodes}exposure.load-balancer.nodes.health_check.period = '0s'\n"
            ),
            "there is time between two looks",
        ),
        (
            format!("sessions = 0\n{service}replicas = 1\n{nodes}"),
            "requests are those of at least one session",
        ),
    ] {
        expect(&lines, expected);
    }
}

/// Each request to the service is a pod of its own, and none would be to a version with replicas, be it a bad one or not.
#[test]
fn a_version_has_replicas_only_where_its_service_has() {
    let job = "[service.s]\nplatform = 'p'\ncpu = 1\ndemand.constant = '1s'\n\
               [platform.p]\nkind = 'kubernetes'\nnodes = [{ cpu = 1, memory = '1GiB' }]\n\
               [release.r]\nservice = 's'\nat = '1m'\n";
    for version in ["version.replicas = 3", "version.replicas = 3\nbad = 0.5"] {
        let expected = "a version of `s` has replicas, and the service itself none";
        expect(&format!("{job}{version}"), expected);
    }
}

#[test]
fn what_is_wrong_with_managers_is_told() {
    let size = "cpu = 1, memory = '1GiB'";
    for (platform, expected) in [
        (
            format!("kind = 'kubernetes'\nnodes = [{{ managers = 1, {size} }}]"),
            "its control plane is elsewhere",
        ),
        (
            format!("kind = 'docker-swarm'\nnodes = [{{ count = 2, managers = 3, {size} }}]"),
            "3 of 2 nodes cannot be managers",
        ),
        (
            format!(
                "kind = 'docker-swarm'\nscheduler = 'first-fit'\nnode_autoscaling = 'cluster-autoscaler'\n\
                 nodes = [{{ min = 1, max = 2, managers = 1, {size} }}]"
            ),
            "do not come and go",
        ),
        (
            format!(
                "kind = 'docker-swarm'\nelection = {{ least = '2s', most = '1s' }}\nnodes = [{{ managers = 1, {size} }}]"
            ),
            "the longest wait is shorter",
        ),
    ] {
        expect(
            &format!("[service.s]\nplatform = 'p'\ncpu = 1\n[platform.p]\n{platform}\n"),
            expected,
        );
    }
}

/// Until a replica is known, one second after the start, whoever does not think is refused at one instant for ever.
#[test]
fn users_who_do_not_pause_are_told() {
    let load = |client: &str, cluster: &str| {
        let text = format!(
            "horizon = '10s'\n\
             service.s = {{ platform = 'p', replicas = 1, demand.constant = '1ms' }}\n\
             platform.p = {{ kind = 'kubernetes', {cluster}nodes = [{{ cpu = 1, memory = '1GiB' }}] }}\n\
             client.c = {{ service = 's', users = 1{client} }}\n"
        );
        load_text("t.toml", &text, std::path::Path::new("."), "t", &[])
    };
    let told = load("", "").unwrap_err().render(false);
    assert!(told.contains("users who do not think are refused at once"), "{told}");
    assert!(told.contains("t.toml:4:") && told.contains("add a `think_time`"), "{told}");
    for client in [
        ", think_time.constant = '1ms'",
        ", latency.constant = '1ms'",
        ", retries = { attempts = 9, backoff = '1s' }",
    ] {
        assert!(load(client, "").is_ok(), "{client}");
    }
    assert!(load("", "endpoint_delay = '0s', ").is_ok());
}

/// What is warned of in a scenario with these lines.
fn warned(lines: &str) -> String {
    let text = format!(
        "horizon = '1h'\n[client.c]\nservice = 's'\narrivals.poisson.rate = '1/s'\n{lines}"
    );
    let loaded = load_text("t.toml", &text, std::path::Path::new("."), "t", &[])
        .unwrap_or_else(|error| panic!("{}", error.render(false)));
    loaded.problems.render(&loaded.sources, false)
}

/// Nodes of one zone and disk; what no node meets is warned of, and what one meets is not.
#[test]
fn places_that_no_node_has_are_warned_of() {
    let service = "[service.s]\nplatform = 'p'\ncpu = 1\nreplicas = 1\ndemand.constant = '1ms'\n";
    let nodes = "[platform.p]\nkind = 'kubernetes'\nnodes = [\
        { cpu = 1, memory = '1GiB', zone = 'a' }, { cpu = 1, memory = '1GiB', labels = { disk = 'ssd' } }]\n";
    for (pod, expected) in [
        ("node_selector = { disk = 'hdd' }", Some("no node meets the `node_selector` of `s`")),
        ("node_selector = { disk = 'ssd' }", None),
        ("node_affinity = [{ match = 'gpu' }]", Some("no node meets the `node_affinity` of `s`")),
        ("node_affinity = [{ match = 'gpu' }, { match = 'disk' }]", None),
        ("node_affinity = [{ match = 'gpu', weight = 5 }]", None),
        (
            "node_selector = { disk = 'ssd' }, node_affinity = [{ match = 'topology.kubernetes.io/zone=a' }]",
            Some("no node meets the `node_affinity` of `s`"),
        ),
    ] {
        let told = warned(&format!("{service}pod = {{ {pod} }}\n{nodes}"));
        match expected {
            Some(expected) => assert!(told.contains(expected), "{pod}: {told}"),
            None => assert_eq!(told, "", "{pod}"),
        }
    }
}

/// Machines and what runs on them are paid for by two sheets; one that adds nothing for either is no matter.
#[test]
fn what_is_paid_for_twice_is_warned_of() {
    let service = "[service.s]\nplatform = 'p'\ncpu = 1\nmemory = '1GiB'\nreplicas = 1\ndemand.constant = '1ms'\n";
    let nodes = "nodes = [{ machine = 'm5.xlarge' }]\n";
    let told = |price: &str| {
        warned(&format!("{service}[platform.p]\nkind = 'kubernetes'\nprice = {price}\n{nodes}"))
    };
    let both = "`fargate` charges for what runs on hosts, and `ec2` for these hosts";
    assert!(told("['ec2', 'fargate']").contains(both));
    assert!(told("['fargate', 'ec2']").contains(both));
    assert_eq!(told("['ec2', 'eks']"), "");
    assert_eq!(told("'fargate'"), "");
}

/// Four servers in two zones have the slots 0 to 3, the last of them in zone b.
#[test]
fn slots_that_no_server_has_are_warned_of() {
    let told = |selector: &str| {
        warned(&format!(
            "[service.s]\nplatform = 'p'\ndemand.constant = '1ms'\n\
             [platform.p]\nkind = 'servers'\nservers = 4\nzones = ['a', 'b']\n\
             [fault.f]\nplatform = 'p'\nat = ['1m']\nmatch = '{selector}'\n"
        ))
    };
    let expected = "fault `f` hits no server: they have the slots 0 to 3";
    for (selector, is_warned) in [
        ("slot in (99)", true),
        ("slot in (3, 99)", false),
        ("slot=3, zone=a", true),
        ("slot=3, zone=b", false),
        ("slot notin (0, 1, 2, 3)", true),
    ] {
        let told = told(selector);
        assert_eq!(told.contains(expected), is_warned, "{selector}: {told}");
    }
}

/// Clusters on which nothing could run, rollouts that could never end, steps and checks that could never be.
#[test]
fn what_can_never_be_is_told() {
    let nodes = "[platform.p]\nkind = 'kubernetes'\nnodes = [{ cpu = 1, memory = '1GiB' }]\n";
    let service = "[service.s]\nplatform = 'p'\ncpu = 1\n";
    for (lines, expected) in [
        (
            format!("{service}[platform.p]\nkind = 'kubernetes'\nnodes = []\n"),
            "a cluster has at least one node",
        ),
        (
            format!(
                "{service}replicas = 3\npod.rollout.ecs.minimum_healthy_percent = 150\n{nodes}"
            ),
            "more tasks than there are in the end cannot be healthy",
        ),
        (
            format!(
                "{service}replicas = 3\nautoscaling.autoscaler.step = {{ max = 9, steps = [{{ above = 15, add = 1 }}] }}\n{nodes}"
            ),
            "a threshold is a share from 0 to 10",
        ),
        (
            format!(
                "{service}replicas = 1\npod = {{ start.constant = '1m', readiness.failures = 1, restart.unready = true }}\n{nodes}"
            ),
            "containers are found not to be ready as soon as they begin to start",
        ),
    ] {
        expect(&lines, expected);
    }
}

/// A step whose threshold is no number is one error, and not one of half a step, too.
#[test]
fn what_follows_from_an_error_is_not_told() {
    let text = told(
        "[service.s]\nplatform = 'p'\ncpu = 1\nreplicas = 3\ndemand.constant = '1ms'\nautoscaling.autoscaler.step = { max = 9, steps = [{ above = 'x', add = 1 }] }\n\
         [platform.p]\nkind = 'kubernetes'\nnodes = [{ cpu = 1, memory = '1GiB' }]\n",
    );
    assert!(text.contains("1 error in"), "{text}");
}
