//! Section `[wechat]`.

use base::config::{Secret, Validate};
use serde::{Deserialize, Serialize};

use super::callback::SafeKey;
use crate::address::BaseUrl;

/// Most bytes of the callback token; WeChat allows 3 to 32 letters and digits.
const TOKEN_BYTES: std::ops::RangeInclusive<usize> = 3..=32;

/// The official account of the platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WechatConfig {
    /// Address of the API.
    pub base_url: String,
    /// Address of the pictures of scene codes.
    pub mp_base_url: String,
    /// AppID (开发者 ID). Empty: there is no official account.
    pub appid: String,
    /// AppSecret (开发者密码).
    pub secret: Secret,
    /// Token of the callback (令牌), 3 to 32 letters and digits.
    pub token: Secret,
    /// EncodingAESKey of the callback (消息加解密密钥), 43 letters and digits, for safe mode
    /// (安全模式). Empty: callbacks come in plain text, and their bodies are not signed.
    pub encoding_aes_key: Secret,
}

impl Default for WechatConfig {
    fn default() -> Self {
        Self {
            base_url: "https://api.weixin.qq.com".to_owned(),
            mp_base_url: "https://mp.weixin.qq.com".to_owned(),
            appid: String::new(),
            secret: Secret::default(),
            token: Secret::default(),
            encoding_aes_key: Secret::default(),
        }
    }
}

impl WechatConfig {
    /// Is there an official account?
    pub fn is_set(&self) -> bool {
        !self.appid.is_empty()
    }
}

impl Validate for WechatConfig {
    fn faults(&self, faults: &mut Vec<String>) {
        for (name, text) in [
            ("base_url", &self.base_url),
            ("mp_base_url", &self.mp_base_url),
        ] {
            if let Err(fault) = BaseUrl::parse(text) {
                faults.push(format!("wechat.{name} {fault}"));
            }
        }
        if !self.is_set() {
            return;
        }
        let mut check = |good: bool, text: &str| {
            if !good {
                faults.push(text.to_owned());
            }
        };
        let plain = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric());
        check(
            plain(&self.appid),
            "wechat.appid must be letters and digits",
        );
        check(
            !self.secret.is_empty(),
            "wechat.secret must be set with wechat.appid",
        );
        let token = self.token.expose();
        check(
            TOKEN_BYTES.contains(&token.len()) && plain(token),
            "wechat.token must be 3 to 32 letters and digits",
        );
        check(
            self.encoding_aes_key.is_empty() || SafeKey::parse(&self.encoding_aes_key).is_some(),
            "wechat.encoding_aes_key must be 43 letters and digits",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(config: &WechatConfig) -> Vec<String> {
        let mut faults = Vec::new();
        config.faults(&mut faults);
        faults
    }

    #[test]
    fn nothing_is_needed_without_an_account() {
        assert_eq!(faults(&WechatConfig::default()), Vec::<String>::new());
        assert!(!WechatConfig::default().is_set());
    }

    #[test]
    fn all_faults_of_an_account_are_told_and_hold_no_secret() {
        let config = WechatConfig {
            base_url: "http://api.weixin.qq.com".to_owned(),
            appid: "wx 1".to_owned(),
            token: Secret::new("hush hush"),
            encoding_aes_key: Secret::new("hushhush"),
            ..WechatConfig::default()
        };
        let faults = faults(&config);
        assert_eq!(faults.len(), 5, "{faults:#?}");
        assert!(!faults.concat().contains("hush"));
    }

    #[test]
    fn an_unknown_setting_is_refused() {
        assert!(toml_like(r#"{"appid":"wx1","horse":1}"#).is_err());
        assert_eq!(toml_like(r#"{"appid":"wx1"}"#).unwrap().appid, "wx1");
    }

    fn toml_like(text: &str) -> Result<WechatConfig, serde_json::Error> {
        serde_json::from_str(text)
    }
}
