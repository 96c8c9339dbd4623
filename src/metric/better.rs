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
            "response_ms_",
            "waiting_ms_",
            "service_ms_",
            "cold_start",
            "queue_length_",
            "wasted_memory_",
            "pre_warms_unused",
            "unplaced",
            "preemptions",
            "pod_waiting_ms_",
            "pods_pending_",
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
            "new_version_failed",
            "new_version_cold_starts",
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
