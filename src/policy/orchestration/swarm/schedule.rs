//! How the tasks of a group are divided (`manager/scheduler/scheduler.go`, `nodeset.go`,
//! `decision_tree.go`).

use std::collections::BTreeMap;

use super::constraint::label;
use super::filter::fits;
use super::group::Group;
use super::node::Node;
use crate::kernel::Time;

/// From so many recent failures on, they come before anything else. Source: `maxFailures`.
const MANY_FAILURES: usize = 5;

/// A branch of nodes with the same labels.
#[derive(Debug, Default)]
struct Branch {
    /// Tasks of the service on all its nodes, also those that can take no more.
    tasks: i64,
    /// The branches it divides into, by label; none if it holds nodes.
    next: BTreeMap<String, Branch>,
    /// The nodes, by number.
    nodes: Vec<usize>,
}

struct Scheduling<'a> {
    group: &'a Group,
    nodes: &'a mut [Node],
    now: Time,
    /// How many tasks still wait.
    waiting: i64,
    /// At most so many nodes of a branch are looked at.
    most: usize,
    placed: Vec<usize>,
}

/// Places up to `count` tasks of a group and starts them on their nodes: the numbers of these, in order of the
/// tasks. Tasks for which there is no node are left over.
pub fn schedule(group: &Group, count: usize, nodes: &mut [Node], now: Time) -> Vec<usize> {
    let mut root = tree(group, nodes);
    let waiting = i64::try_from(count).unwrap_or(i64::MAX);
    let mut all = Scheduling { group, nodes, now, waiting, most: count, placed: Vec::new() };
    all.limit(&mut root);
    all.divide(waiting, &mut root);
    all.placed
}

/// All nodes in branches by the labels over which the group is spread.
fn tree(group: &Group, nodes: &[Node]) -> Branch {
    let mut root = Branch::default();
    for (number, node) in nodes.iter().enumerate() {
        let tasks = node.tasks_of(group.service);
        let mut branch = &mut root;
        branch.tasks += tasks;
        for value in group.spread.iter().filter_map(|key| label(key, node)) {
            branch = branch.next.entry(value.to_owned()).or_default();
            branch.tasks += tasks;
        }
        branch.nodes.push(number);
    }
    root
}

impl Scheduling<'_> {
    /// What makes one node better than another: fewer failures if they are many, fewer tasks of the
    /// service, fewer tasks.
    fn order(&self, number: usize) -> (usize, i64, i64) {
        let node = &self.nodes[number];
        let failures = node.recent_failures(self.group, self.now);
        let many = if failures >= MANY_FAILURES { failures } else { 0 };
        (many, node.tasks_of(self.group.service), node.tasks())
    }

    fn fits(&self, number: usize) -> bool {
        fits(self.group, &self.nodes[number]).is_ok()
    }

    /// The nodes that can take a task, the best first.
    fn sort(&self, nodes: &mut Vec<usize>) {
        nodes.retain(|&number| self.fits(number));
        nodes.sort_by_key(|&number| self.order(number));
    }

    /// Keeps as many nodes of each branch as there are tasks: the best.
    fn limit(&self, branch: &mut Branch) {
        self.sort(&mut branch.nodes);
        branch.nodes.truncate(self.most);
        branch.next.values_mut().for_each(|next| self.limit(next));
    }

    /// Places tasks in a branch: so many, or as many as it takes. With branches below, these shall have the
    /// same number in the end; one that takes fewer than it should is full. A branch may get one more than was
    /// asked for, as in the original.
    fn divide(&mut self, count: i64, branch: &mut Branch) -> i64 {
        if branch.next.is_empty() {
            self.sort(&mut branch.nodes);
            return self.fill(count, &branch.nodes);
        }
        let (mut placed, mut tasks) = (0, branch.tasks);
        let mut open: Vec<&mut Branch> = branch.next.values_mut().collect();
        let mut goes_on = true;
        while placed != count && !open.is_empty() && goes_on {
            goes_on = false;
            let branches = i64::try_from(open.len()).unwrap_or(i64::MAX);
            let each = (tasks + count - placed) / branches;
            let mut remainder = (tasks + count - placed) % branches;
            open.retain_mut(|next| {
                if next.tasks > each || (next.tasks == each && remainder <= 0) {
                    return true;
                }
                goes_on = true;
                let share = each - next.tasks + i64::from(remainder > 0);
                let taken = self.divide(share, next);
                placed += taken;
                if taken < share {
                    tasks -= next.tasks;
                    return false;
                }
                remainder -= i64::from(remainder > 0);
                true
            });
        }
        placed
    }

    /// Places tasks on nodes, the best of which come first: each node gets tasks until the next is better,
    /// after the last they get one in turn.
    fn fill(&mut self, count: i64, nodes: &[usize]) -> i64 {
        let (mut placed, mut at) = (0, 0);
        let mut full = vec![false; nodes.len()];
        while self.waiting > 0 && !nodes.is_empty() {
            let number = nodes[at % nodes.len()];
            self.nodes[number].start(self.group);
            self.placed.push(number);
            self.waiting -= 1;
            placed += 1;
            if placed == count {
                break;
            }
            let next = nodes.get(at + 1);
            if next.is_none_or(|&next| self.order(next) < self.order(number)) {
                at += 1;
            }
            let first = at;
            while full[at % nodes.len()] || !self.fits(nodes[at % nodes.len()]) {
                full[at % nodes.len()] = true;
                at += 1;
                if at - first == nodes.len() {
                    return placed;
                }
            }
        }
        placed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Zone a has 3 nodes, b has 1: 8 tasks are 4 and 4.
    #[test]
    fn branches_have_the_same_number() {
        let mut nodes: Vec<Node> = ["a", "a", "a", "b"].map(Node::new).into();
        for node in &mut nodes {
            node.labels.insert("zone".to_owned(), node.id.clone());
        }
        let mut group = Group::new(0);
        group.spread.push("node.labels.zone".to_owned());
        let mut placed = schedule(&group, 8, &mut nodes, Time::ZERO);
        placed.sort_unstable();
        assert_eq!(placed, [0, 0, 1, 2, 3, 3, 3, 3]);
    }

    /// A node takes 2 tasks of 1 byte, another 1: the third of 4 tasks finds only the first, the fourth none.
    #[test]
    fn what_finds_no_node_is_left_over() {
        let mut nodes = vec![Node::new("a"), Node::new("b")];
        (nodes[0].free.memory, nodes[1].free.memory) = (2, 1);
        let mut group = Group::new(0);
        group.reservation.memory = 1;
        assert_eq!(schedule(&group, 4, &mut nodes, Time::ZERO), [0, 1, 0]);
        nodes[1].stop(&group);
        assert_eq!(schedule(&group, 4, &mut nodes, Time::ZERO), [1]);
    }

    /// Five failures within five minutes push the emptiest node back.
    #[test]
    fn many_failures_come_before_anything_else() {
        let mut nodes = vec![Node::new("a"), Node::new("b")];
        let group = Group::new(0);
        nodes[1].start(&group);
        for _ in 0..5 {
            nodes[0].fail(&group, Time::ZERO);
        }
        let after = |seconds| Time::ZERO.plus(crate::kernel::Span::from_secs(seconds));
        assert_eq!(schedule(&group, 1, &mut nodes.clone(), after(300)), [1]);
        assert_eq!(schedule(&group, 1, &mut nodes, after(301)), [0]);
    }
}
