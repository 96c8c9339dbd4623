//! The outcome of a run: all figures, under the names of what they are figures of.

use super::{
    Batches, METRICS, Metric, Observed, Of, PlatformFigures, ReleaseFigures, RequestFigures, Value,
};
use crate::kernel::{Digest, Seed, Span, Time};
use crate::platform::orchestrator::Watched;
use crate::pricing::{Line, Tariff, Usage};
use crate::quantity::Money;
use crate::stats::batch::NoInterval;
use crate::stats::mser::Unsettled;

/// Something and the name it has in the scenario.
#[derive(Clone, Debug)]
pub struct Named<T> {
    /// Its name.
    pub name: String,
    /// What it is.
    pub of: T,
}

/// What one platform charges.
#[derive(Clone, Debug)]
pub struct Bill {
    /// The lines for the measured time, those that have a price: at the prices of the first tier and
    /// with nothing free.
    pub lines: Vec<Line>,
    /// The lines of a month like the measured time, in which tiers and what is free count.
    pub month: Vec<Line>,
    /// Whether the sheet of a vendor is charged by, whose months are worth a look.
    pub monthly: bool,
}

/// What came out of a run.
#[derive(Clone, Debug)]
pub struct RunOutcome {
    /// The seed that replays it.
    pub seed: Seed,
    /// When it ended.
    pub end: Time,
    /// The time that was measured: the warm-up is left out.
    pub measured: Span,
    /// The hash of all that happened, and how many events that was.
    pub digest: Digest,
    /// By client: the requests it sent.
    pub clients: Vec<Named<RequestFigures>>,
    /// By family of services: the requests sent to it, by clients and by other services.
    pub services: Vec<Named<RequestFigures>>,
    /// By service, where the scenario asks for members.
    pub members: Vec<Named<RequestFigures>>,
    /// By platform.
    pub platforms: Vec<Named<(PlatformFigures, Bill)>>,
    /// By release.
    pub releases: Vec<Named<ReleaseFigures>>,
    /// The parts of the measured time, if it was cut into parts and the load is stationary.
    pub batches: Option<Batches>,
    /// What is wrong with the warm-up, if that was watched and anything is.
    pub unsettled: Option<Unsettled>,
    /// By cluster on which a pod was watched: what is known of it.
    pub watched: Vec<Named<Watched>>,
}

impl Bill {
    /// The bill by these tariffs for what was used.
    pub fn of(tariffs: &[Tariff], usage: &Usage) -> Self {
        let month = usage.month();
        let months = month.iter().flat_map(|month| tariffs.iter().flat_map(|t| t.month(month)));
        Self {
            lines: tariffs.iter().flat_map(|tariff| tariff.bill(usage)).collect(),
            month: months.collect(),
            monthly: month.is_some() && tariffs.iter().any(|tariff| tariff.monthly),
        }
    }

    /// The sum of the lines.
    pub fn total(&self) -> Money {
        self.lines.iter().map(|line| line.cost).sum()
    }
}

impl RunOutcome {
    /// All that clients sent.
    pub fn total(&self) -> RequestFigures {
        let mut total = RequestFigures::default();
        for client in &self.clients {
            total.merge(&client.of);
        }
        total
    }

    /// All platforms together.
    pub fn all_platforms(&self) -> PlatformFigures {
        let platforms: Vec<_> =
            self.platforms.iter().map(|platform| platform.of.0.clone()).collect();
        PlatformFigures::together(&platforms)
    }

    /// All releases together; `None` if there are none.
    pub fn all_releases(&self) -> Option<ReleaseFigures> {
        let mut together = self.releases.first()?.of.clone();
        self.releases[1..].iter().for_each(|release| together.merge(&release.of));
        Some(together)
    }

    /// The time that was left out.
    pub fn warm_up(&self) -> Span {
        Span::from_nanos(self.end.as_nanos() - self.measured.as_nanos())
    }

    /// The whole bill.
    pub fn cost(&self) -> Money {
        self.platforms.iter().map(|platform| platform.of.1.total()).sum()
    }

    /// What a month like the measured time would cost: an extrapolation. `None` if no platform is
    /// charged by the sheet of a vendor, or no time was measured.
    pub fn cost_of_month(&self) -> Option<Money> {
        let bills = || self.platforms.iter().map(|platform| &platform.of.1);
        let lines = || bills().flat_map(|bill| &bill.month);
        bills().any(|bill| bill.monthly).then(|| lines().map(|line| line.cost).sum())
    }

    /// What was observed of the run as a whole.
    pub fn observed(&self) -> Observed {
        Observed {
            requests: self.total(),
            platforms: self.all_platforms(),
            releases: self.all_releases(),
            cost: self.cost(),
            time: self.measured,
        }
    }

    /// Every metric of the run as a whole, in the order of the catalogue; `None` where a metric is
    /// not defined for this run.
    pub fn metrics(&self) -> Vec<(&'static str, Option<Value>)> {
        let observed = self.observed();
        METRICS.iter().map(|metric| (metric.name, observed.value(metric))).collect()
    }

    /// For every metric, in the order of the catalogue, the half-width of its interval at `confidence` by
    /// batch means; `None` where that makes no sense: totals, greatest values, what is not defined
    /// for this run, or where the run was not cut into batches.
    pub fn half_widths(
        &self,
        confidence: f64,
    ) -> Vec<(&'static str, Option<Result<f64, NoInterval>>)> {
        let observed = self.observed();
        let half_width = |metric: &Metric| {
            let batches = self.batches.as_ref()?;
            batches.half_width(metric, &observed, confidence)
        };
        METRICS.iter().map(|metric| (metric.name, half_width(metric))).collect()
    }

    /// The metrics of requests, of these figures.
    pub fn request_metrics(&self, of: &RequestFigures) -> Vec<(&'static str, Option<Value>)> {
        let metrics = METRICS.iter().filter_map(|metric| match metric.of {
            Of::Requests(_) | Of::Quantile(_) => {
                Some((metric.name, metric.of.of_requests(of, self.measured)))
            }
            Of::Platform(_) | Of::Release(_) | Of::Cost(_) => None,
        });
        metrics.collect()
    }

    /// The metrics of releases, of these figures.
    pub fn release_metrics(&self, of: &ReleaseFigures) -> Vec<(&'static str, Option<Value>)> {
        let metrics = METRICS.iter().filter_map(|metric| match metric.of {
            Of::Release(compute) => Some((metric.name, compute(of))),
            _ => None,
        });
        metrics.collect()
    }

    /// The metrics of a platform, of these figures, and what it costs.
    pub fn platform_metrics(
        &self,
        (figures, bill): &(PlatformFigures, Bill),
    ) -> Vec<(&'static str, Option<Value>)> {
        let metrics = METRICS.iter().filter_map(|metric| match metric.of {
            Of::Platform(compute) => Some((metric.name, compute(figures, self.measured))),
            _ => None,
        });
        let cost = ("cost_usd", Some(Value::Real(bill.total().as_usd())));
        metrics.chain([cost]).collect()
    }
}
