//! Provinces (省级行政区) and their cities (地级行政区), by the codes of GB/T 2260 as of the end of
//! 2023.
//!
//! A province has two digits, a city six that begin with them. Beijing, Tianjin, Shanghai,
//! Chongqing, Hong Kong, Macao and Taiwan are each their own only city (`110000`). Cities, districts
//! and counties that a province governs itself (仙桃市, 神农架林区, 石河子市) stand among the
//! prefecture-level ones, as a person looks for them there.

mod central;
mod east;
mod names;
mod north;
mod northeast;
mod northwest;
mod south;
mod southwest;

use serde::Serialize;

/// A province, autonomous region, municipality or special administrative region.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Province {
    /// Two digits.
    pub code: &'static str,
    /// `湖南省`.
    pub name: &'static str,
    /// `湖南`.
    pub short: &'static str,
    /// `湘`.
    pub letter: &'static str,
    /// Its cities, by code.
    pub cities: &'static [City],
}

/// What a student or a company calls its city.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct City {
    /// Six digits.
    pub code: &'static str,
    /// `长沙市`, `湘西土家族苗族自治州`.
    pub name: &'static str,
}

/// What kind of division a [`City`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CityKind {
    /// A whole municipality, Hong Kong, Macao, Taiwan.
    Whole,
    /// 地级市.
    City,
    /// 地区.
    Area,
    /// 自治州.
    AutonomousPrefecture,
    /// 盟.
    League,
    /// 省 (自治区) 直辖县级行政区划.
    County,
}

impl City {
    /// What kind of division it is.
    pub fn kind(&self) -> CityKind {
        if self.code.ends_with("0000") {
            CityKind::Whole
        } else if self.code[2..].starts_with("90") {
            CityKind::County
        } else if self.name.ends_with('市') {
            CityKind::City
        } else if self.name.ends_with('盟') {
            CityKind::League
        } else if self.name.ends_with("自治州") {
            CityKind::AutonomousPrefecture
        } else {
            CityKind::Area
        }
    }

    /// As it is called in a filter or on a tag: `长沙`, `湘西`, `兴安盟`.
    pub fn short(&self) -> &'static str {
        names::short(self.name)
    }

    /// The province that it is in.
    pub fn province(&self) -> &'static Province {
        province_of(self.code).expect("invariant: a test finds each city's province")
    }
}

/// All provinces, by code.
pub fn provinces() -> &'static [Province] {
    PROVINCES
}

/// The province of two digits.
pub fn province(code: &str) -> Option<&'static Province> {
    PROVINCES.iter().find(|province| province.code == code)
}

/// The province of any longer code: of a city, a county, a company.
pub fn province_of(code: &str) -> Option<&'static Province> {
    province(code.get(..2)?)
}

/// All cities, by code.
pub fn cities() -> impl Iterator<Item = &'static City> {
    PROVINCES.iter().flat_map(|province| province.cities)
}

/// The cities of the province of two digits, by code; none if there is no such province.
pub fn cities_of(province_code: &str) -> &'static [City] {
    province(province_code).map_or(&[], |province| province.cities)
}

/// The city of six digits.
pub fn city(code: &str) -> Option<&'static City> {
    let province = province_of(code)?;
    province.cities.iter().find(|city| city.code == code)
}

/// The city of this name, whole or short, for imports. Names are unique, whole and short.
pub fn city_named(name: &str) -> Option<&'static City> {
    let name = name.trim();
    cities().find(|city| city.name == name || city.short() == name)
}

/// The province of this name, whole or short.
pub fn province_named(name: &str) -> Option<&'static Province> {
    let name = name.trim();
    PROVINCES
        .iter()
        .find(|province| province.name == name || province.short == name)
}

const fn province_row(
    code: &'static str,
    name: &'static str,
    short: &'static str,
    letter: &'static str,
    cities: &'static [City],
) -> Province {
    Province {
        code,
        name,
        short,
        letter,
        cities,
    }
}

const fn city_row(code: &'static str, name: &'static str) -> City {
    City { code, name }
}

const PROVINCES: &[Province] = &[
    province_row("11", "北京市", "北京", "京", north::BEIJING),
    province_row("12", "天津市", "天津", "津", north::TIANJIN),
    province_row("13", "河北省", "河北", "冀", north::HEBEI),
    province_row("14", "山西省", "山西", "晋", north::SHANXI),
    province_row("15", "内蒙古自治区", "内蒙古", "蒙", north::INNER_MONGOLIA),
    province_row("21", "辽宁省", "辽宁", "辽", northeast::LIAONING),
    province_row("22", "吉林省", "吉林", "吉", northeast::JILIN),
    province_row("23", "黑龙江省", "黑龙江", "黑", northeast::HEILONGJIANG),
    province_row("31", "上海市", "上海", "沪", east::SHANGHAI),
    province_row("32", "江苏省", "江苏", "苏", east::JIANGSU),
    province_row("33", "浙江省", "浙江", "浙", east::ZHEJIANG),
    province_row("34", "安徽省", "安徽", "皖", east::ANHUI),
    province_row("35", "福建省", "福建", "闽", east::FUJIAN),
    province_row("36", "江西省", "江西", "赣", east::JIANGXI),
    province_row("37", "山东省", "山东", "鲁", east::SHANDONG),
    province_row("41", "河南省", "河南", "豫", central::HENAN),
    province_row("42", "湖北省", "湖北", "鄂", central::HUBEI),
    province_row("43", "湖南省", "湖南", "湘", central::HUNAN),
    province_row("44", "广东省", "广东", "粤", south::GUANGDONG),
    province_row("45", "广西壮族自治区", "广西", "桂", south::GUANGXI),
    province_row("46", "海南省", "海南", "琼", south::HAINAN),
    province_row("50", "重庆市", "重庆", "渝", southwest::CHONGQING),
    province_row("51", "四川省", "四川", "川", southwest::SICHUAN),
    province_row("52", "贵州省", "贵州", "贵", southwest::GUIZHOU),
    province_row("53", "云南省", "云南", "云", southwest::YUNNAN),
    province_row("54", "西藏自治区", "西藏", "藏", southwest::TIBET),
    province_row("61", "陕西省", "陕西", "陕", northwest::SHAANXI),
    province_row("62", "甘肃省", "甘肃", "甘", northwest::GANSU),
    province_row("63", "青海省", "青海", "青", northwest::QINGHAI),
    province_row("64", "宁夏回族自治区", "宁夏", "宁", northwest::NINGXIA),
    province_row("65", "新疆维吾尔自治区", "新疆", "新", northwest::XINJIANG),
    province_row("71", "台湾省", "台湾", "台", south::TAIWAN),
    province_row("81", "香港特别行政区", "香港", "港", south::HONG_KONG),
    province_row("82", "澳门特别行政区", "澳门", "澳", south::MACAO),
];

#[cfg(test)]
mod tests;
