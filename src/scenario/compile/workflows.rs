//! Workflows: their jobs, and which waits for which.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::super::schema::{DependsOnErrorsForm, Job, Workflow};
use super::Compiler;
use super::circles::{Circle, circles};
use super::exchange::ExchangeForm;
use super::services::CallCount;
use super::targets::FamilyRange;
use crate::model::{FamilyId, NOWHERE, ServiceId};
use crate::world::{CallSpec, Cycle, FamilySpec, JobSpec};

impl Compiler<'_> {
    /// Gives every workflow, in order of names, a number behind those of services, the first of which is `first`.
    pub(super) fn number_workflows(&mut self, first: u32) {
        let services = self.scenario.service.len();
        for (number, name) in self.scenario.workflow.keys().enumerate() {
            if self.scenario.service.contains_key(name) {
                self.error_with(
                    &["workflow", name],
                    format!("there is a service `{name}`, too"),
                    "call one of them otherwise",
                );
                continue;
            }
            let range = FamilyRange {
                family: FamilyId::from_index(services + number),
                first: ServiceId::new(first.saturating_add(number as u32)),
                count: 1,
            };
            self.families.insert(name, range);
        }
    }

    /// The workflows, in order of names; services come before them.
    pub(super) fn workflows(&mut self) -> Vec<FamilySpec> {
        let mut specs = Vec::new();
        for (name, workflow) in &self.scenario.workflow {
            let (plan, jobs) = self.workflow_jobs(name, workflow);
            specs.push(FamilySpec {
                name: name.clone(),
                version_of: None,
                first: self.families[name.as_str()].first,
                count: 1,
                member_names: None,
                platform: NOWHERE,
                applications: Vec::new(),
                stretches: Vec::new(),
                demand: None,
                cold_demand: None,
                priority: Cycle::one(0),
                failure: None,
                poison: None,
                popularity: None,
                plan,
                jobs,
                keeps_addresses: false,
            });
        }
        specs
    }

    /// What the jobs of a workflow call, and when they begin.
    fn workflow_jobs(
        &mut self,
        name: &str,
        workflow: &Workflow,
    ) -> (Vec<Vec<CallSpec>>, Vec<JobSpec>) {
        let path = ["workflow", name, "jobs"];
        let jobs = &workflow.jobs;
        self.expect(
            self.root.at(&[&path[..], &["0"]].concat()).is_some(),
            &path,
            "a workflow has at least one job",
            "add one, as in `{ service = \"NAME\" }`",
        );
        let numbers = self.job_numbers(&path, jobs);
        let (mut plan, mut specs, mut total) = (Vec::new(), Vec::new(), CallCount::default());
        for (number, job) in jobs.iter().enumerate() {
            let place = number.to_string();
            let path = [&path[..], &[place.as_str()]].concat();
            let after = self.after(&path, &numbers, job);
            let ignores_errors = job.depends_on_errors == DependsOnErrorsForm::Ignore;
            specs.push(JobSpec { after, ignores_errors });
            let count = total.add(job.count.unwrap_or(1));
            plan.extend(self.job(&path, job).map(|call| vec![call; count]));
        }
        self.expect(
            total.is_sane(),
            &path,
            "a workflow has more than 100000 jobs",
            "write smaller counts",
        );
        self.check_circles_of_jobs(name, jobs, &specs);
        (plan, specs)
    }

    /// What does a job, and how it is sent.
    fn job(&mut self, path: &[&str], job: &Job) -> Option<CallSpec> {
        let target = self.target(&[path, &["service"]].concat(), &job.service);
        self.expect(
            job.count != Some(0),
            &[path, &["count"]].concat(),
            "a job is done at least once",
            "write 1 or more, or leave the job out",
        );
        let exchange = ExchangeForm {
            timeout: job.timeout,
            abandoned: job.abandoned,
            latency: job.latency.as_ref(),
            retries: job.retries.as_ref(),
        };
        let exchange = self.exchange(path, &exchange);
        let target = self.by_route(target?, None);
        Some(CallSpec { target, probability: 1.0, exchange })
    }

    /// The number of each job by its name, of which no two are the same.
    fn job_numbers<'n>(&mut self, path: &[&str], jobs: &'n [Job]) -> BTreeMap<&'n str, usize> {
        let mut numbers = BTreeMap::new();
        for (number, job) in jobs.iter().enumerate() {
            let name = job.name();
            let key = if job.name.is_some() { "name" } else { "service" };
            let (message, help) = match numbers.entry(name) {
                _ if name.is_empty() => ("the name of a job is empty".to_owned(), "write a name"),
                Entry::Vacant(place) => {
                    place.insert(number);
                    continue;
                }
                Entry::Occupied(_) => (
                    format!("a job before is called `{name}`, too"),
                    "give each a `name` of its own",
                ),
            };
            self.error_with(&[path, &[&number.to_string(), key]].concat(), message, help);
        }
        numbers
    }

    /// The numbers of the jobs that a job comes after.
    fn after(&mut self, path: &[&str], numbers: &BTreeMap<&str, usize>, job: &Job) -> Vec<usize> {
        let mut after = Vec::new();
        for (place, name) in job.after.iter().enumerate() {
            let place = place.to_string();
            let path = [path, &["after", &place]].concat();
            let Some(&number) = numbers.get(name.as_str()) else {
                let known: Vec<&str> = numbers.keys().copied().collect();
                self.unknown(&path, "job", name, &known);
                continue;
            };
            self.expect(
                !after.contains(&number),
                &path,
                "the same job stands here twice",
                "leave one of them out",
            );
            after.push(number);
        }
        after
    }

    /// Tells of jobs that wait for each other.
    fn check_circles_of_jobs(&mut self, name: &str, jobs: &[Job], specs: &[JobSpec]) {
        let after: Vec<Vec<usize>> = specs.iter().map(|spec| spec.after.clone()).collect();
        for Circle { nodes, .. } in circles(&after) {
            let (first, last) = (nodes[0], nodes[nodes.len() - 1]);
            let place = jobs[last].after.iter().position(|name| name == jobs[first].name());
            let place = place.unwrap_or_default().to_string();
            let circle: Vec<&str> =
                nodes.iter().chain(nodes.first()).map(|&job| jobs[job].name()).collect();
            self.error_with(
                &["workflow", name, "jobs", &last.to_string(), "after", &place],
                format!("jobs wait for each other in a circle: {}", circle.join(" after ")),
                "none of them would ever begin: leave out one of these names",
            );
        }
    }
}
