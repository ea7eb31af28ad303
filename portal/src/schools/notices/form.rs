//! The form of a notice or talk, with its preview.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Html;
use serde::Deserialize;

use super::super::rules::{self, NoticeKind, NoticeStatus};
use super::super::text::{self, Paragraph};
use super::super::times;
use super::list::HERE;
use super::store::{self, NoticeText, StaffNotice};
use crate::accounts::{SchoolOffice, SchoolStaff};
use crate::ids::NoticeId;
use crate::layout::{Chrome, Menu, Viewer};
use crate::state::AppState;
use crate::web::{FormErrors, PageError, PageResult};

/// Longest title, characters.
const TITLE_CHARS: usize = 80;
/// Longest text, characters: as a form it has nine bytes for each, and a form has its limit.
const BODY_CHARS: usize = 6000;
/// Longest place, characters.
const PLACE_CHARS: usize = 80;

/// What is typed into the form.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct NoticeForm {
    /// Word of the kind.
    pub kind: String,
    /// Title.
    pub title: String,
    /// Text.
    pub body: String,
    /// Begin of a talk, Beijing time.
    pub starts: String,
    /// Place of a talk.
    pub place: String,
    /// The version that was read.
    pub version: i64,
    /// `save`, `publish` or `preview`.
    pub action: String,
}

impl NoticeForm {
    /// Filled with what is stored.
    fn of(notice: &StaffNotice) -> Self {
        Self {
            kind: notice.kind.to_string(),
            title: notice.title.clone(),
            body: notice.body.clone(),
            starts: notice.starts_ms.map(times::input).unwrap_or_default(),
            place: notice.place.clone(),
            version: notice.version,
            action: String::new(),
        }
    }

    /// What is to be stored, or what is wrong.
    pub(super) fn check(&self) -> Result<NoticeText, FormErrors> {
        let mut errors = FormErrors::default();
        let mut take = |field: &'static str, value: Result<String, String>| {
            value.unwrap_or_else(|fault| {
                errors.add(field, fault);
                String::new()
            })
        };
        let title = take("title", rules::short_text(&self.title, TITLE_CHARS));
        let body = take("body", rules::long_text(&self.body, BODY_CHARS));
        let place = take("place", rules::short_text(&self.place, PLACE_CHARS));
        if title.is_empty() && errors.get("title").is_none() {
            errors.add("title", "请填写标题");
        }
        if body.is_empty() && errors.get("body").is_none() {
            errors.add("body", "请填写正文");
        }
        let Ok(kind) = self.kind.parse() else {
            errors.add("kind", "请选择类型");
            return Err(errors);
        };
        let is_talk = kind == NoticeKind::Talk;
        let starts_ms = times::parse_input(&self.starts).filter(|_| is_talk);
        if is_talk && starts_ms.is_none() {
            errors.add("starts", "请填写时间，如 2026-11-26 14:30");
        }
        if is_talk && place.is_empty() && errors.get("place").is_none() {
            errors.add("place", "请填写地点");
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        Ok(NoticeText {
            kind,
            title,
            body,
            starts_ms,
            place: if is_talk { place } else { String::new() },
        })
    }
}

/// `/school/notices/new` and `/school/notices/{id}`
#[derive(Debug, Template)]
#[template(path = "school/notice.html")]
pub struct NoticeFormPage {
    /// The frame.
    pub chrome: Chrome,
    /// What is typed.
    pub form: NoticeForm,
    /// What is wrong with it.
    pub errors: FormErrors,
    /// The notice, unless it is new.
    pub id: Option<String>,
    /// Where it stands.
    pub status: NoticeStatus,
    /// How it will look.
    pub preview: Option<Vec<Paragraph>>,
    /// Somebody else has changed it meanwhile.
    pub conflict: bool,
}

impl NoticeFormPage {
    /// A form that is being filled in.
    pub(super) fn new(staff: &SchoolStaff, form: NoticeForm) -> Self {
        Self {
            chrome: Chrome::school(staff, "公告与宣讲", HERE),
            form,
            errors: FormErrors::default(),
            id: None,
            status: NoticeStatus::Draft,
            preview: None,
            conflict: false,
        }
    }

    /// Of a stored notice.
    pub(super) fn of(staff: &SchoolStaff, notice: &StaffNotice, form: NoticeForm) -> Self {
        Self {
            id: Some(notice.id.to_string()),
            status: notice.status,
            ..Self::new(staff, form)
        }
    }

    /// With a look at what is typed.
    pub(super) fn with_preview(mut self) -> Self {
        self.preview = Some(text::paragraphs(&self.form.body));
        self
    }

    /// Kinds, for the choice.
    pub fn kinds(&self) -> [(&'static str, &'static str); 2] {
        NoticeKind::ALL.map(|kind| (kind.as_str(), kind.zh()))
    }

    /// Time of a talk as the site will show it; empty if none is typed.
    pub fn preview_when(&self) -> String {
        times::parse_input(&self.form.starts).map_or(String::new(), |ms| {
            format!(
                "{} {} {}",
                times::day(ms),
                times::weekday(ms),
                times::clock(ms)
            )
        })
    }

    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        let form = NoticeForm {
            kind: "talk".to_owned(),
            title: "澄源半导体（示例）校园宣讲会".to_owned(),
            body: "面向 2027 届毕业生。\n\n报名：https://job.example/chengyuan".to_owned(),
            starts: "2026-11-26T14:30".to_owned(),
            version: 3,
            ..NoticeForm::default()
        };
        Self {
            chrome: Chrome::with_menu(Viewer::sample(), "公告与宣讲", Menu::School, HERE),
            errors: FormErrors::one("place", "请填写地点"),
            id: Some("018f0000-0000-7000-8000-000000000009".to_owned()),
            status: NoticeStatus::Published,
            preview: Some(text::paragraphs(&form.body)),
            conflict: true,
            form,
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    kind: String,
}

/// `GET /school/notices/new`
pub(super) async fn fresh(
    SchoolOffice(staff): SchoolOffice,
    Query(asked): Query<Asked>,
) -> PageResult<Html<String>> {
    let kind = asked.kind.parse().unwrap_or(NoticeKind::Notice);
    let form = NoticeForm {
        kind: kind.to_string(),
        ..NoticeForm::default()
    };
    Ok(Html(NoticeFormPage::new(&staff, form).render()?))
}

/// `GET /school/notices/{id}`
pub(super) async fn edit(
    State(state): State<AppState>,
    SchoolOffice(staff): SchoolOffice,
    Path(id): Path<NoticeId>,
) -> PageResult<Html<String>> {
    let notice = store::find(&state.db, staff.school, id)
        .await?
        .ok_or(PageError::NotFound)?;
    let page = NoticeFormPage::of(&staff, &notice, NoticeForm::of(&notice));
    Ok(Html(page.render()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_talk_needs_time_and_place_and_a_notice_has_none() {
        let form = NoticeForm {
            kind: "talk".to_owned(),
            title: "宣讲会".to_owned(),
            body: "正文".to_owned(),
            ..NoticeForm::default()
        };
        let errors = form.check().unwrap_err();
        assert!(errors.get("starts").is_some() && errors.get("place").is_some());
        let talk = NoticeForm {
            starts: "2026-11-22T14:00".to_owned(),
            place: "科技楼".to_owned(),
            ..form
        };
        assert_eq!(talk.check().unwrap().starts_ms, Some(1_795_327_200_000));
        let notice = NoticeForm {
            kind: "notice".to_owned(),
            ..talk
        };
        let text = notice.check().unwrap();
        assert_eq!((text.starts_ms, text.place.as_str()), (None, ""));
    }

    #[test]
    fn what_is_missing_or_too_long_is_told_beside_its_field() {
        let form = NoticeForm {
            kind: "poster".to_owned(),
            title: "长".repeat(TITLE_CHARS + 1),
            ..NoticeForm::default()
        };
        let errors = form.check().unwrap_err();
        assert_eq!(errors.get("title"), Some("最多 80 个字"));
        assert!(errors.get("body").is_some() && errors.get("kind").is_some());
    }
}
