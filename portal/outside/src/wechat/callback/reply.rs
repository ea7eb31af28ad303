//! What is answered to a callback.

use super::event::Received;
use super::signature;

/// The answer that says no more than that the event has come.
pub const ACKNOWLEDGED: &str = "success";
/// Most bytes of a text that answers.
pub const MAX_REPLY_BYTES: usize = 2_048;

/// A text to the one whom the event came from.
pub(super) fn text(received: &Received, text: &str, now_s: i64) -> String {
    format!(
        "<xml><ToUserName>{}</ToUserName><FromUserName>{}</FromUserName>\
         <CreateTime>{now_s}</CreateTime><MsgType><![CDATA[text]]></MsgType>\
         <Content>{}</Content></xml>",
        cdata(received.from.as_str()),
        cdata(&received.account),
        cdata(cut(text)),
    )
}

/// The envelope of an encrypted text that leaves here.
pub(crate) fn sealed(token: &str, encrypted: &str, now_s: i64, salt: [u8; 16]) -> String {
    let nonce = u32::from_be_bytes([salt[0], salt[1], salt[2], salt[3]]).to_string();
    let signature = signature(token, &now_s.to_string(), &nonce, Some(encrypted));
    format!(
        "<xml><Encrypt>{}</Encrypt><MsgSignature>{}</MsgSignature>\
         <TimeStamp>{now_s}</TimeStamp><Nonce>{}</Nonce></xml>",
        cdata(encrypted),
        cdata(&signature),
        cdata(&nonce),
    )
}

/// A text as CDATA, whatever is in it. Characters that XML cannot hold are left out.
pub(crate) fn cdata(text: &str) -> String {
    let mut text = text.replace("]]>", "]]]]><![CDATA[>");
    text.retain(|c| !c.is_control() || matches!(c, '\n' | '\r' | '\t'));
    format!("<![CDATA[{text}]]>")
}

fn cut(text: &str) -> &str {
    &text[..text.floor_char_boundary(MAX_REPLY_BYTES)]
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    #[test]
    fn any_text_comes_back_out_of_cdata() {
        for text in ["", "a]]>b", "]]>]]>", "<b>&amp;云", "a\nb"] {
            let xml = format!("<xml><A>{}</A></xml>", cdata(text));
            assert_eq!(parse(xml.as_bytes()).unwrap()["A"], text);
        }
        assert_eq!(cdata("a\u{0}\u{1b}b"), "<![CDATA[ab]]>");
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        assert_eq!(cut(&"云".repeat(1_000)).len(), 2_046);
        assert_eq!(cut("云"), "云");
    }
}
