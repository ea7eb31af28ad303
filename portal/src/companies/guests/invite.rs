//! The administrator invites a guest interviewer.

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use base::db::{Tx, is_unique_violation};
use formats::phone::Mobile;
use formats::text;
use serde_json::json;

use super::store::{self, GuestBooth};
use super::{GUESTS, STAYS_MS, token};
use crate::accounts::store::{self as accounts, NewAccount};
use crate::accounts::{AccountKind, CompanyAdmin, CompanyMember, NO_PASSWORD};
use crate::audit;
use crate::companies::fields::Fields;
use crate::companies::home::sample_viewer;
use crate::companies::person::NICKNAME_CHARS;
use crate::companies::rules::taken;
use crate::companies::store as companies;
use crate::ids::{AccountId, FairId, SeatId};
use crate::layout::Chrome;
use crate::notifications::{self, Event, Notice};
use crate::state::AppState;
use crate::video_fairs::{rules::beijing, write};
use crate::web::{FormErrors, PageResult};

/// The form, as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InviteForm {
    /// 联系手机.
    pub mobile: String,
    /// 昵称.
    pub nickname: String,
    /// The fair's id.
    pub fair: String,
}

/// `/company/guests`
#[derive(Debug, Template)]
#[template(path = "company/guest_invite.html")]
pub struct InvitePage {
    /// The frame.
    pub chrome: Chrome,
    /// Fairs with a booth of the company: id and words.
    pub fairs: Vec<(String, String)>,
    /// The form.
    pub form: InviteForm,
    /// What is wrong.
    pub errors: FormErrors,
}

impl InvitePage {
    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        Self {
            chrome: Chrome::company(sample_viewer(), "邀请来宾面试官", "/company/members"),
            fairs: vec![(
                "1".to_owned(),
                "2027 届秋季视频双选会 · 11-22 09:00".to_owned(),
            )],
            form: InviteForm::default(),
            errors: FormErrors::one("mobile", "该手机号已是公司成员"),
        }
    }
}

impl InvitePage {
    /// The fairs, as a choice.
    pub fn choices(&self) -> Vec<(&str, &str)> {
        self.fairs
            .iter()
            .map(|(id, words)| (id.as_str(), words.as_str()))
            .collect()
    }
}

/// One guest is not invited again sooner, ms: each invitation is an SMS.
const AGAIN_MS: i64 = 10 * 60_000;

/// What a good form asks for.
struct Invitation {
    mobile: String,
    nickname: String,
    fair: FairId,
}

async fn build(state: &AppState, admin: &CompanyMember) -> PageResult<InvitePage> {
    let fairs = companies::fairs(&state.db, admin.company, state.now_ms()).await?;
    Ok(InvitePage {
        chrome: Chrome::member(admin, "邀请来宾面试官", "/company/members"),
        fairs: fairs
            .into_iter()
            .map(|fair| {
                let words = format!("{} · {}", fair.title, beijing(fair.starts_ms));
                (fair.id.to_string(), words)
            })
            .collect(),
        form: InviteForm::default(),
        errors: FormErrors::default(),
    })
}

/// `GET /company/guests`
pub(super) async fn page(
    State(state): State<AppState>,
    CompanyAdmin(admin): CompanyAdmin,
) -> PageResult<Html<String>> {
    Ok(Html(build(&state, &admin).await?.render()?))
}

/// `POST /company/guests`
pub(super) async fn submit(
    State(state): State<AppState>,
    CompanyAdmin(admin): CompanyAdmin,
    Form(fields): Form<Fields>,
) -> PageResult<Response> {
    let mut errors = FormErrors::default();
    let mobile = Mobile::parse(fields.text("mobile")).map(|mobile| mobile.as_str().to_owned());
    let mobile = taken(&mut errors, "mobile", mobile);
    let nickname = text::plain_line(fields.text("nickname"), NICKNAME_CHARS);
    let nickname = taken(&mut errors, "nickname", nickname);
    let fair = fields.text("fair").parse().ok();
    if fair.is_none() {
        errors.add("fair", "请选择视频双选会");
    }
    if let (Some(fair), true) = (fair, errors.is_empty()) {
        let invitation = Invitation {
            mobile,
            nickname,
            fair,
        };
        match invite(&state, &admin, &invitation).await? {
            Ok(()) => return Ok(Redirect::to("/company/members?done=invited").into_response()),
            Err((field, text)) => errors.add(field, text),
        }
    }
    let mut page = build(&state, &admin).await?;
    page.form = InviteForm {
        mobile: fields.own("mobile"),
        nickname: fields.own("nickname"),
        fair: fields.own("fair"),
    };
    page.errors = errors;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response())
}

/// Account, place, seat and SMS. `Err` inside: a field and what is wrong with it.
async fn invite(
    state: &AppState,
    admin: &CompanyMember,
    invitation: &Invitation,
) -> PageResult<Result<(), (&'static str, String)>> {
    let (now_ms, company, fair) = (state.now_ms(), admin.company, invitation.fair);
    let mut tx = state.db.begin().await?;
    let Some(booth) = store::booth_for_guest(&mut tx, company, fair, now_ms).await? else {
        return Ok(Err((
            "fair",
            "公司在这场双选会没有展位，或已结束".to_owned(),
        )));
    };
    if store::count_guests(&mut tx, company, fair).await? >= GUESTS {
        let text = format!("一场双选会最多邀请 {GUESTS} 位来宾面试官");
        return Ok(Err(("fair", text)));
    }
    let account = match place(&mut tx, admin, invitation, (&booth, now_ms)).await? {
        Ok(account) => account,
        Err(text) => return Ok(Err(("mobile", text.to_owned()))),
    };
    if !store::has_seat(&mut tx, booth.booth, account).await? {
        let (seat, ordinal) = (SeatId::new(), booth.ordinal);
        write::add_seat(&mut tx, seat, booth.booth, account, ordinal, now_ms).await?;
    }
    if store::invited_since(&mut tx, account, now_ms - AGAIN_MS).await? {
        let minutes = AGAIN_MS / 60_000;
        let text = format!("刚刚已发送过邀请，请 {minutes} 分钟后再发");
        return Ok(Err(("mobile", text)));
    }
    let link = format!("/guest/{}", token(&state.signer, account, fair));
    let notice = Notice {
        event: Event::GuestInvited,
        to: account,
        args: json!({ "company": admin.company_name, "fair": booth.title, "link": link }),
        link,
        dedupe: None,
    };
    notifications::enqueue(&mut tx, &notice, now_ms).await?;
    audit::Entry::by(admin.id, "guest.invite", "account", &account)
        .with(json!({ "company": company, "fair": fair }))
        .write_in(&mut tx, now_ms)
        .await?;
    tx.commit().await?;
    Ok(Ok(()))
}

/// The guest's account: a new one, or that of a guest who comes again.
async fn place(
    tx: &mut Tx,
    admin: &CompanyMember,
    invitation: &Invitation,
    (booth, now_ms): (&GuestBooth, i64),
) -> Result<Result<AccountId, &'static str>, sqlx::Error> {
    const OTHER: &str = "该手机号已被其他账号使用";
    let until = (invitation.fair, booth.ends_ms + STAYS_MS);
    if let Some(owner) = store::by_mobile(tx, &invitation.mobile).await? {
        let of = (owner.id, admin.company);
        return Ok(match owner.guest_fair_id {
            Some(_) if store::renew_guest(tx, of, until, now_ms).await? => Ok(owner.id),
            Some(_) if owner.company_id == Some(admin.company) => {
                Err("这位来宾正受邀参加另一场双选会，结束后才能再次邀请")
            }
            None if owner.company_id == Some(admin.company) => Err("该手机号已是公司成员"),
            _ => Err(OTHER),
        });
    }
    let account = NewAccount {
        id: AccountId::new(),
        kind: AccountKind::Company,
        mobile: Some(invitation.mobile.clone()),
        email: None,
        password_hash: NO_PASSWORD.to_owned(),
        // All that the company says of him; he has no other page on which a name would stand.
        real_name: invitation.nickname.clone(),
        nickname: invitation.nickname.clone(),
        department: "来宾".to_owned(),
    };
    match accounts::add(tx, &account, now_ms).await {
        Err(error) if is_unique_violation(&error) => return Ok(Err(OTHER)),
        done => done?,
    }
    store::add_guest(tx, (account.id, admin.company), until, now_ms).await?;
    Ok(Ok(account.id))
}
