//! Placement constraints: rules that bind.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use super::super::kubernetes::filter::{Check, Filter, Prepared, Reason, Verdict};
use super::super::kubernetes::{Cluster, NodeAffinity, Pod, Site};
use super::attribute::Group;
use super::query::{Expression, Malformed, Ready};
use crate::kernel::Id;
use crate::quantity::suggest::did_you_mean;

const DISTINCT_INSTANCE: &str = "distinctInstance";
const MEMBER_OF: &str = "memberOf";

/// A rule that an instance has to meet.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub enum Constraint {
    /// `distinctInstance`: each task of a group on an instance of its own.
    DistinctInstance,
    /// `memberOf`: on an instance that meets an expression.
    MemberOf(Box<Expression>),
}

impl Constraint {
    /// Reads `distinctInstance`, or an expression.
    ///
    /// # Errors
    /// What is wrong with the expression, and where.
    pub fn read(text: &str) -> Result<Self, Malformed> {
        let text = text.trim();
        if text == DISTINCT_INSTANCE {
            return Ok(Self::DistinctInstance);
        }
        if did_you_mean(text, &[DISTINCT_INSTANCE]).is_some() {
            let problem = format!("did you mean `{DISTINCT_INSTANCE}`?");
            return Err(Malformed { text: text.to_owned(), column: 1, problem });
        }
        Ok(Self::MemberOf(Box::new(Expression::read(text)?)))
    }

    /// Whether an instance may come to meet it because a task starts there.
    pub(super) fn asks_for_tasks(&self) -> bool {
        matches!(self, Self::MemberOf(expression) if expression.asks_for_tasks())
    }
}

impl TryFrom<String> for Constraint {
    type Error = Malformed;
    fn try_from(text: String) -> Result<Self, Malformed> {
        Self::read(&text)
    }
}

impl From<Constraint> for String {
    fn from(constraint: Constraint) -> Self {
        match constraint {
            Constraint::DistinctInstance => DISTINCT_INSTANCE.to_owned(),
            Constraint::MemberOf(expression) => expression.text().to_owned(),
        }
    }
}

impl JsonSchema for Constraint {
    fn schema_name() -> Cow<'static, str> {
        "EcsConstraint".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "`distinctInstance`, or an expression of the cluster query language.",
            "examples": [DISTINCT_INSTANCE, "attribute:ecs.instance-type =~ m5.*"],
        })
    }
}

/// A rule that a task brings with it.
#[derive(Clone, Copy, Debug)]
pub(super) enum OfTask {
    /// `memberOf`: on an instance with the labels that it needs.
    Labels,
    /// `distinctInstance`, if it is to be apart from others: from those of its group.
    Apart,
}

#[derive(Clone, Debug)]
struct Labelled<'a> {
    cluster: &'a Cluster,
    needed: &'a NodeAffinity,
}

impl Filter for OfTask {
    fn name(&self) -> &'static str {
        match self {
            Self::Labels => MEMBER_OF,
            Self::Apart => DISTINCT_INSTANCE,
        }
    }

    fn prepare<'a>(&'a self, cluster: &'a Cluster, pod: Id<Pod>) -> Prepared<'a> {
        let template = cluster.template_of(pod);
        match self {
            Self::Labels if !template.node_affinity.needs_nothing() => {
                Prepared::Check(Box::new(Labelled { cluster, needed: &template.node_affinity }))
            }
            Self::Apart if !template.affinity.required_anti.is_empty() => {
                Prepared::Check(Box::new(Distinct(Group::of(cluster, pod))))
            }
            Self::Labels | Self::Apart => Prepared::Skip,
        }
    }
}

impl Check for Labelled<'_> {
    fn check(&self, site: Site<'_>) -> Verdict {
        if self.needed.allows(site.spec, &self.cluster.names) {
            return Verdict::Fits;
        }
        Verdict::Unresolvable(Reason::Other(MEMBER_OF))
    }
}

/// No task of the group yet.
#[derive(Clone, Debug)]
struct Distinct(Group);

#[derive(Clone, Debug)]
struct Member<'a>(Ready<'a>);

impl Filter for Constraint {
    fn name(&self) -> &'static str {
        match self {
            Self::DistinctInstance => DISTINCT_INSTANCE,
            Self::MemberOf(_) => MEMBER_OF,
        }
    }

    fn prepare<'a>(&'a self, cluster: &'a Cluster, pod: Id<Pod>) -> Prepared<'a> {
        Prepared::Check(match self {
            Self::DistinctInstance => Box::new(Distinct(Group::of(cluster, pod))),
            Self::MemberOf(expression) => Box::new(Member(expression.ready(cluster))),
        })
    }
}

impl Check for Distinct {
    fn check(&self, site: Site<'_>) -> Verdict {
        if self.0.tasks_on(site.id) > 0 {
            return Verdict::Unschedulable(Reason::Other(DISTINCT_INSTANCE));
        }
        Verdict::Fits
    }
}

impl Check for Member<'_> {
    fn check(&self, site: Site<'_>) -> Verdict {
        if self.0.holds(site) {
            return Verdict::Fits;
        }
        // Which tasks an instance has may be what is asked, so the leaving of one might help.
        Verdict::Unschedulable(Reason::Other(MEMBER_OF))
    }
}
