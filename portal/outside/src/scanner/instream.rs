//! The protocol on a connection.

use std::io;
use std::pin::pin;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

use super::{ScanError, Verdict};

/// What a scan begins with; `z` asks for an answer that ends in NUL.
pub(crate) const COMMAND: &[u8] = b"zINSTREAM\0";
/// Most bytes of one chunk.
const CHUNK_BYTES: usize = 64 * 1024;
/// Most bytes of an answer.
const MAX_ANSWER_BYTES: u64 = 1024;
/// Most characters of a signature's name that are kept.
const MAX_SIGNATURE_CHARS: usize = 128;

/// A connection to clamd.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// Why not all was sent.
enum Unsent {
    Content(io::Error),
    Connection(io::Error),
}

/// Sends `content` and reads the answer. Both at once: clamd answers in the middle if it has had
/// enough, and whoever only writes then waits for ever.
pub(super) async fn scan(
    stream: impl Stream,
    content: impl AsyncRead + Unpin,
) -> Result<Verdict, ScanError> {
    let (mut from, mut to) = tokio::io::split(stream);
    let mut sending = pin!(send(&mut to, content));
    let mut answering = pin!(answer(&mut from));
    tokio::select! {
        // An answer counts for the whole content as soon as the whole content is sent.
        biased;
        sent = &mut sending => match sent {
            Ok(()) => read(&answering.await?),
            Err(Unsent::Content(error)) => Err(ScanError::Content(error)),
            // The answer says why, if it came.
            Err(Unsent::Connection(error)) => match answering.await {
                Ok(text) => before_the_end(&text),
                Err(_) => Err(ScanError::Broken(error)),
            },
        },
        early = &mut answering => before_the_end(&early?),
    }
}

async fn send(
    to: &mut (impl AsyncWrite + Unpin),
    mut content: impl AsyncRead + Unpin,
) -> Result<(), Unsent> {
    to.write_all(COMMAND).await.map_err(Unsent::Connection)?;
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        let length = content.read(&mut chunk).await.map_err(Unsent::Content)?;
        let head = u32::try_from(length).map_err(|error| {
            let error = io::Error::new(io::ErrorKind::InvalidInput, error);
            Unsent::Content(error)
        })?;
        // The end of the content is a chunk without bytes, which is the end of the stream.
        let sent = async {
            to.write_all(&head.to_be_bytes()).await?;
            to.write_all(&chunk[..length]).await
        };
        sent.await.map_err(Unsent::Connection)?;
        if length == 0 {
            return to.flush().await.map_err(Unsent::Connection);
        }
    }
}

/// Reads an answer without its NUL.
async fn answer(from: &mut (impl AsyncRead + Unpin)) -> Result<String, ScanError> {
    let mut bytes = Vec::new();
    let mut from = from.take(MAX_ANSWER_BYTES);
    loop {
        let length = from.read_buf(&mut bytes).await.map_err(ScanError::Broken)?;
        if let Some(end) = bytes.iter().position(|byte| *byte == 0) {
            bytes.truncate(end);
            return String::from_utf8(bytes).map_err(|_| ScanError::Unreadable);
        }
        if length == 0 {
            return Err(match bytes.is_empty() {
                true => ScanError::Broken(io::ErrorKind::UnexpectedEof.into()),
                false => ScanError::Unreadable,
            });
        }
    }
}

/// An answer to a part: that a part is clean says nothing.
fn before_the_end(text: &str) -> Result<Verdict, ScanError> {
    match read(text)? {
        Verdict::Clean => Err(ScanError::Unreadable),
        found @ Verdict::Found { .. } => Ok(found),
    }
}

fn read(text: &str) -> Result<Verdict, ScanError> {
    let text = text.trim_end_matches('\n');
    if text == "INSTREAM size limit exceeded. ERROR" {
        return Err(ScanError::TooLarge);
    }
    if text == "ERROR" || text.ends_with(" ERROR") {
        return Err(ScanError::Failed);
    }
    let said = text.strip_prefix("stream: ").ok_or(ScanError::Unreadable)?;
    if said == "OK" {
        return Ok(Verdict::Clean);
    }
    let name = said.strip_suffix(" FOUND").ok_or(ScanError::Unreadable)?;
    let signature = name.chars().filter(char::is_ascii_graphic);
    Ok(Verdict::Found {
        signature: signature.take(MAX_SIGNATURE_CHARS).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_word_of_the_protocol_says_that_a_file_is_clean() {
        assert_eq!(read("stream: OK").unwrap(), Verdict::Clean);
        for text in [
            "",
            "OK",
            "stream:OK",
            "stream: ok",
            "stream: OK OK",
            "stream: FOUND",
            "other: OK",
            "PONG",
        ] {
            let error = read(text).unwrap_err();
            assert_eq!(error.label(), "unreadable", "{text}");
        }
        let label = |text| read(text).unwrap_err().label();
        assert_eq!(label("INSTREAM size limit exceeded. ERROR"), "too_large");
        assert_eq!(label("stream: Can't allocate memory ERROR"), "failed");
        assert_eq!(
            before_the_end("stream: OK").unwrap_err().label(),
            "unreadable"
        );
    }

    #[test]
    fn a_signature_is_cut_and_cleaned() {
        let found = |signature: &str| Verdict::Found {
            signature: signature.to_owned(),
        };
        let name = "Win.Test.EICAR_HDB-1";
        assert_eq!(read(&format!("stream: {name} FOUND")).unwrap(), found(name));
        let long = format!("stream: A \r云{} FOUND", "x".repeat(500));
        let Verdict::Found { signature } = read(&long).unwrap() else {
            panic!("{long}");
        };
        assert_eq!(signature.len(), MAX_SIGNATURE_CHARS);
        assert!(signature.starts_with("Ax"), "{signature}");
    }
}
