//! Notices and talks on a school's site.

use askama::Template;
use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::response::Html;
use serde::Deserialize;

use super::store::{self, Notice};
use super::{SiteFrame, SiteTab};
use crate::accounts::Session;
use crate::ids::NoticeId;
use crate::layout::Paging;
use crate::schools::rules::NoticeKind;
use crate::schools::text::{self, Paragraph};
use crate::schools::times;
use crate::state::AppState;
use crate::web::{PageError, PageResult};

/// Notices on a page.
const PER_PAGE: i64 = 20;
/// Talks that a page shows of those to come, and of those that are over.
const TALKS: i64 = 100;
/// A talk counts as coming until so long after its begin, ms.
const TALK_MS: i64 = 2 * 3_600_000;

/// A notice in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeRow {
    /// Its id.
    pub id: String,
    /// Title.
    pub title: String,
    /// The beginning of its text.
    pub excerpt: String,
    /// `2026-11-20`.
    pub day: String,
}

impl From<&Notice> for NoticeRow {
    fn from(notice: &Notice) -> Self {
        Self {
            id: notice.id.to_string(),
            title: notice.title.clone(),
            excerpt: text::excerpt(&notice.body, 80),
            day: times::day(notice.published_ms.unwrap_or_default()),
        }
    }
}

impl NoticeRow {
    /// Sample data for the test that renders every page.
    pub fn samples() -> Vec<Self> {
        [
            "关于做好 2027 届毕业生生源信息核对的通知",
            "2027 届秋季视频双选会学生参会须知：设备测试、排队规则与注意事项",
            "毕业生档案转递办理指南",
        ]
        .map(|title| Self {
            id: NoticeId::new().to_string(),
            title: title.to_owned(),
            excerpt: "请各学院组织毕业生于本月底前登录就业网核对学号、姓名、专业与毕业年份。"
                .to_owned(),
            day: "2026-11-18".to_owned(),
        })
        .to_vec()
    }
}

/// A talk in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TalkRow {
    /// Its id.
    pub id: String,
    /// Title.
    pub title: String,
    /// Where; may be empty.
    pub place: String,
    /// `11 月`.
    pub month: String,
    /// `22`.
    pub day: String,
    /// `周日 14:00`.
    pub when: String,
}

impl From<&Notice> for TalkRow {
    fn from(notice: &Notice) -> Self {
        let starts_ms = notice.starts_ms.unwrap_or_default();
        Self {
            id: notice.id.to_string(),
            title: notice.title.clone(),
            place: notice.place.clone(),
            month: times::month(starts_ms),
            day: times::day_of_month(starts_ms),
            when: format!("{} {}", times::weekday(starts_ms), times::clock(starts_ms)),
        }
    }
}

impl TalkRow {
    /// Sample data for the test that renders every page.
    pub fn samples() -> Vec<Self> {
        [
            ("澄源半导体（示例）校园宣讲会", "科技楼 201"),
            ("云杉建筑设计院（示例）校园宣讲会", ""),
        ]
        .map(|(title, place)| Self {
            id: NoticeId::new().to_string(),
            title: title.to_owned(),
            place: place.to_owned(),
            month: "11 月".to_owned(),
            day: "26".to_owned(),
            when: "周四 14:30".to_owned(),
        })
        .to_vec()
    }
}

/// `/s/{code}/notices`
#[derive(Debug, Template)]
#[template(path = "site/notices.html")]
pub struct SiteNoticesPage {
    /// The frame.
    pub frame: SiteFrame,
    /// This page of them.
    pub notices: Vec<NoticeRow>,
    /// The other pages.
    pub paging: Paging,
}

impl SiteNoticesPage {
    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        Self {
            frame: SiteFrame::sample("通知公告", SiteTab::Notices),
            notices: NoticeRow::samples(),
            paging: Paging::new("/s/demo/notices", &[], 1, (43, PER_PAGE)),
        }
    }
}

/// `/s/{code}/talks`
#[derive(Debug, Template)]
#[template(path = "site/talks.html")]
pub struct SiteTalksPage {
    /// The frame.
    pub frame: SiteFrame,
    /// Those to come, the next first.
    pub coming: Vec<TalkRow>,
    /// Those that are over, the latest first.
    pub past: Vec<TalkRow>,
}

impl SiteTalksPage {
    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        Self {
            frame: SiteFrame::sample("宣讲会", SiteTab::Talks),
            coming: TalkRow::samples(),
            past: Vec::new(),
        }
    }
}

/// `/s/{code}/notices/{id}`: a notice, or a talk.
#[derive(Debug, Template)]
#[template(path = "site/notice.html")]
pub struct SiteNoticePage {
    /// The frame.
    pub frame: SiteFrame,
    /// Title.
    pub title: String,
    /// `2026-11-18 09:00`.
    pub published: String,
    /// Time of a talk.
    pub when: Option<String>,
    /// Place of a talk; may be empty.
    pub place: String,
    /// The text.
    pub paragraphs: Vec<Paragraph>,
}

impl SiteNoticePage {
    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        Self {
            frame: SiteFrame::sample("宣讲会", SiteTab::Talks),
            title: "澄源半导体（示例）校园宣讲会".to_owned(),
            published: "2026-11-18 09:00".to_owned(),
            when: Some("2026-11-26 周四 14:30".to_owned()),
            place: "科技楼 201".to_owned(),
            paragraphs: text::paragraphs(
                "面向微电子、电子信息类 2027 届毕业生。\n\n现场收简历，请带纸质简历一份。\n报名：https://job.example/chengyuan",
            ),
        }
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    page: String,
}

/// `GET /s/{code}/notices`
pub(super) async fn list(
    State(state): State<AppState>,
    session: Option<Extension<Session>>,
    Path(code): Path<String>,
    Query(asked): Query<Asked>,
) -> PageResult<Html<String>> {
    let frame = super::frame(&state, &code, session, ("通知公告", SiteTab::Notices)).await?;
    let school = frame.school.id;
    let total = store::count_notices(&state.db, school).await?;
    let path = format!("{}/notices", frame.school.path());
    let asked_page = asked.page.parse().unwrap_or(1);
    let paging = Paging::new(&path, &[], asked_page, (total, PER_PAGE));
    let rows = store::notices(&state.db, school, (PER_PAGE, paging.offset(PER_PAGE))).await?;
    let page = SiteNoticesPage {
        frame,
        notices: rows.iter().map(NoticeRow::from).collect(),
        paging,
    };
    Ok(Html(page.render()?))
}

/// `GET /s/{code}/talks`
pub(super) async fn talks(
    State(state): State<AppState>,
    session: Option<Extension<Session>>,
    Path(code): Path<String>,
) -> PageResult<Html<String>> {
    let frame = super::frame(&state, &code, session, ("宣讲会", SiteTab::Talks)).await?;
    let (school, from_ms) = (frame.school.id, state.now_ms() - TALK_MS);
    let coming = store::coming_talks(&state.db, school, from_ms, TALKS).await?;
    let past = store::past_talks(&state.db, school, from_ms, TALKS).await?;
    let page = SiteTalksPage {
        frame,
        coming: coming.iter().map(TalkRow::from).collect(),
        past: past.iter().map(TalkRow::from).collect(),
    };
    Ok(Html(page.render()?))
}

/// `GET /s/{code}/notices/{id}`
pub(super) async fn show(
    State(state): State<AppState>,
    session: Option<Extension<Session>>,
    Path((code, id)): Path<(String, NoticeId)>,
) -> PageResult<Html<String>> {
    let mut frame = super::frame(&state, &code, session, ("通知公告", SiteTab::Notices)).await?;
    let notice = store::notice(&state.db, frame.school.id, id)
        .await?
        .ok_or(PageError::NotFound)?;
    if notice.kind == NoticeKind::Talk {
        frame.here = SiteTab::Talks;
    }
    frame.title.clone_from(&notice.title);
    let when = notice.starts_ms.filter(|_| notice.kind == NoticeKind::Talk);
    let page = SiteNoticePage {
        frame,
        published: times::minute(notice.published_ms.unwrap_or_default()),
        when: when.map(|ms| {
            format!(
                "{} {} {}",
                times::day(ms),
                times::weekday(ms),
                times::clock(ms)
            )
        }),
        place: notice.place,
        paragraphs: text::paragraphs(&notice.body),
        title: notice.title,
    };
    Ok(Html(page.render()?))
}
