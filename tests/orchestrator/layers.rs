//! Images that are told by their layers, of which a node keeps each: how long they take to come, at 10 MB/s.

use std::path::Path;

use cloudsched::model::Outcome;
use cloudsched::scenario::load_text;

use super::rollout::{cluster, lives};
use super::{load, told};

const LAYERS: &str = "layers = { base = '80MB', shop = '20MB' }";

/// How many of thirty requests, one a second from 100.5 s on, find no replica while a version takes the place of another on the
/// only node, which stops the old ones first: for as long as its image comes, and 10 s more.
fn gap(image: &str, version: &str) -> usize {
    let scenario = cluster("docker", "image_bandwidth = '10MB/s'")
        .replace("replicas = 4", &format!("replicas = 4, {image}"));
    let jobs: Vec<(f64, &str, f64)> = (100..130).map(|n| (f64::from(n) + 0.5, "s", 0.0)).collect();
    let (told, _) = told(&load(&jobs, &format!("{scenario}{version}\n")));
    told.jobs.iter().filter(|job| job.2 == Outcome::Refused).count()
}

/// A layer that a version names is another one, be it as large, and takes 2 s; those that it does not name are there. One of
/// another size, or name, is another one, too. As a whole the image takes 10 s.
#[test]
fn a_version_pulls_what_is_new() {
    assert_eq!(gap(LAYERS, ""), 10);
    assert_eq!(gap(LAYERS, "version.failure = 0.5"), 10);
    assert_eq!(gap(LAYERS, "version.layers.shop = '20MB'"), 12);
    assert_eq!(gap(LAYERS, "version.layers.shop = '30MB'"), 13);
    assert_eq!(gap(LAYERS, "version.layers.more = '10MB'"), 11);
    assert_eq!(gap(LAYERS, "version.layers = { base = '80MB', shop = '20MB' }"), 20);
    assert_eq!(gap("image = '100MB'", "version.image = '100MB'"), 20);
}

/// The one replica of a version comes before the old one goes. On the same node it takes 2 s and 10 s to start; on another,
/// which has none of it, 10 s more to come.
#[test]
fn another_node_pulls_all() {
    let gone = |nodes: &str| {
        let more = "image_bandwidth = '10MB/s', rollout.rolling-update = { max_surge = 1, max_unavailable = 0 }";
        let scenario = cluster("kubernetes", more)
            .replace("nodes = [{ cpu = 64, memory = '64GiB' }]", nodes)
            .replace("replicas = 4", &format!("replicas = 1, {LAYERS}"));
        let scenario = format!("{scenario}version.layers.shop = '20MB'\n");
        let (told, _) = told(&load(&[(299.0, "s", 0.0)], &scenario));
        lives(&told, "s").1
    };
    assert_eq!(gone("nodes = [{ cpu = 2, memory = '4GiB' }]"), [112.0]);
    assert_eq!(gone("nodes = [{ count = 2, cpu = 1, memory = '4GiB' }]"), [120.0]);
}

/// When each of two services on a node is there, by a request in each half second from 0.25 s on.
fn there(service: &str, platform: &str) -> [f64; 2] {
    let scenario = format!(
        "platform.c = {{ image_bandwidth = '10MB/s', {platform} }}
        service.a = {{ platform = 'c', replicas = 1, {service} }}
        service.b = {{ platform = 'c', replicas = 1, {} }}\n",
        service.replace("a = ", "b = ")
    );
    let times = (0..60).map(|n| f64::from(n) * 0.5 + 0.25);
    let jobs: Vec<_> = times.flat_map(|at| [(at, "a", 0.0), (at, "b", 0.0)]).collect();
    let (told, _) = told(&load(&jobs, &scenario));
    let first = |of: &str| {
        let served = told.jobs.iter().filter(|job| job.0 == of && job.2 == Outcome::Completed);
        served.map(|job| job.1 - 0.25).fold(f64::MAX, f64::min)
    };
    [first("a"), first("b")]
}

/// A node has a layer once, whatever image it is of: that of 80 MB comes with the first image, which is there after 10 s, and the
/// second lacks 20 MB. Two images as large without a layer in common take 20 s. A machine of its own has nothing.
#[test]
fn images_share_their_layers() {
    let node = "kind = 'kubernetes', endpoint_delay = '0s', nodes = [{ cpu = 4, memory = '4GiB' }]";
    assert_eq!(there("layers = { a = '20MB', z = '80MB' }", node), [10.0, 12.0]);
    assert_eq!(there("image = '100MB'", node), [10.0, 20.0]);
    let machines = "kind = 'orchestrator', endpoint_delay = '0s', serverless.boot.constant = '5s'";
    assert_eq!(there("layers = { a = '20MB', z = '80MB' }, cpu = 1", machines), [15.0, 15.0]);
}

/// The node fails at 9 s, when one layer of 2 s is there, and the other of 8 s is on its way; it is back at 10 s, and this one is
/// there at 18 s.
#[test]
fn a_layer_on_its_way_is_lost_with_its_node() {
    let scenario = "platform.c = { kind = 'kubernetes', nodes = [{ cpu = 4, memory = '4GiB' }], image_bandwidth = '10MB/s', endpoint_delay = '0s' }
        service.a = { platform = 'c', replicas = 1, layers = { a = '20MB', z = '80MB' } }
        fault.f = { platform = 'c', at = ['9s'], lasts.constant = '1s' }\n";
    let jobs: Vec<_> = (0..50).map(|n| (f64::from(n) * 0.5 + 0.25, "a", 0.0)).collect();
    let (told, _) = told(&load(&jobs, scenario));
    let served = told.jobs.iter().filter(|job| job.2 == Outcome::Completed);
    assert_eq!(served.map(|job| job.1).fold(f64::MAX, f64::min), 18.25);
}

/// What is wrong with a service with these keys on a platform.
fn problems(service: &str, platform: &str) -> String {
    let text = format!(
        "horizon = '1m'
        client.c = {{ service = 's', arrivals.constant.rate = '1/s' }}
        service.s = {{ platform = 'p', demand.constant = '1s', {service} }}
        platform.p = {{ {platform} }}"
    );
    match load_text("t.toml", &text, Path::new(""), "t", &[]) {
        Ok(loaded) => loaded.problems.render(&loaded.sources, false),
        Err(error) => error.render(false),
    }
}

#[test]
fn an_image_is_told_once_and_where_it_comes_to_nodes() {
    let cluster =
        "kind = 'kubernetes', nodes = [{ cpu = 4, memory = '4GiB' }], image_bandwidth = '1MB/s'";
    let twice = problems(&format!("replicas = 1, image = '1MB', {LAYERS}"), cluster);
    assert!(twice.contains("an image is told as a whole or by its layers, not both"), "{twice}");
    let empty = problems("replicas = 1, layers = {}", cluster);
    assert!(empty.contains("an image has at least one layer"), "{empty}");
    let elsewhere = problems(LAYERS, "kind = 'faas'");
    assert!(elsewhere.contains("`layers` is not used: `p` is no cluster"), "{elsewhere}");
}
