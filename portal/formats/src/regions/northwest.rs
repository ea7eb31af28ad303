//! North-west China (西北).

use super::{City, city_row};

/// 陕西省.
pub(super) const SHAANXI: &[City] = &[
    city_row("610100", "西安市"),
    city_row("610200", "铜川市"),
    city_row("610300", "宝鸡市"),
    city_row("610400", "咸阳市"),
    city_row("610500", "渭南市"),
    city_row("610600", "延安市"),
    city_row("610700", "汉中市"),
    city_row("610800", "榆林市"),
    city_row("610900", "安康市"),
    city_row("611000", "商洛市"),
];

/// 甘肃省.
pub(super) const GANSU: &[City] = &[
    city_row("620100", "兰州市"),
    city_row("620200", "嘉峪关市"),
    city_row("620300", "金昌市"),
    city_row("620400", "白银市"),
    city_row("620500", "天水市"),
    city_row("620600", "武威市"),
    city_row("620700", "张掖市"),
    city_row("620800", "平凉市"),
    city_row("620900", "酒泉市"),
    city_row("621000", "庆阳市"),
    city_row("621100", "定西市"),
    city_row("621200", "陇南市"),
    city_row("622900", "临夏回族自治州"),
    city_row("623000", "甘南藏族自治州"),
];

/// 青海省.
pub(super) const QINGHAI: &[City] = &[
    city_row("630100", "西宁市"),
    city_row("630200", "海东市"),
    city_row("632200", "海北藏族自治州"),
    city_row("632300", "黄南藏族自治州"),
    city_row("632500", "海南藏族自治州"),
    city_row("632600", "果洛藏族自治州"),
    city_row("632700", "玉树藏族自治州"),
    city_row("632800", "海西蒙古族藏族自治州"),
];

/// 宁夏回族自治区.
pub(super) const NINGXIA: &[City] = &[
    city_row("640100", "银川市"),
    city_row("640200", "石嘴山市"),
    city_row("640300", "吴忠市"),
    city_row("640400", "固原市"),
    city_row("640500", "中卫市"),
];

/// 新疆维吾尔自治区.
pub(super) const XINJIANG: &[City] = &[
    city_row("650100", "乌鲁木齐市"),
    city_row("650200", "克拉玛依市"),
    city_row("650400", "吐鲁番市"),
    city_row("650500", "哈密市"),
    city_row("652300", "昌吉回族自治州"),
    city_row("652700", "博尔塔拉蒙古自治州"),
    city_row("652800", "巴音郭楞蒙古自治州"),
    city_row("652900", "阿克苏地区"),
    city_row("653000", "克孜勒苏柯尔克孜自治州"),
    city_row("653100", "喀什地区"),
    city_row("653200", "和田地区"),
    city_row("654000", "伊犁哈萨克自治州"),
    city_row("654200", "塔城地区"),
    city_row("654300", "阿勒泰地区"),
    city_row("659001", "石河子市"),
    city_row("659002", "阿拉尔市"),
    city_row("659003", "图木舒克市"),
    city_row("659004", "五家渠市"),
    city_row("659005", "北屯市"),
    city_row("659006", "铁门关市"),
    city_row("659007", "双河市"),
    city_row("659008", "可克达拉市"),
    city_row("659009", "昆玉市"),
    city_row("659010", "胡杨河市"),
    city_row("659011", "新星市"),
    city_row("659012", "白杨市"),
];
