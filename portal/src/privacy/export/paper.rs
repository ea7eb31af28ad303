//! The export as a PDF.

use documents::pdf::{Document, TooLong};

use super::record::Part;

/// Writes all parts that hold something.
pub(super) fn write(parts: &[Part], when: &str) -> Result<Vec<u8>, TooLong> {
    let mut paper = Document::new("个人信息");
    paper.footer("聘会平台 个人信息副本");
    paper.title("个人信息副本");
    paper.paragraph(&format!(
        "以下是聘会平台在 {when}（北京时间）保存的关于你的全部信息。对内容有疑问，可以在“投诉与申诉”中提出。"
    ));
    for part in parts {
        paper.heading(part.title);
        if part.records.is_empty() {
            paper.paragraph("没有记录。");
        }
        if part.cut {
            paper.paragraph("记录太多，这里只列出最近的一部分，更早的没有列出。");
        }
        for record in &part.records {
            let rows: Vec<_> = record
                .0
                .iter()
                .map(|field| (field.label, field.value.as_str()))
                .collect();
            paper.table(&rows);
        }
    }
    paper.finish()
}

#[cfg(test)]
mod tests {
    use super::super::record::{Field, Record};
    use super::*;

    #[test]
    fn parts_become_a_pdf() {
        let field = Field {
            key: "name",
            label: "姓名",
            value: "陈思远".to_owned(),
        };
        let part = |records| Part {
            key: "account",
            title: "账号",
            records,
            cut: true,
        };
        let parts = [part(vec![Record(vec![field])]), part(Vec::new())];
        let bytes = write(&parts, "2026-11-25 09:30").unwrap();
        assert!(bytes.starts_with(b"%PDF-"));
        let found = outside::objects::sniff::sniff_bytes(&bytes);
        assert_eq!(found.kind, outside::objects::sniff::Kind::Pdf);
    }
}
