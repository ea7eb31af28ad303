//! The XML of callbacks: one flat `<xml>` with texts in it. Nothing is expanded, nothing is loaded,
//! and what is more than that is refused.

use std::collections::BTreeMap;

use quick_xml::Reader;
use quick_xml::events::{BytesRef, Event};

/// Deepest nesting; `<xml><ScanCodeInfo><ScanType>` has 3.
const MAX_DEPTH: usize = 4;
/// Most fields.
const MAX_FIELDS: usize = 64;

/// What is wrong with a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum XmlFault {
    /// Not UTF-8, or not well-formed.
    #[error("the body is not well-formed XML")]
    Malformed,
    /// Has a document type, which is what entities are defined in.
    #[error("the XML has a document type")]
    DocumentType,
    /// Refers to an entity other than the five of XML and numbered characters.
    #[error("the XML refers to an entity")]
    Entity,
    /// Nested too deeply, or too many fields.
    #[error("the XML is too large")]
    TooLarge,
    /// A field stands there twice: who reads the first and who reads the last would disagree.
    #[error("the XML has a field twice")]
    Twice,
    /// A field is missing or has no value of its kind.
    #[error("the XML has no good {0}")]
    Field(&'static str),
}

/// Fields by name.
pub(crate) type Fields = BTreeMap<String, String>;

/// Reads the fields of the root element. What is nested deeper is passed over.
pub(crate) fn parse(body: &[u8]) -> Result<Fields, XmlFault> {
    let text = std::str::from_utf8(body).map_err(|_| XmlFault::Malformed)?;
    let mut reader = Reader::from_str(text);
    let mut walk = Walk::default();
    loop {
        match reader.read_event().map_err(|_| XmlFault::Malformed)? {
            Event::Start(tag) => walk.open(tag.name().as_ref())?,
            Event::Empty(tag) => {
                walk.open(tag.name().as_ref())?;
                walk.close()?;
            }
            Event::End(_) => walk.close()?,
            Event::Text(text) => walk.text(&text.xml10_content())?,
            Event::CData(text) => walk.text(&text.xml10_content())?,
            Event::GeneralRef(reference) => {
                let mut buffer = [0; 4];
                walk.text(resolve(&reference)?.encode_utf8(&mut buffer))?;
            }
            Event::DocType(_) => return Err(XmlFault::DocumentType),
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
            Event::Eof => return walk.end(),
        }
    }
}

/// One of the five entities of XML 1.0 §4.6, or a numbered character.
fn resolve(reference: &BytesRef<'_>) -> Result<char, XmlFault> {
    if let Some(c) = reference
        .resolve_char_ref()
        .map_err(|_| XmlFault::Malformed)?
    {
        return Ok(c);
    }
    match reference.xml10_content().as_ref() {
        "lt" => Ok('<'),
        "gt" => Ok('>'),
        "amp" => Ok('&'),
        "apos" => Ok('\''),
        "quot" => Ok('"'),
        _ => Err(XmlFault::Entity),
    }
}

/// Where in the document reading is.
#[derive(Default)]
struct Walk {
    depth: usize,
    root_seen: bool,
    name: String,
    value: String,
    fields: Fields,
}

impl Walk {
    fn open(&mut self, name: &str) -> Result<(), XmlFault> {
        if self.depth == 0 {
            if self.root_seen || name != "xml" {
                return Err(XmlFault::Malformed);
            }
            self.root_seen = true;
        }
        self.depth += 1;
        if self.depth > MAX_DEPTH || self.fields.len() >= MAX_FIELDS {
            return Err(XmlFault::TooLarge);
        }
        if self.depth == 2 {
            name.clone_into(&mut self.name);
            self.value.clear();
        }
        Ok(())
    }

    fn close(&mut self) -> Result<(), XmlFault> {
        if self.depth == 2 {
            let value = std::mem::take(&mut self.value);
            let name = std::mem::take(&mut self.name);
            if self.fields.insert(name, value).is_some() {
                return Err(XmlFault::Twice);
            }
        }
        self.depth = self.depth.checked_sub(1).ok_or(XmlFault::Malformed)?;
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), XmlFault> {
        match self.depth {
            0 | 1 if !text.trim().is_empty() => Err(XmlFault::Malformed),
            2 => {
                self.value.push_str(text);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn end(self) -> Result<Fields, XmlFault> {
        if self.depth == 0 && self.root_seen {
            Ok(self.fields)
        } else {
            Err(XmlFault::Malformed)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<(String, String)>, XmlFault> {
        parse(text.as_bytes()).map(|fields| fields.into_iter().collect())
    }

    #[test]
    fn texts_and_cdata_are_read_and_deeper_parts_passed_over() {
        let fields = read(
            "<?xml version=\"1.0\"?>\n<xml><A><![CDATA[a<&]]]]><![CDATA[>b]]></A>\n\
             <B>1 &lt; 2 &#20113;</B><C/><D><E>deep</E></D></xml>\n",
        )
        .unwrap();
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(
            fields,
            [
                pair("A", "a<&]]>b"),
                pair("B", "1 < 2 云"),
                pair("C", ""),
                pair("D", "")
            ]
        );
    }

    #[test]
    fn entities_are_not_expanded() {
        let laughs =
            "<!DOCTYPE xml [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;\">]><xml><A>&b;</A></xml>";
        assert_eq!(read(laughs), Err(XmlFault::DocumentType));
        assert_eq!(read("<xml><A>&b;</A></xml>"), Err(XmlFault::Entity));
        let file = "<!DOCTYPE x SYSTEM \"file:///etc/passwd\"><xml/>";
        assert_eq!(read(file), Err(XmlFault::DocumentType));
    }

    #[test]
    fn malformed_texts_are_refused() {
        for bad in [
            "",
            "x",
            "<xml>",
            "<xml><A></xml>",
            "<xml><A></B></xml>",
            "</xml>",
            "<xml/><xml/>",
            "<xml/>x",
            "<xml>x</xml>",
            "<html/>",
            "<xml><A>a & b</A></xml>",
            "<xml><A>&#0;</A></xml>",
            "<xml><A><![CDATA[x</A></xml>",
        ] {
            assert_eq!(read(bad), Err(XmlFault::Malformed), "{bad}");
        }
        assert_eq!(parse(b"<xml><A>\xff</A></xml>"), Err(XmlFault::Malformed));
    }

    #[test]
    fn a_field_stands_there_once() {
        assert_eq!(read("<xml><A>1</A><A>2</A></xml>"), Err(XmlFault::Twice));
    }

    #[test]
    fn depth_and_number_are_limited() {
        let deep = format!("<xml>{}{}</xml>", "<a>".repeat(4), "</a>".repeat(4));
        assert_eq!(read(&deep), Err(XmlFault::TooLarge));
        let many: String = (0..=MAX_FIELDS).map(|n| format!("<f{n}/>")).collect();
        assert_eq!(read(&format!("<xml>{many}</xml>")), Err(XmlFault::TooLarge));
    }
}
