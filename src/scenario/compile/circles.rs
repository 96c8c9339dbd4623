//! Circles of a directed graph.

/// A circle: its nodes in order, and which edge of the last of them leads back to the first.
pub(super) struct Circle {
    pub(super) nodes: Vec<usize>,
    pub(super) edge: usize,
}

/// How far the search is with a node.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Seen {
    Not,
    OnTheWay,
    Done,
}

/// For each edge of a graph that closes a circle with the way on which a depth-first search came to it, that circle.
/// `edges` are those of each node, by the numbers of the nodes to which they lead.
pub(super) fn circles(edges: &[Vec<usize>]) -> Vec<Circle> {
    let (mut circles, mut seen) = (Vec::new(), vec![Seen::Not; edges.len()]);
    for start in 0..edges.len() {
        if seen[start] != Seen::Not {
            continue;
        }
        seen[start] = Seen::OnTheWay;
        // The nodes on the way, and how many edges of each have been followed.
        let mut way = vec![(start, 0)];
        while let Some((node, followed)) = way.last_mut() {
            let (node, edge) = (*node, *followed);
            *followed += 1;
            let Some(&next) = edges[node].get(edge) else {
                seen[node] = Seen::Done;
                way.pop();
                continue;
            };
            match seen[next] {
                Seen::Not => {
                    seen[next] = Seen::OnTheWay;
                    way.push((next, 0));
                }
                Seen::OnTheWay => {
                    let nodes = way.iter().map(|&(node, _)| node);
                    let nodes = nodes.skip_while(|&node| node != next).collect();
                    circles.push(Circle { nodes, edge });
                }
                Seen::Done => {}
            }
        }
    }
    circles
}
