//! Cutting a run of datagrams into messages that the kernel takes.

/// Datagrams in one segmented message: the kernel's limit (`UDP_MAX_SEGMENTS`).
const MAX_SEGMENTS: usize = 64;

/// Bytes in one segmented message: what an IPv4 packet of 65,535 bytes can carry, with room for
/// IP options.
const MAX_MESSAGE_BYTES: usize = 65_000;

/// Cuts `bytes`, datagrams of `segment` bytes with a shorter last one, into pieces that are each
/// a whole number of datagrams and within what the kernel segments in one message.
pub(super) fn pieces(bytes: &[u8], segment: usize) -> std::slice::Chunks<'_, u8> {
    let segment = segment.max(1);
    let count = (MAX_MESSAGE_BYTES / segment).clamp(1, MAX_SEGMENTS);
    bytes.chunks(segment * count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_runs_are_cut_at_whole_datagrams() {
        let bytes = vec![0; 1_200 * 130 + 7];
        let cut: Vec<usize> = pieces(&bytes, 1_200).map(<[u8]>::len).collect();
        assert_eq!(cut, [54 * 1_200, 54 * 1_200, 22 * 1_200 + 7]);
        let small: Vec<usize> = pieces(&bytes[..100 * 65], 100).map(<[u8]>::len).collect();
        assert_eq!(small, [6_400, 100]);
    }

    #[test]
    fn a_segment_longer_than_a_message_stands_alone() {
        let bytes = vec![0; 70_000 * 2];
        assert_eq!(pieces(&bytes, 70_000).count(), 2);
        assert_eq!(pieces(&bytes, 0).next().map(<[u8]>::len), Some(64));
    }
}
