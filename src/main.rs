//! The command line of cloudsched.
fn main() {
    let args: Vec<String> = std::env::args().collect();
    let l = cloudsched::scenario::load(args[1].as_ref(), &args[2..])
        .map_err(|e| print!("{}", e.render(false)))
        .unwrap();
    print!("{}", l.problems.render(&l.sources, false));
    let t = std::time::Instant::now();
    let o = cloudsched::world::run(&l.specification, l.seed, None, None);
    println!("{:?} events {} {}", t.elapsed(), o.digest.events(), o.digest);
    for (n, v) in o.metrics() {
        println!("{n:35} {v:?}");
    }
    for s in &o.services {
        println!("{} {:?}", s.name, o.request_metrics(&s.of));
    }
    for s in &o.platforms {
        println!("{} {:?}", s.name, o.platform_metrics(&s.of));
    }
}
