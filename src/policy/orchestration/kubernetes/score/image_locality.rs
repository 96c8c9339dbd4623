//! Images that nodes have already (`plugins/imagelocality`).

use super::super::cluster::Cluster;
use super::super::names::Symbol;
use super::super::node::{Image, Node, Site};
use super::super::pod::Pod;
use super::{BEST, Fault, Rank, Scope, Score};
use crate::kernel::Id;

/// Below so many bytes, images count nothing. Source: `minThreshold`.
const LEAST: i64 = 23 * 1024 * 1024;
/// So many bytes for each container are as good as it gets. Source: `maxContainerThreshold`.
const MOST: i64 = 1000 * 1024 * 1024;

/// Prefers nodes that have large images of the pod, the more so the more nodes have them.
#[derive(Clone, Copy, Debug, Default)]
pub struct ImageLocality;

#[derive(Debug)]
struct Images {
    /// The images with the part of all nodes that have them.
    wanted: Vec<(Symbol, f64)>,
}

impl Score for ImageLocality {
    fn name(&self) -> &'static str {
        "ImageLocality"
    }

    fn prepare<'a>(
        &'a self,
        cluster: &'a Cluster,
        pod: Id<Pod>,
        _left: &[Id<Node>],
    ) -> Result<Option<Box<dyn Rank + 'a>>, Fault> {
        let images = &cluster.template_of(pod).images;
        let nodes = cluster.order().len() as f64;
        let part = |&image: &Symbol| (image, f64::from(cluster.nodes_with(image)) / nodes);
        Ok(Some(Box::new(Images { wanted: images.iter().map(part).collect() })))
    }

    fn scope(&self, _cluster: &Cluster, _pod: Id<Pod>) -> Scope {
        Scope::Node
    }
}

impl Rank for Images {
    fn rank(&self, site: Site<'_>) -> i64 {
        let bytes = |name: Symbol| {
            let images = &site.spec.images;
            images.iter().find(|image| image.name == name).map(|image: &Image| image.bytes)
        };
        let mut sum = 0;
        for &(image, part) in &self.wanted {
            if let Some(bytes) = bytes(image) {
                sum += (bytes as f64 * part) as i64;
            }
        }
        let most = self.wanted.iter().fold(0, |most, _| most + MOST);
        let sum = if sum < LEAST { LEAST } else { sum.min(most) };
        BEST * (sum - LEAST) / (most - LEAST)
    }
}
