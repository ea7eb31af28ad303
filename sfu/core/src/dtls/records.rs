//! Looks at DTLS records before the DTLS library does, and lets through only what an honest
//! client can send (RFC 6347 §4.1, §4.2.2).
//!
//! The library keeps every handshake fragment and joins fragments by recursion, so tiny fragments
//! would cost quadratic time and, in numbers, the stack of the whole process. An honest client
//! sends six messages in a handful of fragments.

/// Length of a record header in bytes.
const RECORD_HEADER: usize = 13;
/// Length of a handshake message header in bytes.
const HANDSHAKE_HEADER: usize = 12;
/// Content type of handshake records.
const CONTENT_HANDSHAKE: u8 = 22;
/// Handshake message types that are told apart.
const CLIENT_HELLO: u8 = 1;
const SERVER_HELLO: u8 = 2;

/// Longest datagram that is looked at, in bytes; a handshake stays below the path MTU.
pub const MAX_DATAGRAM_BYTES: usize = 2_048;
/// Longest handshake message, in bytes: a certificate chain of a peer is far smaller.
pub const MAX_HANDSHAKE_MESSAGE_BYTES: usize = 16 * 1_024;
/// Shortest fragment that is not the last one of its message, in bytes. A shorter one passes where
/// it fills up a packet: with the records before it in its datagram, and since the last such
/// fragment, it must take up as many bytes as a fragment of this length alone.
///
/// OpenSSL sends such ones (RFC 6347 §4.2.3 leaves the cut to the sender): it cuts a message where
/// a packet is full, however little is left of it, and packets are of 256 bytes where it does not
/// know the path MTU. Those that it writes to memory, as for aiortc, come joined in one datagram.
pub const MIN_FRAGMENT_BYTES: usize = 128;
/// Most handshake fragments of one association over its whole life, repeats counted.
pub const MAX_FRAGMENTS: usize = 512;
/// Highest handshake message number that a client may use: a full handshake ends at 5.
pub const MAX_MESSAGE_SEQUENCE: u16 = 15;
/// Longest encrypted handshake record, in bytes: the only one is a Finished of 24 bytes, with the
/// cipher suite's overhead.
pub const MAX_ENCRYPTED_HANDSHAKE_BYTES: usize = 128;

/// Why a record was not let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// Longer than [`MAX_DATAGRAM_BYTES`].
    #[error("the datagram is too long")]
    TooLong,
    /// Record or handshake lengths do not add up.
    #[error("the records are malformed")]
    Malformed,
    /// A message beyond [`MAX_HANDSHAKE_MESSAGE_BYTES`] or [`MAX_MESSAGE_SEQUENCE`].
    #[error("a handshake message is beyond the limits")]
    MessageTooLarge,
    /// A fragment below [`MIN_FRAGMENT_BYTES`] that is not its message's last and fills up no
    /// packet.
    #[error("a handshake fragment is too small")]
    FragmentTooSmall,
    /// More than [`MAX_FRAGMENTS`].
    #[error("too many handshake fragments")]
    TooManyFragments,
}

/// How far a handshake has come, as far as it decides what may pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Progress {
    /// The client's hello is awaited.
    Greeting,
    /// The hello was answered. The library's timer, which repeats the answer, stops at the next
    /// handshake record; a repeated hello must not be that record, or a lost answer would never
    /// be repeated.
    Answered,
    /// The handshake is complete: plain handshake records could be written by anyone, and the
    /// library would answer each with a flight.
    Complete,
}

/// Whether a datagram of ours begins the answer to the client's hello.
pub(super) fn is_server_hello(datagram: &[u8]) -> bool {
    datagram.first() == Some(&CONTENT_HANDSHAKE)
        && datagram.get(RECORD_HEADER) == Some(&SERVER_HELLO)
}

/// Counts the fragments of one association and checks each datagram.
#[derive(Debug, Default)]
pub(super) struct RecordFilter {
    fragments: usize,
}

impl RecordFilter {
    /// Checks a datagram as a whole and appends the records that may pass to `passed`.
    pub(super) fn filter(
        &mut self,
        datagram: &[u8],
        progress: Progress,
        passed: &mut bytes::BytesMut,
    ) -> Result<(), RecordError> {
        if datagram.len() > MAX_DATAGRAM_BYTES {
            return Err(RecordError::TooLong);
        }
        let mut rest = datagram;
        let mut filled = 0;
        while !rest.is_empty() {
            let (record, next) = split_record(rest)?;
            rest = next;
            filled += record.len();
            if record[0] == CONTENT_HANDSHAKE {
                let encrypted = record[3..5] != [0, 0];
                let is_unwanted = match progress {
                    Progress::Greeting => false,
                    Progress::Answered => record[RECORD_HEADER] == CLIENT_HELLO,
                    Progress::Complete => true,
                };
                if !encrypted && is_unwanted {
                    continue;
                }
                let fragments = if encrypted {
                    check_encrypted(&record[RECORD_HEADER..])?
                } else {
                    check_fragments(&record[RECORD_HEADER..], &mut filled)?
                };
                if self.fragments + fragments > MAX_FRAGMENTS {
                    return Err(RecordError::TooManyFragments);
                }
                self.fragments += fragments;
            }
            passed.extend_from_slice(record);
        }
        Ok(())
    }
}

/// Cuts the first record, header included, off a datagram.
fn split_record(datagram: &[u8]) -> Result<(&[u8], &[u8]), RecordError> {
    if datagram.len() <= RECORD_HEADER {
        return Err(RecordError::Malformed);
    }
    let length = usize::from(u16::from_be_bytes([datagram[11], datagram[12]]));
    if length == 0 {
        return Err(RecordError::Malformed);
    }
    datagram
        .split_at_checked(RECORD_HEADER + length)
        .ok_or(RecordError::Malformed)
}

/// An encrypted handshake record is one Finished; what is inside cannot be seen from here, so its
/// size is what bounds it.
fn check_encrypted(body: &[u8]) -> Result<usize, RecordError> {
    if body.len() > MAX_ENCRYPTED_HANDSHAKE_BYTES {
        return Err(RecordError::MessageTooLarge);
    }
    Ok(body.len().div_ceil(HANDSHAKE_HEADER))
}

/// Walks the handshake messages of a plain record; returns how many fragments it holds. `filled`
/// is what the datagram has used up to the end of this record since the last partial fragment, in
/// bytes; see [`MIN_FRAGMENT_BYTES`].
fn check_fragments(mut body: &[u8], filled: &mut usize) -> Result<usize, RecordError> {
    let mut fragments = 0;
    while !body.is_empty() {
        if body.len() < HANDSHAKE_HEADER {
            return Err(RecordError::Malformed);
        }
        let length = u24(&body[1..4]);
        let sequence = u16::from_be_bytes([body[4], body[5]]);
        let offset = u24(&body[6..9]);
        let fragment = u24(&body[9..12]);
        if length > MAX_HANDSHAKE_MESSAGE_BYTES || sequence > MAX_MESSAGE_SEQUENCE {
            return Err(RecordError::MessageTooLarge);
        }
        let end = offset + fragment;
        let is_whole = fragment == length;
        let rest = body
            .get(HANDSHAKE_HEADER + fragment..)
            .ok_or(RecordError::Malformed)?;
        // The library takes a partial fragment to reach to the end of its record.
        if end > length || (!is_whole && !rest.is_empty()) {
            return Err(RecordError::Malformed);
        }
        if end < length {
            if *filled < RECORD_HEADER + HANDSHAKE_HEADER + MIN_FRAGMENT_BYTES {
                return Err(RecordError::FragmentTooSmall);
            }
            *filled = 0;
        }
        body = rest;
        fragments += 1;
    }
    Ok(fragments)
}

/// A 24-bit big-endian number.
fn u24(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .fold(0, |number, &byte| number << 8 | usize::from(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn handshake(length: u32, sequence: u16, offset: u32, body: &[u8]) -> Vec<u8> {
        let mut message = vec![1];
        message.extend_from_slice(&length.to_be_bytes()[1..]);
        message.extend_from_slice(&sequence.to_be_bytes());
        message.extend_from_slice(&offset.to_be_bytes()[1..]);
        message.extend_from_slice(&(body.len() as u32).to_be_bytes()[1..]);
        message.extend_from_slice(body);
        message
    }

    fn record(content: u8, epoch: u16, body: &[u8]) -> Vec<u8> {
        let mut record = vec![content, 254, 253];
        record.extend_from_slice(&epoch.to_be_bytes());
        record.extend_from_slice(&[0; 6]);
        record.extend_from_slice(&(body.len() as u16).to_be_bytes());
        record.extend_from_slice(body);
        record
    }

    fn filter(datagram: &[u8], progress: Progress) -> Result<usize, RecordError> {
        let mut passed = bytes::BytesMut::new();
        RecordFilter::default().filter(datagram, progress, &mut passed)?;
        Ok(passed.len())
    }

    #[test]
    fn an_honest_hello_in_two_fragments_passes() {
        let first = record(22, 0, &handshake(1_400, 0, 0, &[7; 1_100]));
        let last = record(22, 0, &handshake(1_400, 0, 1_100, &[7; 300]));
        assert_eq!(filter(&first, Progress::Greeting), Ok(first.len()));
        assert_eq!(filter(&last, Progress::Greeting), Ok(last.len()));
    }

    #[test]
    fn small_fragments_are_refused_unless_last() {
        let tiny = record(22, 0, &handshake(1_400, 0, 0, &[7; 1]));
        assert_eq!(
            filter(&tiny, Progress::Greeting),
            Err(RecordError::FragmentTooSmall)
        );
        let last = record(22, 0, &handshake(1_400, 0, 1_399, &[7; 1]));
        assert_eq!(filter(&last, Progress::Greeting), Ok(last.len()));
    }

    /// The second flight of aiortc 1.16 (OpenSSL 4.0) without its encrypted end: a certificate,
    /// the key exchange, and the certificate's proof, of which 28 bytes fill up a packet.
    #[test]
    fn a_short_fragment_passes_where_it_fills_up_a_packet() {
        let flight = [
            record(22, 0, &handshake(351, 1, 0, &[7; 231])),
            record(22, 0, &handshake(351, 1, 231, &[7; 120])),
            record(22, 0, &handshake(33, 2, 0, &[7; 33])),
            record(22, 0, &handshake(75, 3, 0, &[7; 28])),
            record(22, 0, &handshake(75, 3, 28, &[7; 47])),
            record(20, 0, &[1]),
        ]
        .concat();
        assert_eq!(filter(&flight, Progress::Greeting), Ok(flight.len()));
        // By itself the same fragment fills nothing.
        let alone = record(22, 0, &handshake(75, 3, 0, &[7; 28]));
        assert_eq!(
            filter(&alone, Progress::Greeting),
            Err(RecordError::FragmentTooSmall)
        );
    }

    #[test]
    fn short_fragments_take_as_many_bytes_as_long_ones() {
        let whole = record(22, 0, &handshake(120, 2, 0, &[7; 120]));
        let short = |offset| record(22, 0, &handshake(75, 3, offset, &[7; 1]));
        let one = [whole.clone(), short(0)].concat();
        assert_eq!(filter(&one, Progress::Greeting), Ok(one.len()));
        let two_at_once = [one.clone(), short(1)].concat();
        assert_eq!(
            filter(&two_at_once, Progress::Greeting),
            Err(RecordError::FragmentTooSmall)
        );
        let two = [one, whole, short(1)].concat();
        assert_eq!(filter(&two, Progress::Greeting), Ok(two.len()));
    }

    #[test]
    fn lengths_are_limited() {
        let large = record(22, 0, &handshake(16 * 1_024 + 1, 0, 0, &[7; 200]));
        assert_eq!(
            filter(&large, Progress::Greeting),
            Err(RecordError::MessageTooLarge)
        );
        let late = record(22, 0, &handshake(10, 16, 0, &[7; 10]));
        assert_eq!(
            filter(&late, Progress::Greeting),
            Err(RecordError::MessageTooLarge)
        );
        let beyond = record(22, 0, &handshake(10, 0, 5, &[7; 10]));
        assert_eq!(
            filter(&beyond, Progress::Greeting),
            Err(RecordError::Malformed)
        );
        assert_eq!(
            filter(&record(22, 1, &[7; 129]), Progress::Greeting),
            Err(RecordError::MessageTooLarge)
        );
        assert_eq!(
            filter(&vec![22; MAX_DATAGRAM_BYTES + 1], Progress::Greeting),
            Err(RecordError::TooLong)
        );
        assert_eq!(
            filter(&large[..20], Progress::Greeting),
            Err(RecordError::Malformed)
        );
    }

    #[test]
    fn fragments_are_counted_over_the_whole_life() {
        let whole = record(22, 0, &handshake(0, 0, 0, &[]));
        let mut filter = RecordFilter::default();
        let mut passed = bytes::BytesMut::new();
        for _ in 0..MAX_FRAGMENTS {
            filter
                .filter(&whole, Progress::Greeting, &mut passed)
                .unwrap();
        }
        let result = filter.filter(&whole, Progress::Greeting, &mut passed);
        assert_eq!(result, Err(RecordError::TooManyFragments));
    }

    #[test]
    fn a_repeated_hello_is_left_out_once_it_was_answered() {
        let hello = record(22, 0, &handshake(10, 1, 0, &[7; 10]));
        assert_eq!(filter(&hello, Progress::Greeting), Ok(hello.len()));
        assert_eq!(filter(&hello, Progress::Answered), Ok(0));
        let mut certificate = hello.clone();
        certificate[13] = 11;
        assert_eq!(filter(&certificate, Progress::Answered), Ok(hello.len()));
    }

    #[test]
    fn plain_handshake_records_are_left_out_after_completion() {
        let plain = record(22, 0, &handshake(10, 0, 0, &[7; 10]));
        let finished = record(22, 1, &[7; 48]);
        let both = [plain.clone(), finished.clone()].concat();
        assert_eq!(filter(&both, Progress::Greeting), Ok(both.len()));
        assert_eq!(filter(&both, Progress::Complete), Ok(finished.len()));
    }
}
