//! Random variables: the distributions that a scenario names, and the popularity of things.
//!
//! A [`Distribution`] is what a file says; [`Distribution::compile`] checks it and gives a
//! [`Variate`], which draws. All arithmetic is our own or that of the crate `libm`, so a seed gives
//! the same bits on every machine and with every set of features; the samplers of `rand_distr` take
//! the platform's logarithms as soon as any crate in the binary asks `num-traits` for them.

mod alias;
mod catalogue;
mod constant;
mod distribution;
mod empirical;
mod erlang;
mod error;
mod exp;
mod exponential;
mod gamma;
mod hyperexponential;
mod lognormal;
mod mixture;
mod pareto;
mod popularity;
mod uniform;
mod weibull;
mod ziggurat;

use rand::Rng;

pub use catalogue::{DISTRIBUTIONS, DistributionEntry};
pub use distribution::Distribution;
pub use empirical::Empirical;
pub use erlang::Erlang;
pub use error::ParameterError;
pub use exponential::Exponential;
pub use gamma::Gamma;
pub use hyperexponential::Hyperexponential;
pub use lognormal::Lognormal;
pub use mixture::Component;
pub use pareto::Pareto;
pub use popularity::{Popularity, PopularityForm, Zipf};
pub use uniform::Uniform;
pub use weibull::Weibull;
pub use ziggurat::{standard_exponential, standard_normal};

use crate::kernel::Span;

/// A random variable of seconds, never negative, ready to draw from.
///
/// ```
/// use std::path::Path;
///
/// use cloudsched::kernel::{Seed, Span};
/// use cloudsched::variate::{Distribution, Exponential};
///
/// let service = Distribution::Exponential(Exponential { mean: Span::from_millis(10) });
/// let service = service.compile(Path::new("")).expect("its mean is above 0");
/// assert_eq!(service.mean(), Some(0.01));
/// let mut rng = Seed::new(1).key("service.web").stream();
/// let spans: Vec<Span> = (0..3).map(|_| service.span(&mut rng)).collect();
/// assert!(spans.iter().all(|span| *span < Span::from_secs(1)));
/// ```
#[derive(Clone, Debug)]
pub struct Variate(Kind);

/// What a variate draws from, with its constants worked out.
#[derive(Clone, Debug)]
enum Kind {
    Constant(f64),
    Exponential(exponential::Sampler),
    Lognormal(lognormal::Sampler),
    Gamma(gamma::Sampler),
    Weibull(weibull::Sampler),
    Pareto(pareto::Sampler),
    Uniform(uniform::Sampler),
    Hyperexponential(hyperexponential::Sampler),
    Mixture(mixture::Sampler),
    Values(empirical::Values),
    Quantiles(empirical::Quantiles),
}

impl Variate {
    /// Always `span`.
    ///
    /// ```
    /// use cloudsched::kernel::Span;
    /// use cloudsched::variate::Variate;
    /// assert_eq!(Variate::constant(Span::from_millis(5)).mean(), Some(0.005));
    /// ```
    pub fn constant(span: Span) -> Self {
        Self(Kind::Constant(span.as_secs_f64()))
    }

    /// A number of seconds.
    #[inline]
    pub fn sample(&self, rng: &mut (impl Rng + ?Sized)) -> f64 {
        match &self.0 {
            Kind::Constant(secs) => *secs,
            Kind::Exponential(sampler) => sampler.sample(rng),
            Kind::Lognormal(sampler) => sampler.sample(rng),
            Kind::Gamma(sampler) => sampler.sample(rng),
            Kind::Weibull(sampler) => sampler.sample(rng),
            Kind::Pareto(sampler) => sampler.sample(rng),
            Kind::Uniform(sampler) => sampler.sample(rng),
            Kind::Hyperexponential(sampler) => sampler.sample(rng),
            Kind::Mixture(sampler) => sampler.sample(rng),
            Kind::Values(sampler) => sampler.sample(rng),
            Kind::Quantiles(sampler) => sampler.sample(rng),
        }
    }

    /// A span, rounded to the nearest nanosecond; at most [`Span::MAX`].
    #[inline]
    pub fn span(&self, rng: &mut (impl Rng + ?Sized)) -> Span {
        Span::from_secs_f64(self.sample(rng))
    }

    /// The mean in seconds; `None` if it is infinite, as that of a Pareto tail with alpha up to 1.
    pub fn mean(&self) -> Option<f64> {
        match &self.0 {
            Kind::Constant(secs) => Some(*secs),
            Kind::Exponential(sampler) => Some(sampler.mean()),
            Kind::Lognormal(sampler) => Some(sampler.mean()),
            Kind::Gamma(sampler) => Some(sampler.mean()),
            Kind::Weibull(sampler) => Some(sampler.mean()),
            Kind::Pareto(sampler) => sampler.mean(),
            Kind::Uniform(sampler) => Some(sampler.mean()),
            Kind::Hyperexponential(sampler) => Some(sampler.mean()),
            Kind::Mixture(sampler) => sampler.mean(),
            Kind::Values(sampler) => Some(sampler.mean()),
            Kind::Quantiles(sampler) => Some(sampler.mean()),
        }
    }
}

impl rand_distr::Distribution<f64> for Variate {
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        Self::sample(self, rng)
    }
}
