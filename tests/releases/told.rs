//! What is told of releases while a run goes on: what each version served, and how far a release has come.

use super::{FUNCTIONS, SERVERS, busy, outcome, service};
use cloudsched::kernel::Seed;
use cloudsched::metric::{
    InstanceRow, Milestone, Recorder, ReleaseRow, RequestRow, SeriesRow, VersionRow,
};
use cloudsched::scenario::load_text;
use cloudsched::world::run;
use std::path::Path;

/// A sample of a version: when, which, its attempts, those of all, copies, what ended, what failed, and whether times
/// of attempts are known.
type Sample = (f64, String, u64, u64, u64, u64, u64, bool);

#[derive(Default)]
struct Told {
    versions: Vec<Sample>,
    releases: Vec<(f64, String, Milestone)>,
}

impl Recorder for Told {
    fn request(&mut self, _: &RequestRow<'_>) {}

    fn sample(&mut self, _: &SeriesRow<'_>) {}

    fn levels(&mut self, _: &SeriesRow<'_>) {}

    fn period(&mut self, _: &InstanceRow<'_>) {}

    fn version(&mut self, row: &VersionRow<'_>) {
        assert_eq!(row.service, "web");
        let VersionRow { attempts, attempts_of_all, copies, ended, failed, .. } = *row;
        let (time, took) = (row.time.as_secs_f64(), row.took.count() > 0);
        let version = row.version.to_owned();
        self.versions.push((time, version, attempts, attempts_of_all, copies, ended, failed, took));
    }

    fn release(&mut self, row: &ReleaseRow<'_>) {
        assert_eq!((row.service, row.release), ("web", "v2"));
        self.releases.push((row.time.as_secs_f64(), row.version.to_owned(), row.milestone));
    }
}

/// What is told of a scenario, sampled every 10 s, and its digest.
fn told(text: &str) -> (Told, String) {
    let text = format!("output.series.every = '10s'\n{text}");
    let loaded = load_text("test.toml", &text, Path::new(""), "test", &[])
        .unwrap_or_else(|error| panic!("{}", error.render(false)));
    let mut told = Told::default();
    let outcome = run(&loaded.specification, Seed::new(1), Some(&mut told), None);
    (told, outcome.digest.to_string())
}

const CANARY: &str = "version.failure = 1\n\
    strategy.canary.steps = [{ weight = 0.2, hold = '30s' }, { weight = 0.5, hold = '25s' }]";

/// At 20 s a fifth, at 50 s half, at 75 s all; whatever is served by the new version fails.
#[test]
fn each_version_has_its_share_and_its_failures() {
    let (told, digest) = told(&busy(CANARY, SERVERS));
    let milestones = [
        (20.0, Milestone::Begun),
        (20.0, Milestone::Shifted(0.2)),
        (50.0, Milestone::Shifted(0.5)),
        (75.0, Milestone::Shifted(1.0)),
        (75.0, Milestone::Completed),
    ];
    let milestones = milestones.map(|(time, what)| (time, "web@v2".to_owned(), what));
    assert_eq!(told.releases, milestones);
    for (time, version, attempts, all, copies, ended, failed, took) in &told.versions {
        let share = *attempts as f64 / *all as f64;
        let expected = match *time {
            ..=20.0 => 0.0,
            ..=50.0 => 0.2,
            ..=70.0 => 0.5,
            ..=80.0 => 0.75,
            _ => 1.0,
        };
        // A thousand attempts in ten seconds: four standard deviations are 0.064 at most.
        let (expected, all_failed) = match version.as_str() {
            "web" => (1.0 - expected, 0),
            "web@v2" => (expected, *ended),
            other => panic!("{other}"),
        };
        assert!((share - expected).abs() < 0.065, "{version} at {time}: {share}");
        assert_eq!((*failed, *copies), (all_failed, 0));
        assert_eq!(*took, *ended > *failed);
    }
    // Both versions while both are in use, and the old one no longer than it serves anybody.
    let times = |version: &str| {
        let of = told.versions.iter().filter(|(_, name, ..)| name == version);
        of.map(|(time, ..)| *time).collect::<Vec<f64>>()
    };
    let tens = |from: u32, to: u32| (from..=to).map(|n| f64::from(n) * 10.0).collect::<Vec<f64>>();
    assert_eq!((times("web"), times("web@v2")), (tens(1, 8), tens(2, 10)));
    // To be told of it changes nothing.
    let untold = outcome(&busy(CANARY, SERVERS));
    assert_eq!(digest, untold.digest.to_string());
    let ended: u64 = told.versions.iter().map(|(.., ended, _, _)| *ended).sum();
    let web = service(&untold, "web");
    assert_eq!(ended, web.completed + web.failed);
}

#[test]
fn a_release_that_is_taken_back_says_so() {
    let gate = "version.failure = 0.5\ngate = { every = '5s', bake = '30s' }";
    let (told, _) = told(&busy(gate, FUNCTIONS));
    let what: Vec<Milestone> = told.releases.iter().map(|(.., what)| *what).collect();
    let expected =
        [Milestone::Begun, Milestone::Shifted(1.0), Milestone::TakenBack, Milestone::Restored];
    assert_eq!(what, expected);
    // The first look, at 25 s, has seen some 400 attempts, half of which failed.
    assert_eq!(told.releases[2].0, 25.0);
}

/// Copies are no traffic, but what they do is seen.
#[test]
fn copies_are_told_apart() {
    let (told, _) = told(&busy(
        "strategy.shadow = { copies = 0.5, hold = '40s' }\nversion.failure = 1",
        SERVERS,
    ));
    let of_copies = |time: f64| {
        told.versions.iter().find(|(at, name, ..)| *at == time && name == "web@v2").unwrap()
    };
    let (_, _, attempts, all, copies, ended, failed, _) = of_copies(40.0);
    assert!(*attempts == 0 && *copies > 400 && *copies < *all && ended == failed && *ended > 400);
}

#[test]
fn nothing_is_told_without_a_release() {
    let plain = busy("", SERVERS).split("[release.v2]").next().unwrap().to_owned();
    let (told, _) = told(&plain);
    assert!(told.versions.is_empty() && told.releases.is_empty());
}
