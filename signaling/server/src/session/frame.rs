//! Frames as text: a body is turned into JSON once, however many people hear it.

use std::fmt::Write;
use std::sync::Arc;

use signaling_protocol::{Sequence, ServerBody, Stamp};

/// A message's body as JSON, with the events that it speaks of.
#[derive(Debug, Clone)]
pub(crate) struct Body {
    json: Arc<str>,
    stamp: Option<Stamp>,
}

impl Body {
    /// Writes the body once.
    pub(crate) fn new(body: &ServerBody, stamp: Option<Stamp>) -> Self {
        let json = serde_json::to_string(body)
            .expect("invariant: the protocol's messages have text keys and finite numbers");
        Self {
            json: json.into(),
            stamp,
        }
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
