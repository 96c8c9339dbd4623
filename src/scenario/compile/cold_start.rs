//! How long instances take to start, by what the services on a platform are made of.

use std::collections::BTreeMap;

use super::super::schema::{
    Application, ColdStartForm, FaasForm, ImageForm, PhasesForm, RuntimeForm, Service,
};
use super::Compiler;
use crate::model::Stretch;
use crate::platform::faas::{
    Code, ColdStart, Function, ImageFetch, PhasedStart, RuntimeStart, RuntimeTime, Tier, ZipFetch,
};
use crate::quantity::{Bytes, Probability};
use crate::variate::{Distribution, Variate};

/// More chunks of one image than this are taken for a slip.
const MOST_CHUNKS: u64 = 1_000_000;

/// The keys of a service or an application that say what a start has to do.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deployment<'a> {
    /// Where these keys stand: `["service", "web"]`.
    place: [&'a str; 2],
    runtime: Option<&'a str>,
    package: Option<Bytes>,
    image: Option<Bytes>,
    init: Option<&'a Distribution>,
    snapshot: Option<bool>,
}

impl<'a> Deployment<'a> {
    pub(super) fn of_service(name: &'a str, service: &'a Service) -> Self {
        let Service { runtime, package, image, init, snapshot, .. } = service;
        let (runtime, init) = (runtime.as_deref(), init.as_ref());
        let (package, image, snapshot) = (*package, *image, *snapshot);
        Self { place: ["service", name], runtime, package, image, init, snapshot }
    }

    pub(super) fn of_application(name: &'a str, group: &'a Application) -> Self {
        let Application { runtime, package, image, init, snapshot, .. } = group;
        let (runtime, init) = (runtime.as_deref(), init.as_ref());
        let (package, image, snapshot) = (*package, *image, *snapshot);
        Self { place: ["application", name], runtime, package, image, init, snapshot }
    }

    /// Which keys it gives.
    pub(super) fn given(&self) -> impl Iterator<Item = &'static str> + use<> {
        let given = [
            ("runtime", self.runtime.is_some()),
            ("package", self.package.is_some()),
            ("image", self.image.is_some()),
            ("init", self.init.is_some()),
            ("snapshot", self.snapshot.is_some()),
        ];
        given.into_iter().filter(|(_, given)| *given).map(|(key, _)| key)
    }

    /// Whether its instances are to start from a snapshot.
    pub(super) fn restores(&self) -> bool {
        self.snapshot == Some(true)
    }

    fn path<'k>(&self, key: &'k str) -> [&'k str; 3]
    where
        'a: 'k,
    {
        [self.place[0], self.place[1], key]
    }
}

impl Compiler<'_> {
    /// How long instances of a platform take to start, those of each application by its deployment.
    pub(super) fn cold_start(
        &mut self,
        path: &[&str],
        form: &FaasForm,
        deployed: &[(Bytes, Deployment<'_>)],
    ) -> Option<ColdStart> {
        let place = [path, &["cold_start"]].concat();
        let platform = path.last().copied().unwrap_or_default();
        let phases = match form.cold_start.as_ref() {
            Some(ColdStartForm::Phases(phases)) => phases,
            other => {
                self.warn_of_no_phases(platform, deployed);
                let Some(ColdStartForm::Whole(whole)) = other else { return None };
                return self.variate(&place, whole).map(ColdStart::Whole);
            }
        };
        let mut start = self.phases(&[&place[..], &["phases"]].concat(), phases);
        let mut functions: BTreeMap<[&str; 2], (u32, f64)> = BTreeMap::new();
        for (memory, deployment) in deployed {
            let (function, share) = *functions.entry(deployment.place).or_insert_with(|| {
                let (function, share) = self.function(platform, phases, deployment);
                start.functions.push(function);
                (start.functions.len() as u32 - 1, share)
            });
            // A start is the work of one thread.
            let speed = form.cores.as_ref().map_or(1.0, |cores| cores.at(*memory).min(1.0));
            start.applications.push((function, Stretch::of_share(speed, share)));
        }
        Some(ColdStart::Phased(Box::new(start)))
    }

    /// What holds for all starts on a platform.
    fn phases(&mut self, path: &[&str], form: &PhasesForm) -> PhasedStart {
        let zip = form.code.zip.as_ref().map(|zip| {
            let path = [path, &["code", "zip"]].concat();
            self.expect(
                zip.bandwidth.is_none_or(|bandwidth| bandwidth.a_second() > Bytes::ZERO),
                &[&path[..], &["bandwidth"]].concat(),
                "with no bandwidth no package ever comes",
                "write how fast it comes, as in \"90MB/s\"",
            );
            let first_byte = self.part(&path, "first_byte", zip.first_byte.as_ref());
            ZipFetch { first_byte, bandwidth: zip.bandwidth }
        });
        let image = form.code.image.as_ref();
        let image = image.and_then(|image| self.image(&[path, &["code", "image"]].concat(), image));
        let mut runtimes = Vec::new();
        for (name, runtime) in &form.runtime {
            runtimes.extend(self.runtime(&[path, &["runtime", name.as_str()]].concat(), runtime));
        }
        if let Some(name) = &form.default_runtime
            && !form.runtime.contains_key(name)
        {
            let known: Vec<&str> = form.runtime.keys().map(String::as_str).collect();
            self.unknown(&[path, &["default_runtime"]].concat(), "runtime", name, &known);
        }
        PhasedStart {
            placement: self.part(path, "placement", form.placement.as_ref()),
            sandbox: self.part(path, "sandbox", form.sandbox.as_ref()),
            zip,
            image,
            runtimes,
            restore: self.part(path, "restore", form.restore.as_ref()),
            functions: Vec::new(),
            applications: Vec::new(),
        }
    }

    /// The time of a phase, which stands at `key` if it does.
    fn part(&mut self, path: &[&str], key: &str, form: Option<&Distribution>) -> Option<Variate> {
        form.and_then(|form| self.variate(&[path, &[key]].concat(), form))
    }

    fn image(&mut self, path: &[&str], form: &ImageForm) -> Option<ImageFetch> {
        self.expect(
            form.chunk > Bytes::ZERO,
            &[path, &["chunk"]].concat(),
            "a chunk has some bytes",
            "write its size, as in \"512KiB\"",
        );
        let (local, zone) = (form.local.share.get(), form.zone.share.get());
        self.expect(
            local + zone <= 1.0,
            &[path, &["zone", "share"]].concat(),
            "the caches have more than all chunks",
            "the shares of `local` and `zone` are at most 1 together; the rest comes from `origin`",
        );
        let latency = |tier| [path, &[tier, "latency"]].concat();
        let local_latency = self.variate(&latency("local"), &form.local.latency);
        let zone_latency = self.variate(&latency("zone"), &form.zone.latency);
        let origin = self.variate(&latency("origin"), &form.origin.latency);
        Some(ImageFetch {
            local: Tier { share: local, latency: local_latency? },
            zone: Tier { share: zone, latency: zone_latency? },
            origin: origin?,
        })
    }

    fn runtime(&mut self, path: &[&str], form: &RuntimeForm) -> Option<RuntimeStart> {
        self.check_runtime(path, form);
        let own = self.part(path, "own", form.own.as_ref()).map(RuntimeTime::Own);
        let total = self.part(path, "total", form.total.as_ref()).map(RuntimeTime::Total);
        let mut packages = Vec::new();
        for (number, (size, whole)) in form.packages.iter().enumerate() {
            let number = number.to_string();
            let path = [path, &["packages", &number, "1"]].concat();
            packages.extend(self.variate(&path, whole).map(|whole| (*size, whole)));
        }
        Some(RuntimeStart {
            packages: if own.is_some() { Vec::new() } else { packages },
            time: own.or(total)?,
            image_total: self.part(path, "image_total", form.image_total.as_ref()),
            load_per_mb: form.load_per_mb,
        })
    }

    /// That it is clear how long a runtime takes.
    fn check_runtime(&mut self, path: &[&str], form: &RuntimeForm) {
        let name = path.last().copied().unwrap_or_default();
        if form.own.is_none() && form.total.is_none() {
            self.error_with(
                path,
                format!("runtime `{name}` says not how long it takes"),
                "write `own`, what it takes by itself, or `total`, what a whole start was measured to take",
            );
        }
        let first = form.packages.first().map(|(size, _)| *size);
        self.expect(
            first != Some(Bytes::ZERO)
                && form.packages.windows(2).all(|pair| pair[0].0 < pair[1].0),
            &[path, &["packages"]].concat(),
            "the sizes of packages must ascend, from more than nothing",
            "`total` is the start with an empty package",
        );
        let beside = [("total", form.total.is_some()), ("packages", !form.packages.is_empty())];
        for (key, given) in beside {
            if form.own.is_some() && given {
                self.warning(
                    &[path, &[key]].concat(),
                    format!("`{key}` is not used: `own` says what `{name}` takes by itself"),
                    "leave out one of them",
                );
            }
        }
    }

    /// What the instances of a deployment start, and the share of its start that is computed.
    fn function(
        &mut self,
        platform: &str,
        phases: &PhasesForm,
        deployment: &Deployment<'_>,
    ) -> (Function, f64) {
        let runtime = self.runtime_of(platform, phases, deployment);
        let form = runtime.map(|(_, form)| form);
        let share = form.and_then(|form| form.init_cpu_share).map_or(1.0, Probability::get);
        let code = self.code(platform, phases, form, deployment);
        let init = deployment.init.and_then(|init| self.variate(&deployment.path("init"), init));
        (Function { runtime: runtime.map(|(number, _)| number), code, init }, share)
    }

    /// The number of its runtime among those of the platform.
    fn runtime_of<'p>(
        &mut self,
        platform: &str,
        phases: &'p PhasesForm,
        deployment: &Deployment<'_>,
    ) -> Option<(u32, &'p RuntimeForm)> {
        let find = |wanted: &str| {
            let mut all = phases.runtime.iter().zip(0..);
            all.find(|((name, _), _)| *name == wanted).map(|((_, form), number)| (number, form))
        };
        let known: Vec<&str> = phases.runtime.keys().map(String::as_str).collect();
        match (deployment.runtime, &phases.default_runtime) {
            (Some(_), _) if known.is_empty() => {
                let why = format!("`{platform}` has no runtimes");
                self.warn_of_idle_key(deployment, "runtime", &why);
                None
            }
            (Some(wanted), _) => {
                let found = find(wanted);
                if found.is_none() {
                    self.unknown(&deployment.path("runtime"), "runtime", wanted, &known);
                }
                found
            }
            (None, Some(default)) => find(default),
            (None, None) => {
                if !known.is_empty() {
                    let [table, name] = deployment.place;
                    self.error_with(
                        &deployment.place,
                        format!("{table} `{name}` has no `runtime`, and `{platform}` no default"),
                        format!("write one of {}, or a `default_runtime`", known.join(", ")),
                    );
                }
                None
            }
        }
    }

    /// How the code of a deployment comes.
    fn code(
        &mut self,
        platform: &str,
        phases: &PhasesForm,
        runtime: Option<&RuntimeForm>,
        deployment: &Deployment<'_>,
    ) -> Code {
        if deployment.restores() && phases.restore.is_none() {
            let why = format!("`{platform}` restores no snapshots; it has no `restore`");
            self.warn_of_idle_key(deployment, "snapshot", &why);
        }
        let restored = deployment.restores() && phases.restore.is_some();
        if restored {
            for key in deployment.given().filter(|key| ["package", "image", "init"].contains(key)) {
                self.warning(
                    &deployment.path(key),
                    format!("`{key}` is not used: what it takes is in the snapshot"),
                    "leave it out, or `snapshot`",
                );
            }
            return Code::Snapshot;
        }
        let images = phases.code.image.as_ref();
        let image_total = runtime.is_some_and(|runtime| runtime.image_total.is_some());
        if deployment.image.is_some() && images.is_none() && !image_total {
            let why = format!("`{platform}` does not say how images come");
            self.warn_of_idle_key(deployment, "image", &why);
        }
        let by_size = phases.code.zip.as_ref().is_some_and(|zip| zip.bandwidth.is_some())
            || runtime.is_some_and(|r| r.load_per_mb.is_some() || !r.packages.is_empty());
        if deployment.package.is_some() && !by_size {
            let why = format!("on `{platform}` the size of this package makes no difference");
            self.warn_of_idle_key(deployment, "package", &why);
        }
        self.expect(
            deployment.package.is_none() || deployment.image.is_none(),
            &deployment.path("image"),
            "a function is a package or an image, not both",
            "leave out `package` or `image`",
        );
        match deployment.image {
            Some(size) => Code::Image(images.map_or(0, |form| self.chunks(form, size, deployment))),
            None => Code::Package(deployment.package.unwrap_or_default()),
        }
    }

    /// How many chunks of an image are read.
    fn chunks(&mut self, form: &ImageForm, size: Bytes, deployment: &Deployment<'_>) -> u32 {
        let read = size.get() as f64 * form.read.get();
        let chunks = (read / form.chunk.get().max(1) as f64).ceil() as u64;
        self.expect(
            chunks <= MOST_CHUNKS,
            &deployment.path("image"),
            "more than 1000000 chunks of the image are read",
            "write a smaller image, or let the platform have larger chunks",
        );
        chunks.min(MOST_CHUNKS) as u32
    }

    fn warn_of_no_phases(&mut self, platform: &str, deployed: &[(Bytes, Deployment<'_>)]) {
        if self.may_run_elsewhere(platform) {
            return;
        }
        let mut last = None;
        for (_, deployment) in deployed {
            if last.replace(deployment.place) == Some(deployment.place) {
                continue;
            }
            for key in deployment.given() {
                let why = format!("a cold start on `{platform}` has no phases");
                self.warn_of_idle_key(deployment, key, &why);
            }
        }
    }

    fn warn_of_idle_key(&mut self, deployment: &Deployment<'_>, key: &str, why: &str) {
        self.warning(
            &deployment.path(key),
            format!("`{key}` is not used: {why}"),
            "leave it out, or say it in `cold_start.phases` of the platform",
        );
    }
}
