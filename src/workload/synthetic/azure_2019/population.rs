//! Who is there: applications, their functions, how often each is invoked and by what.

use crate::kernel::stream::{below, shuffle, uniform};
use crate::kernel::{Seed, Stream};
use crate::variate::standard_normal;

use super::curve::{invocations_of_applications, invocations_of_functions, quantile};
use super::published::{
    APPLICATIONS, FUNCTIONS, FUNCTIONS_OF_APPLICATIONS, INVOCATIONS_OF_APPLICATIONS,
    MEAN_DURATION_MS, MEAN_MEMORY_MB, TIMER, TOP, TRIGGERS, TriggerFigures,
};

/// A function.
#[derive(Clone, Copy, Debug)]
pub(super) struct Function {
    /// Invocations on the whole day.
    pub invocations: u64,
    /// Its trigger, in order of [`TRIGGERS`].
    pub trigger: usize,
    /// The mean duration in milliseconds.
    pub mean_ms: f64,
}

impl Function {
    pub(super) const fn is_timer(&self) -> bool {
        self.trigger == TIMER
    }
}

/// An application.
#[derive(Clone, Debug, Default)]
pub(super) struct Application {
    pub functions: Vec<Function>,
    /// The mean memory in MB.
    pub memory_mb: f64,
    /// How regularly it is invoked: the share of those of its kind that are at least as regular.
    pub rhythm: f64,
}

impl Application {
    /// Whether nothing but timers invokes it.
    pub(super) fn has_timers_only(&self) -> bool {
        self.functions.iter().all(Function::is_timer)
    }

    /// Whether timers, among others, invoke it.
    pub(super) fn has_timers(&self) -> bool {
        self.functions.iter().any(Function::is_timer)
    }

    fn invocations(&self) -> u64 {
        self.functions.iter().map(|function| function.invocations).sum()
    }
}

/// How many applications so many functions make, in proportion to the published day.
pub(super) fn applications_of(functions: usize) -> usize {
    ((functions * APPLICATIONS + FUNCTIONS / 2) / FUNCTIONS).max(1)
}

/// The applications of a day with `functions` functions, in no order.
pub(super) fn applications(functions: usize, seed: Seed) -> Vec<Application> {
    let functions = of_all(functions, seed);
    let applications = applications_of(functions.len());
    let sizes = sizes(functions.len(), applications);
    let mut applications = group(functions, &sizes, &mut seed.key("azure-2019.groups").stream());
    give_rhythms(&mut applications, &mut seed.key("azure-2019.rhythms").stream());
    let chance = &mut seed.key("azure-2019.order").stream();
    shuffle(&mut applications, chance);
    let mut memory = stratified(MEAN_MEMORY_MB, applications.len());
    shuffle(&mut memory, chance);
    for (application, memory) in applications.iter_mut().zip(memory) {
        application.memory_mb = memory;
    }
    applications
}

/// Gives each application its rhythm: among those of a kind that are invoked about as much, evenly on
/// [0, 1), as the multiples of the golden ratio are.
fn give_rhythms(applications: &mut [Application], chance: &mut Stream) {
    applications.sort_by_key(|application| std::cmp::Reverse(application.invocations()));
    let mut next: [f64; 4] = std::array::from_fn(|_| uniform(chance));
    for application in applications {
        let kind = match (application.has_timers(), application.has_timers_only()) {
            (false, _) => 0,
            (true, false) => 1,
            (true, true) if is_round(application.functions[0].invocations) => 2,
            (true, true) => 3,
        };
        application.rhythm = next[kind];
        next[kind] = (next[kind] + GOLDEN_RATIO).fract();
    }
}

/// Less one.
const GOLDEN_RATIO: f64 = 0.618_033_988_749_894_9;

/// So many quantiles of a curve, each of an equal share, ascending.
fn stratified(curve: &[(f64, f64)], number: usize) -> Vec<f64> {
    (0..number).map(|i| quantile(curve, (i as f64 + 0.5) / number as f64)).collect()
}

/// All functions, most invoked first.
fn of_all(number: usize, seed: Seed) -> Vec<Function> {
    let invocations = invocations_of_functions(number);
    let triggers = triggers(&invocations, &mut seed.key("azure-2019.triggers").stream());
    let durations = durations(&invocations, &mut seed.key("azure-2019.durations").stream());
    let each = invocations.into_iter().zip(triggers).zip(durations);
    each.map(|((invocations, trigger), mean_ms)| Function { invocations, trigger, mean_ms })
        .collect()
}

/// Above so many invocations a day, the trigger of a function follows from the shares of the
/// invocations, below from those of the functions.
const MANY: u64 = 20_000;

/// Functions that are invoked equally much, as far as timers go.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    /// Exactly hourly, every quarter of an hour, every five minutes or every minute: what the published
    /// curve has steps for.
    Round,
    /// Otherwise between hourly and every minute.
    Often,
    /// All others.
    Other,
}

impl Class {
    const ALL: [Self; 3] = [Self::Round, Self::Often, Self::Other];

    const fn of(invocations: u64) -> Self {
        match invocations {
            24 | 96 | 288 | 1440 => Self::Round,
            25..1440 => Self::Often,
            _ => Self::Other,
        }
    }
}

/// Whether so many invocations a day are those of a timer with a round period.
pub(super) fn is_round(invocations: u64) -> bool {
    Class::of(invocations) == Class::Round
}

/// The share of timers among functions of the classes `Round` and `Often`; the others get what is left
/// of their number. Guesses: a step of the published curve is what is not chance, and figure 6 of
/// Shahrad et al. has many regular applications.
const TIMERS_AMONG_ROUND: f64 = 0.95;
const TIMERS_AMONG_OFTEN: f64 = 0.40;

/// The trigger of each function. Those that are invoked much get, from the most invoked down, the
/// trigger that lacks most of its share of the invocations; the others one by chance such that each
/// trigger has its number of functions.
fn triggers(invocations: &[u64], chance: &mut Stream) -> Vec<usize> {
    let scale = invocations.len() as f64 / FUNCTIONS as f64;
    let total = invocations.iter().sum::<u64>() as f64;
    let many = invocations.partition_point(|count| *count > MANY);
    let few: f64 = invocations[many..].iter().sum::<u64>() as f64;
    let of_few = |figures: &TriggerFigures| few * figures.functions as f64 / FUNCTIONS as f64;
    let mut lacking = TRIGGERS.each_ref().map(|t| t.invocations * total - of_few(t));
    let mut free = TRIGGERS.each_ref().map(|t| t.functions as f64 * scale);
    let mut triggers = Vec::with_capacity(invocations.len());
    for (rank, count) in invocations[..many].iter().enumerate() {
        let known = (invocations.len() == FUNCTIONS).then(|| TOP.get(rank)).flatten();
        let trigger = known.map_or_else(|| largest(&lacking), |top| top.trigger);
        lacking[trigger] -= *count as f64;
        free[trigger] -= 1.0;
        triggers.push(trigger);
    }
    triggers.extend(of_the_others(&invocations[many..], free, chance));
    triggers
}

/// The triggers of functions that are invoked little: `free` are the numbers of functions to give.
fn of_the_others(invocations: &[u64], mut free: [f64; 7], chance: &mut Stream) -> Vec<usize> {
    let among = timers_among(invocations, free[TIMER]);
    // By descending invocations, so that a class has its share of timers at every number of them.
    let mut order: Vec<usize> = (0..invocations.len()).collect();
    shuffle(&mut order, chance);
    order.sort_by_key(|place| std::cmp::Reverse(invocations[*place]));
    let mut due = [0.5; Class::ALL.len()];
    let mut triggers = vec![TIMER; invocations.len()];
    for place in order {
        let class = Class::of(invocations[place]) as usize;
        due[class] += among[class];
        if due[class] >= 1.0 {
            due[class] -= 1.0;
        } else {
            triggers[place] = other_than_timer(&free, chance);
        }
        free[triggers[place]] -= 1.0;
    }
    triggers
}

/// The share of timers in each class, given how many there are.
fn timers_among(invocations: &[u64], timers: f64) -> [f64; Class::ALL.len()] {
    let functions = Class::ALL
        .map(|class| invocations.iter().filter(|count| Class::of(**count) == class).count() as f64);
    let [round, often, other] = functions;
    let left = timers - TIMERS_AMONG_ROUND * round - TIMERS_AMONG_OFTEN * often;
    [TIMERS_AMONG_ROUND, TIMERS_AMONG_OFTEN, (left / other.max(1.0)).max(0.0)]
}

/// A trigger by chance in proportion to what is free, so that all numbers are met at the end.
fn other_than_timer(free: &[f64; 7], chance: &mut Stream) -> usize {
    let others = 1..free.len();
    let mut at = uniform(chance) * free[1..].iter().map(|free| free.max(0.0)).sum::<f64>();
    let found = others.clone().find(|trigger| {
        at -= free[*trigger].max(0.0);
        at < 0.0
    });
    found.unwrap_or_else(|| 1 + largest(&free[1..]))
}

/// The place of the largest, the first of several.
fn largest(values: &[f64]) -> usize {
    let mut best = 0;
    for (place, value) in values.iter().enumerate() {
        if *value > values[best] {
            best = place;
        }
    }
    best
}

/// How much a function is the shorter the more it is invoked: what is taken off its standard normal
/// score for each factor of e in its invocations. Chosen so that the mean over invocations is about a
/// second: the released files have the total time of the functions of ranks 1, 7, 18, 28, 106, 110,
/// 170, 177, 524, 1126 and 1195 in order of total time; the power law between them and beyond gives
/// 12.6e12 ms for the 12.5e9 invocations of fourteen days.
const SHORTER: f64 = 0.08;

/// The mean duration of each function in milliseconds, given their invocations in descending order.
fn durations(invocations: &[u64], chance: &mut Stream) -> Vec<f64> {
    let number = invocations.len();
    let score = |count: &u64| standard_normal(chance) - SHORTER * libm::log((*count).max(1) as f64);
    let scores: Vec<f64> = invocations.iter().map(score).collect();
    let mut order: Vec<usize> = (0..number).collect();
    order.sort_by(|a, b| scores[*a].total_cmp(&scores[*b]));
    let mut durations = vec![0.0; number];
    for (place, duration) in order.into_iter().zip(stratified(MEAN_DURATION_MS, number)) {
        durations[place] = duration;
    }
    // The functions that are known, or the one that stands for them among others.
    let width = FUNCTIONS as f64 / number as f64;
    for (rank, duration) in durations.iter_mut().enumerate().take(TOP.len()) {
        let from = (rank as f64 * width) as usize;
        let to = (((rank + 1) as f64 * width) as usize).max(from + 1).min(TOP.len());
        if let Some(known) = TOP.get(from..to).filter(|known| !known.is_empty()) {
            let total: f64 = known.iter().map(|top| top.total_ms).sum();
            *duration = total / known.iter().map(|top| top.invocations).sum::<f64>();
        }
    }
    durations
}

/// Functions of each application, ascending; together `functions`.
fn sizes(functions: usize, applications: usize) -> Vec<usize> {
    let size = |i: usize| {
        let share = (i as f64 + 0.5) / applications as f64;
        let place = FUNCTIONS_OF_APPLICATIONS.partition_point(|(_, p)| *p <= share);
        let (size, p) = FUNCTIONS_OF_APPLICATIONS[place];
        let Some((below, q)) = place.checked_sub(1).map(|place| FUNCTIONS_OF_APPLICATIONS[place])
        else {
            return size;
        };
        // Within a class of several sizes, evenly.
        below + ((size - below) as f64 * (share - q) / (p - q)).ceil().max(1.0) as usize
    };
    let mut sizes: Vec<usize> = (0..applications).map(size).collect();
    // What rounding has left over goes to the large ones, from the largest down.
    let mut sum: usize = sizes.iter().sum();
    let least = sizes.iter().rposition(|size| *size < 11).map_or(0, |place| place + 1);
    let large = least.min(applications - 1)..applications;
    for place in large.rev().cycle() {
        match sum.cmp(&functions) {
            std::cmp::Ordering::Less => (sizes[place], sum) = (sizes[place] + 1, sum + 1),
            std::cmp::Ordering::Greater if sizes[place] > 1 => {
                (sizes[place], sum) = (sizes[place] - 1, sum - 1);
            }
            std::cmp::Ordering::Greater => {}
            std::cmp::Ordering::Equal => break,
        }
    }
    sizes
}

/// The share of the invocations of an application that its most invoked function has, if there are
/// several. A guess, under which functions and applications both follow their curves, and the gaps
/// between the invocations of those with timers among others follow figure 6.
const SHARE_OF_FIRST: f64 = 0.92;

/// How many places a timer looks at, to find one in an application whose first function is a timer;
/// and how many another function, to find one where it is not. Guesses, under which figure 6 of
/// Shahrad et al. comes out of its parts: applications with timers only, without, and with both.
const LOOKS_OF_TIMERS: usize = 2;
const LOOKS_OF_OTHERS: usize = 4;

/// An application that is being filled.
struct Open {
    application: Application,
    /// Invocations that it is to have.
    invocations: u64,
    /// Functions that it is to have.
    size: usize,
}

impl Open {
    /// The invocations that its first function may have: each other has one at least.
    fn room_of_first(&self) -> u64 {
        let last = INVOCATIONS_OF_APPLICATIONS[INVOCATIONS_OF_APPLICATIONS.len() - 1].0;
        if self.size == 1 || self.invocations as f64 > last {
            return self.invocations;
        }
        let share = (self.invocations as f64 * SHARE_OF_FIRST) as u64;
        share.min(self.invocations.saturating_sub(self.size as u64 - 1)).max(1)
    }

    /// The invocations that another function may have.
    fn room_of_others(&self) -> u64 {
        let first = self.application.functions[0].invocations;
        self.invocations.saturating_sub(first).clamp(1, first)
    }
}

/// Puts functions, most invoked first, into applications of these sizes, ascending. Each application
/// first gets the most invoked function that it has room for; the others go to applications by chance,
/// such that they have room where that can be.
fn group(functions: Vec<Function>, sizes: &[usize], chance: &mut Stream) -> Vec<Application> {
    let mut open = with_sizes(sizes, chance);
    open.sort_by_key(|open| std::cmp::Reverse(open.room_of_first()));
    let mut others = Vec::new();
    let mut left = functions.into_iter();
    let number = open.len();
    for (place, open) in open.iter_mut().enumerate() {
        let room = if place == 0 { u64::MAX } else { open.room_of_first() };
        let needed = number - place;
        let first = loop {
            let function = left.next().expect("each application has a function");
            if function.invocations <= room || left.len() < needed {
                break function;
            }
            others.push(function);
        };
        open.application.functions.push(first);
    }
    others.extend(left);
    fill(open, others, chance)
}

/// Applications with their numbers of invocations and sizes: by chance, but with an invocation for
/// each function.
fn with_sizes(sizes: &[usize], chance: &mut Stream) -> Vec<Open> {
    let mut pool = Vec::new();
    let mut sizes = sizes.iter().copied().peekable();
    let least_first = invocations_of_applications(sizes.len()).into_iter().rev();
    let open = least_first.map(|invocations| {
        while let Some(size) = sizes.next_if(|size| pool.is_empty() || *size as u64 <= invocations)
        {
            pool.push(size);
        }
        let size = pool.swap_remove(below(chance, pool.len() as u64) as usize);
        Open { application: Application::default(), invocations, size }
    });
    open.collect()
}

/// Fills up the applications with the other functions, most invoked first.
fn fill(mut open: Vec<Open>, others: Vec<Function>, chance: &mut Stream) -> Vec<Application> {
    open.sort_by_key(|open| std::cmp::Reverse(open.room_of_others()));
    let mut places: Vec<usize> = Vec::new();
    let mut next = 0;
    for function in others {
        while next < open.len()
            && (places.is_empty() || open[next].room_of_others() >= function.invocations)
        {
            places.extend(std::iter::repeat_n(next, open[next].size - 1));
            next += 1;
        }
        let mut place = 0;
        let looks = if function.is_timer() { LOOKS_OF_TIMERS } else { LOOKS_OF_OTHERS };
        for _ in 0..looks {
            place = below(chance, places.len() as u64) as usize;
            if function.is_timer() == open[places[place]].application.functions[0].is_timer() {
                break;
            }
        }
        open[places.swap_remove(place)].application.functions.push(function);
    }
    open.into_iter().map(|open| open.application).collect()
}
