//! Arrivals cost no allocation once warm.

use std::fmt::Write as _;

use cloudsched::kernel::{Seed, Span};
use cloudsched::workload::ArrivalProcess;
use cloudsched::workload::arrival::{Constant, Diurnal, Mmpp, MmppState, Poisson, Stage, Stages};
use cloudsched::workload::trace::{TraceForm, TraceFormat};

use super::{Folder, form};

/// Runs 10,000 arrivals warm and counts the allocations of the next 50,000.
#[track_caller]
fn check(process: &dyn ArrivalProcess) {
    let mut run = process.start(Seed::new(1).key("client.test.arrivals"));
    for _ in 0..10_000 {
        run.next().unwrap();
    }
    let spent = allocation_counter::measure(|| {
        for _ in 0..50_000 {
            run.next().unwrap();
        }
    });
    assert_eq!(spent.count_total, 0, "{process:?}");
}

#[test]
fn processes_allocate_nothing_per_arrival() {
    let rate = "1000/s".parse().unwrap();
    check(&*Poisson { rate }.process().unwrap());
    check(&*Constant { rate }.process().unwrap());
    let state = MmppState { rate, mean: Span::from_secs(1) };
    check(&*Mmpp { states: vec![state.clone(), state] }.process().unwrap());
    let (period, peak) = (Span::from_secs(60), Span::ZERO);
    check(&*Diurnal { mean: rate, amplitude: 0.5, period, peak }.process().unwrap());
    let ramp = Stage { duration: Span::from_secs(10), target: rate };
    check(&*Stages(vec![ramp; 10]).process().unwrap());
}

#[test]
fn traces_allocate_nothing_per_arrival() {
    let folder = Folder::new();
    let mut requests = "time_s,service,duration_s\n".to_owned();
    let mut rows = String::new();
    for i in 0..60_000 {
        writeln!(requests, "{i},service-{},0.5", i % 100).unwrap();
        writeln!(rows, "a,f{},{i},0.5", i % 100).unwrap();
    }
    folder.write("trace.csv", requests);
    check(&*folder.open(TraceFormat::Requests).process);
    folder.write("trace.csv", rows);
    check(&*folder.open(TraceFormat::Azure2021).process);
    folder.write("trace.csv", "period,count\n0,10000\n60,30000\n120,20000\n");
    check(&*folder.open(TraceFormat::Rate).process);
    folder.write(
        "trace.csv",
        "HashOwner,HashApp,HashFunction,Trigger,1,2,3\n\
         o,a,f,http,3000,20000,10000\n\
         o,a,g,timer,2000,20000,15000\n",
    );
    let invocations = Some("trace.csv".to_owned());
    let azure = TraceForm { invocations, ..form(TraceFormat::Azure2019, None) };
    check(&*azure.open(&folder.path("")).unwrap().process);
}
