//! The cycle of a pod from one search to the next, which vectors of single cases do not show.

use super::filter::{Check, Filter, Prepared, Reason, Verdict};
use super::preemption::{Candidate, Finding, Preemption, carry_out};
use super::*;
use crate::kernel::{Id, Seed, Stream, Time};

/// A cluster of nodes with so many milli-CPU each, and room for 10 pods.
fn cluster(cpu: &[i64]) -> Cluster {
    let mut cluster = Cluster::default();
    for (number, &cpu) in cpu.iter().enumerate() {
        let mut node = NodeSpec::new(cluster.names.symbol(&format!("n{number}")));
        node.allocatable.set(Resource::CPU, cpu);
        node.most_pods = 10;
        cluster.add_node(node);
    }
    cluster
}

/// A pod that waits, with this priority and this much CPU.
fn pod(cluster: &mut Cluster, priority: i32, cpu: i64) -> Id<Pod> {
    let mut template = Template::new(Names::EMPTY);
    template.priority = priority;
    let mut container = Container::default();
    container.request.set(Resource::CPU, cpu);
    template.demand(&[container], &[], &Amounts::default());
    let template = cluster.add_template(template);
    cluster.add_pod(Pod::new(template, Names::EMPTY))
}

fn stream() -> Stream {
    Seed::new(1).key("tests").stream()
}

/// Without scores the first node that will do is taken, and the next search begins behind it.
#[test]
fn searches_go_round() {
    let mut cluster = cluster(&[1000, 100, 1000]);
    let pod = pod(&mut cluster, 0, 500);
    let profile = Profile { scores: Vec::new(), ..Profile::default() };
    let mut scheduler = Scheduler::default();
    let mut next = || scheduler.schedule(&profile, &cluster, pod, &mut stream());
    let found = [next(), next(), next()];
    assert_eq!(found, [0, 2, 0].map(|number| Outcome::Chosen(Id::new(number), Devices::NONE)));
}

/// Of 200 nodes 200 × 49 % = 98, that is 100, are enough. The emptiest node is among the second hundred,
/// so the first pod does not see it.
#[test]
fn a_search_ends_when_enough_is_found() {
    let mut sizes = vec![1000; 200];
    sizes[150] = 2000;
    let mut cluster = cluster(&sizes);
    let pod = pod(&mut cluster, 0, 500);
    let (profile, mut scheduler, mut stream) = (Profile::default(), Scheduler::default(), stream());
    let mut next = || match scheduler.schedule(&profile, &cluster, pod, &mut stream) {
        Outcome::Chosen(node, _) => node.index(),
        Outcome::Failed(failure) => panic!("{failure:?}"),
    };
    assert!(next() < 100);
    assert_eq!(next(), 150);
}

/// Room that is being made for a pod is not there for others, unless they have the higher priority.
#[test]
fn room_for_one_is_kept_from_others() {
    let mut cluster = cluster(&[1000]);
    let expected = pod(&mut cluster, 5, 800);
    cluster.nominate(expected, Some(Id::new(0)));
    let (equal, higher) = (pod(&mut cluster, 5, 300), pod(&mut cluster, 6, 300));
    let profile = Profile::default();
    let schedule = |pod| Scheduler::default().schedule(&profile, &cluster, pod, &mut stream());
    assert!(matches!(schedule(equal), Outcome::Failed(Failure::NoNode(_))));
    assert_eq!(schedule(higher), Outcome::Chosen(Id::new(0), Devices::NONE));
    assert_eq!(schedule(expected), Outcome::Chosen(Id::new(0), Devices::NONE));
}

/// The pod asks for 900 of 1000. On node 0 both pods of 500 would have to go, on node 1 one of 600 with a
/// higher priority, node 2 is too small for ever. Lowest highest victim: node 0.
#[test]
fn a_pod_makes_room_and_goes_there() {
    let mut cluster = cluster(&[1000, 1000, 800]);
    for (priority, cpu, node) in [(1, 500, 0), (1, 500, 0), (2, 600, 1)] {
        let pod = pod(&mut cluster, priority, cpu);
        cluster.bind(pod, Id::new(node), Time::ZERO);
    }
    let urgent = pod(&mut cluster, 9, 900);
    let (profile, mut scheduler, mut stream) = (Profile::default(), Scheduler::default(), stream());
    let Outcome::Failed(failure) = scheduler.schedule(&profile, &cluster, urgent, &mut stream)
    else {
        panic!("there is no room")
    };
    let preemption = Preemption::default();
    let finding = preemption.preempt(&profile, &cluster, urgent, &failure, &[], &mut stream);
    carry_out(&mut cluster, urgent, &finding);
    let Finding::Candidate(found) = finding else { panic!("two nodes might do") };
    assert_eq!((found.node, found.victims.len()), (Id::new(0), 2));
    let again = preemption.preempt(&profile, &cluster, urgent, &failure, &[], &mut stream);
    assert_eq!(again, Finding::Waits, "it waits for its victims");
    carry_out(&mut cluster, urgent, &again);
    assert_eq!(cluster.pod(urgent).nominated, Some(found.node));
    for victim in found.victims {
        cluster.remove(victim);
    }
    let then = scheduler.schedule(&profile, &cluster, urgent, &mut stream);
    assert_eq!(then, Outcome::Chosen(Id::new(0), Devices::NONE));
    cluster.bind(urgent, Id::new(0), Time::ZERO);
    assert!(cluster.nominated(Id::new(0)).is_empty());
}

/// Room was being made for a pod of 900, but a pod of the same priority has come there: nobody can be evicted
/// for it, and the node is no longer kept for it. The same if a filter rejects it whatever pods leave; a pod
/// that never evicts others keeps what it has.
#[test]
fn where_nothing_helps_no_room_is_kept() {
    let mut cluster = cluster(&[1000]);
    let (waiting, other) = (pod(&mut cluster, 5, 900), pod(&mut cluster, 5, 500));
    cluster.bind(other, Id::new(0), Time::ZERO);
    let (profile, mut stream) = (Profile::default(), stream());
    let outcome = Scheduler::default().schedule(&profile, &cluster, waiting, &mut stream);
    let Outcome::Failed(lacking) = outcome else { panic!("there is no room") };
    let unresolvable =
        |filter| Rejection { filter, verdict: Verdict::Unresolvable(Reason::NoDomain) };
    let never = [(Id::new(0), unresolvable("of the node"))];
    let rejected = Failure::Rejected(unresolvable("of the pod"));
    for failure in [lacking, Failure::NoNode(never.into()), rejected.clone()] {
        cluster.nominate(waiting, Some(Id::new(0)));
        let found =
            Preemption::default().preempt(&profile, &cluster, waiting, &failure, &[], &mut stream);
        carry_out(&mut cluster, waiting, &found);
        assert_eq!((found, cluster.pod(waiting).nominated), (Finding::Nothing, None));
    }
    let mut template = Template::new(Names::EMPTY);
    template.never_preempts = true;
    let template = cluster.add_template(template);
    let meek = cluster.add_pod(Pod::new(template, Names::EMPTY));
    cluster.nominate(meek, Some(Id::new(0)));
    let found =
        Preemption::default().preempt(&profile, &cluster, meek, &rejected, &[], &mut stream);
    carry_out(&mut cluster, meek, &found);
    assert_eq!(cluster.pod(meek).nominated, Some(Id::new(0)));
}

/// Who is on the way out already is not evicted once more: that somebody deleted it stays true.
#[test]
fn a_victim_leaves_once() {
    let mut cluster = cluster(&[1000]);
    let [deleted, staying, urgent] =
        [(0, 500), (0, 500), (1, 900)].map(|(priority, cpu)| pod(&mut cluster, priority, cpu));
    cluster.bind(deleted, Id::new(0), Time::ZERO);
    cluster.bind(staying, Id::new(0), Time::ZERO);
    cluster.leave(deleted, Leaving::Deleted);
    let victims = vec![deleted, staying];
    let candidate = Candidate { node: Id::new(0), victims, violations: 0 };
    carry_out(&mut cluster, urgent, &Finding::Candidate(candidate));
    let leaving = [deleted, staying].map(|pod| cluster.pod(pod).leaving);
    assert_eq!(leaving, [Leaving::Deleted, Leaving::Preempted]);
}

/// Whatever comes and goes, what a node's pods add up to is what they add up to.
#[test]
fn a_load_is_the_sum_of_its_pods() {
    let mut cluster = cluster(&[100_000]);
    let mut running = Vec::new();
    for number in 0..10 {
        let pod = pod(&mut cluster, 0, 100 + number);
        cluster.bind(pod, Id::new(0), Time::ZERO);
        running.push((pod, 100 + number));
    }
    for (pod, _) in running.drain(2..7) {
        cluster.remove(pod);
    }
    let load = &cluster.at(Id::new(0)).load;
    assert_eq!(load.pods(), running.iter().map(|&(pod, _)| pod).collect::<Vec<_>>());
    let sum: i64 = running.iter().map(|&(_, cpu)| cpu).sum();
    assert_eq!((load.requested().get(Resource::CPU), load.scored(Resource::CPU)), (sum, sum));
}

/// Whatever comes, leaves and goes, the index of kinds says of each node what counting its pods says.
#[test]
fn kinds_are_where_their_pods_are() {
    let mut cluster = cluster(&[100_000, 100_000]);
    let mut stream = stream();
    let mut draw = |bound| crate::kernel::stream::below(&mut stream, bound);
    let mut running: Vec<Id<Pod>> = Vec::new();
    for _ in 0..300 {
        match draw(3) {
            0 if !running.is_empty() => {
                let at = draw(running.len() as u64) as usize;
                cluster.remove(running.swap_remove(at));
            }
            1 if !running.is_empty() => {
                let at = draw(running.len() as u64) as usize;
                cluster.leave(running[at], Leaving::Deleted);
            }
            _ => {
                let mut template = Template::new(Names::EMPTY);
                let value = cluster.names.symbol(["a", "b", "c"][draw(3) as usize]);
                template.labels = Labels::new([(Names::HOSTNAME, value)]);
                template.priority = draw(2) as i32;
                let template = cluster.add_template(template);
                let pod = cluster.add_pod(Pod::new(template, Names::EMPTY));
                cluster.bind(pod, Id::new(draw(2) as u32), Time::ZERO);
                running.push(pod);
            }
        }
        for kind in cluster.kinds() {
            for node in cluster.nodes() {
                let alike = |pod: &&Id<Pod>| cluster.template_of(**pod).labels == kind.labels;
                let stays = |pod: &&Id<Pod>| !cluster.pod(**pod).leaving.is_leaving();
                let all = node.load.pods().iter().filter(alike).count();
                let staying = node.load.pods().iter().filter(alike).filter(stays).count();
                let found = kind.placed().find(|(id, _)| *id == node.id).map(|(_, placed)| placed);
                let found = found.unwrap_or_default();
                let found = [found.all, found.staying].map(|count| usize::try_from(count).unwrap());
                assert_eq!(found, [all, staying]);
            }
        }
    }
    assert_eq!(cluster.kinds().count(), 3, "priority makes no kind of its own");
}

/// Leaves out all nodes but one.
#[derive(Clone, Debug)]
struct Only(Symbol);

impl Filter for Only {
    fn name(&self) -> &'static str {
        "Only"
    }

    fn prepare<'a>(&'a self, _cluster: &'a Cluster, _pod: Id<Pod>) -> Prepared<'a> {
        Prepared::Within(vec![self.0], Box::new(self.clone()))
    }
}

impl Check for Only {
    fn check(&self, _site: Site<'_>) -> Verdict {
        Verdict::Fits
    }
}

/// Who asks for more than the one node has is refused there; the others are not looked at.
#[test]
fn nodes_that_are_left_out_are_neither_rejected_nor_left() {
    use crate::policy::scheduler::Scheduler as _;
    let mut cluster = cluster(&[1000, 1000]);
    let mut profile = Profile::default();
    profile.filters.insert(0, Box::new(Only(cluster.names.symbol("n1"))));
    let framework = Framework::new(profile, true);
    let (small, large) = (pod(&mut cluster, 0, 500), pod(&mut cluster, 0, 1500));
    let explained = framework.explain(&cluster, small);
    assert_eq!((explained.outside, explained.left), (Some("Only"), vec![Id::new(1)]));
    assert!(explained.rejected.is_empty() && explained.before.is_none());
    let explained = framework.explain(&cluster, large);
    assert_eq!((explained.outside, explained.left), (Some("Only"), vec![]));
    assert_eq!(explained.rejected[0].0, Id::new(1));
}
