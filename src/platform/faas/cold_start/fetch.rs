//! How code comes to an instance.

use rand::Rng;

use super::{Chance, Phase};
use crate::kernel::Span;
use crate::kernel::stream::uniform;
use crate::quantity::{Bandwidth, Bytes};
use crate::variate::Variate;

/// A zip package is fetched as a whole.
#[derive(Clone, Debug)]
pub struct ZipFetch {
    /// Until its first byte is there.
    pub first_byte: Option<Variate>,
    /// How fast the rest comes; `None` is at once.
    pub bandwidth: Option<Bandwidth>,
}

impl ZipFetch {
    /// Until the first byte is there.
    pub(super) fn first(&self, chance: Chance) -> Span {
        self.first_byte.as_ref().map_or(Span::ZERO, |time| chance.span(Phase::Code, time))
    }

    /// From the first byte to the last.
    pub(super) fn transfer(&self, size: Bytes) -> Span {
        self.bandwidth.map_or(Span::ZERO, |bandwidth| bandwidth.time(size))
    }
}

/// Of an image only the chunks that are needed are read, one after another, each from the nearest
/// cache that has it (Brooker et al., "On-demand container loading in AWS Lambda", USENIX ATC 2023).
#[derive(Clone, Debug)]
pub struct ImageFetch {
    /// The cache of the host.
    pub local: Tier,
    /// The cache of the zone.
    pub zone: Tier,
    /// How long a chunk takes that neither has.
    pub origin: Variate,
}

/// A cache of chunks.
#[derive(Clone, Debug)]
pub struct Tier {
    /// The share of all chunks that come from it.
    pub share: f64,
    /// How long such a chunk takes.
    pub latency: Variate,
}

impl ImageFetch {
    /// How long so many chunks take.
    pub(super) fn reads(&self, chunks: u32, chance: Chance) -> Span {
        let mut draws = chance.draws(Phase::Code);
        (0..chunks).map(|_| self.read(&mut draws)).sum()
    }

    fn read(&self, draws: &mut impl Rng) -> Span {
        let place = uniform(draws);
        let latency = if place < self.local.share {
            &self.local.latency
        } else if place < self.local.share + self.zone.share {
            &self.zone.latency
        } else {
            &self.origin
        };
        latency.span(draws)
    }
}
