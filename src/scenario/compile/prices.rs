//! Prices: which tariffs a platform has.

use super::super::{OneOrMany, Value};
use super::Compiler;
use crate::platform::fleet::ApplicationSpec;
use crate::pricing::Tariff;
use crate::pricing::sheet::{Application, Billed, PriceForm};
use crate::quantity::Money;

/// An application as price sheets see it.
pub(super) fn billed_application(spec: &ApplicationSpec) -> Application {
    Application {
        name: spec.name.clone(),
        memory: spec.memory,
        cpu: spec.cpu,
        cores: None,
        provisioned: spec.provisioned.any(),
        snapshot: false,
    }
}

impl Compiler<'_> {
    /// The tariffs of the platform at `path`, which is of this `kind`.
    pub(super) fn tariffs(
        &mut self,
        path: &[&str],
        price: Option<&OneOrMany<PriceForm>>,
        of: &Billed,
        kind: &str,
    ) -> Vec<Tariff> {
        let mut tariffs: Vec<Tariff> = Vec::new();
        let mut hosts: Option<&str> = None;
        if self.misreads_machine(path, of) {
            return tariffs;
        }
        let forms = price.map_or(&[][..], OneOrMany::values);
        for (number, form) in forms.iter().enumerate() {
            let number = number.to_string();
            let mut place = [path, &["price"]].concat();
            if self.root.at(&place).is_some_and(|node| matches!(node.value, Value::List(_))) {
                place.push(&number);
            }
            let tariff = match form.choice.0.tariff(of) {
                Ok(tariff) => tariff,
                Err(error) => {
                    let keys: Vec<&str> =
                        error.key.split('.').filter(|key| !key.is_empty()).collect();
                    let within = [&place[..], &[form.sheet], &keys].concat();
                    let found = self.root.at(&within).is_some();
                    self.error_with(
                        if found { &within } else { &place },
                        error.message,
                        error.help,
                    );
                    continue;
                }
            };
            if tariff.metering.is_some() && tariffs.iter().any(|other| other.metering.is_some()) {
                let message =
                    format!("`{}` is the second sheet that charges the same instances", form.sheet);
                self.error_with(&place, message, "choose one of the sheets");
            }
            if tariff.rates.iter().any(|rate| rate.item == "hosts") {
                hosts = hosts.or(Some(form.sheet));
            }
            let within = if form.bare { place } else { [&place[..], &[form.sheet]].concat() };
            self.warn_of_idle_prices(&within, &tariff, of, kind);
            tariffs.push(tariff);
        }
        if let Some(hosts) = hosts {
            self.warn_of_double_prices(path, (forms, &tariffs), hosts);
        }
        tariffs
    }

    /// Warns of a sheet for instances that have machines of their own, where `hosts` charges for the machines that they are on.
    fn warn_of_double_prices(
        &mut self,
        path: &[&str],
        (forms, tariffs): (&[PriceForm], &[Tariff]),
        hosts: &str,
    ) {
        let own = |(form, tariff): (&PriceForm, &Tariff)| {
            (form.sheet != hosts && tariff.metering.is_some()).then(|| form.sheet.to_owned())
        };
        if let Some(sheet) = forms.iter().zip(tariffs).find_map(own) {
            self.warning(
                &[path, &["price"]].concat(),
                format!("`{sheet}` charges for what runs on hosts, and `{hosts}` for these hosts: both are paid"),
                "choose one of them, or a platform without hosts, such as `ecs-fargate`",
            );
        }
    }

    /// Whether the file names a machine type that is none, which is told elsewhere.
    fn misreads_machine(&self, path: &[&str], of: &Billed) -> bool {
        let given = |keys: &[&str]| self.root.at(&[path, keys].concat()).is_some();
        let hosts = of.hosts.iter().enumerate();
        let unknown = of.servers.is_some_and(|servers| servers.machine.is_none())
            || of.hosts.iter().any(|make| make.machine.is_none());
        unknown && given(&["machine"])
            || hosts
                .filter(|(_, make)| make.machine.is_none())
                .any(|(number, _)| given(&["hosts", &number.to_string(), "machine"]))
    }

    /// Warns of flat prices for what a platform does not have.
    fn warn_of_idle_prices(&mut self, path: &[&str], tariff: &Tariff, of: &Billed, kind: &str) {
        let without = [
            ("memory", "memory_gib_s", of.instances.is_none()),
            ("servers", "server_hour", of.servers.is_none()),
            ("hosts", "host_hour", of.charged_hosts().next().is_none()),
        ];
        for (item, key, none) in without {
            let priced =
                |rate: &crate::pricing::Rate| rate.item == item && rate.price > Money::ZERO;
            let path = [path, &[key]].concat();
            if none && self.root.at(&path).is_some() && tariff.rates.iter().any(priced) {
                self.warning(
                    &path,
                    format!("`{key}` is never charged: this platform of kind `{kind}` has none"),
                    "leave it out",
                );
            }
        }
    }
}
