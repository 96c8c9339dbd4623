//! The formulas, in seconds; each against values that are published or known by hand.

/// The probability that a request to M/M/c/c is refused, at an offered load of `a` servers.
pub fn erlang_b(c: u32, a: f64) -> f64 {
    (1..=c).fold(1.0, |b, n| a * b / (f64::from(n) + a * b))
}

/// The probability that a request to M/M/c waits, at an offered load of `a` servers.
pub fn erlang_c(c: u32, a: f64) -> f64 {
    let b = erlang_b(c, a);
    b / (1.0 - a / f64::from(c) * (1.0 - b))
}

/// The mean waiting time in M/M/c with mean service time 1 at load `rho` of each server.
pub fn mmc_waiting(c: u32, rho: f64) -> f64 {
    erlang_c(c, rho * f64::from(c)) / (f64::from(c) * (1.0 - rho))
}

/// The mean waiting time in M/G/1 with mean service time 1 at load `rho`.
pub fn mg1_waiting(rho: f64, cv: f64) -> f64 {
    rho * (1.0 + cv * cv) / (2.0 * (1.0 - rho))
}

/// The probability that a request to M/M/1/K finds K there.
pub fn mm1k_refused(k: i32, rho: f64) -> f64 {
    let power = |n: i32| (0..n).fold(1.0, |product, _| product * rho);
    (1.0 - rho) * power(k) / (1.0 - power(k + 1))
}

/// The root within 0 and 1 of sigma = A(1 - sigma), where A is the Laplace transform of the time
/// between arrivals to G/M/1 with mean service time 1: found by iteration from 0, which rises to
/// the smallest root.
pub fn gm1_root(transform: impl Fn(f64) -> f64) -> f64 {
    (0..10_000).fold(0.0, |sigma, _| transform(1.0 - sigma))
}

/// The mean waiting time in M/M/1 with mean service time 1 where the shortest job goes first.
pub fn shortest_job_waiting(rho: f64) -> f64 {
    // The mean residual of the job in service is rho; a job of size x waits for those up to x.
    let waiting = |x: f64| {
        let before = rho * (1.0 - libm::exp(-x) * (1.0 + x));
        rho / ((1.0 - before) * (1.0 - before))
    };
    simpson(60.0, 20_000, |x| libm::exp(-x) * waiting(x))
}

fn simpson(top: f64, steps: u32, f: impl Fn(f64) -> f64) -> f64 {
    let at = |i: u32| f(top * f64::from(i) / f64::from(steps));
    let weight = |i: u32| if i % 2 == 1 { 4.0 } else { 2.0 };
    let inner: f64 = (1..steps).map(|i| weight(i) * at(i)).sum();
    (at(0) + inner + at(steps)) * top / f64::from(steps) / 3.0
}

/// Throughput and mean response of a closed network of single-server stations with these demands,
/// by exact mean value analysis.
pub fn closed(users: u32, think: f64, demands: &[f64]) -> (f64, f64) {
    let mut lengths = vec![0.0; demands.len()];
    let (mut throughput, mut response) = (0.0, 0.0);
    for n in 1..=users {
        let at: Vec<f64> = demands.iter().zip(&lengths).map(|(d, q)| d * (1.0 + q)).collect();
        response = at.iter().sum();
        throughput = f64::from(n) / (think + response);
        lengths = at.iter().map(|time| throughput * time).collect();
    }
    (throughput, response)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: f64, known: f64, tolerance: f64) {
        assert!((found - known).abs() <= tolerance, "{found} is not {known}");
    }

    #[test]
    fn erlang() {
        // 10 servers at 8 Erlang, and SimFaaS's row C, from published tables.
        near(erlang_b(10, 8.0), 0.121_66, 5e-6);
        near(erlang_b(12, 10.0), 0.119_74, 5e-6);
        near(erlang_b(1, 0.5), 1.0 / 3.0, 1e-15);
        near(erlang_c(1, 0.8), 0.8, 1e-15);
        // Two servers: 2 rho^2 / (1 + rho).
        near(erlang_c(2, 1.6), 2.0 * 0.64 / 1.8, 1e-15);
        near(mmc_waiting(1, 0.8), 4.0, 1e-12);
    }

    #[test]
    fn one_server() {
        near(mg1_waiting(0.8, 1.0), 4.0, 1e-12);
        near(mg1_waiting(0.8, 0.0), 2.0, 1e-12);
        near(mm1k_refused(1, 0.5), erlang_b(1, 0.5), 1e-15);
        // Poisson arrivals: sigma is the load.
        near(gm1_root(|s| 0.8 / (0.8 + s)), 0.8, 1e-9);
        // As many jobs wait as under any order if all are of one size; with no load none waits.
        near(shortest_job_waiting(1e-9), 1e-9, 1e-12);
        assert!(shortest_job_waiting(0.8) < mg1_waiting(0.8, 1.0));
    }

    #[test]
    fn integral() {
        near(simpson(60.0, 20_000, |x| libm::exp(-x) * x), 1.0, 1e-9);
    }

    #[test]
    fn closed_network() {
        assert_eq!(closed(1, 5.0, &[0.2, 0.3]), (1.0 / 5.5, 0.5));
        // One station and no thinking: always busy.
        near(closed(7, 0.0, &[0.5]).0, 2.0, 1e-12);
        near(closed(7, 0.0, &[0.5]).1, 3.5, 1e-12);
        // The machine repairman with 3 machines, Erlang's loss formula in disguise: the repairman
        // is idle with probability B(3, think / demand).
        near(closed(3, 2.0, &[1.0]).0, 1.0 - erlang_b(3, 2.0), 1e-12);
    }
}
