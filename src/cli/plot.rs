//! `plot`: charts from a folder of results.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::builder::PossibleValuesParser;
use clap::{Args, ValueEnum};

use super::Failure;
use super::output::tell;
use crate::report::{CHARTS, Chart, ChartError, Drawn, Folder, FolderError, Journal, Picture};

const EXAMPLES: &str = "\
Examples:
  cloudsched plot results/quickstart
  cloudsched plot results/keep-alive --chart bars --metric cold_start_fraction
  cloudsched plot results/keep-alive --chart lines --metric cost_usd --metric idle_instances_mean
  cloudsched plot results/keep-alive --format png --width 1600
  cloudsched list charts                               what there is to draw";

/// The arguments of `plot`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct PlotArguments {
    /// The folder with the CSV files of a run, a sweep or a comparison; the charts go there
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Draw this chart; without, all that the folder has data for
    #[arg(long = "chart", value_name = "NAME", hide_possible_values = true,
        value_parser = PossibleValuesParser::new(CHARTS.iter().map(|chart| chart.name)))]
    charts: Vec<String>,
    /// Draw the charts that show one metric with this one, into NAME-METRIC, instead of with the 99th
    /// percentile of the response time
    #[arg(long = "metric", value_name = "NAME")]
    metrics: Vec<String>,
    /// What the files are
    #[arg(long, value_enum, default_value_t = Format::Svg)]
    format: Format,
    /// How wide the charts are, in pixels, from 480 to 4000; their text grows with them
    #[arg(long, value_name = "PIXELS", default_value_t = 800, value_parser = width)]
    width: u32,
}

/// Below so many pixels the small letters, of 12 pixels at a width of 800, are hard to read. A guess.
const LEGIBLE: u32 = 480;
/// At most so many pixels.
const WIDEST: u32 = 4000;

fn width(text: &str) -> Result<u32, String> {
    match text.parse() {
        Err(_) => Err(format!("write a number of pixels from {LEGIBLE} to {WIDEST}")),
        Ok(..LEGIBLE) => Err(format!("text cannot be read below {LEGIBLE} pixels")),
        Ok(width @ LEGIBLE..=WIDEST) => Ok(width),
        Ok(_) => Err(format!("at most {WIDEST} pixels")),
    }
}

/// How charts are written.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// Lines and text, sharp at any size
    Svg,
    /// Pixels
    Png,
}

pub(super) fn plot(arguments: &PlotArguments) -> Result<(), Failure> {
    let from = &arguments.folder;
    if !from.is_dir() {
        return Err(Failure::error(format!("there is no folder {}", from.display())));
    }
    let all = arguments.charts.is_empty();
    let asked = |chart: &&Chart| all || arguments.charts.iter().any(|name| name == chart.name);
    let (mut drawn, mut without) = (Vec::new(), Vec::new());
    for (chart, metric) in CHARTS.iter().filter(asked).flat_map(|chart| each(chart, arguments)) {
        match chart.draw(from, metric) {
            Ok(done) => drawn.push((named(chart, metric), done)),
            Err(ChartError::NoData(why)) => without.push((chart, why)),
            Err(error @ ChartError::Broken(_)) => return Err(Failure::error(error)),
        }
    }
    if drawn.is_empty() || (!all && !without.is_empty()) {
        return Err(match Journal::only(from).filter(|_| drawn.is_empty()) {
            Some((why, help)) => Failure::Tell(format!("error: {why}\n  help: {help}\n")),
            None if all => nothing_at_all(from),
            None => nothing(from, &without),
        });
    }
    let names = write(arguments, &drawn).map_err(Failure::error)?;
    for (chart, done) in &drawn {
        for note in &done.notes {
            tell(&format!("note: {chart}: {note}\n"));
        }
    }
    for (chart, why) in without {
        tell(&format!("note: no {}: {why}\n", chart.name));
    }
    tell(&format!("wrote {} into {}\n", names.join(", "), from.display()));
    Ok(())
}

/// A chart with each metric that was asked for, or once if it shows none or none was asked for.
fn each<'a>(
    chart: &'a Chart,
    arguments: &'a PlotArguments,
) -> impl Iterator<Item = (&'a Chart, Option<&'a str>)> {
    let metrics = arguments.metrics.iter().filter(|_| chart.chooses);
    let metrics = metrics.map(|metric| Some(metric.as_str()));
    let none = arguments.metrics.is_empty() || !chart.chooses;
    metrics.chain(none.then_some(None)).map(move |metric| (chart, metric))
}

/// The name of the file of a chart, without number and extension.
fn named(chart: &Chart, metric: Option<&str>) -> String {
    metric.map_or_else(|| chart.name.to_owned(), |metric| format!("{}-{metric}", chart.name))
}

/// The failure of a folder from which nothing can be drawn.
fn nothing_at_all(folder: &Path) -> Failure {
    Failure::Tell(format!(
        "error: nothing to draw in {}: there are no figures\n  help: it needs a folder that \
         `run --out`, `sweep` or `compare --out` wrote; `cloudsched list charts` says what each chart needs\n",
        folder.display()
    ))
}

/// The failure of charts for which there is no data.
fn nothing(folder: &Path, without: &[(&Chart, String)]) -> Failure {
    let folder = folder.display();
    let told = without.iter().map(|(chart, why)| {
        let (name, files, needs) = (chart.name, chart.files.join(" or "), chart.needs);
        format!(
            "error: no data for `{name}` in {folder}: {why}\n  help: it needs {needs}, in {files}\n"
        )
    });
    Failure::Tell(told.collect())
}

/// Writes all pictures; the names of the files.
fn write(arguments: &PlotArguments, drawn: &[(String, Drawn)]) -> Result<Vec<String>, FolderError> {
    let mut folder = Folder::open(&arguments.folder)?;
    for (chart, Drawn { pictures, .. }) in drawn {
        for (number, picture) in pictures.iter().enumerate() {
            let (extension, bytes) = file(picture, arguments);
            let mut part = folder.part()?;
            part.write_all(&bytes).map_err(|error| folder.failed(error))?;
            let suffix = match pictures.len() {
                1 => String::new(),
                _ => format!("-{}", number + 1),
            };
            folder.add(format!("{chart}{suffix}.{extension}"), part.into_temp_path());
        }
    }
    let names = folder.names().map(str::to_owned).collect();
    folder.publish().map(|_| names)
}

/// A picture as a file: its extension and its bytes.
fn file(picture: &Picture, arguments: &PlotArguments) -> (&'static str, Vec<u8>) {
    match arguments.format {
        Format::Svg => ("svg", picture.svg(arguments.width).into_bytes()),
        Format::Png => ("png", picture.png(arguments.width)),
    }
}
