//! Texts of scenarios.

pub const EXPONENTIAL: &str = r#"exponential = { mean = "1s" }"#;
pub const CONSTANT: &str = r#"constant = "1s""#;

pub fn poisson(per_sec: f64) -> String {
    format!(r#"poisson = {{ rate = "{per_sec}/s" }}"#)
}

/// The keys of a run that lasts `measured` seconds after a warm-up.
pub fn lasting(warm_up: u32, measured: u32) -> String {
    format!("warm_up = \"{warm_up}s\"\nhorizon = \"{}s\"\n", warm_up + measured)
}

/// A platform `p` of servers.
pub fn servers(count: u32, keys: &str) -> String {
    format!("[platform.p]\nkind = \"servers\"\nservers = {count}\n{keys}\n")
}

/// A platform `p` of functions.
pub fn faas(keys: &str) -> String {
    format!("[platform.p]\nkind = \"faas\"\n{keys}\n")
}

/// A platform `p` of kind `picloud`: so many nodes, always, of as many cores of one unit; a process
/// starts in no time.
pub fn picloud(nodes: u32, cores: u32) -> String {
    format!(
        "[platform.p]\nkind = \"picloud\"\ncore_type = \"x\"\nspawn.constant = \"0s\"\n\
         capacity.fixed.nodes = {nodes}\nprice = {{ request = 0 }}\n\
         core_types.x = {{ units = 1, memory = \"1MB\", cores = [1], \
         node = {{ cores = {cores}, memory = \"1GB\" }} }}\n"
    )
}

/// A platform `p` of kind `kubernetes`: so many nodes, each for as many pods.
pub fn cluster(nodes: u32, pods: u32) -> String {
    format!(
        "[platform.p]\nkind = \"kubernetes\"\n\
         nodes = [{{ count = {nodes}, cpu = 1, memory = \"1GiB\", pods = {pods} }}]\n"
    )
}

/// A client that sends to one service, `s`, on platform `p`.
pub fn one(times: &str, arrivals: &str, demand: &str, platform: &str) -> String {
    format!(
        "{times}\n[client.c]\nservice = \"s\"\narrivals.{arrivals}\n\
         [service.s]\nplatform = \"p\"\ndemand.{demand}\n{platform}"
    )
}
