//! RFC 4571 framing: each frame is its length in two bytes and then its bytes.

use std::io::{self, Read, Write};

/// Longest frame taken: what a datagram may have.
pub const MAX_FRAME_BYTES: usize = 2_048;

/// Bytes of length before each frame.
const LENGTH_BYTES: usize = 2;

/// Bytes read ahead of one connection.
const READ_BUFFER_BYTES: usize = 8 * (MAX_FRAME_BYTES + LENGTH_BYTES);

/// What reading from a connection came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadProgress {
    /// Bytes came, perhaps whole frames.
    Bytes,
    /// Nothing is there now.
    Nothing,
    /// The other side has ended the connection.
    End,
}

/// A frame longer than [`MAX_FRAME_BYTES`]: the stream cannot be followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a frame of {0} bytes")]
pub struct BadFrame(pub usize);

/// Cuts a byte stream into frames, with a buffer of fixed size.
#[derive(Debug, Default)]
pub struct FrameReader {
    buffer: Vec<u8>,
    start: usize,
    end: usize,
}

impl FrameReader {
    /// Reads once, as much as there is room for.
    ///
    /// # Errors
    /// The connection failed.
    pub fn read_from(&mut self, stream: &mut impl Read) -> io::Result<ReadProgress> {
        self.buffer.resize(READ_BUFFER_BYTES, 0);
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        match stream.read(&mut self.buffer[self.end..]) {
            Ok(0) if self.end < READ_BUFFER_BYTES => Ok(ReadProgress::End),
            Ok(count) => {
                self.end += count;
                Ok(ReadProgress::Bytes)
            }
            Err(error) => match error.kind() {
                io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted => Ok(ReadProgress::Nothing),
                _ => Err(error),
            },
        }
    }

    /// The next whole frame; `None` if more has to be read for it. Frames without bytes, the null
    /// packets of RFC 4571 §2, are passed over.
    ///
    /// # Errors
    /// The length cannot be one of ours; the connection has to be closed.
    pub fn next_frame(&mut self) -> Result<Option<&[u8]>, BadFrame> {
        while self.buffer[self.start..self.end].starts_with(&[0, 0]) {
            self.start += LENGTH_BYTES;
        }
        let waiting = &self.buffer[self.start..self.end];
        let [high, low, rest @ ..] = waiting else {
            return Ok(None);
        };
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        if length > MAX_FRAME_BYTES {
            return Err(BadFrame(length));
        }
        if rest.len() < length {
            return Ok(None);
        }
        let from = self.start + LENGTH_BYTES;
        self.start = from + length;
        Ok(Some(&self.buffer[from..from + length]))
    }
}

/// More waits for the reader than it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the reader is too slow")]
pub struct SlowReader;

/// Frames that wait to be written, up to a number of bytes.
#[derive(Debug)]
pub struct FrameWriter {
    waiting: Vec<u8>,
    written: usize,
    limit: usize,
}

impl FrameWriter {
    /// A writer that lets at most `limit` bytes wait.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self {
            waiting: Vec::new(),
            written: 0,
            limit,
        }
    }

    /// Puts one frame behind those that wait.
    ///
    /// # Errors
    /// [`SlowReader`] when the limit is reached; nothing is put.
    pub fn push(&mut self, frame: &[u8]) -> Result<(), SlowReader> {
        let length = u16::try_from(frame.len()).map_err(|_| SlowReader)?;
        if self.waiting.len() - self.written + LENGTH_BYTES + frame.len() > self.limit {
            return Err(SlowReader);
        }
        self.waiting.extend_from_slice(&length.to_be_bytes());
        self.waiting.extend_from_slice(frame);
        Ok(())
    }

    /// Writes what the connection takes now. True: nothing waits any more.
    ///
    /// # Errors
    /// The connection failed.
    pub fn write_to(&mut self, stream: &mut impl Write) -> io::Result<bool> {
        while self.written < self.waiting.len() {
            match stream.write(&self.waiting[self.written..]) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => self.written += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.waiting.drain(..self.written);
                    self.written = 0;
                    return Ok(false);
                }
                Err(error) => return Err(error),
            }
        }
        self.waiting.clear();
        self.written = 0;
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives its bytes in the given pieces, then "nothing now".
    struct Pieces(Vec<Vec<u8>>);

    impl Read for Pieces {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            if self.0.is_empty() {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            let piece = self.0.remove(0);
            into[..piece.len()].copy_from_slice(&piece);
            Ok(piece.len())
        }
    }

    /// Takes a few bytes, then "no room now".
    struct Narrow {
        taken: Vec<u8>,
        room: usize,
    }

    impl Write for Narrow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.room == 0 {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            let count = bytes.len().min(self.room).min(3);
            self.taken.extend_from_slice(&bytes[..count]);
            self.room -= count;
            Ok(count)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn frames_are_found_however_they_are_cut() {
        let mut stream = Vec::new();
        for length in [1_usize, 300, MAX_FRAME_BYTES, 7] {
            stream.extend_from_slice(&(length as u16).to_be_bytes());
            stream.extend(std::iter::repeat_n(length as u8, length));
        }
        for piece in [1, 2, 3, 500, 4_000] {
            let mut pieces = Pieces(stream.chunks(piece).map(<[u8]>::to_vec).collect());
            let mut reader = FrameReader::default();
            let mut lengths = Vec::new();
            while reader.read_from(&mut pieces).unwrap() == ReadProgress::Bytes {
                while let Some(frame) = reader.next_frame().unwrap() {
                    assert!(frame.iter().all(|byte| *byte == frame.len() as u8));
                    lengths.push(frame.len());
                }
            }
            assert_eq!(lengths, [1, 300, MAX_FRAME_BYTES, 7]);
        }
    }

    #[test]
    fn impossible_lengths_are_refused() {
        let mut reader = FrameReader::default();
        reader
            .read_from(&mut Pieces(vec![vec![0xff, 0xff, 1]]))
            .unwrap();
        assert_eq!(reader.next_frame(), Err(BadFrame(65_535)));
    }

    #[test]
    fn null_packets_are_passed_over() {
        let mut pieces = Pieces(vec![vec![0], vec![0, 0, 0, 0, 1, 7, 0, 0, 0, 1, 8, 0]]);
        let mut reader = FrameReader::default();
        let mut frames = Vec::new();
        while reader.read_from(&mut pieces).unwrap() == ReadProgress::Bytes {
            while let Some(frame) = reader.next_frame().unwrap() {
                frames.push(frame.to_vec());
            }
        }
        assert_eq!(frames, [[7], [8]]);
    }

    #[test]
    fn the_end_is_told() {
        let mut reader = FrameReader::default();
        assert_eq!(
            reader.read_from(&mut io::empty()).unwrap(),
            ReadProgress::End
        );
        assert_eq!(reader.next_frame(), Ok(None));
    }

    #[test]
    fn writing_goes_on_where_it_stopped_and_has_a_limit() {
        let mut writer = FrameWriter::new(20);
        writer.push(b"hello").unwrap();
        writer.push(b"again").unwrap();
        assert_eq!(writer.push(b"too much"), Err(SlowReader));
        let mut stream = Narrow {
            taken: Vec::new(),
            room: 9,
        };
        assert!(!writer.write_to(&mut stream).unwrap());
        writer.push(b"more room").unwrap();
        stream.room = 100;
        assert!(writer.write_to(&mut stream).unwrap());
        assert_eq!(stream.taken, b"\0\x05hello\0\x05again\0\x09more room");
    }
}
