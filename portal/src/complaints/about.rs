//! What a complaint is about: `company:{id}`, `account:{id}`, `job:{id}`, `call:{id}` or
//! `platform`.

use base::db::Db;

use super::store::{self, Subject};
use crate::ids::AccountId;

/// Words of the kinds, as they stand in SQL.
const KINDS: [&str; 5] = ["company", "account", "job", "call", "platform"];

/// What a complaint is about, as an address names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// One of the kinds.
    pub kind: &'static str,
    /// Its id; empty for the platform.
    pub id: String,
}

impl About {
    /// Reads the text of an address; an empty one means the platform.
    pub fn parse(text: &str) -> Option<Self> {
        let (kind, id) = text.split_once(':').unwrap_or((text, ""));
        let kind = if kind.is_empty() { "platform" } else { kind };
        let kind = KINDS.into_iter().find(|known| *known == kind)?;
        let id = match kind {
            "platform" => String::new(),
            // Any of the ids is a UUID; this gives its one written form.
            _ => id.parse::<AccountId>().ok()?.to_string(),
        };
        Some(Self { kind, id })
    }

    /// The text for an address.
    pub fn text(&self) -> String {
        if self.kind == "platform" {
            self.kind.to_owned()
        } else {
            format!("{}:{}", self.kind, self.id)
        }
    }

    /// What it is called and whose it is, as `me` may know it. `None`: there is none, or not for
    /// him: a call can be complained of by those who were in it.
    ///
    /// # Errors
    /// The database failed.
    pub async fn subject(&self, db: &Db, me: AccountId) -> Result<Option<Subject>, sqlx::Error> {
        match self.kind {
            "platform" => Ok(Some(Subject {
                name: "聘会平台".to_owned(),
                company_id: None,
            })),
            "company" => store::company(db, &self.id).await,
            "account" => store::account(db, &self.id).await,
            "job" => store::job(db, &self.id).await,
            _ => store::call(db, &self.id, me).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_name_what_there_is() {
        let id = AccountId::new();
        let about = About::parse(&format!("company:{id}")).unwrap();
        assert_eq!((about.kind, about.id.clone()), ("company", id.to_string()));
        assert_eq!(About::parse(&about.text()), Some(about));
        assert_eq!(About::parse("").unwrap().text(), "platform");
        for bad in ["company:", "company:1 OR 1=1", "school:x", "job"] {
            assert_eq!(About::parse(bad), None, "{bad}");
        }
    }
}
