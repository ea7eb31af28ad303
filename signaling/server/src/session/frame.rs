//! Frames as text: a body is turned into JSON once, however many people hear it.

use std::fmt::Write;
use std::sync::Arc;

use signaling_core::Outgoing;
use signaling_protocol::{CallId, EntryId, Sequence, ServerBody, Stamp};

/// A message's body as JSON, with the events that it speaks of.
#[derive(Debug, Clone)]
pub(crate) struct Body {
    json: Arc<str>,
    stamp: Option<Stamp>,
    subject: Option<Subject>,
}

/// Something of which only the last word counts: a page that missed earlier ones misses nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Subject {
    /// An own entry.
    Entry(EntryId),
    /// The fair's own state.
    Fair,
    /// The seats of the own booth.
    Seats,
    /// The lines of a call.
    Quality(CallId),
}

impl Subject {
    fn of(body: &ServerBody) -> Option<Self> {
        match body {
            ServerBody::Entry { entry } => Some(Self::Entry(entry.entry)),
            ServerBody::Fair { .. } => Some(Self::Fair),
            ServerBody::Seats { .. } => Some(Self::Seats),
            ServerBody::MediaQuality { call, .. } => Some(Self::Quality(*call)),
            _ => None,
        }
    }
}

impl Body {
    /// Writes the body once.
    pub(crate) fn new(body: &ServerBody, stamp: Option<Stamp>) -> Self {
        let json = serde_json::to_string(body)
            .expect("invariant: the protocol's messages have text keys and finite numbers");
        Self {
            json: json.into(),
            stamp,
            subject: Subject::of(body),
        }
    }

    /// A message of the core's.
    pub(crate) fn of(outgoing: &Outgoing) -> Self {
        Self::new(&outgoing.body, outgoing.stamp)
    }

    /// Of what only the last word counts.
    pub(crate) fn subject(&self) -> Option<Subject> {
        self.subject
    }

    /// Bytes that it takes to keep.
    pub(crate) fn len(&self) -> usize {
        self.json.len()
    }

    /// The whole frame.
    pub(crate) fn frame(&self, seq: Option<Sequence>, re: Option<u32>) -> String {
        let mut text = String::with_capacity(self.json.len() + 160);
        text.push('{');
        if let Some(seq) = seq {
            let _ = write!(text, r#""seq":{{"epoch":{},"n":{}}},"#, seq.epoch, seq.n);
        }
        if let Some(re) = re {
            let _ = write!(text, r#""re":{re},"#);
        }
        if let Some(stamp) = self.stamp {
            text.push_str(r#""stamp":{"#);
            if let Some(booth) = stamp.booth {
                let _ = write!(text, r#""booth":"{booth}","#);
            }
            let _ = write!(text, r#""first":{},"last":{}}},"#, stamp.first, stamp.last);
        }
        text.push_str(r#""body":"#);
        text.push_str(&self.json);
        text.push('}');
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use signaling_protocol::{BoothId, ServerFrame};

    #[test]
    fn a_frame_reads_back_as_what_it_was_made_of() {
        let seq = Some(Sequence { epoch: 3, n: 7 });
        let booth = Some(BoothId(uuid::Uuid::nil()));
        for stamp in [
            None,
            Some(Stamp {
                booth,
                first: 1,
                last: 2,
            }),
        ] {
            for (seq, re) in [(None, None), (seq, None), (seq, Some(9)), (None, Some(0))] {
                let body = ServerBody::Broadcast {
                    text: "引号\"".to_owned(),
                    at_ms: 1,
                };
                let text = Body::new(&body, stamp).frame(seq, re);
                let frame: ServerFrame = serde_json::from_str(&text).unwrap();
                assert_eq!(
                    frame,
                    ServerFrame {
                        seq,
                        re,
                        stamp,
                        body
                    }
                );
            }
        }
    }
}
