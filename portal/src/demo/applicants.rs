//! What waits for somebody's decision in the demo: a company for its certification, a person who
//! asks to join a company, a member who claims the administration of his.

use anyhow::Context;
use base::db::{JsonText, Tx};
use formats::{lists, regions};

use super::{data, seed};
use crate::accounts::AccountKind;
use crate::accounts::store::{self as accounts, NewAccount};
use crate::companies::certifications::{self, Certification};
use crate::companies::claims::{self, Claim};
use crate::companies::members::store::{self as members, NewPlace};
use crate::companies::rules::{CertificationData, Contact, Words};
use crate::companies::{joins, store as companies};
use crate::ids::{AccountId, AdminClaimId, CertificationId, CompanyId, FileId, SchoolId};
use crate::reviews::{Inbox, Kind, NewReview, store as reviews};

/// Short name, name and what each waits for.
pub const PEOPLE: &[(&str, &str, &str)] = &[
    (
        "applicant-01",
        "辛远舟",
        "星河新材料（示例） · 等待企业认证",
    ),
    ("applicant-02", "𠮷田䶮", "申请加入 澄源半导体（示例）"),
];
/// The company that waits for its certification. The check digit of its code is wrong, so that
/// its reviewer has something to look at.
const NEW_COMPANY: (&str, &str) = ("星河新材料（示例）", "91430100MADEM0070E");

/// A company with its people, the administrator first.
pub(super) struct Staffed {
    pub(super) company: CompanyId,
    pub(super) name: String,
    pub(super) members: Vec<AccountId>,
}

/// Who is there already.
pub(super) struct Cast<'a> {
    pub(super) now_ms: i64,
    pub(super) password_hash: &'a str,
    pub(super) school: SchoolId,
    pub(super) companies: &'a [Staffed],
}

/// Gives a company of the demo what a certified one has.
pub(super) async fn certify(
    tx: &mut Tx,
    id: CompanyId,
    company: &data::Company,
    now_ms: i64,
) -> anyhow::Result<()> {
    let city = regions::city_named(&company.city).context("the city")?;
    let data = CertificationData {
        name: company.name.clone(),
        code: company.code.clone(),
        province: city.province().code.to_owned(),
        city: city.code.to_owned(),
        address: format!("{}示例路 1 号", city.name),
        nature: code_of(&lists::COMPANY_NATURES, &company.nature)?,
        industry: code_of(&lists::INDUSTRIES, &company.industry)?,
        licence: None,
        letter: None,
        contact: contact(),
        words: Words::default(),
    };
    companies::apply(tx, id, &data, true, now_ms).await?;
    Ok(())
}

/// Lets a company of the demo come to the demo school.
pub(super) async fn join_school(
    tx: &mut Tx,
    company: CompanyId,
    school: SchoolId,
    now_ms: i64,
) -> anyhow::Result<()> {
    let join = joins::ask(tx, company, school, now_ms).await?;
    let join = join.context("a fresh company is not blocked")?;
    joins::set(tx, join, ("approved", ""), now_ms).await?;
    Ok(())
}

fn code_of(list: &lists::List, zh: &str) -> anyhow::Result<String> {
    let code = list
        .code_of(zh)
        .with_context(|| format!("{zh} in {}", list.zh))?;
    Ok(code.to_owned())
}

fn contact() -> Contact {
    Contact {
        tel: "0731-88888888".to_owned(),
        official_email: "office@demo.example".to_owned(),
        hr_email: "hr@demo.example".to_owned(),
        postcode: "410000".to_owned(),
    }
}

/// Puts the applicants in, and lets one member pay.
pub(super) async fn fill(tx: &mut Tx, cast: &Cast<'_>) -> anyhow::Result<()> {
    let [first, second, ..] = cast.companies else {
        anyhow::bail!("the demo has two companies at least");
    };
    new_company(tx, cast).await.context(NEW_COMPANY.0)?;
    wants_to_join(tx, cast, first).await?;
    claims_administration(tx, cast, second).await?;
    let payer = first.members.last().context("a member")?;
    members::let_pay(tx, *payer, first.company, true).await?;
    Ok(())
}

async fn account(tx: &mut Tx, cast: &Cast<'_>, index: usize) -> anyhow::Result<AccountId> {
    let (who, name, _) = PEOPLE[index];
    let account = NewAccount {
        id: AccountId::new(),
        kind: AccountKind::Company,
        mobile: Some(format!("1390000{:04}", index + 1)),
        email: Some(seed::email(who)),
        password_hash: cast.password_hash.to_owned(),
        real_name: name.to_owned(),
        nickname: name.to_owned(),
        department: "人力资源部".to_owned(),
    };
    accounts::add(tx, &account, cast.now_ms).await?;
    Ok(account.id)
}

async fn new_company(tx: &mut Tx, cast: &Cast<'_>) -> anyhow::Result<()> {
    let (company, id) = (CompanyId::new(), CertificationId::new());
    let data = CertificationData {
        name: NEW_COMPANY.0.to_owned(),
        code: NEW_COMPANY.1.to_owned(),
        province: "43".to_owned(),
        city: "430100".to_owned(),
        address: "岳麓区示例大道 1111 号".to_owned(),
        nature: "39".to_owned(),
        industry: "C".to_owned(),
        licence: None,
        letter: None,
        contact: Contact {
            official_email: "xinghe@163.com".to_owned(),
            ..contact()
        },
        words: Words::default(),
    };
    companies::register(tx, company, &data, Some(cast.school), cast.now_ms).await?;
    let account = account(tx, cast, 0).await?;
    let place = NewPlace {
        account,
        company,
        admin: true,
        approved: true,
        may_pay: true,
    };
    members::add(tx, &place, cast.now_ms).await?;
    joins::pick(tx, company, cast.school, cast.now_ms).await?;
    let review = NewReview {
        kind: Kind::Company,
        subject: id.to_string(),
        inbox: Inbox::Platform,
        company: Some(company),
        title: data.name.clone(),
        flags: data.flags(),
        by: account,
    };
    let certification = Certification {
        id,
        company_id: company,
        kind: "first".to_owned(),
        data: JsonText(data),
        status: "submitted".to_owned(),
        submitted_by: account,
        created_ms: cast.now_ms,
    };
    certifications::add(tx, &certification, cast.now_ms).await?;
    reviews::submit(tx, &review, cast.now_ms).await?;
    Ok(())
}

async fn wants_to_join(tx: &mut Tx, cast: &Cast<'_>, at: &Staffed) -> anyhow::Result<()> {
    let account = account(tx, cast, 1).await?;
    let place = NewPlace {
        account,
        company: at.company,
        admin: false,
        approved: false,
        may_pay: false,
    };
    members::add(tx, &place, cast.now_ms).await?;
    let review = NewReview {
        kind: Kind::Membership,
        subject: account.to_string(),
        inbox: Inbox::Company(at.company),
        company: Some(at.company),
        title: PEOPLE[1].1.to_owned(),
        flags: Vec::new(),
        by: account,
    };
    reviews::submit(tx, &review, cast.now_ms).await?;
    Ok(())
}

async fn claims_administration(tx: &mut Tx, cast: &Cast<'_>, at: &Staffed) -> anyhow::Result<()> {
    let account = *at.members.last().context("a member")?;
    let claim = Claim {
        id: AdminClaimId::new(),
        company_id: at.company,
        account_id: account,
        // The demo has no scan of a letter: the reviewer's link to it leads nowhere.
        letter_file: FileId::new(),
        status: "submitted".to_owned(),
        created_ms: cast.now_ms,
    };
    claims::add(tx, &claim, cast.now_ms).await?;
    let review = NewReview {
        kind: Kind::AdminClaim,
        subject: claim.id.to_string(),
        inbox: Inbox::Platform,
        company: Some(at.company),
        title: at.name.clone(),
        flags: vec!["示例数据没有授权书的扫描件".to_owned()],
        by: account,
    };
    reviews::submit(tx, &review, cast.now_ms).await?;
    Ok(())
}
