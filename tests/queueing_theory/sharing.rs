//! Processor sharing: the mean depends on the mean demand alone.

use super::case::{Case, of_run};
use super::formula::{mm1k_refused, mmc_waiting};
use super::text::{CONSTANT, EXPONENTIAL, lasting, one, poisson, servers};

const PS: &str = "Kleinrock vol. 2, chapter 4; Harchol-Balter 2013, chapter 22";
const MANY: &str = "as M/M/c, for the total rate of service is the same: Kleinrock vol. 1, 3.5";
const TRUNCATED: &str = "as M/M/1/K, for any demand: Cohen 1979; Kleinrock vol. 1, 3.6";

pub fn cases() -> Vec<Case> {
    let shared = |c: u32| servers(c, "discipline = \"processor-sharing\"");
    let lognormal = r#"lognormal = { mean = "1s", cv = 2.0 }"#;
    let hyperexponential = r#"hyperexponential = { mean = "1s", cv = 2.0 }"#;
    let single = |name: &str, demand: &str| {
        let text = one(&lasting(5_000, 120_000), &poisson(0.8), demand, &shared(1));
        Case::new(format!("M/G/1-PS, {name}, load 0.8"), text)
            .run("response_ms_mean", 5_000.0, PS)
            .run("utilisation", 0.8, PS)
    };
    let cores = |c: u32, measured: u32| {
        let rate = 0.8 * f64::from(c);
        let text = one(&lasting(2_000, measured), &poisson(rate), EXPONENTIAL, &shared(c));
        Case::new(format!("M/M/{c}-PS, load 0.8"), text)
            .run("response_ms_mean", 1e3 * (1.0 + mmc_waiting(c, 0.8)), MANY)
            .run("utilisation", 0.8, MANY)
    };
    let bounded = |name: &str, demand: &str| {
        let platform = servers(1, "discipline = \"processor-sharing\"\nqueue = { limit = 4 }");
        let text = one(&lasting(2_000, 60_000), &poisson(0.9), demand, &platform);
        Case::new(format!("M/G/1/5-PS, {name}, load 0.9"), text).measure(
            "refused / requests",
            mm1k_refused(5, 0.9),
            TRUNCATED,
            |outcome| of_run(outcome, "refused") / of_run(outcome, "requests"),
        )
    };
    vec![
        single("exponential", EXPONENTIAL),
        single("constant", CONSTANT),
        single("lognormal of cv 2", lognormal),
        single("hyperexponential of cv 2", hyperexponential),
        cores(2, 60_000),
        cores(10, 15_000),
        bounded("exponential", EXPONENTIAL),
        bounded("lognormal of cv 2", lognormal),
    ]
}
