//! Points that are run until a metric is known well enough.

use cloudsched::stats::Interval;

use super::{Bench, column, read};

const UNTIL: &str = r#"
[sweep]
until = { metric = "response_ms_mean", relative_half_width = 0.08, least = 3, most = 40 }
vary."client.users.arrivals.poisson.rate" = ["5/s", "30/s", "45/s", "60/s"]
"#;

#[test]
fn a_point_stops_as_soon_as_it_is_known_and_not_before() {
    let bench = Bench::new(UNTIL);
    let mut counts: Vec<Vec<usize>> = Vec::new();
    for jobs in [1, 2, 7] {
        bench.done(&format!("sweep a.toml --jobs {jobs} --out out"));
        let text = read(&bench.path("out/runs.csv"));
        let mean = column(text.lines().next().unwrap(), "response_ms_mean");
        let rows = bench.rows("out/runs.csv");
        let values = |rate: &str| -> Vec<f64> {
            let rows = rows.iter().filter(|row| row[0] == rate);
            rows.map(|row| row[mean].parse().unwrap()).collect()
        };
        let points: Vec<Vec<f64>> = ["5/s", "30/s", "45/s", "60/s"].map(values).to_vec();
        for values in &points {
            let narrow = |count: usize| {
                let interval = Interval::of(&values[..count], 0.95).unwrap();
                interval.half_width <= 0.08 * interval.mean
            };
            let first = (3..values.len()).find(|count| narrow(*count));
            assert_eq!(first, None, "it was known before");
            assert!(narrow(values.len()) || values.len() == 40);
        }
        counts.push(points.iter().map(Vec::len).collect());
    }
    assert!(counts.iter().all(|count| *count == counts[0]), "{counts:?}");
    assert!(counts[0].iter().any(|count| *count != counts[0][0]), "{counts:?}");
    let summary = bench.rows("out/summary.csv");
    let replications: Vec<usize> = summary.iter().map(|row| row[1].parse().unwrap()).collect();
    assert_eq!(replications, counts[0]);
}
