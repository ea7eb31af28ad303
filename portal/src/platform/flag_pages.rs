//! `/platform/flags`: what is switched on.

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::response::{Html, Redirect};
use serde::Deserialize;

use super::flags::{self, Flag, FlagRow};
use crate::accounts::OperationsStaff;
use crate::audit;
use crate::layout::{Chrome, Menu, Viewer};
use crate::state::AppState;
use crate::video_fairs::rules::beijing;
use crate::web::{PageError, PageResult};

const PATH: &str = "/platform/flags";

/// A flag as the page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlagLine {
    /// Which.
    pub flag: Flag,
    /// On?
    pub on: bool,
    /// Who set it last and when; empty: nobody.
    pub changed: String,
}

/// All flags.
#[derive(Debug, Template)]
#[template(path = "platform/flags.html")]
pub struct FlagsPage {
    /// The frame.
    pub chrome: Chrome,
    /// The flags.
    pub flags: Vec<FlagLine>,
}

impl FlagsPage {
    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        let row = FlagRow {
            code: "sms_login".to_owned(),
            enabled: false,
            changed_ms: 1_795_305_600_000,
            changed_by: "祝安".to_owned(),
        };
        Self {
            chrome: Chrome::with_menu(Viewer::sample(), "功能开关", Menu::Platform, PATH),
            flags: lines(&[row]),
        }
    }
}

fn lines(rows: &[FlagRow]) -> Vec<FlagLine> {
    Flag::ALL
        .into_iter()
        .map(|flag| {
            let row = rows.iter().find(|row| row.code == flag.as_str());
            FlagLine {
                flag,
                on: row.map_or_else(|| flag.default(), |row| row.enabled),
                changed: row.map_or_else(String::new, |row| {
                    format!("{} · {}", row.changed_by, beijing(row.changed_ms))
                }),
            }
        })
        .collect()
}

/// `GET /platform/flags`
pub(super) async fn show(
    State(state): State<AppState>,
    OperationsStaff(staff): OperationsStaff,
) -> PageResult<Html<String>> {
    let rows = flags::rows(&state.db).await?;
    let page = FlagsPage {
        chrome: Chrome::platform(&staff, "功能开关", PATH),
        flags: lines(&rows),
    };
    Ok(Html(page.render()?))
}

#[derive(Debug, Deserialize)]
pub(super) struct Fields {
    #[serde(default)]
    flag: String,
    #[serde(default)]
    on: String,
}

/// `POST /platform/flags`
pub(super) async fn set(
    State(state): State<AppState>,
    OperationsStaff(staff): OperationsStaff,
    Form(fields): Form<Fields>,
) -> PageResult<Redirect> {
    let flag = Flag::parse(&fields.flag).ok_or(PageError::NotFound)?;
    let on = fields.on == "1";
    let now_ms = state.now_ms();
    let mut tx = state.db.begin().await?;
    flags::set(&mut tx, flag, on, staff.id, now_ms).await?;
    audit::Entry::by(staff.id, "flag.set", "flag", &flag.as_str())
        .with(serde_json::json!({ "on": on }))
        .write_in(&mut tx, now_ms)
        .await?;
    tx.commit().await?;
    state.flags.forget();
    Ok(Redirect::to(PATH))
}
