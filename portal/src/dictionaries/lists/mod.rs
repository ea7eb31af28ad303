//! Lists that forms offer: the built-in ones of crate `formats`, and what staff changed of them.
//!
//! Other domains call [`options`] for a form and [`label`] for a page; a code that was switched
//! off is offered no more and still has its label.

pub(super) mod actions;
pub mod import;
pub(super) mod pages;
pub mod store;

use base::db::Db;
use formats::{lists as built_in, regions};

pub use pages::{DictionariesPage, DictionaryPage, EntryPage};

base::words! {
    /// A list.
    pub enum List: "list" {
        /// 省份 (GB/T 2260), two digits.
        Provinces = "province",
        /// 城市, six digits, under a province.
        Cities = "city",
        /// 单位性质.
        Natures = "nature",
        /// 所属行业.
        Industries = "industry",
        /// 学历.
        Degrees = "degree",
        /// 规模.
        Sizes = "size",
        /// 学科门类 of undergraduates.
        Disciplines = "discipline",
        /// 学科门类 of graduates.
        GraduateDisciplines = "graduate_discipline",
        /// 专业类, under a 学科门类; imported.
        MajorClasses = "major_class",
        /// 专业, under a 专业类; imported.
        Majors = "major",
    }
}

impl List {
    /// What it is called on pages.
    pub fn zh(self) -> &'static str {
        match self {
            Self::Provinces => "省份",
            Self::Cities => "城市",
            Self::Natures => "单位性质",
            Self::Industries => "所属行业",
            Self::Degrees => "学历",
            Self::Sizes => "规模",
            Self::Disciplines => "学科门类（本科）",
            Self::GraduateDisciplines => "学科门类（研究生）",
            Self::MajorClasses => "专业类",
            Self::Majors => "专业",
        }
    }

    /// Where its entries are from.
    pub fn source(self) -> &'static str {
        match self {
            Self::Provinces | Self::Cities => "GB/T 2260",
            Self::Natures | Self::Degrees => "教育部就业统计代码",
            Self::Industries => "GB/T 4754-2017 门类",
            Self::Sizes => "平台自定",
            Self::Disciplines | Self::GraduateDisciplines => "教育部学科目录",
            Self::MajorClasses | Self::Majors => "由运营导入",
        }
    }

    /// The list that holds the parents of its entries.
    pub fn parents(self) -> Option<Self> {
        match self {
            Self::Cities => Some(Self::Provinces),
            Self::MajorClasses => Some(Self::Disciplines),
            Self::Majors => Some(Self::MajorClasses),
            Self::Provinces
            | Self::Natures
            | Self::Industries
            | Self::Degrees
            | Self::Sizes
            | Self::Disciplines
            | Self::GraduateDisciplines => None,
        }
    }

    /// Its entries before anyone changed them.
    pub fn built_in(self) -> Vec<Entry> {
        match self {
            Self::Provinces => numbered(
                regions::provinces()
                    .iter()
                    .map(|province| (province.code, province.name, "")),
            ),
            Self::Cities => numbered(regions::provinces().iter().flat_map(|province| {
                let cities = province.cities.iter();
                cities.map(|city| (city.code, city.name, province.code))
            })),
            Self::Natures => of_list(&built_in::COMPANY_NATURES),
            Self::Industries => of_list(&built_in::INDUSTRIES),
            Self::Degrees => of_list(&built_in::DEGREES),
            Self::Sizes => of_list(&built_in::COMPANY_SIZES),
            Self::Disciplines => of_list(&built_in::DISCIPLINES),
            Self::GraduateDisciplines => of_list(&built_in::GRADUATE_DISCIPLINES),
            Self::MajorClasses | Self::Majors => Vec::new(),
        }
    }
}

/// An entry of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What is stored.
    pub code: String,
    /// What a page shows.
    pub label: String,
    /// Code of what it belongs to in [`List::parents`]; empty where there is none.
    pub parent: String,
    /// Its place: entries stand in this order.
    pub ordinal: i64,
    /// Offered by forms.
    pub enabled: bool,
    /// Staff added or changed it.
    pub changed: bool,
}

fn of_list(list: &'static built_in::List) -> Vec<Entry> {
    numbered(list.entries.iter().map(|entry| (entry.code, entry.zh, "")))
}

/// Built-in entries stand ten apart, so that others fit between.
fn numbered(rows: impl Iterator<Item = (&'static str, &'static str, &'static str)>) -> Vec<Entry> {
    (1_i64..)
        .zip(rows)
        .map(|(place, (code, label, parent))| Entry {
            code: code.to_owned(),
            label: label.to_owned(),
            parent: parent.to_owned(),
            ordinal: place * 10,
            enabled: true,
            changed: false,
        })
        .collect()
}

/// The built-in entries with what staff changed, in their order.
fn overlaid(list: List, changed: Vec<Entry>) -> Vec<Entry> {
    let mut entries = list.built_in();
    for row in changed {
        match entries.iter_mut().find(|entry| entry.code == row.code) {
            Some(entry) => *entry = row,
            None => entries.push(row),
        }
    }
    entries.sort_by(|a, b| (a.ordinal, &a.code).cmp(&(b.ordinal, &b.code)));
    entries
}

/// All entries of a list, those that are switched off too.
///
/// # Errors
/// The database failed.
pub async fn entries(db: &Db, list: List) -> Result<Vec<Entry>, sqlx::Error> {
    Ok(overlaid(list, store::changed(db, list).await?))
}

/// What a form offers: code and label, in their order.
///
/// # Errors
/// The database failed.
pub async fn options(db: &Db, list: List) -> Result<Vec<(String, String)>, sqlx::Error> {
    Ok(offered(entries(db, list).await?, None))
}

/// What a form offers under one parent, such as the cities of a province.
///
/// # Errors
/// The database failed.
pub async fn options_under(
    db: &Db,
    list: List,
    parent: &str,
) -> Result<Vec<(String, String)>, sqlx::Error> {
    Ok(offered(entries(db, list).await?, Some(parent)))
}

fn offered(entries: Vec<Entry>, parent: Option<&str>) -> Vec<(String, String)> {
    entries
        .into_iter()
        .filter(|entry| entry.enabled && parent.is_none_or(|parent| entry.parent == parent))
        .map(|entry| (entry.code, entry.label))
        .collect()
}

/// The label of a code, switched off or not. `None`: no such code.
///
/// # Errors
/// The database failed.
pub async fn label(db: &Db, list: List, code: &str) -> Result<Option<String>, sqlx::Error> {
    if let Some(changed) = store::find(db, list, code).await? {
        return Ok(Some(changed.label));
    }
    let built_in = list.built_in().into_iter();
    Ok(built_in
        .filter(|entry| entry.code == code)
        .map(|entry| entry.label)
        .next())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn staffs_entries_lie_over_the_built_in_ones() {
        let entry = |code: &str, label: &str, ordinal, enabled| Entry {
            code: code.to_owned(),
            label: label.to_owned(),
            parent: String::new(),
            ordinal,
            enabled,
            changed: true,
        };
        let changed = vec![
            entry("10", "机关", 10, true),
            entry("40", "部队", 100, false),
            entry("L9", "律师事务所", 25, true),
        ];
        let entries = overlaid(List::Natures, changed);
        let labels: Vec<_> = entries.iter().take(4).map(|e| e.label.as_str()).collect();
        assert_eq!(
            labels,
            ["机关", "科研设计单位", "律师事务所", "高等教育单位"]
        );
        let offered = offered(entries, None);
        assert_eq!(offered.len(), 14);
        assert!(!offered.iter().any(|(code, _)| code == "40"));
    }

    #[test]
    fn every_city_has_its_province() {
        let provinces = List::Provinces.built_in();
        for city in List::Cities.built_in() {
            assert!(
                provinces.iter().any(|p| p.code == city.parent),
                "{}",
                city.code
            );
        }
        for list in List::ALL {
            assert_eq!(list.as_str().parse::<List>().unwrap(), list);
        }
    }
}
