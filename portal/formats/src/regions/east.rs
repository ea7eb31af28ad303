//! East China (华东).

use super::{City, city_row};

/// 上海市.
pub(super) const SHANGHAI: &[City] = &[city_row("310000", "上海市")];

/// 江苏省.
pub(super) const JIANGSU: &[City] = &[
    city_row("320100", "南京市"),
    city_row("320200", "无锡市"),
    city_row("320300", "徐州市"),
    city_row("320400", "常州市"),
    city_row("320500", "苏州市"),
    city_row("320600", "南通市"),
    city_row("320700", "连云港市"),
    city_row("320800", "淮安市"),
    city_row("320900", "盐城市"),
    city_row("321000", "扬州市"),
    city_row("321100", "镇江市"),
    city_row("321200", "泰州市"),
    city_row("321300", "宿迁市"),
];

/// 浙江省.
pub(super) const ZHEJIANG: &[City] = &[
    city_row("330100", "杭州市"),
    city_row("330200", "宁波市"),
    city_row("330300", "温州市"),
    city_row("330400", "嘉兴市"),
    city_row("330500", "湖州市"),
    city_row("330600", "绍兴市"),
    city_row("330700", "金华市"),
    city_row("330800", "衢州市"),
    city_row("330900", "舟山市"),
    city_row("331000", "台州市"),
    city_row("331100", "丽水市"),
];

/// 安徽省.
pub(super) const ANHUI: &[City] = &[
    city_row("340100", "合肥市"),
    city_row("340200", "芜湖市"),
    city_row("340300", "蚌埠市"),
    city_row("340400", "淮南市"),
    city_row("340500", "马鞍山市"),
    city_row("340600", "淮北市"),
    city_row("340700", "铜陵市"),
    city_row("340800", "安庆市"),
    city_row("341000", "黄山市"),
    city_row("341100", "滁州市"),
    city_row("341200", "阜阳市"),
    city_row("341300", "宿州市"),
    city_row("341500", "六安市"),
    city_row("341600", "亳州市"),
    city_row("341700", "池州市"),
    city_row("341800", "宣城市"),
];

/// 福建省.
pub(super) const FUJIAN: &[City] = &[
    city_row("350100", "福州市"),
    city_row("350200", "厦门市"),
    city_row("350300", "莆田市"),
    city_row("350400", "三明市"),
    city_row("350500", "泉州市"),
    city_row("350600", "漳州市"),
    city_row("350700", "南平市"),
    city_row("350800", "龙岩市"),
    city_row("350900", "宁德市"),
];

/// 江西省.
pub(super) const JIANGXI: &[City] = &[
    city_row("360100", "南昌市"),
    city_row("360200", "景德镇市"),
    city_row("360300", "萍乡市"),
    city_row("360400", "九江市"),
    city_row("360500", "新余市"),
    city_row("360600", "鹰潭市"),
    city_row("360700", "赣州市"),
    city_row("360800", "吉安市"),
    city_row("360900", "宜春市"),
    city_row("361000", "抚州市"),
    city_row("361100", "上饶市"),
];

/// 山东省.
pub(super) const SHANDONG: &[City] = &[
    city_row("370100", "济南市"),
    city_row("370200", "青岛市"),
    city_row("370300", "淄博市"),
    city_row("370400", "枣庄市"),
    city_row("370500", "东营市"),
    city_row("370600", "烟台市"),
    city_row("370700", "潍坊市"),
    city_row("370800", "济宁市"),
    city_row("370900", "泰安市"),
    city_row("371000", "威海市"),
    city_row("371100", "日照市"),
    city_row("371300", "临沂市"),
    city_row("371400", "德州市"),
    city_row("371500", "聊城市"),
    city_row("371600", "滨州市"),
    city_row("371700", "菏泽市"),
];
