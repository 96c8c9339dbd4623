//! How callers, clients and services, send requests.

use super::super::schema::{AbandonedForm, JitterForm, Retries};
use super::Compiler;
use crate::kernel::Span;
use crate::model::{Abandoned, Backoff, Exchange, Jitter};
use crate::variate::Distribution;

/// The keys that clients and calls share.
pub(super) struct ExchangeForm<'a> {
    pub(super) timeout: Option<Span>,
    pub(super) abandoned: AbandonedForm,
    pub(super) latency: Option<&'a Distribution>,
    pub(super) retries: Option<&'a Retries>,
}

impl Compiler<'_> {
    /// The exchange of the client or call at `path`.
    pub(super) fn exchange(&mut self, path: &[&str], form: &ExchangeForm<'_>) -> Exchange {
        self.positive(&[path, &["timeout"]].concat(), form.timeout);
        let latency =
            form.latency.and_then(|latency| self.variate(&[path, &["latency"]].concat(), latency));
        let backoff = match form.retries {
            Some(retries) => self.backoff(&[path, &["retries"]].concat(), retries),
            None => Backoff::NEVER,
        };
        Exchange {
            latency,
            timeout: form.timeout.unwrap_or(Span::MAX),
            abandoned: match form.abandoned {
                AbandonedForm::Finish => Abandoned::Finish,
                AbandonedForm::Cancel => Abandoned::Cancel,
            },
            backoff,
            tries: 0,
        }
    }

    fn backoff(&mut self, path: &[&str], retries: &Retries) -> Backoff {
        self.expect(
            retries.attempts > 0,
            &[path, &["attempts"]].concat(),
            "a request is attempted at least once",
            "write 1 for no retry, 2 for one retry",
        );
        self.expect(
            retries.factor.is_finite() && retries.factor >= 0.0,
            &[path, &["factor"]].concat(),
            "the factor of a backoff is a number that is not negative",
            "write 2.0 to double the pause each time, 1.0 to keep it",
        );
        Backoff {
            attempts: retries.attempts,
            first: retries.backoff,
            factor: retries.factor,
            longest: retries.max_backoff.unwrap_or(Span::MAX),
            jitter: match retries.jitter {
                JitterForm::None => Jitter::None,
                JitterForm::Full => Jitter::Full,
                JitterForm::Equal => Jitter::Equal,
            },
            fresh_demand: retries.fresh_demand,
        }
    }
}
