//! Random servers.

use proptest::prelude::*;

use super::{limit, maybe, of, span, words};

/// Servers, half of them always there.
pub(super) fn servers() -> impl Strategy<Value = String> {
    let disciplines = &["fifo", "lifo", "random", "priority", "shortest-job", "processor-sharing"];
    let balancers = &[
        "round-robin",
        "random",
        "least-outstanding",
        "choose-d",
        "join-idle-queue",
        "consistent-hash",
    ];
    (
        1..5_u32,
        maybe("speed", of(&["0.5", "1.0", "3.0"])),
        maybe("discipline", words(disciplines)),
        maybe("balance", words(balancers)),
        limit(),
        prop_oneof![Just(String::new()), group()],
    )
        .prop_map(|(servers, speed, discipline, balance, limit, group)| {
            format!(
                "kind = \"servers\"\nservers = {servers}\n{speed}{discipline}{balance}{limit}{group}"
            )
        })
}

/// How servers come and go: in each case those that are lost come back, or others do.
fn group() -> impl Strategy<Value = String> {
    let scaling = &[
        "{ target-tracking = { cpu = 0.5, max = 9, warm_up = \"1m\" } }",
        "{ step = { max = 6, minutes = 1, warm_up = \"0s\", steps = [{ above = 0.3, add = 2 }, \
         { below = 0.2, remove = 3 }] } }",
        "{ scheduled = { every = \"7s\", times = [{ from = \"1s\", to = \"3s\", instances = 6 }] } }",
    ];
    let faults = &[
        "",
        "FAULT at = [\"500ms\", \"4s\"]\nlasts.constant = \"2s\"\n",
        "FAULT at = [\"0s\", \"1s\"]\nlasts.uniform = { low = \"0s\", high = \"1s\" }\nmatch = \"slot=0\"\n",
        "FAULT between.exponential.mean = \"2s\"\nlasts.exponential.mean = \"500ms\"\n",
        "FAULT kind = \"spot\"\nnotice = \"300ms\"\nbetween.exponential.mean = \"2s\"\n\
         lasts.exponential.mean = \"500ms\"\nmatch = \"zone=a\"\n",
        "FAULT kind = \"slow\"\nspeed = 0.3\nbetween.exponential.mean = \"1s\"\n\
         lasts.exponential.mean = \"500ms\"\n",
    ];
    let for_ever = &[
        "FAULT between.exponential.mean = \"2s\"\n",
        "FAULT at = [\"1s\", \"2s\"]\nmatch = \"slot in (0, 1, 2)\"\n",
        "FAULT kind = \"spot\"\nnotice = \"1s\"\nbetween.exponential.mean = \"3s\"\n",
    ];
    let replaced = prop_oneof![of(faults), of(for_ever)].prop_map(|fault| (true, fault));
    let repaired = of(faults).prop_map(|fault| (false, fault));
    (
        maybe("boot", span()),
        maybe("health_check", of(&["{ period = \"400ms\", timeout = \"100ms\", failures = 2 }"])),
        maybe("deregistration_delay", words(&["0s", "500ms"])),
        maybe("autoscaling", of(scaling)),
        prop_oneof![replaced, repaired],
    )
        .prop_map(|(boot, check, drain, scaling, (replace, fault))| {
            format!(
                "zones = [\"a\", \"b\"]\nreplace = {replace}\n{boot}{check}{drain}{scaling}{fault}"
            )
        })
}

/// Versions that come to servers, each with the place of its service.
pub(super) fn releases() -> impl Strategy<Value = Vec<(usize, String)>> {
    let release = (
        0..9_usize,
        of(&["at = \"1s\"\n", "at = [\"500ms\", \"2s\"]\n", "at = [\"0s\", \"1s\", \"1.2s\"]\n"]),
        (of(&["1", "3", "\"50%\"", "\"100%\""]), any::<bool>(), prop::option::of(span())),
        of(&[
            "",
            "version.failure = 1.0\n",
            "version.failure = 1.0\nbad = 0.5\n",
            "version = { demand.constant = \"40ms\", calls = [] }\n",
        ]),
        of(&[
            "",
            "gate = { every = \"300ms\", least_requests = 1, bake = \"2s\" }\n",
            "gate = { every = \"200ms\", least_requests = 2, approval.constant = \"500ms\" }\n",
        ]),
    )
        .prop_map(|(place, at, (at_once, drain, install), version, gate)| {
            let strategy = match install {
                Some(install) => format!(
                    "strategy.in-place = {{ at_once = {at_once}, drain = {drain}, install = {install} }}\n"
                ),
                None => format!("strategy.immutable.batch = {at_once}\n"),
            };
            (place, at + &version + &strategy + &gate)
        });
    prop_oneof![Just(Vec::new()), prop::collection::vec(release, 1..3)]
}
