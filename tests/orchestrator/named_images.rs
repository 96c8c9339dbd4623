//! Images that pods name: a node has each once, whoever names it, or comes with it. One of 100 MB comes at 10 MB/s, in 10 s.

use std::path::Path;

use cloudsched::scenario::load_text;

use super::rollout::{cluster, lives};
use super::{load, told};

/// When the first jobs of two services, of no work, end on a node that comes with these images.
fn ends(images: &str, a: &str, b: &str) -> [f64; 2] {
    let scenario = format!(
        "platform.c = {{ kind = 'kubernetes', image_bandwidth = '10MB/s', nodes = [{{ cpu = 4, memory = '4GiB', images = {{ {images} }} }}] }}
        service.a = {{ platform = 'c', {a} }}
        service.b = {{ platform = 'c', {b} }}\n"
    );
    let (told, _) = told(&load(&[(0.0, "a", 0.0), (0.0, "b", 0.0)], &scenario));
    ["a", "b"].map(|name| told.ends().iter().find(|end| end.0 == name).unwrap().1)
}

const SHOP: &str = "image = '100MB', pod.images = ['shop:1']";

/// Who names the same image waits for the one pull of it; who names another, or none, has one of its own.
#[test]
fn two_services_with_an_image_pull_it_once() {
    assert_eq!(ends("", SHOP, SHOP), [10.0, 10.0]);
    assert_eq!(ends("", SHOP, "image = '100MB', pod.images = ['shop:2']"), [10.0, 20.0]);
    assert_eq!(ends("", SHOP, "image = '100MB'"), [10.0, 20.0]);
    let latest = |name: &str| format!("image = '100MB', pod.images = ['{name}']");
    assert_eq!(ends("", &latest("shop"), &latest("shop:latest")), [10.0, 10.0]);
    let both = |names: &str| format!("image = '100MB', pod.images = [{names}]");
    assert_eq!(ends("", &both("'a', 'b'"), &both("'b', 'a'")), [10.0, 10.0]);
}

/// What the node comes with is there at once for who names it: all that the pod names, as a whole or by its layers.
#[test]
fn what_a_node_comes_with_is_not_pulled() {
    assert_eq!(ends("'shop:1' = '90MB'", SHOP, "image = '100MB'"), [0.0, 10.0]);
    assert_eq!(ends("'shop:2' = '90MB'", SHOP, SHOP), [10.0, 10.0]);
    let two = "image = '100MB', pod.images = ['shop:1', 'log:1']";
    assert_eq!(ends("'shop:1' = '90MB'", two, SHOP), [10.0, 0.0]);
    assert_eq!(ends("'shop:1' = '90MB', 'log:1' = '1MB'", two, SHOP), [0.0, 0.0]);
    let layers = "layers = { base = '80MB', shop = '20MB' }, pod.images = ['shop:1']";
    // Who has the base as a layer of another image finds it there, too.
    let other = "layers = { base = '80MB', other = '20MB' }";
    assert_eq!(ends("'shop:1' = '90MB'", layers, other), [0.0, 2.0]);
    assert_eq!(ends("", layers, other), [10.0, 12.0]);
}

/// When the first replica of a version is there that takes the place of the old ones at 100 s, on a node that stops these first and
/// comes with `s:1` and `s:2`: containers start in 10 s. An image or a layer that a version names is another one under the old name, if
/// it does not give it another.
#[test]
fn a_version_names_another_image() {
    let gone = |image: &str, version: &str| {
        let more = "image_bandwidth = '10MB/s', rollout.rolling-update = { max_surge = 1, max_unavailable = 0 }";
        let scenario = cluster("kubernetes", more)
            .replace(
                "memory = '64GiB' }]",
                "memory = '64GiB', images = { 's:1' = '1MB', 's:2' = '1MB' } }]",
            )
            .replace("replicas = 4", &format!("replicas = 1, {image}"))
            .replace(
                "pod.start.constant = '10s'",
                "pod = { start.constant = '10s', images = ['s:1'] }",
            );
        let (told, _) = told(&load(&[(299.0, "s", 0.0)], &format!("{scenario}{version}\n")));
        lives(&told, "s").1
    };
    let (whole, layers) = ("image = '100MB'", "layers = { base = '80MB', shop = '20MB' }");
    assert_eq!(gone(whole, ""), [110.0]);
    assert_eq!(gone(whole, "version.image = '100MB'"), [120.0]);
    assert_eq!(gone(whole, "version.pod.images = ['s:2']"), [110.0]);
    assert_eq!(gone(whole, "version.pod.images = ['s:3']"), [120.0]);
    assert_eq!(gone(layers, "version.layers.shop = '20MB'"), [112.0]);
    assert_eq!(gone(layers, "version = { layers.shop = '20MB', pod.images = ['s:2'] }"), [110.0]);
}

/// A node that is ordered for each of two jobs, half an hour apart, comes with the image each time, so that they end when those without
/// an image do; else they wait for it each time.
#[test]
fn the_next_node_comes_with_the_same() {
    let ends = |images: &str, image: &str| {
        let scenario = format!(
            "platform.c = {{ kind = 'kubernetes', image_bandwidth = '10MB/s', node_autoscaling = 'karpenter', \
             nodes = [{{ cpu = 4, memory = '4GiB', max = 1, price_hour = 1, images = {{ {images} }} }}] }}
            service.s = {{ platform = 'c', cpu = 1, {image} pod.images = ['shop:1'] }}\n"
        );
        let (told, _) = told(&load(&[(3.0, "s", 60.0), (1803.0, "s", 60.0)], &scenario));
        [told.jobs[0].1, told.jobs[1].1]
    };
    let at_once = ends("", "");
    assert_eq!(ends("'shop:1' = '1MB'", "image = '100MB',"), at_once);
    assert_eq!(ends("", "image = '100MB',"), at_once.map(|end| end + 10.0));
}

#[test]
fn images_of_one_name_have_one_size() {
    let text = "horizon = '1m'
        client.c = { service = 'a', arrivals.constant.rate = '1/s' }
        service.a = { platform = 'p', demand.constant = '1s', image = '100MB', pod.images = ['shop:1'], calls = ['b'] }
        service.b = { platform = 'p', demand.constant = '1s', image = '90MB', pod.images = ['shop:1'] }
        platform.p = { kind = 'kubernetes', nodes = [{ cpu = 4, memory = '4GiB' }] }";
    let error = load_text("t.toml", text, Path::new(""), "t", &[]).unwrap_err().render(false);
    assert!(error.contains("the `pod` of `a` names the same images"), "{error}");
    assert!(error.contains("write the same size, or other names in `pod.images`"), "{error}");
}
