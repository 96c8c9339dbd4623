//! How long instances take to start: one random time, or phases one after another.

mod fetch;
mod figures;

pub use fetch::{ImageFetch, Tier, ZipFetch};
pub use figures::{Phase, PhaseFigures, Phases};

use crate::kernel::{Span, StreamKey};
use crate::model::{ApplicationId, Stretch};
use crate::quantity::Bytes;
use crate::variate::Variate;

/// How long the instances of a platform take to start.
#[derive(Clone, Debug)]
pub enum ColdStart {
    /// One random time.
    Whole(Variate),
    /// The sum of phases.
    Phased(Box<PhasedStart>),
}

/// A start as the sum of its phases. What is `None` takes no time and is no phase.
#[derive(Clone, Debug, Default)]
pub struct PhasedStart {
    /// Finding a place for the instance.
    pub placement: Option<Variate>,
    /// Booting its microVM or container.
    pub sandbox: Option<Variate>,
    /// How a zip package comes.
    pub zip: Option<ZipFetch>,
    /// How a container image comes.
    pub image: Option<ImageFetch>,
    /// Language runtimes.
    pub runtimes: Vec<RuntimeStart>,
    /// Restoring a snapshot, instead of all but the placement.
    pub restore: Option<Variate>,
    /// What starts.
    pub functions: Vec<Function>,
    /// By application: the number of its function, and by how much computing takes longer on its
    /// instances.
    pub applications: Vec<(u32, Stretch)>,
}

/// How long a language runtime takes.
#[derive(Clone, Debug)]
pub struct RuntimeStart {
    /// Its time, and what that is the time of.
    pub time: RuntimeTime,
    /// By ascending size of the package: whole starts, where they were measured.
    pub packages: Vec<(Bytes, Variate)>,
    /// Whole starts of container images.
    pub image_total: Option<Variate>,
    /// What each megabyte (10^6 bytes) of a package takes to load, beyond the largest of `packages`.
    pub load_per_mb: Option<Span>,
}

/// What the time of a runtime is the time of.
#[derive(Clone, Debug)]
pub enum RuntimeTime {
    /// Of the runtime alone.
    Own(Variate),
    /// Of the whole start of an empty function; the runtime takes what the other phases leave of it.
    Total(Variate),
}

/// What is started.
#[derive(Clone, Debug)]
pub struct Function {
    /// The number of its runtime, if it has one.
    pub runtime: Option<u32>,
    /// How its code comes.
    pub code: Code,
    /// What it does itself before it can serve.
    pub init: Option<Variate>,
}

/// How the code of a function comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// As a zip package of this size.
    Package(Bytes),
    /// As a container image of which so many chunks are read.
    Image(u32),
    /// As a snapshot, with all that the first start did.
    Snapshot,
}

impl ColdStart {
    /// Start number `number` of an application, whose stream has this key: how long it takes, and
    /// its phases if it has some.
    #[inline]
    pub fn draw(
        &self,
        application: ApplicationId,
        key: StreamKey,
        number: u64,
    ) -> (Span, Option<Phases>) {
        match self {
            Self::Whole(time) => (time.span(&mut key.draws(number)), None),
            Self::Phased(start) => {
                let phases = start.draw(application, Chance { key, number });
                (phases.total(), Some(phases))
            }
        }
    }

    /// Whether there are phases.
    pub fn is_phased(&self) -> bool {
        matches!(self, Self::Phased(_))
    }
}

/// The chance of one start. Each phase has draws of its own, so that one which is left out shifts no
/// other; the runtime has those that a start of one time would have.
#[derive(Clone, Copy)]
struct Chance {
    key: StreamKey,
    number: u64,
}

impl Chance {
    fn span(self, phase: Phase, time: &Variate) -> Span {
        time.span(&mut self.draws(phase))
    }

    fn draws(self, phase: Phase) -> crate::kernel::Draws {
        match phase {
            Phase::Runtime => self.key.draws(self.number),
            other => self.key.part(other as u64).draws(self.number),
        }
    }
}

/// What is left of a measured start for the phases that are to come.
struct Whole(Option<Span>);

impl Whole {
    /// The part of a phase that takes `span`, which is no longer than what is left.
    fn part(&mut self, span: Span) -> Span {
        let Some(left) = &mut self.0 else { return span };
        let part = span.min(*left);
        *left = less(*left, part);
        part
    }
}

impl PhasedStart {
    fn draw(&self, application: ApplicationId, chance: Chance) -> Phases {
        let (function, stretch) = self.applications[application.index()];
        let function = &self.functions[function as usize];
        let mut phases = Phases::default();
        let drawn = |phase, time: &Option<Variate>| time.as_ref().map(|t| chance.span(phase, t));
        let placement = drawn(Phase::Placement, &self.placement);
        if function.code == Code::Snapshot {
            phases[Phase::Placement] = placement;
            phases[Phase::Restore] = drawn(Phase::Restore, &self.restore);
            return phases;
        }
        let runtime = function.runtime.map(|number| &self.runtimes[number as usize]);
        let total = runtime.and_then(|runtime| runtime.total(function.code));
        let total = total.map(|total| chance.span(Phase::Runtime, total));
        let mut whole = Whole(total);
        phases[Phase::Placement] = placement.map(|span| whole.part(span));
        let sandbox = drawn(Phase::Sandbox, &self.sandbox);
        phases[Phase::Sandbox] = sandbox.map(|span| whole.part(span));
        let mut load = None;
        phases[Phase::Code] = match function.code {
            Code::Package(size) => {
                let first = self.zip.as_ref().map(|zip| whole.part(zip.first(chance)));
                let transfer = self.zip.as_ref().map(|zip| zip.transfer(size));
                let added = runtime.and_then(|r| r.added(size, total.unwrap_or_default(), chance));
                let of_added = added.map_or(transfer, |added| transfer.map(|t| t.min(added)));
                load = added.map(|added| less(added, of_added.unwrap_or_default()));
                load = load.or_else(|| runtime.and_then(|runtime| runtime.load(size)));
                first.zip(of_added).map(|(first, transfer)| first + transfer)
            }
            Code::Image(chunks) => self.image.as_ref().map(|image| {
                let reads = image.reads(chunks, chance);
                let measured = runtime.is_some_and(|runtime| runtime.image_total.is_some());
                if measured { whole.part(reads) } else { reads }
            }),
            Code::Snapshot => None,
        };
        let own = runtime.and_then(|runtime| runtime.own(chance));
        phases[Phase::Runtime] = whole.0.or(own).map(|span| stretch.of(span));
        let init = drawn(Phase::Init, &function.init);
        let any = load.is_some() || init.is_some();
        let init = load.unwrap_or_default() + init.unwrap_or_default();
        phases[Phase::Init] = any.then(|| stretch.of(init));
        phases
    }
}

impl RuntimeStart {
    /// The whole starts that were measured of code that comes in this way.
    fn total(&self, code: Code) -> Option<&Variate> {
        let image = self.image_total.as_ref().filter(|_| matches!(code, Code::Image(_)));
        image.or(match &self.time {
            RuntimeTime::Total(total) => Some(total),
            RuntimeTime::Own(_) => None,
        })
    }

    /// What the runtime takes by itself, if that is known.
    fn own(&self, chance: Chance) -> Option<Span> {
        match &self.time {
            RuntimeTime::Own(time) => Some(chance.span(Phase::Runtime, time)),
            RuntimeTime::Total(_) => None,
        }
    }

    /// What loading a package takes at a constant rate.
    fn load(&self, size: Bytes) -> Option<Span> {
        self.load_per_mb.map(|each| per_mb(each, size))
    }

    /// By how much a start with a package of this size was longer than `empty`, that of an empty one
    /// of the same luck. Linear between the sizes that were measured.
    fn added(&self, size: Bytes, empty: Span, chance: Chance) -> Option<Span> {
        let (largest, _) = self.packages.last()?;
        let above = self.packages.iter().position(|(measured, _)| *measured >= size);
        let index = above.unwrap_or(self.packages.len() - 1);
        let whole = |(_, whole): &(Bytes, Variate)| chance.span(Phase::Runtime, whole);
        let (high, slow) = (self.packages[index].0, whole(&self.packages[index]));
        let below = index.checked_sub(1).map(|below| &self.packages[below]);
        let (low, fast) = below.map_or((Bytes::ZERO, empty), |row| (row.0, whole(row)));
        let added = |whole: Span| less(whole, empty);
        if above.is_none() {
            let beyond = self.load_per_mb.map(|each| per_mb(each, size - *largest));
            return Some(added(slow) + beyond.unwrap_or_default());
        }
        let share = (size - low).get() as f64 / (high - low).get() as f64;
        let (fast, slow) = (added(fast).as_secs_f64(), added(slow).as_secs_f64());
        Some(Span::from_secs_f64(fast + share * (slow - fast)))
    }
}

/// The time of `size` at so much for each 10^6 bytes, to the nearest nanosecond.
fn per_mb(each: Span, size: Bytes) -> Span {
    let nanos = (u128::from(each.as_nanos()) * u128::from(size.get()) + 500_000) / 1_000_000;
    u64::try_from(nanos).map_or(Span::MAX, |nanos| Span::from_nanos(nanos).min(Span::MAX))
}

/// `span` without `part`; no time if that is more.
fn less(span: Span, part: Span) -> Span {
    Span::from_nanos(span.as_nanos().saturating_sub(part.as_nanos()))
}
