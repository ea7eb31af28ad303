//! `POST /api/join-token`: the ticket into the live fair.
//!
//! What the live core believes about a person stands in the token, so it is read from the
//! database here: a student's admission and résumé, an interviewer's seat, a staff member's
//! school.
//!
//! That he comes is written down before the token is given, together with others who come at the
//! same moment ([`super::joins`]): a résumé that he agreed to show must never lack the proof.
//!
//! With a page from which he can apply, a student agrees that the companies to which he applies at
//! the fair, or whose invitation he takes, read his résumé; the wall says so, and it is written
//! down here. Whoever only tests his devices agrees to nothing.

use std::net::SocketAddr;

use axum::Json;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, Uri, header};
use serde::{Deserialize, Serialize};
use signaling_protocol::{Admission, JoinClaims, PageKind, Role};
use uuid::Uuid;

use super::joins::Join;
use crate::accounts::{AccountKind, Session, SignedIn};
use crate::ids::{BoothId, FairId};
use crate::state::AppState;
use crate::web::{FormErrors, PageError, PageResult, address};
use crate::{accounts, resumes, students, video_fairs};

/// A ticket is good for this long, seconds. A page fetches one and uses it at once.
const GOOD_FOR_S: i64 = 60;

/// What a page asks for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wish {
    fair: FairId,
    page: PageKind,
    #[serde(default)]
    booth: Option<BoothId>,
}

/// The answer.
#[derive(Debug, Serialize)]
pub(super) struct Ticket {
    /// Goes in the first message on the socket; it is spent by that.
    token: String,
    /// The socket's address.
    url: String,
}

/// As whom a person takes part.
struct Part {
    role: Role,
    name: String,
    headline: String,
}

/// `POST /api/join-token`
pub(super) async fn issue(
    State(state): State<AppState>,
    SignedIn(session): SignedIn,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    uri: Uri,
    headers: HeaderMap,
    Json(wish): Json<Wish>,
) -> PageResult<Json<Ticket>> {
    let part = match session.account.kind {
        AccountKind::Student => student(&state, &session, &wish).await?,
        AccountKind::Company => interviewer(&state, &session, &wish).await?,
        AccountKind::School => staff(&state, &session, &wish).await?,
        AccountKind::Platform | AccountKind::Operator => {
            return Err(PageError::Forbidden("no part in a fair"));
        }
    };
    let now_ms = state.now_ms();
    let me = session.account.id;
    let (label, page) = (label(&part.role), wish.page);
    let claims = JoinClaims {
        sub: me.into(),
        fair: wish.fair.into(),
        role: part.role,
        name: part.name,
        headline: part.headline,
        jti: Uuid::now_v7().to_string(),
        iat: now_ms / 1000,
        exp: now_ms / 1000 + GOOD_FOR_S,
    };
    let agrees = session.account.kind == AccountKind::Student && page != PageKind::DeviceTest;
    let join = Join {
        account: me,
        fair: wish.fair,
        agrees_from: agrees.then(|| address::client(&headers, peer, &state.config.http.proxies)),
        role: label,
        page,
        at_ms: now_ms,
    };
    if state.joins.commit(join).await? {
        state.privacy.consents.with_label_values(&["given"]).inc();
    }
    state.http.join_tokens.with_label_values(&[label]).inc();
    let token = state.live.sign(&claims);
    Ok(Json(Ticket {
        token,
        url: socket_url(&state, &uri, &headers),
    }))
}

async fn student(state: &AppState, session: &Session, wish: &Wish) -> PageResult<Part> {
    let me = session.account.id;
    let facts = video_fairs::store::admission(&state.db, wish.fair, me)
        .await?
        .ok_or(PageError::NotFound)?;
    let profile = students::store::profile(&state.db, me)
        .await?
        .ok_or(PageError::NotFound)?;
    if profile.verified_ms.is_none() {
        return Err(PageError::Forbidden(
            "the school has not confirmed who he is",
        ));
    }
    let admission = Admission {
        admitted: facts.admitted,
        resume_complete: resumes::rules::is_complete(facts.completeness),
    };
    let headline = profile.headline();
    Ok(Part {
        role: Role::Student(admission),
        name: profile.name,
        headline,
    })
}

async fn interviewer(state: &AppState, session: &Session, wish: &Wish) -> PageResult<Part> {
    let booth = wish
        .booth
        .ok_or_else(|| PageError::Invalid(FormErrors::one("booth", "请从面试间进入")))?;
    let account = &session.account;
    let member = accounts::store::member(&state.db, account.id).await?;
    if member.is_some_and(|member| member.company_status == "frozen") {
        return Err(PageError::Forbidden("the company is frozen"));
    }
    let seat = video_fairs::store::seat_of(&state.db, booth, account.id, state.now_ms())
        .await?
        .filter(|seat| seat.fair_id == wish.fair)
        .ok_or(PageError::NotFound)?;
    let (fair, booth) = (wish.fair.into(), seat.booth.into());
    let live = &state.live;
    if seat.ends_ms <= state.now_ms() && !live.is_open(fair) {
        return Err(PageError::Conflict("这场双选会已经结束。"));
    }
    if live.is_open(fair) && !live.has_seat(fair, seat.seat.into(), booth, account.id.into()) {
        // The seat came a moment ago, and the page comes before the next look at the database.
        video_fairs::setup::tell_live(state, wish.fair).await?;
    }
    Ok(Part {
        role: Role::Interviewer {
            booth,
            seat: seat.seat.into(),
        },
        name: account.nickname.clone(),
        headline: account.department.clone(),
    })
}

async fn staff(state: &AppState, session: &Session, wish: &Wish) -> PageResult<Part> {
    let account = &session.account;
    let place = accounts::store::staff(&state.db, account.id)
        .await?
        .filter(|place| place.role == "school")
        .ok_or(PageError::Forbidden("not staff of a whole school"))?;
    video_fairs::store::find_of_school(&state.db, wish.fair, place.school_id)
        .await?
        .ok_or(PageError::NotFound)?;
    Ok(Part {
        role: Role::Staff,
        name: account.nickname.clone(),
        headline: format!("{} · {}", place.school_name, account.department),
    })
}

fn label(role: &Role) -> &'static str {
    match role {
        Role::Student(_) => "student",
        Role::Interviewer { .. } => "interviewer",
        Role::Staff => "staff",
    }
}

/// The live socket on the host by which the page was reached.
fn socket_url(state: &AppState, uri: &Uri, headers: &HeaderMap) -> String {
    let scheme = if state.secure() { "wss" } else { "ws" };
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .or_else(|| uri.authority().map(|authority| authority.as_str()))
        .unwrap_or("localhost");
    format!("{scheme}://{host}/live/ws")
}
