//! Faults of the hosts of instances.

use super::super::schema::{FaultForm, FaultKindForm, Hosts, Platform};
use super::Compiler;
use crate::model::HostId;
use crate::platform::fleet::FaultSpec;

/// How many hosts of instances a platform has that may fail; none if there is no limit, or it has no such hosts.
pub(super) fn hosts_of(platform: &Platform) -> u64 {
    let all = |makes: &[Hosts]| makes.iter().map(|hosts| u64::from(hosts.count)).sum();
    match platform {
        Platform::Faas(form) => all(&form.hosts),
        Platform::Fn(form) => all(&form.hosts),
        Platform::Openwhisk(form) => form.invokers.into(),
        Platform::Servers(_) | Platform::PiCloud(_) | Platform::Orchestrator(_) => 0,
    }
}

impl Compiler<'_> {
    /// That what a fault of hosts says is meant for hosts.
    pub(super) fn check_host_fault(&mut self, name: &str, form: &FaultForm) {
        self.expect(
            form.selector.is_none(),
            &["fault", name, "match"],
            "hosts have no labels",
            "say which by their numbers, as in `hosts = \"0, 4-7\"`",
        );
        self.expect(
            matches!(form.kind, FaultKindForm::Crash | FaultKindForm::Spot)
                && form.speed.is_none()
                && form.service.is_none()
                && form.exit_code.is_none(),
            &["fault", name],
            "hosts of instances are not slow: they crash, or are taken away, and have no other faults",
            "leave `speed`, `service` and `exit_code` out, and write `kind = \"spot\"` or no kind",
        );
        self.expect(
            form.notice.is_none() || form.kind == FaultKindForm::Spot,
            &["fault", name, "notice"],
            "a crash is not announced",
            "leave it out, or write `kind = \"spot\"`",
        );
    }

    /// The faults of the platform that is called `name`.
    pub(super) fn host_faults(&mut self, name: &str) -> Vec<FaultSpec> {
        let hosts = self.scenario.platform.get(name).map_or(0, hosts_of);
        let own = self.own_faults(name).into_iter().filter(|_| hosts > 0);
        own.map(|(name, form)| self.host_fault(name, form, hosts)).collect()
    }

    fn host_fault(&mut self, name: &str, form: &FaultForm, count: u64) -> FaultSpec {
        let hosts = match form.hosts.as_deref().map(|text| numbers(text, count)) {
            None => (0..count as usize).map(HostId::from_index).collect(),
            Some(Ok(hosts)) => hosts,
            Some(Err(message)) => {
                let help = "numbers and ranges of numbers, as in `hosts = \"0, 4-7\"`";
                self.error_with(&["fault", name, "hosts"], message, help);
                Vec::new()
            }
        };
        FaultSpec { times: self.fault_times(name, form, form.lasts.is_some()), hosts }
    }
}

/// The hosts that a text such as `"0, 4-7"` names, of so many; in order, each once.
fn numbers(text: &str, count: u64) -> Result<Vec<HostId>, String> {
    let mut hosts = Vec::new();
    for part in text.split(',').map(str::trim) {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let number = |text: &str| text.trim().parse::<u64>();
        let (Ok(first), Ok(last)) = (number(first), number(last)) else {
            return Err(format!("`{part}` is neither a number nor a range of numbers"));
        };
        if first > last {
            return Err(format!("`{part}` goes backwards"));
        }
        if last >= count {
            return Err(format!("there is no host {last}: they are 0 to {}", count - 1));
        }
        hosts.extend((first..=last).map(|number| HostId::from_index(number as usize)));
    }
    hosts.sort_unstable();
    hosts.dedup();
    Ok(hosts)
}

#[cfg(test)]
mod tests {
    use super::numbers;

    #[test]
    fn hosts_are_named_by_numbers_and_ranges() {
        let named = |text| {
            numbers(text, 8).map(|hosts| hosts.iter().map(|host| host.number()).collect::<Vec<_>>())
        };
        assert_eq!(named("0, 4-7,4"), Ok(vec![0, 4, 5, 6, 7]));
        assert_eq!(named("3"), Ok(vec![3]));
        for (text, message) in [
            ("", "`` is neither a number nor a range of numbers"),
            ("a", "`a` is neither a number nor a range of numbers"),
            ("5-2", "`5-2` goes backwards"),
            ("2-8", "there is no host 8: they are 0 to 7"),
        ] {
            assert_eq!(named(text), Err(message.to_owned()));
        }
    }
}
