use proptest::prelude::*;
use time::macros::date;

use super::*;
use crate::Fault;
use crate::beijing::{iso, ms_at, parse_iso};

fn day(text: &str) -> Date {
    parse_iso(text).unwrap_or_else(|| panic!("{text}"))
}

fn due(calendar: &Calendar, submitted: &str, working_days: u16) -> (String, bool) {
    let due = calendar.due_ms(ms_at(day(submitted), 10), working_days);
    let date = beijing::date_at(due.at_ms);
    assert_eq!(due.at_ms, ms_at(date, 18));
    (iso(date), due.estimated)
}

#[test]
fn due_dates_of_2026() {
    let calendar = Calendar::built_in();
    for (submitted, working_days, expected) in [
        ("2026-02-12", 3, "2026-02-24"),
        ("2026-02-13", 1, "2026-02-14"),
        ("2026-04-30", 3, "2026-05-08"),
        ("2026-05-08", 1, "2026-05-09"),
        ("2026-09-18", 2, "2026-09-21"),
        ("2026-09-24", 3, "2026-09-30"),
        ("2026-09-30", 3, "2026-10-10"),
        ("2026-10-09", 1, "2026-10-10"),
        ("2026-11-20", 3, "2026-11-25"),
    ] {
        let expected = (expected.to_owned(), false);
        assert_eq!(
            due(&calendar, submitted, working_days),
            expected,
            "{submitted}"
        );
    }
}

#[test]
fn the_day_of_submission_is_beijings_and_never_counts() {
    let calendar = Calendar::built_in();
    let friday = date!(2026 - 11 - 20);
    for submitted in [ms_at(friday, 0), ms_at(friday, 23), ms_at(friday, 24) - 1] {
        assert_eq!(calendar.due_ms(submitted, 1).zh(), "2026-11-23 18:00");
    }
    let saturday = ms_at(friday, 24);
    assert_eq!(calendar.due_ms(saturday, 1).zh(), "2026-11-23 18:00");
    assert_eq!(calendar.due_ms(saturday, 0), calendar.due_ms(saturday, 1));
}

#[test]
fn the_year_2026_has_248_working_days() {
    let calendar = Calendar::built_in();
    let (from, to) = (date!(2025 - 12 - 31), date!(2026 - 12 - 31));
    assert_eq!(calendar.working_days_between(from, to), 248);
    assert_eq!(calendar.working_days_between(to, from), 0);
    assert_eq!(calendar.working_days_between(to, to), 0);
}

#[test]
fn a_day_has_its_name() {
    let calendar = Calendar::built_in();
    for (date, working, name) in [
        ("2026-02-14", true, Some("春节")),
        ("2026-02-23", false, Some("春节")),
        ("2026-02-24", true, None),
        ("2026-11-28", false, None),
    ] {
        let status = calendar.day(day(date));
        assert_eq!((status.working, status.name), (working, name), "{date}");
        assert!(!status.estimated);
        assert_eq!(calendar.is_working_day(day(date)), working);
    }
}

#[test]
fn a_year_without_notice_is_estimated() {
    let calendar = Calendar::built_in();
    for (submitted, working_days, expected) in [
        ("2026-12-31", 1, "2027-01-04"),
        ("2027-02-04", 1, "2027-02-09"),
        ("2027-04-02", 1, "2027-04-06"),
        ("2027-06-08", 1, "2027-06-10"),
        ("2027-09-14", 1, "2027-09-16"),
        ("2027-09-30", 1, "2027-10-04"),
    ] {
        let expected = (expected.to_owned(), true);
        assert_eq!(
            due(&calendar, submitted, working_days),
            expected,
            "{submitted}"
        );
    }
    assert_eq!(
        due(&calendar, "2026-12-30", 1),
        ("2026-12-31".to_owned(), false)
    );
    assert_eq!(
        calendar.due_ms(ms_at(date!(2026 - 12 - 31), 9), 1).zh(),
        "2027-01-04 18:00（预计）"
    );
    assert_eq!(calendar.day(date!(2027 - 02 - 05)).name, Some("春节"));
    assert!(calendar.notice(2027).is_none());
    assert!(Calendar::empty().day(date!(2026 - 02 - 14)).estimated);
}

/// Made up for this test: no such notice was published.
const SAMPLE: &str = r#"{
    "$schema": "ignored", "year": 2027, "papers": [],
    "days": [
        {"date": "2027-01-02", "name": "元旦", "isOffDay": true},
        {"date": "2027-01-01", "name": " 元旦 ", "isOffDay": true},
        {"date": "2026-12-31", "name": "元旦", "isOffDay": true},
        {"date": "2027-01-09", "name": "元旦", "isOffDay": false}
    ]
}"#;

#[test]
fn an_imported_notice_ends_the_estimate() {
    let notice = Notice::from_json(SAMPLE).unwrap();
    assert_eq!(notice.year(), 2027);
    assert_eq!(notice.days().len(), 4);
    assert_eq!(Notice::from_json(&notice.to_json()).unwrap(), notice);

    let mut calendar = Calendar::built_in();
    assert_eq!(calendar.publish(notice.clone()), None);
    assert_eq!(
        due(&calendar, "2026-12-30", 1),
        ("2027-01-04".to_owned(), false)
    );
    assert_eq!(
        due(&calendar, "2027-01-08", 1),
        ("2027-01-09".to_owned(), false)
    );
    // The notice of 2027 does not know 春节, so it is no holiday any more.
    assert!(calendar.is_working_day(date!(2027 - 02 - 08)));
    let years: Vec<_> = calendar.notices().map(Notice::year).collect();
    assert_eq!(years, [2026, 2027]);
    assert_eq!(calendar.publish(notice.clone()), Some(notice));
}

#[test]
fn a_notice_speaks_of_the_december_before_even_without_that_years_own() {
    let mut calendar = Calendar::empty();
    calendar.publish(Notice::from_json(SAMPLE).unwrap());
    let known = calendar.day(date!(2026 - 12 - 31));
    assert!(!known.working && !known.estimated);
    assert!(calendar.day(date!(2026 - 12 - 30)).estimated);
}

#[test]
fn an_import_tells_all_faults_by_row() {
    let faults = Notice::from_json(
        r#"{"year": 2027, "days": [
            {"date": "2027-01-01", "name": "元旦", "isOffDay": true},
            {"date": "2027-1-2", "name": "元旦", "isOffDay": true},
            {"date": "2027-02-29", "name": "", "isOffDay": "yes"},
            {"date": "2027-01-01", "name": "元旦", "isOffDay": false},
            {"date": "2028-01-01", "name": "元旦", "isOffDay": true},
            {"date": "2026-11-30", "name": "元旦", "isOffDay": true},
            7
        ]}"#,
    )
    .unwrap_err();
    let said: Vec<String> = faults.iter().map(|fault| fault.zh().into_owned()).collect();
    assert_eq!(
        said,
        [
            "第 2 行：date 应为有效日期，写作 2027-01-01",
            "第 3 行：date 应为有效日期，写作 2027-01-01",
            "第 3 行：name 应为不超过 20 个字的节日名称",
            "第 3 行：isOffDay 应为 true（放假）或 false（上班）",
            "第 4 行：日期与第 1 行重复",
            "第 5 行：日期不在本年（或上年 12 月）",
            "第 6 行：日期不在本年（或上年 12 月）",
            "第 7 行：date 应为有效日期，写作 2027-01-01",
            "第 7 行：name 应为不超过 20 个字的节日名称",
            "第 7 行：isOffDay 应为 true（放假）或 false（上班）",
        ]
    );
}

#[test]
fn what_is_no_notice_is_refused_whole() {
    let rows = vec![r#"{"date":"2027-01-01","name":"元旦","isOffDay":true}"#; NOTICE_ROWS + 1];
    let too_many = format!(r#"{{"year":2027,"days":[{}]}}"#, rows.join(","));
    let too_long = " ".repeat(NOTICE_BYTES + 1);
    use NoticeProblem::{Days, Json, Rows, TooLong, Year};
    for (text, problems) in [
        ("", vec![Json(1)]),
        ("{\n\"year\": }", vec![Json(2)]),
        ("[]", vec![Year, Days]),
        (r#"{"year": 2006, "days": {}}"#, vec![Year, Days]),
        (r#"{"year": 99999999999, "days": []}"#, vec![Year, Days]),
        (&too_many, vec![Rows]),
        (&too_long, vec![TooLong]),
    ] {
        let faults = Notice::from_json(text).unwrap_err();
        assert!(faults.iter().all(|fault| fault.row.is_none()));
        let found: Vec<_> = faults.into_iter().map(|fault| fault.problem).collect();
        assert_eq!(found, problems, "{}", &text[..text.len().min(40)]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn due_is_later_on_a_working_day_and_as_many_days_away(
        days in 0..6000i64, hour in 0..24u8, working_days in 0..400u16,
    ) {
        let calendar = Calendar::built_in();
        let submitted = date!(2024 - 01 - 01) + time::Duration::days(days);
        let submitted_ms = ms_at(submitted, hour);
        let due = calendar.due_ms(submitted_ms, working_days);
        let on = beijing::date_at(due.at_ms);
        prop_assert!(due.at_ms > submitted_ms);
        prop_assert!(calendar.is_working_day(on));
        prop_assert_eq!(
            calendar.working_days_between(submitted, on),
            u32::from(working_days.max(1))
        );
        prop_assert!(due.at_ms <= calendar.due_ms(submitted_ms, working_days + 1).at_ms);
    }

    #[test]
    fn no_moment_panics(ms in any::<i64>(), working_days in any::<u16>()) {
        let due = Calendar::built_in().due_ms(ms, working_days);
        due.zh();
    }

    #[test]
    fn no_json_panics_and_a_notice_stays_as_it_is(
        text in "\\PC{0,40}|\\{\"year\":20[0-9]{2},\"days\":\\[\\{\"date\":\"20[0-9]{2}-0[1-9]-0[1-9]\",\"name\":\"[a-z]{0,3}\",\"isOffDay\":true\\}\\]\\}",
    ) {
        if let Ok(notice) = Notice::from_json(&text) {
            prop_assert_eq!(Notice::from_json(&notice.to_json()), Ok(notice));
        }
    }
}
