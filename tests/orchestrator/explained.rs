//! What is told of a pod that is watched.

use std::path::Path;

use super::load;
use cloudsched::kernel::Time;
use cloudsched::metric::RunOutcome;
use cloudsched::platform::orchestrator::{PodLife, Refusal, Room, Turn, Watched};
use cloudsched::policy::scheduler::Scored;
use cloudsched::scenario::Loaded;
use cloudsched::world::{PlatformKind, run};

/// The outcome of a scenario in which a pod is watched, or none.
fn outcome(scenario: &str, sets: &[&str], pod: Option<&str>) -> RunOutcome {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(scenario);
    let sets: Vec<String> = sets.iter().copied().map(str::to_owned).collect();
    let loaded = cloudsched::scenario::load(&path, &sets)
        .unwrap_or_else(|error| panic!("{}", error.render(false)));
    run_watched(loaded, pod)
}

fn run_watched(mut loaded: Loaded, pod: Option<&str>) -> RunOutcome {
    for platform in &mut loaded.specification.platforms {
        let PlatformKind::Orchestrator(spec) = &mut platform.kind else { continue };
        spec.watched = pod.map(str::to_owned);
    }
    run(&loaded.specification, loaded.seed, None, None)
}

fn watched(scenario: &str, pod: &str) -> Watched {
    outcome(scenario, &[], Some(pod)).watched.remove(0).of
}

fn life(scenario: &str, pod: &str) -> PodLife {
    watched(scenario, pod).pod.unwrap()
}

/// The same of the jobs of a scenario.
fn life_of(jobs: &[(f64, &str, f64)], scenario: &str, pod: &str) -> PodLife {
    run_watched(load(jobs, scenario), Some(pod)).watched.remove(0).of.pod.unwrap()
}

const PODS: &str = "smoke/pods.toml";

fn at(seconds: u64) -> Time {
    Time::from_nanos(seconds * 1_000_000_000)
}

fn lacks_cpu(node: &str) -> (String, Refusal) {
    let words = vec!["Insufficient cpu".to_owned()];
    (node.to_owned(), Refusal { filter: "NodeResourcesFit", words })
}

fn tainted(node: &str) -> (String, Refusal) {
    let words = vec!["node(s) had untolerated taint {dedicated=gpu:NoSchedule}".to_owned()];
    (node.to_owned(), Refusal { filter: "TaintToleration", words })
}

/// Of 2 cores and 4 GiB, the first pod of 1.5 cores and 1 GiB leaves 25 and 75 of 100 free, 50 on average; of 4
/// and 8 GiB 62 and 87, 74 on average. It uses 0.75 and 0.25 of the small node, which are 0.25 from their mean:
/// balance 75; 0.375 and 0.125 of the large one, 0.125 from theirs: 87. No taint is to be avoided: 3 times
/// 100. No image is known: 0.
#[test]
fn scores_are_those_of_the_turn() {
    let life = life(PODS, "batch-0");
    let scored = |name, weight, of: [i64; 2]| Scored { name, weight, of: Some(of.to_vec()) };
    let silent = |name| Scored { name, weight: 2, of: None };
    assert_eq!(
        life.turns,
        [Turn {
            first: at(0),
            last: at(0),
            times: 1,
            nodes: 3,
            before: None,
            refused: vec![tainted("reserved")],
            left: vec!["small".to_owned(), "large".to_owned()],
            scores: vec![
                scored("TaintToleration", 3, [300, 300]),
                silent("NodeAffinity"),
                scored("NodeResourcesFit", 1, [50, 74]),
                silent("PodTopologySpread"),
                silent("InterPodAffinity"),
                scored("NodeResourcesBalancedAllocation", 1, [75, 87]),
                scored("ImageLocality", 1, [0, 0]),
            ],
            chosen: Some("large".to_owned()),
            room: None,
        }]
    );
    assert_eq!(life.turns[0].totals(), [425, 461]);
    assert_eq!(
        life.turns[0].message(),
        "2/3 nodes are available: 1 node(s) had untolerated taint {dedicated=gpu:NoSchedule}."
    );
}

/// At 10 s the small node has one batch pod and the large one two. The urgent pod of 3 cores would fit on the
/// large one without both; they have 5 s to stop, and it ends after 20 s.
#[test]
fn who_is_evicted_for_whom_is_told() {
    let urgent = life(PODS, "urgent-0");
    assert_eq!(urgent.came, at(10));
    assert_eq!(urgent.turns.len(), 2);
    let first = &urgent.turns[0];
    assert_eq!(first.refused, [lacks_cpu("small"), lacks_cpu("large"), tainted("reserved")]);
    assert_eq!(
        first.message(),
        "0/3 nodes are available: 1 node(s) had untolerated taint {dedicated=gpu:NoSchedule}, \
         2 Insufficient cpu."
    );
    let victims = vec!["batch-0".to_owned(), "batch-2".to_owned()];
    assert_eq!(first.room, Some(Room { node: "large".to_owned(), victims }));
    assert_eq!(urgent.bound, Some((at(15), "large".to_owned())));
    assert_eq!((urgent.gone, urgent.evicted), (Some(at(35)), None));

    let victim = life(PODS, "batch-0");
    assert_eq!(victim.evicted, Some((at(10), "urgent-0".to_owned())));
    assert_eq!((victim.gone, victim.successor), (Some(at(15)), Some("batch-3".to_owned())));
    // It waits until the urgent pod has gone.
    let successor = life(PODS, "batch-3");
    assert_eq!((successor.came, successor.turns.len()), (at(15), 2));
    assert_eq!(successor.bound, Some((at(35), "large".to_owned())));
    assert_eq!(successor.gone, Some(at(95)));
}

/// Nothing ever makes the cluster large enough. Of 3 batch pods 2 begin anew, as 2 more.
#[test]
fn who_waits_for_ever_and_who_never_came() {
    let wide = life(PODS, "wide-0");
    assert_eq!((wide.bound, wide.gone), (None, None));
    assert!(wide.turns.iter().all(|turn| turn.chosen.is_none() && turn.room.is_none()));
    let none = watched(PODS, "batch-5");
    assert_eq!(none.pod, None);
    let came = [("batch", 5), ("urgent", 1), ("wide", 1)];
    assert_eq!(none.came, came.map(|(name, count)| (name.to_owned(), count)));
}

#[test]
fn turns_that_went_the_same_way_are_one() {
    let life = life("batch-cluster.toml", "large-3");
    let times: u64 = life.turns.iter().map(|turn| turn.times).sum();
    assert!(times > life.turns.len() as u64, "{times}");
    assert!(life.turns.windows(2).all(|two| two[0].last <= two[1].first));
    let last = life.turns.last().unwrap();
    let (bound, node) = life.bound.unwrap();
    assert_eq!((last.last, last.chosen.as_ref()), (bound, Some(&node)));
}

#[test]
fn a_run_is_the_same_whoever_watches() {
    let short = ["horizon=3h"];
    let plain = outcome("batch-cluster.toml", &short, None);
    let seen = outcome("batch-cluster.toml", &short, Some("large-3"));
    assert!(plain.watched.is_empty() && seen.watched[0].of.pod.is_some());
    assert_eq!(plain.digest, seen.digest);
    assert_eq!(format!("{:?}", plain.metrics()), format!("{:?}", seen.metrics()));
}

/// A job of the one core goes before the replica, which has nothing to do and is gone at once; another comes in its
/// place, and waits until the job ends after 20 s.
#[test]
fn replicas_are_pods_like_others() {
    let scenario = "horizon = '1m'\n\
                    platform.c = { kind = 'kubernetes', nodes = [{ cpu = 1, memory = '4GiB', name = 'n' }], \
                    endpoint_delay = '0s' }\n\
                    service.s = { platform = 'c', cpu = 1, replicas = 1 }\n\
                    service.job = { platform = 'c', cpu = 1, priority = 10 }\n";
    let life = |pod| life_of(&[(10.0, "job", 20.0)], scenario, pod);
    let first = life("s-0");
    assert_eq!((first.came, &first.bound), (at(0), &Some((at(0), "n".to_owned()))));
    assert_eq!(first.evicted, Some((at(10), "job-0".to_owned())));
    assert_eq!((first.gone, first.successor), (Some(at(10)), None));
    let job = life("job-0");
    assert_eq!(job.turns[0].room.as_ref().unwrap().victims, ["s-0"]);
    assert_eq!((job.bound, job.gone), (Some((at(10), "n".to_owned())), Some(at(30))));
    let second = life("s-1");
    assert_eq!((second.came, second.bound), (at(10), Some((at(30), "n".to_owned()))));
}

/// The node is taken for a minute, and after 5 s nobody waits for the job any more.
#[test]
fn who_is_given_up_is_gone_without_a_node() {
    let scenario = "client.log.timeout = '5s'\nclient.log.abandoned = 'cancel'\n\
                    client.other = { service = 'long', arrivals.list.at = ['0s'] }\n\
                    platform.c = { kind = 'kubernetes', nodes = [{ cpu = 1, memory = '4GiB' }] }\n\
                    service.long = { platform = 'c', cpu = 1, demand.constant = '1m' }\n\
                    service.job = { platform = 'c', cpu = 1 }\n";
    let life = life_of(&[(2.0, "job", 3.0)], scenario, "job-0");
    assert_eq!((life.came, life.bound, life.gone), (at(2), None, Some(at(7))));
    assert_eq!(life.turns[0].message(), "0/1 nodes are available: 1 Insufficient cpu.");
}
