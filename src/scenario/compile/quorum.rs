//! The managers of a cluster.

use std::ops::Range;

use super::super::schema::OrchestratorForm;
use super::Compiler;
use crate::platform::orchestrator::{NodeId, QuorumSpec};

impl Compiler<'_> {
    /// The managers of a cluster, if it has any: the first nodes of each make, as many as that says.
    pub(super) fn quorum(
        &mut self,
        path: &[&str],
        form: &OrchestratorForm,
        makes: &[Range<usize>],
    ) -> Option<QuorumSpec> {
        let mut managers = Vec::new();
        for (number, (nodes, slots)) in form.nodes.iter().zip(makes).enumerate() {
            let key = number.to_string();
            let key = [path, &["nodes", &key, "managers"]].concat();
            self.expect(
                nodes.managers == 0 || form.election.is_some(),
                &key,
                "nodes of this kind are no managers: its control plane is elsewhere, and never fails",
                "leave it out, or write `kind = \"docker-swarm\"`",
            );
            self.expect(
                nodes.managers == 0 || form.node_autoscaling.is_none(),
                &key,
                "nodes of a cluster that has managers do not come and go",
                "leave it out, or `node_autoscaling`",
            );
            let count = slots.len();
            self.expect(
                nodes.managers as usize <= count,
                &key,
                &format!("{} of {count} nodes cannot be managers", nodes.managers),
                &format!("write at most {count}"),
            );
            managers.extend(slots.clone().take(nodes.managers as usize).map(NodeId::from_index));
        }
        let election = form.election?;
        self.expect(
            election.least <= election.most,
            &[path, &["election"]].concat(),
            "the longest wait is shorter than the shortest",
            "write `least` up to `most`",
        );
        let waits = (election.least, election.most);
        (!managers.is_empty()).then_some(QuorumSpec { managers, waits })
    }
}
