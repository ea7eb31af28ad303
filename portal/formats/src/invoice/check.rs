//! The check of a [`Draft`], field by field.

use super::{Draft, Field, FieldFault, Holder, Kind, Problem, required};
use crate::company_code::{CompanyCode, Kind as CodeKind};
use crate::fault::Fault;
use crate::mail::Mail;
use crate::phone::{Mobile, Phone};
use crate::text::{compact, one_line, plain_line};

/// Shortest and longest 抬头, in characters.
pub const TITLE_CHARS: (usize, usize) = (2, 100);
/// Shortest and longest 税号: 18 of a 统一社会信用代码, 15 to 20 of the older ones and of persons.
pub const TAX_NUMBER_CHARS: (usize, usize) = (15, 20);
/// Shortest and longest 注册地址, in characters.
pub const ADDRESS_CHARS: (usize, usize) = (5, 100);
/// Shortest and longest 开户行, in characters.
pub const BANK_CHARS: (usize, usize) = (4, 60);
/// Shortest and longest 银行账号, in digits.
pub const ACCOUNT_DIGITS: (usize, usize) = (8, 32);
/// Longest 备注, in characters.
pub const REMARK_CHARS: usize = 200;

pub(super) fn check(draft: &Draft) -> Result<Draft, Vec<FieldFault>> {
    let mut faults = Vec::new();
    if draft.kind == Kind::Special && draft.holder == Holder::Individual {
        faults.push(FieldFault {
            field: Field::Kind,
            problem: Problem::SpecialForPerson,
        });
    }
    let mut take = |field: Field| {
        stored(draft, field).unwrap_or_else(|problem| {
            faults.push(FieldFault { field, problem });
            String::new()
        })
    };
    let checked = Draft {
        kind: draft.kind,
        holder: draft.holder,
        title: take(Field::Title),
        tax_number: take(Field::TaxNumber),
        address: take(Field::Address),
        phone: take(Field::Phone),
        bank: take(Field::Bank),
        account: take(Field::Account),
        email: take(Field::Email),
        mobile: take(Field::Mobile),
        remark: take(Field::Remark),
    };
    if faults.is_empty() {
        Ok(checked)
    } else {
        Err(faults)
    }
}

/// The stored form of a field; empty if it was left out and may be.
fn stored(draft: &Draft, field: Field) -> Result<String, Problem> {
    let text = draft.text(field);
    if one_line(text).is_empty() {
        return left_out(draft, field).map(|()| String::new());
    }
    match field {
        Field::Kind | Field::Holder => Ok(text.to_owned()),
        Field::Title => plain_line(text, TITLE_CHARS).map_err(format_of),
        Field::TaxNumber => tax_number(draft),
        Field::Address => plain_line(text, ADDRESS_CHARS).map_err(format_of),
        Field::Phone => parsed(Phone::parse(text)),
        Field::Bank => plain_line(text, BANK_CHARS).map_err(format_of),
        Field::Account => account(text),
        Field::Email => parsed(Mail::parse(text)),
        Field::Mobile => parsed(Mobile::parse(text)),
        Field::Remark => plain_line(text, (1, REMARK_CHARS)).map_err(format_of),
    }
}

fn left_out(draft: &Draft, field: Field) -> Result<(), Problem> {
    if required(draft.kind, draft.holder).contains(&field) {
        return Err(Problem::Missing);
    }
    let owes_a_word = field == Field::TaxNumber && draft.holder == Holder::Institution;
    if owes_a_word && one_line(&draft.remark).is_empty() {
        return Err(Problem::NoTaxNumber);
    }
    Ok(())
}

/// An enterprise's or institution's number of 18 characters is a 统一社会信用代码, whose format is
/// checked; other lengths are numbers from before 2015.
fn tax_number(draft: &Draft) -> Result<String, Problem> {
    let number = compact(&draft.tax_number).to_ascii_uppercase();
    let (least, most) = TAX_NUMBER_CHARS;
    let good = (least..=most).contains(&number.len())
        && number
            .bytes()
            .all(|c| c.is_ascii_digit() || c.is_ascii_uppercase());
    if !good {
        return Err(Problem::TaxNumber);
    }
    if draft.holder == Holder::Individual || number.len() != 18 {
        return Ok(number);
    }
    match CompanyCode::parse(&number) {
        Ok(code) if code.kind() == CodeKind::Uscc => Ok(number),
        Ok(_) => Err(Problem::TaxNumber),
        Err(fault) => Err(format_of(fault)),
    }
}

fn account(text: &str) -> Result<String, Problem> {
    let number = compact(text);
    let (least, most) = ACCOUNT_DIGITS;
    if (least..=most).contains(&number.len()) && number.bytes().all(|c| c.is_ascii_digit()) {
        Ok(number)
    } else {
        Err(Problem::Account)
    }
}

fn parsed<T: ToString, E: Fault>(parsed: Result<T, E>) -> Result<String, Problem> {
    parsed.map(|value| value.to_string()).map_err(format_of)
}

fn format_of(fault: impl Fault) -> Problem {
    Problem::Format(fault.zh())
}
