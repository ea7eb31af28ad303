//! 邮件: plain text. The link to the page and the platform's closing words are added when it is sent.

use super::{Text, text as words};
use crate::notifications::events::Event;

pub(super) fn text(event: Event) -> Option<Text> {
    Some(match event {
        Event::JoinRequested => words(
            "{name} 申请加入公司",
            "您好：\n\n{name}（{department}）申请加入贵公司，请登录平台，在“公司成员”中审核。",
        ),
        Event::JoinDecided => words(
            "加入公司申请：{result}",
            "您好：\n\n您申请加入 {company}，结果：{result}。\n{reason}",
        ),
        Event::CompanyReviewed => words(
            "企业认证结果：{result}",
            "您好：\n\n{company} 的企业认证结果：{result}。\n{reason}",
        ),
        Event::ClaimDecided => words(
            "企业管理员申请结果：{result}",
            "您好：\n\n{company} 的企业管理员申请结果：{result}。\n{reason}",
        ),
        Event::RecertificationDecided => words(
            "认证信息变更结果：{result}",
            "您好：\n\n{company} 变更的认证信息审核结果：{result}。\n{reason}",
        ),
        Event::SchoolJoinDecided => words(
            "入驻高校结果：{result}",
            "您好：\n\n贵公司申请入驻 {school}，结果：{result}。\n{reason}",
        ),
        Event::ReviewOverdue => words(
            "审核已超期：{title}",
            "您好：\n\n“{title}”应于 {due} 前完成审核，目前已超期，请尽快处理。",
        ),
        Event::AccountCancellation => words(
            "账号注销：{state}",
            "您好：\n\n您的账号注销：{state}。\n日期：{date}\n\n如非本人操作，请立即登录并联系客服。",
        ),
        Event::NewDevice => words(
            "您的账号在新设备上登录",
            "您好：\n\n您的账号在新设备上登录。\n设备：{device}\n时间：{time}\n\n如非本人操作，请立即修改密码。",
        ),
        Event::MobileChanged => words(
            "您的账号更换了手机号",
            "您好：\n\n您的账号于 {time} 更换手机号为 {mobile}，以后请用新号码登录。\n\n如非本人操作，请立即联系客服。",
        ),
        Event::IdentityDecided => words(
            "学籍核验结果：{result}",
            "您好：\n\n{school} 的学籍核验结果：{result}。\n{reason}",
        ),
        Event::ComplaintAnswered => words(
            "投诉 {number} 处理结果",
            "您好：\n\n您的投诉（编号 {number}）处理结果：{result}。",
        ),
        Event::BanAppealDecided => words(
            "封禁申诉结果：{result}",
            "您好：\n\n您对使用限制的申诉结果：{result}。详情请登录平台查看。",
        ),
        Event::PasswordLink => words(
            "设置登录密码",
            "您好：\n\n请在 24 小时内打开下面的链接设置登录密码，链接只能使用一次，请勿转发：\n{link}",
        ),
        Event::GuestInvited => words(
            "{company} 邀请您担任来宾面试官",
            "您好：\n\n{company} 邀请您担任“{fair}”的来宾面试官。请打开下面的链接进入，请勿转发：\n{link}",
        ),
        Event::EmailLink => words(
            "确认绑定邮箱",
            "您好：\n\n有账号申请绑定这个邮箱。如果是您本人，请在 24 小时内登录后打开下面的链接确认：\n{link}\n\n如非本人操作，请忽略这封邮件。",
        ),
        Event::Code | Event::BindingReset => return None,
    })
}
