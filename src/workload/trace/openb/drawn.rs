//! Pods in an order at random, and more of them, as the experiments of FGD have them.

use super::{List, TracedPod};
use crate::kernel::stream::{below, shuffle};
use crate::kernel::{Span, StreamKey, Time};
use crate::workload::{Arrival, ArrivalProcess, Arrivals};

/// From one pod to the next. Their times mean nothing: only their order does.
const GAP: Span = Span::from_secs(1);

/// The pods of a list in an order at random; then pods drawn from the list, each as likely as the others,
/// until one comes whose share of one GPU (whatever their number) is more than is missing to `limit`, which may
/// be one of the list already.
#[derive(Debug)]
pub(super) struct Drawn {
    /// The kinds of the pods, in order of their names.
    pods: Vec<u32>,
    /// By kind: the thousandths of each GPU, and of all.
    gpus: Vec<(u64, u64)>,
    limit: u64,
}

impl Drawn {
    /// Pods that ask for at most `limit` thousandths of GPUs.
    pub(super) fn new(list: &List, limit: u64) -> Result<Self, &'static str> {
        let gpus = |kind: &TracedPod| (kind.gpu_milli.into(), kind.gpus_milli());
        let gpus: Vec<(u64, u64)> = list.kinds.iter().map(gpus).collect();
        if gpus.iter().all(|&(_, all)| all == 0) {
            return Err("no pod asks for a GPU, so no load is ever reached: leave `load` out");
        }
        Ok(Self { pods: list.pods.iter().map(|pod| pod.kind).collect(), gpus, limit })
    }
}

impl ArrivalProcess for Drawn {
    fn start(&self, key: StreamKey) -> Box<dyn Arrivals> {
        let mut stream = key.stream();
        let mut order = self.pods.clone();
        shuffle(&mut order, &mut stream);
        let mut total = 0;
        let mut fits = |kind: u32| {
            let (each, all) = self.gpus[kind as usize];
            let fits = total + each <= self.limit;
            total += all;
            fits
        };
        if let Some(end) = order.iter().position(|&kind| !fits(kind)) {
            order.truncate(end);
        } else {
            loop {
                let kind = self.pods[below(&mut stream, self.pods.len() as u64) as usize];
                if !fits(kind) {
                    break;
                }
                order.push(kind);
            }
        }
        Box::new(Replay { order: order.into_iter(), at: Time::ZERO })
    }

    fn mean_rate(&self) -> Option<f64> {
        Some(1.0 / GAP.as_secs_f64())
    }

    fn is_finite(&self) -> bool {
        true
    }
}

struct Replay {
    order: std::vec::IntoIter<u32>,
    at: Time,
}

impl Arrivals for Replay {
    fn next(&mut self) -> Option<Arrival> {
        let target = self.order.next()?;
        let at = self.at;
        self.at += GAP;
        Some(Arrival { at, target, demand: None })
    }
}
