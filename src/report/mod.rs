//! Reports: the outcome of runs as JSON, CSV and text, and the folder they are written into.

mod chart;
mod digest;
mod folder;
mod json;
mod manifest;
mod number;
mod record;
mod row;
mod spread;
mod summary;
mod table;

pub use chart::{CHARTS, Chart, ChartError, Drawn, Picture};
pub use digest::TextDigest;
pub use folder::{Folder, FolderError, Part};
pub use json::RunReport;
use json::own_members;
pub use manifest::{Manifest, ManifestRun};
pub use record::{REQUEST_COLUMNS, RowRecorder, SERIES_COLUMNS};
pub use row::{Metrics, Rows, cell};
pub use spread::spread;
pub use summary::summary;
pub use table::{Align, Table, printable};
