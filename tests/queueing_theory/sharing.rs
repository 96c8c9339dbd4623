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
    // Whoever comes has a container at once; all share the cores of the one host.
    let containers = |name: &str, platform: &str| {
        let text = one(&lasting(2_000, 60_000), &poisson(1.6), EXPONENTIAL, platform);
        Case::new(format!("M/M/2-PS, containers of {name} on one host, load 0.8"), text)
            .run("response_ms_mean", 1e3 * (1.0 + mmc_waiting(2, 0.8)), MANY)
            .run("host_cpu_utilisation", 0.8, MANY)
    };
    let openwhisk = "[platform.p]\nkind = \"openwhisk\"\ninvokers = 1\ncpu = 2\nuser_memory = \"1TiB\"\n\
                     stem_cells = []\ncreate.constant = \"0s\"\ninit.constant = \"0s\"\n\
                     resume.constant = \"0s\"\nquota = { concurrency = 1000000, requests_per_minute = 1000000 }\n\
                     timeout = \"1d\"\nmax_duration = \"1d\"\n";
    let fn_project = "[platform.p]\nkind = \"fn\"\nhosts = [{ count = 1, cpu = 2, memory = \"1TiB\" }]\n\
                      cold_start.constant = \"0s\"\nresume.constant = \"0s\"\n\
                      timeout = \"1d\"\nmax_duration = \"1d\"\n";
    vec![
        containers("OpenWhisk", openwhisk),
        containers("Fn", fn_project),
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
