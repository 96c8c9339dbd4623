//! Units of metrics.

/// The unit of a metric, which is part of its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unit {
    /// In words.
    pub words: &'static str,
    /// As an axis writes it; empty for a number of things or a share.
    pub symbol: &'static str,
    /// The part of the name that says nothing else; empty if there is none.
    pub part: &'static str,
}

impl Unit {
    /// The unit of the metric `name`.
    ///
    /// ```
    /// use cloudsched::metric::Unit;
    /// assert_eq!(Unit::of("response_ms_p99").symbol, "ms");
    /// assert_eq!(Unit::of("cold_start_fraction").words, "a share, 0 to 1");
    /// ```
    pub fn of(name: &str) -> Self {
        let unit = |words, symbol, part| Self { words, symbol, part };
        let has = |part: &str| format!("_{name}_").contains(part);
        match () {
            () if has("_ms_") => unit("milliseconds", "ms", "ms"),
            () if has("_per_s_") => unit("per second", "per s", "per_s"),
            () if has("_seconds_") => unit("seconds", "s", "seconds"),
            () if has("_hours_") => unit("hours", "h", "hours"),
            () if has("_gib_s_") => unit("GiB-seconds", "GiB s", "gib_s"),
            () if has("_usd_") => unit("USD", "USD", "usd"),
            () if has("_fraction_") || has("utilisation_") || has("availability") => {
                unit("a share, 0 to 1", "", "")
            }
            () => unit("a number", "", ""),
        }
    }
}
