//! `GET /files/{file}?e=…&s=…`: a file, for whoever has a good link.

use axum::Extension;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Redirect, Response};
use outside::objects::{ObjectError, attachment};
use serde::Deserialize;

use super::link;
use super::store::{self, File};
use crate::accounts::Session;
use crate::audit;
use crate::ids::FileId;
use crate::state::AppState;
use crate::web::{PageError, PageResult};

/// A presigned address of the object storage is good for so long, seconds.
const PRESIGNED_S: u32 = 60;

/// What the link carries.
#[derive(Debug, Deserialize)]
pub(super) struct Tag {
    #[serde(default)]
    e: i64,
    #[serde(default)]
    s: String,
}

/// `GET /files/{file}`
pub(super) async fn show(
    State(state): State<AppState>,
    session: Option<Extension<Session>>,
    Path(id): Path<FileId>,
    Query(tag): Query<Tag>,
) -> PageResult<Response> {
    let now_ms = state.now_ms();
    let count = |outcome: &str| {
        let shown = &state.files.metrics.shown;
        shown.with_label_values(&[outcome]).inc();
    };
    let reader = session.map(|Extension(session)| session.account.id);
    if !link::is_good(&state.signer, id, (tag.e, &tag.s), reader, now_ms) {
        count("refused");
        return Err(PageError::NotFound);
    }
    let Some(file) = store::find(&state.db, id).await? else {
        count("missing");
        return Err(PageError::NotFound);
    };
    if file.purpose.is_private() {
        let entry = match reader {
            Some(reader) => audit::Entry::by(reader, "file.read", "file", &id),
            None => audit::Entry::system("file.read", "file", &id),
        };
        entry.write(&state.db, now_ms).await?;
    }
    let is_picture = file.mime.starts_with("image/");
    // The content policy lets pictures come from this host only, so those are passed through.
    let elsewhere = if is_picture {
        None
    } else {
        let key = &file.object_key.0;
        state
            .files
            .store
            .presigned_get(key, PRESIGNED_S, &file.name)
    };
    if let Some(url) = elsewhere {
        count("redirected");
        return Ok(Redirect::to(url.as_str()).into_response());
    }
    match state.files.store.get(&file.object_key.0).await {
        Ok(download) => {
            count("sent");
            Ok(send(&file, is_picture, download))
        }
        Err(ObjectError::NotFound(_)) => {
            count("missing");
            Err(PageError::NotFound)
        }
        Err(error) => Err(PageError::Internal(
            anyhow::Error::new(error).context("file store"),
        )),
    }
}

/// A picture may stand in a page; anything else is saved, never shown.
fn send(file: &File, is_picture: bool, download: outside::objects::Download) -> Response {
    let length = download.length;
    let mut response = Body::from_stream(download.stream).into_response();
    let headers = response.headers_mut();
    let disposition = if is_picture {
        "inline".to_owned()
    } else {
        attachment(&file.name)
    };
    let text = [
        (header::CONTENT_TYPE, file.mime.clone()),
        (header::CONTENT_DISPOSITION, disposition),
    ];
    for (name, value) in text {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    response
}
