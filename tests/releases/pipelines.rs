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
