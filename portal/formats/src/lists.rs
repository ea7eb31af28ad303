//! Lists that a form offers, each entry by a code that is stored: 单位性质, 所属行业, 学历, 规模,
//! 学科门类.
//!
//! Codes are those of the standard or of the Ministry of Education's employment statistics; an
//! entry that these do not have has a code that begins with L (local).

use serde::Serialize;

/// An entry of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// What is stored.
    pub code: &'static str,
    /// What a page shows.
    pub zh: &'static str,
}

/// A list in the order in which it is offered.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct List {
    /// What it is called, for the form's label and its faults.
    pub zh: &'static str,
    /// Its entries.
    pub entries: &'static [Entry],
}

impl List {
    /// The entry of a code.
    pub fn entry(&self, code: &str) -> Option<&'static Entry> {
        self.entries.iter().find(|entry| entry.code == code)
    }

    /// Whether there is such a code.
    pub fn has(&self, code: &str) -> bool {
        self.entry(code).is_some()
    }

    /// What a page shows for a code. `None`: no such code.
    pub fn zh_of(&self, code: &str) -> Option<&'static str> {
        self.entry(code).map(|entry| entry.zh)
    }

    /// The code of what a page shows, for imports. `None`: no such entry.
    pub fn code_of(&self, zh: &str) -> Option<&'static str> {
        let zh = zh.trim();
        self.entries
            .iter()
            .find(|entry| entry.zh == zh)
            .map(|entry| entry.code)
    }

    /// The place of a code in the list, from 0: lists of steps (学历, 规模) begin with the lowest.
    pub fn place_of(&self, code: &str) -> Option<usize> {
        self.entries.iter().position(|entry| entry.code == code)
    }
}

const fn e(code: &'static str, zh: &'static str) -> Entry {
    Entry { code, zh }
}

/// 单位性质: employment statistics of the Ministry of Education.
pub const COMPANY_NATURES: List = List {
    zh: "单位性质",
    entries: &[
        e("10", "党政机关"),
        e("20", "科研设计单位"),
        e("21", "高等教育单位"),
        e("22", "中初教育单位"),
        e("23", "医疗卫生单位"),
        e("29", "其他事业单位"),
        e("31", "国有企业"),
        e("32", "三资企业"),
        e("39", "其他企业"),
        e("40", "部队"),
        e("55", "农村建制村"),
        e("56", "城镇社区"),
        e("L1", "民办非企业单位"),
        e("L2", "社会组织"),
    ],
};

/// 所属行业: the sections (门类) of GB/T 4754-2017.
pub const INDUSTRIES: List = List {
    zh: "所属行业",
    entries: &[
        e("A", "农、林、牧、渔业"),
        e("B", "采矿业"),
        e("C", "制造业"),
        e("D", "电力、热力、燃气及水生产和供应业"),
        e("E", "建筑业"),
        e("F", "批发和零售业"),
        e("G", "交通运输、仓储和邮政业"),
        e("H", "住宿和餐饮业"),
        e("I", "信息传输、软件和信息技术服务业"),
        e("J", "金融业"),
        e("K", "房地产业"),
        e("L", "租赁和商务服务业"),
        e("M", "科学研究和技术服务业"),
        e("N", "水利、环境和公共设施管理业"),
        e("O", "居民服务、修理和其他服务业"),
        e("P", "教育"),
        e("Q", "卫生和社会工作"),
        e("R", "文化、体育和娱乐业"),
        e("S", "公共管理、社会保障和社会组织"),
        e("T", "国际组织"),
    ],
};

/// 学历, the lowest first: codes of the Ministry of Education. 中专 is for jobs only.
pub const DEGREES: List = List {
    zh: "学历",
    entries: &[
        e("L1", "中专"),
        e("41", "专科"),
        e("31", "本科"),
        e("25", "第二学士学位"),
        e("11", "硕士"),
        e("01", "博士"),
    ],
};

/// 规模, the smallest first: how many people work for a company.
pub const COMPANY_SIZES: List = List {
    zh: "规模",
    entries: &[
        e("L1", "少于 20 人"),
        e("L2", "20–99 人"),
        e("L3", "100–499 人"),
        e("L4", "500–999 人"),
        e("L5", "1000–9999 人"),
        e("L6", "10000 人以上"),
    ],
};

/// The head counts at which the next entry of [`COMPANY_SIZES`] begins.
const SIZE_STEPS: [u32; 5] = [20, 100, 500, 1000, 10_000];

/// The code in [`COMPANY_SIZES`] of so many people.
pub fn company_size_of(people: u32) -> &'static str {
    let place = SIZE_STEPS.partition_point(|step| *step <= people);
    COMPANY_SIZES.entries[place].code
}

/// 学科门类 of undergraduates: twelve.
pub const DISCIPLINES: List = List {
    zh: "学科门类",
    entries: &[
        e("01", "哲学"),
        e("02", "经济学"),
        e("03", "法学"),
        e("04", "教育学"),
        e("05", "文学"),
        e("06", "历史学"),
        e("07", "理学"),
        e("08", "工学"),
        e("09", "农学"),
        e("10", "医学"),
        e("12", "管理学"),
        e("13", "艺术学"),
    ],
};

/// 学科门类 of postgraduates: fourteen, those of [`DISCIPLINES`] among them.
pub const GRADUATE_DISCIPLINES: List = List {
    zh: "学科门类",
    entries: &[
        e("01", "哲学"),
        e("02", "经济学"),
        e("03", "法学"),
        e("04", "教育学"),
        e("05", "文学"),
        e("06", "历史学"),
        e("07", "理学"),
        e("08", "工学"),
        e("09", "农学"),
        e("10", "医学"),
        e("11", "军事学"),
        e("12", "管理学"),
        e("13", "艺术学"),
        e("14", "交叉学科"),
    ],
};

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    const ALL: [(&List, usize); 6] = [
        (&COMPANY_NATURES, 14),
        (&INDUSTRIES, 20),
        (&DEGREES, 6),
        (&COMPANY_SIZES, 6),
        (&DISCIPLINES, 12),
        (&GRADUATE_DISCIPLINES, 14),
    ];

    #[test]
    fn codes_and_words_are_unique_and_lead_to_each_other() {
        for (list, length) in ALL {
            let codes: BTreeSet<_> = list.entries.iter().map(|entry| entry.code).collect();
            assert_eq!(
                (list.entries.len(), codes.len()),
                (length, length),
                "{}",
                list.zh
            );
            for (place, entry) in list.entries.iter().enumerate() {
                assert_eq!(list.zh_of(entry.code), Some(entry.zh));
                assert_eq!(list.code_of(entry.zh), Some(entry.code));
                assert_eq!(list.place_of(entry.code), Some(place));
                assert!(list.has(entry.code));
            }
            for none in ["", "99", "无"] {
                assert!(!list.has(none) && list.code_of(none).is_none());
            }
        }
    }

    #[test]
    fn codes_are_the_ministrys_and_the_standards() {
        assert_eq!(COMPANY_NATURES.zh_of("31"), Some("国有企业"));
        assert_eq!(COMPANY_NATURES.zh_of("55"), Some("农村建制村"));
        assert_eq!(
            INDUSTRIES.zh_of("I"),
            Some("信息传输、软件和信息技术服务业")
        );
        let letters: String = INDUSTRIES.entries.iter().map(|entry| entry.code).collect();
        assert_eq!(letters, "ABCDEFGHIJKLMNOPQRST");
        assert_eq!(DEGREES.code_of("硕士"), Some("11"));
        assert!(DEGREES.place_of("31") < DEGREES.place_of("11"));
        assert!(!DISCIPLINES.has("11") && GRADUATE_DISCIPLINES.has("11"));
        for entry in DISCIPLINES.entries {
            assert_eq!(GRADUATE_DISCIPLINES.zh_of(entry.code), Some(entry.zh));
        }
    }

    #[test]
    fn a_head_count_has_its_size() {
        for (people, size) in [
            (0, "少于 20 人"),
            (19, "少于 20 人"),
            (20, "20–99 人"),
            (499, "100–499 人"),
            (500, "500–999 人"),
            (9999, "1000–9999 人"),
            (10_000, "10000 人以上"),
            (u32::MAX, "10000 人以上"),
        ] {
            assert_eq!(
                COMPANY_SIZES.zh_of(company_size_of(people)),
                Some(size),
                "{people}"
            );
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in any::<String>(), people in any::<u32>()) {
            for (list, _) in ALL {
                list.entry(&text);
                list.code_of(&text);
                list.place_of(&text);
            }
            prop_assert!(COMPANY_SIZES.has(company_size_of(people)));
        }
    }
}
