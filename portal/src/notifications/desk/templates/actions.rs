//! Changing a template or its rule.

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::Deserialize;
use serde_json::json;

use super::super::store::{self, RuleDraft};
use super::edit::{self, RuleForm, TemplateForm};
use crate::accounts::OperationsStaff;
use crate::audit;
use crate::layout::Chrome;
use crate::notifications::outbox::store as outbox;
use crate::notifications::rules::{self, MAX_CAP};
use crate::notifications::templates::{self, Template as Text};
use crate::state::AppState;
use crate::web::{FormErrors, PageError, PageResult};

const CHANGED_MEANWHILE: &str = "别人刚刚改过这个模板，请返回后刷新页面，在新内容上修改。";
/// Characters of a signature while none is configured.
const USUAL_SIGN_CHARS: usize = 8;

/// The version that was seen.
#[derive(Debug, Deserialize)]
pub(crate) struct Seen {
    #[serde(default)]
    version: i64,
}

/// `POST /platform/templates/{event}/{channel}`: a look at how it will be, or saving.
pub(crate) async fn save(
    State(state): State<AppState>,
    OperationsStaff(staff): OperationsStaff,
    Path((event, channel)): Path<(String, String)>,
    Form(form): Form<TemplateForm>,
) -> PageResult<Response> {
    let place = edit::place(&event, &channel)?;
    let text = form.text();
    let sign_chars = match state.outbox.channels.sign_chars {
        0 => USUAL_SIGN_CHARS,
        chars => chars,
    };
    let errors = templates::check(place.0, place.1, &text, sign_chars);
    if form.action == "preview" || !errors.is_empty() {
        let status = if errors.is_empty() {
            StatusCode::OK
        } else {
            StatusCode::UNPROCESSABLE_ENTITY
        };
        let frame = Chrome::platform(&staff, "通知模板", "/platform/templates");
        let mut page = edit::page(&state, frame, place, form).await?;
        page.errors = errors;
        return Ok((status, Html(page.render()?)).into_response());
    }
    let now_ms = state.now_ms();
    let mut tx = state.db.begin().await?;
    if !store::save_template(&mut tx, place, &text, form.version, now_ms).await? {
        return Err(PageError::Conflict(CHANGED_MEANWHILE));
    }
    let subject = format!("{}.{}", place.0, place.1);
    audit::Entry::by(staff.id, "template.update", "template", &subject)
        .write_in(&mut tx, now_ms)
        .await?;
    tx.commit().await?;
    Ok(saved(&event, &channel).into_response())
}

/// `POST /platform/templates/{event}/{channel}/reset`: back to the built-in text. The provider's id
/// stays: it belongs to the platform's account there.
pub(crate) async fn reset(
    State(state): State<AppState>,
    OperationsStaff(staff): OperationsStaff,
    Path((event, channel)): Path<(String, String)>,
    Form(seen): Form<Seen>,
) -> PageResult<Redirect> {
    let place = edit::place(&event, &channel)?;
    let (now, _) = outbox::template(&state.db, place.0, place.1)
        .await?
        .ok_or(PageError::NotFound)?;
    let built_in = Text::built_in(place.0, place.1).ok_or(PageError::NotFound)?;
    let text = Text {
        provider_template: now.provider_template,
        ..built_in
    };
    let now_ms = state.now_ms();
    let mut tx = state.db.begin().await?;
    if !store::save_template(&mut tx, place, &text, seen.version, now_ms).await? {
        return Err(PageError::Conflict(CHANGED_MEANWHILE));
    }
    let subject = format!("{}.{}", place.0, place.1);
    audit::Entry::by(staff.id, "template.reset", "template", &subject)
        .write_in(&mut tx, now_ms)
        .await?;
    tx.commit().await?;
    Ok(saved(&event, &channel))
}

/// `POST /platform/templates/{event}/{channel}/rule`
pub(crate) async fn set_rule(
    State(state): State<AppState>,
    OperationsStaff(staff): OperationsStaff,
    Path((event, channel)): Path<(String, String)>,
    Form(form): Form<RuleForm>,
) -> PageResult<Response> {
    let place = edit::place(&event, &channel)?;
    rules::built_in(place.0, place.1).ok_or(PageError::NotFound)?;
    let daily_cap = match check_rule(place, &form) {
        Ok(daily_cap) => daily_cap,
        Err(errors) => {
            let (text, version) = outbox::template(&state.db, place.0, place.1)
                .await?
                .ok_or(PageError::NotFound)?;
            let frame = Chrome::platform(&staff, "通知模板", "/platform/templates");
            let typed = TemplateForm::of(text, version);
            let mut page = edit::page(&state, frame, place, typed).await?;
            page.errors = errors;
            if let Some(rule) = &mut page.rule {
                rule.form = form;
            }
            let html = Html(page.render()?);
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, html).into_response());
        }
    };
    let draft = RuleDraft {
        enabled: form.enabled.is_some(),
        daily_cap,
        version: form.version,
    };
    let now_ms = state.now_ms();
    let mut tx = state.db.begin().await?;
    if !store::save_rule(&mut tx, place, draft, now_ms).await? {
        return Err(PageError::Conflict(CHANGED_MEANWHILE));
    }
    let subject = format!("{}.{}", place.0, place.1);
    audit::Entry::by(staff.id, "template.rule", "template", &subject)
        .with(json!({ "enabled": draft.enabled, "daily_cap": daily_cap }))
        .write_in(&mut tx, now_ms)
        .await?;
    tx.commit().await?;
    Ok(saved(&event, &channel).into_response())
}

fn check_rule(
    (event, channel): (crate::notifications::Event, crate::notifications::Channel),
    form: &RuleForm,
) -> Result<i64, FormErrors> {
    let mut errors = FormErrors::default();
    if form.enabled.is_none() && rules::is_indispensable(event, channel) {
        errors.add("enabled", "没有它就无法注册或找回账号，不能停用");
    }
    let cap = form.daily_cap.trim().parse::<i64>().ok();
    let cap = cap.filter(|cap| (1..=MAX_CAP).contains(cap));
    if cap.is_none() {
        errors.add("daily_cap", format!("每日上限应为 1 到 {MAX_CAP} 的整数"));
    }
    match cap {
        Some(cap) if errors.is_empty() => Ok(cap),
        _ => Err(errors),
    }
}

fn saved(event: &str, channel: &str) -> Redirect {
    Redirect::to(&format!("/platform/templates/{event}/{channel}?saved=1"))
}
