//! Open jobs on a school's site, with filters in the address.

use askama::Template;
use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::response::Html;
use serde::Deserialize;

use super::store::{self, JobFilter, PublicJob};
use super::{SiteFrame, SiteTab};
use crate::accounts::Session;
use crate::ids::JobId;
use crate::layout::{self, Paging};
use crate::schools::text::{self, Paragraph};
use crate::schools::times;
use crate::state::AppState;
use crate::web::{PageError, PageResult};

/// Jobs on a page.
const PER_PAGE: i64 = 20;
/// Cities that are offered as filters.
const CITIES: usize = 10;

/// Words of 用工类型: value and label.
const KINDS: [(&str, &str); 3] = [("", "不限"), ("full_time", "全职"), ("internship", "实习")];
/// Words of 学历要求: value and label.
const DEGREES: [(&str, &str); 6] = [
    ("", "不限"),
    ("any", "学历不限"),
    ("associate", "专科及以上"),
    ("bachelor", "本科及以上"),
    ("master", "硕士及以上"),
    ("doctor", "博士"),
];

/// A filter that is a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// Its words.
    pub label: String,
    /// The list with it.
    pub href: String,
    /// It is chosen.
    pub current: bool,
}

/// `/s/{code}/jobs`
#[derive(Debug, Template)]
#[template(path = "site/jobs.html")]
pub struct SiteJobsPage {
    /// The frame.
    pub frame: SiteFrame,
    /// The filters.
    pub filter: JobFilter,
    /// Groups of filters that are links: label and choices.
    pub choices: Vec<(&'static str, Vec<Choice>)>,
    /// This page of the jobs.
    pub jobs: Vec<PublicJob>,
    /// The other pages.
    pub paging: Paging,
}

impl SiteJobsPage {
    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        let filter = JobFilter {
            q: "工程师".to_owned(),
            ..JobFilter::default()
        };
        let cities = vec!["长沙".to_owned(), "南昌".to_owned(), "深圳".to_owned()];
        Self {
            frame: SiteFrame::sample("职位", SiteTab::Jobs),
            choices: choices("/s/demo/jobs", &filter, cities),
            filter,
            jobs: vec![PublicJob::sample(), PublicJob::sample()],
            paging: Paging::new("/s/demo/jobs", &[("q", "工程师")], 2, (47, PER_PAGE)),
        }
    }
}

/// `/s/{code}/jobs/{id}`
#[derive(Debug, Template)]
#[template(path = "site/job.html")]
pub struct SiteJobPage {
    /// The frame.
    pub frame: SiteFrame,
    /// The job.
    pub job: PublicJob,
    /// What it is about.
    pub paragraphs: Vec<Paragraph>,
    /// `2026-11-18`.
    pub updated: String,
}

impl SiteJobPage {
    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        Self::of(
            SiteFrame::sample("职位", SiteTab::Jobs),
            PublicJob::sample(),
        )
    }

    fn of(frame: SiteFrame, job: PublicJob) -> Self {
        Self {
            frame,
            paragraphs: text::paragraphs(&job.description),
            updated: times::day(job.updated_ms),
            job,
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    q: String,
    city: String,
    kind: String,
    degree: String,
    page: String,
}

impl Asked {
    /// The filters; words that are none count as not asked for.
    fn filter(&self) -> JobFilter {
        let known = |word: &str, words: &[(&str, &str)]| {
            let found = words.iter().find(|(value, _)| *value == word);
            found.map_or_else(String::new, |(value, _)| (*value).to_owned())
        };
        JobFilter {
            q: text::cut(&self.q, 40),
            city: text::cut(&self.city, 20),
            kind: known(&self.kind, &KINDS),
            degree: known(&self.degree, &DEGREES),
        }
    }
}

fn pairs(filter: &JobFilter) -> [(&'static str, &str); 4] {
    [
        ("q", &filter.q),
        ("city", &filter.city),
        ("kind", &filter.kind),
        ("degree", &filter.degree),
    ]
}

/// Filters as links; each keeps the others.
fn choices(
    path: &str,
    filter: &JobFilter,
    cities: Vec<String>,
) -> Vec<(&'static str, Vec<Choice>)> {
    let choice = |name: &str, value: &str, label: &str| {
        let mut href = format!("{path}?");
        let current = pairs(filter)
            .iter()
            .any(|(key, old)| *key == name && *old == value);
        for (key, old) in pairs(filter) {
            let new = if key == name { value } else { old };
            if !new.is_empty() {
                href.push_str(key);
                href.push('=');
                layout::escape(new, &mut href);
                href.push('&');
            }
        }
        Choice {
            label: label.to_owned(),
            href: href.trim_end_matches(['&', '?']).to_owned(),
            current,
        }
    };
    let mut places = vec![choice("city", "", "不限")];
    places.extend(cities.iter().map(|city| choice("city", city, city)));
    vec![
        ("城市", places),
        (
            "类型",
            KINDS
                .map(|(value, label)| choice("kind", value, label))
                .to_vec(),
        ),
        (
            "学历",
            DEGREES
                .map(|(value, label)| choice("degree", value, label))
                .to_vec(),
        ),
    ]
}

/// `GET /s/{code}/jobs`
pub(super) async fn list(
    State(state): State<AppState>,
    session: Option<Extension<Session>>,
    Path(code): Path<String>,
    Query(asked): Query<Asked>,
) -> PageResult<Html<String>> {
    let frame = super::frame(&state, &code, session, ("职位", SiteTab::Jobs)).await?;
    let (db, school, now_ms) = (&state.db, frame.school.id, state.now_ms());
    let filter = asked.filter();
    let total = store::count_jobs(db, school, &filter, now_ms).await?;
    let path = format!("{}/jobs", frame.school.path());
    let asked_page = asked.page.parse().unwrap_or(1);
    let paging = Paging::new(&path, &pairs(&filter), asked_page, (total, PER_PAGE));
    let slice = (PER_PAGE, paging.offset(PER_PAGE));
    let page = SiteJobsPage {
        jobs: store::jobs(db, school, &filter, slice, now_ms).await?,
        choices: choices(
            &path,
            &filter,
            store::cities(db, school, CITIES, now_ms).await?,
        ),
        frame,
        filter,
        paging,
    };
    Ok(Html(page.render()?))
}

/// `GET /s/{code}/jobs/{id}`
pub(super) async fn show(
    State(state): State<AppState>,
    session: Option<Extension<Session>>,
    Path((code, id)): Path<(String, JobId)>,
) -> PageResult<Html<String>> {
    let mut frame = super::frame(&state, &code, session, ("职位", SiteTab::Jobs)).await?;
    let job = store::job(&state.db, frame.school.id, id, state.now_ms())
        .await?
        .ok_or(PageError::NotFound)?;
    frame.title.clone_from(&job.title);
    Ok(Html(SiteJobPage::of(frame, job).render()?))
}
