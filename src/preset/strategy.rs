//! Named release strategies: what a release's `strategy` says by itself if it is such a name.

use std::sync::LazyLock;

use super::{Preset, embedded};

/// Makes the list of the strategies from the names of their files, in the order in which a reader
/// should meet them.
macro_rules! strategies {
    ($($name:literal),+ $(,)?) => {
        /// All release strategies with a name; their values are parameters of the strategy that is their
        /// base.
        pub static STRATEGIES: LazyLock<Vec<Preset>> = LazyLock::new(|| {
            vec![$({
                let path = concat!("strategies/", $name);
                embedded(path, include_str!(concat!("strategies/", $name, ".toml")))
            }),+]
        });
    };
}

strategies! {
    "canary-10-percent-5-minutes",
    "canary-10-percent-10-minutes",
    "canary-10-percent-15-minutes",
    "canary-10-percent-30-minutes",
    "linear-10-percent-every-1-minute",
    "linear-10-percent-every-2-minutes",
    "linear-10-percent-every-3-minutes",
    "linear-10-percent-every-10-minutes",
}
