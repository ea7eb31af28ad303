//! North-east China (东北).

use super::{City, city_row};

/// 辽宁省.
pub(super) const LIAONING: &[City] = &[
    city_row("210100", "沈阳市"),
    city_row("210200", "大连市"),
    city_row("210300", "鞍山市"),
    city_row("210400", "抚顺市"),
    city_row("210500", "本溪市"),
    city_row("210600", "丹东市"),
    city_row("210700", "锦州市"),
    city_row("210800", "营口市"),
    city_row("210900", "阜新市"),
    city_row("211000", "辽阳市"),
    city_row("211100", "盘锦市"),
    city_row("211200", "铁岭市"),
    city_row("211300", "朝阳市"),
    city_row("211400", "葫芦岛市"),
];

/// 吉林省.
pub(super) const JILIN: &[City] = &[
    city_row("220100", "长春市"),
    city_row("220200", "吉林市"),
    city_row("220300", "四平市"),
    city_row("220400", "辽源市"),
    city_row("220500", "通化市"),
    city_row("220600", "白山市"),
    city_row("220700", "松原市"),
    city_row("220800", "白城市"),
    city_row("222400", "延边朝鲜族自治州"),
];

/// 黑龙江省.
pub(super) const HEILONGJIANG: &[City] = &[
    city_row("230100", "哈尔滨市"),
    city_row("230200", "齐齐哈尔市"),
    city_row("230300", "鸡西市"),
    city_row("230400", "鹤岗市"),
    city_row("230500", "双鸭山市"),
    city_row("230600", "大庆市"),
    city_row("230700", "伊春市"),
    city_row("230800", "佳木斯市"),
    city_row("230900", "七台河市"),
    city_row("231000", "牡丹江市"),
    city_row("231100", "黑河市"),
    city_row("231200", "绥化市"),
    city_row("232700", "大兴安岭地区"),
];
