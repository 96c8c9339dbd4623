//! Scenarios that are wrong.

use std::path::Path;

use cloudsched::scenario::load_text;

#[test]
fn what_is_wrong_is_told() {
    let error = |service: &str, platform: &str| {
        let text = format!(
            "horizon = '1h'\n[client.c]\nservice = 's'\narrivals.poisson.rate = '1/s'\n[service.s]\n\
             platform = 'cloud'\ndemand.constant = '1s'\n{service}\n[platform.cloud]\n\
             kind = 'picloud'\n{platform}\n"
        );
        let error = load_text("bad.toml", &text, Path::new(""), "bad", &[]);
        error.map(|_| ()).unwrap_err().render(false)
    };
    let three = error("core_type = 'c2'\ncores = 3", "");
    assert!(three.contains("a job cannot take 3 cores of type `c2`"), "{three}");
    assert!(three.contains("`cores` is one of 1, 2, 4, 8"), "{three}");
    let slip = error("core_type = 'c3'", "");
    assert!(
        slip.contains("unknown type of core `c3`") && slip.contains("one of `c1`, `c2`"),
        "{slip}"
    );
    let odd = error("max_runtime = '90s'", "");
    assert!(odd.contains("a longest runtime is in whole minutes"), "{odd}");
    let odd = error("timeout = '90s'", "");
    assert!(odd.contains("a longest runtime is in whole minutes"), "{odd}");
    let both = error("timeout = '1m'\nmax_runtime = '1m'", "");
    assert!(both.contains("timeout"), "{both}");
    let small = error("", "core_types.c1.node.memory = '1GiB'");
    assert!(small.contains("the machine has less memory than its cores together"), "{small}");
    let who = error("", "realtime = [{ account = 'nobody', cores = 2 }]");
    assert!(who.contains("unknown account `nobody`"), "{who}");
    let free = error("", "realtime = [{ cores = 2 }]");
    assert!(free.contains("realtime"), "its price is not known: {free}");
    let own = "core_types.quick = { units = 2, memory = '1GB', cores = [1], node = { cores = 4, memory = '8GiB' } }";
    let unpriced = error("core_type = 'quick'", own);
    assert!(
        unpriced.contains("`quick` of `picloud` is not known (USD per core-hour)"),
        "{unpriced}"
    );
    let slip = error("core_type = 'quick'", &format!("{own}\nprice.picloud.values.quik = 1"));
    assert!(
        slip.contains("has no value `quik`") && slip.contains("did you mean `quick`"),
        "{slip}"
    );
    let taken = error("core_type = 'step_ms'", &own.replace("quick", "step_ms"));
    assert!(taken.contains("`step_ms` of `picloud` is in ms"), "{taken}");
    let short = error("", "lease = '999ms'");
    assert!(short.contains("a node is paid for a second at least"), "{short}");
    let machines = error("", "price = 'ec2'");
    assert!(machines.contains("rented by the core: choose `picloud`"), "{machines}");
    let many = error("", "capacity.fixed.nodes = 1000001");
    assert!(many.contains("more than 1000000 machines are taken for a slip"), "{many}");
    let many = error("", "realtime = [{ cores = 1000001 }]");
    assert!(many.contains("reserved are between one core and 1000000"), "{many}");
    let twice = error("", "price.picloud.core = 'c2'");
    assert!(twice.contains("`core` is not for a platform of kind `picloud`"), "{twice}");
}
