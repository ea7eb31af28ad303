//! The page of 雇主品牌.

use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use base::db::{JsonText, Tx};
use formats::lists::COMPANY_SIZES;

use super::brand::{self, Brand, BrandData, PICTURES, Words};
use super::choices::Choice;
use super::fields::Fields;
use super::home::sample_viewer;
use super::outward::Upload;
use super::store;
use crate::accounts::{CompanyAdmin, CompanyMember};
use crate::audit;
use crate::dictionaries::lists::List;
use crate::files::{self, FileRef, Purpose};
use crate::ids::FileId;
use crate::layout::Chrome;
use crate::state::AppState;
use crate::web::{FormErrors, PageError, PageResult};

/// Names of the album's fields: a form's errors are by fixed names.
const ALBUM: [&str; PICTURES] = [
    "album_1", "album_2", "album_3", "album_4", "album_5", "album_6",
];
/// What pictures are part of.
const BRAND: &str = "brand";
const GONE: &str = "上传的文件已失效，请重新上传";

/// A picture of the form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Picture {
    /// The form's field.
    pub field: &'static str,
    /// Its label.
    pub label: String,
    /// Reference of the upload; empty: none.
    pub reference: String,
    /// Name of the upload.
    pub name: String,
    /// Where the saved one can be looked at; empty: none.
    pub link: String,
}

/// The text fields, as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BrandForm {
    /// 简称.
    pub short_name: String,
    /// Code of 规模.
    pub scale: String,
    /// 福利.
    pub benefits: String,
    /// 官网.
    pub website: String,
    /// 视频.
    pub video_url: String,
    /// 介绍.
    pub intro: String,
}

/// `/company/brand`
#[derive(Debug, Template)]
#[template(path = "company/brand.html")]
pub struct BrandPage {
    /// The frame.
    pub chrome: Chrome,
    /// The reader may change it.
    pub admin: bool,
    /// It was saved just now.
    pub saved: bool,
    /// The form.
    pub form: BrandForm,
    /// What it offers as 规模.
    pub scales: Choice,
    /// Logo.
    pub logo: Picture,
    /// 相册.
    pub album: Vec<Picture>,
    /// The version that the page was made from.
    pub version: i64,
    /// What is wrong.
    pub errors: FormErrors,
}

impl BrandPage {
    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        let picture = |field, label: &str| Picture {
            field,
            label: label.to_owned(),
            ..Picture::default()
        };
        Self {
            chrome: Chrome::company(sample_viewer(), "雇主品牌", "/company/brand"),
            admin: true,
            saved: false,
            form: BrandForm {
                short_name: "澄源".to_owned(),
                scale: "L4".to_owned(),
                benefits: "五险一金，带薪年假，年度体检".to_owned(),
                website: "https://www.chengyuan.example".to_owned(),
                video_url: "ftp://x".to_owned(),
                intro: "专注于工业与汽车电源管理芯片的设计公司。".to_owned(),
            },
            scales: Choice::built_in(List::Sizes),
            logo: picture("logo", "企业 logo"),
            album: ALBUM.map(|field| picture(field, "相册")).to_vec(),
            version: 3,
            errors: FormErrors::one("video_url", "请填写完整的网址"),
        }
    }

    /// 规模.
    pub fn sizes(&self) -> Vec<(&str, &str)> {
        self.scales.offered()
    }
}

async fn build(state: &AppState, member: &CompanyMember) -> PageResult<(BrandPage, Brand)> {
    let brand = brand::find(&state.db, member.company).await?;
    let details = store::details(&state.db, member.company)
        .await?
        .ok_or(PageError::NotFound)?;
    let picture = |field, label: &str, purpose, file: Option<FileId>| Picture {
        field,
        label: label.to_owned(),
        reference: file
            .map(|id| FileRef::issue(&state.signer, id, purpose))
            .unwrap_or_default(),
        name: file.map_or("", |_| "已上传").to_owned(),
        link: file
            .map(|id| files::link(state, id, state.now_ms()))
            .unwrap_or_default(),
    };
    let album = &brand.data.0.album;
    let scales = Choice::load(&state.db, List::Sizes).await?;
    let scale = scales
        .code_of(&details.scale)
        .or_else(|| COMPANY_SIZES.code_of(&details.scale));
    let scale = scale.unwrap_or_default().to_owned();
    let page = BrandPage {
        chrome: Chrome::member(member, "雇主品牌", "/company/brand"),
        admin: member.admin,
        saved: false,
        form: BrandForm {
            short_name: brand.short_name.clone(),
            scale: scale.clone(),
            benefits: brand.data.0.benefits.join("，"),
            website: brand.website.clone(),
            video_url: brand.video_url.clone(),
            intro: details.intro,
        },
        // One that was switched off may be kept by whoever has it.
        scales: scales.keeping(&scale),
        logo: picture("logo", "企业 logo", Purpose::Logo, brand.logo_file),
        album: (1..)
            .zip(ALBUM)
            .map(|(n, field)| {
                let file = album.get(n - 1).copied();
                picture(field, &format!("相册 {n}"), Purpose::Album, file)
            })
            .collect(),
        version: brand.version,
        errors: FormErrors::default(),
    };
    Ok((page, brand))
}

/// `GET /company/brand`
pub(super) async fn page(
    State(state): State<AppState>,
    member: CompanyMember,
    Query(fields): Query<Fields>,
) -> PageResult<Html<String>> {
    let (mut page, _) = build(&state, &member).await?;
    page.saved = fields.is_on("saved");
    Ok(Html(page.render()?))
}

/// `POST /company/brand`
pub(super) async fn save(
    State(state): State<AppState>,
    CompanyAdmin(admin): CompanyAdmin,
    Form(fields): Form<Fields>,
) -> PageResult<Response> {
    let (mut page, old) = build(&state, &admin).await?;
    let mut errors = FormErrors::default();
    let words = brand::check(&fields, &page.scales, &mut errors);
    if errors.is_empty() {
        match write(&state, &admin, &fields, (words, &old)).await? {
            Ok(()) => return Ok(Redirect::to("/company/brand?saved=1").into_response()),
            Err(field) => errors.add(field, GONE),
        }
    }
    page.form = BrandForm {
        short_name: fields.own("short_name"),
        scale: fields.own("scale"),
        benefits: fields.own("benefits"),
        website: fields.own("website"),
        video_url: fields.own("video_url"),
        intro: fields.own("intro"),
    };
    for picture in std::iter::once(&mut page.logo).chain(&mut page.album) {
        picture.reference = fields.own(picture.field);
        picture.name = fields.own(&format!("{}_name", picture.field));
    }
    page.version = fields.version();
    page.errors = errors;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response())
}

/// Saves it. `Err` inside: the field of an upload that is gone.
async fn write(
    state: &AppState,
    admin: &CompanyMember,
    fields: &Fields,
    (words, old): (Words, &Brand),
) -> PageResult<Result<(), &'static str>> {
    let now_ms = state.now_ms();
    let company = admin.company.to_string();
    let mut tx = state.db.begin().await?;
    let mut pictures = Pictures {
        state,
        company: &company,
        kept: old
            .logo_file
            .into_iter()
            .chain(old.data.0.album.iter().copied())
            .collect(),
        tx: &mut tx,
    };
    let Ok(logo) = pictures.take(fields.text("logo"), Purpose::Logo).await? else {
        return Ok(Err("logo"));
    };
    let mut album = Vec::new();
    for field in ALBUM {
        match pictures.take(fields.text(field), Purpose::Album).await? {
            Ok(file) => album.extend(file),
            Err(()) => return Ok(Err(field)),
        }
    }
    let brand = Brand {
        short_name: words.short_name,
        logo_file: logo,
        website: words.website,
        video_url: words.video_url,
        data: JsonText(BrandData {
            benefits: words.benefits,
            album,
        }),
        version: fields.version(),
    };
    if !brand::save(&mut tx, admin.company, &brand, now_ms).await? {
        return Err(PageError::Conflict(
            "品牌资料已被其他人修改，请刷新页面后再改。",
        ));
    }
    for (purpose, kept) in [
        (Purpose::Logo, brand.logo_file.as_slice()),
        (Purpose::Album, &brand.data.0.album),
    ] {
        files::keep_only(&mut tx, purpose, (BRAND, &company), kept, now_ms).await?;
    }
    let intro = (words.scale.as_str(), words.intro.as_str());
    store::save_intro(&mut tx, admin.company, intro, now_ms).await?;
    audit::Entry::by(admin.id, "company.brand", "company", &admin.company)
        .write_in(&mut tx, now_ms)
        .await?;
    tx.commit().await?;
    Ok(Ok(()))
}

/// Takes the uploads of a form, those that were there before as they are.
struct Pictures<'a> {
    state: &'a AppState,
    company: &'a str,
    kept: Vec<FileId>,
    tx: &'a mut Tx,
}

impl Pictures<'_> {
    async fn take(
        &mut self,
        text: &str,
        purpose: Purpose,
    ) -> Result<Result<Option<FileId>, ()>, sqlx::Error> {
        if text.is_empty() {
            return Ok(Ok(None));
        }
        let Some(upload) = Upload::read(self.state, text, purpose) else {
            return Ok(Err(()));
        };
        let kept = self
            .kept
            .iter()
            .copied()
            .find(|id| *id == upload.reference.id());
        let to = (BRAND, self.company);
        let now_ms = self.state.now_ms();
        let file = upload.attach(self.tx, to, kept, now_ms).await?;
        Ok(file.map(Some).ok_or(()))
    }
}
