//! Price sheets: what a scenario may choose as `price`. One file a sheet; its figures stand in
//! `src/preset/prices`, each with its evidence.

mod alb;
mod aws_lambda;
mod azure_consumption;
mod azure_flex;
mod azure_premium;
mod ec2;
mod egress;
mod eks;
mod fargate;
mod flat;
mod form;
mod gcf_gen1;
mod gcf_gen2;
mod oci_functions;
mod picloud;
mod rosa;
mod s3;
mod values;

pub use alb::Alb;
pub use aws_lambda::AwsLambda;
pub use azure_consumption::AzureConsumption;
pub use azure_flex::AzureFlex;
pub use azure_premium::AzurePremium;
pub use ec2::Ec2;
pub use egress::Egress;
pub use eks::Eks;
pub use fargate::{Fargate, Task};
pub use flat::Flat;
pub use form::{FLAT_KEYS, PriceForm};
pub use gcf_gen1::GcfGen1;
pub use gcf_gen2::GcfGen2;
pub use oci_functions::OciFunctions;
pub use picloud::PiCloud;
pub use rosa::Rosa;
pub use s3::S3;
pub use values::{Given, Values};

use std::fmt::{self, Debug};

use dyn_clone::DynClone;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Amount, Lease, Metering, Provision, Stretch, Tariff};
use crate::kernel::Span;
use crate::policy::catalogue::catalogue;
use crate::preset::{Machine, PRESETS, Preset};
use crate::quantity::{Bytes, Millicpu};

/// A price list that a platform charges by.
pub trait Sheet: DynClone + Debug + Send + Sync {
    /// What it charges this platform for.
    ///
    /// # Errors
    /// If the platform is none that it has prices for, or a value is needed that is not known.
    fn tariff(&self, of: &Billed) -> Result<Tariff, SheetError>;
}

dyn_clone::clone_trait_object!(Sheet);

catalogue! {
    /// A price sheet, chosen by name.
    pub struct PriceChoice(Box<dyn Sheet>);
    /// The price sheets.
    pub static SHEETS: "price sheet";
    Flat,
    AwsLambda,
    GcfGen1,
    GcfGen2,
    AzureConsumption,
    AzureFlex,
    AzurePremium,
    OciFunctions,
    PiCloud,
    Fargate,
    Ec2,
    Eks,
    Rosa,
    Alb,
    S3,
    Egress,
}

/// The figures of the sheet with this name; the flat one has none.
pub fn preset(sheet: &str) -> Option<&'static Preset> {
    let found = PRESETS.iter().find(|preset| preset.name == sheet);
    found.map(|preset| &***preset)
}

/// A platform as price sheets see it.
#[derive(Clone, Debug, Default)]
pub struct Billed {
    /// Its servers.
    pub servers: Option<BilledServers>,
    /// What runs on instances.
    pub instances: Option<Instances>,
    /// Hosts by make.
    pub hosts: Vec<Make>,
    /// Whether hosts come and go, or may be taken away, so that each is charged for while it is there.
    pub leases: bool,
    /// The names of its types of cores, where it sells cores by type.
    pub core_types: Vec<String>,
    /// Cores that accounts have reserved.
    pub reserved_cores: u64,
}

/// The servers of a platform as price sheets see them.
#[derive(Clone, Copy, Debug, Default)]
pub struct BilledServers {
    /// How many there are, if they are always there.
    pub count: u32,
    /// The machine type that each of them is.
    pub machine: Option<&'static Machine>,
    /// Whether they come and go, so that their time has to be counted.
    pub come_and_go: bool,
}

impl BilledServers {
    /// So much for each server, for the time that it is there, which is rounded up to a multiple of `step` and
    /// is at least `least`.
    pub fn amount(&self, weight: u128, step: Span, least: Span) -> Amount {
        if self.come_and_go {
            return Amount::counted(Provision::All, vec![weight]);
        }
        Amount::Held { weight: u128::from(self.count) * weight, step, least }
    }

    /// How their time is counted, if it has to be.
    pub fn metering(&self, step: Span, least: Span) -> Option<Metering> {
        let of = Stretch::Alive;
        let rules = Metering { of, step, least, init: false, provisioned_step: Span::ZERO };
        self.come_and_go.then_some(rules)
    }
}

/// Hosts of one make as price sheets see them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Make {
    /// How many; at the start if they come and go.
    pub count: u32,
    /// Their machine type.
    pub machine: Option<&'static Machine>,
    /// Whether the scenario says what they cost, so that no sheet charges for them.
    pub priced: bool,
}

/// The instances of a platform as price sheets see them.
#[derive(Clone, Debug, Default)]
pub struct Instances {
    /// Requests that an instance serves at once.
    pub concurrency: u32,
    /// What runs on them.
    pub applications: Vec<Application>,
}

/// An application as price sheets see it.
#[derive(Clone, Debug, Default)]
pub struct Application {
    /// Its name.
    pub name: String,
    /// Memory of each instance.
    pub memory: Bytes,
    /// CPU that each instance reserves; none if the scenario gives none.
    pub cpu: Millicpu,
    /// Whether any of its instances are provisioned.
    pub provisioned: bool,
    /// Whether its instances start from a snapshot.
    pub snapshot: bool,
    /// The cores of each instance, where these are sold by type.
    pub cores: Option<TypedCores>,
}

/// Cores of a type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypedCores {
    /// The name of the type.
    pub core_type: String,
    /// How many.
    pub count: u32,
    /// Whether an account has reserved them.
    pub reserved: bool,
}

/// Why a sheet has no price for a platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SheetError {
    /// The parameter of the sheet that it is about; empty if it is the sheet as a whole.
    pub key: String,
    /// What is wrong, with no full stop.
    pub message: String,
    /// How to mend it.
    pub help: String,
}

impl SheetError {
    /// An error about a parameter, or about the sheet if `key` is empty.
    pub fn new(key: &str, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { key: key.to_owned(), message: message.into(), help: help.into() }
    }
}

impl fmt::Display for SheetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.message, self.help)
    }
}

impl std::error::Error for SheetError {}

impl Billed {
    /// The makes of hosts that sheets charge for, with their numbers.
    pub fn charged_hosts(&self) -> impl Iterator<Item = (usize, &Make)> {
        self.hosts.iter().enumerate().filter(|(_, make)| !make.priced)
    }

    /// The time of all hosts of these makes, each times its weight.
    pub fn host_time(&self, lease: Lease, weight: impl Fn(usize) -> u128) -> Amount {
        if self.leases {
            let weights = (0..self.hosts.len()).map(weight).collect();
            return Amount::Leased { lease, weights };
        }
        let count = |(number, make): (usize, &Make)| weight(number) * u128::from(make.count);
        let weight = self.hosts.iter().enumerate().map(count).sum();
        Amount::Held { weight, step: lease.step, least: lease.least }
    }

    /// The instances of the platform.
    ///
    /// # Errors
    /// If it has none.
    pub fn instances(&self, sheet: &str) -> Result<&Instances, SheetError> {
        self.instances.as_ref().ok_or_else(|| {
            let message = format!("`{sheet}` charges for instances, and this platform has none");
            SheetError::new(
                "",
                message,
                "write `price = { server_hour = … }`, or `price = \"ec2\"`",
            )
        })
    }

    /// The instances of the platform, where the vendor sends each one request at a time.
    ///
    /// # Errors
    /// If it has none, or they serve several requests at once.
    pub fn single(&self, sheet: &str) -> Result<&Instances, SheetError> {
        let instances = self.instances(sheet)?;
        if instances.concurrency == 1 {
            return Ok(instances);
        }
        let message =
            format!("`{sheet}` bills each request, and one instance serves one at a time");
        Err(SheetError::new("", message, "set `concurrency = 1` on the platform"))
    }
}

impl Instances {
    /// Whether any of them are provisioned.
    pub fn provisions(&self) -> bool {
        self.applications.iter().any(|application| application.provisioned)
    }

    /// A weight for each application.
    pub fn weights(&self, of: impl Fn(&Application) -> u128) -> Vec<u128> {
        self.applications.iter().map(of).collect()
    }

    /// A weight for each application, where some may have none.
    ///
    /// # Errors
    /// The first error.
    pub fn try_weights(
        &self,
        of: impl Fn(&Application) -> Result<u128, SheetError>,
    ) -> Result<Vec<u128>, SheetError> {
        self.applications.iter().map(of).collect()
    }
}

/// What a processor is made for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Architecture {
    /// Intel and AMD.
    #[default]
    X86,
    /// AWS Graviton.
    Arm64,
}

impl Architecture {
    /// The value `name` of this architecture, as the data calls it.
    fn key(self, name: &str) -> String {
        let architecture = match self {
            Self::X86 => "x86",
            Self::Arm64 => "arm64",
        };
        format!("{architecture}_{name}")
    }
}
