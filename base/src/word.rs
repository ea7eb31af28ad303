//! Enums that stand as words in the database, in addresses and in JSON.

/// A word that is none of those that its place knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("unknown {0}")]
pub struct UnknownWord(pub &'static str);

/// Defines an enum whose values are words:
/// `base::words! { /// A state. pub enum State: "state of a review" { /// Open. Open = "open" } }`.
///
/// The type is `Copy`, has `ALL` in the order of the text and `as_str()`, is displayed as its word,
/// parsed from it ([`UnknownWord`] names what was looked for), and stands in a TEXT column of both
/// databases.
#[macro_export]
macro_rules! words {
    (
        $(#[$meta:meta])*
        $vis:vis enum $name:ident: $what:literal {
            $($(#[$doc:meta])* $value:ident = $word:literal),+ $(,)?
        }
    ) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        $(#[$meta])*
        $vis enum $name {
            $($(#[$doc])* $value),+
        }

        impl $name {
            /// All of them, in their order.
            $vis const ALL: [Self; [$($word),+].len()] = [$(Self::$value),+];

            /// The word in SQL, addresses and JSON.
            $vis const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$value => $word),+
                }
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = $crate::word::UnknownWord;
            fn from_str(text: &str) -> ::std::result::Result<Self, Self::Err> {
                match text {
                    $($word => ::std::result::Result::Ok(Self::$value),)+
                    _ => ::std::result::Result::Err($crate::word::UnknownWord($what)),
                }
            }
        }

        $crate::sql_text!($name);
    };
}

#[cfg(test)]
mod tests {
    use super::UnknownWord;

    crate::words! {
        /// A colour.
        pub enum Colour: "colour" {
            /// Of grass.
            Green = "green",
            /// Of the sea.
            DeepBlue = "deep_blue",
        }
    }

    #[test]
    fn a_word_is_read_as_it_is_written_and_no_other_is() {
        assert_eq!(Colour::ALL, [Colour::Green, Colour::DeepBlue]);
        for colour in Colour::ALL {
            assert_eq!(colour.to_string().parse(), Ok(colour));
        }
        for text in ["", "Green", "green ", "blue"] {
            assert_eq!(text.parse::<Colour>(), Err(UnknownWord("colour")));
        }
        assert_eq!(UnknownWord("colour").to_string(), "unknown colour");
    }
}
