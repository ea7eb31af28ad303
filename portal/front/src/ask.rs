//! A request on its way through the pages, and the body of its answer.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use axum::Router;
use axum::body::Body as Page;
use axum::extract::ConnectInfo;
use axum::http::{Request, Response, StatusCode, Version, header};
use axum::response::IntoResponse;
use bytes::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::service::Service;
use tower::ServiceExt;

use crate::asked::Asked;
use crate::line::Line;
use crate::metrics::Figures;

/// Answers the requests of one connection.
pub(crate) struct Pages {
    pub(crate) router: Router,
    pub(crate) peer: SocketAddr,
    pub(crate) line: Arc<Line>,
    pub(crate) figures: Figures,
}

impl Service<Request<Incoming>> for Pages {
    type Response = Response<Answer>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Answer>, Infallible>> + Send>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        if request.version() == Version::HTTP_2 {
            self.line.multiplex();
        }
        let ask = Ask::new(self.line.clone());
        if !names_its_host(&request) {
            let refused = StatusCode::BAD_REQUEST.into_response();
            return Box::pin(async move { Ok(refused.map(|page| Answer::new(page, ask))) });
        }
        let (line, figures) = (self.line.clone(), self.figures.clone());
        let mut request = request.map(|incoming| Page::new(Asked::new(incoming, line, figures)));
        request.extensions_mut().insert(ConnectInfo(self.peer));
        let router = self.router.clone();
        Box::pin(async move {
            let Ok(answer) = router.oneshot(request).await;
            if answer.status() == StatusCode::SWITCHING_PROTOCOLS {
                ask.0.upgrade(Instant::now());
            }
            Ok(answer.map(|page| Answer::new(page, ask)))
        })
    }
}

/// RFC 9112, 3.2: a request of HTTP/1.1 without a `Host`, or with two, is a bad one.
fn names_its_host(request: &Request<Incoming>) -> bool {
    let hosts = request.headers().get_all(header::HOST).iter().count();
    hosts <= 1 && (hosts == 1 || request.version() != Version::HTTP_11)
}

/// A request that is not answered to the end.
struct Ask(Arc<Line>);

impl Ask {
    fn new(line: Arc<Line>) -> Self {
        line.asked();
        Self(line)
    }
}

impl Drop for Ask {
    fn drop(&mut self) {
        self.0.answered(Instant::now());
    }
}

/// An answer is handed over in pieces of so many bytes. HTTP/2 takes a piece whole once the client
/// has opened its window for the first byte, and nobody would know how much of it was read.
const PIECE_BYTES: usize = 16 * 1024;

/// The body of an answer. While it has something to give, it is the client's turn to take it.
pub(crate) struct Answer {
    page: Page,
    /// Of the page's last frame.
    rest: Bytes,
    ask: Ask,
    gives: bool,
}

impl Answer {
    fn new(page: Page, ask: Ask) -> Self {
        let mut answer = Self {
            page,
            rest: Bytes::new(),
            ask,
            gives: false,
        };
        answer.set_gives(true);
        answer
    }

    fn set_gives(&mut self, gives: bool) {
        if self.gives != gives {
            self.gives = gives;
            self.ask.0.tells(gives, Instant::now());
        }
    }

    fn piece(&mut self) -> Frame<Bytes> {
        let length = self.rest.len().min(PIECE_BYTES);
        Frame::data(self.rest.split_to(length))
    }
}

impl Body for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if !self.rest.is_empty() {
            return Poll::Ready(Some(Ok(self.piece())));
        }
        let frame = Pin::new(&mut self.page).poll_frame(cx);
        let gives = matches!(frame, Poll::Ready(Some(_)));
        self.set_gives(gives);
        match frame {
            Poll::Ready(Some(Ok(frame))) => Poll::Ready(Some(Ok(match frame.into_data() {
                Ok(bytes) => {
                    self.rest = bytes;
                    self.piece()
                }
                Err(trailers) => trailers,
            }))),
            other => other,
        }
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.page.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let (page, rest) = (self.page.size_hint(), self.rest.len() as u64);
        let mut hint = SizeHint::new();
        hint.set_lower(page.lower().saturating_add(rest));
        if let Some(upper) = page.upper() {
            hint.set_upper(upper.saturating_add(rest));
        }
        hint
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        self.set_gives(false);
    }
}
