//! What pods are worth, for the expander `price`.

/// Bytes in a GiB.
const GIB: f64 = (1_u64 << 30) as f64;

/// What CPU and memory of pods are worth in an hour, in USD: for a core and for a GiB.
///
/// The numbers are those of the price model of GCE (`cloudprovider/gce/gce_price_info.go`), recalled; other clouds
/// have none upstream.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PodPrices {
    /// For a core.
    pub core: f64,
    /// For a GiB.
    pub gib: f64,
}

impl Default for PodPrices {
    fn default() -> Self {
        Self { core: 0.033_174, gib: 0.004_446 }
    }
}

impl PodPrices {
    /// What CPU in thousandths of a core and memory in bytes are worth in an hour.
    ///
    /// ```
    /// use cloudsched::policy::orchestration::cluster_autoscaler::PodPrices;
    /// let prices = PodPrices { core: 0.04, gib: 0.01 };
    /// assert_eq!(prices.of([500, 3 << 30]), 0.05);
    /// ```
    pub fn of(&self, [cpu, memory]: [i64; 2]) -> f64 {
        self.core * (cpu as f64 / 1000.0) + self.gib * (memory as f64 / GIB)
    }
}
