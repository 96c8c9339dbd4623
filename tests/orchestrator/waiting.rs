//! Who waits, for how long, and who goes for whom.

use super::{load, metric, told};
use cloudsched::model::Outcome;

const ONE_NODE: &str =
    "platform.c = { kind = 'kubernetes', nodes = [{ cpu = 2, memory = '4GiB' }] }\n";

/// Two cores. `a` takes both until 10. `b` (1 core, 20 s) and `c` (1 core, 5 s) wait and run side by side from 10 on; `d` with
/// two cores has come before `c` and is passed over only where it does not fit: at 15 there is one core, at 30 both.
#[test]
fn pods_wait_for_room_in_order_of_arrival() {
    let services = "service.a = { platform = 'c', cpu = 2 }\nservice.b = { platform = 'c', cpu = 1 }\n\
                    service.d = { platform = 'c', cpu = 2 }\nservice.e = { platform = 'c', cpu = 1 }\n";
    let jobs = [(0.0, "a", 10.0), (1.0, "b", 20.0), (2.0, "d", 5.0), (3.0, "e", 5.0)];
    let (told, outcome) = told(&load(&jobs, &format!("{ONE_NODE}{services}")));
    assert_eq!(told.ends(), [("a", 10.0), ("e", 15.0), ("b", 30.0), ("d", 35.0)]);
    assert_eq!(metric(&outcome, "unplaced"), 3.0);
    assert_eq!(metric(&outcome, "placements"), 4.0);
    assert_eq!(metric(&outcome, "queue_length_max"), 3.0);
    assert_eq!(metric(&outcome, "preemptions"), 0.0);
    // 2 cores for 10 s, 2 for 5, 1 for 15, 2 for 5: 20 + 10 + 15 + 10 of 70.
    assert!((metric(&outcome, "host_cpu_utilisation") - 55.0 / 70.0).abs() < 1e-12);
}

/// Pods are numbered over all services, in order of their starts: `a` 0, `b` 1, `e` 2, `d` 3 in the run above.
#[test]
fn pods_of_all_services_have_numbers_of_their_own() {
    let services = "service.a = { platform = 'c', cpu = 2 }\nservice.b = { platform = 'c', cpu = 1 }\n\
                    service.d = { platform = 'c', cpu = 2 }\nservice.e = { platform = 'c', cpu = 1 }\n";
    let jobs = [(0.0, "a", 10.0), (1.0, "b", 20.0), (2.0, "d", 5.0), (3.0, "e", 5.0)];
    let (told, _) = told(&load(&jobs, &format!("{ONE_NODE}{services}")));
    assert_eq!(told.numbers, [0, 2, 1, 3]);
}

/// `low` runs from 0 for 100 s on the whole node. `high` comes at 40: `low` has 30 s to stop, in which it goes on
/// working; at 70 it is gone and `high` runs until 80. Then `low` begins anew: 80 to 180.
#[test]
fn the_urgent_evict_others_which_begin_anew() {
    let services = "service.low = { platform = 'c', cpu = 2 }\n\
                    service.high = { platform = 'c', cpu = 1, priority = 5 }\n";
    let jobs = [(0.0, "low", 100.0), (40.0, "high", 10.0)];
    let (told, outcome) = told(&load(&jobs, &format!("{ONE_NODE}{services}")));
    assert_eq!(told.ends(), [("high", 80.0), ("low", 180.0)]);
    assert_eq!(told.pods_of("low"), [(0, 0.0, 70.0), (0, 80.0, 180.0)]);
    assert_eq!(metric(&outcome, "preemptions"), 1.0);
    assert_eq!(metric(&outcome, "placements"), 3.0);
}

/// The same, but `low` has only 10 s left when it is told to stop, of the 30 it would have: it ends by itself at
/// 50, and `high` runs at once.
#[test]
fn who_ends_within_its_grace_has_ended() {
    let services = "service.low = { platform = 'c', cpu = 2 }\n\
                    service.high = { platform = 'c', cpu = 1, priority = 5 }\n";
    let jobs = [(0.0, "low", 50.0), (40.0, "high", 10.0)];
    let (told, _) = told(&load(&jobs, &format!("{ONE_NODE}{services}")));
    assert_eq!(told.ends(), [("low", 50.0), ("high", 60.0)]);
}

const TWO_NODES: &str =
    "platform.c = { kind = 'kubernetes', nodes = [{ count = 2, cpu = 2, memory = '4GiB' }] }\n";
const LOW_AND_HIGH: &str = "service.low = { platform = 'c', cpu = 2 }\n\
                            service.high = { platform = 'c', cpu = 2, priority = 5 }\n";

/// Both `low` run. At 10 the first `high` evicts the one that started last, which has until 40, at 12 the second the other
/// one, which ends by itself at 25: its node is kept for the second `high`, which runs from 25 to 30, although the first
/// came before it. That one, whose room is not there yet, takes this node then, and the node that it waited for is free
/// at 40 for the `low` that begins anew.
#[test]
fn who_has_a_claim_is_asked_though_others_of_its_kind_came_before() {
    let jobs =
        [(0.0, "low", 25.0), (1.0, "low", 100.0), (10.0, "high", 1000.0), (12.0, "high", 5.0)];
    let (told, outcome) = told(&load(&jobs, &format!("{TWO_NODES}{LOW_AND_HIGH}")));
    assert_eq!(told.ends(), [("low", 25.0), ("high", 30.0), ("low", 140.0), ("high", 1030.0)]);
    assert_eq!(metric(&outcome, "preemptions"), 2.0);
}

/// At 10 `mid` evicts the `low` that started last, until 40. At 12 `high` finds that node best, too, and its claim counts
/// for more: `mid` looks again at once and evicts the other `low`, until 42. `high` runs from 40 to 1040, `mid` from 42 to 47; the
/// `low` that begins anew first has the room of `mid`, the other that of `high`.
#[test]
fn whose_claim_goes_to_a_higher_pod_looks_again() {
    let jobs =
        [(0.0, "low", 1000.0), (1.0, "low", 1000.0), (10.0, "mid", 5.0), (12.0, "high", 1000.0)];
    let mid = "service.mid = { platform = 'c', cpu = 2, priority = 3 }\n";
    let (told, _) = told(&load(&jobs, &format!("{TWO_NODES}{LOW_AND_HIGH}{mid}")));
    assert_eq!(told.ends(), [("mid", 47.0), ("high", 1040.0), ("low", 1047.0), ("low", 2040.0)]);
}

/// Four cores, of which two `mid` have two each, until 10 and 20. `big` needs all and may not evict its equals; `low` takes what
/// is free at 11. When the second `mid` has gone, what is free is too little, but `low` may be evicted now: it has until 50.
#[test]
fn who_waits_evicts_others_as_soon_as_that_helps() {
    let scenario = "platform.c = { kind = 'kubernetes', nodes = [{ cpu = 4, memory = '4GiB' }] }\n\
                    service.low = { platform = 'c', cpu = 2 }\n\
                    service.mid = { platform = 'c', cpu = 2, priority = 5 }\n\
                    service.big = { platform = 'c', cpu = 4, priority = 5 }\n";
    let jobs = [(0.0, "mid", 10.0), (0.0, "mid", 20.0), (1.0, "big", 5.0), (11.0, "low", 100.0)];
    let (told, _) = told(&load(&jobs, scenario));
    assert_eq!(told.ends(), [("mid", 10.0), ("mid", 20.0), ("big", 55.0), ("low", 155.0)]);
}

/// Two `spread` wait for the larger node, which `first` has until 100. They look whenever a pod comes or goes, as `small`
/// does on the other node at 10 and 20; that changes nothing in their order.
#[test]
fn who_looks_in_vain_keeps_its_place() {
    let scenario = "platform.c = { kind = 'kubernetes', nodes = [{ cpu = 2, memory = '4GiB' }, { cpu = 1, memory = '4GiB' }] }\n\
                    service.first = { platform = 'c', cpu = 2 }\n\
                    service.small = { platform = 'c', cpu = 1 }\n\
                    service.spread = { platform = 'c', cpu = 2, \
                    pod.topology_spread = [{ topology = 'host', when_unsatisfiable = 'schedule-anyway' }] }\n";
    let jobs =
        [(0.0, "first", 100.0), (1.0, "spread", 5.0), (2.0, "spread", 7.0), (10.0, "small", 10.0)];
    let (told, _) = told(&load(&jobs, scenario));
    let expected = [("small", 20.0), ("first", 100.0), ("spread", 105.0), ("spread", 112.0)];
    assert_eq!(told.ends(), expected);
}

/// Three pods are gone at 1, 2 and 3, and their places in memory are used again, the last one first. Of two that come at
/// one instant the first goes first, all the same: it runs from 15 to 16, the other until 19.
#[test]
fn of_one_instant_the_first_goes_first() {
    let scenario = "platform.c = { kind = 'kubernetes', nodes = [{ cpu = 3, memory = '4GiB' }] }\n\
                    service.one = { platform = 'c', cpu = 1 }\nservice.all = { platform = 'c', cpu = 3 }\n";
    let jobs = [
        (0.0, "one", 1.0),
        (0.0, "one", 2.0),
        (0.0, "one", 3.0),
        (5.0, "all", 10.0),
        (6.0, "all", 1.0),
        (6.0, "all", 3.0),
    ];
    let (told, _) = told(&load(&jobs, scenario));
    let expected =
        [("one", 1.0), ("one", 2.0), ("one", 3.0), ("all", 15.0), ("all", 16.0), ("all", 19.0)];
    assert_eq!(told.ends(), expected);
}

/// As the scheduler, or the pod, has it: nobody is evicted, and `high` waits until 100.
#[test]
fn nobody_goes_where_nobody_may_be_evicted() {
    let jobs = [(0.0, "low", 100.0), (40.0, "high", 10.0)];
    let low = "service.low = { platform = 'c', cpu = 2 }\n";
    let never =
        "service.high = { platform = 'c', cpu = 1, priority = 5, pod.never_preempts = true }\n";
    let (of_pod, outcome) = told(&load(&jobs, &format!("{ONE_NODE}{low}{never}")));
    assert_eq!(of_pod.ends(), [("low", 100.0), ("high", 110.0)]);
    assert_eq!(metric(&outcome, "preemptions"), 0.0);
    let off = "platform.c = { kind = 'kubernetes', nodes = [{ cpu = 2, memory = '4GiB' }], \
               scheduler.kubernetes.preemption = false }\n";
    let high = "service.high = { platform = 'c', cpu = 1, priority = 5 }\n";
    let (of_scheduler, _) = told(&load(&jobs, &format!("{off}{low}{high}")));
    assert_eq!(of_scheduler.ends(), [("low", 100.0), ("high", 110.0)]);
}

/// Two nodes of 2 cores, each full with one of `kept` (of which one must go on) and one of `free`. `high` could have
/// the room of either; it is `free` that goes, though both are of one priority and `kept` started later.
#[test]
fn budgets_are_kept_where_that_is_possible() {
    let scenario = "platform.c = { kind = 'kubernetes', nodes = [{ cpu = 2, memory = '4GiB' }] }\n\
                    service.free = { platform = 'c', cpu = 1 }\n\
                    service.kept = { platform = 'c', cpu = 1, pod.min_available = 1 }\n\
                    service.high = { platform = 'c', cpu = 1, priority = 5 }\n";
    let jobs = [(0.0, "free", 100.0), (1.0, "kept", 100.0), (10.0, "high", 10.0)];
    let (told, _) = told(&load(&jobs, scenario));
    assert_eq!(told.pods_of("kept"), [(0, 1.0, 101.0)]);
    assert_eq!(told.pods_of("free"), [(0, 0.0, 40.0), (0, 50.0, 150.0)]);
}

/// `near` needs a pod of `base` on its node and waits for one; with it, it runs at once.
#[test]
fn who_waits_for_others_looks_when_they_come() {
    let scenario = "platform.c = { kind = 'kubernetes', nodes = [{ count = 3, cpu = 2, memory = '4GiB' }] }\n\
                    service.base = { platform = 'c', cpu = 1 }\n\
                    service.near = { platform = 'c', cpu = 1, pod.affinity = [{ match = 'app=base' }] }\n";
    let jobs = [(0.0, "near", 10.0), (5.0, "base", 100.0)];
    let (told, _) = told(&load(&jobs, scenario));
    let (near, base) = (told.pods_of("near"), told.pods_of("base"));
    assert_eq!(near, [(base[0].0, 5.0, 15.0)]);
}

/// `far` must not be in a zone with `far`: of two zones the third pod waits, until one of the others has gone, on
/// another node of whose zone it then finds room.
#[test]
fn who_is_kept_away_looks_when_others_go() {
    let scenario = "platform.c = { kind = 'kubernetes', nodes = [\
                    { count = 2, name = 'a', cpu = 1, memory = '4GiB', zone = 'a' }, \
                    { name = 'b', cpu = 1, memory = '4GiB', zone = 'b' }] }\n\
                    service.far = { platform = 'c', cpu = 1, pod.anti_affinity = [{ match = 'app=far', topology = 'zone' }] }\n";
    let jobs = [(0.0, "far", 10.0), (0.0, "far", 20.0), (1.0, "far", 5.0)];
    let (told, _) = told(&load(&jobs, scenario));
    assert_eq!(told.ends(), [("far", 10.0), ("far", 15.0), ("far", 20.0)]);
}

/// A pod without demand stays until the end of the run; one that has given up waiting is gone from the queue.
#[test]
fn pods_without_demand_stay_and_callers_may_give_up() {
    let scenario = "horizon = '1h'\n\
                    platform.c = { kind = 'kubernetes', nodes = [{ cpu = 2, memory = '4GiB' }] }\n\
                    client.a = { service = 'stays', arrivals.constant.rate = '2.4/h', abandoned = 'cancel', timeout = '40m' }\n\
                    service.stays = { platform = 'c', cpu = 2 }\n";
    let loaded = cloudsched::scenario::load_text(
        "test.toml",
        &format!("output.instances = true\n{scenario}"),
        std::path::Path::new("."),
        "test",
        &[],
    )
    .unwrap_or_else(|error| panic!("{}", error.render(false)));
    let (told, outcome) = told(&loaded);
    // Sent at 0, 25 and 50 minutes. The first runs until it is given up at 40, then the second, which would be given
    // up after the end; the third waits.
    assert_eq!(told.pods_of("stays"), [(0, 0.0, 2400.0), (0, 2400.0, 3600.0)]);
    assert_eq!(metric(&outcome, "in_flight"), 2.0);
    assert_eq!(metric(&outcome, "unplaced"), 2.0);
}

/// A caller that gives up cancels its pod, in the queue or on its node: `first` is cancelled on its node at 10,
/// `second`, which runs then, at 11, and `third` has its 4 s.
#[test]
fn cancelled_pods_leave_queue_and_node() {
    let scenario = "platform.c = { kind = 'kubernetes', nodes = [{ cpu = 2, memory = '4GiB' }] }\n\
                    service.a = { platform = 'c', cpu = 2 }\n\
                    client.log.timeout = '10s'\nclient.log.abandoned = 'cancel'\n";
    let jobs = [(0.0, "a", 60.0), (1.0, "a", 60.0), (5.0, "a", 4.0)];
    let (told, _) = told(&load(&jobs, scenario));
    let expected = [
        ("a".to_owned(), 10.0, Outcome::TimedOut),
        ("a".to_owned(), 11.0, Outcome::TimedOut),
        ("a".to_owned(), 15.0, Outcome::Completed),
    ];
    assert_eq!(told.jobs, expected);
    assert_eq!(told.pods_of("a"), [(0, 0.0, 10.0), (0, 10.0, 11.0), (0, 11.0, 15.0)]);
}

/// Forty replicas that find their nodes at once have not waited; a third one for two nodes does.
#[test]
fn who_finds_a_node_at_once_has_not_waited() {
    let most = |replicas: u32| {
        let outcome = super::run_text(&format!(
            "horizon = '100s'\nclient.c = {{ service = 's', arrivals.constant.rate = '1/s' }}\n\
             service.s = {{ platform = 'c', cpu = 1, replicas = {replicas}, demand.constant = '1ms' }}\n\
             platform.c = {{ kind = 'kubernetes', nodes = [{{ count = 10, cpu = 4, memory = '16GiB' }}] }}\n"
        ));
        super::metric(&outcome, "pods_pending_max")
    };
    assert_eq!([most(40), most(43)], [0.0, 3.0]);
}
