//! What a scheduler looks at: filters, and scores with weights.

use super::filter::{self, Filter};
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
}

impl Default for Profile {
    fn default() -> Self {
        Self { filters: filter::defaults(), scores: score::defaults(), percentage: 0 }
    }
}
