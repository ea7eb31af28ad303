//! Short names of cities.

/// Peoples that names of autonomous prefectures and counties end with, before 自治州 and 自治县.
const PEOPLES: &[&str] = &[
    "土家族",
    "苗族",
    "侗族",
    "布依族",
    "壮族",
    "瑶族",
    "彝族",
    "哈尼族",
    "傣族",
    "景颇族",
    "白族",
    "傈僳族",
    "藏族",
    "羌族",
    "回族",
    "蒙古族",
    "蒙古",
    "朝鲜族",
    "哈萨克",
    "柯尔克孜",
    "黎族",
];

/// `长沙市` → `长沙`, `湘西土家族苗族自治州` → `湘西`, `大兴安岭地区` → `大兴安岭`. A league (盟) and
/// a county (县) stay whole.
pub(super) fn short(name: &'static str) -> &'static str {
    for end in ["自治州", "自治县"] {
        if let Some(rest) = name.strip_suffix(end) {
            return without_peoples(rest);
        }
    }
    ["特别行政区", "地区", "林区", "市", "省"]
        .iter()
        .find_map(|end| name.strip_suffix(end))
        .unwrap_or(name)
}

fn without_peoples(mut name: &'static str) -> &'static str {
    while let Some(rest) = PEOPLES.iter().find_map(|people| name.strip_suffix(people)) {
        name = rest;
    }
    name
}
