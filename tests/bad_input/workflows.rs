//! Workflows that cannot be.

use super::{Cases, GOOD, told, traced};

/// What is told of the good scenario with a workflow of these jobs.
fn jobs(jobs: &str) -> String {
    told(&format!("{GOOD}\n[workflow.w]\njobs = [{jobs}]\n"))
}

#[test]
fn jobs_that_do_not_fit_together() {
    let mut cases = Cases::default();
    cases.add("no jobs", jobs(""));
    cases.add("no service", jobs("{ name = \"a\" }"));
    cases.add("unknown service", jobs("{ service = \"wbe\" }"));
    cases.add("unknown key", jobs("{ service = \"web\", before = [\"fn\"] }"));
    cases
        .add("unknown job", jobs("{ service = \"web\" }, { service = \"fn\", after = [\"wbe\"] }"));
    cases.add("a service that is no job", jobs("{ service = \"web\", after = [\"fn\"] }"));
    cases.add("two of a name", jobs("{ service = \"web\" }, { service = \"web\" }"));
    let other = "{ name = \"web\", service = \"fn\" }";
    cases.add("a name that is a service", jobs(&format!("{{ service = \"web\" }}, {other}")));
    cases.add("no name", jobs("{ name = \"\", service = \"web\" }"));
    let twice = "{ service = \"fn\", after = [\"web\", \"web\"] }";
    cases.add("twice after the same", jobs(&format!("{{ service = \"web\" }}, {twice}")));
    cases.add("after itself", jobs("{ service = \"web\", after = [\"web\"] }"));
    let circle = [("a", "c"), ("b", "a"), ("c", "b")].map(|(name, after)| {
        format!("{{ name = \"{name}\", service = \"web\", after = [\"{after}\"] }}")
    });
    cases.add("circle of jobs", jobs(&circle.join(",\n")));
    cases.add("a job of itself", jobs("{ service = \"w\" }"));
    cases.add("no copies", jobs("{ service = \"web\", count = 0 }"));
    cases.add("too many copies", jobs("{ service = \"web\", count = 100001 }"));
    let many = "{ name = \"a\", service = \"web\", count = 60000 }";
    cases.add("too many together", jobs(&[many, &many.replace("\"a\"", "\"b\"")].join(", ")));
    cases.add("no time", jobs("{ service = \"web\", timeout = \"0s\" }"));
    cases.add("errors otherwise", jobs("{ service = \"web\", depends_on_errors = \"skip\" }"));
    cases.check("jobs");
}

#[test]
fn workflows_among_services() {
    let mut cases = Cases::default();
    let workflow = |job: &str| format!("[workflow.w]\njobs = [{{ service = \"{job}\" }}]\n");
    let and = |more: &str| told(&format!("{GOOD}\n{more}"));
    cases.add("the name of a service", and(&workflow("fn").replace(".w]", ".web]")));
    cases
        .add("a release", and(&(workflow("web") + "[release.v2]\nservice = \"w\"\nat = \"5s\"\n")));
    let work = "demand.constant = \"50ms\"";
    let lazy = GOOD.replace(work, "");
    cases.add("a job without demand", told(&format!("{lazy}\n{}", workflow("fn"))));
    let calls = GOOD.replace(work, &format!("{work}\ncalls = [{{ service = \"w\" }}]"));
    cases.add("a circle with a service", told(&format!("{calls}\n{}", workflow("fn"))));
    let held = calls.replace("kind = \"faas\"", "kind = \"faas\"\nmax_instances = 9");
    let other = format!("[service.other]\nplatform = \"cloud\"\n{work}\n");
    let held = format!("{held}\n{other}{}", workflow("other"));
    cases.add("a caller that holds what a job needs", told(&held));
    let client = "service = \"fn\"\narrivals.constant.rate = \"9/s\"\n";
    let client = format!("{client}{}[client.traced]\nservice = \"w\"\n", workflow("fn"));
    let rows = b"app,func,end_timestamp,duration\na,f,5,1\n";
    cases.add("members of a trace", traced(rows, "azure-2021", &client));
    let member = GOOD.replace("service = \"web\"", "service = \"w.0\"");
    assert_ne!(member, GOOD);
    cases.add("a member of a workflow", told(&format!("{member}\n{}", workflow("fn"))));
    cases.check("workflows");
}
