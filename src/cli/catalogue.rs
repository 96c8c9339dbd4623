//! All that has a name, for `list` and `explain`: one kind after another, from the catalogues that
//! the rest of the program is made from.

use schemars::SchemaGenerator;
use serde_json::Value;

use super::keys::{Key, keys_of};
use super::platforms::{deliveries, platforms, strategies};
use super::priced::{machines, prices};
use crate::metric::{METRICS, Metric, Of, Unit};
use crate::policy::CATALOGUES;
use crate::policy::catalogue::{Entry, Parameter};
use crate::report::{CHARTS, Chart};
use crate::variate::DISTRIBUTIONS;
use crate::workload::arrival::ARRIVALS;
use crate::workload::trace::TRACES;

/// A kind of things that have names.
pub(super) struct Kind {
    /// What `list` calls it.
    pub(super) name: &'static str,
    /// The things.
    pub(super) topics: fn() -> Vec<Topic>,
}

/// A thing that has a name.
#[derive(Debug, Default)]
pub(super) struct Topic {
    /// What it is, in words: `"placement policy"`.
    pub(super) kind: &'static str,
    pub(super) name: String,
    /// One sentence.
    pub(super) summary: String,
    /// What its keys are called: `"Parameters"`.
    pub(super) keys_title: &'static str,
    pub(super) keys: Vec<Key>,
    /// What is known of it, with evidence.
    pub(super) values: Vec<Told>,
    /// One as a scenario writes it, a line of TOML.
    pub(super) example: Option<String>,
    /// Where it comes from.
    pub(super) source: &'static str,
}

/// A value that a topic is known by.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) name: String,
    /// With its unit.
    pub(super) value: String,
    /// How well it is known, since when, from where.
    pub(super) known: String,
}

/// All kinds, in the order in which a reader should meet them.
pub(super) const KINDS: &[Kind] = &[
    Kind { name: "policies", topics: policies },
    Kind { name: "platforms", topics: platforms },
    Kind { name: "deliveries", topics: deliveries },
    Kind { name: "strategies", topics: strategies },
    Kind { name: "prices", topics: prices },
    Kind { name: "machines", topics: machines },
    Kind { name: "metrics", topics: metrics },
    Kind { name: "traces", topics: traces },
    Kind { name: "charts", topics: charts },
    Kind { name: "distributions", topics: distributions },
    Kind { name: "arrivals", topics: arrivals },
];

/// Where a scenario names a policy, by its name or its kind.
const PLACES: &[(&str, &str)] = &[
    ("placement policy", "platform.lambda.placement"),
    ("eviction policy", "platform.lambda.eviction"),
    ("keep-alive policy", "platform.lambda.keep_alive"),
    ("scaling policy", "platform.lambda.scaling"),
    ("autoscaling policy", "platform.pool.autoscaling"),
    ("scheduler", "platform.cluster.scheduler"),
    ("node autoscaler", "platform.elastic.node_autoscaling"),
    ("replica autoscaler", "platform.cluster.autoscaler"),
    ("rollout", "platform.cluster.rollout"),
    ("exposure", "platform.cluster.exposure"),
    ("capacity policy", "platform.queue.capacity"),
    ("balancing policy", "platform.pool.balance"),
    ("queueing discipline", "platform.pool.discipline"),
    ("delivery policy", "client.users.delivery"),
    ("poller policy", "client.users.delivery.queue.pollers"),
    ("rolling", "release.of_replicas.strategy"),
    ("release strategy", "release.v2.strategy"),
];

fn policies() -> Vec<Topic> {
    CATALOGUES.iter().flat_map(|catalogue| catalogue.entries).map(policy).collect()
}

fn policy(entry: &'static Entry) -> Topic {
    let mut places = PLACES.iter();
    let place = places.find(|(of, _)| [entry.name, entry.kind].contains(of));
    let place = place.map(|(_, place)| *place);
    let mut generator = SchemaGenerator::default();
    let schema = (entry.schema)(&mut generator).to_value();
    Topic {
        kind: entry.kind,
        name: entry.name.to_owned(),
        summary: entry.summary.to_owned(),
        keys_title: "Parameters",
        keys: keys_of(&schema, &Value::Object(generator.take_definitions(true))),
        values: Vec::new(),
        example: place.map(|place| policy_example(place, entry)),
        source: entry.source,
    }
}

/// `entry` at `place`, with those of its parameters that have an example.
fn policy_example(place: &str, entry: &Entry) -> String {
    let written = |parameter: Parameter| Some((parameter.name, toml(&parameter.example?)));
    let parameters: Vec<String> = entry
        .parameters()
        .into_iter()
        .filter_map(written)
        .map(|(name, value)| format!("{name} = {value}"))
        .collect();
    let name = entry.name;
    if parameters.is_empty() {
        return format!("{place} = \"{name}\"");
    }
    format!("{place}.{name} = {{ {} }}", parameters.join(", "))
}

/// A JSON value as TOML writes it on one line.
fn toml(value: &Value) -> String {
    match value {
        Value::Array(items) => {
            format!("[{}]", items.iter().map(toml).collect::<Vec<_>>().join(", "))
        }
        Value::Object(entries) => {
            let entry = |(key, value): (&String, &Value)| format!("{key} = {}", toml(value));
            format!("{{ {} }}", entries.iter().map(entry).collect::<Vec<_>>().join(", "))
        }
        // The escapes of JSON strings are escapes of TOML.
        other => other.to_string(),
    }
}

fn metrics() -> Vec<Topic> {
    let topic = |metric: &Metric| Topic {
        kind: "metric",
        name: metric.name.to_owned(),
        summary: metric.summary.to_owned(),
        keys_title: "Figures",
        keys: vec![
            Key::fact("unit", Unit::of(metric.name).words),
            Key::fact(
                "told of",
                match metric.of {
                    Of::Requests(_) | Of::Quantile(_) => "the run, each client, each service",
                    Of::Platform(_) => "the run, each platform",
                    Of::Release(_) => "the run, each release",
                    Of::Cost(_) => "the run",
                },
            ),
        ],
        values: Vec::new(),
        example: None,
        source: "",
    };
    METRICS.iter().map(topic).collect()
}

fn charts() -> Vec<Topic> {
    let topic = |chart: &Chart| Topic {
        kind: "chart",
        name: chart.name.to_owned(),
        summary: chart.summary.to_owned(),
        keys_title: "Data",
        keys: vec![
            Key::fact("file", &chart.files.join(" or ")),
            Key::fact("needs", chart.needs),
            Key::fact("command", &format!("cloudsched plot DIR --chart {}", chart.name)),
        ],
        values: Vec::new(),
        example: None,
        source: "",
    };
    CHARTS.iter().map(topic).collect()
}

fn traces() -> Vec<Topic> {
    let topic = |entry: &crate::workload::trace::TraceEntry| {
        let files = match entry.name {
            "azure-2019" => "invocations = \"invocations.csv\"".to_owned(),
            "openb" => "pods = \"pods.csv\"".to_owned(),
            name => format!("path = \"{name}.csv\""),
        };
        let name = entry.name;
        Topic {
            kind: "trace format",
            name: name.to_owned(),
            summary: entry.summary.to_owned(),
            keys_title: "Columns",
            keys: entry.columns.iter().map(|(name, meaning)| Key::fact(name, meaning)).collect(),
            values: Vec::new(),
            example: Some(format!(
                "client.users.arrivals.trace = {{ format = \"{name}\", {files} }}"
            )),
            source: entry.source,
        }
    };
    TRACES.iter().map(topic).collect()
}

fn distributions() -> Vec<Topic> {
    let topic = |entry: &crate::variate::DistributionEntry| Topic {
        kind: "distribution",
        name: entry.name.to_owned(),
        summary: sentence(entry.summary),
        keys_title: "Parameters",
        keys: entry.parameters.iter().map(|(name, meaning)| Key::fact(name, meaning)).collect(),
        values: Vec::new(),
        example: Some(format!("service.web.{}", entry.example)),
        source: entry.source,
    };
    DISTRIBUTIONS.iter().map(topic).collect()
}

/// `text` with a capital and a full stop.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str().trim_end_matches('.'))
}

/// Parameters of each arrival process, as a scenario writes them.
const ARRIVAL_EXAMPLES: &[(&str, &str)] = &[
    ("poisson", r#"{ rate = "90/s" }"#),
    ("constant", r#"{ rate = "90/s" }"#),
    ("cron", r#"{ schedule = "*/5 * * * *" }"#),
    ("list", r#"{ at = ["0s", "5s", "5s", "1m"] }"#),
    ("mmpp", r#"{ states = [{ rate = "10/s", mean = "5m" }, { rate = "200/s", mean = "20s" }] }"#),
    ("diurnal", r#"{ mean = "90/s", amplitude = 0.5, period = "1d", peak = "14h" }"#),
    (
        "stages",
        r#"[{ duration = "5m", target = "100/s" }, { duration = "20m", target = "100/s" }]"#,
    ),
];

fn arrivals() -> Vec<Topic> {
    let topic = |entry: &crate::workload::arrival::ArrivalEntry| {
        let example = ARRIVAL_EXAMPLES.iter().find(|(name, _)| *name == entry.name);
        Topic {
            kind: "arrival process",
            name: entry.name.to_owned(),
            summary: entry.summary.to_owned(),
            keys_title: "Parameters",
            keys: entry.parameters.iter().map(|(name, meaning)| Key::fact(name, meaning)).collect(),
            values: Vec::new(),
            example: example
                .map(|(name, parameters)| format!("client.users.arrivals.{name} = {parameters}")),
            source: entry.source,
        }
    };
    ARRIVALS.iter().map(topic).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::scenario::load_text;
    use crate::scenario::schema::Scenario;
    use crate::workload::trace::TraceForm;

    const BASE: &str = r#"
        horizon = "1s"
        platform.queue.kind = "picloud"
        [client.users]
        service = "web"
        arrivals.constant = { rate = "1/s" }
        [service.web]
        platform = "pool"
        demand.constant = "1ms"
        [service.fn]
        platform = "lambda"
        cpu = "250m"
        demand.constant = "1ms"
        [service.pods]
        platform = "cluster"
        replicas = 2
        demand.constant = "1ms"
        [service.router]
        platform = "cluster"
        replicas = 1
        demand.constant = "1ms"
        [release.v2]
        service = "web"
        at = "100ms"
        [release.of_replicas]
        service = "pods"
        at = "100ms"
        [platform.pool]
        kind = "servers"
        servers = 2
        balance = "random"
        [platform.lambda]
        kind = "faas"
        hosts = [{ count = 2, machine = "m5.xlarge" }]
        [platform.cluster]
        kind = "orchestrator"
        nodes = [{ cpu = 4, memory = "8GiB" }]
        [platform.elastic]
        kind = "orchestrator"
        nodes = [{ max = 5, machine = "m5.xlarge" }]
        node_autoscaling = "cluster-autoscaler"
        price = "ec2"
    "#;

    fn loads(example: &str) {
        let sets = [example.to_owned()];
        if let Err(error) = load_text("base.toml", BASE, Path::new(""), "base", &sets) {
            panic!("{example}\n{}", error.render(false));
        }
    }

    #[test]
    fn examples_are_valid_in_a_scenario() {
        let topics = [
            policies(),
            distributions(),
            arrivals(),
            prices(),
            machines(),
            deliveries(),
            strategies(),
        ];
        for topic in topics.iter().flatten() {
            let name = &topic.name;
            loads(topic.example.as_ref().unwrap_or_else(|| panic!("{name} has no example")));
        }
    }

    /// The JSON Schema of a scenario takes the example, beside the keys that nothing can do without.
    #[test]
    fn examples_are_valid_by_the_schema() {
        let schema = schemars::schema_for!(Scenario).to_value();
        let schema = jsonschema::draft202012::new(&schema).unwrap();
        let takes = |text: &str| {
            let scenario: toml::Table = text.parse().expect(text);
            schema.is_valid(&serde_json::to_value(scenario).unwrap())
        };
        let needed = r#"
            service.web.platform = "pool"
            platform.pool.kind = "servers"
            platform.pool.servers = 2
            platform.lambda.kind = "faas"
            release.v2.service = "web"
            release.of_replicas.service = "pods"
            platform.queue.kind = "picloud"
            platform.cluster.kind = "orchestrator"
            platform.cluster.nodes = [{ cpu = 4, memory = "8GiB" }]
            platform.elastic.kind = "orchestrator"
            platform.elastic.nodes = [{ max = 5, machine = "m5.xlarge" }]
        "#;
        let plain = [policies(), distributions(), arrivals(), traces()];
        let topics = plain.into_iter().chain([prices(), machines(), deliveries(), strategies()]);
        let topics: Vec<Vec<Topic>> = topics.collect();
        for topic in topics.iter().flatten() {
            let example = topic.example.as_ref().unwrap();
            assert!(takes(&format!("{needed}\n{example}")), "{example}");
            let wrong = example.replace(&topic.name, "misnomer");
            assert!(!takes(&format!("{needed}\n{wrong}")), "{wrong}");
        }
    }

    #[test]
    fn examples_of_traces_are_read() {
        for topic in traces() {
            let example = topic.example.unwrap();
            let read: toml::Table = example.parse().expect(&example);
            let form = read["client"]["users"]["arrivals"]["trace"].clone();
            let form: TraceForm = form.try_into().expect(&example);
            assert_eq!(form.format.name(), topic.name);
            // The keys are those of the format: what is missing is the file.
            let error = form.open(Path::new("/nowhere")).unwrap_err().to_string();
            assert!(error.contains("nowhere"), "{error}");
        }
    }

    #[test]
    fn every_topic_speaks() {
        for topic in KINDS.iter().flat_map(|kind| (kind.topics)()) {
            assert!(topic.summary.ends_with('.'), "{topic:?}");
            assert!(!topic.kind.is_empty() && !topic.keys_title.is_empty(), "{topic:?}");
        }
    }

    #[test]
    fn units_are_read_from_names() {
        for (metric, expected) in [
            ("response_ms_p99", "milliseconds"),
            ("throughput_per_s", "per second"),
            ("wasted_memory_gib_s", "GiB-seconds"),
            ("cost_usd_per_million_requests", "USD"),
            ("host_cpu_utilisation", "a share, 0 to 1"),
            ("requests", "a number"),
        ] {
            assert!(METRICS.iter().any(|known| known.name == metric), "{metric}");
            assert_eq!(Unit::of(metric).words, expected);
        }
    }
}
