//! Managers of a swarm: what waits while too few of them are there, and what goes on.

use cloudsched::model::Outcome;

use super::{load, metric, run_text, told};

/// Three managers, of which the first leads, and two workers, on which all tasks are.
const SWARM: &str = "kind = 'docker-swarm', scheduler.swarm.constraints = ['node.role == worker'], nodes = [\
    { name = 'leader', managers = 1, cpu = 2, memory = '8GiB', labels.is = 'leader' }, \
    { name = 'other', count = 2, managers = 2, cpu = 2, memory = '8GiB', labels.is = 'other' }, \
    { name = 'w', cpu = 4, memory = '8GiB', labels.is = 'w' }, \
    { name = 'v', cpu = 4, memory = '8GiB', labels.is = 'v' }]";

/// A request each second, from 10 to 600, to a service of two replicas of that swarm; and its faults.
fn run(faults: &str, more: &str) -> (super::Told, cloudsched::metric::RunOutcome) {
    let jobs: Vec<_> = (10..600).map(|at| (f64::from(at) + 0.5, "s", 0.0)).collect();
    let scenario = format!(
        "platform.c = {{ {SWARM} }}\n\
         service.s = {{ platform = 'c', cpu = 1, replicas = 2, {more} }}\n{faults}"
    );
    told(&load(&jobs, &scenario))
}

fn fault(name: &str, whom: &str, at: u32, lasts: &str) -> String {
    format!("fault.{name} = {{ platform = 'c', match = 'is={whom}', at = ['{at}s']{lasts} }}\n")
}

/// When the third pod of the service got its node.
fn third(told: &super::Told) -> f64 {
    let mut pods = told.pods_of("s");
    pods.sort_by(|a, b| a.1.total_cmp(&b.1));
    pods[2].1
}

/// Two of three managers are away from 100 to 300, and a worker is gone from 150 on. Its task is not replaced while there is
/// no quorum, though requests go to the other one. One of 10 to 20 s after 300 leads, gives the worker 30 s, and replaces the
/// task, which starts 5 s later. With a quorum, it would be after 15 s.
#[test]
fn without_a_quorum_tasks_go_on_and_none_is_replaced() {
    let lost = fault("w", "w", 150, "");
    let (with, outcome) = run(&lost, "");
    assert!((160.0..=166.0).contains(&third(&with)), "{}", third(&with));
    assert_eq!(metric(&outcome, "leaderless_seconds"), 0.0);
    let away = ", lasts.constant = '200s'";
    let managers = fault("l", "leader", 100, away)
        + "fault.o = { platform = 'c', match = 'kubernetes.io/hostname=other-0', at = ['100s'], lasts.constant = '200s' }\n";
    let (without, outcome) = run(&(lost + &managers), "");
    let leaderless = metric(&outcome, "leaderless_seconds");
    assert!((210.0..=220.0).contains(&leaderless), "{leaderless}");
    assert!((third(&without) - (100.0 + leaderless + 30.0)).abs() < 1e-6, "{}", third(&without));
    let failed: Vec<f64> =
        without.jobs.iter().filter(|job| job.2 != Outcome::Completed).map(|job| job.1).collect();
    assert!((5..=9).contains(&failed.len()) && failed[0] == 150.5, "{failed:?}");
}

/// The leader is gone: the other two elect one of them within 10 to 20 s. A container that ends meanwhile is replaced then.
#[test]
fn the_loss_of_the_leader_alone_is_a_pause() {
    let faults = fault("l", "leader", 100, "")
        + "fault.c = { platform = 'c', kind = 'container-crash', service = 's', at = ['105s'] }\n";
    let (told, outcome) = run(&faults, "");
    let leaderless = metric(&outcome, "leaderless_seconds");
    assert!((10.0..20.0).contains(&leaderless), "{leaderless}");
    let back = 100.0 + leaderless;
    assert!((third(&told) - back).abs() < 1e-6, "{}", third(&told));
    assert!(told.pods_of("s").iter().all(|pod| pod.2 > back), "nobody takes it away before");
}

/// The leader alone is left for a time. If that is less than 10 s it goes on when the others are back, else one of them all is
/// elected. So does one that was cut off, where nobody else was elected meanwhile.
#[test]
fn a_leader_that_is_left_alone_leads_no_more_after_ten_seconds() {
    let leaderless = |whom: &str, seconds: u32, kind: &str| {
        let lasts = format!(", kind = '{kind}', lasts.constant = '{seconds}s'");
        metric(&run(&fault("o", whom, 100, &lasts), "").1, "leaderless_seconds")
    };
    assert_eq!(leaderless("other", 9, "crash"), 9.0);
    assert_eq!(leaderless("leader", 9, "partition"), 9.0);
    let longer = leaderless("other", 15, "crash");
    assert!((25.0..35.0).contains(&longer), "{longer}");
    let crashed = leaderless("leader", 9, "crash");
    assert!((10.0..20.0).contains(&crashed), "a leader that starts anew waits: {crashed}");
}

/// A release at 150 waits for the quorum that is back at 300.
#[test]
fn a_rollout_waits_for_a_quorum() {
    let managers = fault("o", "other", 100, ", lasts.constant = '200s'");
    let release = "release.r = { service = 's', at = ['150s'], strategy = 'rolling' }\n";
    let (told, outcome) = run(&(managers + release), "");
    let back = 100.0 + metric(&outcome, "leaderless_seconds");
    let first = told.pods_of("s@r").iter().map(|pod| pod.1).fold(f64::INFINITY, f64::min);
    assert!((back..back + 2.0).contains(&first), "{first}: when the first old one has ended");
    assert_eq!(metric(&outcome, "releases_completed"), 1.0);
}

/// What a node had is over when it starts again after 3 s: by Swarm a new task takes the place, which starts 5 s later and gets
/// requests a second after that; by Kubernetes it starts where it was.
#[test]
fn a_node_starts_no_task_again_by_itself() {
    let pods = |kind: &str| {
        let scenario = format!(
            "platform.c = {{ kind = '{kind}', nodes = [{{ cpu = 2, memory = '8GiB' }}] }}\n\
             service.s = {{ platform = 'c', cpu = 1, replicas = 1 }}\n\
             fault.f = {{ platform = 'c', at = ['100s'], lasts.constant = '3s' }}\n"
        );
        told(&load(&[(50.0, "s", 0.0), (107.0, "s", 0.0), (110.0, "s", 0.0)], &scenario)).0
    };
    let swarm = pods("docker-swarm");
    assert_eq!(swarm.pods_of("s"), [(0, 0.0, 104.0), (0, 103.0, 110.0)]);
    let ended: Vec<Outcome> = swarm.jobs.iter().map(|job| job.2).collect();
    assert_eq!(ended, [Outcome::Completed, Outcome::Refused, Outcome::Completed]);
    assert_eq!(pods("kubernetes").pods_of("s"), [(0, 0.0, 110.0)]);
}

/// Managers that work for 1,000 s and are away for 100 s on average are there with probability a = 10/11. Of n of them more than
/// half are there with the sum of the upper part of Binomial(n, a): an even number bears no more than one less. How many are there
/// is a chain of births and deaths, of which the variance of a share of time is known: over T, with steps from k to k + 1 at rate u(k)
/// and probabilities p, it is 2/T times the sum over k of (sum over j up to k of p(j) (f(j) - mean f))^2 / (u(k) p(k)).
#[test]
fn a_quorum_is_there_as_the_binomial_distribution_has_it() {
    let (time, up, down) = (2e6, 1.0 / 100.0, 1.0 / 1000.0);
    let there: f64 = up / (up + down);
    for n in [1_i32, 2, 3, 4, 5] {
        let power = |base: f64, times: i32| libm::pow(base, f64::from(times));
        let choose = |k: i32| (0..k).fold(1.0, |all, i| all * f64::from(n - i) / f64::from(i + 1));
        let p = |k: i32| choose(k) * power(there, k) * power(1.0 - there, n - k);
        let f = |k: i32| f64::from(u8::from(k > n / 2));
        let mean: f64 = (0..=n).map(|k| p(k) * f(k)).sum();
        let up_to = |k: i32| (0..=k).map(|j| p(j) * (f(j) - mean)).sum::<f64>();
        let rate = |k: i32| f64::from(n - k) * up;
        let variance: f64 =
            (0..n).map(|k| 2.0 * power(up_to(k), 2) / (rate(k) * p(k)) / time).sum();
        let outcome = run_text(&format!(
            "horizon = '{time}s'\n\
             client.c = {{ service = 's', arrivals.constant.rate = '1/h' }}\n\
             service.s = {{ platform = 'c', cpu = 1, replicas = 1, demand.constant = '0s' }}\n\
             platform.c = {{ kind = 'docker-swarm', election = {{ least = '0s', most = '0s' }}, \
             nodes = [{{ count = {n}, managers = {n}, cpu = 1, memory = '1GiB' }}] }}\n\
             fault.f = {{ platform = 'c', between.exponential.mean = '1000s', lasts.exponential.mean = '100s' }}\n"
        ));
        let seen = 1.0 - metric(&outcome, "leaderless_seconds") / time;
        assert!((seen - mean).abs() < 4.0 * variance.sqrt(), "{n}: {seen}, not {mean}");
    }
}

/// The leader has one of two replicas and is gone from 100 s on. Requests are sent there in vain until its heartbeats have been missing
/// for 15 s, which is 10 to 15 s after that, whether another one leads by then, after 10 to 20 s, or not. That one gives the node 30 s.
#[test]
fn requests_leave_a_lost_leader_when_its_heartbeats_are_missed() {
    let jobs: Vec<_> = (200..400).map(|at| (f64::from(at) / 2.0 + 0.25, "s", 0.0)).collect();
    for seed in 1..=8 {
        let scenario = format!(
            "seed = {seed}\n\
             platform.c = {{ kind = 'docker-swarm', nodes = [{{ name = 'm', count = 3, managers = 3, cpu = 1, memory = '1GiB' }}] }}\n\
             service.s = {{ platform = 'c', cpu = 1, replicas = 2 }}\n\
             fault.f = {{ platform = 'c', match = 'kubernetes.io/hostname=m-0', at = ['100s'] }}\n"
        );
        let (told, outcome) = told(&load(&jobs, &scenario));
        let failed = told.jobs.iter().filter(|job| job.2 != Outcome::Completed).map(|job| job.1);
        let last = failed.fold(0.0, f64::max);
        assert!((109.0..=115.0).contains(&last), "seed {seed}: {last}");
        let third = third(&told);
        let leaderless = metric(&outcome, "leaderless_seconds");
        assert!((third - (100.0 + leaderless + 30.0)).abs() < 1e-6, "seed {seed}: {third}");
    }
}
