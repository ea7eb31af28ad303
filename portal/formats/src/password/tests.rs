use proptest::prelude::*;

use super::*;

const OWNER: Owner<'_> = Owner {
    names: &["张璇", "Xuan", "li"],
    mobile: Some("13800138000"),
    company_code: Some("91110000802100433B"),
};

#[test]
fn a_good_password_has_no_fault() {
    for good in [
        "Ganjiang-2027",
        "correct Horse 7",
        "岳麓山下Aa1xyz",
        "T7#kQ2!m",
        "Admin-office-3f",
        "LiLi-7f-Oak",
    ] {
        assert_eq!(faults(good, &OWNER), [], "{good}");
    }
    let longest = "aB3".repeat(85);
    assert_eq!(faults(&longest, &OWNER), []);
}

#[test]
fn each_rule_is_told_apart() {
    use PasswordFault::{CompanyCode, Control, Kinds, Mobile, Name, TooLong, TooShort};
    for (password, fault) in [
        ("T7#kQ2!", TooShort),
        ("密码岳麓Aa1", TooShort),
        ("gan-jiang-river", Kinds),
        ("GANJIANG2027", Kinds),
        ("8302774916", Kinds),
        ("Gan\tJiang77", Control),
        ("Yx7-张璇-home", Name),
        ("7Blue-xUAN-Oak", Name),
        ("Ab-13800138000", Mobile),
        ("Ab-80013800-x", Mobile),
        ("Ab-91110000802100433b", CompanyCode),
        ("Xy-802100433B", CompanyCode),
    ] {
        assert_eq!(faults(password, &OWNER), [fault], "{password}");
    }
    assert_eq!(faults(&"aB3-".repeat(65), &OWNER), [TooLong]);
    assert_eq!(faults("", &OWNER), [TooShort, Kinds]);
}

#[test]
fn common_passwords_are_refused_in_all_their_dresses() {
    for password in [
        "Password1",
        "Passw0rd!",
        "P@ssw0rd123",
        "Admin@123",
        "Admin@2026",
        "Aa123456",
        "Aa@123456",
        "123456Aa",
        "Abc12345",
        "Abc@123456",
        "Qwer1234",
        "Qq123456!",
        "1qaz@WSX",
        "Root@12345",
        "Test@1234",
        "Welcome#1",
        "Woaini1314",
        "Pinhui@2027",
        "Abcd88888888",
        "Iloveyou520!",
    ] {
        assert_eq!(
            faults(password, &OWNER),
            [PasswordFault::Common],
            "{password}"
        );
    }
    assert_eq!(
        faults("12345678", &OWNER),
        [PasswordFault::Kinds, PasswordFault::Common]
    );
}

#[test]
fn nothing_known_of_the_owner_is_no_fault() {
    assert_eq!(faults("Ab-13800138000", &Owner::default()), []);
    let empty = Owner {
        names: &["", "一"],
        mobile: Some(""),
        company_code: Some("9"),
    };
    assert_eq!(faults("Ganjiang-一-2027", &empty), []);
}

proptest! {
    #[test]
    fn no_text_panics(password in any::<String>(), name in any::<String>(), code in any::<String>()) {
        let names = [name.as_str()];
        let owner = Owner { names: &names, mobile: Some(&code), company_code: Some(&code) };
        faults(&password, &owner);
    }

    #[test]
    fn the_own_number_is_never_taken(mobile in "1[3-9][0-9]{9}", around in "[A-Za-z#-]{0,9}") {
        let password = format!("{around}{mobile}{around}");
        let owner = Owner { mobile: Some(&mobile), ..Owner::default() };
        prop_assert!(faults(&password, &owner).contains(&PasswordFault::Mobile));
    }
}
