//! Section `[sms]`.

use base::config::{Secret, Validate};
use serde::{Deserialize, Serialize};

use crate::address::BaseUrl;

/// Who sends the messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SmsProvider {
    /// Nobody.
    #[default]
    Off,
    /// 阿里云.
    Aliyun,
    /// 腾讯云.
    Tencent,
}

/// How text messages leave.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SmsConfig {
    /// `off`, `aliyun` or `tencent`.
    pub provider: SmsProvider,
    /// The approved signature (签名), without its brackets.
    pub sign_name: String,
    /// For `aliyun`.
    pub aliyun: AliyunConfig,
    /// For `tencent`.
    pub tencent: TencentConfig,
}

/// Section `[sms.aliyun]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AliyunConfig {
    /// Address of the API.
    pub base_url: String,
    /// AccessKey ID.
    pub access_key_id: String,
    /// AccessKey Secret.
    pub access_key_secret: Secret,
}

/// Section `[sms.tencent]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TencentConfig {
    /// Address of the API.
    pub base_url: String,
    /// Region of the API.
    pub region: String,
    /// SecretId.
    pub secret_id: String,
    /// SecretKey.
    pub secret_key: Secret,
    /// SdkAppId of the application.
    pub sdk_app_id: String,
}

impl Default for AliyunConfig {
    fn default() -> Self {
        Self {
            base_url: "https://dysmsapi.aliyuncs.com".to_owned(),
            access_key_id: String::new(),
            access_key_secret: Secret::default(),
        }
    }
}

impl Default for TencentConfig {
    fn default() -> Self {
        Self {
            base_url: "https://sms.tencentcloudapi.com".to_owned(),
            region: "ap-guangzhou".to_owned(),
            secret_id: String::new(),
            secret_key: Secret::default(),
            sdk_app_id: String::new(),
        }
    }
}

impl SmsConfig {
    /// Is there a provider?
    pub fn is_set(&self) -> bool {
        self.provider != SmsProvider::Off
    }
}

impl Validate for SmsConfig {
    fn faults(&self, faults: &mut Vec<String>) {
        let (aliyun, tencent) = (&self.aliyun, &self.tencent);
        for (name, text) in [("aliyun", &aliyun.base_url), ("tencent", &tencent.base_url)] {
            if let Err(fault) = BaseUrl::parse(text) {
                faults.push(format!("sms.{name}.base_url {fault}"));
            }
        }
        // What goes into a header must fit into one.
        let mut check = |text: &str, name: &str| {
            if text.is_empty() || !text.bytes().all(|b| b.is_ascii_graphic()) {
                faults.push(format!("sms.{name} must be set, in visible ASCII"));
            }
        };
        match self.provider {
            SmsProvider::Off => return,
            SmsProvider::Aliyun => {
                check(&aliyun.access_key_id, "aliyun.access_key_id");
                check(
                    aliyun.access_key_secret.expose(),
                    "aliyun.access_key_secret",
                );
            }
            SmsProvider::Tencent => {
                check(&tencent.region, "tencent.region");
                check(&tencent.secret_id, "tencent.secret_id");
                check(tencent.secret_key.expose(), "tencent.secret_key");
                check(&tencent.sdk_app_id, "tencent.sdk_app_id");
            }
        }
        if self.sign_name.is_empty() {
            faults.push("sms.sign_name must be set with sms.provider".to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(config: &SmsConfig) -> Vec<String> {
        let mut faults = Vec::new();
        config.faults(&mut faults);
        faults
    }

    #[test]
    fn only_the_chosen_provider_needs_keys() {
        assert_eq!(faults(&SmsConfig::default()), Vec::<String>::new());
        let aliyun = SmsConfig {
            provider: SmsProvider::Aliyun,
            ..SmsConfig::default()
        };
        assert_eq!(faults(&aliyun).len(), 3);
        let tencent = SmsConfig {
            provider: SmsProvider::Tencent,
            sign_name: "示例".to_owned(),
            tencent: TencentConfig {
                base_url: "http://sms.tencentcloudapi.com".to_owned(),
                secret_id: "a b".to_owned(),
                ..TencentConfig::default()
            },
            ..SmsConfig::default()
        };
        assert_eq!(faults(&tencent).len(), 4, "{:#?}", faults(&tencent));
    }

    #[test]
    fn providers_have_their_words() {
        let config: SmsConfig = serde_json::from_str(r#"{"provider":"tencent"}"#).unwrap();
        assert_eq!(config.provider, SmsProvider::Tencent);
        assert!(serde_json::from_str::<SmsConfig>(r#"{"provider":"pigeon"}"#).is_err());
    }
}
