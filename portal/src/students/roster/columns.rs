//! Which column of a roster holds what: found by the words of its heading, in any order.

use documents::sheet::Row;
use formats::text::{half_width, one_line};

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// 学号.
    Number,
    /// 姓名.
    Name,
    /// 学历.
    Degree,
    /// 学院.
    Faculty,
    /// 专业.
    Major,
    /// 毕业年份.
    GradYear,
    /// 班级; may be missing.
    Class,
    /// 状态; may be missing.
    Standing,
}

/// Rows in which the heading is looked for: a title may stand above it.
const HEADING_ROWS: usize = 10;

impl Column {
    /// All columns in the order of the template.
    pub const ALL: [Self; 8] = [
        Self::Number,
        Self::Name,
        Self::Degree,
        Self::Faculty,
        Self::Major,
        Self::Class,
        Self::GradYear,
        Self::Standing,
    ];

    /// Its heading in the template.
    pub fn zh(self) -> &'static str {
        match self {
            Self::Number => "学号",
            Self::Name => "姓名",
            Self::Degree => "学历",
            Self::Faculty => "学院",
            Self::Major => "专业",
            Self::Class => "班级",
            Self::GradYear => "毕业年份",
            Self::Standing => "状态",
        }
    }

    /// Headings that mean it.
    fn words(self) -> &'static [&'static str] {
        match self {
            Self::Number => &["学号", "学生学号", "学籍号"],
            Self::Name => &["姓名", "学生姓名", "名字"],
            Self::Degree => &["学历", "学历层次", "培养层次", "层次"],
            Self::Faculty => &[
                "学院",
                "院系",
                "院系名称",
                "学院名称",
                "所在学院",
                "所属学院",
            ],
            Self::Major => &["专业", "专业名称", "所学专业"],
            Self::Class => &["班级", "班级名称", "所在班级"],
            Self::GradYear => &[
                "毕业年份",
                "届别",
                "毕业届别",
                "毕业年度",
                "毕业时间",
                "毕业日期",
            ],
            Self::Standing => &["状态", "学籍状态", "在校状态"],
        }
    }

    /// A roster without it cannot be read.
    pub fn is_needed(self) -> bool {
        !matches!(self, Self::Class | Self::Standing)
    }
}

/// Where each column of [`Column::ALL`] is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heading {
    /// Number of the row in the file.
    pub row: usize,
    places: [Option<usize>; 8],
}

impl Heading {
    /// Finds the heading.
    ///
    /// # Errors
    /// Chinese text that says what is missing, or what is there twice.
    pub fn find(rows: &[Row]) -> Result<Self, String> {
        let best = rows
            .iter()
            .take(HEADING_ROWS)
            .max_by_key(|row| (known(row), std::cmp::Reverse(row.number)));
        let Some(row) = best.filter(|row| known(row) >= 2) else {
            return Err(
                "没有找到表头，请使用模板，第一行写：学号、姓名、学历、学院、专业、毕业年份"
                    .to_owned(),
            );
        };
        let mut places = [None; 8];
        for (index, cell) in row.cells.iter().enumerate() {
            let Some(column) = column_of(&cell.text) else {
                continue;
            };
            let place = &mut places[column as usize];
            if place.is_some() {
                return Err(format!("表头里“{}”出现了两次", cell.text));
            }
            *place = Some(index);
        }
        let missing: Vec<&str> = Column::ALL
            .into_iter()
            .filter(|column| column.is_needed() && places[*column as usize].is_none())
            .map(Column::zh)
            .collect();
        if missing.is_empty() {
            Ok(Self {
                row: row.number,
                places,
            })
        } else {
            Err(format!("表头缺少：{}", missing.join("、")))
        }
    }

    /// Place of a column, from 0 on.
    pub fn place(&self, column: Column) -> Option<usize> {
        self.places[column as usize]
    }
}

fn column_of(text: &str) -> Option<Column> {
    let word: String = half_width(&one_line(text))
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '*' | ':' | '(' | ')'))
        .collect();
    let word = word.trim_end_matches("必填").trim_end_matches("选填");
    Column::ALL
        .into_iter()
        .find(|column| column.words().contains(&word))
}

fn known(row: &Row) -> usize {
    row.cells
        .iter()
        .filter(|cell| column_of(&cell.text).is_some())
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use documents::sheet::{Limits, read};

    fn rows(text: &str) -> Vec<Row> {
        read(text.as_bytes(), &Limits::default()).unwrap().rows
    }

    #[test]
    fn a_heading_is_found_under_a_title_and_in_any_order() {
        let rows = rows(
            "某校 2027 届名单\n姓名*,学号（必填）,院系,专业名称,层次,届别,备注\n张三,1,a,b,本科,2027,x",
        );
        let heading = Heading::find(&rows).unwrap();
        assert_eq!((heading.row, heading.place(Column::Number)), (2, Some(1)));
        assert_eq!(heading.place(Column::Name), Some(0));
        assert_eq!(heading.place(Column::Class), None);
    }

    #[test]
    fn what_a_heading_lacks_is_told() {
        let fault = Heading::find(&rows("学号,姓名,学院,专业\n1,张三,a,b")).unwrap_err();
        assert_eq!(fault, "表头缺少：学历、毕业年份");
        assert!(
            Heading::find(&rows("1,张三\n2,李四"))
                .unwrap_err()
                .contains("没有找到表头")
        );
        let twice = Heading::find(&rows("学号,姓名,学号,学历,学院,专业,届别\n1,张三")).unwrap_err();
        assert!(twice.contains("出现了两次"));
    }
}
