//! Values that read and write alike on both databases.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::{Database, Decode, Encode, Type};

/// A value kept as JSON in a TEXT column.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct JsonText<T>(pub T);

/// A foreign type with `Display` and `FromStr`, such as an id of another crate, kept as TEXT.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text<T>(pub T);

/// How a value is written to a TEXT column.
trait ToText {
    fn to_text(&self) -> Result<String, BoxDynError>;
}

/// How a value is read from a TEXT column.
trait FromText: Sized {
    fn from_text(text: &str) -> Result<Self, BoxDynError>;
}

impl<T: Serialize> ToText for JsonText<T> {
    fn to_text(&self) -> Result<String, BoxDynError> {
        Ok(serde_json::to_string(&self.0)?)
    }
}

impl<T: DeserializeOwned> FromText for JsonText<T> {
    fn from_text(text: &str) -> Result<Self, BoxDynError> {
        Ok(Self(serde_json::from_str(text)?))
    }
}

impl<T: fmt::Display> ToText for Text<T> {
    fn to_text(&self) -> Result<String, BoxDynError> {
        Ok(self.0.to_string())
    }
}

impl<T> FromText for Text<T>
where
    T: FromStr,
    T::Err: Into<BoxDynError>,
{
    fn from_text(text: &str) -> Result<Self, BoxDynError> {
        text.parse().map(Self).map_err(Into::into)
    }
}

/// Makes a wrapper a value of a TEXT column on both databases.
macro_rules! text_column {
    ($wrapper:ident) => {
        impl<T, DB: Database> Type<DB> for $wrapper<T>
        where
            String: Type<DB>,
        {
            fn type_info() -> DB::TypeInfo {
                <String as Type<DB>>::type_info()
            }
            fn compatible(ty: &DB::TypeInfo) -> bool {
                <String as Type<DB>>::compatible(ty)
            }
        }

        impl<'q, T, DB: Database> Encode<'q, DB> for $wrapper<T>
        where
            Self: ToText,
            String: Encode<'q, DB>,
        {
            fn encode_by_ref(
                &self,
                buffer: &mut DB::ArgumentBuffer,
            ) -> Result<IsNull, BoxDynError> {
                <String as Encode<'q, DB>>::encode(self.to_text()?, buffer)
            }
        }

        impl<'r, T, DB: Database> Decode<'r, DB> for $wrapper<T>
        where
            Self: FromText,
            &'r str: Decode<'r, DB>,
        {
            fn decode(value: DB::ValueRef<'r>) -> Result<Self, BoxDynError> {
                Self::from_text(<&str as Decode<'r, DB>>::decode(value)?)
            }
        }
    };
}

text_column!(JsonText);
text_column!(Text);
