//! What is published of the real trace: the only place of numbers that come from it.
//!
//! Two sources, both about the Azure Functions Trace 2019 (public dataset `AzurePublicDataset`, CC-BY
//! 4.0; July 2019) and both read in 2026:
//!
//! - *day 01*: counts of the first day of the released files, exact;
//! - *the paper*: Shahrad et al., "Serverless in the Wild" (USENIX ATC 2020), whose curves are read
//!   off its figures with a resolution of 0.35 % of the functions or applications.
//!
//! Where they disagree, day 01 holds.

/// Functions of day 01.
pub(super) const FUNCTIONS: usize = 46_412;

/// Applications of day 01.
pub(super) const APPLICATIONS: usize = 17_577;

/// Invocations of day 01.
pub(super) const INVOCATIONS: u64 = 909_783_379;

/// Invocations of the fourteen days, an estimate of the dataset's description.
pub(super) const INVOCATIONS_14_DAYS: f64 = 12_495_810_846.0;

/// Invocations in the quietest and the busiest minute of day 01, over those in the mean minute
/// (501,568 and 801,572 over 631,794).
pub(super) const QUIETEST: f64 = 0.7939;
pub(super) const BUSIEST: f64 = 1.2687;

/// A point of a curve: a value, and the share that does not exceed it.
pub(super) type Point = (f64, f64);

/// What triggers a function.
pub(super) struct TriggerFigures {
    /// The name in the files.
    pub name: &'static str,
    /// Functions of day 01.
    pub functions: usize,
    /// The share of the invocations: the paper, table of triggers, in whole percent. It has storage
    /// and others together with 1 %: halves are a guess.
    pub invocations: f64,
}

/// The triggers; [`TIMER`] is the first.
pub(super) const TRIGGERS: [TriggerFigures; 7] = [
    TriggerFigures { name: "timer", functions: 17_405, invocations: 0.02 },
    TriggerFigures { name: "http", functions: 15_933, invocations: 0.36 },
    TriggerFigures { name: "queue", functions: 6_924, invocations: 0.34 },
    TriggerFigures { name: "orchestration", functions: 3_287, invocations: 0.02 },
    TriggerFigures { name: "event", functions: 1_245, invocations: 0.25 },
    TriggerFigures { name: "storage", functions: 949, invocations: 0.005 },
    TriggerFigures { name: "others", functions: 669, invocations: 0.005 },
];

pub(super) const TIMER: usize = 0;
const HTTP: usize = 1;
const QUEUE: usize = 2;
const EVENT: usize = 4;

/// One of the functions that are invoked most.
pub(super) struct TopFunction {
    pub trigger: usize,
    /// Invocations in fourteen days.
    pub invocations: f64,
    /// The time that they took together, in milliseconds.
    pub total_ms: f64,
}

/// The eleven functions that are invoked most: counts and times of the fourteen days of the released
/// files.
pub(super) const TOP: [TopFunction; 11] = [
    top(QUEUE, 1_683_728_143.0, 2.618_197e12),
    top(HTTP, 1_187_337_050.0, 3.348_290e11),
    top(QUEUE, 900_734_217.0, 6.845_580e10),
    top(EVENT, 336_710_817.0, 5.387_373e9),
    top(EVENT, 307_327_546.0, 1.229_310e9),
    top(EVENT, 251_016_433.0, 9.287_608e9),
    top(EVENT, 228_916_007.0, 4.578_320e8),
    top(HTTP, 204_103_759.0, 4.082_075e8),
    top(QUEUE, 199_993_178.0, 4.459_868e10),
    top(EVENT, 192_360_218.0, 5.193_726e9),
    top(EVENT, 188_079_150.0, 9.592_037e9),
];

const fn top(trigger: usize, invocations: f64, total_ms: f64) -> TopFunction {
    TopFunction { trigger, invocations, total_ms }
}

/// Invocations a day of a function, up to the 99.53rd percentile: figure 5a of the paper, a mean over
/// fourteen days, at whole numbers. Day 01 lists the functions that were invoked, so what the figure
/// has below one invocation a day is one. Steps at the numbers of round timers: once a day, hourly,
/// every quarter of an hour, every five minutes, every minute. The last point is within the
/// resolution of the figure, where it gives the rest of day 01's invocations to the functions between
/// it and the eleven that are known.
pub(super) const INVOCATIONS_OF_FUNCTIONS: &[Point] = &[
    (1.0, 0.0),
    (1.0, 0.334),
    (2.0, 0.412),
    (3.0, 0.4558),
    (4.0, 0.481),
    (5.0, 0.507),
    (7.0, 0.534),
    (10.0, 0.562),
    (15.0, 0.594),
    (23.0, 0.621),
    (24.0, 0.621),
    (24.0, 0.645),
    (40.0, 0.674),
    (60.0, 0.704),
    (95.0, 0.728),
    (96.0, 0.728),
    (96.0, 0.739),
    (120.0, 0.751),
    (160.0, 0.772),
    (200.0, 0.785),
    (287.0, 0.799),
    (288.0, 0.799),
    (288.0, 0.8367),
    (400.0, 0.8503),
    (500.0, 0.8656),
    (700.0, 0.881),
    (1000.0, 0.893),
    (1439.0, 0.9065),
    (1440.0, 0.9065),
    (1440.0, 0.929),
    (2000.0, 0.937),
    (3000.0, 0.946),
    (5000.0, 0.9575),
    (10_000.0, 0.9694),
    (20_000.0, 0.9796),
    (40_000.0, 0.9868),
    (90_000.0, 0.9915),
    (250_000.0, 0.9947),
    (598_000.0, 0.9953),
];

/// Invocations a day of an application, all its functions together: figure 5a of the paper. Above, an
/// application is one of the functions that are invoked most.
pub(super) const INVOCATIONS_OF_APPLICATIONS: &[Point] = &[
    (1.0, 0.0),
    (1.0, 0.2075),
    (2.0, 0.263),
    (3.0, 0.2976),
    (4.0, 0.3185),
    (5.0, 0.333),
    (7.0, 0.357),
    (10.0, 0.380),
    (15.0, 0.411),
    (20.0, 0.4286),
    (23.0, 0.437),
    (24.0, 0.437),
    (24.0, 0.453),
    (40.0, 0.484),
    (60.0, 0.517),
    (95.0, 0.543),
    (96.0, 0.543),
    (96.0, 0.5544),
    (140.0, 0.577),
    (200.0, 0.607),
    (287.0, 0.632),
    (288.0, 0.632),
    (288.0, 0.667),
    (400.0, 0.700),
    (500.0, 0.7347),
    (700.0, 0.7602),
    (1000.0, 0.787),
    (1439.0, 0.803),
    (1440.0, 0.803),
    (1440.0, 0.821),
    (1500.0, 0.832),
    (2000.0, 0.855),
    (3000.0, 0.874),
    (5000.0, 0.902),
    (10_000.0, 0.927),
    (20_000.0, 0.948),
    (40_000.0, 0.963),
    (70_000.0, 0.9728),
    (100_000.0, 0.9796),
    (140_000.0, 0.984),
    (200_000.0, 0.9875),
    (300_000.0, 0.991),
    (450_000.0, 0.9925),
    (800_000.0, 0.995),
    (2_044_740.0, 0.9966),
];

/// Functions of an application: the paper, section 3.2, has 54 % with one, 16 % two, 10 % three, 8 %
/// four or five, 7 % six to ten, 5 % more, 0.04 % more than a hundred. How many have which number
/// within a class is a guess that meets the mean of day 01 (2.64). Value, share up to it.
pub(super) const FUNCTIONS_OF_APPLICATIONS: &[(usize, f64)] = &[
    (1, 0.54),
    (2, 0.70),
    (3, 0.80),
    (4, 0.852),
    (5, 0.88),
    (6, 0.905),
    (7, 0.923),
    (8, 0.936),
    (9, 0.944),
    (10, 0.95),
    (11, 0.9785),
    (12, 0.9885),
    (13, 0.9930),
    (14, 0.9955),
    (15, 0.9970),
    (17, 0.9983),
    (21, 0.9991),
    (30, 0.9996),
    (100, 0.9996),
    (115, 1.0),
];

/// The mean duration of a function, in milliseconds. Day 01: median 656, third quartile 3,012, mean
/// 9,504, standard deviation 40,061, longest 5,771,903. Below the third quartile a lognormal through
/// those two quartiles; above it points that meet the mean and the deviation, within 0.02 of the
/// paper's fit LogNormal(-0.38, 2.36) in seconds, and its 4 % above a minute.
pub(super) const MEAN_DURATION_MS: &[Point] = &[
    (1.0, 0.002),
    (3.4, 0.01),
    (15.9, 0.05),
    (36.2, 0.10),
    (97.9, 0.20),
    (200.5, 0.30),
    (370.0, 0.40),
    (656.0, 0.50),
    (1163.0, 0.60),
    (2146.0, 0.70),
    (3012.0, 0.75),
    (18_700.0, 0.90),
    (47_000.0, 0.95),
    (95_000.0, 0.975),
    (160_000.0, 0.99),
    (270_000.0, 0.997),
    (470_000.0, 0.9997),
    (700_000.0, 0.999_98),
    (5_771_903.0, 0.999_989),
];

/// The mean memory of an application, in MB. Day 01: median 142, mean 160.12, standard deviation
/// 65.19, least 52, most 1,227; between them the released data of figure 8 of the paper (the upper of
/// its two curves, whose mean is that of day 01). The paper's fit Burr XII(11.652, 0.221, 107.083) has
/// too many large applications for day 01: a mean of 171 and a standard deviation of 108.
pub(super) const MEAN_MEMORY_MB: &[Point] = &[
    (52.0, 0.0),
    (75.0, 0.003),
    (85.0, 0.007),
    (90.0, 0.0175),
    (95.0, 0.046),
    (100.0, 0.088),
    (105.0, 0.127),
    (110.0, 0.170),
    (115.0, 0.213),
    (120.0, 0.285),
    (125.0, 0.348),
    (130.0, 0.407),
    (136.0, 0.465),
    (142.0, 0.50),
    (150.0, 0.552),
    (160.0, 0.600),
    (170.0, 0.646),
    (180.0, 0.692),
    (190.0, 0.766),
    (200.0, 0.832),
    (206.0, 0.866),
    (210.0, 0.880),
    (220.0, 0.903),
    (230.0, 0.917),
    (240.0, 0.926),
    (260.0, 0.94),
    (300.0, 0.958),
    (350.0, 0.978),
    (420.0, 0.989),
    (520.0, 0.9972),
    (700.0, 0.9998),
    (1227.0, 0.999_97),
];

/// The coefficient of variation of the time between invocations, of an application without timers:
/// figure 6 of the paper. The first value stands for all that is even; the figure has 0.1145 there, of
/// which whole minutes blur some.
pub(super) const CV_WITHOUT_TIMERS: &[Point] = &[
    (0.0, 0.133),
    (0.45, 0.221),
    (0.884, 0.3161),
    (1.32, 0.4145),
    (1.755, 0.5048),
    (2.19, 0.579),
    (2.626, 0.6403),
    (3.06, 0.6887),
    (3.5, 0.7274),
    (3.93, 0.7581),
    (4.8, 0.8032),
    (6.12, 0.8484),
    (7.43, 0.8758),
    (10.49, 0.9161),
    (30.0, 1.0),
];

/// The same of a timer that does not fire a round number of times a day: a guess, with which the
/// applications with timers only follow figure 6 when the round ones are even.
pub(super) const CV_OF_ODD_TIMERS: &[Point] = &[
    (0.0, 0.71),
    (0.05, 0.80),
    (0.1, 0.835),
    (0.3946, 0.89),
    (0.789, 0.925),
    (1.2245, 0.96),
    (1.687, 0.98),
    (2.9, 0.992),
    (8.5, 1.0),
];

/// The same of what else is in an application with timers: a guess, with which all applications follow
/// figure 6, and not only those with timers only and without.
pub(super) const CV_BESIDE_TIMERS: &[Point] = &[
    (0.0, 0.30),
    (0.45, 0.33),
    (0.9, 0.36),
    (1.3, 0.39),
    (1.75, 0.42),
    (2.6, 0.50),
    (3.5, 0.57),
    (4.8, 0.65),
    (7.4, 0.77),
    (10.5, 0.85),
    (30.0, 1.0),
];
