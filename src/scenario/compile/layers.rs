//! Images of pods, and the layers that they are made of.

use std::collections::BTreeMap;

use super::super::schema::{OrchestratorForm, ReleaseForm, Service};
use super::super::versions::version_name;
use super::Compiler;
use crate::kernel::Span;
use crate::platform::orchestrator::Layer;
use crate::policy::orchestration::kubernetes::Symbol;
use crate::quantity::Bytes;

/// What is the same wherever it is: a digest.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Content {
    /// The images that pods name, in the order of their names, as a whole.
    Named(Vec<Symbol>),
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
    /// The layers of the image of a member of a service on a cluster, whose pods name these `images`.
    pub(super) fn layers(
        &self,
        (name, service, member): (&str, &Service, usize),
        images: &[Symbol],
        platform: &OrchestratorForm,
        known: &mut Layers,
    ) -> Vec<Layer> {
        let pull = |size: Option<Bytes>| {
            let pull = platform.image_bandwidth.zip(size);
            pull.map_or(Span::ZERO, |(bandwidth, size)| bandwidth.time(size))
        };
        let release = self.release_of(name);
        // The names stand for another content if a version that names no others says so.
        let renamed =
            images_of(self.scenario.service.get(self.asked(name))) != images_of(Some(service));
        let named = |is_new: bool| !images.is_empty() && (renamed || !is_new);
        let Some(layers) = &service.layers else {
            let is_new = release.is_some_and(|release| release.version.image);
            let named = named(is_new);
            let content = if named {
                let mut all = images.to_vec();
                all.sort_unstable();
                Content::Named(all)
            } else {
                let service = if is_new { name } else { self.asked(name) };
                Content::Whole { service: service.to_owned(), member }
            };
            return vec![Layer { number: known.number(content), pull: pull(service.image), named }];
        };
        let layer = |(layer, size): (&String, &Bytes)| {
            let is_own = release.is_some_and(|release| release.version.layers.contains(layer));
            let content = Content::Layer {
                name: layer.clone(),
                size: *size,
                version: is_own.then(|| name.to_owned()),
            };
            let number = known.number(content);
            Layer { number, pull: pull(Some(*size)), named: named(is_own) }
        };
        layers.iter().map(layer).collect()
    }

    /// That an image is told once, that another service with the images of the same names has as large ones, and that it has layers
    /// if it is told by these.
    pub(super) fn check_layers(&mut self, name: &str, service: &Service) {
        let others =
            self.scenario.service.iter().filter(|(_, of)| {
                of.platform == service.platform && !images_of(Some(of)).is_empty()
            });
        let mut others = others.filter(|(_, of)| {
            images_of(Some(of)) == images_of(Some(service)) && of.image.is_some()
        });
        let first = others.next().map(|(other, of)| (other.clone(), of.image));
        if let Some((other, size)) =
            first.filter(|_| service.image.is_some() && !self.is_version(name))
        {
            self.expect(
                service.image == size,
                &["service", name, "image"],
                &format!(
                    "the `pod` of `{other}` names the same images, and they have another size there"
                ),
                "write the same size, or other names in `pod.images`",
            );
        }
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
    fn release_of<'s>(&'s self, version: &str) -> Option<&'s ReleaseForm> {
        let rest = |release: &str, service: &str| {
            let rest = version.strip_prefix(&version_name(service, release, 0, 1))?;
            (rest.is_empty() || rest.starts_with('.')).then_some(rest.len())
        };
        let releases = self.scenario.release.iter().filter(|_| self.is_version(version));
        // The name of a release may begin with that of another, and a point.
        let of = |(release, form): (&String, &'s ReleaseForm)| {
            rest(release, &form.service).map(|rest| (rest, form))
        };
        releases.filter_map(of).min_by_key(|(rest, _)| *rest).map(|(_, form)| form)
    }
}

/// The images that the pods of a service name.
fn images_of(service: Option<&Service>) -> &[String] {
    service.and_then(|service| service.pod.as_ref()).map_or(&[], |pod| &pod.images)
}
