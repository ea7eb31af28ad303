//! South-west China (西南).

use super::{City, city_row};

/// 重庆市.
pub(super) const CHONGQING: &[City] = &[city_row("500000", "重庆市")];

/// 四川省.
pub(super) const SICHUAN: &[City] = &[
    city_row("510100", "成都市"),
    city_row("510300", "自贡市"),
    city_row("510400", "攀枝花市"),
    city_row("510500", "泸州市"),
    city_row("510600", "德阳市"),
    city_row("510700", "绵阳市"),
    city_row("510800", "广元市"),
    city_row("510900", "遂宁市"),
    city_row("511000", "内江市"),
    city_row("511100", "乐山市"),
    city_row("511300", "南充市"),
    city_row("511400", "眉山市"),
    city_row("511500", "宜宾市"),
    city_row("511600", "广安市"),
    city_row("511700", "达州市"),
    city_row("511800", "雅安市"),
    city_row("511900", "巴中市"),
    city_row("512000", "资阳市"),
    city_row("513200", "阿坝藏族羌族自治州"),
    city_row("513300", "甘孜藏族自治州"),
    city_row("513400", "凉山彝族自治州"),
];

/// 贵州省.
pub(super) const GUIZHOU: &[City] = &[
    city_row("520100", "贵阳市"),
    city_row("520200", "六盘水市"),
    city_row("520300", "遵义市"),
    city_row("520400", "安顺市"),
    city_row("520500", "毕节市"),
    city_row("520600", "铜仁市"),
    city_row("522300", "黔西南布依族苗族自治州"),
    city_row("522600", "黔东南苗族侗族自治州"),
    city_row("522700", "黔南布依族苗族自治州"),
];

/// 云南省.
pub(super) const YUNNAN: &[City] = &[
    city_row("530100", "昆明市"),
    city_row("530300", "曲靖市"),
    city_row("530400", "玉溪市"),
    city_row("530500", "保山市"),
    city_row("530600", "昭通市"),
    city_row("530700", "丽江市"),
    city_row("530800", "普洱市"),
    city_row("530900", "临沧市"),
    city_row("532300", "楚雄彝族自治州"),
    city_row("532500", "红河哈尼族彝族自治州"),
    city_row("532600", "文山壮族苗族自治州"),
    city_row("532800", "西双版纳傣族自治州"),
    city_row("532900", "大理白族自治州"),
    city_row("533100", "德宏傣族景颇族自治州"),
    city_row("533300", "怒江傈僳族自治州"),
    city_row("533400", "迪庆藏族自治州"),
];

/// 西藏自治区.
pub(super) const TIBET: &[City] = &[
    city_row("540100", "拉萨市"),
    city_row("540200", "日喀则市"),
    city_row("540300", "昌都市"),
    city_row("540400", "林芝市"),
    city_row("540500", "山南市"),
    city_row("540600", "那曲市"),
    city_row("542500", "阿里地区"),
];
