//! The catalogue of metrics: every name that a user meets, what it means and how it is computed.

use serde::{Deserialize, Serialize};

use super::formula::{
    count, detection, gib_s, greatest, hours, idle, longest, mean, millis, of_instances,
    of_messages, of_nodes, of_pods, phase_count, phase_mean, phase_p99, quantile, ratio, recovery,
    seconds, starts,
};
use super::{Observed, PlatformFigures, ReleaseFigures, RequestFigures};
use crate::kernel::Span;
use crate::platform::faas::Phase;
use crate::quantity::Money;
use crate::stats::Histogram;

/// The value of a metric; in JSON a number, a measure always with a point or an exponent.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// A whole number of things.
    Count(u64),
    /// A measure.
    Real(f64),
}

impl Value {
    /// The value as a number.
    pub fn as_f64(self) -> f64 {
        match self {
            Self::Count(count) => count as f64,
            Self::Real(real) => real,
        }
    }
}

/// How a metric is computed, and of what.
#[derive(Clone, Copy, Debug)]
pub enum Of {
    /// Of requests: for a client, a service, or all that clients sent.
    Requests(fn(&RequestFigures, Span) -> Option<Value>),
    /// A quantile of spans of requests: of which, and at which fraction.
    Quantile((fn(&RequestFigures) -> &Histogram, f64)),
    /// Of a platform, or of all platforms.
    Platform(fn(&PlatformFigures, Span) -> Option<Value>),
    /// Of a release, or of all releases.
    Release(fn(&ReleaseFigures) -> Option<Value>),
    /// Of the bill and the number of requests.
    Cost(fn(Money, u64) -> Option<Value>),
}

/// An entry of the catalogue.
#[derive(Clone, Copy, Debug)]
pub struct Metric {
    /// Its name, the same in JSON, CSV and charts; the last part is its unit.
    pub name: &'static str,
    /// One sentence: what it is.
    pub summary: &'static str,
    /// How it is computed.
    pub of: Of,
}

impl Metric {
    /// How many observations a metric is an average of; `None` of totals and greatest values, which
    /// grow with the time that is measured.
    ///
    /// ```
    /// use cloudsched::metric::METRICS;
    /// let named = |name| METRICS.iter().find(|metric| metric.name == name).unwrap();
    /// assert!(named("response_ms_p99").averaged().is_some());
    /// assert!(named("requests").averaged().is_none());
    /// assert!(named("response_ms_max").averaged().is_none());
    /// ```
    pub fn averaged(&self) -> Option<fn(&Observed) -> u64> {
        let begins = |start: &str| self.name.starts_with(start);
        let ends = |end: &str| self.name.ends_with(end);
        match () {
            () if ends("_max") => None,
            () if begins("response_ms_") => Some(|all| all.requests.response.count()),
            () if begins("waiting_ms_") => Some(|all| all.requests.waiting.count()),
            () if begins("service_ms_") => Some(|all| all.requests.service.count()),
            () if begins("cold_start_placement_") => Some(|all| phase_count(all, Phase::Placement)),
            () if begins("cold_start_sandbox_") => Some(|all| phase_count(all, Phase::Sandbox)),
            () if begins("cold_start_code_") => Some(|all| phase_count(all, Phase::Code)),
            () if begins("cold_start_runtime_") => Some(|all| phase_count(all, Phase::Runtime)),
            () if begins("cold_start_init_") => Some(|all| phase_count(all, Phase::Init)),
            () if begins("cold_start_restore_") => Some(|all| phase_count(all, Phase::Restore)),
            () if begins("cold_start_ms_") => Some(|all| all.requests.cold_start.count()),
            () if begins("message_age_") => Some(|all| all.requests.message_age().count()),
            () if begins("batch_size_") => {
                Some(|all| all.requests.messages.as_ref().map_or(0, |messages| messages.batches))
            }
            () if begins("backlog_") => Some(|all| all.requests.requests),
            () if begins("time_to_detect_ms_") => Some(|all| detection(&all.platforms).count()),
            () if begins("time_to_recover_ms_") => Some(|all| recovery(&all.platforms).count()),
            () if begins("gpu_") || begins("lead_time_") || ends("_seconds_mean") => None,
            () if begins("pod_waiting_") => {
                Some(|all| all.platforms.nodes.as_ref().map_or(0, |of| of.pod_waiting.count()))
            }
            () if begins("stranded_") => Some(|all| all.platforms.begun),
            () if ends("_fraction") => Some(|all| starts(&all.requests).1),
            () if begins("availability") => Some(|all| all.requests.requests),
            () if begins("throughput_") => Some(|all| all.requests.completed),
            () if ends("_mean") || ends("utilisation") => Some(|all| all.platforms.begun),
            () if ends("_per_million_requests") => Some(|all| all.requests.requests),
            () => None,
        }
    }
}

impl Of {
    /// The value of a metric of requests, over this measured time; `None` if it is of something else.
    pub(super) fn of_requests(&self, requests: &RequestFigures, time: Span) -> Option<Value> {
        match self {
            Self::Requests(compute) => compute(requests, time),
            Self::Quantile((spans, fraction)) => {
                let found = spans(requests).quantile(*fraction);
                found.map(|span| Value::Real(span.as_millis_f64()))
            }
            Self::Platform(_) | Self::Release(_) | Self::Cost(_) => None,
        }
    }
}

macro_rules! metrics {
    ($($name:literal, $of:ident, $summary:literal, $compute:expr;)*) => {
        &[$(Metric { name: $name, summary: $summary, of: Of::$of($compute) }),*]
    };
}

/// All metrics, in the order of their columns.
pub const METRICS: &[Metric] = metrics! {
    "requests", Requests, "Requests sent after the warm-up.", |r, _| count(r.requests);
    "completed", Requests, "Requests that were answered.", |r, _| count(r.completed);
    "refused", Requests, "Requests whose last attempt was turned away.", |r, _| count(r.refused);
    "timed_out", Requests, "Requests whose last attempt was not answered in time.",
        |r, _| count(r.timed_out);
    "failed", Requests, "Requests whose last attempt was answered with an error.",
        |r, _| count(r.failed);
    "in_flight", Requests, "Requests that had not ended when the run did.",
        |r, _| count(r.in_flight());
    "slow_requests", Requests, "Requests that were answered and took longer than `output.slow`.",
        |r, _| r.slow_requests().map(Value::Count);
    "attempts", Requests, "Attempts sent: first ones and retries.", |r, _| count(r.attempts);
    "availability", Requests, "Requests that completed over those that ended: a share, 0 to 1.",
        |r, _| ratio(r.completed as f64, (r.completed + r.refused + r.timed_out + r.failed) as f64);
    "throughput_per_s", Requests,
        "Requests sent after the warm-up that completed, over measured time.",
        |r, time| ratio(r.completed as f64, time.as_secs_f64());
    "response_ms_mean", Requests,
        "Mean time from the first sending of a request to its answer, as its caller sees it.",
        |r, _| millis(r.response.mean());
    "response_ms_sd", Requests, "Standard deviation of the response time.",
        |r, _| millis(r.response.sd());
    "response_ms_p50", Quantile, "Median of the response time.",
        (|r| &r.response, 0.5);
    "response_ms_p90", Quantile, "90th percentile of the response time.",
        (|r| &r.response, 0.9);
    "response_ms_p95", Quantile, "95th percentile of the response time.",
        (|r| &r.response, 0.95);
    "response_ms_p99", Quantile, "99th percentile of the response time.",
        (|r| &r.response, 0.99);
    "response_ms_p999", Quantile, "99.9th percentile of the response time.",
        (|r| &r.response, 0.999);
    "response_ms_max", Requests, "The longest response time.", |r, _| greatest(&r.response);
    "waiting_ms_mean", Requests,
        "Mean time from reaching the platform to the beginning of service, cold starts included.",
        |r, _| millis(r.waiting.mean());
    "waiting_ms_p50", Quantile, "Median of the waiting time.", (|r| &r.waiting, 0.5);
    "waiting_ms_p99", Quantile, "99th percentile of the waiting time.",
        (|r| &r.waiting, 0.99);
    "waiting_ms_max", Requests, "The longest waiting time.", |r, _| greatest(&r.waiting);
    "service_ms_mean", Requests,
        "Mean time from the beginning of service to its end, calls to other services included.",
        |r, _| millis(r.service.mean());
    "cold_starts", Requests,
        "Attempts whose instance was still starting when they began to wait for it.",
        |r, _| Some(starts(r).0).filter(|_| starts(r).1 > 0).map(Value::Count);
    "warm_starts", Requests, "Attempts served by an instance that was already running.",
        |r, _| Some(r.warm_starts).filter(|_| starts(r).1 > 0).map(Value::Count);
    "cold_start_fraction", Requests, "Cold starts over cold and warm starts.",
        |r, _| ratio(starts(r).0 as f64, starts(r).1 as f64);
    "cold_start_ms_mean", Requests, "Mean time that a cold attempt waited.",
        |r, _| millis(r.cold_start.mean());
    "cold_start_ms_p50", Quantile, "Median time that a cold attempt waited.",
        (|r| &r.cold_start, 0.5);
    "cold_start_ms_p99", Quantile, "99th percentile of the time that a cold attempt waited.",
        (|r| &r.cold_start, 0.99);
    "messages", Requests, "Messages that event sources accepted.",
        |r, _| of_messages(r, |m| count(m.accepted));
    "batches", Requests, "Batches of messages given to services, tries again included.",
        |r, _| of_messages(r, |m| count(m.batches));
    "batch_size_mean", Requests, "Mean number of messages in a batch.",
        |r, _| of_messages(r, |m| ratio(m.delivered as f64, m.batches as f64));
    "redeliveries", Requests, "Messages in batches that had been given to the service before.",
        |r, _| of_messages(r, |m| count(m.redeliveries));
    "dead_letters", Requests, "Messages that were given up.",
        |r, _| of_messages(r, |m| count(m.dead_letters));
    "message_age_ms_mean", Requests, "Mean time from the sending of a message to its processing.",
        |r, _| millis(r.message_age().mean());
    "message_age_ms_p99", Quantile, "99th percentile of the time from sending to processing.",
        (RequestFigures::message_age, 0.99);
    "backlog_mean", Requests, "Mean number of messages that were accepted and not at the service.",
        |r, time| of_messages(r, |m| mean(m.backlog?, time));
    "backlog_max", Requests, "Most messages at once that were accepted and not at the service.",
        |r, _| of_messages(r, |m| m.backlog?.max.map(Value::Count));
    "instance_starts", Platform, "Instances started.",
        |p, _| of_instances(p, |i| count(i.starts));
    "cold_start_placement_ms_mean", Platform, "Mean time to find a place for an instance that started.",
        |p, _| phase_mean(p, Phase::Placement);
    "cold_start_placement_ms_p99", Platform, "99th percentile of the time to find a place for an instance that started.",
        |p, _| phase_p99(p, Phase::Placement);
    "cold_start_sandbox_ms_mean", Platform, "Mean time to boot the microVM or container of an instance that started.",
        |p, _| phase_mean(p, Phase::Sandbox);
    "cold_start_sandbox_ms_p99", Platform, "99th percentile of the time to boot the microVM or container of an instance that started.",
        |p, _| phase_p99(p, Phase::Sandbox);
    "cold_start_code_ms_mean", Platform, "Mean time to fetch the code of an instance that started.",
        |p, _| phase_mean(p, Phase::Code);
    "cold_start_code_ms_p99", Platform, "99th percentile of the time to fetch the code of an instance that started.",
        |p, _| phase_p99(p, Phase::Code);
    "cold_start_runtime_ms_mean", Platform, "Mean time to start the language runtime of an instance.",
        |p, _| phase_mean(p, Phase::Runtime);
    "cold_start_runtime_ms_p99", Platform, "99th percentile of the time to start the language runtime of an instance.",
        |p, _| phase_p99(p, Phase::Runtime);
    "cold_start_init_ms_mean", Platform, "Mean time to load the package and initialise the function, at the start of an instance.",
        |p, _| phase_mean(p, Phase::Init);
    "cold_start_init_ms_p99", Platform, "99th percentile of the time to load the package and initialise the function, at the start of an instance.",
        |p, _| phase_p99(p, Phase::Init);
    "cold_start_restore_ms_mean", Platform, "Mean time to restore the snapshot of an instance that started from one.",
        |p, _| phase_mean(p, Phase::Restore);
    "cold_start_restore_ms_p99", Platform, "99th percentile of the time to restore the snapshot of an instance that started from one.",
        |p, _| phase_p99(p, Phase::Restore);
    "evictions", Platform, "Idle instances that went because another needed their room.",
        |p, _| of_instances(p, |i| count(i.evictions));
    "expirations", Platform, "Idle instances whose keep-alive window ran out.",
        |p, _| of_instances(p, |i| count(i.expirations));
    "recycled", Platform, "Idle instances that had lived for as long as they may.",
        |p, _| of_instances(p, |i| count(i.recycled));
    "resumes", Platform, "Paused instances that resumed for a request.",
        |p, _| of_instances(p, |i| i.paused.map(|(_, resumes)| Value::Count(resumes)));
    "pre_warms", Platform, "Instances started ahead of requests, by a policy or as stem cells.",
        |p, _| of_instances(p, |i| count(i.pre_warms));
    "pre_warms_unused", Platform, "Instances started ahead of requests that went unused.",
        |p, _| of_instances(p, |i| count(i.pre_warms_unused));
    "provisioned_utilisation", Platform,
        "Provisioned instances that served over those that had started.",
        |p, time| of_instances(p, |i| {
            let all = i.provisioned?;
            ratio(all.busy.mean(time)?, all.instances.mean(time)?)
        });
    "spillover", Platform,
        "Requests that found no provisioned instance with room when they came.",
        |p, _| of_instances(p, |i| i.provisioned.and_then(|all| count(all.spillover)));
    "instances_mean", Platform, "Mean number of instances, starting ones included.",
        |p, time| of_instances(p, |i| mean(i.instances, time));
    "instances_max", Platform, "Most instances at once.",
        |p, _| of_instances(p, |i| i.instances.max.map(Value::Count));
    "idle_instances_mean", Platform, "Mean number of instances that were warm and served nobody, paused ones included.",
        |p, time| of_instances(p, |i| mean(idle(i.instances, i.starting, i.busy), time));
    "paused_instances_mean", Platform, "Mean number of those that were paused.",
        |p, time| of_instances(p, |i| mean(i.paused?.0, time));
    "busy_instances_mean", Platform, "Mean number of instances that served.",
        |p, time| of_instances(p, |i| mean(i.busy, time));
    "utilisation", Platform,
        "Busy servers over servers, or busy cores over those of rented machines; what is held is busy.",
        |p, time| match (p.servers, p.cores) {
            (Some(servers), _) => ratio(servers.busy.mean(time)?, servers.mean(time)?),
            (None, Some(cores)) => ratio(cores.busy.mean(time)?, cores.cores.mean(time)?),
            (None, None) => None,
        };
    "servers_mean", Platform, "Mean number of servers, those that boot, drain or are dead included.",
        |p, time| p.servers?.mean(time).map(Value::Real);
    "servers_max", Platform, "Most servers at once.", |p, _| p.servers?.max().map(Value::Count);
    "server_starts", Platform, "Servers started after the start of the run, where they come and go.",
        |p, _| p.servers?.group.map(|group| Value::Count(group.starts));
    "instance_hours", Platform, "Hours of instances and of servers that were there, starting ones included.",
        hours;
    "host_cpu_utilisation", Platform, "CPU used on nodes of clusters and where containers share it, else reserved by serving instances, over CPU of all hosts.",
        |p, time| of_instances(p, |i| ratio(i.busy_cpu?.mean(time)?, i.hosts?.cpu_mean(time)?));
    "host_gpu_utilisation", Platform, "What instances have of GPUs over all GPUs of all hosts.",
        |p, time| of_instances(p, |i| ratio(i.busy_gpus?.mean(time)?, i.hosts?.gpus_mean(time)?));
    "gpu_allocation_fraction", Platform,
        "What instances have of GPUs at the end of the run over all GPUs of all hosts.",
        |p, _| of_instances(p, |i| ratio(p.gpus_at_end? as f64, i.hosts?.gpus_at_end() as f64));
    "gpu_fragmentation_fraction", Platform,
        "What lies idle of GPUs at the end of the run and is of no use to a pod, on average over the typical pods of the workload, over all GPUs.",
        |p, _| of_instances(p, |i| ratio(p.gpu_fragmentation?, i.hosts?.gpus_at_end() as f64));
    "stranded_cpu_fraction", Platform,
        "Free CPU of nodes where pods of the workload have no room, over CPU of all hosts.",
        |p, time| of_instances(p, |i| ratio(p.stranded?[0].mean(time)?, i.hosts?.cpu_mean(time)?));
    "stranded_memory_fraction", Platform,
        "Free memory of nodes where pods of the workload have no room, over memory of all hosts.",
        |p, time| of_instances(p, |i| ratio(p.stranded?[1].mean(time)?, i.hosts?.memory_mean(time)?));
    "host_memory_utilisation", Platform, "Memory of serving instances over memory of all hosts.",
        |p, time| of_instances(p, |i| ratio(i.busy_memory.mean(time)?, i.hosts?.memory_mean(time)?));
    "queue_length_mean", Platform, "Mean number of requests that waited.",
        |p, time| mean(p.waiting, time);
    "queue_length_max", Platform, "Most requests that waited at once.",
        |p, _| p.waiting.max.map(Value::Count);
    "wasted_memory_gib_s", Platform, "Memory held by idle instances, over time.",
        |p, _| of_instances(p, |i| gib_s(idle(i.memory, i.starting_memory, i.busy_memory)));
    "busy_memory_gib_s", Platform, "Memory of instances while they served, over time.",
        |p, _| of_instances(p, |i| gib_s(i.busy_memory));
    "placements", Platform, "Instances placed on a host.",
        |p, _| of_instances(p, |i| i.hosts.and_then(|_| count(i.starts)));
    "unplaced", Platform, "Requests for which no instance could be started when they came.",
        |p, _| of_instances(p, |i| count(i.unplaced));
    "preemptions", Platform, "Pods evicted for others of higher priority.",
        |p, _| p.preemptions.map(Value::Count);
    "node_failures", Platform, "Nodes of clusters, or servers, that failed or were taken away.",
        |p, _| p.node_failures.map(Value::Count);
    "host_failures", Platform, "Hosts that failed, or were taken away.",
        |p, _| p.host_failures.map(Value::Count);
    "lost_instances", Platform, "Instances that went with their hosts.",
        |p, _| of_instances(p, |i| i.lost.and_then(count));
    "nodes_mean", Platform, "Mean number of nodes of clusters that were there.",
        |p, time| of_nodes(p, |i, _| i.hosts_mean(time).map(Value::Real));
    "nodes_max", Platform, "Most nodes of a cluster at once.",
        |p, _| of_nodes(p, |i, _| i.hosts_max().map(Value::Count));
    "node_starts", Platform, "Nodes ordered by a node autoscaler.",
        |p, _| of_nodes(p, |i, nodes| i.varying.and_then(|_| count(nodes.starts)));
    "node_removals", Platform, "Nodes that a node autoscaler let go.",
        |p, _| of_nodes(p, |i, nodes| i.varying.and_then(|_| count(nodes.removals)));
    "pod_waiting_ms_mean", Platform, "Mean time that a pod waited for a node.",
        |p, _| millis(p.nodes.as_ref()?.pod_waiting.mean());
    "pod_waiting_ms_p99", Platform, "99th percentile of the time that a pod waited for a node.",
        |p, _| quantile(&p.nodes.as_ref()?.pod_waiting, 0.99);
    "releases", Release, "Versions that were ready to be released.", |r| count(r.versions);
    "releases_completed", Release, "Versions that took the place of the old one for good.", |r| count(r.completed);
    "releases_rolled_back", Release, "Versions that were taken back.", |r| count(r.rolled_back);
    "releases_unjudged", Release, "Versions that took the place of the old one before any look of their gate could say something of them.", |r| count(r.unjudged);
    "change_failure_fraction", Release, "Versions that were taken back, of those that are through.",
        |r| ratio(r.rolled_back as f64, (r.completed + r.rolled_back) as f64);
    "bad_version_attempts", Release, "Attempts that ended at versions that were drawn as bad.", |r| count(r.bad.as_ref()?.served);
    "bad_version_failed", Release, "Those of them that failed, were refused or timed out.", |r| count(r.bad.as_ref()?.failed);
    "bad_version_users", Release, "Users, or sessions, of whose attempts one or more ended at a version that was drawn as bad, each counted once.",
        |r| count(r.bad.as_ref()?.users.as_ref()?.len() as u64);
    "new_version_attempts", Release, "Attempts that ended at new versions, during their releases and after.", |r| count(r.served);
    "new_version_failed", Release, "Those of them that failed, were refused or timed out.", |r| count(r.failed);
    "new_version_cold_starts", Release, "Those of them that started cold.", |r| count(r.cold);
    "copied_requests", Release, "Copies of requests that new versions served.", |r| count(r.copies);
    "lead_time_first_seconds_mean", Release, "Mean time from a change to the end of the first attempt at its version.", |r| seconds(&r.lead_first);
    "lead_time_all_seconds_mean", Release, "Mean time from a change until all requests go to its version.", |r| seconds(&r.lead_all);
    "new_version_detect_seconds_mean", Release, "Mean time from the first request, or copy of one, to a version that is taken back until that is decided.", |r| seconds(&r.detect);
    "new_version_restore_seconds_mean", Release, "Mean time from the first request, or copy of one, to a version that is taken back until none go there.", |r| seconds(&r.restore);
    "pods_pending_mean", Platform, "Mean number of pods that had no node.",
        |p, time| of_pods(p, |pods| mean(pods.pending, time));
    "pods_pending_max", Platform, "Most pods at once that had no node.",
        |p, _| of_pods(p, |pods| pods.pending.max.map(Value::Count));
    "leaderless_seconds", Platform,
        "Time in which no manager of a cluster led, so that nothing was scheduled, replaced, scaled or moved.",
        |p, _| of_pods(p, |pods| Some(Value::Real(pods.leaderless?.area as f64 / 1e9)));
    "restarts", Platform, "Containers of replicas that were started again after they had ended, there or in another pod.",
        |p, _| of_pods(p, |pods| pods.restarts.map(Value::Count));
    "oom_kills", Platform, "Replicas, instances and servers that were killed because they used more memory than they may.",
        |p, _| p.oom_kills.map(Value::Count);
    "pod_evictions", Platform, "Pods that had to leave their node as it was given up, taken away, let go or short of memory.",
        |p, _| of_pods(p, |pods| pods.evictions.map(Value::Count));
    "time_to_detect_ms_mean", Platform,
        "Mean time from the failure of a replica or server to which requests go until none goes to it any more.",
        |p, _| millis(detection(p).mean());
    "time_to_detect_ms_max", Platform, "The longest time until no request went to a replica or server that had failed.",
        |p, _| longest(&detection(p));
    "time_to_recover_ms_mean", Platform,
        "Mean time from a failure that left too few replicas of a service, or servers, until as many served as there shall be.",
        |p, _| millis(recovery(p).mean());
    "time_to_recover_ms_max", Platform, "The longest time until as many replicas of a service, or servers, served as there shall be.",
        |p, _| longest(&recovery(p));
    "cost_usd", Cost, "The bill for the measured time.",
        |cost, _| Some(Value::Real(cost.as_usd()));
    "cost_usd_per_million_requests", Cost, "The bill over the requests that were sent, answered or not, times a million.",
        |cost, requests| ratio(cost.as_usd() * 1e6, requests as f64);
};
