//! The account of whoever registers.

use std::net::SocketAddr;

use axum::http::HeaderMap;
use base::db::Tx;

use crate::accounts::AccountKind;
use crate::accounts::store::{self as accounts, NewAccount};
use crate::agreements::rules::{PRIVACY, USER};
use crate::companies::outward;
use crate::companies::person::Person;
use crate::ids::AccountId;
use crate::state::AppState;
use crate::web::address;

/// Someone whose number is proven and who accepted the agreement.
pub(super) struct Applicant<'a> {
    /// Who.
    pub(super) person: &'a Person,
    /// PHC string of the password.
    pub(super) password_hash: String,
    /// The network address that accepted.
    pub(super) address: String,
    /// What was accepted.
    pub(super) agreements: &'static [&'static str],
}

impl<'a> Applicant<'a> {
    /// Hashes the password, which takes its time: outside the transaction.
    pub(super) async fn new(
        state: &AppState,
        person: &'a Person,
        password: String,
        (headers, peer): (&HeaderMap, SocketAddr),
    ) -> anyhow::Result<Self> {
        let address = address::client(headers, peer, &state.config.http.proxies);
        Ok(Self {
            person,
            password_hash: state.hasher.hash(password).await?,
            address: address.to_string(),
            agreements: &[USER, PRIVACY],
        })
    }

    /// Adds the account.
    ///
    /// # Errors
    /// The number is taken, or the database failed.
    pub(super) async fn add(&self, tx: &mut Tx, now_ms: i64) -> Result<AccountId, sqlx::Error> {
        let account = NewAccount {
            id: AccountId::new(),
            kind: AccountKind::Company,
            mobile: Some(self.person.mobile.clone()),
            email: None,
            password_hash: self.password_hash.clone(),
            real_name: self.person.name.clone(),
            nickname: self.person.nickname(),
            department: self.person.department.clone(),
        };
        accounts::add(tx, &account, now_ms).await?;
        let (codes, address) = (self.agreements, self.address.as_str());
        outward::accept_agreements(tx, account.id, codes, address, now_ms).await?;
        Ok(account.id)
    }
}
