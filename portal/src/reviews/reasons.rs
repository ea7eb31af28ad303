//! Reasons that reviewers give often.

use super::rules::Kind;

/// The usual reasons to return or refuse something of this kind.
pub fn usual(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Company | Kind::Recertification => &[
            "单位名称与营业执照不一致，请按执照填写",
            "统一社会信用代码与营业执照不一致",
            "营业执照图片不清晰或不完整，请重新上传",
            "授权书未加盖公章，或经办人信息不完整",
            "单位性质或所属行业选择有误",
            "该单位已注册，请改为申请加入公司",
        ],
        Kind::AdminClaim => &[
            "授权书未加盖单位公章",
            "授权书上的姓名与申请人不一致",
            "授权书图片不清晰或不完整，请重新上传",
            "单位不同意变更管理员",
        ],
        Kind::SchoolJoin => &[
            "单位资料不完整，请补充后再申请",
            "招聘需求与本校专业不符",
            "请先与就业指导中心电话联系",
        ],
        Kind::Membership => &["请联系公司管理员核实身份", "所填部门有误"],
        Kind::Identity => &[
            "学号与姓名不符，请核对后重新提交",
            "学院或专业填写有误",
            "本校没有这名学生",
        ],
    }
}

/// A usual reason and a reviewer's own words as one text.
pub fn joined(usual: &str, own: &str) -> String {
    let parts = [usual.trim(), own.trim()];
    let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join("；")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reviews::rules::REASON_CHARS;

    #[test]
    fn a_usual_reason_leaves_room_for_own_words() {
        for kind in Kind::ALL {
            assert!(!usual(kind).is_empty());
            for reason in usual(kind) {
                assert!(reason.chars().count() < REASON_CHARS / 4, "{reason}");
            }
        }
        assert_eq!(joined(" 甲 ", "乙"), "甲；乙");
        assert_eq!(joined("", " 乙"), "乙");
        assert_eq!(joined("", " "), "");
    }
}
