//! Reads a message as a mail program shows it: headers (RFC 5322, RFC 2047), parts and their
//! encodings (RFC 2045, RFC 2046). Written apart from what builds messages, so that one checks the
//! other.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Deepest nesting of parts.
const MAX_DEPTH: usize = 4;

/// A header, unfolded and decoded.
pub(super) fn header(eml: &str, name: &str) -> Option<String> {
    raw_header(eml, name).map(|text| decode_words(&text))
}

/// The first part of type `kind`, decoded.
pub(super) fn part(eml: &str, kind: &str) -> Option<String> {
    part_within(eml, kind, 0)
}

fn part_within(eml: &str, kind: &str, depth: usize) -> Option<String> {
    let (_, body) = eml.split_once("\r\n\r\n")?;
    let own = raw_header(eml, "Content-Type").unwrap_or_else(|| "text/plain".to_owned());
    if !own.to_ascii_lowercase().starts_with("multipart/") {
        return own
            .to_ascii_lowercase()
            .starts_with(kind)
            .then(|| decode_body(eml, body))?;
    }
    if depth >= MAX_DEPTH {
        return None;
    }
    let boundary = format!("--{}", parameter(&own, "boundary")?);
    body.split(boundary.as_str())
        .skip(1)
        .take_while(|part| !part.starts_with("--"))
        .find_map(|part| part_within(part.trim_start_matches("\r\n"), kind, depth + 1))
}

fn decode_body(eml: &str, body: &str) -> Option<String> {
    let encoding = raw_header(eml, "Content-Transfer-Encoding").unwrap_or_default();
    let body = body.strip_suffix("\r\n").unwrap_or(body);
    let bytes = match encoding.trim().to_ascii_lowercase().as_str() {
        "base64" => {
            let joined: String = body.split_whitespace().collect();
            STANDARD.decode(joined).ok()?
        }
        "quoted-printable" => quoted(&body.replace("=\r\n", ""), false)?,
        _ => body.as_bytes().to_vec(),
    };
    String::from_utf8(bytes).ok()
}

/// A header as it stands there, its lines joined.
fn raw_header(eml: &str, name: &str) -> Option<String> {
    let (head, _) = eml.split_once("\r\n\r\n").unwrap_or((eml, ""));
    let mut lines = head.split("\r\n").peekable();
    while let Some(line) = lines.next() {
        let Some((found, value)) = line.split_once(':') else {
            continue;
        };
        if !found.eq_ignore_ascii_case(name) {
            continue;
        }
        let mut text = value.trim().to_owned();
        while let Some(more) = lines.next_if(|line| line.starts_with([' ', '\t'])) {
            text.push_str(more);
        }
        return Some(text);
    }
    None
}

fn parameter(header: &str, name: &str) -> Option<String> {
    header.split(';').skip(1).find_map(|part| {
        let (key, value) = part.trim().split_once('=')?;
        key.eq_ignore_ascii_case(name)
            .then(|| value.trim_matches('"').to_owned())
    })
}

/// Decodes `=?utf-8?b?…?=` and `=?utf-8?q?…?=`; white space between two of them is no text.
fn decode_words(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    let mut after_word = false;
    while let Some(at) = rest.find("=?") {
        let (before, from) = rest.split_at(at);
        let Some((word, length)) = decode_word(from) else {
            out.push_str(&rest[..at + 2]);
            rest = &rest[at + 2..];
            after_word = false;
            continue;
        };
        if !(after_word && before.trim().is_empty()) {
            out.push_str(before);
        }
        out.push_str(&word);
        rest = &from[length..];
        after_word = true;
    }
    out.push_str(rest);
    out
}

/// The word that `text` begins with, and its length.
fn decode_word(text: &str) -> Option<(String, usize)> {
    let inner = text.strip_prefix("=?")?;
    let (charset, inner) = inner.split_once('?')?;
    let (encoding, inner) = inner.split_once('?')?;
    let (encoded, _) = inner.split_once("?=")?;
    if !charset.eq_ignore_ascii_case("utf-8") {
        return None;
    }
    let bytes = match encoding {
        "b" | "B" => STANDARD.decode(encoded).ok()?,
        "q" | "Q" => quoted(encoded, true)?,
        _ => return None,
    };
    let length = "=?".len() + charset.len() + 1 + encoding.len() + 1 + encoded.len() + "?=".len();
    Some((String::from_utf8(bytes).ok()?, length))
}

/// Quoted-printable; in headers an underscore is a space.
fn quoted(text: &str, in_header: bool) -> Option<Vec<u8>> {
    let mut bytes = text.bytes();
    let mut out = Vec::new();
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'=' => {
                let digits = [bytes.next()?, bytes.next()?];
                u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
            }
            b'_' if in_header => b' ',
            byte => byte,
        });
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAIL: &str = "From: a@b.c\r\nSubject: =?utf-8?b?6Z2i6K+V?=\r\n =?UTF-8?Q?=E6=8F=90_x?= 1\r\n\
        Content-Type: multipart/alternative;\r\n boundary=\"B\"\r\n\r\n\
        --B\r\nContent-Type: text/plain; charset=utf-8\r\n\
        Content-Transfer-Encoding: quoted-printable\r\n\r\n=E6=82=A8=\r\n=E5=A5=BD\r\n\
        --B\r\nContent-Type: text/html; charset=utf-8\r\n\
        Content-Transfer-Encoding: base64\r\n\r\nPHA+5oKo5aW9\r\nPC9wPg==\r\n--B--\r\n";

    #[test]
    fn headers_are_unfolded_and_decoded() {
        assert_eq!(header(MAIL, "subject").unwrap(), "面试提 x 1");
        assert_eq!(header(MAIL, "From").unwrap(), "a@b.c");
        assert_eq!(header(MAIL, "Cc"), None);
        assert_eq!(decode_words("=?gbk?b?xx?= =?x"), "=?gbk?b?xx?= =?x");
    }

    #[test]
    fn parts_are_found_and_decoded() {
        assert_eq!(part(MAIL, "text/plain").unwrap(), "您好");
        assert_eq!(part(MAIL, "text/html").unwrap(), "<p>您好</p>");
        assert_eq!(part(MAIL, "image/png"), None);
        assert_eq!(
            part("Subject: x\r\n\r\nplain\r\n", "text/plain").unwrap(),
            "plain"
        );
    }
}
