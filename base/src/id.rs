//! Ids as types: one newtype per noun, a UUIDv7 inside (RFC 9562 §5.7), hyphenated TEXT in SQL.

/// Defines an id type: `base::id! { /// A company. pub CompanyId }`.
///
/// The type is `Copy`, ordered by time of creation, and known to serde and to both databases as
/// its hyphenated text. `new()` makes a fresh one.
#[macro_export]
macro_rules! id {
    ($($(#[$meta:meta])* $vis:vis $name:ident);+ $(;)?) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[derive($crate::serde::Serialize, $crate::serde::Deserialize)]
        #[serde(crate = "base::serde", transparent)]
        $vis struct $name(pub $crate::uuid::Uuid);

        impl $name {
            /// A fresh id.
            #[allow(clippy::new_without_default)]
            pub fn new() -> Self {
                Self($crate::uuid::Uuid::now_v7())
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                ::std::fmt::Display::fmt(&self.0.as_hyphenated(), f)
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = $crate::uuid::Error;
            fn from_str(text: &str) -> ::std::result::Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }

        $crate::sql_text!($name);
    )+};
}

/// Lets a type with `Display` and `FromStr` stand in a TEXT column of both databases.
#[macro_export]
macro_rules! sql_text {
    ($name:ty) => {
        impl<DB: $crate::sqlx::Database> $crate::sqlx::Type<DB> for $name
        where
            String: $crate::sqlx::Type<DB>,
        {
            fn type_info() -> DB::TypeInfo {
                <String as $crate::sqlx::Type<DB>>::type_info()
            }
            fn compatible(ty: &DB::TypeInfo) -> bool {
                <String as $crate::sqlx::Type<DB>>::compatible(ty)
            }
        }

        impl<'q, DB: $crate::sqlx::Database> $crate::sqlx::Encode<'q, DB> for $name
        where
            String: $crate::sqlx::Encode<'q, DB>,
        {
            fn encode_by_ref(
                &self,
                buffer: &mut <DB as $crate::sqlx::Database>::ArgumentBuffer,
            ) -> ::std::result::Result<
                $crate::sqlx::encode::IsNull,
                $crate::sqlx::error::BoxDynError,
            > {
                <String as $crate::sqlx::Encode<'q, DB>>::encode(
                    ::std::string::ToString::to_string(self),
                    buffer,
                )
            }
        }

        impl<'r, DB: $crate::sqlx::Database> $crate::sqlx::Decode<'r, DB> for $name
        where
            &'r str: $crate::sqlx::Decode<'r, DB>,
        {
            fn decode(
                value: <DB as $crate::sqlx::Database>::ValueRef<'r>,
            ) -> ::std::result::Result<Self, $crate::sqlx::error::BoxDynError> {
                let text = <&str as $crate::sqlx::Decode<'r, DB>>::decode(value)?;
                ::std::result::Result::Ok(text.parse::<$name>()?)
            }
        }
    };
}
