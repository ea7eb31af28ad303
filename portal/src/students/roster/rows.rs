//! Rows of a roster: what each says, or what is wrong with it.

use std::collections::HashMap;

use documents::sheet::{Cell, Row};
use serde::{Deserialize, Serialize};

use super::super::facts;
use super::super::rules::{Degree, Standing};
use super::columns::{Column, Heading};
use crate::schools::rules::{FACULTY_CHARS, short_text};
use crate::schools::text;

/// Characters of a bad value that are shown.
const VALUE_CHARS: usize = 40;

/// A student as a roster has him.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RosterRow {
    /// 学号.
    pub student_no: String,
    /// Name.
    pub name: String,
    /// Degree.
    pub degree: Degree,
    /// 学院.
    pub faculty: String,
    /// 专业.
    pub major: String,
    /// 班级; `None`: the roster has no such column.
    pub class_name: Option<String>,
    /// 届别.
    pub grad_year: i64,
    /// `None`: the roster does not say.
    pub standing: Option<Standing>,
}

/// What is wrong with a cell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// Number of the row in the file.
    pub row: usize,
    /// Heading of the column.
    pub column: String,
    /// What stands there, cut.
    pub value: String,
    /// What is wrong.
    pub text: String,
}

/// What a roster holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checked {
    /// Rows below the heading.
    pub rows: usize,
    /// The good ones.
    pub good: Vec<RosterRow>,
    /// Rows that are not good.
    pub bad: usize,
    /// What is wrong with them, by row.
    pub faults: Vec<Fault>,
}

/// Checks every row below the heading. A number that stands twice is a fault of the later row.
pub fn check(rows: &[Row], heading: &Heading) -> Checked {
    let mut checked = Checked::default();
    let mut seen: HashMap<String, usize> = HashMap::new();
    for row in rows.iter().filter(|row| row.number > heading.row) {
        checked.rows += 1;
        let mut reader = Reader {
            row,
            heading,
            faults: Vec::new(),
        };
        let read = reader.read();
        if let Some(read) = &read {
            match seen.get(&read.student_no) {
                Some(first) => {
                    let fault = format!("学号与第 {first} 行重复");
                    reader.fault(Column::Number, &read.student_no, fault);
                }
                None => {
                    seen.insert(read.student_no.clone(), row.number);
                }
            }
        }
        match read {
            Some(read) if reader.faults.is_empty() => checked.good.push(read),
            _ => {
                checked.bad += 1;
                checked.faults.append(&mut reader.faults);
            }
        }
    }
    checked
}

struct Reader<'a> {
    row: &'a Row,
    heading: &'a Heading,
    faults: Vec<Fault>,
}

impl Reader<'_> {
    fn fault(&mut self, column: Column, value: &str, text: String) {
        self.faults.push(Fault {
            row: self.row.number,
            column: column.zh().to_owned(),
            value: text::cut(value, VALUE_CHARS),
            text,
        });
    }

    /// The value of a column, read by `read`; a fault is noted.
    fn take<T>(
        &mut self,
        column: Column,
        read: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let empty = Cell::default();
        let place = self.heading.place(column)?;
        let cell = self.row.cells.get(place).unwrap_or(&empty);
        let value = if cell.looks_like_formula {
            Err("不能含有公式，请改成普通文字".to_owned())
        } else if cell.lost_digits {
            Err("数字太长，末几位已丢失，请把这一列设为文本格式".to_owned())
        } else {
            read(&cell.text)
        };
        match value {
            Ok(value) => Some(value),
            Err(text) => {
                self.fault(column, &cell.text, text);
                None
            }
        }
    }

    /// Reads every column, so that all faults of a row are told at once.
    fn read(&mut self) -> Option<RosterRow> {
        let student_no = self.take(Column::Number, facts::number);
        let name = self.take(Column::Name, facts::name);
        let degree = self.take(Column::Degree, facts::degree);
        let faculty = self.take(Column::Faculty, |text| facts::needed(text, "请填写学院"));
        let major = self.take(Column::Major, |text| facts::needed(text, "请填写专业"));
        let class_name = self.take(Column::Class, |text| short_text(text, FACULTY_CHARS));
        let grad_year = self.take(Column::GradYear, facts::grad_year);
        let standing = self.take(Column::Standing, standing).flatten();
        Some(RosterRow {
            student_no: student_no?,
            name: name?,
            degree: degree?,
            faculty: faculty?,
            major: major?,
            class_name,
            grad_year: grad_year?,
            standing,
        })
    }
}

fn standing(text: &str) -> Result<Option<Standing>, String> {
    Ok(match text.trim() {
        "" => None,
        "在读" | "在校" | "在籍" | "正常" => Some(Standing::Enrolled),
        "毕业" | "已毕业" | "结业" => Some(Standing::Graduated),
        "离校" | "退学" | "休学" | "肄业" | "转出" => Some(Standing::Left),
        _ => return Err("无法识别的状态，请写：在读、毕业或离校".to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use documents::sheet::{Limits, read};

    const HEAD: &str = "学号,姓名,学历,学院,专业,班级,毕业年份,状态\n";

    fn checked(body: &str) -> Checked {
        let sheet = read(format!("{HEAD}{body}").as_bytes(), &Limits::default()).unwrap();
        let heading = Heading::find(&sheet.rows).unwrap();
        check(&sheet.rows, &heading)
    }

    #[test]
    fn good_rows_are_read_with_rare_characters() {
        let found = checked(
            "2025001,王𬱖,硕士研究生,微电子学院,集成电路,一班,2027届,\n2025002,阿依古丽•买买提,本科,外国语学院,英语,,2027,离校\n",
        );
        assert_eq!((found.rows, found.bad, found.good.len()), (2, 0, 2));
        assert_eq!(found.good[0].name, "王𬱖");
        assert_eq!(found.good[0].standing, None);
        assert_eq!(found.good[1].name, "阿依古丽·买买提");
        assert_eq!(found.good[1].standing, Some(Standing::Left));
    }

    #[test]
    fn every_fault_of_every_bad_row_is_told_with_its_place() {
        let found = checked(
            "1,张三,本科,a,b,c,2027,\n,李四,研究僧,a,,c,27,\n1,王五,本科,a,b,c,2027,\n4,=HYPERLINK(1),本科,a,b,c,2027,\n5,赵六,本科,a,b,c,2027,飞升\n",
        );
        assert_eq!((found.rows, found.bad, found.good.len()), (5, 4, 1));
        let told: Vec<_> = found
            .faults
            .iter()
            .map(|fault| (fault.row, fault.column.as_str()))
            .collect();
        assert_eq!(
            told,
            [
                (3, "学号"),
                (3, "学历"),
                (3, "专业"),
                (3, "毕业年份"),
                (4, "学号"),
                (5, "姓名"),
                (6, "状态")
            ]
        );
        assert_eq!(found.faults[4].text, "学号与第 2 行重复");
        assert!(found.faults[5].text.contains("公式"));
        assert_eq!(found.faults[5].value, "=HYPERLINK(1)");
    }
}
