//! 短信: what the provider's approved template says, so that staff see what a person reads. The
//! order of the placeholders is the order of the template's parameters.
//!
//! Free text of other people (reasons, departments) stays out: providers refuse templates with such
//! parameters. Only what is of no use without it carries a link.

use super::{Text, text as words};
use crate::notifications::events::Event;

pub(super) fn text(event: Event) -> Option<Text> {
    Some(match event {
        Event::JoinRequested | Event::ReviewOverdue | Event::EmailLink => return None,
        Event::JoinDecided => words(
            "加入公司结果",
            "您申请加入{company}，结果：{result}。详情请登录平台查看。",
        ),
        Event::CompanyReviewed => words(
            "企业认证结果",
            "{company}的企业认证结果：{result}。详情请登录平台查看。",
        ),
        Event::ClaimDecided => words(
            "管理员申请结果",
            "{company}的管理员申请结果：{result}。详情请登录平台查看。",
        ),
        Event::RecertificationDecided => words(
            "认证变更结果",
            "{company}的认证信息变更：{result}。详情请登录平台查看。",
        ),
        Event::SchoolJoinDecided => words(
            "入驻高校结果",
            "贵公司入驻{school}的申请结果：{result}。详情请登录平台查看。",
        ),
        Event::AccountCancellation => words(
            "账号注销",
            "账号注销：{state}，日期{date}。如非本人操作请尽快联系客服。",
        ),
        Event::NewDevice => words(
            "新设备登录",
            "您的账号{time}在新设备登录。如非本人操作请立即修改密码。",
        ),
        Event::MobileChanged => words(
            "手机号更换",
            "您的账号{time}更换手机号为{mobile}。如非本人操作请立即联系客服。",
        ),
        Event::IdentityDecided => words(
            "学籍核验结果",
            "{school}的学籍核验结果：{result}。详情请登录平台查看。",
        ),
        Event::ComplaintAnswered => words(
            "投诉处理结果",
            "投诉{number}已有处理结果：{result}。详情请登录平台查看。",
        ),
        Event::BanAppealDecided => words(
            "封禁申诉结果",
            "您对使用限制的申诉已有结果：{result}。详情请登录平台查看。",
        ),
        Event::PasswordLink => words(
            "设置密码链接",
            "请在24小时内打开链接设置登录密码：{link} 请勿转发给他人。",
        ),
        Event::GuestInvited => words(
            "来宾面试官邀请",
            "{company}邀请您担任{fair}的来宾面试官，进入：{link} 请勿转发。",
        ),
        Event::BindingReset => words(
            "学校重置绑定",
            "{school}解除了您的账号绑定（{time}），如有疑问请联系学校。",
        ),
        Event::Code => words(
            "短信验证码",
            "您的验证码是{code}，5分钟内有效，请勿告诉他人。",
        ),
    })
}
