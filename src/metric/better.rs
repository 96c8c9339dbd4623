//! Which of two values of a metric is better.

use super::Metric;

/// Which of two values of a metric one would rather have, all else being equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Better {
    /// The lower one: of times, losses, waste and cost.
    Lower,
    /// The higher one: of what is answered.
    Higher,
    /// It depends: a high utilisation is cheap, and slow.
    Neither,
}

impl Metric {
    /// Which of two of its values is better.
    ///
    /// ```
    /// use cloudsched::metric::{Better, METRICS};
    /// let better = |name| METRICS.iter().find(|metric| metric.name == name).unwrap().better();
    /// assert_eq!(better("response_ms_p99"), Better::Lower);
    /// assert_eq!(better("throughput_per_s"), Better::Higher);
    /// assert_eq!(better("utilisation"), Better::Neither);
    /// ```
    pub fn better(&self) -> Better {
        const LOWER: &[&str] = &[
            "refused",
            "timed_out",
            "failed",
            "slow_requests",
            "response_ms_",
            "waiting_ms_",
            "service_ms_",
            "cold_start",
            "queue_length_",
            "wasted_memory_",
            "instance_hours",
            "pre_warms_unused",
            "unplaced",
            "preemptions",
            "pod_waiting_ms_",
            "pods_pending_",
            "leaderless_",
            "restarts",
            "oom_kills",
            "pod_evictions",
            "time_to_",
            "stranded_",
            "gpu_fragmentation_",
            "spillover",
            "redeliveries",
            "dead_letters",
            "message_age_",
            "backlog_",
            "bad_version_",
            "change_failure_",
            "releases_unjudged",
            "new_version_failed",
            "new_version_cold_starts",
            "new_version_detect_",
            "new_version_restore_",
            "node_failures",
            "host_failures",
            "lost_instances",
            "lead_time_",
            "cost_usd",
        ];
        const HIGHER: &[&str] = &["completed", "availability", "throughput_"];
        let begins = |starts: &[&str]| starts.iter().any(|start| self.name.starts_with(start));
        match () {
            () if begins(LOWER) => Better::Lower,
            () if begins(HIGHER) => Better::Higher,
            () => Better::Neither,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::METRICS;

    /// What fails, and how long it takes to know, to mend and to deliver, is better lower: of the measures of DORA only the deployment
    /// frequency says nothing by itself.
    #[test]
    fn less_failure_is_better() {
        for begin in [
            "lead_time_first",
            "lead_time_all",
            "new_version_failed",
            "new_version_detect",
            "new_version_restore",
            "bad_version_users",
            "change_failure_fraction",
            "time_to_detect",
            "time_to_recover",
            "node_failures",
            "host_failures",
            "lost_instances",
            "leaderless_",
        ] {
            let found: Vec<_> = METRICS.iter().filter(|m| m.name.starts_with(begin)).collect();
            assert!(!found.is_empty(), "{begin}");
            assert!(found.iter().all(|metric| metric.better() == Better::Lower), "{begin}");
        }
    }
}
