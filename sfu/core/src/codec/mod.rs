//! What must be known of a codec to switch between its streams: where a decoder can start, and
//! which fields of its payload count through.

pub(crate) mod h264;
pub(crate) mod vp8;

use crate::sdp::CodecKind;

/// Whether a decoder can start with this packet of `codec`.
pub(crate) fn is_keyframe_start(codec: CodecKind, payload: &[u8]) -> bool {
    match codec {
        CodecKind::Vp8 => vp8::is_keyframe_start(payload),
        CodecKind::H264 { .. } => h264::is_keyframe_start(payload),
        CodecKind::Vp9 => is_vp9_keyframe_start(payload),
        CodecKind::Av1 => payload
            .first()
            .is_some_and(|aggregation| aggregation & 0x08 != 0),
        CodecKind::Opus | CodecKind::Red => true,
    }
}

/// The first packet of a frame that refers to no other (RFC 9628 §4.2): P clear, B set, lowest
/// spatial layer.
fn is_vp9_keyframe_start(payload: &[u8]) -> bool {
    let [first, rest @ ..] = payload else {
        return false;
    };
    let (picture_id, inter, layers, begins) = (
        first & 0x80 != 0,
        first & 0x40 != 0,
        first & 0x20 != 0,
        first & 0x08 != 0,
    );
    if inter || !begins {
        return false;
    }
    let skip = match (picture_id, rest.first()) {
        (true, Some(id)) if id & 0x80 != 0 => 2,
        (true, _) => 1,
        (false, _) => 0,
    };
    !layers || rest.get(skip).is_some_and(|layer| layer & 0x0E == 0)
}
