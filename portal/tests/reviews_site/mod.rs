//! Things under review, and people who decide about them, beside the demo's.

#![allow(dead_code, reason = "each test file uses a part of it")]

use base::db::on_db;
use portal::accounts::store::{self as accounts, NewAccount};
use portal::accounts::{AccountKind, NO_PASSWORD};
use portal::ids::{AccountId, AdminClaimId, CertificationId, CompanyId, ReviewId, SchoolId};
use portal::reviews::{Inbox, Kind, NewReview, Review, lists, store};
use portal::schools;
use reqwest::Response;

use crate::site::Site;

/// The school of the demo.
pub async fn school(site: &Site) -> SchoolId {
    let db = &site.running.state.db;
    schools::store::by_code(db, "demo").await.unwrap().unwrap()
}

/// The company of a demo interviewer.
pub async fn company(site: &Site, who: &str) -> CompanyId {
    let account = site.account(who).await;
    let db = &site.running.state.db;
    accounts::member(db, account)
        .await
        .unwrap()
        .unwrap()
        .company_id
}

/// Another school with one member of its office, who can enter by the demo's link.
pub async fn other_school(site: &Site) -> SchoolId {
    let state = &site.running.state;
    let (school, now_ms) = (SchoolId::new(), state.now_ms());
    let staff = NewAccount {
        id: AccountId::new(),
        kind: AccountKind::School,
        mobile: None,
        email: Some("school-9@demo.example".to_owned()),
        password_hash: NO_PASSWORD.to_owned(),
        real_name: "易南".to_owned(),
        nickname: "易老师".to_owned(),
        department: "就业指导中心".to_owned(),
    };
    let mut tx = state.db.begin().await.unwrap();
    schools::store::add(&mut tx, school, "yunling", "云岭师范学院（示例）", now_ms)
        .await
        .unwrap();
    accounts::add(&mut tx, &staff, now_ms).await.unwrap();
    accounts::add_staff(&mut tx, staff.id, school, now_ms)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    school
}

/// A review of a thing that need not exist.
pub async fn submit(site: &Site, kind: Kind, inbox: Inbox, title: &str) -> Review {
    let subject = AdminClaimId::new().to_string();
    submit_of(site, (kind, subject), inbox, None, title).await
}

async fn submit_of(
    site: &Site,
    (kind, subject): (Kind, String),
    inbox: Inbox,
    company: Option<CompanyId>,
    title: &str,
) -> Review {
    let state = &site.running.state;
    let new = NewReview {
        kind,
        subject,
        inbox,
        company,
        title: title.to_owned(),
        flags: Vec::new(),
        by: site.account("interviewer-01").await,
    };
    let mut tx = state.db.begin().await.unwrap();
    let id = store::submit(&mut tx, &new, state.now_ms()).await.unwrap();
    tx.commit().await.unwrap();
    lists::find(&state.db, id, inbox).await.unwrap().unwrap()
}

/// Changed certification data of the demo's first company, handed in.
pub async fn certification(site: &Site, data: serde_json::Value) -> Review {
    let state = &site.running.state;
    let by = site.account("interviewer-01").await;
    let company = company(site, "interviewer-01").await;
    let id = CertificationId::new();
    on_db!(state.db.writer().await.unwrap(), c => sqlx::query("INSERT INTO certifications
            (id, company_id, kind, data, status, submitted_by, created_ms)
        VALUES ($1, $2, 'change', $3, 'submitted', $4, $5)")
        .bind(id).bind(company).bind(data.to_string()).bind(by).bind(state.now_ms())
        .execute(c).await.map(drop))
    .unwrap();
    let what = (Kind::Recertification, id.to_string());
    submit_of(
        site,
        what,
        Inbox::Platform,
        Some(company),
        "澄源半导体（示例）",
    )
    .await
}

/// A claim of the administration of the demo's first company.
pub async fn claim(site: &Site) -> Review {
    let state = &site.running.state;
    let by = site.account("interviewer-02").await;
    let company = company(site, "interviewer-02").await;
    let id = AdminClaimId::new();
    on_db!(state.db.writer().await.unwrap(), c => sqlx::query("INSERT INTO admin_claims
            (id, company_id, account_id, letter_file, status, created_ms)
        VALUES ($1, $2, $3, 'none', 'submitted', $4)")
        .bind(id).bind(company).bind(by).bind(state.now_ms())
        .execute(c).await.map(drop))
    .unwrap();
    let what = (Kind::AdminClaim, id.to_string());
    submit_of(
        site,
        what,
        Inbox::Platform,
        Some(company),
        "澄源半导体（示例） · 陆怀瑾",
    )
    .await
}

/// A review as it is now.
pub async fn now(site: &Site, review: &Review) -> Review {
    let db = &site.running.state.db;
    lists::find(db, review.id, review.desk())
        .await
        .unwrap()
        .unwrap()
}

/// Posts a form with the session's token.
pub async fn post(site: &Site, path: &str, cookie: &str, fields: &[(&str, &str)]) -> Response {
    let csrf = site.csrf(cookie).await;
    let fields = fields.iter().chain(&[("csrf", "")]);
    let form: Vec<String> = fields
        .map(|(name, value)| {
            let value = if *name == "csrf" { &csrf } else { *value };
            format!("{name}={}", portal::platform::search::escape(value))
        })
        .collect();
    site.post(path, cookie, form.join("&")).await
}

/// How many rows of the audit log name this action and subject.
pub async fn audited(site: &Site, action: &str, subject: &str) -> i64 {
    let db = &site.running.state.db;
    let (count,): (i64,) = on_db!(db, c => sqlx::query_as(
        "SELECT CAST(COUNT(*) AS BIGINT) FROM audit_log WHERE action = $1 AND subject_id = $2")
        .bind(action).bind(subject).fetch_one(c).await)
    .unwrap();
    count
}

/// Path of a review of the platform's desk.
pub fn path(review: ReviewId) -> String {
    format!("/platform/reviews/{review}")
}
