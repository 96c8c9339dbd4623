//! What a scheduler looks at: filters, and scores with weights.

use super::filter::{self, Filter};
use super::gpu::{DeviceChoice, Tightest};
use super::score::{self, Score};

/// Filters in order, and scores with weights.
///
/// ```
/// use cloudsched::policy::orchestration::kubernetes::Profile;
/// use cloudsched::policy::orchestration::kubernetes::score::{ResourceFit, Strategy};
/// // HighNodeUtilization of OpenShift: full nodes first, five times as important.
/// let mut profile = Profile::default();
/// profile.scores.retain(|(score, _)| !score.name().starts_with("NodeResources"));
/// profile.scores.push((Box::new(ResourceFit::new(Strategy::MostAllocated)), 5));
/// ```
#[derive(Clone, Debug)]
pub struct Profile {
    /// The filters, in the order in which they are asked.
    pub filters: Vec<Box<dyn Filter>>,
    /// The scores with their weights. Without any, the first node that will do is taken.
    pub scores: Vec<(Box<dyn Score>, i64)>,
    /// The percentage of nodes that must be found before the search stops; 0 lets their number decide
    /// (`percentageOfNodesToScore`).
    pub percentage: u8,
    /// Which of the nodes with the highest score is taken.
    pub ties: Ties,
    /// Which GPUs of the node a pod takes.
    pub devices: Box<dyn DeviceChoice>,
}

/// Which of several best nodes is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ties {
    /// One is drawn, and searches go round (`selectHost`).
    #[default]
    Draw,
    /// The first in the order of nodes, at whose beginning every search begins.
    First,
}

impl Default for Profile {
    fn default() -> Self {
        Self {
            filters: filter::defaults(),
            scores: score::defaults(),
            percentage: 0,
            ties: Ties::Draw,
            devices: Box::new(Tightest),
        }
    }
}
