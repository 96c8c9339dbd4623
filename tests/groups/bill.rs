//! What servers cost that come and go: the time of each.

use super::{metric, requests, told};

const BY_CLOCK: &str =
    "autoscaling.scheduled = { times = [{ from = '600s', to = '1200s', instances = 3 }] }";

fn cost(keys: &str) -> f64 {
    let rows = [(0.0, 1.0), (3599.0, 1.0)];
    let (_, ran) = told(&requests(&rows, &format!("servers = 1\n{BY_CLOCK}\n{keys}"), ""));
    metric(&ran, "cost_usd")
}

/// One server for an hour and two for ten minutes: 4,800 s, that is 4/3 h.
#[test]
fn flat_prices_count_the_time_of_servers() {
    assert!((cost("price.server_hour = 0.9") - 1.2).abs() < 1e-9);
    // A task of Fargate with a vCPU and 2 GB by the hour, as in the list of prices.
    let whole = cost("price.fargate.task = { cpu = 1, memory = '2GiB' }");
    assert!((whole / (4.0 / 3.0) - (0.040_48 + 2.0 * 0.004_445)).abs() < 1e-9, "{whole}");
}

/// An m5.large is 0.096 USD an hour by the second. From 1,230 s on one is there for 20 s, which is charged as a minute.
#[test]
fn ec2_charges_each_server_for_a_minute_at_least() {
    let ec2 = "machine = 'm5.large'\nprice.ec2 = {}";
    assert!((cost(ec2) - 0.096 * 4.0 / 3.0).abs() < 1e-9);
    let spot = "machine = 'm5.large'\nprice.ec2 = { purchase = 'spot', discount = 0.5 }";
    assert!((cost(spot) - 0.048 * 4.0 / 3.0).abs() < 1e-9);
    let rows = [(0.0, 1.0), (3599.0, 1.0)];
    let short = "servers = 1\nmachine = 'm5.large'\nprice.ec2 = {}\n\
                 autoscaling.scheduled = { times = [{ from = '1230s', to = '1250s', instances = 2 }] }";
    let (_, ran) = told(&requests(&rows, short, ""));
    assert!((metric(&ran, "cost_usd") - 0.096 * 3660.0 / 3600.0).abs() < 1e-9);
}

/// A server that is dead and not replaced is there and charged; one that is drained is charged until it goes.
#[test]
fn the_dead_are_charged_until_they_are_gone() {
    let price = "price.server_hour = 3600\nservers = 2";
    let fault =
        "fault.f = { platform = 'p', match = 'slot=0', at = ['10s'], lasts.constant = '5s' }";
    let (_, ran) = told(&requests(&[(0.0, 20.0), (99.0, 1.0)], price, fault));
    assert!((metric(&ran, "cost_usd") - 200.0).abs() < 1e-6);
    let drained = "price.server_hour = 3600\nservers = 1\n\
                   autoscaling.scheduled = { times = [{ from = '0s', to = '10s', instances = 2 }] }";
    let (_, ran) = told(&requests(&[(0.0, 5.0), (1.0, 49.0), (99.0, 1.0)], drained, ""));
    assert!((metric(&ran, "cost_usd") - 150.0).abs() < 1e-6);
    assert_eq!(metric(&ran, "servers_mean"), 1.5);
}

/// A spot server is charged until its notice is over, at 15 s, and not for as long as it is away: for ever, or until 65 s.
/// One that was dead since 5 s is given back at the notice; one that boots, too. The other is there for 100 s.
#[test]
fn what_is_taken_away_is_not_charged() {
    let spot = |more: &str, keys: &str| {
        let platform = format!("price.server_hour = 3600\nservers = 2\n{keys}");
        let fault = format!(
            "fault.f = {{ platform = 'p', kind = 'spot', notice = '5s', match = 'slot=0', at = ['10s'] {more} }}"
        );
        (platform, fault)
    };
    let cost = |(platform, fault): (String, String)| {
        let (_, ran) = told(&requests(&[(0.0, 1.0), (99.0, 1.0)], &platform, &fault));
        assert!((metric(&ran, "servers_mean") - metric(&ran, "cost_usd") / 100.0).abs() < 1e-9);
        metric(&ran, "cost_usd").round()
    };
    assert_eq!(cost(spot("", "")), 115.0);
    assert_eq!(cost(spot(", lasts.constant = '50s'", "")), 150.0);
    let (platform, fault) = spot("", "");
    let crash =
        "fault.g = { platform = 'p', match = 'slot=0', at = ['5s'], lasts.constant = '20s' }";
    assert_eq!(cost((platform, format!("{fault}\n{crash}"))), 110.0);
    // It dies at 2 s, is back at 8 s, and boots when the notice comes.
    let (platform, fault) = spot("", "boot.constant = '10s'");
    let crash =
        "fault.g = { platform = 'p', match = 'slot=0', at = ['2s'], lasts.constant = '6s' }";
    assert_eq!(cost((platform, format!("{fault}\n{crash}"))), 110.0);
}
