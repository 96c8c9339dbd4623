//! Presets: what is known of real platforms, prices and machines, as data.
//!
//! A preset is a TOML file beside this one, part of the binary. Each of its values says how well it
//! is known, where it was read and when:
//!
//! ```toml
//! summary = "What the file is about, in a sentence."
//! source = "where values were read that do not say it themselves"
//! as_of = "2026-07"
//!
//! [values]
//! requests = { value = 0.20, unit = "USD per million", evidence = "second-hand" }
//! idle = { unit = "USD per GB-s", evidence = "unknown" }          # left to the user
//!
//! [tables.types]                       # the same columns for many things
//! columns.cpu = { unit = "vCPU", evidence = "source" }
//! rows = [
//!     { name = "m5.large", cpu = 2 },
//!     { name = "mystery", cpu = { value = 4, evidence = "recalled" } },
//! ]
//! ```
//!
//! The values of a platform are keys of its table in a scenario, written with dots; `base` is the
//! kind whose keys they are, or `like` the platform that this one differs from by its values. What
//! is known beside them stands under `[facts]`. Those of a delivery or a release strategy are parameters of the policy that is
//! its `base`.
//!
//! Nothing can be wrong with an embedded file: a test reads them all.

mod delivery;
mod evidence;
mod fact;
mod machine;
mod platform;
mod read;
mod strategy;

pub use delivery::DELIVERIES;
pub use evidence::Evidence;
pub use fact::{Fact, Row, evidence, shown};
pub use machine::{MACHINES, Machine, MachineName};
pub use platform::{NamedPlatform, PLATFORMS};
pub use read::{Preset, PresetError};
pub use strategy::STRATEGIES;

use std::sync::LazyLock;

/// Makes a preset of each file: its constant and its path in this folder, without `.toml`.
macro_rules! presets {
    ($($(#[$doc:meta])* $preset:ident = $path:literal;)+) => {
        $(
            $(#[$doc])*
            pub static $preset: LazyLock<Preset> =
                LazyLock::new(|| embedded($path, include_str!(concat!($path, ".toml"))));
        )+

        /// All presets but those of [`PLATFORMS`], [`DELIVERIES`] and [`STRATEGIES`].
        pub static PRESETS: &[&LazyLock<Preset>] = &[$(&$preset),+];
    };
}

presets! {
    /// Prices of AWS Lambda.
    AWS_LAMBDA_PRICES = "prices/aws-lambda";
    /// Prices of Google Cloud Functions, 1st generation.
    GCF_GEN1_PRICES = "prices/gcf-gen1";
    /// Prices of Google Cloud Functions, 2nd generation: those of Cloud Run.
    GCF_GEN2_PRICES = "prices/gcf-gen2";
    /// Prices of the Consumption plan of Azure Functions.
    AZURE_CONSUMPTION_PRICES = "prices/azure-consumption";
    /// Prices of the Flex Consumption plan of Azure Functions.
    AZURE_FLEX_PRICES = "prices/azure-flex";
    /// Prices of the Premium plan of Azure Functions.
    AZURE_PREMIUM_PRICES = "prices/azure-premium";
    /// Prices of OCI Functions.
    OCI_FUNCTIONS_PRICES = "prices/oci-functions";
    /// Prices of `PiCloud`.
    PICLOUD_PRICES = "prices/picloud";
    /// Prices of AWS Fargate, and its sizes.
    FARGATE_PRICES = "prices/fargate";
    /// Price of an Amazon EKS cluster.
    EKS_PRICES = "prices/eks";
    /// Prices of Red Hat OpenShift Service on AWS.
    ROSA_PRICES = "prices/rosa";
    /// Prices of Application Load Balancers of AWS.
    ALB_PRICES = "prices/alb";
    /// How AWS EC2 charges for machines; what each costs stands in [`EC2_MACHINES`].
    EC2_PRICES = "prices/ec2";
    /// Prices of AWS S3.
    S3_PRICES = "prices/s3";
    /// Prices of data that leaves a provider for the internet.
    EGRESS_PRICES = "prices/egress";
    /// Machine types of AWS EC2.
    EC2_MACHINES = "machines/ec2";
}

/// The preset in an embedded file; its name is that of the file.
fn embedded(path: &str, text: &str) -> Preset {
    let name = path.rsplit('/').next().unwrap_or(path);
    match Preset::read(name, text) {
        Ok(preset) => preset,
        Err(error) => panic!("src/preset/{path}.toml: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_embedded_file_is_right() {
        let named = PLATFORMS.iter().map(|platform| &platform.preset).chain(DELIVERIES.iter());
        let named = named.chain(STRATEGIES.iter());
        for preset in PRESETS.iter().map(|preset| &***preset).chain(named) {
            let facts: Vec<&Fact> = preset.everything().collect();
            assert!(!facts.is_empty(), "{}", preset.name);
            assert!(preset.summary.ends_with('.'), "{}", preset.name);
            for fact in facts {
                let of = format!("{}: {fact:?}", preset.name);
                assert!(fact.source.len() > 3 && fact.as_of.len() >= 4, "{of}");
                assert!(!fact.unit.is_empty(), "{of}");
                assert!(fact.value.is_some() || fact.evidence == Evidence::Unknown, "{of}");
            }
        }
    }
}
