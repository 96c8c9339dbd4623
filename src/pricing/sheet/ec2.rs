//! AWS EC2.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Billed, Given, Make, Sheet, SheetError, Values};
use crate::policy::catalogue::Described;
use crate::preset::Machine;
use crate::pricing::{HOUR, Lease, Rate, Tariff};
use crate::quantity::{Money, Probability};

/// How machines are bought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Purchase {
    /// By the second.
    #[default]
    OnDemand,
    /// For a year or more, at a discount.
    Reserved,
    /// What nobody else wants, at a discount; that they are taken away is a `[fault.NAME]` of kind `spot`.
    Spot,
}

/// The machines that hosts or servers are, by the second and at least a minute: each `machine` by
/// its own price. Of servers that come and go the time of each is charged, also of reserved ones.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ec2 {
    /// How machines are bought.
    #[serde(default)]
    pub purchase: Purchase,
    /// By which share reserved or spot machines cost less than on demand.
    #[serde(default)]
    #[schemars(example = 0.6)]
    pub discount: Option<Probability>,
    /// Figures instead of those of the sheet, by their names in `explain ec2`.
    #[serde(default)]
    pub values: Given,
}

impl Described for Ec2 {
    const NAME: &'static str = "ec2";
    const SUMMARY: &'static str =
        "AWS EC2, Linux, us-east-1: hours of the machine types of hosts or servers.";
    const SOURCE: &'static str = "src/preset/prices/ec2.toml and src/preset/machines/ec2.toml, with the evidence of each value";
}

impl Sheet for Ec2 {
    fn tariff(&self, of: &Billed) -> Result<Tariff, SheetError> {
        let values = Values::new(Self::NAME, &self.values)?;
        let share = 1.0 - self.discount(&values)?;
        let (step, least) = (values.span("step_s")?, values.span("least_s")?);
        let rate = |item, machine: Option<&'static Machine>, amount| {
            let machine = machine.ok_or_else(|| unnamed(item))?;
            let price = Money::from_usd(machine.hour.as_usd() * share);
            Ok(Rate::new(item, format!("{} hour", machine.name), (price, HOUR), amount))
        };
        let servers = of
            .servers
            .into_iter()
            .map(|servers| rate("servers", servers.machine, servers.amount(1, step, least)));
        // Makes of hosts that are one machine are one line.
        let name = |machine: Option<&'static Machine>| machine.map(|machine| machine.name);
        let mut machines: Vec<Option<&'static Machine>> = Vec::new();
        for (_, make) in of.charged_hosts() {
            if machines.iter().all(|other| name(*other) != name(make.machine)) {
                machines.push(make.machine);
            }
        }
        let hosts = machines.into_iter().map(|machine| {
            let is_one = |make: &Make| !make.priced && name(make.machine) == name(machine);
            let time =
                of.host_time(Lease { step, least }, |make| u128::from(is_one(&of.hosts[make])));
            rate("hosts", machine, time)
        });
        let rates: Vec<Rate> = servers.chain(hosts).collect::<Result<_, _>>()?;
        if rates.is_empty() && !of.hosts.is_empty() {
            let message =
                "`ec2` charges for nothing here: all nodes have a `price_hour` of their own";
            return Err(SheetError::new(
                "",
                message,
                "leave out `ec2`, or `price_hour` of nodes that it shall charge for",
            ));
        }
        if rates.is_empty() {
            let message =
                "`ec2` charges for machines, and this platform has neither servers nor hosts";
            let help = if of.core_types.is_empty() {
                "add `hosts = [{ count = 10, machine = \"m5.large\" }]`"
            } else {
                "its machines are rented by the core: choose `picloud`"
            };
            return Err(SheetError::new("", message, help));
        }
        let metering = of.servers.and_then(|servers| servers.metering(step, least));
        Ok(Tariff { rates, metering, monthly: true })
    }
}

impl Ec2 {
    /// By which share machines cost less than on demand.
    fn discount(&self, values: &Values<'_>) -> Result<f64, SheetError> {
        let key = match (self.purchase, self.discount) {
            (Purchase::OnDemand, None) => return Ok(0.0),
            (Purchase::OnDemand, Some(_)) => {
                let message = "machines on demand have no discount";
                let help = "leave it out, or write `purchase = \"reserved\"` or `\"spot\"`";
                return Err(SheetError::new("discount", message, help));
            }
            (_, Some(discount)) => return Ok(discount.get()),
            (Purchase::Reserved, None) => "reserved_discount",
            (Purchase::Spot, None) => "spot_discount",
        };
        values.number(key).map_err(|error| {
            let help = "give the share that is taken off, as in `discount = 0.4`";
            SheetError { help: help.to_owned(), ..error }
        })
    }
}

fn unnamed(item: &str) -> SheetError {
    let message = format!("`ec2` charges by machine type, and these {item} have none");
    SheetError::new("", message, "name it, as in `machine = \"m5.large\"`")
}
