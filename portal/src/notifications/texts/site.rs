//! 站内信: what everyone finds below the bell. Links lead from the message itself, and secrets never
//! stand here.

use super::{Text, text as words};
use crate::notifications::events::Event;

pub(super) fn text(event: Event) -> Text {
    match event {
        Event::JoinRequested => words(
            "{name} 申请加入公司",
            "{name}（{department}）申请加入贵公司，请在公司成员中审核。",
        ),
        Event::JoinDecided => words(
            "加入 {company}：{result}",
            "您申请加入 {company}，结果：{result}。{reason}",
        ),
        Event::CompanyReviewed => words(
            "企业认证：{result}",
            "{company} 的企业认证结果：{result}。{reason}",
        ),
        Event::ClaimDecided => words(
            "管理员申请：{result}",
            "{company} 的企业管理员申请结果：{result}。{reason}",
        ),
        Event::RecertificationDecided => words(
            "认证信息变更：{result}",
            "{company} 变更的认证信息审核结果：{result}。{reason}",
        ),
        Event::SchoolJoinDecided => words(
            "入驻 {school}：{result}",
            "贵公司申请入驻 {school}，结果：{result}。{reason}",
        ),
        Event::ReviewOverdue => words(
            "审核已超期：{title}",
            "“{title}”应于 {due} 前完成审核，目前已超期，请尽快处理。",
        ),
        Event::AccountCancellation => words(
            "账号注销：{state}",
            "您的账号注销：{state}。日期：{date}。如非本人操作，请立即登录并联系客服。",
        ),
        Event::NewDevice => words(
            "新设备登录",
            "您的账号于 {time} 在新设备（{device}）上登录。如非本人操作，请立即修改密码。",
        ),
        Event::MobileChanged => words(
            "手机号已更换",
            "您的账号于 {time} 更换手机号为 {mobile}，以后请用新号码登录。如非本人操作，请立即联系客服。",
        ),
        Event::IdentityDecided => words(
            "学籍核验：{result}",
            "{school} 的学籍核验结果：{result}。{reason}",
        ),
        Event::ComplaintAnswered => words(
            "投诉 {number}：{result}",
            "您的投诉（编号 {number}）处理结果：{result}。",
        ),
        Event::BanAppealDecided => {
            words("封禁申诉：{result}", "您对使用限制的申诉结果：{result}。")
        }
        Event::PasswordLink => words(
            "设置密码链接已发出",
            "管理员为您生成了设置密码的一次性链接，已发送到您的手机或邮箱，24 小时内有效。",
        ),
        Event::GuestInvited => words(
            "来宾面试官邀请",
            "{company} 邀请您担任“{fair}”的来宾面试官，进入链接已发送到您的手机或邮箱。",
        ),
        Event::EmailLink => words(
            "邮箱确认链接已发出",
            "确认链接已发送到您填写的邮箱，24 小时内有效。",
        ),
        Event::BindingReset => words(
            "学校重置了账号绑定",
            "{school} 于 {time} 解除了您的手机号与学生账号的绑定。",
        ),
        Event::Code => words("短信验证码", "验证码已发送到您的手机，5 分钟内有效。"),
    }
}
