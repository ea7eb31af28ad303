//! 公众号模板消息: one line per field of the template (类目模板), `key={placeholder}`. WeChat shows the
//! captions that the template has in its library; a long 事物 is cut there with `…`.

use super::{Text, text as words};
use crate::notifications::events::Event;

pub(super) fn text(event: Event) -> Option<Text> {
    Some(match event {
        Event::JoinRequested => words("成员加入申请提醒", "thing1={name}\nthing2={department}"),
        Event::JoinDecided => words(
            "加入公司结果通知",
            "thing1={company}\nthing2={result}\nthing3={reason}",
        ),
        Event::CompanyReviewed => words(
            "企业认证结果通知",
            "thing1={company}\nthing2={result}\nthing3={reason}",
        ),
        Event::ClaimDecided => words(
            "管理员申请结果通知",
            "thing1={company}\nthing2={result}\nthing3={reason}",
        ),
        Event::RecertificationDecided => words(
            "认证变更结果通知",
            "thing1={company}\nthing2={result}\nthing3={reason}",
        ),
        Event::SchoolJoinDecided => words(
            "入驻高校结果通知",
            "thing1={school}\nthing2={result}\nthing3={reason}",
        ),
        Event::ReviewOverdue => words("审核超期提醒", "thing1={title}\ntime2={due}"),
        Event::AccountCancellation => words("账号注销提醒", "thing1={state}\ntime2={date}"),
        Event::NewDevice => words("新设备登录提醒", "thing1={device}\ntime2={time}"),
        Event::MobileChanged => words("手机号更换提醒", "thing1={mobile}\ntime2={time}"),
        Event::IdentityDecided => words(
            "学籍核验结果通知",
            "thing1={school}\nthing2={result}\nthing3={reason}",
        ),
        Event::ComplaintAnswered => words(
            "投诉处理结果通知",
            "character_string1={number}\nthing2={result}",
        ),
        Event::BanAppealDecided => words("封禁申诉结果通知", "thing1={result}"),
        // A one-time link or a code belongs to a telephone number, not to a list of messages that
        // a desktop client shows as well.
        Event::PasswordLink
        | Event::GuestInvited
        | Event::EmailLink
        | Event::BindingReset
        | Event::Code => return None,
    })
}
