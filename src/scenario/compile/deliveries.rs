//! Event sources of clients.

use super::super::schema::Client;
use super::Compiler;
use crate::model::Exchange;
use crate::policy::delivery::{Delivery, DeliveryChoice};
use crate::world::Target;

impl Compiler<'_> {
    /// What holds the messages of a client, if it sends messages to `targets`; it gives them to the service
    /// by `exchange`.
    pub(super) fn delivery(
        &mut self,
        name: &str,
        client: &Client,
        targets: Option<&[Target]>,
        exchange: &mut Exchange,
    ) -> Option<Box<dyn Delivery>> {
        let DeliveryChoice(policy) = client.delivery.clone()?;
        let path = ["client", name, "delivery"];
        if let Err(error) = policy.check() {
            let choice = self.root.at(&path).and_then(|node| node.entries().first());
            let choice = choice.map(|(key, _)| key.name.clone());
            let path: Vec<&str> = path.into_iter().chain(choice.as_deref()).collect();
            self.parameter_error(&path, &error);
        }
        if client.users.is_some() {
            self.error_with(
                &["client", name, "users"],
                "the users of a closed loop wait for answers, and a message has none",
                "write `arrivals` instead of `users`, or leave `delivery` out",
            );
        }
        if client.retries.is_some() {
            self.error_with(
                &["client", name, "retries"],
                "what was accepted is tried again by its `delivery`",
                "leave `retries` out, and write how often into `delivery`",
            );
        }
        let one = targets.is_none_or(|targets| matches!(targets, [Target::Service(_)]));
        self.expect(
            policy.shape().batch <= 1 || one,
            &path,
            "the messages of a batch go to one service",
            "let the client name one service, or a member of a family, or write `batch = 1`",
        );
        exchange.timeout = exchange.timeout.min(policy.patience().unwrap_or(exchange.timeout));
        Some(policy)
    }
}
