//! Bills by price sheets: each against one worked out by hand, in picodollars (1e-12 USD).
//!
//! Four jobs run one after another: 0.4 ms, 100 ms, 101 ms and 2.5 s (jobs.csv), or overlap on one
//! instance (overlapping.csv): from 0 to 0.45 s without a gap, and from 1 s for 101 ms.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod page;
mod sheets;

use std::path::Path;

use cloudsched::metric::{Bill, RunOutcome};
use cloudsched::pricing::Line;
use cloudsched::scenario::load_text;
use cloudsched::world::run;

/// What a run with this platform of functions, this service and these jobs comes to.
fn outcome(jobs: &str, service: &str, platform: &str, horizon: &str) -> RunOutcome {
    outcome_on("faas", jobs, service, platform, horizon)
}

/// What a run on a platform of this kind comes to.
fn outcome_on(kind: &str, jobs: &str, service: &str, platform: &str, horizon: &str) -> RunOutcome {
    let text = format!(
        "horizon = '{horizon}'\n\
         client.users.arrivals.trace = {{ format = 'requests', path = '{jobs}.csv' }}\n\
         [service.fn]\nplatform = 'fns'\n{service}\n\
         [platform.fns]\nkind = '{kind}'\n{platform}\n"
    );
    let base = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/prices");
    let loaded = load_text("prices.toml", &text, &base, "prices", &[])
        .unwrap_or_else(|error| panic!("{}", error.render(false)));
    run(&loaded.specification, loaded.seed, None, None)
}

/// What is wrong with such a scenario.
fn error(service: &str, platform: &str) -> String {
    let text = format!(
        "horizon = '1h'\n[client.users]\nservice = 'fn'\narrivals.constant = {{ rate = '1/s' }}\n\
         [service.fn]\nplatform = 'fns'\ndemand.constant = '1ms'\n{service}\n\
         [platform.fns]\nkind = 'faas'\n{platform}\n"
    );
    let loaded = load_text("prices.toml", &text, Path::new(""), "prices", &[]);
    loaded.map(|_| ()).unwrap_err().render(false)
}

/// Items and picodollars of lines.
fn costs(lines: &[Line]) -> Vec<(&str, i128)> {
    lines.iter().map(|line| (line.item, line.cost.as_picodollars())).collect()
}

/// The bill of the platform.
fn bill(outcome: &RunOutcome) -> &Bill {
    &outcome.platforms[0].of.1
}

#[test]
fn lines_add_up_to_the_cost() {
    let prices =
        "price = ['aws-lambda', { egress = { per_request = '1KiB' } }, { request = 1e-9 }]";
    let outcome = outcome("jobs", "", prices, "730s");
    let sum = |lines: &[Line]| lines.iter().map(|line| line.cost.as_picodollars()).sum::<i128>();
    let bill = bill(&outcome);
    let items: Vec<&str> = bill.lines.iter().map(|line| line.item).collect();
    assert_eq!(items, ["compute", "requests", "transfer", "requests"]);
    assert_eq!(sum(&bill.lines), outcome.cost().as_picodollars());
    assert_eq!(sum(&bill.month), outcome.cost_of_month().unwrap().as_picodollars());
    let cost = outcome.metrics().into_iter().find(|(name, _)| *name == "cost_usd").unwrap().1;
    assert_eq!(cost.unwrap().as_f64(), outcome.cost().as_usd());
}

/// A file may hold platforms to choose from.
#[test]
fn a_platform_that_nothing_runs_on_is_not_there() {
    let chosen = "servers = 1\nprice.server_hour = 1";
    let other =
        format!("{chosen}\n[platform.{{}}]\nkind = 'servers'\nservers = 9\nprice.server_hour = 1");
    // One before and one behind the platform in the order of names.
    for name in ["a", "z"] {
        let both = outcome_on("servers", "jobs", "", &other.replace("{}", name), "730s");
        let alone = outcome_on("servers", "jobs", "", chosen, "730s");
        assert_eq!(both.platforms.len(), 1, "{name}");
        assert_eq!((both.cost(), both.digest), (alone.cost(), alone.digest), "{name}");
    }
}

#[test]
fn flat_prices_have_no_month() {
    let flat = outcome("jobs", "", "price = { request = 1 }", "730s");
    assert_eq!(costs(&bill(&flat).lines), [("requests", 4_000_000_000_000)]);
    assert_eq!(flat.cost_of_month(), None);
}

/// Of a job that the end of the warm-up cuts, what follows counts; of one that the end of the run
/// cuts, what was before.
#[test]
fn what_is_measured_is_charged() {
    let cut = |warm_up: &str, horizon: &str| {
        let price = "price = 'gcf-gen1'\n[output]";
        let text = format!("{price}\nmembers = false");
        let service = "memory = '128MiB'";
        let outcome = outcome("jobs", service, &text, &format!("{horizon}'\nwarm_up = '{warm_up}"));
        bill(&outcome).lines[0].amount / (128 << 20)
    };
    // 2.5 s from 3 s on: from 4.25 s on 1.25 s are left, 1.3 s are billed.
    assert_eq!(cut("4250ms", "10s"), 1_300_000_000);
    // Until 3.71 s, 0.71 s: 0.8 s are billed.
    assert_eq!(cut("2500ms", "3710ms"), 800_000_000);
    assert_eq!(cut("6s", "10s"), 0);
    assert_eq!(cut("0s", "10s"), 2_900_000_000);
}

/// The least that is charged is charged once: 450 ms of 2 GB are billed as a second, and when the
/// warm-up ends after 400 ms of them, the other 600 ms of that second are. The job of 101 ms is a
/// second of its own.
#[test]
fn the_least_charge_is_not_charged_again_after_the_warm_up() {
    let platform = "concurrency = 16\nprice = 'azure-flex'";
    let cut = outcome("overlapping", "memory = '1GiB'", platform, "730s'\nwarm_up = '400ms");
    assert_eq!(bill(&cut).lines[0].amount / (2 << 30), 1_600_000_000);
}

/// Ten messages a second go in batches of four, of a second each, one after another from 0.4 s on: at 2.5 s
/// three have begun, of which the last is still served. All twelve messages read an object and send a KiB;
/// the function was invoked three times.
#[test]
fn each_message_of_a_batch_is_charged() {
    let run = |price: &str, end: &str| {
        let text = format!(
            "horizon = '{end}'
            [client.c]
            service = 'fn'
            arrivals.constant.rate = '10/s'
            delivery.queue = {{ batch = 4, window = '10s' }}
            [service.fn]
            platform = 'fns'
            demand.constant = '250ms'
            [platform.fns]
            kind = 'faas'
            price = [{price}]"
        );
        let loaded = load_text("prices.toml", &text, Path::new(""), "prices", &[]).unwrap();
        cloudsched::world::run(&loaded.specification, loaded.seed, None, None)
    };
    let amounts = |end: &str| {
        let prices = "'aws-lambda', { s3 = { gets = 1 } }, { egress = { per_request = '1KiB' } }";
        let outcome = run(prices, end);
        let lines = bill(&outcome).lines.iter();
        let of = |item: &str, per: u128| {
            lines.clone().find(|line| line.item == item).map(|line| line.amount / per).unwrap()
        };
        (of("requests", 1_000_000), of("S3 reads", 1_000_000), of("transfer", 1024))
    };
    assert_eq!(amounts("2500ms"), (3, 12, 12));
    // Two of them from 1 s on.
    assert_eq!(amounts("2500ms'\nwarm_up = '1s"), (2, 8, 8));
}

#[test]
fn says_what_is_missing() {
    let missing = error("", "provisioned_concurrency = 1\nprice = 'gcf-gen1'");
    assert!(missing.contains("`idle_memory` of `gcf-gen1` is not known"), "{missing}");
    assert!(missing.contains("values = { idle_memory = 0.01 }"), "{missing}");
    let plan = error("", "provisioned_concurrency = 1\nprice = 'azure-consumption'");
    assert!(plan.contains("the Consumption plan has no instances that are provisioned"), "{plan}");
    let spot = error("", "hosts = [{ machine = 'm5.large' }]\nprice.ec2 = { purchase = 'spot' }");
    assert!(spot.contains("`spot_discount` of `ec2` is not known"), "{spot}");
    assert!(spot.contains("discount = 0.4"), "{spot}");
    let unnamed = error("", "hosts = [{ cpu = 2, memory = '4GiB' }]\nprice = 'ec2'");
    assert!(unnamed.contains("`ec2` charges by machine type"), "{unnamed}");
    let none = error("", "price = 'ec2'");
    assert!(none.contains("neither servers nor hosts"), "{none}");
    let small = error("memory = '7GiB'", "price = 'azure-premium'");
    assert!(small.contains("an instance of size EP1 does not hold `fn` with 7GiB"), "{small}");
    assert!(small.contains("price.azure-premium.size = \"EP2\""), "{small}");
    let part = error("memory = '256MiB'", "concurrency = 80\nprice = 'gcf-gen2'");
    assert!(part.contains("has a vCPU at least, and one of `fn` has 0.167"), "{part}");
    let several = error("", "concurrency = 2\nprice = 'aws-lambda'");
    assert!(several.contains("set `concurrency = 1`"), "{several}");
    let large = error("memory = '12GiB'", "price = 'aws-lambda'");
    assert!(large.contains("no instance as large as `fn` with 12GiB"), "{large}");
    let value = error("", "price.aws-lambda.values = { reqests = 0.2 }");
    assert!(value.contains("`aws-lambda` has no value `reqests`"), "{value}");
    assert!(value.contains("did you mean `requests`?"), "{value}");
    for (sheet, step) in [("aws-lambda", "0"), ("azure-consumption", "0.4")] {
        let none = error("", &format!("price.{sheet}.values = {{ memory_step_mb = {step} }}"));
        assert!(none.contains("`memory_step_mb` is a step, and that is at least 1"), "{none}");
    }
    let disk = error("", "price.aws-lambda.ephemeral_storage = '10TiB'");
    assert!(disk.contains("no instance has 10TiB of temporary disk"), "{disk}");
    let two = error("", "price = ['aws-lambda', 'gcf-gen1']");
    assert!(two.contains("the second sheet that charges the same instances"), "{two}");
    let name = error("", "price = 'aws-lamda'");
    assert!(name.contains("did you mean `aws-lambda`?"), "{name}");
    let key = error("", "price = { requests = 1 }");
    assert!(
        key.contains("unknown key `requests`") && key.contains("did you mean `request`?"),
        "{key}"
    );
    let machine = error("", "hosts = [{ machine = 'm5.larg' }]");
    assert!(machine.contains("did you mean `m5.large`?"), "{machine}");
    let host = error("", "hosts = [{ count = 2 }]");
    assert!(host.contains("missing key `cpu`") && host.contains("machine = "), "{host}");
}

/// Items of the bill of two c5.large servers for half an hour, with this price and `--set`.
fn items_of_servers(price: &str, set: &str) -> Vec<(String, i128)> {
    let text = format!(
        "horizon = '30m'\n[client.users]\nservice = 'web'\narrivals.constant = {{ rate = '1/s' }}\n\
         [service.web]\nplatform = 'pool'\ndemand.constant = '1ms'\n\
         [platform.pool]\nkind = 'servers'\nservers = 2\nmachine = 'c5.large'\n{price}\n"
    );
    let loaded = load_text("prices.toml", &text, Path::new(""), "prices", &[set.to_owned()]);
    let loaded = loaded.unwrap_or_else(|error| panic!("{}", error.render(false)));
    let outcome = run(&loaded.specification, loaded.seed, None, None);
    let costs = costs(&bill(&outcome).lines);
    costs.into_iter().map(|(item, cost)| (item.to_owned(), cost)).collect()
}

/// A server is a machine: half an hour of two c5.large at 0.085 USD an hour, half of it on spot.
#[test]
fn another_price_can_be_set() {
    let hours = |cost| vec![("servers".to_owned(), cost)];
    let flat = "price = { server_hour = 0.1 }";
    assert_eq!(items_of_servers(flat, "seed=1"), hours(100_000_000_000));
    assert_eq!(items_of_servers(flat, "platform.pool.price=ec2"), hours(85_000_000_000));
    let spot = "platform.pool.price.ec2={ purchase = 'spot', discount = 0.5 }";
    assert_eq!(items_of_servers(flat, spot), hours(42_500_000_000));
    assert_eq!(
        items_of_servers("price = 'ec2'", "platform.pool.price.server_hour=0.2"),
        hours(200_000_000_000)
    );
    // Flat prices stand beside each other.
    let both = items_of_servers(
        "price = { server_hour = 0.1, request = 0 }",
        "platform.pool.price.request=1",
    );
    assert_eq!(both[1], ("servers".to_owned(), 100_000_000_000));
}
