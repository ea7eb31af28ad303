//! Central China (华中).

use super::{City, city_row};

/// 河南省.
pub(super) const HENAN: &[City] = &[
    city_row("410100", "郑州市"),
    city_row("410200", "开封市"),
    city_row("410300", "洛阳市"),
    city_row("410400", "平顶山市"),
    city_row("410500", "安阳市"),
    city_row("410600", "鹤壁市"),
    city_row("410700", "新乡市"),
    city_row("410800", "焦作市"),
    city_row("410900", "濮阳市"),
    city_row("411000", "许昌市"),
    city_row("411100", "漯河市"),
    city_row("411200", "三门峡市"),
    city_row("411300", "南阳市"),
    city_row("411400", "商丘市"),
    city_row("411500", "信阳市"),
    city_row("411600", "周口市"),
    city_row("411700", "驻马店市"),
    city_row("419001", "济源市"),
];

/// 湖北省.
pub(super) const HUBEI: &[City] = &[
    city_row("420100", "武汉市"),
    city_row("420200", "黄石市"),
    city_row("420300", "十堰市"),
    city_row("420500", "宜昌市"),
    city_row("420600", "襄阳市"),
    city_row("420700", "鄂州市"),
    city_row("420800", "荆门市"),
    city_row("420900", "孝感市"),
    city_row("421000", "荆州市"),
    city_row("421100", "黄冈市"),
    city_row("421200", "咸宁市"),
    city_row("421300", "随州市"),
    city_row("422800", "恩施土家族苗族自治州"),
    city_row("429004", "仙桃市"),
    city_row("429005", "潜江市"),
    city_row("429006", "天门市"),
    city_row("429021", "神农架林区"),
];

/// 湖南省.
pub(super) const HUNAN: &[City] = &[
    city_row("430100", "长沙市"),
    city_row("430200", "株洲市"),
    city_row("430300", "湘潭市"),
    city_row("430400", "衡阳市"),
    city_row("430500", "邵阳市"),
    city_row("430600", "岳阳市"),
    city_row("430700", "常德市"),
    city_row("430800", "张家界市"),
    city_row("430900", "益阳市"),
    city_row("431000", "郴州市"),
    city_row("431100", "永州市"),
    city_row("431200", "怀化市"),
    city_row("431300", "娄底市"),
    city_row("433100", "湘西土家族苗族自治州"),
];
