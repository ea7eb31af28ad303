//! `/agreements/{code}`: a text, for everyone.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Html;
use serde::Deserialize;

use super::rules::{self, Line};
use super::store::{self, Agreement, Version};
use crate::layout::{day, moment};
use crate::state::AppState;
use crate::web::{PageError, PageResult};

/// A version as a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionLink {
    /// Counts from 1.
    pub version: i64,
    /// Day of publication.
    pub day: String,
    /// It is the one that is shown.
    pub current: bool,
}

/// The page of one version.
#[derive(Debug, Template)]
#[template(path = "agreement.html")]
pub struct AgreementPage {
    /// Which text.
    pub code: String,
    /// Its title.
    pub title: String,
    /// Version and time of publication.
    pub published: String,
    /// A newer one is in force.
    pub outdated: bool,
    /// The text.
    pub lines: Vec<Line>,
    /// All versions, the newest first.
    pub versions: Vec<VersionLink>,
}

impl AgreementPage {
    fn new(agreement: &Agreement, versions: &[Version]) -> Self {
        let newest = versions.first().map_or(1, |version| version.version);
        Self {
            code: agreement.code.clone(),
            title: agreement.title.clone(),
            published: format!(
                "第 {} 版，{} 发布",
                agreement.version,
                moment(agreement.published_ms)
            ),
            outdated: agreement.version < newest,
            lines: rules::lines(&agreement.body),
            versions: versions
                .iter()
                .map(|one| VersionLink {
                    version: one.version,
                    day: day(one.published_ms),
                    current: one.version == agreement.version,
                })
                .collect(),
        }
    }

    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        let (code, title, body) = rules::BUILT_IN[1];
        let agreement = Agreement {
            code: code.to_owned(),
            version: 1,
            title: title.to_owned(),
            body: body.to_owned(),
            published_ms: 1_795_305_600_000,
        };
        let version = |version| Version {
            code: code.to_owned(),
            version,
            title: title.to_owned(),
            published_ms: 1_795_305_600_000,
            accepted: 40,
        };
        Self::new(&agreement, &[version(2), version(1)])
    }
}

/// What the address may ask for.
#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    version: Option<i64>,
}

/// `GET /agreements/{code}`: the newest version, or the one that is asked for.
pub(super) async fn show(
    State(state): State<AppState>,
    Path(code): Path<String>,
    Query(asked): Query<Asked>,
) -> PageResult<Html<String>> {
    let found = match asked.version {
        Some(version) => store::find(&state.db, &code, version).await?,
        None => store::latest(&state.db, &code).await?,
    };
    let agreement = found.ok_or(PageError::NotFound)?;
    let versions = store::versions(&state.db, &code).await?;
    Ok(Html(AgreementPage::new(&agreement, &versions).render()?))
}
