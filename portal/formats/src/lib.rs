//! Chinese codes, numbers, calendars and lists, as rules without I/O.
//!
//! | module | what is in it |
//! |---|---|
//! | [`text`] | full width to half width, one-line texts, names of persons and companies, masks |
//! | [`company_code`] | 统一社会信用代码 (GB 32100) and 组织机构代码 (GB 11714) |
//! | [`resident_id`] | 公民身份号码 (GB 11643) |
//! | [`phone`], [`postcode`], [`mail`] | how a company or a person is reached |
//! | [`password`] | what a new password may be |
//! | [`beijing`] | dates and days in Beijing time |
//! | [`working_days`] | 工作日, due dates, the State Council's yearly notice |
//! | [`regions`] | provinces and cities (GB/T 2260) |
//! | [`lists`] | 单位性质, 所属行业, 学历, 规模, 学科门类 |
//! | [`invoice`] | 发票抬头 |
//!
//! A function takes what a person typed and gives the one form that is stored, or a typed fault.
//! Each fault is a [`Fault`]: `to_string()` is the English for a log, [`Fault::zh`] the sentence
//! that stands beside the form field. What is doubtful but not wrong is no fault: it is on the
//! value (a [`company_code::Remark`], [`mail::Mail::is_public`]), and the caller decides.
//!
//! Taking a stored form again gives the same form. No function reads a clock, and none panics,
//! whatever the text.

pub mod beijing;
pub mod company_code;
mod fault;
pub mod invoice;
pub mod lists;
pub mod mail;
mod parsed;
pub mod password;
pub mod phone;
pub mod postcode;
pub mod regions;
pub mod resident_id;
pub mod text;
pub mod working_days;

pub use fault::Fault;
