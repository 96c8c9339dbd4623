//! Clients.

use super::super::schema::{ArrivalsForm, Client};
use super::Compiler;
use super::exchange::ExchangeForm;
use crate::kernel::Span;
use crate::model::ClientNumber;
use crate::variate::Variate;
use crate::workload::ArrivalProcess;
use crate::workload::arrival::ProcessError;
use crate::workload::trace::TraceFormat;
use crate::world::{ClientSpec, Load, Target};

impl Client {
    /// Whether the client stops sending by itself, whatever the file of a trace holds.
    pub(super) fn ends_by_itself(&self) -> bool {
        matches!(
            self.arrivals,
            Some(ArrivalsForm::List(_) | ArrivalsForm::Stages(_) | ArrivalsForm::Trace(_))
        )
    }
}

impl Compiler<'_> {
    pub(super) fn clients(&mut self) -> Vec<ClientSpec> {
        let mut specs = Vec::new();
        // A trace gives its process away with the load, so what depends on its names comes first.
        let scenario = self.scenario;
        let targets: Vec<_> =
            scenario.client.iter().map(|(name, client)| self.targets(name, client)).collect();
        for ((name, client), targets) in scenario.client.iter().zip(targets) {
            let path = ["client", name.as_str()];
            let targets = targets.map(|targets| self.by_routes(name, client, &targets));
            let load = self.load(name, client);
            let exchange = ExchangeForm {
                timeout: client.timeout,
                abandoned: client.abandoned,
                latency: client.latency.as_ref(),
                retries: client.retries.as_ref(),
            };
            let mut exchange = self.exchange(&path, &exchange);
            let delivery = self.delivery(name, client, targets.as_deref(), &mut exchange);
            self.check_sessions(name, client);
            self.check_pause(name, client);
            if let (Some(targets), Some(load)) = (targets, load) {
                specs.push(ClientSpec {
                    name: name.clone(),
                    load,
                    sessions: client.sessions,
                    targets,
                    exchange,
                    priority: client.priority,
                    delivery,
                });
            }
        }
        if specs.len() > usize::from(ClientNumber::MAX) {
            self.error(&["client"], "there are more than 65535 clients");
        }
        specs
    }

    /// That sessions are those of an open loop that waits for answers.
    fn check_sessions(&mut self, name: &str, client: &Client) {
        let path = ["client", name, "sessions"];
        self.expect(
            client.sessions != Some(0),
            &path,
            "requests are those of at least one session",
            "write how many there are, or leave it out",
        );
        self.expect(
            client.sessions.is_none() || client.users.is_none(),
            &path,
            "each user of a closed loop is a session",
            "leave it out, or write `arrivals` instead of `users`",
        );
        self.expect(
            client.sessions.is_none() || client.delivery.is_none(),
            &path,
            "messages are those of no session",
            "leave out either `sessions` or `delivery`",
        );
    }

    /// That users who are refused at once do not send again at the same instant for ever, as they would at the start of a
    /// cluster: no replica has requests before it is known everywhere.
    fn check_pause(&mut self, name: &str, client: &Client) {
        let pauses = client.think_time.is_some()
            || client.latency.is_some()
            || client.retries.is_some()
            || client.delivery.is_some();
        let service = client.service.as_ref().filter(|_| client.users.is_some() && !pauses);
        let Some(form) = service.and_then(|service| self.scenario.service.get(service)) else {
            return;
        };
        let Some(cluster) = self.orchestrator_of(form) else { return };
        let pod = form.pod.as_ref();
        let serves = form.replicas.is_some() || pod.is_some_and(|pod| pod.daemon);
        let by_way = cluster.exposure.is_some() || pod.is_some_and(|pod| pod.exposure.is_some());
        self.expect(
            !serves || by_way || cluster.endpoint_delay == Span::ZERO,
            &["client", name, "users"],
            "users who do not think are refused at once, again and again at the same instant, until the cluster has a replica for \
             requests",
            "add a `think_time`, `retries` with a pause, or a `latency`",
        );
    }

    /// Where the requests of a client go, by the target numbers of its arrivals.
    fn targets(&mut self, name: &str, client: &Client) -> Option<Vec<Target>> {
        let path = ["client", name, "service"];
        let format = match &client.arrivals {
            Some(ArrivalsForm::Trace(trace)) => Some(trace.format),
            _ => None,
        };
        if format == Some(TraceFormat::Requests) {
            if client.service.is_some() {
                self.error_with(&path, "the trace names the services", "leave `service` out");
            }
            return self.traced_services(name);
        }
        let Some(service) = &client.service else {
            if self.lacks(&["client", name], "service") {
                self.error_with(
                    &["client", name],
                    format!("client `{name}` does not say where its requests go"),
                    "add `service = \"NAME\"`",
                );
            }
            return None;
        };
        if format.is_some_and(TraceFormat::makes_members) {
            return self.traced_members(name, service);
        }
        Some(vec![self.target(&path, service)?])
    }

    /// The services that a trace names.
    fn traced_services(&mut self, client: &str) -> Option<Vec<Target>> {
        let names = self.traces.get(client)?.names.clone();
        let path = ["client", client, "arrivals", "trace"];
        let mut targets = Vec::new();
        for name in &names {
            targets.extend(self.target(&path, name));
        }
        (targets.len() == names.len()).then_some(targets)
    }

    /// The members of the service that a trace makes a family.
    fn traced_members(&mut self, client: &str, service: &str) -> Option<Vec<Target>> {
        let path = ["client", client, "service"];
        if self.scenario.workflow.contains_key(service) {
            self.error_with(
                &path,
                format!(
                    "the rows of the trace are members of a service, and `{service}` is a workflow"
                ),
                "name a service",
            );
            return None;
        }
        let Some(range) = self.families.get(service).copied() else {
            let known = self.service_names();
            self.unknown(&path, "service", service, &known);
            return None;
        };
        let loaded = self.traces.get(client)?;
        let (rows, of_pods) = (loaded.names.len(), !loaded.pods.is_empty());
        let form = self.scenario.service.get(service);
        if of_pods && form.is_some_and(|form| self.orchestrator_of(form).is_none()) {
            self.error_with(
                &path,
                format!("the trace is of pods, and `{service}` does not run on a cluster of nodes"),
                "give it a platform of kind \"kubernetes\"",
            );
            return None;
        }
        if self.template_of(service).is_some_and(|(owner, _)| owner != client) {
            self.error_with(
                &path,
                format!("another client's trace makes the members of `{service}`"),
                "give this client a service of its own",
            );
            return None;
        }
        let member = |row: usize| {
            Target::Service(crate::model::ServiceId::new(range.first.number() + row as u32))
        };
        Some((0..rows).map(member).collect())
    }

    fn load(&mut self, name: &str, client: &Client) -> Option<Load> {
        let path = ["client", name];
        match (&client.arrivals, client.users) {
            (Some(arrivals), None) => {
                if client.think_time.is_some() {
                    self.error_with(
                        &["client", name, "think_time"],
                        "only the users of a closed loop think",
                        "leave it out, or write `users` instead of `arrivals`",
                    );
                }
                Some(Load::Open(self.arrivals(name, arrivals)?))
            }
            (None, Some(users)) => {
                self.expect(
                    users > 0,
                    &["client", name, "users"],
                    "a closed loop has at least one user",
                    "write how many there are",
                );
                let think_time = match &client.think_time {
                    Some(think_time) => {
                        self.variate(&["client", name, "think_time"], think_time)?
                    }
                    None => Variate::constant(Span::ZERO),
                };
                Some(Load::Closed { users, think_time })
            }
            (Some(_), Some(_)) => {
                self.error_with(
                    &["client", name, "users"],
                    format!("client `{name}` has both `arrivals` and `users`"),
                    "keep `arrivals` for an open loop, `users` for a closed one",
                );
                None
            }
            (None, None) => {
                if self.lacks(&path, "arrivals") && self.lacks(&path, "users") {
                    self.error_with(
                        &path,
                        format!("client `{name}` does not say when it sends requests"),
                        "add `arrivals.poisson = { rate = \"10/s\" }`, or `users = 10`",
                    );
                }
                None
            }
        }
    }

    fn arrivals(&mut self, name: &str, form: &ArrivalsForm) -> Option<Box<dyn ArrivalProcess>> {
        let (kind, process) = match form {
            ArrivalsForm::Poisson(form) => ("poisson", form.process()),
            ArrivalsForm::Constant(form) => ("constant", form.process()),
            ArrivalsForm::Cron(form) => ("cron", form.process()),
            ArrivalsForm::List(form) => ("list", form.process()),
            ArrivalsForm::Mmpp(form) => ("mmpp", form.process()),
            ArrivalsForm::Diurnal(form) => ("diurnal", form.process()),
            ArrivalsForm::Stages(form) => ("stages", form.process()),
            // Its rows are checked and its errors told already.
            ArrivalsForm::Trace(_) => return Some(self.traces.remove(name)?.process),
        };
        match process {
            Ok(process) => Some(process),
            Err(ProcessError { key, message }) => {
                let parts: Vec<&str> =
                    key.split(['.', '[', ']']).filter(|p| !p.is_empty()).collect();
                let path = [&["client", name, "arrivals", kind], &parts[..]].concat();
                self.error(&path, message);
                None
            }
        }
    }
}
