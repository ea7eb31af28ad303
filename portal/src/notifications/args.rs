//! What templates can name: the placeholders, how long their values may be, and samples of them.

use std::collections::BTreeMap;

use formats::beijing;
use serde_json::Value;

/// Something that a template names as `{name}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arg {
    /// The word between the braces.
    pub name: &'static str,
    /// What it is, for those who write templates.
    pub zh: &'static str,
    /// Most characters of it in an SMS; a longer value is cut with `…`. A link is never cut.
    pub sms_chars: usize,
    /// A value for previews; no real person, company or school.
    pub sample: &'static str,
    /// Opens something for whoever reads it: it is kept no longer than it is of use, and does not
    /// stand in the site.
    pub secret: bool,
}

/// Values by name.
pub type Args = BTreeMap<String, String>;

const fn arg(name: &'static str, zh: &'static str, sms_chars: usize, sample: &'static str) -> Arg {
    Arg {
        name,
        zh,
        sms_chars,
        sample,
        secret: false,
    }
}

const fn secret(
    name: &'static str,
    zh: &'static str,
    sms_chars: usize,
    sample: &'static str,
) -> Arg {
    Arg {
        secret: true,
        ..arg(name, zh, sms_chars, sample)
    }
}

pub(super) const NAME: Arg = arg("name", "申请人姓名", 8, "林知远");
pub(super) const DEPARTMENT: Arg = arg("department", "所属部门", 10, "人力资源部");
pub(super) const COMPANY: Arg = arg("company", "单位名称", 20, "澄源半导体（示例）有限公司");
pub(super) const SCHOOL: Arg = arg("school", "学校名称", 14, "赣江理工大学（示例）");
pub(super) const RESULT: Arg = arg("result", "结果", 16, "审核通过");
pub(super) const REASON: Arg = arg("reason", "原因说明", 20, "材料齐全");
pub(super) const TITLE: Arg = arg("title", "审核事项", 20, "澄源半导体（示例）企业认证");
pub(super) const DUE: Arg = arg("due", "应完成时间", 16, "2026-11-25 18:00");
pub(super) const DATE: Arg = arg("date", "生效日期", 16, "2026-12-02");
pub(super) const STATE: Arg = arg("state", "状态说明", 12, "已申请注销");
pub(super) const DEVICE: Arg = arg("device", "设备", 16, "Windows 上的 Edge");
pub(super) const MOBILE: Arg = arg("mobile", "手机号", 11, "139****0077");
pub(super) const TIME: Arg = arg("time", "时间", 16, "2026-11-25 09:30");
pub(super) const NUMBER: Arg = arg("number", "投诉编号", 16, "TS20261125001");
pub(super) const FAIR: Arg = arg("fair", "招聘会", 18, "2027 届秋季视频双选会（示例）");
/// 64 hexadecimal digits of a token, and what stands before them.
pub(super) const LINK: Arg = secret("link", "一次性链接", 130, "/reset/0f2c…（示例）");
pub(super) const CODE: Arg = secret("code", "验证码", 6, "382915");

/// The values of a JSON object; a number is written out, what is no value counts as empty.
pub fn read(json: &Value) -> Args {
    let Value::Object(fields) = json else {
        return Args::new();
    };
    fields
        .iter()
        .map(|(name, value)| {
            let text = match value {
                Value::String(text) => text.clone(),
                Value::Null => String::new(),
                other => other.to_string(),
            };
            (name.clone(), text)
        })
        .collect()
}

/// Sample values of `args`.
pub fn samples(args: &[Arg]) -> Args {
    args.iter()
        .map(|arg| (arg.name.to_owned(), arg.sample.to_owned()))
        .collect()
}

/// `text` in at most `most` characters, the last of which is `…` if something is missing.
pub fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let kept = text.chars().take(most.saturating_sub(1));
    kept.chain(['…']).collect()
}

/// `2026-11-25 09:30` in Beijing.
pub fn stamp(ms: i64) -> String {
    let minute_of_day = (ms + beijing::OFFSET_MS)
        .div_euclid(60_000)
        .rem_euclid(24 * 60);
    let (hour, minute) = (minute_of_day / 60, minute_of_day % 60);
    format!(
        "{} {hour:02}:{minute:02}",
        beijing::iso(beijing::date_at(ms))
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notifications::Event;

    #[test]
    fn values_of_any_kind_become_texts() {
        let read = read(&serde_json::json!({ "a": "x", "b": 7, "c": null }));
        assert_eq!(read["a"], "x");
        assert_eq!(read["b"], "7");
        assert_eq!(read["c"], "");
        assert!(super::read(&serde_json::json!([1])).is_empty());
    }

    #[test]
    fn times_are_of_beijing() {
        assert_eq!(stamp(1_795_536_000_000), "2026-11-25 00:00");
        assert_eq!(stamp(1_795_536_000_000 - 60_000), "2026-11-24 23:59");
    }

    #[test]
    fn a_cut_text_says_so() {
        assert_eq!(cut("一二三", 3), "一二三");
        assert_eq!(cut("一二三四", 3), "一二…");
        assert_eq!(cut("一", 0), "…");
    }

    #[test]
    fn secrets_are_the_codes_and_the_links() {
        for event in Event::ALL {
            for arg in event.args() {
                assert_eq!(arg.secret, ["code", "link"].contains(&arg.name), "{event}");
            }
        }
        assert_eq!(Event::Code.secrets().collect::<Vec<_>>(), ["code"]);
    }
}
