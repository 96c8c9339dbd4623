//! AWS Fargate.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::values::{GIB_HOUR, MIB, VCPU_HOUR, whole};
use super::{Application, Architecture, Billed, Given, Sheet, SheetError, Values};
use crate::kernel::Span;
use crate::policy::catalogue::Described;
use crate::preset::{self, Row};
use crate::pricing::{Amount, Metering, Provision, Rate, Stretch, Tariff};
use crate::quantity::{Bytes, Millicpu};

/// CPU and memory of each instance from its start to its end, or from the pull of its image where it has a machine of its own,
/// by the second and at least a minute, of the smallest size that holds both; or of servers, each of which is a task.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fargate {
    /// The processors that tasks run on.
    #[serde(default)]
    pub architecture: Architecture,
    /// Temporary disk of each instance; what is above 20 GB is charged.
    #[serde(default)]
    #[schemars(example = "50GiB")]
    pub storage: Option<Bytes>,
    /// The task that each server is, on a platform of kind `servers`.
    #[serde(default)]
    #[schemars(example = serde_json::json!({ "cpu": 1, "memory": "2GiB" }))]
    pub task: Option<Task>,
    /// Figures instead of those of the sheet, by their names in `explain fargate`.
    #[serde(default)]
    pub values: Given,
}

/// What a task has.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Task {
    /// Its CPU.
    pub cpu: Millicpu,
    /// Its memory.
    pub memory: Bytes,
}

impl Described for Fargate {
    const NAME: &'static str = "fargate";
    const SUMMARY: &'static str =
        "AWS Fargate, Linux, us-east-1: vCPU-hours and GB-hours of instances that exist.";
    const SOURCE: &'static str = "src/preset/prices/fargate.toml, with the evidence of each value";
}

impl Task {
    /// The smallest task that holds so much: the least CPU that will do, and the least memory that goes with it. `None` if none does.
    pub fn holding(cpu: Millicpu, memory: Bytes) -> Option<Self> {
        let (cpu, memory) = (u128::from(cpu.get()), u128::from(memory.get()));
        let holds =
            |row: &&Row| whole(row, "millicpu") >= cpu && whole(row, "most") * MIB >= memory;
        let row = preset::FARGATE_PRICES.table("sizes").iter().find(holds)?;
        let (least, step) = (whole(row, "least") * MIB, whole(row, "step") * MIB);
        let steps = memory.saturating_sub(least).div_ceil(step);
        let narrow = |amount: u128| u64::try_from(amount).ok();
        Some(Self {
            cpu: Millicpu::new(narrow(whole(row, "millicpu"))?),
            memory: Bytes::new(narrow(least + steps * step)?),
        })
    }
}

/// The task that holds an instance.
fn task(values: &Values<'_>, application: &Application) -> Result<Task, SheetError> {
    if application.cpu.get() == 0 {
        let message = format!("`{}` reserves no CPU, and Fargate charges for it", application.name);
        return Err(SheetError::new("", message, "give the service its `cpu`, as in `cpu = 0.25`"));
    }
    let task = Task::holding(application.cpu, application.memory);
    task.ok_or_else(|| values.too_large(application))
}

impl Fargate {
    /// How much is charged: for each application something that `weight` tells, or for all servers
    /// what it tells of the task that each is.
    fn amount(
        &self,
        of: &Billed,
        values: &Values<'_>,
        weight: impl Fn(&Application) -> Result<u128, SheetError>,
    ) -> Result<Amount, SheetError> {
        let Some(servers) = of.servers else {
            let instances = of.instances(Self::NAME)?;
            if self.task.is_some() {
                let message = "a task here is an instance, which has what its service asks for";
                return Err(SheetError::new("task", message, "leave it out"));
            }
            return Ok(Amount::counted(Provision::All, instances.try_weights(weight)?));
        };
        let task = self.task.ok_or_else(|| {
            let message = "`fargate` charges for CPU and memory, which servers do not name";
            let help = "say what each is: `price.fargate.task = { cpu = 1, memory = \"2GiB\" }`";
            SheetError::new("", message, help)
        })?;
        let task = Application {
            name: "task".to_owned(),
            memory: task.memory,
            cpu: task.cpu,
            cores: None,
            provisioned: false,
            snapshot: false,
        };
        Ok(servers.amount(weight(&task)?, values.span("step_s")?, values.span("least_s")?))
    }
}

impl Sheet for Fargate {
    fn tariff(&self, of: &Billed) -> Result<Tariff, SheetError> {
        let values = Values::new(Self::NAME, &self.values)?;
        let cpu = self.amount(of, &values, |of| Ok(task(&values, of)?.cpu.get().into()))?;
        let memory = self.amount(of, &values, |of| Ok(task(&values, of)?.memory.get().into()))?;
        let price = |name| values.money(&self.architecture.key(name));
        let mut rates = vec![
            Rate::new("cpu", "vCPU-hour", (price("cpu")?, VCPU_HOUR), cpu),
            Rate::new("memory", "GB-hour", (price("memory")?, GIB_HOUR), memory),
        ];
        if let Some(storage) = self.storage {
            let free = values.whole("storage_free_gb")? << 30;
            let charged = u128::from(storage.get()).saturating_sub(free);
            let disks = self.amount(of, &values, |_| Ok(charged))?;
            rates.push(Rate::new(
                "storage",
                "GB-hour",
                (values.money("storage")?, GIB_HOUR),
                disks,
            ));
        }
        let counted = Metering {
            of: Stretch::Alive,
            step: values.span("step_s")?,
            least: values.span("least_s")?,
            init: false,
            provisioned_step: Span::ZERO,
        };
        let counts = of.servers.is_none_or(|servers| servers.come_and_go);
        let metering = Some(counted).filter(|_| counts);
        Ok(Tariff { rates, metering, monthly: true })
    }
}
