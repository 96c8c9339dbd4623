//! From a change to its release, and one change after another.

use super::{SERVERS, busy, metric, outcome};

/// Ten seconds of building, five of tests, one of publishing: the first user is served by the version 16 seconds after
/// the change.
#[test]
fn a_pipeline_takes_its_time() {
    let pipeline =
        "pipeline = { build.constant = '10s', test.constant = '5s', publish.constant = '1s' }";
    let outcome = outcome(&busy(pipeline, SERVERS));
    assert_eq!(metric(&outcome, "lead_time_all_seconds_mean"), Some(16.0));
    let first = metric(&outcome, "lead_time_first_seconds_mean").unwrap();
    assert!((16.0..16.2).contains(&first), "{first}");
}

/// Stages have streams of their own: adding a stage does not change how long another takes.
#[test]
fn stages_are_drawn_for_themselves() {
    let at = |stages: &str| {
        let release = format!("pipeline = {{ {stages} }}");
        metric(&outcome(&busy(&release, SERVERS)), "lead_time_all_seconds_mean").unwrap()
    };
    let (build, test) = ("build.exponential.mean = '5s'", "test.exponential.mean = '5s'");
    let (one, other, both) = (at(build), at(test), at(&format!("{build}, {test}")));
    assert!(one > 0.0 && other > 0.0 && (one - other).abs() > 1e-3);
    assert!((both - one - other).abs() < 1e-9, "{one} {other} {both}");
}

/// A change every ten seconds of a hundred: at 10 s, 20 s, …, 90 s.
#[test]
fn one_version_follows_another() {
    let every =
        |more: &str| busy(&format!("every = '10s'\n{more}"), SERVERS).replace("at = '20s'\n", "");
    let good = outcome(&every(""));
    assert_eq!(metric(&good, "releases"), Some(9.0));
    assert_eq!(metric(&good, "releases_completed"), Some(9.0));
    assert_eq!(metric(&good, "new_version_failed"), Some(0.0));
    // Releases of 20 s each wait for each other: those of 10 s, 30 s, 50 s and 70 s are over.
    let slow = outcome(&every("strategy.canary.steps = [{ weight = 0.5, hold = '20s' }]"));
    assert_eq!(metric(&slow, "releases"), Some(9.0));
    assert_eq!(metric(&slow, "releases_completed"), Some(4.0));
}

/// Each version is bad by chance; a gate takes back those that are, and the next begins from what was before.
#[test]
fn some_versions_are_bad() {
    let run = |bad: f64| {
        let gate = "gate = { every = '1s', least_requests = 50, bake = '5s' }";
        let release = format!("every = '10s'\nversion.failure = 1\nbad = {bad}\n{gate}");
        outcome(&busy(&release, SERVERS).replace("at = '20s'\n", ""))
    };
    let back = |outcome| metric(outcome, "releases_rolled_back").unwrap();
    let (never, sometimes, always) = (run(0.0), run(0.5), run(1.0));
    assert_eq!((back(&never), metric(&never, "new_version_failed")), (0.0, Some(0.0)));
    assert!((1.0..=8.0).contains(&back(&sometimes)), "{}", back(&sometimes));
    assert_eq!(back(&always), 9.0);
    assert_eq!(metric(&always, "releases_completed"), Some(0.0));
    // Every attempt at a bad one fails, and none at a good one.
    for run in [&sometimes, &always] {
        let failed = metric(run, "new_version_failed");
        assert_eq!(metric(run, "bad_version_attempts"), failed);
        assert_eq!(metric(run, "bad_version_failed"), failed);
    }
    assert_eq!(metric(&never, "bad_version_attempts"), Some(0.0));
    let fraction = |run| metric(run, "change_failure_fraction").unwrap();
    assert_eq!((fraction(&never), fraction(&always)), (0.0, 1.0));
    assert_eq!(fraction(&sometimes), back(&sometimes) / 9.0);
}

/// Of ten users, each of whom asks `front` some hundred times a minute, which asks `web`, all come to a bad version of that, and to one
/// that gets one in a million requests none does. Of clients without users or sessions nobody can be counted.
#[test]
fn users_who_come_to_a_bad_version_are_counted_once() {
    let users = |weight: &str, client: &str| {
        let outcome = outcome(&format!(
            "horizon = '100s'
            client.a = {{ service = 'front', {client} }}
            service.front = {{ platform = 'p', demand.constant = '1ms', calls = [{{ service = 'web' }}] }}
            service.web = {{ platform = 'p', demand.constant = '1ms' }}
            platform.p = {{ kind = 'servers', servers = 40 }}
            [release.v2]
            service = 'web'
            at = '20s'
            bad = 1
            version.failure = 0.5
            strategy.canary.steps = [{{ weight = {weight}, hold = '1h' }}]"
        ));
        let (attempts, failed) =
            (metric(&outcome, "bad_version_attempts"), metric(&outcome, "bad_version_failed"));
        if attempts > Some(1000.0) {
            let share = failed.unwrap() / attempts.unwrap();
            assert!((share - 0.5).abs() < 4.0 * 0.5 / attempts.unwrap().sqrt(), "{share}");
        }
        metric(&outcome, "bad_version_users")
    };
    let ten = "users = 10, think_time.exponential.mean = '500ms'";
    assert_eq!(users("0.5", ten), Some(10.0));
    assert_eq!(users("1e-6", ten), Some(0.0));
    assert_eq!(users("0.5", "arrivals.poisson.rate = '20/s'"), None);
    assert_eq!(users("0.5", "sessions = 7, arrivals.poisson.rate = '20/s'"), Some(7.0));
}

/// A canary of a tenth of ten requests a second for half a minute: 30 attempts, fewer than the hundred of which the gate would say
/// something.
#[test]
fn what_no_gate_has_judged_is_told() {
    let unjudged = |more: &str| {
        let canary = "strategy.canary.steps = [{ weight = 0.1, hold = '30s' }]";
        let text = busy(&format!("version.failure = 1\n{canary}\n{more}"), SERVERS);
        let outcome = outcome(&text.replace("100/s", "10/s"));
        (metric(&outcome, "releases_completed"), metric(&outcome, "releases_unjudged"))
    };
    assert_eq!(unjudged("gate.every = '5s'"), (Some(1.0), Some(1.0)));
    assert_eq!(unjudged("gate = { every = '5s', least_requests = 10 }"), (Some(0.0), Some(0.0)));
    assert_eq!(unjudged(""), (Some(1.0), Some(0.0)));
}

/// A canary of 50 s holds up a release a tenth of a second: 299 versions of it are over at once, one after another, and so are the
/// 100,000 steps that hold for no time. None of that takes more of the stack.
#[test]
fn many_steps_at_once_are_taken_one_after_another() {
    let queued = "strategy.canary.steps = [{ weight = 0.5, hold = '50s' }]
        [release.v3]
        service = 'web'
        every = '100ms'";
    let queued = busy(queued, SERVERS).replace("'100s'", "'80s'").replace("100/s", "1/s");
    let steps = "{ weight = 0.5, hold = '0s' }, ".repeat(100_000);
    let steps = busy(&format!("strategy.canary.steps = [{steps}]"), SERVERS);
    for (text, completed) in [(queued, 800.0), (steps, 1.0)] {
        let run = std::thread::Builder::new().stack_size(1 << 20);
        let run = run.spawn(move || metric(&outcome(&text), "releases_completed"));
        assert_eq!(run.unwrap().join().unwrap(), Some(completed));
    }
}

/// Twenty users meet two bad versions and give up each time; they are twenty all the same.
#[test]
fn users_who_give_up_are_counted() {
    for abandoned in ["cancel", "finish"] {
        let outcome = outcome(&format!(
            "horizon = '100s'
            client.a = {{ service = 'front', users = 20, think_time.constant = '100ms', timeout = '1s', abandoned = '{abandoned}' }}
            service.front = {{ platform = 'p', demand.constant = '1ms', calls = [{{ service = 'web' }}] }}
            service.web = {{ platform = 'p', demand.constant = '1ms' }}
            platform.p = {{ kind = 'servers', servers = 4000 }}
            [release.v2]
            service = 'web'
            at = '20s'
            bad = 1
            version.demand.constant = '10s'
            [release.v3]
            service = 'web'
            at = '50s'
            bad = 1
            version.demand.constant = '20s'"
        ));
        assert_eq!(metric(&outcome, "bad_version_users"), Some(20.0), "{abandoned}");
    }
}
