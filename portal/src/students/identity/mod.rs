//! A student whom the roster does not know: what he says of himself, and what the school makes of
//! it.

mod pages;
pub mod store;

use base::db::Tx;

use super::facts::same_name;
use super::register::ClaimText;
use super::store as students;
use crate::accounts::AccountKind;
use crate::accounts::store::{self as accounts, NewAccount};
use crate::ids::{AccountId, IdentityClaimId, SchoolId};
use crate::reviews::{self, Inbox, Kind, NewReview};
use crate::web::Routes;

pub use pages::IdentityPage;

/// Routes of a student's identity.
pub fn routes() -> Routes {
    Routes::new()
        .get("/register/student/identity", pages::show)
        .post("/register/student/identity", pages::resubmit)
}

/// Someone who registers without being in the roster.
#[derive(Debug, Clone, Copy)]
pub struct NewClaimant<'a> {
    /// His school.
    pub school: SchoolId,
    /// Mobile number, proved.
    pub mobile: &'a str,
    /// PHC string of his password.
    pub password_hash: &'a str,
    /// What he says.
    pub claim: &'a ClaimText,
}

/// Adds his account, and asks his school.
///
/// # Errors
/// The mobile number has an account, or the database failed.
pub async fn add(
    tx: &mut Tx,
    new: &NewClaimant<'_>,
    now_ms: i64,
) -> Result<AccountId, sqlx::Error> {
    let (account, claim) = (AccountId::new(), IdentityClaimId::new());
    let facts = &new.claim.facts;
    let row = NewAccount {
        id: account,
        kind: AccountKind::Student,
        mobile: Some(new.mobile.to_owned()),
        email: None,
        password_hash: new.password_hash.to_owned(),
        real_name: facts.name.clone(),
        nickname: facts.name.clone(),
        department: String::new(),
    };
    accounts::add(tx, &row, now_ms).await?;
    let profile = super::Profile {
        school_id: new.school,
        school_name: String::new(),
        student_no: stand_in(claim),
        name: facts.name.clone(),
        degree: facts.degree,
        faculty: facts.faculty.clone(),
        major: facts.major.clone(),
        grad_year: facts.grad_year,
        verified_ms: None,
    };
    students::add(tx, account, &profile).await?;
    store::add(tx, (claim, account, new.school), new.claim, now_ms).await?;
    let review = review_of(tx, (claim, account, new.school), new.claim).await?;
    reviews::store::submit(tx, &review, now_ms).await?;
    Ok(account)
}

/// What stands for the number until the school has confirmed it.
fn stand_in(claim: IdentityClaimId) -> String {
    let text = claim.to_string().replace('-', "");
    format!("待核验-{}", &text[text.len() - 12..])
}

/// What the school is asked, with what its roster says about it.
pub(super) async fn review_of(
    tx: &mut Tx,
    (claim, account, school): (IdentityClaimId, AccountId, SchoolId),
    text: &ClaimText,
) -> Result<NewReview, sqlx::Error> {
    let facts = &text.facts;
    let mut flags = vec![
        match store::in_roster(tx, school, &facts.student_no).await? {
            None => "学生名单中没有这个学号".to_owned(),
            Some(known) if known.claimed => "这个学号已被另一名学生注册".to_owned(),
            Some(known) if same_name(&known.name, &facts.name) => {
                "学生名单中已有这个学号和姓名".to_owned()
            }
            Some(known) => format!("学生名单中这个学号的姓名是“{}”", known.name),
        },
    ];
    flags.push(format!(
        "{} · {} · {} · {} 届 {}",
        facts.faculty,
        facts.major,
        facts.degree.zh(),
        facts.grad_year,
        facts.class_name
    ));
    if !text.chsi_code.is_empty() {
        let code = &text.chsi_code;
        flags.push(format!("学信网在线验证码 {code}，请到学信网核对"));
    }
    if !text.note.is_empty() {
        flags.push(format!("学生说明：{}", text.note));
    }
    Ok(NewReview {
        kind: Kind::Identity,
        subject: claim.to_string(),
        inbox: Inbox::School(school),
        company: None,
        title: format!("{}（学号 {}）", facts.name, facts.student_no),
        flags,
        by: account,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stand_in_is_no_student_number() {
        let text = stand_in(IdentityClaimId::new());
        assert!(text.chars().count() <= super::super::facts::NUMBER_CHARS);
        assert!(super::super::facts::number(&text).is_err());
    }
}
