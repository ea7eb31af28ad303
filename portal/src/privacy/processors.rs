//! `/privacy/processors`: who processes personal data for the platform (C9; 《个人信息保护法》
//! 第二十一条). The list follows from the running configuration, so that it cannot fall behind it.

use askama::Template;
use axum::extract::State;
use axum::response::Html;
use outside::objects::StoreKind;
use outside::sms::SmsProvider;

use crate::config::Config;
use crate::state::AppState;
use crate::web::PageResult;

/// Where things are that the platform has to itself.
const OWN_SERVER: &str = "本平台服务器，未委托第三方";

/// One who processes personal data for the platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Processor {
    /// The service.
    pub service: &'static str,
    /// Its legal name, or the host where it is reached.
    pub recipient: String,
    /// What for.
    pub purpose: &'static str,
    /// Which kinds of data.
    pub data: &'static str,
}

/// Those whom `config` uses.
pub fn in_use(config: &Config) -> Vec<Processor> {
    let all = [wechat(config), sms(config), mail(config)];
    all.into_iter().flatten().chain([storage(config)]).collect()
}

fn wechat(config: &Config) -> Option<Processor> {
    config.wechat.is_set().then(|| Processor {
        service: "微信公众号",
        recipient: "深圳市腾讯计算机系统有限公司（微信公众平台）".to_owned(),
        purpose: "扫码登录、绑定账号、发送服务通知",
        data: "公众号内的用户标识（OpenID）、关注和扫码记录、通知内容（企业、学校或双选会名称，\
               申请人姓名和部门，办理结果和原因，时间）",
    })
}

fn sms(config: &Config) -> Option<Processor> {
    let (service, recipient) = match config.sms.provider {
        SmsProvider::Off => return None,
        SmsProvider::Aliyun => ("阿里云短信", "阿里云计算有限公司（阿里云短信服务）"),
        SmsProvider::Tencent => ("腾讯云短信", "腾讯云计算（北京）有限责任公司（腾讯云短信）"),
    };
    Some(Processor {
        service,
        recipient: recipient.to_owned(),
        purpose: "发送验证码和通知短信",
        data: "手机号码、短信内容（验证码，链接，企业、学校或双选会名称，办理结果，时间）",
    })
}

fn mail(config: &Config) -> Option<Processor> {
    let mail = &config.mail;
    mail.is_set().then(|| Processor {
        service: "邮件发送",
        recipient: if mail.is_local() {
            OWN_SERVER.to_owned()
        } else {
            named(&config.privacy.mail_processor, "邮件服务商", &mail.host)
        },
        purpose: "发送通知邮件和验证邮箱的链接",
        data: "邮箱地址、姓名、邮件内容（企业、学校或双选会名称，申请人姓名和部门，办理结果和\
               原因，链接，时间）",
    })
}

/// Something is kept in any case.
fn storage(config: &Config) -> Processor {
    let objects = &config.objects;
    let is_own = match objects.store {
        StoreKind::Folder => true,
        StoreKind::S3 => objects.s3.is_local(),
    };
    Processor {
        service: "文件存储",
        recipient: if is_own {
            OWN_SERVER.to_owned()
        } else {
            let name = &config.privacy.storage_processor;
            named(name, "对象存储服务商", &objects.s3.host())
        },
        purpose: "保存上传的文件",
        data: "头像、附件简历、营业执照、授权书、企业标志和相册、投诉证据",
    }
}

/// The configured name, else a word for the service, each with the host.
fn named(name: &str, service: &str, host: &str) -> String {
    let name = if name.is_empty() { service } else { name };
    format!("{name}（{host}）")
}

/// The list.
#[derive(Debug, Template)]
#[template(path = "processors.html")]
pub struct ProcessorsPage {
    /// Who runs the platform.
    pub operator: String,
    /// Those in use.
    pub processors: Vec<Processor>,
}

impl ProcessorsPage {
    fn new(config: &Config) -> Self {
        Self {
            operator: config.site.operator.clone(),
            processors: in_use(config),
        }
    }

    /// Sample data for the test that renders every page.
    pub fn sample() -> Self {
        let mut config = Config::default();
        config.wechat.appid = "wx0000000000000000".to_owned();
        config.sms.provider = SmsProvider::Aliyun;
        config.mail.host = "smtp.example.com".to_owned();
        Self::new(&config)
    }
}

/// `GET /privacy/processors`, for everyone.
pub(super) async fn show(State(state): State<AppState>) -> PageResult<Html<String>> {
    Ok(Html(ProcessorsPage::new(&state.config).render()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(config: &Config) -> Vec<(&'static str, String)> {
        let all = in_use(config).into_iter();
        all.map(|one| (one.service, one.recipient)).collect()
    }

    #[test]
    fn who_is_not_configured_is_not_listed() {
        let own = ("文件存储", OWN_SERVER.to_owned());
        assert_eq!(told(&Config::default()), [own]);
    }

    #[test]
    fn each_provider_of_sms_is_called_by_its_name() {
        let mut config = Config::default();
        for (provider, service, part) in [
            (SmsProvider::Aliyun, "阿里云短信", "阿里云计算有限公司"),
            (SmsProvider::Tencent, "腾讯云短信", "腾讯云计算"),
        ] {
            config.sms.provider = provider;
            let told = told(&config);
            assert_eq!(told[0].0, service);
            assert!(told[0].1.contains(part), "{told:?}");
            assert_eq!(told.len(), 2, "neither WeChat nor mail: {told:?}");
        }
    }

    #[test]
    fn relay_and_storage_are_called_by_their_host_and_by_their_name_if_it_is_known() {
        let mut config = Config::default();
        config.mail.host = "smtp.example.com".to_owned();
        config.objects.store = StoreKind::S3;
        config.objects.s3.base_url = "https://s3.example.com".to_owned();
        let hosts = [
            ("邮件发送", "邮件服务商（smtp.example.com）".to_owned()),
            ("文件存储", "对象存储服务商（s3.example.com）".to_owned()),
        ];
        assert_eq!(told(&config), hosts);
        config.privacy.mail_processor = "示例网络有限公司".to_owned();
        config.privacy.storage_processor = "示例云有限公司".to_owned();
        let names = [
            (
                "邮件发送",
                "示例网络有限公司（smtp.example.com）".to_owned(),
            ),
            ("文件存储", "示例云有限公司（s3.example.com）".to_owned()),
        ];
        assert_eq!(told(&config), names);
        config.mail.host = "localhost".to_owned();
        config.objects.s3.base_url = "http://127.0.0.1:9000".to_owned();
        let told = told(&config);
        assert!(told.iter().all(|(_, who)| who == OWN_SERVER), "{told:?}");
    }
}
