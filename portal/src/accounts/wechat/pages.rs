//! `/account/wechat` (A96), and what pages with a code ask.

use askama::Template;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::{Html, Redirect};
use serde::Serialize;

use super::{QrCard, bind_card, store};
use crate::accounts::devices::Device;
use crate::accounts::extract::SignedIn;
use crate::accounts::{pages, texts};
use crate::audit;
use crate::layout::{Chrome, chrome_of};
use crate::state::AppState;
use crate::web::{PageError, PageResult};

/// A binding on the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BindingView {
    /// Since when, Beijing time.
    pub since: String,
    /// Messages arrive.
    pub reachable: bool,
}

/// `/account/wechat`
#[derive(Debug, Template)]
#[template(path = "account-wechat.html")]
pub struct WechatPage {
    /// The frame.
    pub chrome: Chrome,
    /// The binding, if there is one.
    pub binding: Option<BindingView>,
    /// The code to scan, if there is none.
    pub card: Option<QrCard>,
}

impl WechatPage {
    /// Sample data for the test that renders every page.
    pub fn sample(bound: bool) -> Self {
        let binding = BindingView {
            since: "2027-03-01 09:30".to_owned(),
            reachable: false,
        };
        Self {
            chrome: pages::chrome_sample("/account/wechat"),
            binding: bound.then_some(binding),
            card: (!bound).then(QrCard::sample),
        }
    }
}

/// `GET /account/wechat`
pub(in crate::accounts) async fn page(
    State(state): State<AppState>,
    SignedIn(session): SignedIn,
) -> PageResult<Html<String>> {
    let account = session.account.id;
    let binding = store::binding(&state.db, account).await?;
    let card = match binding {
        Some(_) => None,
        None => bind_card(&state, account).await?,
    };
    let page = WechatPage {
        chrome: chrome_of(&state, &session, "微信绑定", "/account/wechat").await?,
        binding: binding.map(|binding| BindingView {
            since: texts::moment(binding.bound_ms),
            reachable: binding.reachable,
        }),
        card,
    };
    Ok(Html(page.render()?))
}

/// `POST /account/wechat/unbind`
pub(in crate::accounts) async fn unbind(
    State(state): State<AppState>,
    SignedIn(session): SignedIn,
) -> PageResult<Redirect> {
    let account = session.account.id;
    let mut tx = state.db.begin().await?;
    if store::unbind(&mut tx, account).await? {
        audit::Entry::by(account, "wechat.unbind", "account", &account)
            .write_in(&mut tx, state.now_ms())
            .await?;
    }
    tx.commit().await?;
    Ok(Redirect::to("/account/wechat"))
}

/// What became of a code.
#[derive(Debug, Serialize)]
pub(in crate::accounts) struct SceneView {
    state: &'static str,
}

/// `GET /api/wechat/scenes/{nonce}`: a page asks what became of its code; 404 when it is over.
pub(in crate::accounts) async fn poll(
    State(state): State<AppState>,
    headers: HeaderMap,
    Path(nonce): Path<String>,
) -> PageResult<Json<SceneView>> {
    let browser = Device::of(&headers, state.secure()).hash;
    let found = store::scene_state(&state.db, &nonce, &browser, state.now_ms()).await?;
    let state = found.ok_or(PageError::NotFound)?.as_str();
    Ok(Json(SceneView { state }))
}
