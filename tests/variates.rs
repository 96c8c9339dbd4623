//! Every kind of variate: its first samples bit for bit, its distribution and its mean.
//!
//! The development build has `num-traits/std` turned on by proptest, which makes the samplers of
//! `rand_distr` use the platform's logarithms. So these golden samples are taken in the build that
//! would show the difference, if one of ours passed through them.

use std::fmt::Write;
use std::path::Path;

use cloudsched::kernel::{Seed, Stream};
use cloudsched::variate::{DISTRIBUTIONS, Distribution, Variate};
use rand_distr::Distribution as _;

/// Draws for a two-sample or one-sample test.
const DRAWS: usize = 20_000;
/// The 1 % point of Kolmogorov's distribution.
const KOLMOGOROV: f64 = 1.6276;

fn read(text: &str) -> Variate {
    let file: toml::Table = format!("d.{text}").parse().expect(text);
    let distribution: Distribution = file["d"].clone().try_into().expect(text);
    distribution.compile(Path::new(env!("CARGO_MANIFEST_DIR"))).expect(text)
}

fn stream(name: &str) -> Stream {
    Seed::new(20_190_715).key(name).stream()
}

fn sorted(mut draw: impl FnMut() -> f64) -> Vec<f64> {
    let mut samples: Vec<f64> = (0..DRAWS).map(|_| draw()).collect();
    samples.sort_unstable_by(f64::total_cmp);
    samples
}

/// The greatest distance between two empirical distributions of equal size, each sorted.
fn distance(ours: &[f64], theirs: &[f64]) -> f64 {
    let (mut i, mut j, mut worst) = (0, 0, 0.0_f64);
    while i < ours.len() && j < theirs.len() {
        if ours[i] <= theirs[j] {
            i += 1;
        } else {
            j += 1;
        }
        worst = worst.max((i as f64 - j as f64).abs());
    }
    worst / ours.len() as f64
}

fn agrees_with_sampler(text: &str, theirs: impl rand_distr::Distribution<f64>) {
    let (variate, mut one, mut other) = (read(text), stream("ours"), stream("theirs"));
    let ours = sorted(|| variate.sample(&mut one));
    let theirs = sorted(|| theirs.sample(&mut other));
    let limit = KOLMOGOROV * (2.0 / DRAWS as f64).sqrt();
    let distance = distance(&ours, &theirs);
    assert!(distance < limit, "{text}: {distance} is past {limit}");
}

fn agrees_with_distribution(text: &str, distribution: impl Fn(f64) -> f64) {
    let (variate, mut rng) = (read(text), stream("ours"));
    let n = DRAWS as f64;
    let off = |(place, secs): (usize, &f64)| {
        let (at, place) = (distribution(*secs), place as f64);
        (at - place / n).max((place + 1.0) / n - at)
    };
    let worst = sorted(|| variate.sample(&mut rng)).iter().enumerate().map(off).fold(0.0, f64::max);
    let limit = KOLMOGOROV / n.sqrt();
    assert!(worst < limit, "{text}: {worst} is past {limit}");
}

#[test]
fn agrees_with_the_samplers_of_rand_distr() {
    let exponential = rand_distr::Exp::new(100.0).unwrap();
    agrees_with_sampler(r#"exponential = { mean = "10ms" }"#, exponential);
    let lognormal = rand_distr::LogNormal::from_mean_cv(0.12, 1.5).unwrap();
    agrees_with_sampler(r#"lognormal = { mean = "120ms", cv = 1.5 }"#, lognormal);
    let lognormal = rand_distr::LogNormal::new(0.0, 0.7).unwrap();
    agrees_with_sampler(r#"lognormal = { median = "1s", sigma = 0.7 }"#, lognormal);
    for (cv, mean) in [(0.3, 2.0), (1.0, 1.0), (2.5, 5.0)] {
        let gamma = rand_distr::Gamma::new(1.0 / (cv * cv), mean * cv * cv).unwrap();
        agrees_with_sampler(&format!("gamma = {{ mean = \"{mean}s\", cv = {cv:?} }}"), gamma);
    }
    for shape in [0.5, 1.0, 3.0] {
        let scale = 1.0 / libm::tgamma(1.0 + 1.0 / shape);
        let weibull = rand_distr::Weibull::new(scale, shape).unwrap();
        agrees_with_sampler(&format!("weibull = {{ mean = \"1s\", shape = {shape:?} }}"), weibull);
    }
    let pareto = rand_distr::Pareto::new(0.005, 1.5).unwrap();
    agrees_with_sampler(r#"pareto = { min = "5ms", alpha = 1.5 }"#, pareto);
    let uniform = rand_distr::Uniform::new(0.01, 0.03).unwrap();
    agrees_with_sampler(r#"uniform = { low = "10ms", high = "30ms" }"#, uniform);
    let erlang = rand_distr::Gamma::new(4.0, 0.05 / 4.0).unwrap();
    agrees_with_sampler(r#"erlang = { mean = "50ms", phases = 4 }"#, erlang);
}

#[test]
fn agrees_with_the_exact_distribution_where_there_is_no_other_sampler() {
    // Balanced means: each phase gives half of the mean.
    let often = f64::midpoint(1.0, (8.0_f64 / 10.0).sqrt());
    let (short, long) = (1.0 / (2.0 * often), 1.0 / (2.0 * (1.0 - often)));
    agrees_with_distribution(r#"hyperexponential = { mean = "1s", cv = 3.0 }"#, |x| {
        -often * libm::expm1(-x / short) - (1.0 - often) * libm::expm1(-x / long)
    });
    let mixture = r#"mixture = [ { weight = 3, of = { exponential = { mean = "1s" } } },
        { weight = 1, of = { uniform = { low = "1s", high = "5s" } } } ]"#;
    agrees_with_distribution(mixture, |x| {
        -0.75 * libm::expm1(-x) + 0.25 * ((x - 1.0) / 4.0).clamp(0.0, 1.0)
    });
    let quantiles = r#"empirical.quantiles = [[0, "0s"], [0.5, "1s"], [0.9, "5s"], [1, "60s"]]"#;
    agrees_with_distribution(quantiles, |x| match x {
        ..1.0 => x * 0.5,
        ..5.0 => 0.5 + (x - 1.0) * 0.1,
        _ => 0.9 + (x - 5.0) / 550.0,
    });
}

#[test]
fn values_are_drawn_with_equal_chance() {
    let (variate, mut rng) = (read(r#"empirical.values = ["1s", "2s", "4s", "4s"]"#), stream("v"));
    let samples = sorted(|| variate.sample(&mut rng));
    let count = |secs: f64| samples.iter().filter(|sample| **sample == secs).count() as f64;
    let (ones, twos, fours) = (count(1.0) - 5e3, count(2.0) - 5e3, count(4.0) - 1e4);
    // 9.21 is the 1 % point of chi-squared at 2 degrees of freedom.
    let chi2 = ones * ones / 5e3 + twos * twos / 5e3 + fours * fours / 1e4;
    assert!(chi2 < 9.21, "{chi2}");
}

#[test]
fn means_are_those_of_the_samples() {
    for text in KINDS.iter().map(|(text, _)| *text).chain([
        r#"weibull = { mean = "1s", shape = 0.6 }"#,
        r#"gamma = { mean = "3s", cv = 2 }"#,
        r#"hyperexponential = { mean = "3s", cv = 1 }"#,
        r#"pareto = { min = "1s", alpha = 3 }"#,
    ]) {
        let (variate, mut rng) = (read(text), stream("mean"));
        let samples: Vec<f64> = (0..400_000).map(|_| variate.sample(&mut rng)).collect();
        let n = samples.len() as f64;
        let mean = samples.iter().sum::<f64>() / n;
        let squares: f64 = samples.iter().map(|secs| (secs - mean) * (secs - mean)).sum();
        let error = (squares / (n - 1.0) / n).sqrt();
        let expected = variate.mean().expect("all of these have a mean");
        assert!((mean - expected).abs() <= 4.0 * error + 1e-9 * expected, "{text}: {mean} {error}");
    }
}

/// One of each kind and its first four samples, as bits.
const KINDS: &[(&str, [u64; 4])] = &[
    (
        r#"constant = "400ms""#,
        [
            0x3fd9_9999_9999_999a,
            0x3fd9_9999_9999_999a,
            0x3fd9_9999_9999_999a,
            0x3fd9_9999_9999_999a,
        ],
    ),
    (
        r#"exponential = { mean = "10ms" }"#,
        [
            0x3f63_7034_738c_56c1,
            0x3f82_d134_d766_e4f7,
            0x3f79_0557_5a94_9e17,
            0x3f30_1f50_125f_1443,
        ],
    ),
    (
        r#"lognormal = { mean = "120ms", cv = 1.5 }"#,
        [
            0x3fb5_6535_c550_e6e5,
            0x3fc2_dac9_6532_ef16,
            0x3f9f_0955_1592_3b59,
            0x3fb2_30bc_6b7e_3f0b,
        ],
    ),
    (
        r#"lognormal = { median = "120ms", sigma = 1.5 }"#,
        [
            0x3fc5_0918_0e9b_010a,
            0x3fd7_0383_9665_754c,
            0x3fa4_b847_f36d_3af4,
            0x3fc0_cf75_9218_0a45,
        ],
    ),
    (
        r#"gamma = { mean = "50ms", cv = 0.5 }"#,
        [
            0x3faa_216e_8cbf_2175,
            0x3f9f_5184_bcf1_e0a4,
            0x3faf_2111_68fb_9730,
            0x3fa5_58a1_c77f_28d9,
        ],
    ),
    (
        r#"gamma = { mean = "50ms", cv = 2 }"#,
        [
            0x3f94_24e1_0c94_5667,
            0x3fc5_cbf0_822a_9798,
            0x3f80_a774_91e3_d376,
            0x3f34_fb3d_435c_9831,
        ],
    ),
    (
        r#"weibull = { mean = "2h", shape = 0.7 }"#,
        [
            0x4086_c4c0_5ca1_859f,
            0x40b3_afec_e7aa_94ed,
            0x40a5_f9e8_b46e_acf1,
            0x403c_98b4_44a8_26f2,
        ],
    ),
    (
        r#"pareto = { min = "5ms", alpha = 2.5 }"#,
        [
            0x3f76_84e1_947f_bc88,
            0x3f7d_9386_afcf_70b5,
            0x3f7a_2606_6881_26a9,
            0x3f74_aeb9_e078_421f,
        ],
    ),
    (
        r#"uniform = { low = "10ms", high = "30ms" }"#,
        [
            0x3f89_c3e5_1b77_6b7e,
            0x3f92_37cf_75fd_1948,
            0x3f98_5db4_6a58_86e8,
            0x3f8b_d198_8be9_fa2a,
        ],
    ),
    (
        r#"hyperexponential = { mean = "50ms", cv = 3.0 }"#,
        [
            0x3f98_d513_3d60_b674,
            0x3f45_46a6_698b_e4ea,
            0x3f4d_67ef_00ec_2455,
            0x3f97_7827_3ddd_269f,
        ],
    ),
    (
        r#"erlang = { mean = "50ms", phases = 4 }"#,
        [
            0x3faa_216e_8cbf_2175,
            0x3f9f_5184_bcf1_e0a4,
            0x3faf_2111_68fb_9730,
            0x3fa5_58a1_c77f_28d9,
        ],
    ),
    (
        r#"mixture = [ { weight = 0.9, of = { exponential = { mean = "10ms" } } },
            { weight = 0.1, of = { constant = "1s" } } ]"#,
        [
            0x3f82_d134_d766_e4f7,
            0x3f30_1f50_125f_1443,
            0x3f36_4872_e7ab_29ec,
            0x3f81_c8cd_b793_2664,
        ],
    ),
    (
        r#"empirical = { values = ["1ms", "2ms", "4ms"] }"#,
        [
            0x3f50_624d_d2f1_a9fc,
            0x3f60_624d_d2f1_a9fc,
            0x3f70_624d_d2f1_a9fc,
            0x3f50_624d_d2f1_a9fc,
        ],
    ),
    (
        r#"empirical = { quantiles = [[0, "1ms"], [0.5, "20ms"], [1, "1s"]] }"#,
        [
            0x3f78_2e08_6653_1b8d,
            0x3f90_2ea5_d2dd_d0cd,
            0x3fd9_14fb_48ce_de2a,
            0x3f7f_fbb2_44d3_39b3,
        ],
    ),
];

#[test]
fn the_first_samples_are_what_they_always_were() {
    let mut found = String::new();
    let mut same = true;
    for (text, expected) in KINDS {
        let (variate, mut rng) = (read(text), stream("golden"));
        let bits: [u64; 4] = std::array::from_fn(|_| variate.sample(&mut rng).to_bits());
        let through_trait = variate.sample_iter(stream("golden")).map(f64::to_bits);
        assert!(through_trait.take(4).eq(bits), "{text}");
        same &= bits == *expected;
        let bits = bits.map(|word| format!("{word:#x}")).join(", ");
        writeln!(found, "{text}: {bits}").expect("a string takes all");
    }
    assert!(same, "samples changed; found\n{found}");
}

#[test]
fn every_distribution_is_among_the_kinds() {
    for entry in DISTRIBUTIONS {
        assert!(KINDS.iter().any(|(text, _)| text.starts_with(entry.name)), "{}", entry.name);
    }
}
