//! Accounts for the tests of stores.

use base::db::Db;

use super::store::{self, NewAccount};
use super::{AccountKind, NO_PASSWORD};
use crate::ids::AccountId;

/// An account for a company's member, who belongs to none yet and cannot sign in.
pub async fn company_account(db: &Db, name: &str, now_ms: i64) -> AccountId {
    let account = NewAccount {
        id: AccountId::new(),
        kind: AccountKind::Company,
        mobile: None,
        email: None,
        password_hash: NO_PASSWORD.to_owned(),
        real_name: name.to_owned(),
        nickname: name.to_owned(),
        department: "人力资源部".to_owned(),
    };
    let mut tx = db.begin().await.unwrap();
    store::add(&mut tx, &account, now_ms).await.unwrap();
    tx.commit().await.unwrap();
    account.id
}
