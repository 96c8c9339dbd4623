//! A constant.

use super::DistributionEntry;

pub(super) const ENTRY: DistributionEntry = DistributionEntry {
    name: "constant",
    parameters: &[],
    summary: "always the same time",
    source: "deterministic, the D of Kendall's notation",
    example: r#"demand.constant = "400ms""#,
};
