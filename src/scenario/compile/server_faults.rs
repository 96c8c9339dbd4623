//! Faults of servers.

use super::super::schema::{FaultForm, FaultKindForm, ServersForm};
use super::Compiler;
use super::faults::thousandths;
use crate::platform::servers::group::{Condition, FaultKind, FaultSpec};
use crate::policy::orchestration::kubernetes::{Names, Operator, Requirement, requirements};

impl Compiler<'_> {
    /// The faults of the servers that are called `platform`.
    pub(super) fn server_faults(
        &mut self,
        platform: &str,
        servers: &ServersForm,
    ) -> Vec<FaultSpec> {
        let own = self.own_faults(platform).into_iter();
        own.map(|(name, form)| self.server_fault(name, form, servers)).collect()
    }

    fn server_fault(&mut self, name: &str, form: &FaultForm, servers: &ServersForm) -> FaultSpec {
        self.check_server_fault(name, form);
        let kind = match form.kind {
            // That of containers was told to be none of a server's.
            FaultKindForm::Crash | FaultKindForm::ContainerCrash => FaultKind::Crash,
            FaultKindForm::Slow => FaultKind::Slow(thousandths(form.speed.unwrap_or(1.0))),
            FaultKindForm::Spot => FaultKind::Spot,
            FaultKindForm::Hang => FaultKind::Hang,
            FaultKindForm::Partition => FaultKind::Partition,
        };
        let is_followed = servers.replace == Some(true) || servers.autoscaling.is_some();
        let recurs = form.lasts.is_some() || is_followed;
        let times = self.fault_times(name, form, recurs);
        let hits = self.slots(name, form, servers);
        self.check_hits(name, &hits, servers);
        FaultSpec { times, kind, hits }
    }

    /// Warns of a fault that hits no slot which servers take, but for those that lie under other faults.
    fn check_hits(&mut self, name: &str, hits: &[Condition], servers: &ServersForm) {
        let most = servers.autoscaling.as_ref().map_or(0, |policy| policy.0.bounds().1);
        let most = most.max(servers.servers);
        let zones = u32::try_from(servers.zones.len()).unwrap_or(u32::MAX).max(1);
        let is_hit = |slot: u32| {
            hits.iter().all(|of| {
                of.values.contains(&if of.of_zones { slot % zones } else { slot }) == of.is_one
            })
        };
        if !hits.is_empty() && most > 0 && !(0..most).any(is_hit) {
            self.warning(
                &["fault", name, "match"],
                format!("fault `{name}` hits no server: they have the slots 0 to {}", most - 1),
                "write slots that servers have, as in \"slot in (0, 1)\"",
            );
        }
    }

    /// That it is clear what a fault does.
    fn check_server_fault(&mut self, name: &str, form: &FaultForm) {
        let path = ["fault", name];
        let of_servers = form.kind != FaultKindForm::ContainerCrash;
        self.expect(
            of_servers && form.service.is_none() && form.exit_code.is_none(),
            &path,
            "servers crash, hang, are cut off, slow or taken away; only a cluster has other faults",
            "write a `kind` such as \"crash\" or \"hang\", without `service` and `exit_code`",
        );
        let slow = form.kind == FaultKindForm::Slow;
        let speed = form.speed.map_or(!slow, |speed| (0.001..1.0).contains(&speed) && slow);
        let place = ["fault", name, "speed"];
        self.expect(
            speed,
            if form.speed.is_some() { &place } else { &path },
            "a fault of kind `slow` leaves a server a part of its `speed`, a thousandth or more; others have none",
            "0.2 is a fifth of it",
        );
        self.expect(
            form.notice.is_none() || form.kind == FaultKindForm::Spot,
            &["fault", name, "notice"],
            "only a fault of kind `spot` gives notice",
            "leave it out",
        );
    }

    /// The conditions that the servers which a fault hits meet: of their zones and the numbers of their slots.
    fn slots(&mut self, name: &str, form: &FaultForm, servers: &ServersForm) -> Vec<Condition> {
        let mut names = Names::default();
        let Some(text) = &form.selector else { return Vec::new() };
        let place = ["fault", name, "match"];
        let parsed = requirements(text, &mut names).map_err(|error| error.to_string());
        let conditions = parsed.and_then(|parsed| {
            parsed.iter().map(|one| condition(one, &names, &servers.zones)).collect()
        });
        conditions.unwrap_or_else(|error: String| {
            let help =
                "servers are selected by zone or slot, as in \"zone=a\" or \"slot in (0, 1)\"";
            self.error_with(&place, error, help);
            Vec::new()
        })
    }
}

/// A requirement of labels as a condition on slots.
fn condition(one: &Requirement, names: &Names, zones: &[String]) -> Result<Condition, String> {
    let key = names.text(one.key());
    let is_one = match one.operator() {
        Operator::In => true,
        Operator::NotIn => false,
        _ => return Err(format!("`{key}` of a server is compared with values")),
    };
    let of_zones = match key {
        "zone" => true,
        "slot" => false,
        _ => return Err(format!("a server has no label `{key}`")),
    };
    let number = |text: &str| match zones.iter().position(|zone| zone == text) {
        Some(number) if of_zones => Ok(number as u32),
        None if of_zones && zones.is_empty() => Err("the servers have no `zones`".to_owned()),
        _ if of_zones => Err(format!("`{text}` is none of the zones: {}", zones.join(", "))),
        _ => text.parse().map_err(|_| format!("`{text}` is no number of a slot")),
    };
    let values = one.values().iter().map(|value| number(names.text(*value)));
    Ok(Condition { of_zones, is_one, values: values.collect::<Result<_, _>>()? })
}
