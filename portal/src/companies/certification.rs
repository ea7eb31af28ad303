//! 认证信息 (A100): what the company is certified by. A change is reviewed, and until then the old
//! data stay in force; a first certification that came back is corrected here.

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use base::db::{JsonText, Tx, is_unique_violation};

use super::certifications::{self, Certification};
use super::choices::{Choices, ProvinceChoice};
use super::fields::Fields;
use super::home::sample_viewer;
use super::outward::Upload;
use super::profile::contact_of;
use super::rules::{self, CertificationData, Contact, Words};
use super::store::{self, Details};
use super::waiting::{Waiting, of_certification};
use crate::accounts::CompanyAccount;
use crate::audit;
use crate::files::{self, FileRef, Purpose};
use crate::ids::{CertificationId, FileId};
use crate::layout::{Chrome, chrome_of};
use crate::reviews::{Inbox, Kind, NewReview, store as reviews};
use crate::state::AppState;
use crate::web::{FormErrors, PageError, PageResult};

/// `/company/certification`
#[derive(Debug, Template)]
#[template(path = "company/certification.html")]
pub struct CertificationPage {
    /// The frame.
    pub chrome: Chrome,
    /// What is in force: label and value.
    pub facts: Vec<(&'static str, String)>,
    /// The company is certified.
    pub certified: bool,
    /// What is under review, or came back.
    pub waiting: Option<Waiting>,
    /// The reader may change it now.
    pub editable: bool,
    /// How the company is reached is asked for too: at the first certification.
    pub first: bool,
    /// The form.
    pub data: CertificationData,
    /// What it lets choose.
    pub choices: Choices,
    /// Reference and name of the licence.
    pub licence: (String, String),
    /// The same of the letter, at the first certification.
    pub letter: (String, String),
    /// What is under review now: label and value; empty: nothing is.
    pub submitted: Vec<(&'static str, String)>,
    /// Where the licence that was handed in can be looked at.
    pub licence_link: String,
    /// The same of the letter.
    pub letter_link: String,
    /// What stands at the code although it is taken.
    pub code_remark: Option<&'static str>,
    /// What is wrong.
    pub errors: FormErrors,
}

impl CertificationPage {
    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        let data = CertificationData {
            name: "澄源半导体（示例）".to_owned(),
            code: "91430100MA4L10101C".to_owned(),
            province: "43".to_owned(),
            city: "430100".to_owned(),
            address: "岳麓区示例大道 1111 号".to_owned(),
            nature: "39".to_owned(),
            industry: "C".to_owned(),
            licence: None,
            letter: None,
            contact: Contact::default(),
            words: Words::default(),
        };
        Self {
            chrome: Chrome::company(sample_viewer(), "认证信息", "/company/certification"),
            facts: data.facts(),
            certified: true,
            waiting: Some(Waiting {
                kind: Kind::Recertification,
                state: crate::reviews::State::Returned,
                reason: "营业执照不清晰".to_owned(),
                ..Waiting::sample()
            }),
            editable: true,
            first: false,
            code_remark: rules::code_remark(&data.code),
            data,
            choices: Choices::built_in(),
            licence: (String::new(), String::new()),
            letter: (String::new(), String::new()),
            submitted: Vec::new(),
            licence_link: "/files/1".to_owned(),
            letter_link: "/files/2".to_owned(),
            errors: FormErrors::default(),
        }
    }

    /// Provinces with their cities.
    pub fn provinces(&self) -> Vec<ProvinceChoice> {
        self.choices.places()
    }

    /// 单位性质.
    pub fn natures(&self) -> Vec<(&str, &str)> {
        self.choices.natures.offered()
    }

    /// 所属行业.
    pub fn industries(&self) -> Vec<(&str, &str)> {
        self.choices.industries.offered()
    }
}

/// The page's facts.
struct Facts {
    /// The company.
    details: Details,
    /// What was handed in last.
    latest: Option<Certification>,
    /// The same, but for what was taken back: its papers are there.
    standing: Option<Certification>,
}

impl Facts {
    async fn load(state: &AppState, member: &CompanyAccount) -> PageResult<Self> {
        Ok(Self {
            details: store::details(&state.db, member.company)
                .await?
                .ok_or(PageError::NotFound)?,
            latest: certifications::latest(&state.db, member.company).await?,
            standing: certifications::latest_standing(&state.db, member.company).await?,
        })
    }

    /// What was handed in last, if it came back.
    fn returned(&self) -> Option<&Certification> {
        self.latest
            .as_ref()
            .filter(|latest| latest.status == "returned")
    }

    fn is_running(&self) -> bool {
        self.latest
            .as_ref()
            .is_some_and(|latest| latest.status == "submitted")
    }

    /// A company that has not been certified hands in everything.
    fn is_first(&self) -> bool {
        matches!(
            self.details.status.as_str(),
            "draft" | "submitted" | "rejected"
        )
    }

    /// The licence that was handed in last and not taken back.
    fn licence(&self) -> Option<FileId> {
        self.standing.as_ref().and_then(|it| it.data.0.licence)
    }

    /// The letter that was handed in last and not taken back.
    fn letter(&self) -> Option<FileId> {
        self.standing.as_ref().and_then(|it| it.data.0.letter)
    }

    /// What the form begins with: what came back or was refused, else what is in force.
    fn start(&self) -> CertificationData {
        match &self.latest {
            Some(latest) if self.is_first() || latest.status == "returned" => latest.data.0.clone(),
            _ => in_force(&self.details, self.licence()),
        }
    }
}

fn in_force(details: &Details, licence: Option<FileId>) -> CertificationData {
    CertificationData {
        name: details.name.clone(),
        code: details.code.clone(),
        province: details.province_code.clone(),
        city: details.city_code.clone(),
        address: details.address.clone(),
        nature: details.nature_code.clone(),
        industry: details.industry_code.clone(),
        licence,
        letter: None,
        contact: contact_of(details),
        words: Words::default(),
    }
}

/// What waits for the reviewer, as it was handed in.
fn submitted(facts: &Facts, choices: &Choices) -> Vec<(&'static str, String)> {
    let running = facts.latest.as_ref().filter(|_| facts.is_running());
    running.map_or_else(Vec::new, |it| facts_of(it.data.0.clone(), choices))
}

/// Label and value of each, with the words that staff's lists have now.
fn facts_of(data: CertificationData, choices: &Choices) -> Vec<(&'static str, String)> {
    let words = choices.words_of(&data);
    CertificationData { words, ..data }.facts()
}

async fn build(
    state: &AppState,
    member: &CompanyAccount,
    facts: &Facts,
) -> PageResult<CertificationPage> {
    let waiting = match &facts.latest {
        Some(latest) if latest.status != "approved" => {
            of_certification(state, latest, &member.company_name).await?
        }
        _ => None,
    };
    let (data, current) = (facts.start(), in_force(&facts.details, None));
    let choices = Choices::load(&state.db).await?;
    let licence = facts.licence().map(|id| {
        let text = FileRef::issue(&state.signer, id, Purpose::Licence);
        (text, "已上传的营业执照".to_owned())
    });
    let letter = facts.letter().map(|id| {
        let text = FileRef::issue(&state.signer, id, Purpose::Letter);
        (text, "已上传的授权书".to_owned())
    });
    let now_ms = state.now_ms();
    let submitted = submitted(facts, &choices);
    let link = |file: Option<FileId>| {
        file.map(|id| files::private_link(state, id, member.id, now_ms))
            .unwrap_or_default()
    };
    Ok(CertificationPage {
        chrome: chrome_of(state, &member.session, "认证信息", "/company/certification").await?,
        facts: facts_of(current, &choices),
        certified: member.certified,
        waiting,
        editable: member.admin && !facts.is_running() && facts.details.status != "frozen",
        first: facts.is_first(),
        code_remark: rules::code_remark(&data.code),
        data,
        choices,
        licence: licence.unwrap_or_default(),
        letter: letter.unwrap_or_default(),
        submitted,
        licence_link: link(facts.licence()),
        letter_link: link(facts.letter()),
        errors: FormErrors::default(),
    })
}

/// `GET /company/certification`
pub(super) async fn page(
    State(state): State<AppState>,
    member: CompanyAccount,
) -> PageResult<Html<String>> {
    let facts = Facts::load(&state, &member).await?;
    Ok(Html(build(&state, &member, &facts).await?.render()?))
}

/// `POST /company/certification`
pub(super) async fn submit(
    State(state): State<AppState>,
    member: CompanyAccount,
    Form(fields): Form<Fields>,
) -> PageResult<Response> {
    if !member.admin {
        return Err(PageError::Forbidden("for the company's administrator"));
    }
    let facts = Facts::load(&state, &member).await?;
    let mut page = build(&state, &member, &facts).await?;
    if !page.editable {
        return Err(PageError::Conflict("认证信息正在审核，请等待结果。"));
    }
    let mut errors = FormErrors::default();
    let mut data = rules::check_identity(&fields, &page.choices, &mut errors);
    data.contact = if page.first {
        rules::check_contact(&fields, &mut errors)
    } else {
        contact_of(&facts.details)
    };
    let licence = Upload::read(&state, fields.text("licence"), Purpose::Licence);
    if licence.is_none() {
        errors.add("licence", "请上传营业执照");
    }
    let letter = Upload::read(&state, fields.text("letter"), Purpose::Letter);
    if page.first && letter.is_none() {
        errors.add("letter", "请上传盖章的授权书");
    }
    if let (Some(licence), true) = (licence, errors.is_empty()) {
        match hand_in(&state, &member, &facts, (data, licence, letter)).await? {
            Ok(()) => return Ok(Redirect::to("/company/certification").into_response()),
            Err((name, text)) => errors.add(name, text),
        }
    }
    page.data = rules::as_typed(&fields);
    page.code_remark = rules::code_remark(fields.text("code"));
    page.licence = (fields.own("licence"), fields.own("licence_name"));
    page.letter = (fields.own("letter"), fields.own("letter_name"));
    page.errors = errors;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page.render()?)).into_response())
}

/// Hands data in, or again. `Err` inside: a field and what is wrong with it.
async fn hand_in(
    state: &AppState,
    member: &CompanyAccount,
    facts: &Facts,
    (mut data, licence, letter): (CertificationData, Upload, Option<Upload>),
) -> PageResult<Result<(), (&'static str, &'static str)>> {
    const TAKEN: (&str, &str) = ("name", "该单位名称或代码已由其他账号登记");
    let (now_ms, first) = (state.now_ms(), facts.is_first());
    let org_code = data.org_code().unwrap_or_default();
    let other = store::known(&state.db, &org_code, &data.name).await?;
    if other.is_some_and(|other| other.id != member.company) {
        return Ok(Err(TAKEN));
    }
    let id = facts
        .returned()
        .map_or_else(CertificationId::new, |it| it.id);
    let subject = id.to_string();
    let mut tx = state.db.begin().await?;
    if first {
        match store::rename(&mut tx, member.company, &data, now_ms).await {
            Err(error) if is_unique_violation(&error) => return Ok(Err(TAKEN)),
            done => done?,
        }
        store::set_status(&mut tx, member.company, "submitted", now_ms).await?;
    }
    let papers = (licence, letter.filter(|_| first));
    if let Err(field) = attach(&mut tx, &subject, facts, papers, (&mut data, now_ms)).await? {
        return Ok(Err((field, "上传的文件已失效，请重新上传")));
    }
    let review = NewReview {
        kind: if first {
            Kind::Company
        } else {
            Kind::Recertification
        },
        subject: subject.clone(),
        inbox: Inbox::Platform,
        company: Some(member.company),
        title: data.name.clone(),
        flags: data.flags(),
        by: member.id,
    };
    if facts.returned().is_some() {
        let again = certifications::redo(&mut tx, (id, member.company), &data, member.id).await?;
        if !again || !reviews::resubmit(&mut tx, &review, now_ms).await? {
            return Err(PageError::Conflict("审核的状态已经变化，请刷新页面。"));
        }
    } else {
        let certification = Certification {
            id,
            company_id: member.company,
            kind: if first { "first" } else { "change" }.to_owned(),
            data: JsonText(data),
            status: "submitted".to_owned(),
            submitted_by: member.id,
            created_ms: now_ms,
        };
        match certifications::add(&mut tx, &certification, now_ms).await {
            Err(error) if is_unique_violation(&error) => {
                return Err(PageError::Conflict("认证信息正在审核，请等待结果。"));
            }
            done => done?,
        }
        reviews::submit(&mut tx, &review, now_ms).await?;
    }
    audit::Entry::by(member.id, "certification.submit", "certification", &id)
        .write_in(&mut tx, now_ms)
        .await?;
    tx.commit().await?;
    Ok(Ok(()))
}

/// Attaches the files, instead of those that came back with the same data. Who acts for the
/// company is asked once; a change of its data goes on with that letter. `Err` inside: the field
/// of a file that is gone.
async fn attach(
    tx: &mut Tx,
    subject: &str,
    facts: &Facts,
    (licence, letter): (Upload, Option<Upload>),
    (data, now_ms): (&mut CertificationData, i64),
) -> Result<Result<(), &'static str>, sqlx::Error> {
    let to = ("certification", subject);
    data.licence = licence.attach(tx, to, facts.licence(), now_ms).await?;
    data.letter = match letter {
        Some(letter) => letter.attach(tx, to, facts.letter(), now_ms).await?,
        None => facts.letter(),
    };
    keep_papers(tx, subject, (data.licence, data.letter), now_ms).await?;
    Ok(if data.licence.is_none() {
        Err("licence")
    } else if facts.is_first() && data.letter.is_none() {
        Err("letter")
    } else {
        Ok(())
    })
}

/// Says which licence and which letter are part of a certification from now on. What it names of
/// an earlier one stays part of that one.
async fn keep_papers(
    tx: &mut Tx,
    subject: &str,
    (licence, letter): (Option<FileId>, Option<FileId>),
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    let of = ("certification", subject);
    files::keep_only(tx, Purpose::Licence, of, licence.as_slice(), now_ms).await?;
    files::keep_only(tx, Purpose::Letter, of, letter.as_slice(), now_ms).await
}

/// `POST /company/certification/withdraw`: takes a change back, with its papers; what is in force
/// stays.
pub(super) async fn withdraw(
    State(state): State<AppState>,
    member: CompanyAccount,
) -> PageResult<Redirect> {
    if !member.admin {
        return Err(PageError::Forbidden("for the company's administrator"));
    }
    let latest = certifications::latest(&state.db, member.company)
        .await?
        .filter(|latest| !latest.is_first())
        .ok_or(PageError::NotFound)?;
    let now_ms = state.now_ms();
    let subject = latest.id.to_string();
    let mut tx = state.db.begin().await?;
    let taken_back = certifications::settle(&mut tx, latest.id, "withdrawn", now_ms).await?
        && reviews::withdraw(&mut tx, Kind::Recertification, &subject, member.id, now_ms).await?;
    if !taken_back {
        return Err(PageError::Conflict("这次变更已经审核完毕。"));
    }
    keep_papers(&mut tx, &subject, (None, None), now_ms).await?;
    audit::Entry::by(
        member.id,
        "certification.withdraw",
        "certification",
        &latest.id,
    )
    .write_in(&mut tx, now_ms)
    .await?;
    tx.commit().await?;
    Ok(Redirect::to("/company/certification"))
}
