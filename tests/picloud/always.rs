//! What always holds, of random jobs.

use cloudsched::kernel::{Calendar, Clock, Digest, Time};
use cloudsched::metric::RunOutcome;
use cloudsched::scenario::Loaded;
use cloudsched::world::{Event, World};
use proptest::prelude::*;

use super::{cloud, load};

fn drive(loaded: &Loaded) -> RunOutcome {
    let mut world = World::new(&loaded.specification, loaded.seed, None);
    let mut calendar = Calendar::<Event>::new();
    world.start(&mut calendar);
    let horizon = loaded.specification.horizon.unwrap_or(Time::MAX);
    while !world.is_over() {
        let Some(event) = calendar.pop() else { break };
        if calendar.now() >= horizon {
            break;
        }
        world.handle(event, &mut calendar);
        world.check();
    }
    world.outcome(calendar.now(), Digest::default())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(60) })]
    /// No node holds more than its cores or its memory, nobody waits for cores that are free, and no job
    /// is lost, whatever comes: `World::check` looks after every event.
    #[test]
    fn nodes_hold_what_they_can_and_no_job_is_lost(
        jobs in prop::collection::vec((0_u32..4000, 0_usize..4, 1_u32..4000), 1..60),
        capacity in prop::sample::select(&["capacity.fixed.nodes=2", "capacity='hour-ahead'"][..]),
        reserved in prop::sample::select(&["realtime=[]", "realtime=[{ account = 'own', cores = 3 }]"][..]),
        timeout in prop::sample::select(&["10s", "400s", "10h"][..]),
        abandoned in prop::sample::select(&["finish", "cancel"][..]),
    ) {
        let services = "service.a = { platform = 'cloud', max_runtime = '20m' }\n\
                        service.b = { platform = 'cloud', cores = 2, priority = 3 }\n\
                        service.c = { platform = 'cloud', cores = 4, priority = 1 }\n\
                        service.d = { platform = 'cloud', core_type = 'b', cores = 2, \
                        calls = [{ service = 'a', timeout = '30s' }] }\n\
                        account.own = { services = ['a', 'b'] }\n";
        let mut rows: Vec<_> = jobs
            .iter()
            .map(|(time, service, demand)| {
                (f64::from(*time), ["a", "b", "c", "d"][*service], f64::from(*demand))
            })
            .collect();
        rows.sort_by(|a, b| a.0.total_cmp(&b.0));
        let sets = [
            cloud(capacity),
            cloud(reserved),
            format!("client.log.timeout={timeout}"),
            format!("client.log.abandoned={abandoned}"),
            "service.a.demand.constant=50s".to_owned(),
        ];
        let sets: Vec<&str> = sets.iter().map(String::as_str).collect();
        let total = drive(&load(&rows, services, &sets)).total();
        let ended = total.completed + total.failed + total.timed_out;
        prop_assert_eq!((total.requests, ended, total.refused), (rows.len() as u64, rows.len() as u64, 0));
    }
}
