//! 雇主品牌 (A103): what students see of the company beside its jobs.

use base::db::{Db, JsonText, Tx, on_db};
use formats::text;
use serde::{Deserialize, Serialize};

use super::choices::Choice;
use super::fields::Fields;
use super::rules::{INTRO_CHARS, check_lines, taken};
use crate::ids::{CompanyId, FileId};
use crate::web::FormErrors;

/// Longest 简称, characters.
pub const SHORT_NAME_CHARS: (usize, usize) = (2, 20);
/// Benefits that a company may name.
pub const BENEFITS: usize = 12;
/// Longest benefit, characters.
pub const BENEFIT_CHARS: (usize, usize) = (2, 12);
/// Pictures of the album.
pub const PICTURES: usize = 6;
/// Longest address of a site or a film, bytes.
pub const URL_BYTES: usize = 200;

base::queries! {
    /// A company's brand.
    FIND_BRAND = "SELECT short_name, logo_file, website, video_url, data, version
        FROM company_brands WHERE company_id = $1";
    /// Saves it, unless somebody else saved meanwhile.
    SAVE_BRAND = "INSERT INTO company_brands (company_id, short_name, logo_file, website,
            video_url, data, updated_ms)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (company_id) DO UPDATE SET short_name = $2, logo_file = $3, website = $4,
            video_url = $5, data = $6, updated_ms = $7, version = company_brands.version + 1
            WHERE company_brands.version = $8
        RETURNING version";
}

/// What is kept as JSON.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BrandData {
    /// 福利.
    pub benefits: Vec<String>,
    /// 相册.
    pub album: Vec<FileId>,
}

/// A company's brand.
#[derive(Debug, Clone, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct Brand {
    /// 简称; may be empty.
    pub short_name: String,
    /// Logo.
    pub logo_file: Option<FileId>,
    /// 官网, `http://` or `https://`; may be empty.
    pub website: String,
    /// 视频, `http://` or `https://`; may be empty.
    pub video_url: String,
    /// Benefits and album.
    pub data: JsonText<BrandData>,
    /// Counts changes; 0: none yet.
    pub version: i64,
}

/// The text fields of the form, checked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Words {
    pub(super) short_name: String,
    pub(super) website: String,
    pub(super) video_url: String,
    pub(super) benefits: Vec<String>,
    /// 规模, as shown.
    pub(super) scale: String,
    pub(super) intro: String,
}

/// Checks the text fields, 规模 by what `sizes` offer; all but the introduction may be empty.
pub(super) fn check(fields: &Fields, sizes: &Choice, errors: &mut FormErrors) -> Words {
    let short_name = match fields.text("short_name").trim() {
        "" => String::new(),
        name => taken(
            errors,
            "short_name",
            text::plain_line(name, SHORT_NAME_CHARS),
        ),
    };
    let scale = match fields.text("scale") {
        "" => "",
        code if sizes.has(code) => sizes.label(code),
        _ => {
            errors.add("scale", "请选择规模");
            ""
        }
    };
    Words {
        short_name,
        website: check_url(fields, "website", errors),
        video_url: check_url(fields, "video_url", errors),
        benefits: check_benefits(fields.text("benefits"), errors),
        scale: scale.to_owned(),
        intro: check_lines(fields.text("intro"), INTRO_CHARS, (errors, "intro")),
    }
}

/// Benefits between commas, spaces or line ends; each once.
fn check_benefits(typed: &str, errors: &mut FormErrors) -> Vec<String> {
    let mut benefits: Vec<String> = Vec::new();
    for part in typed.split(['，', ',', '、', '；', ';', '\n']) {
        if part.trim().is_empty() {
            continue;
        }
        match text::plain_line(part, BENEFIT_CHARS) {
            Ok(benefit) if !benefits.contains(&benefit) => benefits.push(benefit),
            Ok(_) => {}
            Err(_) => {
                let (least, most) = BENEFIT_CHARS;
                errors.add("benefits", format!("每项福利为 {least} 至 {most} 个字"));
            }
        }
    }
    if benefits.len() > BENEFITS {
        errors.add("benefits", format!("最多 {BENEFITS} 项"));
    }
    benefits
}

/// An address that a page may link to: nothing but http and https ever becomes a link.
fn check_url(fields: &Fields, name: &'static str, errors: &mut FormErrors) -> String {
    let typed = fields.text(name).trim();
    if typed.is_empty() {
        return String::new();
    }
    let rest = typed
        .strip_prefix("https://")
        .or_else(|| typed.strip_prefix("http://"));
    let good = rest.is_some_and(|rest| {
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        host.contains('.')
            && !host.contains('@')
            && typed.len() <= URL_BYTES
            && typed
                .bytes()
                .all(|b| b.is_ascii_graphic() && b != b'"' && b != b'<' && b != b'>')
    });
    if !good {
        errors.add(name, "请填写完整的网址，如 https://www.demo.example");
    }
    typed.to_owned()
}

/// A company's brand; none yet: an empty one.
///
/// # Errors
/// The database failed.
pub async fn find(db: &Db, company: CompanyId) -> Result<Brand, sqlx::Error> {
    let row: Option<Brand> = on_db!(db, c => sqlx::query_as(FIND_BRAND)
        .bind(company).fetch_optional(c).await)?;
    Ok(row.unwrap_or_default())
}

/// Saves a brand over the version that it names. `false`: somebody else saved meanwhile.
///
/// # Errors
/// The database failed.
pub async fn save(
    tx: &mut Tx,
    company: CompanyId,
    brand: &Brand,
    now_ms: i64,
) -> Result<bool, sqlx::Error> {
    let row: Option<(i64,)> = on_db!(tx, c => sqlx::query_as(SAVE_BRAND)
        .bind(company)
        .bind(&brand.short_name)
        .bind(brand.logo_file)
        .bind(&brand.website)
        .bind(&brand.video_url)
        .bind(&brand.data)
        .bind(now_ms)
        .bind(brand.version)
        .fetch_optional(c).await)?;
    Ok(row.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dictionaries::lists::List;

    fn sizes() -> Choice {
        Choice::built_in(List::Sizes)
    }

    fn fields(pairs: &[(&str, &str)]) -> Fields {
        serde_json::from_value(serde_json::json!(pairs)).unwrap()
    }

    #[test]
    fn only_addresses_of_the_web_become_links() {
        for bad in [
            "javascript:alert(1)",
            "www.demo.example",
            "https://x",
            "ftp://a.example",
            "https://a.example/\"onload",
            "https://u@a.example",
        ] {
            let mut errors = FormErrors::default();
            check(&fields(&[("website", bad)]), &sizes(), &mut errors);
            assert!(errors.get("website").is_some(), "{bad}");
        }
        let mut errors = FormErrors::default();
        let good = fields(&[("website", " https://www.demo.example/a?b=1 ")]);
        assert_eq!(
            check(&good, &sizes(), &mut errors).website,
            "https://www.demo.example/a?b=1"
        );
        assert!(errors.is_empty());
    }

    #[test]
    fn benefits_are_read_however_they_are_separated() {
        let mut errors = FormErrors::default();
        let words = check(
            &fields(&[("benefits", "五险一金，带薪年假、五险一金\n年度体检")]),
            &sizes(),
            &mut errors,
        );
        assert_eq!(words.benefits, ["五险一金", "带薪年假", "年度体检"]);
        assert!(errors.is_empty());
        check(&fields(&[("benefits", "<b>好</b>")]), &sizes(), &mut errors);
        assert!(errors.get("benefits").is_some());
    }
}
