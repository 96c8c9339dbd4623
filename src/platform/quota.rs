//! Quotas: how many requests an account may have in service, and how many it may send.

use crate::kernel::{Span, Time};
use crate::model::ApplicationId;
use crate::platform::fleet::ApplicationSpec;

/// What an account may use of a platform at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QuotaSpec {
    /// Requests in service, and starts waited for, at once; `None` is any number.
    pub concurrency: Option<u64>,
    /// Requests in a minute of the clock; `None` is any number.
    pub requests_per_minute: Option<u64>,
}

/// The length of the window of [`QuotaSpec::requests_per_minute`].
const MINUTE: Span = Span::from_secs(60);

/// An account at run time.
#[derive(Clone, Copy, Debug)]
struct Account {
    spec: QuotaSpec,
    /// Concurrency that is not reserved for an application; `None` is any.
    shared: Option<u64>,
    /// Requests of applications without a reserve that are admitted and not over.
    active: u64,
    /// The minute in which requests are counted, and how many came in it.
    minute: u64,
    requests: u64,
}

/// An application at run time, with its later versions.
#[derive(Clone, Copy, Debug)]
struct Share {
    account: usize,
    /// The concurrency that is its own: a floor, for nobody else may use it, and a ceiling.
    reserved: Option<u64>,
    /// Requests of any of them that are admitted and not over.
    active: u64,
}

/// Who may be served, by account.
#[derive(Debug)]
pub(super) struct Quotas {
    accounts: Vec<Account>,
    /// By application: which of the shares it has, for versions of one have one together.
    share_of: Vec<usize>,
    shares: Vec<Share>,
}

impl Quotas {
    /// Those of a platform; `None` where nothing is bounded, so that nobody need ask.
    pub(super) fn new(specs: &[QuotaSpec], applications: &[ApplicationSpec]) -> Option<Self> {
        let bounded = specs.iter().any(|spec| *spec != QuotaSpec::default())
            || applications.iter().any(|application| application.reserved_concurrency.is_some());
        if !bounded {
            return None;
        }
        let mut share_of: Vec<usize> = Vec::with_capacity(applications.len());
        let mut shares = Vec::new();
        for application in applications {
            let Some(older) = application.version_of else {
                share_of.push(shares.len());
                shares.push(Share {
                    account: application.account as usize,
                    reserved: application.reserved_concurrency,
                    active: 0,
                });
                continue;
            };
            share_of.push(share_of[older.index()]);
        }
        let account = |(number, spec): (usize, &QuotaSpec)| {
            let own = shares.iter().filter(|share| share.account == number);
            let reserved: u64 = own.filter_map(|share| share.reserved).sum();
            let left = spec.concurrency.map(|all| all.saturating_sub(reserved));
            Account { spec: *spec, shared: left, active: 0, minute: 0, requests: 0 }
        };
        Some(Self { accounts: specs.iter().enumerate().map(account).collect(), share_of, shares })
    }

    /// Admits a request of `application`, if that is within the quota of its account.
    pub(super) fn admit(&mut self, application: ApplicationId, now: Time) -> bool {
        let share = &mut self.shares[self.share_of[application.index()]];
        let account = &mut self.accounts[share.account];
        if let Some(most) = account.spec.requests_per_minute {
            let minute = now.as_nanos() / MINUTE.as_nanos();
            if minute != account.minute {
                (account.minute, account.requests) = (minute, 0);
            }
            if account.requests >= most {
                return false;
            }
            account.requests += 1;
        }
        let (active, most) = match share.reserved {
            Some(reserved) => (share.active, Some(reserved)),
            None => (account.active, account.shared),
        };
        if most.is_some_and(|most| active >= most) {
            return false;
        }
        share.active += 1;
        account.active += u64::from(share.reserved.is_none());
        true
    }

    /// A request that was admitted is over.
    pub(super) fn leave(&mut self, application: ApplicationId) {
        let share = &mut self.shares[self.share_of[application.index()]];
        share.active -= 1;
        self.accounts[share.account].active -= u64::from(share.reserved.is_none());
    }

    /// Requests that are admitted and not over.
    pub(super) fn active(&self) -> u64 {
        self.shares.iter().map(|share| share.active).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Wear;
    use crate::policy::timetable::Provisioned;
    use crate::quantity::{Bytes, Millicpu};

    fn application(account: u32, reserved: Option<u64>) -> ApplicationSpec {
        ApplicationSpec {
            name: String::new(),
            memory: Bytes::mib(128),
            cpu: Millicpu::ZERO,
            cpu_use: 1.0,
            max_instances: None,
            runtime: None,
            provisioned: Provisioned::default(),
            timeout: Span::MAX,
            wear: Wear::default(),
            version_of: None,
            account,
            reserved_concurrency: reserved,
        }
    }

    /// How many of `application` are admitted at this second.
    fn admitted(quotas: &mut Quotas, application: u32, second: u64) -> u64 {
        let (id, now) = (ApplicationId::new(application), Time::ZERO + Span::from_secs(second));
        (0..10_000).filter(|_| quotas.admit(id, now)).count() as u64
    }

    fn concurrency(most: u64) -> QuotaSpec {
        QuotaSpec { concurrency: Some(most), requests_per_minute: None }
    }

    #[test]
    fn nobody_asks_where_nothing_is_bounded() {
        assert!(Quotas::new(&[QuotaSpec::default()], &[application(0, None)]).is_none());
    }

    #[test]
    fn what_is_reserved_is_a_floor_and_a_ceiling() {
        let applications = [application(0, Some(100)), application(0, None), application(0, None)];
        let mut quotas = Quotas::new(&[concurrency(1000)], &applications).unwrap();
        assert_eq!(admitted(&mut quotas, 1, 0), 900, "100 are kept for the first");
        assert_eq!(admitted(&mut quotas, 2, 0), 0);
        assert_eq!(admitted(&mut quotas, 0, 0), 100);
        quotas.leave(ApplicationId::new(1));
        assert_eq!((admitted(&mut quotas, 0, 1), admitted(&mut quotas, 2, 1)), (0, 1));
        assert_eq!(quotas.active(), 1000);
    }

    /// The versions of a function have its reserve together.
    #[test]
    fn what_is_reserved_is_of_all_versions() {
        let newer = ApplicationSpec {
            version_of: Some(ApplicationId::new(1)),
            ..application(0, Some(100))
        };
        let applications = [application(0, None), application(0, Some(100)), newer];
        let mut quotas = Quotas::new(&[concurrency(1000)], &applications).unwrap();
        assert_eq!(admitted(&mut quotas, 0, 0), 900, "100 are kept once");
        assert_eq!((admitted(&mut quotas, 2, 0), admitted(&mut quotas, 1, 0)), (100, 0));
        quotas.leave(ApplicationId::new(2));
        assert_eq!(admitted(&mut quotas, 1, 1), 1, "what one version leaves another may have");
    }

    #[test]
    fn accounts_do_not_feel_each_other() {
        let applications = [application(0, None), application(1, None)];
        let mut quotas = Quotas::new(&[concurrency(3), concurrency(7)], &applications).unwrap();
        assert_eq!((admitted(&mut quotas, 0, 0), admitted(&mut quotas, 1, 0)), (3, 7));
    }

    #[test]
    fn requests_are_counted_by_the_minute_of_the_clock() {
        let spec = QuotaSpec { concurrency: None, requests_per_minute: Some(60) };
        let mut quotas = Quotas::new(&[spec], &[application(0, None)]).unwrap();
        assert_eq!(admitted(&mut quotas, 0, 59), 60);
        assert_eq!((admitted(&mut quotas, 0, 59), admitted(&mut quotas, 0, 60)), (0, 60));
    }
}
