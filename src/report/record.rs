//! requests.csv, series.csv, instances.csv, versions.csv, releases.csv, services.csv and events.csv: what a run tells on its
//! way, streamed into files.

use std::io;

use tempfile::TempPath;

use super::Part;
use super::rows::{Sheet, millis, seconds};
use crate::metric::{
    Doing, EventRow, InstanceRow, Milestone, Recorder, ReleaseRow, RequestRow, SeriesRow,
    ServiceRow, VersionRow,
};
use crate::model::Outcome;
use crate::platform::orchestrator::{ClusterLevels, Counts};
use crate::world::{PlatformKind, Specification};

/// The columns of requests.csv, after `replication` where there are several.
pub const REQUEST_COLUMNS: &[&str] =
    &["sent_s", "client", "service", "outcome", "attempts", "response_ms", "waiting_ms", "cold"];

/// The columns of series.csv, after `replication` where there are several.
pub const SERIES_COLUMNS: &[&str] =
    &["time_s", "platform", "queue_length", "busy", "instances", "starting", "begun"];

/// Those that follow in series.csv where there are clusters.
pub const CLUSTER_COLUMNS: &[&str] = &["nodes", "nodes_booting", "nodes_failed", "pods_pending"];

/// The columns of instances.csv, after `replication` where there are several.
pub const INSTANCE_COLUMNS: &[&str] =
    &["platform", "instance", "host", "application", "state", "from_s", "to_s"];

/// The columns of versions.csv, after `replication` where there are several.
pub const VERSION_COLUMNS: &[&str] = &[
    "time_s",
    "service",
    "version",
    "attempts",
    "share",
    "copies",
    "ended",
    "failed",
    "attempt_ms_p50",
    "attempt_ms_p99",
];

/// The columns of releases.csv, after `replication` where there are several.
pub const RELEASE_COLUMNS: &[&str] =
    &["time_s", "release", "service", "version", "milestone", "weight"];

/// The columns of services.csv, after `replication` where there are several.
pub const SERVICE_COLUMNS: &[&str] = &[
    "time_s",
    "platform",
    "service",
    "wanted",
    "ready",
    "unready",
    "pending",
    "stopping",
    "restarts",
    "failures",
    "evictions",
];

/// The columns of events.csv, after `replication` where there are several.
pub const EVENT_COLUMNS: &[&str] =
    &["time_s", "platform", "event", "service", "pod", "node", "from", "to", "reason"];

/// How many files a scenario may ask for.
pub const RECORDED: usize = 7;

/// The files that a scenario may ask for, and whether it does.
pub fn recorded(specification: &Specification) -> [(&'static str, bool); RECORDED] {
    let output = specification.output;
    let versions = output.series.is_some() && !specification.releases.is_empty();
    let mut kinds = specification.platforms.iter().map(|platform| &platform.kind);
    let clusters =
        output.series.is_some() && kinds.any(|kind| matches!(kind, PlatformKind::Orchestrator(_)));
    [
        ("requests.csv", output.requests),
        ("series.csv", output.series.is_some()),
        ("instances.csv", output.instances),
        ("versions.csv", versions),
        ("releases.csv", versions),
        ("services.csv", clusters),
        ("events.csv", clusters),
    ]
}

/// Writes rows into the files that it is given.
#[derive(Debug)]
pub struct RowRecorder {
    requests: Option<Sheet>,
    series: Option<Sheet>,
    instances: Option<Sheet>,
    versions: Option<Sheet>,
    releases: Option<Sheet>,
    services: Option<Sheet>,
    events: Option<Sheet>,
}

impl RowRecorder {
    /// A recorder for a run into the files of [`recorded`], in that order; with `replication`, that
    /// number leads each row.
    pub fn new(parts: [Option<Part>; RECORDED], replication: Option<u64>) -> Self {
        let sheet = |columns: &[&str], part: Option<Part>| {
            part.map(|part| Sheet::new(part, columns, replication))
        };
        let [requests, series, instances, versions, releases, services, events] = parts;
        Self {
            requests: sheet(REQUEST_COLUMNS, requests),
            series: match &services {
                None => sheet(SERIES_COLUMNS, series),
                Some(_) => sheet(&[SERIES_COLUMNS, CLUSTER_COLUMNS].concat(), series),
            },
            instances: sheet(INSTANCE_COLUMNS, instances),
            versions: sheet(VERSION_COLUMNS, versions),
            releases: sheet(RELEASE_COLUMNS, releases),
            services: sheet(SERVICE_COLUMNS, services),
            events: sheet(EVENT_COLUMNS, events),
        }
    }

    /// Closes the files.
    ///
    /// # Errors
    /// If anything could not be written since the start.
    pub fn finish(self) -> io::Result<[Option<TempPath>; RECORDED]> {
        let close = |sheet: Option<Sheet>| sheet.map(Sheet::finish).transpose();
        Ok([
            close(self.requests)?,
            close(self.series)?,
            close(self.instances)?,
            close(self.versions)?,
            close(self.releases)?,
            close(self.services)?,
            close(self.events)?,
        ])
    }
}

impl Recorder for RowRecorder {
    fn request(&mut self, row: &RequestRow<'_>) {
        let Some(sheet) = &mut self.requests else { return };
        sheet.write([
            seconds(row.sent).as_str(),
            row.client,
            row.service,
            outcome(row.outcome),
            &row.attempts.to_string(),
            &millis(row.response),
            &row.waiting.map(millis).unwrap_or_default(),
            row.cold.map_or("", |cold| if cold { "true" } else { "false" }),
        ]);
    }

    fn sample(&mut self, row: &SeriesRow<'_>) {
        let Some(sheet) = &mut self.series else { return };
        let text = |count: Option<u64>| count.map(|count| count.to_string()).unwrap_or_default();
        let levels = [
            row.queue_length.to_string(),
            row.busy.to_string(),
            text(row.instances),
            text(row.starting),
            row.begun.to_string(),
        ];
        let ClusterLevels { nodes, booting, failed, .. } = row.cluster.unwrap_or_default();
        let pending = row.cluster.map(|cluster| cluster.pending);
        let cluster = self.services.as_ref().map(|_| [nodes, booting, failed, pending].map(text));
        let time = seconds(row.time);
        let levels = levels.iter().chain(cluster.iter().flatten()).map(String::as_str);
        sheet.write([time.as_str(), row.platform].into_iter().chain(levels));
    }

    fn levels(&mut self, _: &SeriesRow<'_>) {}

    fn period(&mut self, row: &InstanceRow<'_>) {
        let Some(sheet) = &mut self.instances else { return };
        sheet.write([
            row.platform,
            &row.instance.to_string(),
            &row.host.map(|host| host.to_string()).unwrap_or_default(),
            row.application,
            match row.doing {
                Doing::Cold => "cold",
                Doing::Busy => "busy",
                Doing::Idle => "idle",
                Doing::Paused => "paused",
                Doing::Resuming => "resuming",
            },
            &seconds(row.from),
            &seconds(row.to),
        ]);
    }

    fn version(&mut self, row: &VersionRow<'_>) {
        let Some(sheet) = &mut self.versions else { return };
        let share = (row.attempts_of_all > 0)
            .then(|| row.attempts as f64 / row.attempts_of_all as f64)
            .map(|share| share.to_string());
        let quantile = |share| row.took.quantile(share).map(millis).unwrap_or_default();
        sheet.write([
            seconds(row.time).as_str(),
            row.service,
            row.version,
            &row.attempts.to_string(),
            &share.unwrap_or_default(),
            &row.copies.to_string(),
            &row.ended.to_string(),
            &row.failed.to_string(),
            &quantile(0.5),
            &quantile(0.99),
        ]);
    }

    fn release(&mut self, row: &ReleaseRow<'_>) {
        let Some(sheet) = &mut self.releases else { return };
        let (milestone, weight) = match row.milestone {
            Milestone::Begun => ("begun", None),
            Milestone::Shifted(weight) => ("shifted", Some(weight)),
            Milestone::Stalled => ("stalled", None),
            Milestone::Overtaken => ("overtaken", None),
            Milestone::TakenBack => ("taken_back", None),
            Milestone::Restored => ("restored", None),
            Milestone::Completed => ("completed", None),
        };
        sheet.write([
            seconds(row.time).as_str(),
            row.release,
            row.service,
            row.version,
            milestone,
            &weight.map(|weight| weight.to_string()).unwrap_or_default(),
        ]);
    }

    fn service(&mut self, row: &ServiceRow<'_>) {
        let Some(sheet) = &mut self.services else { return };
        let of = row.of;
        let Counts { restarts, failures, evictions } = of.counts;
        let levels = [of.wanted, of.ready, of.unready, of.pending, of.stopping];
        let numbers = levels.into_iter().chain([restarts, failures, evictions]);
        let numbers: Vec<String> = numbers.map(|number| number.to_string()).collect();
        let time = seconds(row.time);
        let names = [time.as_str(), row.platform, &of.service];
        sheet.write(names.into_iter().chain(numbers.iter().map(String::as_str)));
    }

    fn event(&mut self, row: &EventRow<'_>) {
        let Some(sheet) = &mut self.events else { return };
        let of = row.of;
        let name = |name: &Option<String>| name.clone().unwrap_or_default();
        let number = |place: usize| of.replicas.map(|all| all[place].to_string());
        sheet.write([
            seconds(of.time).as_str(),
            row.platform,
            of.what.word(),
            &name(&of.service),
            &name(&of.pod),
            &name(&of.node),
            &number(0).unwrap_or_default(),
            &number(1).unwrap_or_default(),
            of.why,
        ]);
    }
}

fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Completed => "completed",
        Outcome::Refused => "refused",
        Outcome::TimedOut => "timed_out",
        Outcome::Failed => "failed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{Span, Time};
    use crate::platform::orchestrator::{ClusterEvent, ServiceLevels, What};
    use crate::stats::Histogram;

    fn event(time: Time) -> ClusterEvent {
        ClusterEvent {
            time,
            what: What::Scaled,
            service: Some("web".to_owned()),
            pod: None,
            node: None,
            replicas: Some([2, 5]),
            why: "cpu above target",
        }
    }

    fn text(replication: Option<u64>) -> String {
        let part = || Some(tempfile::NamedTempFile::new().unwrap());
        let mut recorder = RowRecorder::new([(); RECORDED].map(|()| part()), replication);
        recorder.request(&RequestRow {
            sent: Time::from_nanos(2_000_000_001),
            client: "users, \"all\"",
            service: "web",
            outcome: Outcome::TimedOut,
            attempts: 2,
            response: Span::from_millis(150),
            waiting: None,
            cold: None,
        });
        recorder.sample(&SeriesRow {
            time: Time::from_nanos(10_000_000_000),
            platform: "pool",
            queue_length: 3,
            busy: 4,
            instances: None,
            starting: None,
            begun: 77,
            cluster: Some(ClusterLevels { nodes: Some(4), pending: 6, ..ClusterLevels::default() }),
        });
        recorder.period(&InstanceRow {
            platform: "lambda",
            instance: 5,
            host: Some(2),
            application: "thumbnail",
            started: Time::from_nanos(1_500_000_000),
            doing: Doing::Cold,
            from: Time::from_nanos(1_500_000_000),
            to: Time::from_nanos(2_000_000_000),
        });
        let mut took = Histogram::default();
        took.record(Span::from_millis(80));
        let (time, service, version) = (Time::from_nanos(60_000_000_000), "web", "web@v2");
        recorder.version(&VersionRow {
            time,
            service,
            version,
            attempts: 30,
            attempts_of_all: 120,
            copies: 2,
            ended: 31,
            failed: 4,
            took: &took,
        });
        let milestone = Milestone::Shifted(0.25);
        recorder.release(&ReleaseRow { time, release: "v2", service, version, milestone });
        let counts = Counts { restarts: 6, failures: 7, evictions: 8 };
        let levels = ServiceLevels {
            service: service.to_owned(),
            wanted: 1,
            ready: 2,
            unready: 3,
            pending: 4,
            stopping: 5,
            counts,
        };
        recorder.service(&ServiceRow { time, platform: "k8s", of: &levels });
        recorder.event(&EventRow { platform: "k8s", of: &event(time) });
        recorder
            .finish()
            .unwrap()
            .map(|path| std::fs::read_to_string(path.unwrap()).unwrap())
            .concat()
    }

    #[test]
    fn rows_are_csv() {
        assert_eq!(
            text(None),
            "sent_s,client,service,outcome,attempts,response_ms,waiting_ms,cold\n\
             2.000000001,\"users, \"\"all\"\"\",web,timed_out,2,150,,\n\
             time_s,platform,queue_length,busy,instances,starting,begun,nodes,nodes_booting,nodes_failed,pods_pending\n\
             10,pool,3,4,,,77,4,,,6\n\
             platform,instance,host,application,state,from_s,to_s\n\
             lambda,5,2,thumbnail,cold,1.5,2\n\
             time_s,service,version,attempts,share,copies,ended,failed,attempt_ms_p50,attempt_ms_p99\n\
             60,web,web@v2,30,0.25,2,31,4,80,80\n\
             time_s,release,service,version,milestone,weight\n\
             60,v2,web,web@v2,shifted,0.25\n\
             time_s,platform,service,wanted,ready,unready,pending,stopping,restarts,failures,evictions\n\
             60,k8s,web,1,2,3,4,5,6,7,8\n\
             time_s,platform,event,service,pod,node,from,to,reason\n\
             60,k8s,scaled,web,,,2,5,cpu above target\n"
        );
        let of_3 = text(Some(3));
        let rows: Vec<&str> = of_3.lines().collect();
        assert!(rows[0].starts_with("replication,sent_s,client,"));
        assert_eq!(rows[1], "3,2.000000001,\"users, \"\"all\"\"\",web,timed_out,2,150,,");
        assert!(rows[2].starts_with("replication,time_s,"));
        assert_eq!(rows[3], "3,10,pool,3,4,,,77,4,,,6");
    }
}
