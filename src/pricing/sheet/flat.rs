//! Flat prices.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Billed, Sheet, SheetError};
use crate::kernel::Span;
use crate::policy::catalogue::Described;
use crate::pricing::{Amount, GIB_S, HOUR, Lease, Rate, Tariff};
use crate::quantity::Money;

/// A flat price for each thing; what has no price costs nothing. In USD. Its name may be left out:
/// `price = { server_hour = 0.096 }`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Flat {
    /// For each request served.
    #[serde(default)]
    #[schemars(example = 2e-7)]
    pub request: Money,
    /// For each GiB-second of an instance while it serves.
    #[serde(default)]
    #[schemars(example = 1.66667e-5)]
    pub memory_gib_s: Money,
    /// For each hour of each server.
    #[serde(default)]
    #[schemars(example = 0.096)]
    pub server_hour: Money,
    /// For each hour of each host.
    #[serde(default)]
    #[schemars(example = 0.096)]
    pub host_hour: Money,
}

impl Described for Flat {
    const NAME: &'static str = "flat";
    const SUMMARY: &'static str = "A price for each request, GiB-second, server-hour or host-hour.";
    const SOURCE: &'static str = "prices that the scenario gives";
}

impl Sheet for Flat {
    fn tariff(&self, of: &Billed) -> Result<Tariff, SheetError> {
        let servers = of.servers.unwrap_or_default();
        let (step, least) = (Span::from_nanos(1), Span::ZERO);
        let charges = self.server_hour > Money::ZERO;
        let hosts = of.host_time(Lease::EXACT, |make| u128::from(!of.hosts[make].priced));
        Ok(Tariff {
            rates: vec![
                Rate::new("requests", "request", (self.request, 1), Amount::Requests(1)),
                Rate::new("memory", "GiB-s", (self.memory_gib_s, GIB_S), Amount::BusyMemory),
                Rate::new(
                    "servers",
                    "server-hour",
                    (self.server_hour, HOUR),
                    servers.amount(1, step, least),
                ),
                Rate::new("hosts", "host-hour", (self.host_hour, HOUR), hosts),
            ],
            metering: servers.metering(step, least).filter(|_| charges),
            monthly: false,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pricing::Usage;
    use crate::pricing::sheet::{BilledServers, Make};

    #[test]
    fn a_bill_worked_out_by_hand() {
        let prices = Flat {
            request: Money::from_usd(2e-7),
            memory_gib_s: Money::from_usd(1.66667e-5),
            server_hour: Money::from_usd(0.096),
            host_hour: Money::ZERO,
        };
        let usage = Usage {
            requests: 3_000_000,
            // 512 MiB for 400 s are 200 GiB-s.
            busy_memory: (512 << 20) * 400_000_000_000,
            time: Span::from_secs(5400),
            ..Usage::default()
        };
        let of = Billed {
            servers: Some(BilledServers { count: 4, ..BilledServers::default() }),
            hosts: vec![Make { count: 7, ..Make::default() }],
            ..Billed::default()
        };
        let bill = prices.tariff(&of).unwrap().bill(&usage);
        // 3e6 * 2e-7 = 0.6; 200 * 1.66667e-5 = 0.00333334; 4 * 1.5 h * 0.096 = 0.576.
        let costs: Vec<f64> = bill.iter().map(|line| line.cost.as_usd()).collect();
        assert_eq!(costs, [0.6, 0.003_333_34, 0.576]);
        let quantities: Vec<f64> = bill.iter().map(crate::pricing::Line::quantity).collect();
        assert_eq!(quantities, [3e6, 200.0, 6.0]);
    }
}
