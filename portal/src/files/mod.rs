//! Files: uploads that become part of something, and links that show them.
//!
//! An upload comes first and is loose; the form that follows names it by a signed reference
//! ([`FileRef`]), which proves that whoever hands the form in made the upload. The row is written
//! before the bytes, so that no object is without a row; what stays loose for a day, and what its
//! owner removed, is swept: bytes first, row last. Where a scanner is configured, nothing is kept
//! that it did not call clean.

mod limits;
mod link;
mod loose;
mod metrics;
mod refusal;
pub mod rules;
mod show;
pub mod store;
pub mod sweep;
mod upload;

pub use limits::UploadLimits;
pub use link::{link, private_link};
pub use loose::LooseBytes;
pub use metrics::FileMetrics;
pub use rules::{FileRef, Purpose, accept, max_bytes};
pub use store::{File, attach, find, keep_only, remove};

use std::sync::Arc;

use outside::objects::ObjectStore;
use outside::scanner::Scanner;

use crate::web::Routes;

/// The file store with its limits and figures. Clones share it.
#[derive(Debug, Clone)]
pub struct Files {
    /// Where the bytes are.
    pub store: ObjectStore,
    /// Looks for malware before anything is kept; `None`: nobody does.
    pub scanner: Option<Scanner>,
    /// Figures.
    pub metrics: FileMetrics,
    /// How many uploads are taken in a while.
    pub limits: Arc<UploadLimits>,
    /// How many bytes may lie loose.
    pub loose: Arc<LooseBytes>,
}

/// Routes of this domain.
pub fn routes() -> Routes {
    Routes::new()
        .post("/api/files", upload::upload)
        .get("/files/{file}", show::show)
}
