//! Why a send stands where it stands, in words for staff.

use outside::Cause;

use crate::notifications::plan::Why;

/// The words for what is in the column `error`: a word of ours, or a provider's cause and code.
pub(super) fn zh(error: &str) -> String {
    if let Some(why) = Why::ALL.into_iter().find(|why| why.as_str() == error) {
        return why.zh().to_owned();
    }
    match error {
        "" => return String::new(),
        "stale" => return "发送进程中断，已重新排队".to_owned(),
        _ => {}
    }
    let (word, code) = error.split_once(':').unwrap_or((error, ""));
    let cause = Cause::ALL.into_iter().find(|cause| cause.as_str() == word);
    match cause {
        None => error.to_owned(),
        Some(cause) if code.is_empty() => of(cause).to_owned(),
        Some(cause) => format!("{}（{code}）", of(cause)),
    }
}

fn of(cause: Cause) -> &'static str {
    match cause {
        Cause::Recipient => "地址无效或被拒收",
        Cause::NotFollowing => Why::NotFollowing.zh(),
        Cause::Content => "模板或内容不被接受",
        Cause::Limit => "频率或额度用尽",
        Cause::Balance => "服务商余额不足",
        Cause::Credentials => "密钥、签名或白名单有误",
        Cause::Busy => "服务商繁忙",
        Cause::Unreachable => "连接不上服务商",
        Cause::NoAnswer => "服务商没有应答",
        Cause::Unreadable => "服务商应答无法识别",
        Cause::Other => "服务商返回未知错误",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_words() {
        for why in Why::ALL {
            assert_eq!(zh(why.as_str()), why.zh());
        }
        for cause in Cause::ALL {
            assert_eq!(zh(cause.as_str()), of(cause));
        }
        assert_eq!(zh("busy:http-503"), "服务商繁忙（http-503）");
        assert_eq!(zh("failed:user block"), "failed:user block");
        assert_eq!(zh(""), "");
    }
}
