//! What the forms of companies let choose: the lists as staff keep them, read once for a page.
//! What is switched off is offered and taken no more, and still has its words.

use base::db::Db;

use super::rules::{CertificationData, Words};
use crate::dictionaries::lists::{self, Entry, List};

/// A province with its cities, for a choice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProvinceChoice {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Codes and names of its cities.
    pub cities: Vec<(String, String)>,
}

/// A list, entries that are switched off among them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choice(Vec<Entry>);

impl Choice {
    /// The list as staff keep it.
    ///
    /// # Errors
    /// The database failed.
    pub async fn load(db: &Db, list: List) -> Result<Self, sqlx::Error> {
        Ok(Self(lists::entries(db, list).await?))
    }

    /// A list of these entries.
    #[cfg(test)]
    pub(super) fn of(entries: Vec<Entry>) -> Self {
        Self(entries)
    }

    /// The list before anyone changed it.
    pub fn built_in(list: List) -> Self {
        Self(list.built_in())
    }

    /// Code and label of what is offered.
    pub fn offered(&self) -> Vec<(&str, &str)> {
        let offered = self.0.iter().filter(|entry| entry.enabled);
        offered
            .map(|entry| (entry.code.as_str(), entry.label.as_str()))
            .collect()
    }

    /// Is this code offered?
    pub fn has(&self, code: &str) -> bool {
        self.entry(code).is_some_and(|entry| entry.enabled)
    }

    /// The label of a code, offered or not; empty: no such code.
    pub fn label(&self, code: &str) -> &str {
        self.entry(code).map_or("", |entry| entry.label.as_str())
    }

    /// What a code stands under; empty: no such code.
    pub fn parent(&self, code: &str) -> &str {
        self.entry(code).map_or("", |entry| entry.parent.as_str())
    }

    /// The code of a label, offered or not.
    pub fn code_of(&self, label: &str) -> Option<&str> {
        let found = self.0.iter().find(|entry| entry.label == label);
        found.map(|entry| entry.code.as_str())
    }

    /// Offers this code again: whoever has it may keep it.
    pub fn keeping(mut self, code: &str) -> Self {
        for entry in &mut self.0 {
            entry.enabled |= entry.code == code;
        }
        self
    }

    fn entry(&self, code: &str) -> Option<&Entry> {
        self.0.iter().find(|entry| entry.code == code)
    }
}

/// What a certification lets choose.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choices {
    /// 省份.
    pub provinces: Choice,
    /// 城市.
    pub cities: Choice,
    /// 单位性质.
    pub natures: Choice,
    /// 所属行业.
    pub industries: Choice,
}

impl Choices {
    /// The lists as staff keep them.
    ///
    /// # Errors
    /// The database failed.
    pub async fn load(db: &Db) -> Result<Self, sqlx::Error> {
        Ok(Self {
            provinces: Choice::load(db, List::Provinces).await?,
            cities: Choice::load(db, List::Cities).await?,
            natures: Choice::load(db, List::Natures).await?,
            industries: Choice::load(db, List::Industries).await?,
        })
    }

    /// The lists before anyone changed them.
    pub fn built_in() -> Self {
        Self {
            provinces: Choice::built_in(List::Provinces),
            cities: Choice::built_in(List::Cities),
            natures: Choice::built_in(List::Natures),
            industries: Choice::built_in(List::Industries),
        }
    }

    /// Provinces with their cities, as far as they are offered.
    pub fn places(&self) -> Vec<ProvinceChoice> {
        let cities = self.cities.offered();
        let of = |province: &str| {
            let own = cities
                .iter()
                .filter(|(code, _)| self.cities.parent(code) == province);
            own.map(|(code, name)| ((*code).to_owned(), (*name).to_owned()))
                .collect()
        };
        let provinces = self.provinces.offered().into_iter();
        provinces
            .map(|(code, name)| ProvinceChoice {
                code: code.to_owned(),
                name: name.to_owned(),
                cities: of(code),
            })
            .collect()
    }

    /// The words of the codes in `data`.
    pub(super) fn words_of(&self, data: &CertificationData) -> Words {
        Words {
            province: self.provinces.label(&data.province).to_owned(),
            city: self.cities.label(&data.city).to_owned(),
            nature: self.natures.label(&data.nature).to_owned(),
            industry: self.industries.label(&data.industry).to_owned(),
        }
    }
}
