//! Asking a company: to join it, or for its administration. Used by those who register, by those
//! who ask again, and by members.

use base::db::{Tx, is_unique_violation};
use serde_json::json;

use super::outward::Upload;
use super::{claims, members, store};
use crate::files::{self, Purpose};
use crate::ids::{AccountId, AdminClaimId, CompanyId};
use crate::notifications::{self, Event, Notice};
use crate::reviews::{Inbox, Kind, NewReview, store as reviews};

/// Who asks which company.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    /// Who.
    pub(super) account: AccountId,
    /// Which company.
    pub(super) company: CompanyId,
    /// Its name.
    pub(super) company_name: String,
    /// It is certified.
    pub(super) certified: bool,
    /// His name.
    pub(super) name: String,
    /// His department.
    pub(super) department: String,
}

/// Why a request was not taken. The transaction must be dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lost {
    /// The letter is gone, or part of something else.
    Upload,
    /// Something waits already; the Chinese text says what.
    Busy(&'static str),
}

/// What a letter is part of.
const CLAIM: &str = "admin_claim";
const CLAIM_WAITS: &str = "该公司已有一份管理员申请在审核中，请等待结果";
/// Handed in again, withdrawn or decided at the same moment.
const CHANGED: &str = "申请的状态已经变化，请刷新页面";
const JOIN_WAITS: &str = "你的申请正在等待处理";

/// Asks to join: the company's administrator decides.
pub(super) async fn join(
    tx: &mut Tx,
    asked: &Asked,
    now_ms: i64,
) -> Result<Result<(), Lost>, sqlx::Error> {
    let review = NewReview {
        kind: Kind::Membership,
        subject: asked.account.to_string(),
        inbox: Inbox::Company(asked.company),
        company: Some(asked.company),
        title: asked.name.clone(),
        flags: Vec::new(),
        by: asked.account,
    };
    if !reviews::resubmit(tx, &review, now_ms).await? {
        match reviews::submit(tx, &review, now_ms).await {
            Err(error) if is_unique_violation(&error) => return Ok(Err(Lost::Busy(JOIN_WAITS))),
            done => done?,
        };
    }
    if let Some(admin) = store::admin_of(tx, asked.company).await? {
        let notice = Notice {
            event: Event::JoinRequested,
            to: admin,
            args: json!({ "name": asked.name, "department": asked.department }),
            link: "/company/members".to_owned(),
            dedupe: Some(format!("N1:{}:{now_ms}", asked.account)),
        };
        notifications::enqueue(tx, &notice, now_ms).await?;
    }
    Ok(Ok(()))
}

/// Claims the administration: the platform decides.
pub(super) async fn claim(
    tx: &mut Tx,
    asked: &Asked,
    letter: Upload,
    now_ms: i64,
) -> Result<Result<(), Lost>, sqlx::Error> {
    let earlier = claims::latest_in(tx, asked.account).await?;
    let returned =
        earlier.filter(|claim| claim.status == "returned" && claim.company_id == asked.company);
    let id = returned
        .as_ref()
        .map_or_else(AdminClaimId::new, |claim| claim.id);
    let subject = id.to_string();
    let kept = returned.as_ref().map(|claim| claim.letter_file);
    let to = (CLAIM, subject.as_str());
    let Some(letter) = letter.attach(tx, to, kept, now_ms).await? else {
        return Ok(Err(Lost::Upload));
    };
    files::keep_only(tx, Purpose::Letter, to, &[letter], now_ms).await?;
    let review = review_of(asked, &subject);
    if returned.is_some() {
        let again = claims::redo(tx, (id, asked.account), letter).await?
            && reviews::resubmit(tx, &review, now_ms).await?;
        return Ok(again.then_some(()).ok_or(Lost::Busy(CHANGED)));
    }
    let claim = claims::Claim {
        id,
        company_id: asked.company,
        account_id: asked.account,
        letter_file: letter,
        status: "submitted".to_owned(),
        created_ms: now_ms,
    };
    match claims::add(tx, &claim, now_ms).await {
        Err(error) if is_unique_violation(&error) => return Ok(Err(Lost::Busy(CLAIM_WAITS))),
        done => done?,
    }
    reviews::submit(tx, &review, now_ms).await?;
    Ok(Ok(()))
}

fn review_of(asked: &Asked, subject: &str) -> NewReview {
    let mut flags = Vec::new();
    if !asked.certified {
        flags.push("该公司尚未通过企业认证".to_owned());
    }
    NewReview {
        kind: Kind::AdminClaim,
        subject: subject.to_owned(),
        inbox: Inbox::Platform,
        company: Some(asked.company),
        title: format!("{} · {}", asked.company_name, asked.name),
        flags,
        by: asked.account,
    }
}

/// Takes back whatever of someone waits for an answer. `false`: nothing does.
pub(super) async fn withdraw(
    tx: &mut Tx,
    account: AccountId,
    now_ms: i64,
) -> Result<bool, sqlx::Error> {
    let subject = account.to_string();
    let mut any = reviews::withdraw(tx, Kind::Membership, &subject, account, now_ms).await?;
    let claim = claims::latest_in(tx, account).await?;
    if let Some(claim) = claim.filter(claims::Claim::is_open) {
        claims::settle(tx, claim.id, "withdrawn", now_ms).await?;
        let subject = claim.id.to_string();
        files::keep_only(tx, Purpose::Letter, (CLAIM, &subject), &[], now_ms).await?;
        any |= reviews::withdraw(tx, Kind::AdminClaim, &subject, account, now_ms).await?;
        // Someone who came with the claim is nobody here without it; a member stays one.
        let place = (account, claim.company_id);
        members::store::answer(tx, place, ("refused", WITHDRAWN), now_ms).await?;
    } else if any {
        members::store::withdraw(tx, account, WITHDRAWN, now_ms).await?;
    }
    Ok(any)
}

/// Why someone who took his request back is no member.
const WITHDRAWN: &str = "本人已撤回";
