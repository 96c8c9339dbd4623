//! Each sheet against a bill worked out by hand.

use cloudsched::kernel::Span;
use cloudsched::pricing::sheet::{Application, Billed, Instances, Make, PriceForm};
use cloudsched::pricing::{Counted, Usage};
use cloudsched::quantity::Bytes;

use super::{bill, costs, outcome, outcome_on};

/// The bill of the four jobs, one after another, by `price` on instances of `memory`.
fn jobs(memory: &str, price: &str) -> Vec<(String, i128)> {
    charged("jobs", &format!("memory = '{memory}'"), price, "730s")
}

fn charged(jobs: &str, service: &str, price: &str, horizon: &str) -> Vec<(String, i128)> {
    let outcome = outcome(jobs, service, price, horizon);
    let costs = costs(&bill(&outcome).lines);
    costs.into_iter().map(|(item, cost)| (item.to_owned(), cost)).collect()
}

fn owned(costs: &[(&str, i128)]) -> Vec<(String, i128)> {
    costs.iter().map(|(item, cost)| ((*item).to_owned(), *cost)).collect()
}

/// To the millisecond: 1 + 100 + 101 + 2500 = 2702 ms of 512 MB are 1.351 GB-s. Each costs
/// 16,666,700: 22,516,711.7. Four requests at 200,000: 800,000.
#[test]
fn aws_lambda() {
    let expected = owned(&[("compute", 22_516_712), ("requests", 800_000)]);
    assert_eq!(jobs("512MiB", "price = 'aws-lambda'"), expected);
    // On arm64: 1.351 * 13,333,400 = 18,013,423.4.
    let arm = jobs("512MiB", "price.aws-lambda.architecture = 'arm64'");
    assert_eq!(arm, owned(&[("compute", 18_013_423), ("requests", 800_000)]));
    // 100 MB are billed as 128: 2.702 * 0.125 * 16,666,700 = 5,629,177.9.
    assert_eq!(jobs("100MiB", "price = 'aws-lambda'")[0].1, 5_629_178);
    // 511.5 MiB as 512; a figure of one's own instead of that of the sheet.
    let own = jobs("523776KiB", "price.aws-lambda = { values = { requests = 1 } }");
    assert_eq!(own, owned(&[("compute", 22_516_712), ("requests", 4_000_000)]));
}

/// A start of 400 ms belongs to the first job: 400.4 ms are 401. 401 + 100 + 101 + 2500 = 3102 ms of
/// half a GB: 1.551 * 16,666,700 = 25,850,051.7. Without it 2702 ms, as above. The start is late by
/// 400 ms, but no job waits for another.
#[test]
fn aws_lambda_starts() {
    let start = "cold_start.constant = '400ms'\n";
    let billed = jobs("512MiB", &format!("{start}price = 'aws-lambda'"));
    assert_eq!(billed[0].1, 25_850_052);
    let free = jobs("512MiB", &format!("{start}price.aws-lambda = {{ bill_init = false }}"));
    assert_eq!(free[0].1, 22_516_712);
}

/// One provisioned instance of half a GB: 730 s are billed as 900 s, 450 GB-s at 4,166,700:
/// 1,875,015,000. It serves all four jobs: 1.351 GB-s at 9,722,200: 13,134,692.2. Storage of 2 GiB is
/// 1.5 above 512 MB: 4.053 GB-s at 30,900: 125,237.7. A snapshot of half a GB, 730 s: 365 GB-s at
/// 1,504,600: 549,179,000; one start restores half a GB at 139,799,800: 69,899,900.
#[test]
fn aws_lambda_extras() {
    let price = "provisioned_concurrency = 1
        price.aws-lambda = { ephemeral_storage = '2GiB', snapstart = true }";
    let expected = [
        ("compute", 0),
        ("requests", 800_000),
        ("provisioned", 1_875_015_000),
        ("provisioned compute", 13_134_692),
        ("storage", 125_238),
        ("snapshots", 549_179_000),
        ("restores", 69_899_900),
    ];
    assert_eq!(jobs("512MiB", price), owned(&expected));
}

/// Of a GB and half a GB the second starts from snapshots: 730 s of half a GB are 365 GB-s at 1,504,600; two
/// starts restore a GB at 139,799,800. Where nothing says which does, both are charged: 1095 GB-s, 2 GB.
#[test]
fn aws_lambda_snapshots_of_those_that_have_them() {
    let counted = [1, 2].map(|starts| Counted { starts, ..Counted::default() }).to_vec();
    let usage = Usage { time: Span::from_secs(730), counted, ..Usage::default() };
    let snapshots = |snapshot: bool| {
        let form: PriceForm =
            serde_json::from_str(r#"{ "aws-lambda": { "snapstart": true } }"#).unwrap();
        let of = |mib: u64, snapshot: bool| Application {
            memory: Bytes::mib(mib),
            snapshot,
            ..Application::default()
        };
        let applications = vec![of(1024, false), of(512, snapshot)];
        let instances = Some(Instances { concurrency: 1, applications });
        let tariff = form.choice.0.tariff(&Billed { instances, ..Billed::default() }).unwrap();
        let lines = tariff.bill(&usage);
        let costs = lines.iter().map(|line| line.cost.as_picodollars());
        costs.skip(2).collect::<Vec<_>>()
    };
    assert_eq!(snapshots(true), [549_179_000, 139_799_800]);
    assert_eq!(snapshots(false), [1_647_537_000, 279_599_600]);
}

/// Two instances for 7 minutes are billed as 10 each, a third for one minute as 5: 1500 s of half a
/// GB, 750 GB-s at 4,166,700. A start of 0.4 s is no part of what they serve.
#[test]
fn aws_lambda_provisioned_by_the_clock() {
    let price = "cold_start.constant = '400ms'
        provisioned_concurrency = [{ from = '0s', to = '7m', instances = 2 }, { from = '00:02', to = '00:03', instances = 3 }]
        price = 'aws-lambda'";
    let bill = jobs("512MiB", price);
    assert_eq!(bill[2], ("provisioned".to_owned(), 3_125_025_000));
    // The first job waits for 0.4 s and takes the first that is ready, which is provisioned: as if
    // there were no starts, 1.351 GB-s at 9,722,200.
    assert_eq!((bill[0].1, bill[3].1), (0, 13_134_692));
}

/// One instance all the time: 730 s are billed as 900, but a month of 730 h as that: 1,314,000 GB-s at
/// 4,166,700. Where the end of a shift rounds, each of 3,600 such shifts does: 300 s for 60.
#[test]
fn a_month_goes_on_being_provisioned() {
    let month = |provisioned: &str| {
        let platform = format!("provisioned_concurrency = {provisioned}\nprice = 'aws-lambda'");
        let outcome = outcome("jobs", "memory = '512MiB'", &platform, "730s");
        let lines = costs(&bill(&outcome).month).into_iter();
        lines.filter(|(item, _)| *item == "provisioned").map(|(_, cost)| cost).sum::<i128>()
    };
    assert_eq!(month("1"), 5_475_043_800_000);
    let minute = "[{ from = '00:01', to = '00:02', instances = 1 }]";
    assert_eq!(month(minute), 150 * 3600 * 4_166_700);
}

/// 730 s are a 3,600th of a month. 1.351 * 3600 = 4863.6 GB-s at 16,666,700: 81,060,162,120; 14,400
/// requests at 200,000: 2,880,000,000. With the free tier nothing is left of either.
#[test]
fn aws_lambda_month() {
    let month = |price: &str| {
        let outcome = outcome("jobs", "memory = '512MiB'", price, "730s");
        let lines: Vec<(String, i128)> = costs(&bill(&outcome).month)
            .into_iter()
            .map(|(item, cost)| (item.to_owned(), cost))
            .collect();
        (lines, outcome.cost_of_month().unwrap().as_picodollars())
    };
    let expected = owned(&[("compute", 81_060_162_120), ("requests", 2_880_000_000)]);
    assert_eq!(month("price = 'aws-lambda'"), (expected, 83_940_162_120));
    let free = owned(&[("compute", 0), ("requests", 0)]);
    assert_eq!(month("price.aws-lambda = { free_tier = true }"), (free, 0));
}

/// 16e9 GB-s in a month: 6e9 at 16,666,700, 9e9 at 15,000,000, 1e9 at 13,334,000, in picodollars:
/// 100,000.2 + 135,000 + 13,334 USD. With the free tier the first 400,000 are free: 99,993.53332 USD.
#[test]
fn aws_lambda_tiers() {
    let nanos = 16_000_000_000_u128 * 1_000_000_000;
    let counted = vec![Counted { on_demand: nanos, ..Counted::default() }];
    let usage = Usage { time: cloudsched::pricing::MONTH, counted, ..Usage::default() };
    let month = |price: &str| {
        let form: PriceForm = serde_json::from_str(price).unwrap();
        let application =
            Application { name: "fn".into(), memory: Bytes::mib(1024), ..Application::default() };
        let instances = Instances { concurrency: 1, applications: vec![application] };
        let of = Billed { instances: Some(instances), ..Billed::default() };
        let tariff = form.choice.0.tariff(&of).unwrap();
        let lines = tariff.month(&usage.month().unwrap());
        let compute = lines.iter().filter(|line| line.item == "compute");
        compute.map(|line| line.cost.as_usd()).collect::<Vec<_>>()
    };
    assert_eq!(month(r#""aws-lambda""#), [100_000.2, 135_000.0, 13_334.0]);
    let free = [0.0, 99_993.533_32, 135_000.0, 13_334.0];
    assert_eq!(month(r#"{ "aws-lambda": { "free_tier": true } }"#), free);
    assert_eq!(usage.time, Span::from_secs(730 * 3600));
}

/// In steps of 100 ms: 100 + 100 + 200 + 2500 = 2900 ms. 500 MB are billed as 512, with 800 MHz:
/// 1.45 GB-s at 2,500,000 are 3,625,000; 2.32 GHz-s at 10,000,000 are 23,200,000; four requests at
/// 400,000. An idle instance that is kept costs what the file says: 727.1 s of half a GB at 1,000.
#[test]
fn gcf_gen1() {
    let expected = [("memory", 3_625_000), ("cpu", 23_200_000), ("requests", 1_600_000)];
    assert_eq!(jobs("500MiB", "price = 'gcf-gen1'"), owned(&expected));
    let kept =
        "provisioned_concurrency = 1\nprice.gcf-gen1.values = { idle_memory = 1e-9, idle_cpu = 0 }";
    assert_eq!(jobs("500MiB", kept)[3], ("idle memory".to_owned(), 363_550));
}

/// The union: 450 ms are billed as 500, 101 as 200; 0.7 s. One vCPU at 24,000,000: 16,800,000; 2 GiB
/// at 2,500,000: 3,500,000; four requests at 400,000.
#[test]
fn gcf_gen2() {
    let price = "concurrency = 10\nprice = 'gcf-gen2'";
    let expected = [("cpu", 16_800_000), ("memory", 3_500_000), ("requests", 1_600_000)];
    let service = "memory = '2GiB'\ncpu = 1";
    assert_eq!(charged("overlapping", service, price, "730s"), owned(&expected));
    // 2 GiB bring one vCPU of their own.
    assert_eq!(charged("overlapping", "memory = '2GiB'", price, "730s"), owned(&expected));
    // One request an instance: a second instance serves from 0.1 to 0.35 s, 300 ms; the third request
    // takes the one used last. 300 + 400 + 200 ms of the first and the second.
    let single = charged("overlapping", service, "price = 'gcf-gen2'", "730s");
    assert_eq!(single[0].1, 24_000_000 * 9 / 10);
}

/// 200 MB are billed as 256, times are at least 100 ms: 100 + 100 + 101 + 2500 = 2801 ms.
/// 0.70025 GB-s at 16,000,000: 11,204,000; four requests at 200,000.
#[test]
fn azure_consumption() {
    let expected = [("compute", 11_204_000), ("requests", 800_000)];
    assert_eq!(jobs("200MiB", "price = 'azure-consumption'"), owned(&expected));
}

/// 450 ms and 101 ms are billed as a second each, of 2 GB: 4 GB-s at 26,000,000; four requests at
/// 400,000. An always-ready instance: 730 s of 2 GB at 4,000,000, and 4 GB-s at 16,000,000.
#[test]
fn azure_flex() {
    let price = |parameters| format!("concurrency = 16\nprice.azure-flex = {parameters}");
    let service = "memory = '1GiB'";
    let expected = [("compute", 104_000_000), ("requests", 1_600_000)];
    assert_eq!(charged("overlapping", service, &price("{}"), "730s"), owned(&expected));
    let expected = [
        ("compute", 0),
        ("requests", 1_600_000),
        ("provisioned", 5_840_000_000),
        ("provisioned compute", 64_000_000),
    ];
    let price = format!("provisioned_concurrency = 1\n{}", price("{}"));
    let ready = charged("overlapping", service, &price, "730s");
    assert_eq!(ready, owned(&expected));
}

/// Kept for the hour, one instance: a vCPU at 0.173, 3.5 GB at 0.0123. Gone after each job, they live
/// 1 + 1 + 1 + 3 s, and the 3597.2986 s without any are charged as one, too: 3603.2986 s.
#[test]
fn azure_premium() {
    let kept = charged("jobs", "", "price = 'azure-premium'", "1h");
    assert_eq!(kept, owned(&[("cpu", 173_000_000_000), ("memory", 43_050_000_000)]));
    let gone = charged("jobs", "", "keep_alive = 'none'\nprice = 'azure-premium'", "1h");
    assert_eq!(gone, owned(&[("cpu", 173_158_516_056), ("memory", 43_089_445_758)]));
}

/// 300 MB are billed as 512: 1.351 GB-s at 14,170,000: 19,143,670; four requests at 200,000. Idle
/// for 730 - 2.702 s, a provisioned instance costs a quarter: 363.649 GB-s at 3,542,500.
#[test]
fn oci_functions() {
    let expected = [("compute", 19_143_670), ("requests", 800_000)];
    assert_eq!(jobs("300MiB", "price = 'oci-functions'"), owned(&expected));
    let ready = jobs("300MiB", "provisioned_concurrency = 1\nprice = 'oci-functions'");
    assert_eq!(ready[2], ("provisioned".to_owned(), 1_288_226_583));
}

/// 2702 ms of a core at 0.05 USD an hour: 37,527,777.8. Two c2 cores at 0.13: 195,144,444.4. Three
/// realtime cores for a part of an hour, at a price of one's own: 3 * 0.1 USD.
#[test]
fn picloud() {
    assert_eq!(jobs("128MiB", "price = 'picloud'"), owned(&[("compute", 37_527_778)]));
    let c2 =
        "price.picloud = { core = 'c2', cores = 2, realtime = 3, values = { realtime = 0.1 } }";
    let expected = [("compute", 195_144_444), ("realtime", 300_000_000_000)];
    assert_eq!(jobs("128MiB", c2), owned(&expected));
}

/// Each of four instances lives for less than a minute: 240 s. A quarter of a vCPU at 0.04048 an
/// hour: 674,666,666.7; 1 GB, which holds 700 MB, at 0.004445: 296,333,333.3; 10 GB above 20 at
/// 0.000111: 74,000,000.
#[test]
fn fargate() {
    let price = "keep_alive = 'none'\nprice.fargate = { storage = '30GiB' }";
    let expected = [("cpu", 674_666_667), ("memory", 296_333_333), ("storage", 74_000_000)];
    let service = "memory = '700MiB'\ncpu = '200m'";
    assert_eq!(charged("jobs", service, price, "730s"), owned(&expected));
}

/// Three servers, each a task of a quarter of a vCPU and 1 GB, which holds 700 MB: 30 s are billed as a
/// minute, 0.75 vCPU at 0.04048 an hour and 3 GB at 0.004445.
#[test]
fn fargate_servers() {
    let task = "price.fargate.task = { cpu = 0.25, memory = '700MiB' }";
    let outcome = outcome_on("servers", "jobs", "", &format!("servers = 3\n{task}"), "30s");
    assert_eq!(costs(&bill(&outcome).lines), [("cpu", 506_000_000), ("memory", 222_250_000)]);
}

/// 30 s are billed as a minute: 3 m5.large at 0.096 and 2 c5.xlarge at 0.17 USD an hour, 0.0048 and
/// 0.005666667 USD; reserved at 40 % off 0.00288 and 0.0034.
#[test]
fn ec2() {
    let hosts =
        "hosts = [{ count = 3, machine = 'm5.large' }, { count = 2, machine = 'c5.xlarge' }]\n";
    let demand = charged("jobs", "", &format!("{hosts}price = 'ec2'"), "30s");
    assert_eq!(demand, owned(&[("hosts", 4_800_000_000), ("hosts", 5_666_666_667)]));
    // Another make of the same machine is in the same line: 4/3 of the first.
    let more = hosts.replace("}]", "}, { count = 1, machine = 'm5.large', cpu = 1 }]");
    let demand = charged("jobs", "", &format!("{more}price = 'ec2'"), "30s");
    assert_eq!(demand, owned(&[("hosts", 6_400_000_000), ("hosts", 5_666_666_667)]));
    let reserved = "price.ec2 = { purchase = 'reserved', discount = 0.4 }";
    let reserved = charged("jobs", "", &format!("{hosts}{reserved}"), "30s");
    assert_eq!(reserved, owned(&[("hosts", 2_880_000_000), ("hosts", 3_400_000_000)]));
}

/// Four reads at 0.0004 a thousand, two writes at 0.005; 10 GB for a 3,600th of a month at 0.023.
#[test]
fn s3() {
    let price = "price.s3 = { gets = 1, puts = 0.5, storage = '10GiB' }";
    let expected = [("S3 reads", 1_600_000), ("S3 writes", 10_000_000), ("storage", 63_888_889)];
    assert_eq!(jobs("128MiB", price), owned(&expected));
}

/// 4 GiB at 0.09 USD: 0.36. A month 14,400 GiB, of which 100 are free: 1,287 USD.
#[test]
fn egress() {
    let price = "price.egress = { per_request = '1GiB', free_tier = true }";
    let outcome = outcome("jobs", "", price, "730s");
    assert_eq!(costs(&bill(&outcome).lines), [("transfer", 360_000_000_000)]);
    let month = costs(&bill(&outcome).month);
    assert_eq!(month, [("transfer", 0), ("transfer", 1_287_000_000_000_000)]);
}

/// Of a cluster for 730 hours: 73 USD, in extended support 438 USD. Five nodes of an m5.xlarge (4 vCPU) and two of an
/// m5.large (2): 6 units of 4 vCPU for 730 hours at 0.171 USD, 748.98 USD, beside 182.5 USD for the cluster.
#[test]
fn control_planes() {
    let machine =
        |name: &str| cloudsched::preset::MACHINES.iter().find(|machine| machine.name == name);
    let make = |name, count| Make { count, machine: machine(name), ..Make::default() };
    let hosts = vec![make("m5.xlarge", 5), make("m5.large", 2)];
    let of = Billed { hosts, ..Billed::default() };
    let costs = |price: &str| month(price, &of, 0);
    assert_eq!(costs("'eks'"), [73.0]);
    assert_eq!(costs("{ eks = { extended_support = true } }"), [438.0]);
    assert_eq!(costs("'rosa'"), [182.5, 748.98]);
    let own = Make { count: 1, priced: true, ..Make::default() };
    let with_own = Billed { hosts: [&of.hosts[..], &[own]].concat(), ..Billed::default() };
    assert_eq!(month("'rosa'", &with_own, 0), [182.5, 748.98], "own machines are no part of it");
}

/// Two for 730 hours at 0.0225: 32.85 USD. Nine million requests, each a connection: 25 a second for an hour are 90,000 of
/// them, so 100 units for an hour at 0.008: 0.8 USD. Over connections of ten requests, a tenth. With 64 KiB each they are
/// 549.31640625 GB, more than 10 units of connections: 4.39453125 USD.
#[test]
fn load_balancers() {
    let costs = |price: &str| month(price, &Billed::default(), 9_000_000);
    assert_eq!(costs("{ alb = { count = 2 } }"), [32.85, 0.8]);
    assert_eq!(costs("{ alb = { requests_per_connection = 10 } }"), [16.425, 0.08]);
    let bytes = "{ alb = { requests_per_connection = 10, per_request = '64KiB' } }";
    assert_eq!(costs(bytes), [16.425, 4.394_531_25]);
}

/// What is charged for a month, line by line.
fn month(price: &str, of: &Billed, requests: u64) -> Vec<f64> {
    #[derive(serde::Deserialize)]
    struct File {
        price: PriceForm,
    }
    let file: File = toml::from_str(&format!("price = {price}")).unwrap();
    let usage = Usage {
        requests,
        balanced: requests,
        time: cloudsched::pricing::MONTH,
        ..Usage::default()
    };
    let lines = file.price.choice.0.tariff(of).unwrap().bill(&usage);
    lines.iter().map(|line| line.cost.as_usd()).collect()
}
