use super::*;
use crate::notifications::rules;

/// 【示例就业平台】: eight characters and their brackets.
const SIGN: usize = 8;

fn every() -> impl Iterator<Item = (Event, Channel)> {
    Event::ALL
        .into_iter()
        .flat_map(|event| Channel::ALL.map(|channel| (event, channel)))
}

fn args(pairs: &[(&str, &str)]) -> Args {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

fn template(body: &str) -> Template {
    Template {
        title: "标题".to_owned(),
        body: body.to_owned(),
        provider_template: String::new(),
    }
}

fn fault(event: Event, channel: Channel, body: &str) -> String {
    let errors = check(event, channel, &template(body), SIGN);
    errors.get("body").unwrap_or_default().to_owned()
}

#[test]
fn every_event_has_a_text_on_each_channel_that_its_rules_use() {
    for (event, channel) in every() {
        let uses = channel == Channel::Site || rules::built_in(event, channel).is_some();
        let text = Template::built_in(event, channel);
        assert_eq!(text.is_some(), uses, "{event} {channel}");
    }
}

#[test]
fn every_built_in_text_renders_with_the_documented_args_and_passes_its_own_check() {
    for (event, channel) in every() {
        let Some(template) = Template::built_in(event, channel) else {
            continue;
        };
        let samples = args::samples(event.args());
        let title = fill(&template.title, &samples).unwrap_or_else(|e| panic!("{event}: {e}"));
        let body = fill(&template.body, &samples).unwrap_or_else(|e| panic!("{event}: {e}"));
        assert!(!title.contains('{') && !body.contains('{'), "{body}");
        let errors = check(event, channel, &template, SIGN);
        assert!(errors.is_empty(), "{event} {channel}: {errors:?}");
    }
}

#[test]
fn a_missing_arg_is_told_and_leaves_a_gap() {
    let text = "{company}：{result}";
    let some = args(&[("company", "澄源")]);
    let missing = fill(text, &some).unwrap_err();
    assert_eq!(missing, TemplateFault::Missing("result".to_owned()));
    assert_eq!(fill_anyway(text, &some), "澄源：");
    assert_eq!(fill_anyway("a{", &some), "a{");
}

#[test]
fn a_value_with_braces_is_no_placeholder() {
    let values = args(&[("company", "{result}"), ("result", "x")]);
    assert_eq!(fill("{company}", &values).unwrap(), "{result}");
}

#[test]
fn braces_that_make_no_placeholder_are_refused() {
    for text in ["{", "}", "a}b", "{a", "{}", "{A}", "{a b}", "{{a}}"] {
        assert_eq!(
            fill(text, &Args::new()),
            Err(TemplateFault::Brace),
            "{text}"
        );
        let found = fault(Event::CompanyReviewed, Channel::Email, text);
        assert!(found.contains("大括号"), "{text}: {found}");
    }
}

#[test]
fn an_sms_fits_into_one_part_however_long_its_values_are() {
    for event in Event::ALL {
        let Some(template) = Template::built_in(event, Channel::Sms) else {
            continue;
        };
        let long = |arg: &Arg| {
            let chars = if arg.secret { arg.sms_chars } else { 200 };
            (arg.name.to_owned(), "长".repeat(chars))
        };
        let values: Args = event.args().iter().map(long).collect();
        let params: Args = sms_params(event, &template, &values).into_iter().collect();
        let text = fill(&template.body, &params).unwrap();
        let chars = text.chars().count() + SIGN + 2;
        assert_eq!(chars, longest_sms(event, &template.body, SIGN), "{event}");
        let most = if text.contains("打开链接") || template.body.contains("{link}") {
            SMS_LINK_PARTS
        } else {
            1
        };
        assert!(sms_parts(chars) <= most, "{event}: {chars} characters");
    }
}

#[test]
fn an_sms_that_providers_would_refuse_is_refused() {
    let of = |body: &str| fault(Event::CompanyReviewed, Channel::Sms, body);
    assert!(of("{company}详见 https://x.example").contains("网址"));
    assert!(of("{company}免费领取").contains("营销"));
    assert!(of("【聘会】{company}").contains("签名"));
    assert!(of("{company}\n{result}").contains("一段"));
    assert!(of(&format!("{{company}}{}", "字".repeat(41))).contains("71 字"));
    assert_eq!(of(&format!("{{company}}{}", "字".repeat(40))), "");
    let link = |body: String| fault(Event::PasswordLink, Channel::Sms, &body);
    assert_eq!(link(format!("{{link}}{}", "字".repeat(100))), "");
    assert!(link(format!("{{link}}{}", "字".repeat(200))).contains("分 6 条"));
}

#[test]
fn a_template_names_only_what_its_event_has() {
    let of = |channel, body: &str| fault(Event::CompanyReviewed, channel, body);
    assert!(of(Channel::Email, "{school}").contains("没有变量 {school}"));
    assert_eq!(of(Channel::Email, ""), "请填写正文");
    assert!(of(Channel::Email, &"字".repeat(2_001)).contains("最多 2000 字"));
    let secret = fault(Event::PasswordLink, Channel::Site, "{link}");
    assert!(secret.contains("只能出现在短信和邮件里"));
    let titled = Template {
        title: "{link}".to_owned(),
        ..template("x")
    };
    let errors = check(Event::PasswordLink, Channel::Site, &titled, SIGN);
    assert!(errors.get("title").is_some());
    let long = Template {
        title: "字".repeat(61),
        provider_template: "SMS 1".to_owned(),
        ..template("x")
    };
    let errors = check(Event::CompanyReviewed, Channel::Sms, &long, SIGN);
    assert!(errors.get("title").is_some() && errors.get("provider_template").is_some());
    let errors = check(Event::CompanyReviewed, Channel::Email, &long, SIGN);
    assert!(
        errors
            .get("provider_template")
            .unwrap()
            .contains("没有模板编号")
    );
}

#[test]
fn a_template_message_has_one_field_per_line() {
    let of = |body: &str| fault(Event::CompanyReviewed, Channel::Wechat, body);
    assert_eq!(of("thing1={company}\n\nphrase2={result}"), "");
    assert!(of("{company}").contains("每行一个字段"));
    assert!(of("first={company}").contains("不是公众号模板的字段"));
    assert!(of("thing1=").contains("没有内容"));
    assert!(of("thing1={company}\nthing1={result}").contains("写了两次"));
    let nine: String = (1..=9).map(|n| format!("thing{n}=x\n")).collect();
    assert!(of(&nine).contains("最多 8 个字段"));
}

#[test]
fn every_value_becomes_one_that_wechat_takes() {
    let now = "2026-11-25 09:30";
    let takes = |key: &str, value: &str| {
        let value = wechat_value(key, value, now);
        let kind = FieldKind::of_key(key).unwrap();
        // Long 事物 are cut by the adapter.
        let cut = args::cut(&value, 20);
        assert!(kind.takes(&cut), "{key}: {value}");
        value
    };
    assert_eq!(takes("phrase2", "审核通过"), "审核通过");
    assert_eq!(takes("phrase2", "（未通过）"), "未通过");
    assert_eq!(
        takes("phrase2", "管理员已变更"),
        "已处理",
        "half of it is another thing"
    );
    assert_eq!(takes("phrase2", "rejected"), "已处理");
    assert_eq!(takes("thing3", ""), "无");
    assert_eq!(takes("thing3", &"长".repeat(40)).chars().count(), 40);
    assert_eq!(takes("time2", "2026-11-25 18:00"), "2026-11-25 18:00");
    assert_eq!(takes("time2", "明天"), now);
    assert_eq!(takes("character_string1", "TS-1 号"), "TS-1");
    assert_eq!(takes("character_string1", "一"), "-");
}

#[test]
fn params_are_in_the_order_of_the_text() {
    let template = template("{result}，{company}，{result}");
    assert_eq!(template.params(), ["result", "company"]);
    let long = "很长的名字".repeat(10);
    let values = args(&[("company", &long), ("result", "通过")]);
    let params = sms_params(Event::CompanyReviewed, &template, &values);
    assert_eq!(params[0], ("result".to_owned(), "通过".to_owned()));
    assert_eq!(params[1].1.chars().count(), 20);
    assert!(params[1].1.ends_with('…'));
}
