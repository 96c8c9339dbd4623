//! Standard exponential and normal numbers by the ziggurat of Marsaglia and Tsang (2000), with 256
//! layers: one word, one comparison and one multiplication for 98 of 100 draws.

use rand::Rng;

use super::exp::exp;
use crate::kernel::stream::uniform;

const LAYERS: usize = 256;
/// 2^53: the words that choose a point in a layer.
const WORDS: f64 = 9_007_199_254_740_992.0;

/// Where the tail of the exponential begins, so that 255 layers and the tail have equal areas.
const EXPONENTIAL_TAIL: f64 = 7.697_117_470_131_05;
/// The area of a layer: tail and rectangle below it, (r + 1) e^-r.
const EXPONENTIAL_AREA: f64 = (EXPONENTIAL_TAIL + 1.0) * falling_exp(EXPONENTIAL_TAIL);
/// Where the tail of the normal begins (both constants: the root of the recurrence, in 40 digits).
const NORMAL_TAIL: f64 = 3.654_152_885_361_009;
/// The area of a layer of the normal, in units of its density at 0.
const NORMAL_AREA: f64 = 0.004_928_673_233_974_655;

static EXPONENTIAL: Ziggurat = Ziggurat::new(EXPONENTIAL_TAIL, EXPONENTIAL_AREA, false);
static NORMAL: Ziggurat = Ziggurat::new(NORMAL_TAIL, NORMAL_AREA, true);

/// One layer: point number `word` of 2^53 lies at `word * scale`, and surely under the curve if
/// `word` is below `inside`.
#[derive(Clone, Copy)]
struct Layer {
    scale: f64,
    inside: u64,
}

struct Ziggurat {
    layers: [Layer; LAYERS],
    /// The curve at the lower edge of each layer; 1 at the top.
    heights: [f64; LAYERS + 1],
}

/// e^-x for x of 0 to 8, when the tables are made.
const fn falling_exp(x: f64) -> f64 {
    let (mut term, mut sum, mut n) = (1.0, 1.0, 1.0);
    while n < 60.0 {
        term *= x / n;
        sum += term;
        n += 1.0;
    }
    1.0 / sum
}

/// -ln y for y above 0 and at most 1, when the tables are made.
const fn falling_ln(mut y: f64) -> f64 {
    let mut halvings = 0.0;
    while y < 0.7 {
        y *= 2.0;
        halvings += 1.0;
    }
    // ln y = 2 artanh z
    let z = (y - 1.0) / (y + 1.0);
    let (mut power, mut sum, mut n) = (z, 0.0, 1.0);
    while n < 60.0 {
        sum += power / n;
        power *= z * z;
        n += 2.0;
    }
    halvings * std::f64::consts::LN_2 - 2.0 * sum
}

/// Newton's square root, when the tables are made.
const fn root(x: f64) -> f64 {
    let (mut root, mut step) = (if x > 1.0 { x } else { 1.0 }, 0);
    while step < 60 {
        root = 0.5 * (root + x / root);
        step += 1;
    }
    root
}

impl Ziggurat {
    /// The ziggurat of the curve e^-x, or of e^(-x²/2).
    const fn new(tail: f64, area: f64, square: bool) -> Self {
        let base = falling_exp(if square { tail * tail / 2.0 } else { tail });
        let mut heights = [1.0; LAYERS + 1];
        let mut layers = [Layer { scale: 0.0, inside: 0 }; LAYERS];
        // The lowest layer holds the tail: it is as wide as a rectangle of its area.
        let (mut width, mut layer) = (area / base, 0);
        while layer < LAYERS {
            let above = if layer == 0 { base } else { heights[layer] + area / width };
            let next = if layer == 0 {
                tail
            } else if layer == LAYERS - 1 {
                0.0
            } else if square {
                root(2.0 * falling_ln(above))
            } else {
                falling_ln(above)
            };
            layers[layer] = Layer { scale: width / WORDS, inside: (next / width * WORDS) as u64 };
            heights[layer + 1] = above;
            width = next;
            layer += 1;
        }
        heights[0] = 0.0;
        Self { layers, heights }
    }

    /// A height uniform within `layer`.
    fn height(&self, layer: usize, rng: &mut (impl Rng + ?Sized)) -> f64 {
        let (lower, upper) = (self.heights[layer], self.heights[layer + 1]);
        lower + uniform(rng) * (upper - lower)
    }
}

/// A number of the exponential distribution with mean 1.
///
/// ```
/// use cloudsched::kernel::Seed;
/// use cloudsched::variate::standard_exponential;
/// let mut rng = Seed::new(1).key("gaps").stream();
/// let total: f64 = (0..100_000).map(|_| standard_exponential(&mut rng)).sum();
/// assert!((total / 100_000.0 - 1.0).abs() < 0.013);
/// ```
#[inline]
pub fn standard_exponential(rng: &mut (impl Rng + ?Sized)) -> f64 {
    let bits = rng.next_u64();
    let (number, word) = (bits as usize % LAYERS, bits >> 11);
    let layer = EXPONENTIAL.layers[number];
    let x = word as f64 * layer.scale;
    if word < layer.inside { x } else { exponential_edge(rng, number, x) }
}

/// What follows when a point of the exponential is not surely under the curve.
#[cold]
fn exponential_edge(rng: &mut (impl Rng + ?Sized), number: usize, x: f64) -> f64 {
    if number == 0 {
        // Past any point the exponential begins anew.
        EXPONENTIAL_TAIL + standard_exponential(rng)
    } else if EXPONENTIAL.height(number, rng) < exp(-x) {
        x
    } else {
        standard_exponential(rng)
    }
}

/// A number of the normal distribution with mean 0 and variance 1.
///
/// ```
/// use cloudsched::kernel::Seed;
/// use cloudsched::variate::standard_normal;
/// let mut rng = Seed::new(1).key("noise").stream();
/// let total: f64 = (0..100_000).map(|_| standard_normal(&mut rng)).sum();
/// assert!((total / 100_000.0).abs() < 0.013);
/// ```
#[inline]
pub fn standard_normal(rng: &mut (impl Rng + ?Sized)) -> f64 {
    let bits = rng.next_u64();
    let (number, word) = (bits as usize % LAYERS, bits >> 11);
    let layer = NORMAL.layers[number];
    // The bit between those of the layer and those of the point becomes the sign.
    let sign = (bits << 55) & (1 << 63);
    let x = f64::from_bits((word as f64 * layer.scale).to_bits() | sign);
    if word < layer.inside { x } else { normal_edge(rng, number, x) }
}

/// What follows when a point of the normal is not surely under the curve.
#[cold]
fn normal_edge(rng: &mut (impl Rng + ?Sized), number: usize, x: f64) -> f64 {
    if number == 0 {
        return normal_tail(rng).copysign(x);
    }
    if NORMAL.height(number, rng) < exp(-x * x / 2.0) { x } else { standard_normal(rng) }
}

/// A number of the normal beyond the start of its tail (Marsaglia 1964).
fn normal_tail(rng: &mut (impl Rng + ?Sized)) -> f64 {
    loop {
        let past = standard_exponential(rng) / NORMAL_TAIL;
        if 2.0 * standard_exponential(rng) > past * past {
            return NORMAL_TAIL + past;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Seed;

    fn check_layers(ziggurat: &Ziggurat, area: f64, curve: impl Fn(f64) -> f64) {
        let width = |layer: usize| ziggurat.layers[layer].scale * WORDS;
        for layer in 1..LAYERS {
            assert!((curve(width(layer)) - ziggurat.heights[layer]).abs() < 1e-15, "{layer}");
            let rise = ziggurat.heights[layer + 1] - ziggurat.heights[layer];
            assert!((width(layer) * rise / area - 1.0).abs() < 1e-11, "{layer}");
            let inside = ziggurat.layers[layer - 1].inside as f64 / WORDS;
            assert!((inside * width(layer - 1) - width(layer)).abs() < 1e-14, "{layer}");
        }
        assert!((ziggurat.heights[LAYERS] - 1.0).abs() < 1e-11, "{}", ziggurat.heights[LAYERS]);
    }

    #[test]
    fn layers_have_equal_areas_and_end_at_the_top() {
        check_layers(&EXPONENTIAL, EXPONENTIAL_AREA, |x| libm::exp(-x));
        check_layers(&NORMAL, NORMAL_AREA, |x| libm::exp(-x * x / 2.0));
        let tail = (std::f64::consts::PI / 2.0).sqrt() * libm::erfc(NORMAL_TAIL / 2.0_f64.sqrt());
        let lowest = NORMAL_TAIL * libm::exp(-NORMAL_TAIL * NORMAL_TAIL / 2.0) + tail;
        assert!((lowest / NORMAL_AREA - 1.0).abs() < 1e-12);
    }

    /// Chi-squared over 100 cells of equal probability; 148.2 is its 99.9 % point at 99 degrees.
    fn check_cells(distribution: impl Fn(f64) -> f64, mut draw: impl FnMut() -> f64) {
        let mut counts = [0_u32; 100];
        for _ in 0..1_000_000 {
            counts[(distribution(draw()) * 100.0) as usize] += 1;
        }
        let square = |count: u32| (f64::from(count) - 1e4) * (f64::from(count) - 1e4) / 1e4;
        let chi2: f64 = counts.into_iter().map(square).sum();
        assert!(chi2 < 148.2, "{chi2}");
    }

    #[test]
    fn draws_fill_their_distribution_evenly() {
        let mut rng = Seed::new(3).key("ziggurat").stream();
        check_cells(|x| -libm::expm1(-x), || standard_exponential(&mut rng));
        let normal = |x: f64| libm::erfc(-x / std::f64::consts::SQRT_2) / 2.0;
        check_cells(normal, || standard_normal(&mut rng));
    }

    #[test]
    fn tails_are_as_heavy_as_they_should_be() {
        let mut rng = Seed::new(4).key("ziggurat").stream();
        let n = 4_000_000;
        let beyond = (0..n).filter(|_| standard_exponential(&mut rng) > 8.0).count();
        let within = |count: usize, share: f64| {
            let expected = f64::from(n) * share;
            (count as f64 - expected).abs() < 4.0 * expected.sqrt()
        };
        assert!(within(beyond, libm::exp(-8.0)), "{beyond}");
        let beyond = (0..n).filter(|_| standard_normal(&mut rng).abs() > 3.8).count();
        assert!(within(beyond, libm::erfc(3.8 / std::f64::consts::SQRT_2)), "{beyond}");
    }
}
