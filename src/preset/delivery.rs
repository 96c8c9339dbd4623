//! Named deliveries: what a client's `delivery` says by itself if it is such a name.

use std::sync::LazyLock;

use super::{Preset, embedded};

/// Makes the list of the deliveries from the names of their files, in the order in which a reader
/// should meet them.
macro_rules! deliveries {
    ($($name:literal),+ $(,)?) => {
        /// All deliveries with a name; their values are parameters of the delivery policy that is their
        /// base.
        pub static DELIVERIES: LazyLock<Vec<Preset>> = LazyLock::new(|| {
            vec![$({
                let path = concat!("deliveries/", $name);
                embedded(path, include_str!(concat!("deliveries/", $name, ".toml")))
            }),+]
        });
    };
}

deliveries! {
    "lambda-asynchronous",
    "sqs",
    "kinesis",
    "azure-storage-queue",
}
