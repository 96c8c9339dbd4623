//! Taints of nodes and tolerations of pods (component-helpers `scheduling/corev1`).

use super::names::{Names, Symbol};

/// What a taint does to pods that do not tolerate it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// They are not placed there.
    NoSchedule,
    /// They are placed there only if nothing better is left.
    PreferNoSchedule,
    /// They are not placed there, and those that run there are evicted.
    NoExecute,
}

impl Effect {
    /// The effect with the name that the API gives it.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "NoSchedule" => Self::NoSchedule,
            "PreferNoSchedule" => Self::PreferNoSchedule,
            "NoExecute" => Self::NoExecute,
            _ => return None,
        })
    }

    /// Whether it keeps pods away.
    pub fn forbids(self) -> bool {
        self != Self::PreferNoSchedule
    }
}

/// A mark on a node that keeps pods away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taint {
    /// Its key.
    pub key: Symbol,
    /// Its value, perhaps empty.
    pub value: Symbol,
    /// What it does.
    pub effect: Effect,
}

/// What lets a pod stand a taint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Toleration {
    /// The key that is tolerated; [`Names::EMPTY`] for any.
    pub key: Symbol,
    /// The value that is tolerated; `None` for any (`Exists`).
    pub value: Option<Symbol>,
    /// The effect that is tolerated; `None` for all.
    pub effect: Option<Effect>,
}

impl Toleration {
    /// Whether it lets a pod stand `taint`.
    pub fn tolerates(&self, taint: &Taint) -> bool {
        self.effect.is_none_or(|effect| effect == taint.effect)
            && (self.key == Names::EMPTY || self.key == taint.key)
            && self.value.is_none_or(|value| value == taint.value)
    }
}

/// The first taint that forbids the node to a pod with these tolerations.
pub(super) fn forbidding<'a>(taints: &'a [Taint], tolerations: &[Toleration]) -> Option<&'a Taint> {
    taints.iter().find(|taint| {
        taint.effect.forbids() && !tolerations.iter().any(|toleration| toleration.tolerates(taint))
    })
}
