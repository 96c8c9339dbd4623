//! Reports: the outcome of runs as JSON, CSV and text, the folder they are written into, and the charts
//! and the page that are made from such a folder.

mod bill;
mod chart;
mod compared;
mod digest;
mod estimate;
mod failing;
mod folder;
mod html;
mod journal;
mod json;
mod manifest;
mod number;
mod points;
mod precision;
mod record;
mod replay;
mod row;
mod rows;
mod spread;
mod summary;
mod sweep;
mod swept;
mod table;
mod timeline;
mod warning;

pub use bill::{BILL_COLUMNS, bill_rows, write_bill};
pub use chart::label::names;
pub use chart::{CHARTS, Chart, ChartError, Drawn, Picture};
pub use compared::{COMPARE_COLUMNS, compared, write_compared};
pub use digest::TextDigest;
pub use estimate::{CONFIDENCE, Estimate};
pub use folder::{Folder, FolderError, Part};
pub use html::{REPORT_FILE, Report, ReportError, report};
pub use journal::{Header, Journal, JournalError, JournalReader, Line};
pub use json::RunReport;
use json::own_members;
pub use manifest::{Manifest, ManifestRun};
pub use points::{FRACTIONS, PointTables};
pub use record::{
    CLUSTER_COLUMNS, EVENT_COLUMNS, INSTANCE_COLUMNS, RECORDED, RELEASE_COLUMNS, REQUEST_COLUMNS,
    RowRecorder, SERIES_COLUMNS, SERVICE_COLUMNS, VERSION_COLUMNS, recorded,
};
pub use replay::{quoted, replay_line};
pub use row::{Metrics, Rows, cell};
pub use spread::spread;
pub use summary::summary;
pub use sweep::{SHOWN_POINTS, Swept, SweptError, fingerprint, write_sweep};
pub use swept::swept;
pub use table::{Align, Table, printable};
pub use timeline::Timeline;
pub use warning::RunWarning;
