//! Images of pods, and the layers that they are made of.

use std::collections::BTreeMap;

use super::super::schema::{OrchestratorForm, ReleaseForm, Service};
use super::super::versions::version_name;
use super::Compiler;
use crate::kernel::Span;
use crate::platform::orchestrator::Layer;
use crate::quantity::Bytes;

/// What is the same wherever it is: a digest.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Content {
    /// The image of a member of a service, as a whole.
    Whole { service: String, member: usize },
    /// A layer with a name and a size; that of one version alone, if it says so.
    Layer { name: String, size: Bytes, version: Option<String> },
}

/// The layers on a cluster, by number.
#[derive(Debug, Default)]
pub(super) struct Layers(BTreeMap<Content, usize>);

impl Layers {
    fn number(&mut self, content: Content) -> usize {
        let next = self.0.len();
        *self.0.entry(content).or_insert(next)
    }
}

impl Compiler<'_> {
    /// The layers of the image of a member of a service on a cluster.
    pub(super) fn layers(
        &self,
        (name, service, member): (&str, &Service, usize),
        platform: &OrchestratorForm,
        known: &mut Layers,
    ) -> Vec<Layer> {
        let pull = |size: Option<Bytes>| {
            let pull = platform.image_bandwidth.zip(size);
            pull.map_or(Span::ZERO, |(bandwidth, size)| bandwidth.time(size))
        };
        let release = self.release_of(name);
        let Some(layers) = &service.layers else {
            let is_own = release.is_none_or(|release| release.version.image);
            let service_of = if is_own { name } else { self.asked(name) };
            let content = Content::Whole { service: service_of.to_owned(), member };
            return vec![Layer { number: known.number(content), pull: pull(service.image) }];
        };
        let layer = |(layer, size): (&String, &Bytes)| {
            let is_own = release.is_some_and(|release| release.version.layers.contains(layer));
            let content = Content::Layer {
                name: layer.clone(),
                size: *size,
                version: is_own.then(|| name.to_owned()),
            };
            Layer { number: known.number(content), pull: pull(Some(*size)) }
        };
        layers.iter().map(layer).collect()
    }

    /// That an image is told once, and has layers if it is told by these.
    pub(super) fn check_layers(&mut self, name: &str, service: &Service) {
        let Some(layers) = &service.layers else { return };
        let path = ["service", name, "layers"];
        self.expect(
            service.image.is_none(),
            &path,
            "an image is told as a whole or by its layers, not both",
            "leave out `image` or `layers`",
        );
        self.expect(
            !layers.is_empty(),
            &path,
            "an image has at least one layer",
            "write name and size of each, as in `layers = { base = \"80MB\", shop = \"20MB\" }`",
        );
    }

    /// The release that makes a version; `None` of a service itself.
    fn release_of(&self, version: &str) -> Option<&ReleaseForm> {
        let is_of = |release: &str, service: &str| {
            let rest = version.strip_prefix(&version_name(service, release, 0, 1));
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        let mut releases = self.scenario.release.iter().filter(|_| self.is_version(version));
        releases.find(|(release, form)| is_of(release, &form.service)).map(|(_, form)| form)
    }
}
