//! Chinese words for what stands in the audit log.

/// Actions with their words, in the order in which a form offers them.
pub const ACTIONS: &[(&str, &str)] = &[
    ("session.begin", "登录"),
    ("session.end", "退出登录"),
    ("login.locked", "登录名被锁定"),
    ("account.register", "注册账号"),
    ("account.profile", "修改个人资料"),
    ("account.disable", "停用账号"),
    ("account.enable", "恢复账号"),
    ("account.unlock", "解除登录锁定"),
    ("account.cancel", "申请注销账号"),
    ("account.cancel_withdraw", "撤回注销申请"),
    ("account.erase", "注销账号"),
    ("account.proof_refused", "导出前验证未通过"),
    ("account.view", "查看账号"),
    ("account.search", "查找账号"),
    ("password.change", "修改密码"),
    ("account.mobile", "更换手机号"),
    ("account.email_link", "申请绑定邮箱"),
    ("account.email", "绑定邮箱"),
    ("password.reset", "重设密码"),
    ("password_link.create", "生成密码链接"),
    ("staff.add", "新增平台员工"),
    ("staff.change", "变更平台员工"),
    ("wechat.bind", "绑定微信"),
    ("wechat.confirm", "确认微信操作"),
    ("wechat.unbind", "解绑微信"),
    ("review.view", "查看审核"),
    ("review.assign", "领取或转交审核"),
    ("review.first_approve", "初审通过"),
    ("review.decide", "作出审核决定"),
    ("review.batch", "批量审核"),
    ("company.register", "注册单位"),
    ("company.profile", "修改单位资料"),
    ("company.brand", "修改雇主品牌"),
    ("company.invoice", "修改开票资料"),
    ("company.freeze", "冻结单位"),
    ("company.unfreeze", "解冻单位"),
    ("certification.submit", "提交认证信息"),
    ("certification.withdraw", "撤回认证信息"),
    ("admin.claim", "申请成为管理员"),
    ("admin.claim_withdraw", "撤回管理员申请"),
    ("admin.transfer", "移交管理员"),
    ("membership.ask", "申请加入公司"),
    ("membership.withdraw", "撤回加入申请"),
    ("member.add", "新增成员"),
    ("member.change", "变更成员"),
    ("member.close", "停用成员"),
    ("member.reopen", "恢复成员"),
    ("member.password_link", "生成成员密码链接"),
    ("guest.invite", "邀请来宾面试官"),
    ("school_join.ask", "申请入驻高校"),
    ("school_join.cancel", "取消入驻高校"),
    ("school_join.block", "拉黑入驻单位"),
    ("school_join.unblock", "解除拉黑单位"),
    ("school.create", "新增学校"),
    ("school.update", "修改学校"),
    ("school.site", "修改就业网站点"),
    ("school_staff.create", "新增学校工作人员"),
    ("school_staff.change", "变更学校工作人员"),
    ("school_staff.role", "变更工作人员角色"),
    ("school_staff.disable", "停用学校工作人员"),
    ("school_staff.enable", "恢复学校工作人员"),
    ("notice.create", "新建公告"),
    ("notice.update", "修改公告"),
    ("notice.published", "发布公告"),
    ("notice.withdrawn", "撤下公告"),
    ("roster.upload", "上传学生名单"),
    ("roster.import", "导入学生名单"),
    ("roster.confirm", "确认导入学生名单"),
    ("roster.done", "学生名单导入完成"),
    ("student.view", "查看学生"),
    ("student.update", "修改学生"),
    ("student.standing", "修改在校状态"),
    ("student.reset", "解除学生手机绑定"),
    ("student.register", "学生注册"),
    ("identity.resubmit", "重新提交身份核验"),
    ("resume.read", "查看简历"),
    ("resume.change", "修改简历"),
    ("resume.file", "上传附件简历"),
    ("resume.file.read", "查看附件简历"),
    ("resume.shield", "屏蔽单位"),
    ("resume.unshield", "取消屏蔽单位"),
    ("resume.visibility", "设置简历可见范围"),
    ("file.read", "查看文件"),
    ("live.join", "进入视频双选会"),
    ("note.begin", "开始面试备注"),
    ("evaluation.save", "保存面试评价"),
    ("feedback.save", "保存面试反馈"),
    ("agreement.accept", "同意协议"),
    ("agreement.publish", "发布协议"),
    ("consent.give", "作出授权"),
    ("consent.withdraw", "撤回授权"),
    ("privacy.export", "导出个人数据"),
    ("complaint.file", "提交投诉"),
    ("complaint.read", "查看投诉"),
    ("complaint.take", "受理投诉"),
    ("complaint.uphold", "认定投诉成立"),
    ("complaint.dismiss", "认定投诉不成立"),
    ("complaint.appeal", "提出申诉"),
    ("complaint.escalate", "投诉超时提醒"),
    ("ban.impose", "封禁"),
    ("ban.lift", "解除封禁"),
    ("ban.read", "查看封禁申诉"),
    ("ban.appeal", "对封禁提出申诉"),
    ("ban.grant", "认定封禁申诉成立"),
    ("ban.refuse", "认定封禁申诉不成立"),
    ("ban.escalate", "封禁申诉超时提醒"),
    ("calendar.change", "修改工作日历"),
    ("dictionary.change", "修改字典"),
    ("dictionary.import", "导入字典"),
    ("flag.set", "设置功能开关"),
    ("notification.settings", "修改通知设置"),
    ("template.update", "编辑通知模板"),
    ("template.reset", "还原通知模板"),
    ("template.rule", "修改通知规则"),
    ("send.retry", "重发通知"),
    ("send.retry_dead", "重发全部死信"),
    ("send.void", "作废通知"),
    ("retention.purge", "到期清除"),
    ("audit.view", "查看审计日志"),
    ("audit.export", "导出审计日志"),
];

/// Kinds of subjects with their words.
pub const SUBJECTS: &[(&str, &str)] = &[
    ("account", "账号"),
    ("login", "登录名"),
    ("company", "单位"),
    ("certification", "认证信息"),
    ("admin_claim", "管理员申请"),
    ("school_join", "入驻申请"),
    ("review", "审核"),
    ("school", "学校"),
    ("notice", "公告"),
    ("roster_import", "名单导入"),
    ("student", "学生"),
    ("identity_claim", "身份核验"),
    ("fair", "视频双选会"),
    ("call", "面试"),
    ("file", "文件"),
    ("agreement", "协议"),
    ("consent", "授权"),
    ("complaint", "投诉"),
    ("ban", "封禁"),
    ("calendar", "工作日历"),
    ("dictionary", "字典"),
    ("flag", "功能开关"),
    ("template", "通知模板"),
    ("send", "发送记录"),
    ("channel", "通知渠道"),
    ("retention", "保存期限"),
    ("audit", "审计日志"),
];

/// The words for an action; one that this version does not know stands for itself.
pub fn action(code: &str) -> &str {
    word(ACTIONS, code)
}

/// The words for a kind of subject.
pub fn subject(code: &str) -> &str {
    word(SUBJECTS, code)
}

fn word<'a>(list: &[(&'static str, &'static str)], code: &'a str) -> &'a str {
    let found = list.iter().find(|(one, _)| *one == code);
    found.map_or(code, |(_, zh)| zh)
}

/// `2026-11-22 08:00:05`, Beijing time.
pub fn at(ms: i64) -> String {
    const DAY_S: i64 = 86_400;
    let date = formats::beijing::date_at(ms);
    let second = (ms + formats::beijing::OFFSET_MS)
        .div_euclid(1000)
        .rem_euclid(DAY_S);
    format!(
        "{} {:02}:{:02}:{:02}",
        formats::beijing::iso(date),
        second / 3600,
        second / 60 % 60,
        second % 60
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::path::Path;

    /// Codes that a source file writes into the log.
    #[derive(Default)]
    struct Found {
        actions: BTreeSet<String>,
        kinds: BTreeSet<String>,
    }

    /// Action and kind of subject of each `Entry::by(…)` and `Entry::system(…)`; and, since an
    /// action may be worked out beside it, whatever in such a file has the form of one.
    fn entries(source: &str, found: &mut Found) {
        for start in ["Entry::by(", "Entry::system("] {
            for part in source.split(start).skip(1) {
                let mut depth = 1;
                let end = part.find(|c| {
                    depth += i32::from(c == '(') - i32::from(c == ')');
                    depth == 0
                });
                let arguments = &part[..end.unwrap_or(0)];
                let texts: Vec<_> = arguments.split('"').skip(1).step_by(2).collect();
                if let [action, kind, ..] = texts[..] {
                    found.actions.insert(action.to_owned());
                    found.kinds.insert(kind.to_owned());
                }
            }
        }
        if source.contains("Entry::by(") {
            let texts = source.split('"').filter(|text| is_action(text));
            found.actions.extend(texts.map(str::to_owned));
        }
    }

    /// `noun.verb`, and no name of a file.
    fn is_action(text: &str) -> bool {
        let words: Vec<_> = text.split('.').collect();
        let word = |word: &&str| {
            !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
        };
        words.len() > 1
            && words.iter().all(word)
            && !matches!(words.last(), Some(&("html" | "csv" | "js" | "css" | "rs")))
    }

    fn walk(folder: &Path, found: &mut Found) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|kind| kind == "rs")
                && !path.ends_with("audit/texts.rs")
            {
                entries(&std::fs::read_to_string(&path).unwrap(), found);
            }
        }
    }

    #[test]
    fn every_action_and_subject_in_the_sources_has_its_words() {
        let mut found = Found::default();
        walk(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
            &mut found,
        );
        assert!(found.actions.len() > 10, "the walk finds entries");
        let without = |codes: &BTreeSet<String>, list: &[(&str, &str)]| -> Vec<String> {
            let unknown = |code: &&String| !list.iter().any(|(one, _)| one == code);
            codes.iter().filter(unknown).cloned().collect()
        };
        assert_eq!(
            (
                without(&found.actions, ACTIONS),
                without(&found.kinds, SUBJECTS)
            ),
            (Vec::new(), Vec::new()),
            "these have no words"
        );
    }

    #[test]
    fn words_are_unique_and_times_are_beijings() {
        for list in [ACTIONS, SUBJECTS] {
            let codes: BTreeSet<_> = list.iter().map(|(code, _)| code).collect();
            let words: BTreeSet<_> = list.iter().map(|(_, zh)| zh).collect();
            assert_eq!((codes.len(), words.len()), (list.len(), list.len()));
        }
        assert_eq!(at(1_795_305_605_000), "2026-11-22 08:00:05");
        assert_eq!(action("no.such"), "no.such");
    }
}
