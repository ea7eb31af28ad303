//! Bodies that are held in memory before anybody has looked at them.

use std::net::IpAddr;
use std::time::Instant;

use axum::body::{Body, Bytes, HttpBody};
use base::places::{self, Places};
use bytes::BytesMut;
use futures_util::StreamExt;
use prometheus::{IntCounterVec, Opts, Registry};

use super::PageError;
use crate::config::HttpConfig;

/// Of a body that is too long so much is heard, and kept nowhere: a browser that still sends when
/// the connection ends shows a broken line instead of the answer.
const HEARD_OUT_BYTES: usize = 4 * 1024 * 1024;

/// Reads a body of up to `most` bytes.
///
/// # Errors
/// [`PageError::TooLong`], or [`PageError::Unfinished`] if the client stopped before its end.
pub async fn read(body: Body, most: usize) -> Result<Bytes, PageError> {
    let declared = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    let mut stream = body.into_data_stream();
    let mut bytes = BytesMut::new();
    let mut fits = declared <= most;
    let mut heard: usize = 0;
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|_| PageError::Unfinished)?;
        heard += chunk.len();
        fits &= heard <= most;
        if fits {
            bytes.extend_from_slice(&chunk);
        } else {
            bytes = BytesMut::new();
        }
        if heard > most.saturating_add(HEARD_OUT_BYTES) {
            break;
        }
    }
    if fits {
        Ok(bytes.freeze())
    } else {
        Err(PageError::TooLong)
    }
}

/// Bodies of people of whom nobody knows yet who they are: small, few from one address, and a
/// bounded number in all. Whoever comes when there are too many takes the place of the one whose
/// body has been awaited longest.
#[derive(Debug, Clone)]
pub struct Strangers {
    most_bytes: usize,
    places: Places,
    refused: IntCounterVec,
}

impl Strangers {
    /// None yet.
    ///
    /// # Errors
    /// The figure is registered already.
    pub fn new(config: &HttpConfig, registry: &Registry) -> Result<Self, prometheus::Error> {
        let refused = IntCounterVec::new(
            Opts::new(
                "pinhui_http_strangers_bodies_refused_total",
                "Bodies of people without a session that were not read to their end, by reason.",
            ),
            &["reason"],
        )?;
        registry.register(Box::new(refused.clone()))?;
        Ok(Self {
            most_bytes: usize::try_from(config.stranger_form_kib).unwrap_or(usize::MAX) * 1024,
            places: Places::new(places::Limits {
                most: config.stranger_forms,
                share: config.stranger_forms_per_address,
            }),
            refused,
        })
    }

    /// Reads the body of someone at `address`. The place is to be kept as long as the bytes are.
    ///
    /// # Errors
    /// As [`read`]; [`PageError::Busy`] if there are too many.
    pub async fn read(
        &self,
        body: Body,
        address: Option<IpAddr>,
    ) -> Result<(Bytes, places::Place), PageError> {
        let read = self.read_in_place(body, address).await;
        if let Err(error) = &read {
            let reason = match error {
                PageError::TooLong => "too_long",
                PageError::Unfinished => "unfinished",
                _ => "busy",
            };
            self.refused.with_label_values(&[reason]).inc();
        }
        read
    }

    async fn read_in_place(
        &self,
        body: Body,
        address: Option<IpAddr>,
    ) -> Result<(Bytes, places::Place), PageError> {
        let taken = self.places.take(address, Instant::now());
        let mut place = taken.map_err(|_| PageError::Busy)?.place;
        let bytes = tokio::select! {
            bytes = read(body, self.most_bytes) => bytes?,
            () = place.lost() => return Err(PageError::Busy),
        };
        // From here on the server works for it.
        if place.waits(None) {
            Ok((bytes, place))
        } else {
            Err(PageError::Busy)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::stream;

    fn pieces(number: usize) -> Body {
        let pieces = (0..number).map(|_| Ok::<_, std::io::Error>(Bytes::from_static(&[7; 1_000])));
        Body::from_stream(stream::iter(pieces.collect::<Vec<_>>()))
    }

    fn strangers() -> Strangers {
        let config = HttpConfig {
            stranger_form_kib: 4,
            stranger_forms: 2,
            stranger_forms_per_address: 2,
            ..HttpConfig::default()
        };
        Strangers::new(&config, &Registry::new()).unwrap()
    }

    #[tokio::test]
    async fn a_body_is_read_up_to_its_limit() {
        assert_eq!(read(pieces(4), 4_000).await.unwrap().len(), 4_000);
        let declared = read(Body::from(vec![0; 4_001]), 4_000).await;
        assert!(matches!(declared, Err(PageError::TooLong)));
        let endless = stream::repeat_with(|| Ok::<_, std::io::Error>(Bytes::from_static(&[7; 9])));
        let endless = read(Body::from_stream(endless), 4_000).await;
        assert!(matches!(endless, Err(PageError::TooLong)));
    }

    #[tokio::test]
    async fn whoever_keeps_strangers_waiting_gives_way() {
        let strangers = strangers();
        let mut never = Vec::new();
        for _ in 0..3 {
            let strangers = strangers.clone();
            let body = Body::from_stream(stream::pending::<Result<Bytes, std::io::Error>>());
            never.push(tokio::spawn(
                async move { strangers.read(body, None).await },
            ));
            tokio::task::yield_now().await;
        }
        let first = never.remove(0).await.unwrap();
        assert!(matches!(first, Err(PageError::Busy)));
        let (bytes, _place) = strangers.read(pieces(2), None).await.unwrap();
        assert_eq!(bytes.len(), 2_000);
        assert_eq!(strangers.places.held(), 2);
        assert_eq!(strangers.refused.with_label_values(&["busy"]).get(), 1);
        never.iter().for_each(tokio::task::JoinHandle::abort);
    }
}
