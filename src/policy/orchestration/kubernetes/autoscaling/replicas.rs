//! How many replicas one metric asks for (`replica_calculator.go`, `metrics/utilization.go`).

use super::super::status::{Phase, PodStatus, Ready};
use super::metric::{Metric, Proposal, Sample, Scale, Tolerance, Trouble};
use crate::kernel::{Span, Time};

/// Works out how many replicas a metric asks for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Calculator {
    /// How far from its target a metric may be.
    pub tolerance: Tolerance,
    /// How long after its start a pod's use of CPU may be that of starting.
    pub cpu_initialisation: Span,
    /// A pod that is unready and has been so since this time after its start has never been ready.
    pub readiness_delay: Span,
}

impl Default for Calculator {
    /// Upstream's (`--horizontal-pod-autoscaler-cpu-initialization-period`,
    /// `--horizontal-pod-autoscaler-initial-readiness-delay`).
    fn default() -> Self {
        Self {
            tolerance: Tolerance::default(),
            cpu_initialisation: Span::from_secs(300),
            readiness_delay: Span::from_secs(30),
        }
    }
}

/// Pods by what their samples are good for (`groupPods`).
struct Groups {
    ready: usize,
    unready: Vec<usize>,
    missing: Vec<usize>,
    /// The values that count, by pod.
    values: Vec<Option<i64>>,
}

/// What a pod's sample is good for.
enum Class {
    /// The pod is as good as gone.
    Ignored,
    Unready,
    Missing,
    Counts,
}

/// What values of pods come to: usage by target, and what is told of it.
struct Measure {
    ratio: f64,
    usage: i64,
    percentage: Option<i64>,
}

/// A count from a float, rounded up; at most what 32 bits hold.
fn rounded_up(count: f64) -> i64 {
    i64::from(count.ceil() as i32)
}

impl Calculator {
    /// How many replicas a metric asks for.
    ///
    /// # Errors
    /// If its values do not allow to say so.
    pub fn propose(
        &self,
        now: Time,
        scale: Scale,
        pods: &[PodStatus],
        metric: &Metric<'_>,
    ) -> Result<Proposal, Trouble> {
        match *metric {
            Metric::Utilisation { cpu, target, requests, samples } => {
                let groups = self.group(now, cpu, pods, samples)?;
                let all = pods.iter().enumerate().map(|(number, _)| {
                    requests.get(number).copied().flatten().ok_or(Trouble::NoRequest(number))
                });
                let requests: Vec<i64> = all.collect::<Result<_, _>>()?;
                let measure = |values: &[Option<i64>]| utilisation(values, &requests, target);
                let assumed = |pod: usize| requests[pod] * target.max(100) / 100;
                self.by_pod(scale.wanted, groups, measure, assumed)
            }
            Metric::Average { cpu, target, samples } => {
                let groups = self.group(now, cpu, pods, samples)?;
                self.by_pod(scale.wanted, groups, |values| Ok(average(values, target)), |_| target)
            }
            Metric::Value { target, value } => {
                let replicas = self.of_ratio(scale.wanted, pods, value as f64 / target as f64)?;
                Ok(Proposal { replicas, usage: value, percentage: None })
            }
            Metric::AverageValue { target, value } => {
                Ok(self.of_total(scale.present, target, value))
            }
            Metric::Unavailable => Err(Trouble::Unavailable),
        }
    }

    /// Sorts pods by what their samples are good for.
    fn group(
        &self,
        now: Time,
        cpu: bool,
        pods: &[PodStatus],
        samples: &[Option<Sample>],
    ) -> Result<Groups, Trouble> {
        if pods.is_empty() {
            return Err(Trouble::NoPods);
        }
        let mut values: Vec<Option<i64>> =
            samples.iter().map(|sample| sample.map(|sample| sample.value)).collect();
        values.resize(values.len().max(pods.len()), None);
        let mut groups = Groups { ready: 0, unready: Vec::new(), missing: Vec::new(), values };
        for (number, pod) in pods.iter().enumerate() {
            match self.class(now, cpu, pod, samples.get(number).copied().flatten()) {
                Class::Ignored => groups.values[number] = None,
                Class::Unready => {
                    groups.values[number] = None;
                    groups.unready.push(number);
                }
                Class::Missing => groups.missing.push(number),
                Class::Counts => groups.ready += 1,
            }
        }
        let some = groups.values.iter().any(Option::is_some);
        if some { Ok(groups) } else { Err(Trouble::NoSamples) }
    }

    /// What a pod's sample is good for.
    fn class(&self, now: Time, cpu: bool, pod: &PodStatus, sample: Option<Sample>) -> Class {
        if pod.deleted || pod.phase == Phase::Failed {
            return Class::Ignored;
        }
        if pod.phase == Phase::Pending {
            return Class::Unready;
        }
        match sample {
            None => Class::Missing,
            Some(sample) if cpu && self.starts(now, pod, sample) => Class::Unready,
            Some(_) => Class::Counts,
        }
    }

    /// Whether a sample of a pod's CPU may be that of its start.
    fn starts(&self, now: Time, pod: &PodStatus, sample: Sample) -> bool {
        let (Some(readiness), Some(started)) = (pod.readiness, pod.started) else { return true };
        let unready = readiness.ready == Ready::False;
        if started.plus(self.cpu_initialisation) > now {
            return unready || sample.at < readiness.since.plus(sample.window);
        }
        unready && started.plus(self.readiness_delay) > readiness.since
    }

    /// What values of pods ask for (`GetResourceReplicas`, `calcPlainMetricReplicas`). A pod without a
    /// sample is taken to use what it is `assumed` to if the others use too little, nothing if they use too
    /// much; one that is not ready, nothing if the others use too much.
    fn by_pod(
        &self,
        current: i64,
        groups: Groups,
        measure: impl Fn(&[Option<i64>]) -> Result<Measure, Trouble>,
        assumed: impl Fn(usize) -> i64,
    ) -> Result<Proposal, Trouble> {
        let Groups { ready, unready, missing, mut values } = groups;
        let Measure { ratio, usage, percentage } = measure(&values)?;
        let propose = |replicas| Ok(Proposal { replicas, usage, percentage });
        let more_with_unready = !unready.is_empty() && ratio > 1.0;
        if !more_with_unready && missing.is_empty() {
            let kept = self.tolerance.covers(ratio);
            return propose(if kept { current } else { rounded_up(ratio * ready as f64) });
        }
        for pod in missing {
            if ratio < 1.0 {
                values[pod] = Some(assumed(pod));
            } else if ratio > 1.0 {
                values[pod] = Some(0);
            }
        }
        if more_with_unready {
            for pod in unready {
                values[pod] = Some(0);
            }
        }
        let then = measure(&values)?.ratio;
        let turned = (ratio < 1.0 && then > 1.0) || (ratio > 1.0 && then < 1.0);
        if self.tolerance.covers(then) || turned {
            return propose(current);
        }
        let replicas = rounded_up(then * values.iter().flatten().count() as f64);
        let against = (then < 1.0 && replicas > current) || (then > 1.0 && replicas < current);
        propose(if against { current } else { replicas })
    }

    /// What a ratio of value to target asks for (`getUsageRatioReplicaCount`): without replicas the ratio
    /// itself, whatever the tolerance.
    fn of_ratio(&self, current: i64, pods: &[PodStatus], ratio: f64) -> Result<i64, Trouble> {
        if current == 0 {
            return Ok(rounded_up(ratio));
        }
        if self.tolerance.covers(ratio) {
            return Ok(current);
        }
        if pods.is_empty() {
            return Err(Trouble::NoPods);
        }
        let serves = |pod: &&PodStatus| pod.phase == Phase::Running && pod.is_ready();
        Ok(rounded_up(ratio * pods.iter().filter(serves).count() as f64))
    }

    /// What a total asks for (`GetObjectPerPodMetricReplicas`, `GetExternalPerPodMetricReplicas`).
    fn of_total(&self, present: i64, target: i64, value: i64) -> Proposal {
        let (total, target) = (value as f64, target as f64);
        let kept = self.tolerance.covers(total / (target * present as f64));
        let replicas = if kept { present } else { rounded_up(total / target) };
        let usage = (total / present as f64).ceil() as i64;
        Proposal { replicas, usage, percentage: None }
    }
}

/// Usage as a whole percentage of requests, by target (`GetResourceUtilizationRatio`). The percentage is
/// cut to a whole number before it is compared.
fn utilisation(values: &[Option<i64>], requests: &[i64], target: i64) -> Result<Measure, Trouble> {
    let (mut used, mut requested, mut pods) = (0_i128, 0_i128, 0_i128);
    for (value, &request) in values.iter().zip(requests) {
        if let Some(value) = *value {
            used += i128::from(value);
            requested += i128::from(request);
            pods += 1;
        }
    }
    if requested == 0 {
        return Err(Trouble::NothingRequested);
    }
    let percentage = (used * 100 / requested) as i64;
    let ratio = percentage as f64 / target as f64;
    Ok(Measure { ratio, usage: (used / pods) as i64, percentage: Some(percentage) })
}

/// The average, cut to a whole number, by target (`GetMetricUsageRatio`). Samples of pods that are no
/// longer there count.
fn average(values: &[Option<i64>], target: i64) -> Measure {
    let sum: i128 = values.iter().flatten().map(|&value| i128::from(value)).sum();
    let usage = (sum / values.iter().flatten().count() as i128) as i64;
    Measure { ratio: usage as f64 / target as f64, usage, percentage: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG_AGO: Time = Time::ZERO;

    fn now() -> Time {
        Time::ZERO.plus(Span::from_secs(10_000))
    }

    fn samples(values: &[i64]) -> Vec<Option<Sample>> {
        let sample = |&value| Sample { value, at: now(), window: Span::from_secs(60) };
        values.iter().map(|value| Some(sample(value))).collect()
    }

    fn scale(replicas: i64) -> Scale {
        Scale { wanted: replicas, present: replicas }
    }

    /// Three pods with 1000 requested each use 2099 of 3000: 69.97 %, cut to 69. For a target of 63 that is
    /// a ratio of 1.095, within 10 %; uncut it were 1.1106, and four replicas.
    #[test]
    fn a_percentage_is_cut_before_it_is_compared() {
        let pods = [PodStatus::ready_since(LONG_AGO); 3];
        let (requests, used) = ([Some(1000); 3], samples(&[700, 700, 699]));
        let of =
            |target| Metric::Utilisation { cpu: true, target, requests: &requests, samples: &used };
        let propose = |target| Calculator::default().propose(now(), scale(3), &pods, &of(target));
        let expected = Proposal { replicas: 3, usage: 699, percentage: Some(69) };
        assert_eq!(propose(63), Ok(expected));
        // 69 ÷ 62 = 1.113, times 3 pods: 3.34.
        assert_eq!(propose(62), Ok(Proposal { replicas: 4, ..expected }));
    }

    /// One of three pods started a minute ago. Its sample ends before it had been ready for a whole window,
    /// so it counts as nothing: (900 + 900 + 0) ÷ 3000 = 60 %, twice the target of 30, six replicas. An hour
    /// old it counts: 2700 ÷ 3000 = 90 %, nine.
    #[test]
    fn the_use_of_a_pod_that_starts_does_not_count() {
        let ago = |seconds: u64| Time::from_nanos(now().as_nanos() - seconds * 1_000_000_000);
        let (requests, used) = ([Some(1000); 3], samples(&[900, 900, 900]));
        for (cpu, age, replicas) in [(true, 59, 6), (true, 3600, 9), (false, 59, 9)] {
            let mut pods = [PodStatus::ready_since(LONG_AGO); 3];
            pods[2] = PodStatus::ready_since(ago(age));
            let metric =
                Metric::Utilisation { cpu, target: 30, requests: &requests, samples: &used };
            let found = Calculator::default().propose(now(), scale(3), &pods, &metric);
            assert_eq!(found.map(|found| found.replicas), Ok(replicas), "{cpu} {age}");
        }
    }

    /// Four pods, two with samples that average 10 for a target of 40. Those without count with the
    /// target: (10 + 10 + 40 + 40) ÷ 4 = 25, 25 ÷ 40 × 4 = 2.5. If they average 50 the others count with
    /// 0: 25 again, which would be fewer, so nothing happens. At 100: 50 ÷ 40 × 4 = 5.
    #[test]
    fn pods_without_samples_hold_back() {
        let pods = [PodStatus::ready_since(LONG_AGO); 4];
        for (value, replicas) in [(10, 3), (50, 4), (100, 5), (40, 4)] {
            let used = samples(&[value, value]);
            let metric = Metric::Average { cpu: false, target: 40, samples: &used };
            let found = Calculator::default().propose(now(), scale(4), &pods, &metric);
            assert_eq!(found.map(|found| found.replicas), Ok(replicas), "{value}");
        }
    }

    /// A queue of 90 with a target of 30: three times the pods that serve, two of three, which are 6;
    /// without any replicas, 3; by pod 90 ÷ 30 = 3 of 3, so nothing happens.
    #[test]
    fn values_of_something_else() {
        let mut pods = [PodStatus::ready_since(LONG_AGO); 3];
        pods[0].phase = Phase::Pending;
        let propose = |current, metric| {
            Calculator::default().propose(now(), scale(current), &pods, &metric).unwrap()
        };
        let value = Metric::Value { target: 30, value: 90 };
        assert_eq!(propose(3, value).replicas, 6);
        assert_eq!(propose(0, value).replicas, 3);
        let by_pod = Metric::AverageValue { target: 30, value: 90 };
        assert_eq!(propose(3, by_pod), Proposal { replicas: 3, usage: 30, percentage: None });
        assert_eq!(propose(1, by_pod), Proposal { replicas: 3, usage: 90, percentage: None });
    }

    #[test]
    fn what_does_not_allow_to_say() {
        let pods = [PodStatus::ready_since(LONG_AGO); 2];
        let used = samples(&[1, 1]);
        let of =
            |requests, samples| Metric::Utilisation { cpu: true, target: 50, requests, samples };
        for (pods, metric, trouble) in [
            (&pods[..0], of(&[][..], &used[..]), Trouble::NoPods),
            (&pods[..], of(&[Some(1), Some(1)], &[]), Trouble::NoSamples),
            (&pods[..], of(&[Some(1), None], &used), Trouble::NoRequest(1)),
            (&pods[..], of(&[Some(0), Some(0)], &used), Trouble::NothingRequested),
            (&pods[..], Metric::Unavailable, Trouble::Unavailable),
        ] {
            let found = Calculator::default().propose(now(), scale(2), pods, &metric);
            assert_eq!(found, Err(trouble));
        }
    }
}
