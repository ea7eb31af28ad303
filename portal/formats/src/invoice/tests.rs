use proptest::prelude::*;

use super::*;

/// 示例: made up, with a code that has the right check digit.
fn special() -> Draft {
    Draft {
        kind: Kind::Special,
        holder: Holder::Enterprise,
        title: " 示例科技（长沙）有限公司 ".to_owned(),
        tax_number: "91430100ma4l004760".to_owned(),
        address: "长沙市岳麓区示例路 1 号".to_owned(),
        phone: "（0731）88888888".to_owned(),
        bank: "示例银行长沙支行".to_owned(),
        account: "4300 0000 0000 0000 001".to_owned(),
        email: "Finance@Demo.example".to_owned(),
        mobile: String::new(),
        remark: String::new(),
    }
}

fn general(holder: Holder) -> Draft {
    Draft {
        holder,
        title: "示例".to_owned(),
        email: "a@demo.example".to_owned(),
        ..Draft::default()
    }
}

fn faulty(draft: &Draft) -> Vec<Field> {
    draft
        .check()
        .map(|_| Vec::new())
        .unwrap_or_else(|faults| faults.into_iter().map(|fault| fault.field).collect())
}

fn said(draft: &Draft) -> Vec<String> {
    let faults = draft.check().unwrap_err();
    faults.iter().map(|fault| fault.zh().into_owned()).collect()
}

#[test]
fn a_special_invoice_is_stored_in_one_form() {
    let title = special().check().unwrap();
    let fields = title.fields();
    assert_eq!(fields.title, "示例科技（长沙）有限公司");
    assert_eq!(fields.tax_number, "91430100MA4L004760");
    assert_eq!(fields.phone, "0731-88888888");
    assert_eq!(fields.account, "4300000000000000001");
    assert_eq!(fields.email, "finance@demo.example");
    assert!(!title.is_tax_number_doubtful());
}

#[test]
fn each_kind_has_its_required_fields() {
    use Field::{Account, Address, Bank, Email, Phone, TaxNumber, Title};
    let empty = |kind, holder| Draft {
        kind,
        holder,
        ..Draft::default()
    };
    let all = [Title, TaxNumber, Address, Phone, Bank, Account, Email];
    assert_eq!(faulty(&empty(Kind::Special, Holder::Enterprise)), all);
    assert_eq!(faulty(&empty(Kind::Special, Holder::Institution)), all);
    let enterprise = [Title, TaxNumber, Email];
    assert_eq!(
        faulty(&empty(Kind::General, Holder::Enterprise)),
        enterprise
    );
    assert_eq!(
        faulty(&empty(Kind::General, Holder::Institution)),
        enterprise
    );
    assert_eq!(
        faulty(&empty(Kind::General, Holder::Individual)),
        [Title, Email]
    );
    for kind in Kind::ALL {
        for holder in Holder::ALL {
            for field in required(*kind, *holder) {
                assert!(faulty(&empty(*kind, *holder)).contains(field));
            }
        }
    }
    assert_eq!(
        said(&empty(Kind::General, Holder::Enterprise)),
        ["请填写抬头", "请填写税号", "请填写接收邮箱"]
    );
}

#[test]
fn an_institution_without_tax_number_says_so() {
    let mut draft = general(Holder::Institution);
    assert_eq!(
        said(&draft),
        ["请填写税号；没有税号的事业单位，请在备注中说明"]
    );
    draft.remark = "本单位无税号".to_owned();
    assert!(draft.check().is_ok());
    draft.kind = Kind::Special;
    assert!(faulty(&draft).contains(&Field::TaxNumber));
}

#[test]
fn a_person_needs_a_title_and_an_address_only() {
    let mut draft = general(Holder::Individual);
    assert!(draft.check().is_ok());
    draft.kind = Kind::Special;
    assert_eq!(said(&draft)[0], "增值税专用发票不能开给个人，请选普通发票");
}

#[test]
fn each_bad_field_is_told_beside_itself() {
    let bad = Draft {
        title: "<示例>".to_owned(),
        tax_number: "9143010OMA4L004760".to_owned(),
        address: "长沙".to_owned(),
        phone: "8888".to_owned(),
        bank: "银行".to_owned(),
        account: "1234-x".to_owned(),
        email: "finance".to_owned(),
        mobile: "12345".to_owned(),
        remark: "长".repeat(201),
        ..special()
    };
    assert_eq!(
        said(&bad),
        [
            "不能含有“<”",
            "第 8 位“O”有误：第 3 至 8 位只能是数字",
            "至少 5 个字",
            "请填写固定电话（如 0731-88888888）或 11 位手机号码",
            "至少 4 个字",
            "银行账号应为 8 至 32 位数字",
            "邮箱应写作 名称@域名，如 hr@demo.example",
            "手机号码应为 11 位数字，以 13 至 19 开头",
            "最多 200 个字",
        ]
    );
}

#[test]
fn tax_numbers_are_of_15_to_20_characters() {
    let with = |tax_number: &str| Draft {
        tax_number: tax_number.to_owned(),
        ..special()
    };
    for good in [
        "91430100MA4L004760",
        "430100000000001",
        "43010000000000001",
        "43010000000000000012",
    ] {
        assert!(with(good).check().is_ok(), "{good}");
    }
    for bad in ["802100433", "914301000000000000012", "税号"] {
        assert_eq!(
            said(&with(bad)),
            ["税号应为 15 至 20 位数字和大写字母"],
            "{bad}"
        );
    }
    let doubtful = with("91430100MA4L10101C").check().unwrap();
    assert!(doubtful.is_tax_number_doubtful());
}

#[test]
fn a_title_is_stored_as_its_fields_and_checked_when_read() {
    let title = special().check().unwrap();
    let json = serde_json::to_string(&title).unwrap();
    assert!(json.starts_with(r#"{"kind":"special","holder":"enterprise","#));
    assert_eq!(serde_json::from_str::<Title>(&json).unwrap(), title);
    assert!(serde_json::from_str::<Title>(r#"{"kind":"special"}"#).is_err());
}

#[test]
fn words_lead_back() {
    for field in Field::ALL {
        assert_eq!(Field::from_word(field.as_str()), Some(*field));
        let json = serde_json::to_string(field).unwrap();
        assert_eq!(json, format!("\"{}\"", field.as_str()));
    }
    for kind in Kind::ALL {
        assert_eq!(Kind::from_word(kind.as_str()), Some(*kind));
    }
    for holder in Holder::ALL {
        assert_eq!(Holder::from_word(holder.as_str()), Some(*holder));
    }
    assert_eq!(Kind::from_word("paper"), None);
}

proptest! {
    #[test]
    fn no_draft_panics_and_a_title_stays_as_it_is(
        texts in proptest::collection::vec("\\PC{0,20}|[0-9A-Z]{15,20}|[a-z]{1,5}@[a-z]{2,5}\\.cn|示例公司", 9),
        special in any::<bool>(),
        holder in 0..3usize,
    ) {
        let draft = Draft {
            kind: if special { Kind::Special } else { Kind::General },
            holder: Holder::ALL[holder],
            title: texts[0].clone(),
            tax_number: texts[1].clone(),
            address: texts[2].clone(),
            phone: texts[3].clone(),
            bank: texts[4].clone(),
            account: texts[5].clone(),
            email: texts[6].clone(),
            mobile: texts[7].clone(),
            remark: texts[8].clone(),
        };
        match draft.check() {
            Ok(title) => prop_assert_eq!(title.fields().check(), Ok(title.clone())),
            Err(faults) => prop_assert!(faults.iter().all(|fault| !fault.zh().is_empty())),
        }
    }
}
