//! 开票资料 (A105): what a company's invoices are made out with. Who may pay may change it.

use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use base::db::{Db, JsonText, Tx, on_db};
use formats::Fault;
use formats::invoice::{Draft, Holder, Kind, Title};

use super::fields::Fields;
use super::home::sample_viewer;
use super::store;
use crate::accounts::{CompanyMember, Payer};
use crate::audit;
use crate::ids::CompanyId;
use crate::layout::Chrome;
use crate::state::AppState;
use crate::web::{FormErrors, PageError, PageResult};

base::queries! {
    /// A company's invoice data.
    FIND_INVOICE = "SELECT data, version FROM invoice_profiles WHERE company_id = $1";
    /// Saves them, unless somebody else saved meanwhile.
    SAVE_INVOICE = "INSERT INTO invoice_profiles (company_id, data, updated_ms)
        VALUES ($1, $2, $3)
        ON CONFLICT (company_id) DO UPDATE SET data = $2, updated_ms = $3,
            version = invoice_profiles.version + 1
            WHERE invoice_profiles.version = $4
        RETURNING version";
}

/// `/company/invoice`
#[derive(Debug, Template)]
#[template(path = "company/invoice.html")]
pub struct InvoicePage {
    /// The frame.
    pub chrome: Chrome,
    /// It was saved just now.
    pub saved: bool,
    /// The tax number's check digit is wrong: it is taken, and said.
    pub doubtful: bool,
    /// The form.
    pub form: Draft,
    /// The version that the page was made from; 0: none yet.
    pub version: i64,
    /// What is wrong.
    pub errors: FormErrors,
}

impl InvoicePage {
    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        Self {
            chrome: Chrome::company(sample_viewer(), "开票资料", "/company/invoice"),
            saved: false,
            doubtful: true,
            form: Draft {
                title: "澄源半导体（示例）".to_owned(),
                tax_number: "91430100MA4L10101C".to_owned(),
                email: "finance@chengyuan.example".to_owned(),
                ..Draft::default()
            },
            version: 1,
            errors: FormErrors::one("bank", "请填写开户行"),
        }
    }

    fn new(member: &CompanyMember, form: Draft, version: i64) -> Self {
        Self {
            chrome: Chrome::member(member, "开票资料", "/company/invoice"),
            saved: false,
            doubtful: form
                .check()
                .is_ok_and(|title| title.is_tax_number_doubtful()),
            form,
            version,
            errors: FormErrors::default(),
        }
    }

    /// 发票类型: word, label, and whether it is chosen.
    pub fn kinds(&self) -> Vec<(&'static str, &'static str, bool)> {
        let of = |kind: &Kind| (kind.as_str(), kind.zh(), *kind == self.form.kind);
        Kind::ALL.iter().map(of).collect()
    }

    /// 抬头类型: word, label, and whether it is chosen.
    pub fn holders(&self) -> Vec<(&'static str, &'static str, bool)> {
        let of = |holder: &Holder| (holder.as_str(), holder.zh(), *holder == self.form.holder);
        Holder::ALL.iter().map(of).collect()
    }
}

/// A company's invoice data and their version. `None`: it has given none.
///
/// # Errors
/// The database failed.
pub async fn find(db: &Db, company: CompanyId) -> Result<Option<(Title, i64)>, sqlx::Error> {
    let row: Option<(JsonText<Title>, i64)> = on_db!(db, c => sqlx::query_as(FIND_INVOICE)
        .bind(company).fetch_optional(c).await)?;
    Ok(row.map(|(title, version)| (title.0, version)))
}

/// Saves invoice data over `version`. `false`: somebody else saved meanwhile.
///
/// # Errors
/// The database failed.
pub async fn save(
    tx: &mut Tx,
    (company, version): (CompanyId, i64),
    title: &Title,
    now_ms: i64,
) -> Result<bool, sqlx::Error> {
    let row: Option<(i64,)> = on_db!(tx, c => sqlx::query_as(SAVE_INVOICE)
        .bind(company).bind(JsonText(title)).bind(now_ms).bind(version)
        .fetch_optional(c).await)?;
    Ok(row.is_some())
}

/// `GET /company/invoice`
pub(super) async fn page(
    State(state): State<AppState>,
    Payer(member): Payer,
    Query(fields): Query<Fields>,
) -> PageResult<Html<String>> {
    let found = find(&state.db, member.company).await?;
    let (form, version) = match found {
        Some((title, version)) => (title.into_draft(), version),
        None => (start(&state, &member).await?, 0),
    };
    let mut page = InvoicePage::new(&member, form, version);
    page.saved = fields.is_on("saved");
    Ok(Html(page.render()?))
}

/// What is known of the company already.
async fn start(state: &AppState, member: &CompanyMember) -> PageResult<Draft> {
    let details = store::details(&state.db, member.company)
        .await?
        .ok_or(PageError::NotFound)?;
    Ok(Draft {
        title: details.name,
        tax_number: details.code,
        email: details.official_email,
        ..Draft::default()
    })
}

/// `POST /company/invoice`
pub(super) async fn submit(
    State(state): State<AppState>,
    Payer(member): Payer,
    Form(fields): Form<Fields>,
) -> PageResult<Response> {
    let mut errors = FormErrors::default();
    let kind = Kind::from_word(fields.text("kind"));
    if kind.is_none() {
        errors.add("kind", "请选择发票类型");
    }
    let holder = Holder::from_word(fields.text("holder"));
    if holder.is_none() {
        errors.add("holder", "请选择抬头类型");
    }
    let draft = Draft {
        kind: kind.unwrap_or_default(),
        holder: holder.unwrap_or_default(),
        title: fields.own("title"),
        tax_number: fields.own("tax_number"),
        address: fields.own("address"),
        phone: fields.own("phone"),
        bank: fields.own("bank"),
        account: fields.own("account"),
        email: fields.own("email"),
        mobile: fields.own("mobile"),
        remark: fields.own("remark"),
    };
    let checked = draft.check();
    for fault in checked.as_ref().err().into_iter().flatten() {
        errors.add(fault.field.as_str(), fault.zh());
    }
    let (Ok(title), true) = (checked, errors.is_empty()) else {
        let mut page = InvoicePage::new(&member, draft, fields.version());
        page.errors = errors;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response());
    };
    let now_ms = state.now_ms();
    let mut tx = state.db.begin().await?;
    if !save(&mut tx, (member.company, fields.version()), &title, now_ms).await? {
        return Err(PageError::Conflict(
            "开票资料已被其他人修改，请刷新页面后再改。",
        ));
    }
    audit::Entry::by(member.id, "company.invoice", "company", &member.company)
        .write_in(&mut tx, now_ms)
        .await?;
    tx.commit().await?;
    Ok(Redirect::to("/company/invoice?saved=1").into_response())
}
