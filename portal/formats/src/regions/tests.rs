use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

fn count(kind: CityKind) -> usize {
    cities().filter(|city| city.kind() == kind).count()
}

#[test]
fn there_are_34_provinces() {
    let order: String = provinces().iter().map(|province| province.letter).collect();
    assert_eq!(
        order,
        "京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云藏陕甘青宁新台港澳"
    );
    assert_eq!(provinces().len(), 34);
    for province in provinces() {
        assert!(
            province.name.starts_with(province.short),
            "{}",
            province.name
        );
        assert!(!province.cities.is_empty(), "{}", province.name);
    }
    assert!(provinces().is_sorted_by_key(|province| province.code));
}

#[test]
fn there_are_333_divisions_of_prefecture_level() {
    assert_eq!(count(CityKind::City), 293);
    assert_eq!(count(CityKind::Area), 7);
    assert_eq!(count(CityKind::AutonomousPrefecture), 30);
    assert_eq!(count(CityKind::League), 3);
    assert_eq!(count(CityKind::Whole), 7);
    // One of Henan, four of Hubei, fifteen of Hainan, twelve of Xinjiang.
    assert_eq!(count(CityKind::County), 32);
}

#[test]
fn each_code_is_its_provinces_and_unique() {
    let mut codes = BTreeSet::new();
    for province in provinces() {
        assert!(
            province.cities.is_sorted_by_key(|city| city.code),
            "{}",
            province.name
        );
        for city in province.cities {
            assert_eq!(city.code.len(), 6, "{}", city.name);
            assert!(
                city.code.bytes().all(|c| c.is_ascii_digit()),
                "{}",
                city.name
            );
            assert_eq!(city.province(), province, "{}", city.name);
            assert!(codes.insert(city.code), "{}", city.code);
            assert_eq!(super::city(city.code), Some(city));
        }
    }
}

#[test]
fn names_are_unique_and_lead_back() {
    let mut names = BTreeSet::new();
    let mut shorts = BTreeSet::new();
    for city in cities() {
        assert!(names.insert(city.name), "{}", city.name);
        assert!(shorts.insert(city.short()), "{}", city.short());
        assert!(city.short().chars().count() >= 2, "{}", city.name);
        assert_eq!(city_named(city.name), Some(city));
        assert_eq!(city_named(city.short()), Some(city));
    }
    for (name, short) in [
        ("长沙市", "长沙"),
        ("北京市", "北京"),
        ("香港特别行政区", "香港"),
        ("湘西土家族苗族自治州", "湘西"),
        ("海西蒙古族藏族自治州", "海西"),
        ("克孜勒苏柯尔克孜自治州", "克孜勒苏"),
        ("巴音郭楞蒙古自治州", "巴音郭楞"),
        ("大兴安岭地区", "大兴安岭"),
        ("神农架林区", "神农架"),
        ("锡林郭勒盟", "锡林郭勒盟"),
        ("保亭黎族苗族自治县", "保亭"),
        ("定安县", "定安县"),
    ] {
        assert_eq!(city_named(name).map(City::short), Some(short), "{name}");
    }
    assert!(cities().all(|city| !city.short().contains("族")));
}

#[test]
fn codes_and_names_are_looked_up() {
    assert_eq!(city("430100").map(|city| city.name), Some("长沙市"));
    assert_eq!(city("110000").map(|city| city.name), Some("北京市"));
    assert_eq!(city("420500").map(|city| city.name), Some("宜昌市"));
    assert_eq!(province("43").map(|province| province.name), Some("湖南省"));
    assert_eq!(
        province_of("430104").map(|province| province.short),
        Some("湖南")
    );
    assert_eq!(
        province_named("广西").map(|province| province.code),
        Some("45")
    );
    assert_eq!(
        province_named("广西壮族自治区").map(|province| province.code),
        Some("45")
    );
    assert_eq!(cities_of("43").len(), 14);
    assert_eq!(cities_of("99"), []);
    // Merged, renamed or not a city.
    for code in ["371200", "341400", "430000", "430104", "", "4", "长沙"] {
        assert_eq!(city(code), None, "{code}");
    }
    for name in ["莱芜", "巢湖市", "襄樊", "湖南", ""] {
        assert_eq!(city_named(name), None, "{name}");
    }
}

proptest! {
    #[test]
    fn no_text_panics(text in any::<String>()) {
        city(&text);
        city_named(&text);
        province(&text);
        province_of(&text);
        province_named(&text);
        cities_of(&text);
    }
}
