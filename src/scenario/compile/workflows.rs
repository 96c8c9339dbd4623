//! Workflows: their jobs, and which waits for which.

use super::super::schema::{DependsOnErrorsForm, Job, Workflow};
use super::Compiler;
use super::exchange::ExchangeForm;
use super::services::MOST_CALLS;
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
        let (mut plan, mut specs, mut total) = (Vec::new(), Vec::new(), 0_u32);
        for (number, job) in jobs.iter().enumerate() {
            let place = number.to_string();
            let path = [&path[..], &[place.as_str()]].concat();
            self.check_name(&path, &jobs[..number], job);
            let after = self.after(&path, jobs, job);
            let ignores_errors = job.depends_on_errors == DependsOnErrorsForm::Ignore;
            specs.push(JobSpec { after, ignores_errors });
            let count = job.count.unwrap_or(1);
            total = total.saturating_add(count);
            plan.extend(
                self.job(&path, job).map(|call| vec![call; count.min(MOST_CALLS) as usize]),
            );
        }
        self.expect(
            total <= MOST_CALLS,
            &path,
            "a workflow has more than 100000 jobs",
            "write smaller counts",
        );
        self.check_circles(name, jobs, &specs);
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

    /// That no job of those `before` has the name of a job.
    fn check_name(&mut self, path: &[&str], before: &[Job], job: &Job) {
        let name = job.name();
        if !before.iter().any(|other| other.name() == name) {
            return;
        }
        let key = if job.name.is_some() { "name" } else { "service" };
        self.error_with(
            &[path, &[key]].concat(),
            format!("a job before is called `{name}`, too"),
            "give each a `name` of its own",
        );
    }

    /// The numbers of the jobs that a job comes after.
    fn after(&mut self, path: &[&str], jobs: &[Job], job: &Job) -> Vec<usize> {
        let mut after = Vec::new();
        for (place, name) in job.after.iter().enumerate() {
            if let Some(number) = jobs.iter().position(|other| other.name() == name) {
                after.push(number);
                continue;
            }
            let known: Vec<&str> = jobs.iter().map(Job::name).collect();
            let place = place.to_string();
            self.unknown(&[path, &["after", &place]].concat(), "job", name, &known);
        }
        after
    }

    /// Tells of jobs that wait for each other: of each circle once.
    fn check_circles(&mut self, name: &str, jobs: &[Job], specs: &[JobSpec]) {
        let mut done = vec![None; jobs.len()];
        for job in 0..jobs.len() {
            self.search_circle(job, (name, jobs, specs), &mut done, &mut Vec::new());
        }
    }

    /// A depth-first search for circles; `done` is none (not seen), false (on the way here), or true.
    fn search_circle(
        &mut self,
        job: usize,
        workflow @ (name, jobs, specs): (&str, &[Job], &[JobSpec]),
        done: &mut [Option<bool>],
        way: &mut Vec<usize>,
    ) {
        if done[job].is_some() {
            return;
        }
        done[job] = Some(false);
        way.push(job);
        for &before in &specs[job].after {
            if done[before] != Some(false) {
                self.search_circle(before, workflow, done, way);
                continue;
            }
            let start = way.iter().position(|&other| other == before).unwrap_or(0);
            let circle: Vec<&str> =
                way[start..].iter().chain([&before]).map(|&job| jobs[job].name()).collect();
            self.error_with(
                &["workflow", name, "jobs", &job.to_string(), "after"],
                format!("jobs wait for each other in a circle: {}", circle.join(" after ")),
                "none of them would ever begin: leave out one of these names",
            );
        }
        way.pop();
        done[job] = Some(true);
    }
}
