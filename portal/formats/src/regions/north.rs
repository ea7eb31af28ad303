//! North China (华北).

use super::{City, city_row};

/// 北京市.
pub(super) const BEIJING: &[City] = &[city_row("110000", "北京市")];

/// 天津市.
pub(super) const TIANJIN: &[City] = &[city_row("120000", "天津市")];

/// 河北省.
pub(super) const HEBEI: &[City] = &[
    city_row("130100", "石家庄市"),
    city_row("130200", "唐山市"),
    city_row("130300", "秦皇岛市"),
    city_row("130400", "邯郸市"),
    city_row("130500", "邢台市"),
    city_row("130600", "保定市"),
    city_row("130700", "张家口市"),
    city_row("130800", "承德市"),
    city_row("130900", "沧州市"),
    city_row("131000", "廊坊市"),
    city_row("131100", "衡水市"),
];

/// 山西省.
pub(super) const SHANXI: &[City] = &[
    city_row("140100", "太原市"),
    city_row("140200", "大同市"),
    city_row("140300", "阳泉市"),
    city_row("140400", "长治市"),
    city_row("140500", "晋城市"),
    city_row("140600", "朔州市"),
    city_row("140700", "晋中市"),
    city_row("140800", "运城市"),
    city_row("140900", "忻州市"),
    city_row("141000", "临汾市"),
    city_row("141100", "吕梁市"),
];

/// 内蒙古自治区.
pub(super) const INNER_MONGOLIA: &[City] = &[
    city_row("150100", "呼和浩特市"),
    city_row("150200", "包头市"),
    city_row("150300", "乌海市"),
    city_row("150400", "赤峰市"),
    city_row("150500", "通辽市"),
    city_row("150600", "鄂尔多斯市"),
    city_row("150700", "呼伦贝尔市"),
    city_row("150800", "巴彦淖尔市"),
    city_row("150900", "乌兰察布市"),
    city_row("152200", "兴安盟"),
    city_row("152500", "锡林郭勒盟"),
    city_row("152900", "阿拉善盟"),
];
