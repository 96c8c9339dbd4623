//! The lives of instances, as they are told, against the figures of the same run.

use std::collections::BTreeMap;
use std::path::Path;

use cloudsched::kernel::Time;
use cloudsched::metric::{Doing, InstanceRow, Recorder, RequestRow, SeriesRow, Value};
use cloudsched::{scenario, world};

/// What an instance did, from when, until when.
type Period = (Doing, Time, Time);

#[derive(Default)]
struct Lives {
    /// By platform and instance.
    periods: BTreeMap<(String, u64), Vec<Period>>,
}

impl Recorder for Lives {
    fn request(&mut self, _: &RequestRow<'_>) {}

    fn sample(&mut self, _: &SeriesRow<'_>) {}

    fn levels(&mut self, _: &SeriesRow<'_>) {}

    fn period(&mut self, row: &InstanceRow<'_>) {
        let key = (row.platform.to_owned(), row.instance);
        self.periods.entry(key).or_default().push((row.doing, row.from, row.to));
    }
}

impl Lives {
    /// Instance-seconds of `platform` spent so.
    fn seconds(&self, platform: &str, doing: &[Doing]) -> f64 {
        let of_platform = self.periods.iter().filter(|((name, _), _)| name == platform);
        let spans = of_platform.flat_map(|(_, periods)| periods);
        spans
            .filter(|(did, ..)| doing.contains(did))
            .map(|(_, from, to)| (*to - *from).as_secs_f64())
            .sum()
    }
}

#[test]
fn periods_follow_each_other_and_add_up_to_the_figures() {
    for name in ["faas-late", "faas-early", "faas-cap", "evictions", "openwhisk", "fn"] {
        let path =
            Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("scenarios/smoke/{name}.toml"));
        let sets = ["output.instances=true".to_owned(), "warm_up=0s".to_owned()];
        let loaded = scenario::load(&path, &sets).unwrap_or_else(|e| panic!("{}", e.render(false)));
        let mut lives = Lives::default();
        let outcome = world::run(&loaded.specification, loaded.seed, Some(&mut lives), None);
        for ((platform, instance), periods) in &lives.periods {
            let here = format!("{name}, {platform} {instance}");
            assert!(periods.iter().all(|(_, from, to)| from < to), "{here}");
            for pair in periods.windows(2) {
                assert_eq!(pair[0].2, pair[1].1, "{here}: a gap");
                // Who serves one waiting request after another is idle in between for no time.
                let again = pair[0].0 == pair[1].0 && pair[0].0 != Doing::Busy;
                assert!(!again, "{here}: one period told as two");
                // A stem cell that is taken starts once more, as an instance of the action.
                let taken = name == "openwhisk" && pair[0].0 == Doing::Idle;
                assert!(pair[1].0 != Doing::Cold || taken, "{here}: started twice");
            }
        }
        for platform in outcome.platforms.iter().filter(|p| p.of.0.instances.is_some()) {
            let metrics = outcome.platform_metrics(&platform.of);
            let mean = |metric: &str| match metrics.iter().find(|(name, _)| *name == metric) {
                Some((_, Some(Value::Real(mean)))) => mean * outcome.measured.as_secs_f64(),
                other => panic!("{metric} is {other:?}"),
            };
            let agree = |metric: &str, doing: &[Doing]| {
                let (told, counted) = (lives.seconds(&platform.name, doing), mean(metric));
                let error = (told - counted).abs();
                assert!(error < 1e-6 * (1.0 + counted), "{name}: {metric}: {told} for {counted}");
            };
            let resting = [Doing::Idle, Doing::Paused, Doing::Resuming];
            agree("instances_mean", &[&[Doing::Cold, Doing::Busy], &resting[..]].concat());
            agree("busy_instances_mean", &[Doing::Busy]);
            agree("idle_instances_mean", &resting);
        }
    }
}
