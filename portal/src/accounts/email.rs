//! `/account/email`: the address of the mailbox, which is a login name too, and where messages go
//! that reach nobody by WeChat. It counts once its owner has opened the link that was sent there.

use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use base::db::{Db, is_unique_violation, on_db};
use formats::Fault;
use formats::mail::Mail;
use serde::Deserialize;
use serde_json::json;

use super::extract::SignedIn;
use super::own::{self, Own};
use super::sessions::Session;
use super::{pages, password};
use crate::audit;
use crate::ids::AccountId;
use crate::layout::{Chrome, chrome_of};
use crate::notifications;
use crate::notifications::channel::Channel;
use crate::notifications::events::Event;
use crate::state::AppState;
use crate::web::{FormErrors, PageError, PageResult};

/// How long the link is good, ms.
const LINK_MS: i64 = 24 * 3_600_000;
/// Links to one address in a day: more would be a nuisance to whoever has it.
const PER_DAY: i64 = 3;
/// Links that one account asks for in a day.
const PER_ACCOUNT: i64 = 10;
/// What a link's tag is good for.
const PURPOSE: &str = "account-email";

base::queries! {
    /// Links sent to an address since a moment.
    LINKS_TO = "SELECT CAST(COUNT(*) AS BIGINT) AS links FROM notification_sends
        WHERE event = 'X7' AND target = $1 AND created_ms > $2";
    /// Links that an account asked for since a moment.
    LINKS_OF = "SELECT CAST(COUNT(*) AS BIGINT) AS links FROM audit_log
        WHERE actor_id = $1 AND action = 'account.email_link' AND at_ms > $2";
}

/// `/account/email`
#[derive(Debug, Template)]
#[template(path = "account-email.html")]
pub struct EmailPage {
    /// The frame.
    pub chrome: Chrome,
    /// The address now; empty: none.
    pub now: String,
    /// What stands at the new address.
    pub email: String,
    /// A link was sent there just now; empty: none.
    pub sent: String,
    /// It was changed just now.
    pub done: bool,
    /// Mail is set up.
    pub possible: bool,
    /// What was wrong.
    pub errors: FormErrors,
}

impl EmailPage {
    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        Self {
            chrome: pages::chrome_sample("/account/email"),
            now: "hr@demo.example".to_owned(),
            email: "jobs@demo".to_owned(),
            sent: "jobs@demo.example".to_owned(),
            done: true,
            possible: true,
            errors: FormErrors::one("email", "“@”后面不是完整的域名"),
        }
    }

    async fn of(state: &AppState, session: &Session, own: &Own) -> PageResult<Self> {
        Ok(Self {
            chrome: chrome_of(state, session, "绑定邮箱", "/account/email").await?,
            now: own.email.clone().unwrap_or_default(),
            email: String::new(),
            sent: String::new(),
            done: false,
            possible: state.outbox.channels.set_up().has(Channel::Email),
            errors: FormErrors::default(),
        })
    }
}

/// `/account/email/confirm`
#[derive(Debug, Template)]
#[template(path = "account-email-confirm.html")]
pub struct ConfirmPage {
    /// The frame.
    pub chrome: Chrome,
    /// What the link says.
    pub link: Link,
}

impl ConfirmPage {
    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        Self {
            chrome: pages::chrome_sample("/account/email"),
            link: Link {
                to: "jobs@demo.example".to_owned(),
                until: 1,
                tag: "tag".to_owned(),
            },
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    done: String,
}

/// `GET /account/email`
pub(super) async fn page(
    State(state): State<AppState>,
    SignedIn(session): SignedIn,
    Query(asked): Query<Asked>,
) -> PageResult<Html<String>> {
    let own = own::of(&state, session.account.id).await?;
    let mut page = EmailPage::of(&state, &session, &own).await?;
    page.done = !asked.done.is_empty();
    Ok(Html(page.render()?))
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct EmailForm {
    email: String,
    password: String,
}

/// `POST /account/email`: sends the link.
pub(super) async fn ask(
    State(state): State<AppState>,
    SignedIn(session): SignedIn,
    Form(form): Form<EmailForm>,
) -> PageResult<Response> {
    let own = own::of(&state, session.account.id).await?;
    let mut page = EmailPage::of(&state, &session, &own).await?;
    let mut status = StatusCode::OK;
    match check(&state, &own, &form, page.possible).await? {
        Ok(email) => {
            send(&state, &own, &email).await?;
            page.sent = email;
        }
        Err(errors) => {
            status = StatusCode::UNPROCESSABLE_ENTITY;
            page.email = form.email;
            page.errors = errors;
        }
    }
    Ok((status, Html(page.render()?)).into_response())
}

/// The address that a link is to be sent to. Whether someone else has it is not said: only its
/// owner reads the mail.
async fn check(
    state: &AppState,
    own: &Own,
    form: &EmailForm,
    possible: bool,
) -> PageResult<Result<String, FormErrors>> {
    if !possible {
        let text = "本平台没有启用邮件，暂时不能绑定邮箱";
        return Ok(Err(FormErrors::one("email", text)));
    }
    let email = match Mail::parse(&form.email) {
        Ok(email) => email,
        Err(fault) => return Ok(Err(FormErrors::one("email", fault.zh()))),
    };
    if own.email.as_deref() == Some(email.as_str()) {
        return Ok(Err(FormErrors::one("email", "这就是现在的邮箱")));
    }
    if let Err(text) = password::is_own(state, own, &form.password).await? {
        return Ok(Err(FormErrors::one("password", text)));
    }
    let since_ms = state.now_ms() - LINK_MS;
    if links_to(&state.db, email.as_str(), since_ms).await? >= PER_DAY
        || links_of(&state.db, own.id, since_ms).await? >= PER_ACCOUNT
    {
        let text = "今天的确认邮件已发送多次，请查看收件箱和垃圾邮件，或明天再试";
        return Ok(Err(FormErrors::one("email", text)));
    }
    Ok(Ok(email.as_str().to_owned()))
}

async fn links_to(db: &Db, email: &str, since_ms: i64) -> Result<i64, sqlx::Error> {
    let (links,): (i64,) = on_db!(db, c => sqlx::query_as(LINKS_TO)
        .bind(email).bind(since_ms).fetch_one(c).await)?;
    Ok(links)
}

async fn links_of(db: &Db, account: AccountId, since_ms: i64) -> Result<i64, sqlx::Error> {
    let (links,): (i64,) = on_db!(db, c => sqlx::query_as(LINKS_OF)
        .bind(account).bind(since_ms).fetch_one(c).await)?;
    Ok(links)
}

async fn send(state: &AppState, own: &Own, email: &str) -> Result<(), sqlx::Error> {
    let now_ms = state.now_ms();
    let until_ms = now_ms + LINK_MS;
    let link = Link::issue(state, own, email, until_ms);
    let args = json!({ "link": link.path() });
    let mut tx = state.db.begin().await?;
    let to = (Channel::Email, email);
    notifications::enqueue_to(&mut tx, Event::EmailLink, to, &args, (now_ms, until_ms)).await?;
    audit::Entry::by(own.id, "account.email_link", "account", &own.id)
        .write_in(&mut tx, now_ms)
        .await?;
    tx.commit().await
}

/// What the link in the mail says. It is good for one account, while its address is what it was.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Link {
    /// The new address.
    pub to: String,
    /// Until when, ms since 1970.
    pub until: i64,
    /// Shows that it was made here.
    pub tag: String,
}

impl Link {
    fn issue(state: &AppState, own: &Own, to: &str, until: i64) -> Self {
        let mut link = Self {
            to: to.to_owned(),
            until,
            tag: String::new(),
        };
        let parts = link.parts(own);
        link.tag = state
            .signer
            .tag(PURPOSE, &parts.each_ref().map(String::as_str));
        link
    }

    fn parts(&self, own: &Own) -> [String; 4] {
        [
            own.id.to_string(),
            own.email.clone().unwrap_or_default(),
            self.to.clone(),
            self.until.to_string(),
        ]
    }

    fn is_good(&self, state: &AppState, own: &Own) -> bool {
        let parts = self.parts(own);
        let parts = parts.each_ref().map(String::as_str);
        state.now_ms() < self.until && state.signer.is_good(PURPOSE, &parts, &self.tag)
    }

    fn path(&self) -> String {
        // An address that `Mail` has read holds nothing that a query cannot carry, but for `+`
        // and `&`.
        let to = self
            .to
            .replace('%', "%25")
            .replace('+', "%2B")
            .replace('&', "%26");
        let (until, tag) = (self.until, &self.tag);
        format!("/account/email/confirm?to={to}&until={until}&tag={tag}")
    }
}

/// `GET /account/email/confirm`: asks once more; a mail program that looks at links in advance
/// changes nothing.
pub(super) async fn confirm_page(
    State(state): State<AppState>,
    SignedIn(session): SignedIn,
    Query(link): Query<Link>,
) -> PageResult<Html<String>> {
    let own = own::of(&state, session.account.id).await?;
    if !link.is_good(&state, &own) {
        return Err(PageError::NotFound);
    }
    let chrome = chrome_of(&state, &session, "绑定邮箱", "/account/email").await?;
    Ok(Html(ConfirmPage { chrome, link }.render()?))
}

/// `POST /account/email/confirm`
pub(super) async fn confirm(
    State(state): State<AppState>,
    SignedIn(session): SignedIn,
    Form(link): Form<Link>,
) -> PageResult<Response> {
    let own = own::of(&state, session.account.id).await?;
    if !link.is_good(&state, &own) {
        return Err(PageError::NotFound);
    }
    let mut tx = state.db.begin().await?;
    match own::set_email(&mut tx, own.id, &link.to).await {
        Ok(()) => {}
        Err(error) if is_unique_violation(&error) => {
            drop(tx);
            let mut page = EmailPage::of(&state, &session, &own).await?;
            page.errors = FormErrors::one("email", "该邮箱已绑定其他账号");
            page.email = link.to;
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response());
        }
        Err(error) => return Err(error.into()),
    }
    audit::Entry::by(own.id, "account.email", "account", &own.id)
        .write_in(&mut tx, state.now_ms())
        .await?;
    tx.commit().await?;
    Ok(Redirect::to("/account/email?done=1").into_response())
}
