//! Accounts: whose quota a service uses.

use std::collections::BTreeMap;

use super::super::schema::Account;
use super::Compiler;
use crate::platform::QuotaSpec;

/// All accounts.
#[derive(Default)]
pub(super) struct Accounts<'a> {
    /// By platform: names and quotas of the accounts with services on it, but for the first account,
    /// number 0, which is that of all other services.
    platforms: BTreeMap<&'a str, Vec<(String, QuotaSpec)>>,
    /// By service: the number of its account on its platform.
    services: BTreeMap<&'a str, u32>,
}

impl Accounts<'_> {
    /// Names and quotas of the accounts on a platform, from number 1 on.
    pub(super) fn take(&mut self, platform: &str) -> Vec<(String, QuotaSpec)> {
        self.platforms.remove(platform).unwrap_or_default()
    }

    /// The number of a service's account on its platform.
    pub(super) fn of(&self, service: &str) -> u32 {
        self.services.get(service).copied().unwrap_or(0)
    }
}

impl<'a> Compiler<'a> {
    pub(super) fn accounts(&mut self) -> Accounts<'a> {
        let mut accounts = Accounts::default();
        for (name, account) in &self.scenario.account {
            self.check_quota(&["account", name], account.concurrency, account.requests_per_minute);
            // An account has a quota of its own on each platform.
            let mut numbers: BTreeMap<&str, u32> = BTreeMap::new();
            for (number, service_name) in account.services.iter().enumerate() {
                let number = number.to_string();
                let path = ["account", name.as_str(), "services", number.as_str()];
                // Versions are in the accounts of their services without being named.
                let with_its_own =
                    account.services.iter().any(|own| own == self.asked(service_name));
                if !with_its_own && self.names_version(&path, service_name) {
                    continue;
                }
                let Some(service) = self.scenario.service.get(service_name) else {
                    let known = self.service_names();
                    self.unknown(&path, "service", service_name, &known);
                    continue;
                };
                if self.room_of(service).is_none() && self.picloud_of(service).is_none() {
                    self.error_with(
                        &path,
                        format!("service `{service_name}` runs on a platform without instances"),
                        "quotas are those of a platform such as `faas`",
                    );
                    continue;
                }
                if self.picloud_of(service).is_some() {
                    self.warn_of_quotas(name, account);
                }
                let quotas = accounts.platforms.entry(&service.platform).or_default();
                let own = *numbers.entry(&service.platform).or_insert_with(|| {
                    let quota = QuotaSpec {
                        concurrency: account.concurrency,
                        requests_per_minute: account.requests_per_minute,
                    };
                    quotas.push((name.clone(), quota));
                    quotas.len() as u32
                });
                if accounts.services.insert(service_name, own).is_some() {
                    self.error(&path, format!("`{service_name}` is in an account already"));
                }
            }
        }
        accounts
    }

    /// On a platform of kind `picloud` nobody is refused.
    fn warn_of_quotas(&mut self, name: &str, account: &Account) {
        let given = [
            ("concurrency", account.concurrency.is_some()),
            ("requests_per_minute", account.requests_per_minute.is_some()),
        ];
        for (key, _) in given.into_iter().filter(|(_, given)| *given) {
            self.warning(
                &["account", name, key],
                format!("`{key}` is not used where jobs wait in a queue for cores"),
                "leave it out",
            );
        }
    }

    /// A quota of nothing serves nobody.
    pub(super) fn check_quota(
        &mut self,
        path: &[&str],
        concurrency: Option<u64>,
        requests_per_minute: Option<u64>,
    ) {
        let given = [("concurrency", concurrency), ("requests_per_minute", requests_per_minute)];
        for (key, _) in given.into_iter().filter(|(_, most)| *most == Some(0)) {
            self.error_with(
                &[path, &[key]].concat(),
                format!("with a `{key}` of 0 nothing is ever served"),
                "write at least 1, or leave it out for no bound",
            );
        }
    }
}
