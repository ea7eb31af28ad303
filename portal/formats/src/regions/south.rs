//! South China (华南), Hong Kong, Macao and Taiwan.

use super::{City, city_row};

/// 广东省.
pub(super) const GUANGDONG: &[City] = &[
    city_row("440100", "广州市"),
    city_row("440200", "韶关市"),
    city_row("440300", "深圳市"),
    city_row("440400", "珠海市"),
    city_row("440500", "汕头市"),
    city_row("440600", "佛山市"),
    city_row("440700", "江门市"),
    city_row("440800", "湛江市"),
    city_row("440900", "茂名市"),
    city_row("441200", "肇庆市"),
    city_row("441300", "惠州市"),
    city_row("441400", "梅州市"),
    city_row("441500", "汕尾市"),
    city_row("441600", "河源市"),
    city_row("441700", "阳江市"),
    city_row("441800", "清远市"),
    city_row("441900", "东莞市"),
    city_row("442000", "中山市"),
    city_row("445100", "潮州市"),
    city_row("445200", "揭阳市"),
    city_row("445300", "云浮市"),
];

/// 广西壮族自治区.
pub(super) const GUANGXI: &[City] = &[
    city_row("450100", "南宁市"),
    city_row("450200", "柳州市"),
    city_row("450300", "桂林市"),
    city_row("450400", "梧州市"),
    city_row("450500", "北海市"),
    city_row("450600", "防城港市"),
    city_row("450700", "钦州市"),
    city_row("450800", "贵港市"),
    city_row("450900", "玉林市"),
    city_row("451000", "百色市"),
    city_row("451100", "贺州市"),
    city_row("451200", "河池市"),
    city_row("451300", "来宾市"),
    city_row("451400", "崇左市"),
];

/// 海南省.
pub(super) const HAINAN: &[City] = &[
    city_row("460100", "海口市"),
    city_row("460200", "三亚市"),
    city_row("460300", "三沙市"),
    city_row("460400", "儋州市"),
    city_row("469001", "五指山市"),
    city_row("469002", "琼海市"),
    city_row("469005", "文昌市"),
    city_row("469006", "万宁市"),
    city_row("469007", "东方市"),
    city_row("469021", "定安县"),
    city_row("469022", "屯昌县"),
    city_row("469023", "澄迈县"),
    city_row("469024", "临高县"),
    city_row("469025", "白沙黎族自治县"),
    city_row("469026", "昌江黎族自治县"),
    city_row("469027", "乐东黎族自治县"),
    city_row("469028", "陵水黎族自治县"),
    city_row("469029", "保亭黎族苗族自治县"),
    city_row("469030", "琼中黎族苗族自治县"),
];

/// 台湾省.
pub(super) const TAIWAN: &[City] = &[city_row("710000", "台湾省")];

/// 香港特别行政区.
pub(super) const HONG_KONG: &[City] = &[city_row("810000", "香港特别行政区")];

/// 澳门特别行政区.
pub(super) const MACAO: &[City] = &[city_row("820000", "澳门特别行政区")];
