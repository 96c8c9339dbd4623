//! Containers that share the CPU of their invoker.

use super::told;

/// One invoker with a core and 1 GiB, where containers are there at once.
const CPU: &str = "platform.p.cpu=1\nplatform.p.user_memory=1GiB\nplatform.p.create.constant=0s\n\
                   platform.p.init.constant=0s";

/// When each container was done with its first request.
fn ends(rows: &str, services: &[(&str, u32)], changes: &str) -> Vec<f64> {
    let (told, _) = told(rows, services, &format!("{CPU}\n{changes}"));
    told.lives.values().map(|life| life[0].4).collect()
}

fn assert_close(found: &[f64], expected: &[f64]) {
    let close = |(a, b): (&f64, &f64)| (a - b).abs() < 1e-6;
    assert!(found.iter().zip(expected).all(close), "{found:?} is not {expected:?}");
    assert_eq!(found.len(), expected.len());
}

/// 256 of 1,024 MiB are 256 shares, 512 are 512: a third and two thirds of the core. The 2 s of `g` take 3 s, in which `f` has
/// 1 s of its 3 s; the others it has alone.
#[test]
fn a_busy_invoker_is_shared_by_memory() {
    assert_close(&ends("0,f,3\n0,g,2\n", &[("f", 256), ("g", 512)], ""), &[5.0, 3.0]);
}

/// Two cores are enough for both, and one that computes for a half of its time and one that computes for a tenth need no more
/// than one. Without `cpu` nothing is shared.
#[test]
fn who_waits_for_others_leaves_the_core_to_them() {
    let services = [("f", 256), ("g", 512)];
    let rows = "0,f,3\n0,g,2\n";
    assert_close(&ends(rows, &services, "platform.p.cpu=2"), &[3.0, 2.0]);
    let waits = "service.f.cpu_share=0.5\nservice.g.cpu_share=0.1";
    assert_close(&ends(rows, &services, waits), &[3.0, 2.0]);
    // `f` needs a half and would have a third, `g` needs nine tenths and would have two: so `f` has a third, `g` two thirds of
    // the core, 20/27 of what it needs. It ends after 2.7 s, when `f` has 1.8 s behind it, and 1.2 s are left.
    let short = "service.f.cpu_share=0.5\nservice.g.cpu_share=0.9";
    assert_close(&ends(rows, &services, short), &[3.9, 2.7]);
    let alone = "platform.p.machine=m5.large";
    assert_close(&ends(rows, &services, &format!("{alone}\nplatform.p.cpu=2")), &[3.0, 2.0]);
}

/// Cut after 4 s: `f` has had a half of the core for 4 s, and is no longer in the way of `g`, whose 3 s take 2 of 4 s and 1 s.
#[test]
fn a_request_is_cut_by_the_clock() {
    let (told, outcome) = told(
        "0,f,3\n0,g,3\n",
        &[("f", 256), ("g", 256)],
        &format!("{CPU}\nservice.f.timeout=4s\nservice.g.timeout=9s"),
    );
    assert_eq!((outcome.total().completed, outcome.total().failed), (1, 1));
    assert_close(&[told.lives[&0][0].4, told.lives[&1][0].4], &[4.0, 5.0]);
}

/// The caller of `f` gives up after 1.5 s, which leaves the core to `g`, that has had a half of it for 0.5 s: 0.75 s are left.
#[test]
fn who_is_given_up_leaves_the_core() {
    let services = [("f", 256), ("g", 256)];
    let impatient = "client.c.timeout=1500ms\nclient.c.abandoned=cancel";
    assert_close(&ends("0,f,3\n1,g,1\n", &services, impatient), &[1.5, 2.25]);
}

/// The invoker fails at 1 s and is there again at 2 s: what computed there has failed, and what comes then has the core for itself.
#[test]
fn what_computes_goes_with_its_invoker() {
    let services = [("f", 256), ("g", 256)];
    let fault = "fault.x.platform=p\nfault.x.at=['1s']\nfault.x.lasts.constant=1s";
    assert_close(&ends("0,f,3\n0,g,3\n2.5,g,1\n", &services, fault), &[1.0, 1.0, 3.5]);
}
