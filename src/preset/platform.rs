//! Named platforms: what the table of a platform says by itself if its `kind` is such a name.

use std::sync::LazyLock;

use super::{Fact, Preset, embedded};

/// A platform with a name.
#[derive(Clone, Debug)]
pub struct NamedPlatform {
    /// What its file says.
    pub preset: Preset,
    /// The kind of platform whose keys its values are.
    pub base: String,
    /// By key of that kind, written with dots: all values, in order of the keys. One that is not
    /// known has no value, and the scenario has to say it.
    pub keys: Vec<Fact>,
}

/// Makes the list of the platforms from the names of their files, in the order in which a reader
/// should meet them; one that is like another stands behind it.
macro_rules! platforms {
    ($($name:literal),+ $(,)?) => {
        /// All platforms with a name.
        pub static PLATFORMS: LazyLock<Vec<NamedPlatform>> = LazyLock::new(|| {
            let mut platforms = Vec::new();
            $(
                let path = concat!("platforms/", $name);
                let preset = embedded(path, include_str!(concat!("platforms/", $name, ".toml")));
                let platform = NamedPlatform::of(preset, &platforms);
                platforms.push(platform);
            )+
            platforms
        });
    };
}

platforms! {
    "aws-lambda",
    "aws-lambda-2021",
    "aws-lambda-2019",
    "gcf-gen1",
    "gcf-gen2",
    "azure-consumption",
    "azure-flex",
    "azure-premium",
    "oci-functions",
    "openwhisk",
    "openwhisk-classic",
    "fn",
    "picloud",
    "kubernetes",
    "openshift",
    "ecs",
    "ecs-fargate",
    "docker-swarm",
    "docker",
}

impl NamedPlatform {
    /// The platform called `name`, if there is one.
    ///
    /// ```
    /// use cloudsched::preset::NamedPlatform;
    /// assert_eq!(NamedPlatform::get("aws-lambda").unwrap().base, "faas");
    /// assert!(NamedPlatform::get("faas").is_none());
    /// ```
    pub fn get(name: &str) -> Option<&'static Self> {
        PLATFORMS.iter().find(|platform| platform.preset.name == name)
    }

    /// The platform that `preset` tells, which may be like one of `others`.
    fn of(preset: Preset, others: &[Self]) -> Self {
        let name = &preset.name;
        let like = preset.like.as_ref().map(|like| {
            let other = others.iter().find(|other| other.preset.name == *like);
            other.unwrap_or_else(|| panic!("{name} is like {like}, which is not there"))
        });
        // A value of its own stands instead of the same of the other, and of all below that.
        let covers = |own: &Fact, other: &Fact| {
            other
                .name
                .strip_prefix(&own.name)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        let left = |other: &&Fact| !preset.values.iter().any(|own| covers(own, other));
        let others = like.iter().flat_map(|like| &like.keys);
        let mut keys: Vec<Fact> = others.filter(left).cloned().collect();
        keys.extend(preset.values.iter().cloned());
        keys.sort_by(|a, b| a.name.cmp(&b.name));
        let base = preset.base.clone().or_else(|| like.map(|like| like.base.clone()));
        let base = base.unwrap_or_else(|| panic!("{name} says no `base`"));
        Self { preset, base, keys }
    }
}
