//! 提交成功: when it will be decided, and how WeChat tells of it (A14).

use askama::Template;
use axum::extract::State as AxState;
use axum::response::{Html, IntoResponse, Redirect, Response};

use crate::accounts::SignedIn;
use crate::accounts::wechat::{QrCard, bind_card, follow_card};
use crate::companies::waiting::{self, Waiting};
use crate::reviews::State;
use crate::state::AppState;
use crate::web::{PageError, PageResult};

/// `/register/company/done`
#[derive(Debug, Template)]
#[template(path = "company/register_done.html")]
pub struct DonePage {
    /// What was handed in.
    pub waiting: Waiting,
    /// The code that leads to the official account, and the one that ties it to this account; if
    /// WeChat is set up and answers.
    pub wechat: Option<(QrCard, QrCard)>,
}

impl DonePage {
    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        Self {
            waiting: Waiting::sample(),
            wechat: Some((QrCard::sample(), QrCard::sample())),
        }
    }
}

/// `GET /register/company/done`
pub(super) async fn page(
    AxState(state): AxState<AppState>,
    SignedIn(session): SignedIn,
) -> PageResult<Response> {
    if session.account.kind != crate::accounts::AccountKind::Company {
        return Err(PageError::Forbidden("for those who registered a company"));
    }
    let waiting = waiting::of(&state, session.account.id).await?;
    // What has been answered meanwhile stands at the company's page.
    let Some(waiting) = waiting.filter(|it| it.state == State::Open) else {
        return Ok(Redirect::to("/company").into_response());
    };
    let codes = match follow_card(&state).await {
        Some(follow) => bind_card(&state, session.account.id)
            .await?
            .map(|bind| (follow, bind)),
        None => None,
    };
    let page = DonePage {
        wechat: codes,
        waiting,
    };
    Ok(Html(page.render()?).into_response())
}
